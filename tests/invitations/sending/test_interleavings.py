import random

from benchmarks.promises.interleavings import Play
from tests.invitations.sending.test_delivery import many
from tests.invitations.sending.test_dispatch import Ground, ground

__all__ = ["ground"]


async def test_no_mail_begins_to_leave_once_an_opt_out_is_confirmed(ground: Ground) -> None:
    await ground.told(*many(59))
    play = Play(ground.maker, random.Random(2026))  # noqa: S311 - a play that can be repeated, no secret
    for _ in range(5):
        await play.round(now=ground.clock.moment)

    assert sum(play.endings.values()) == 300
    assert play.is_held(), play.endings
