"""Single triggers that arrive at the same time are taken in together: one transaction, one commit, an answer each.

How they come together is the batcher's (`reviews.handover.batcher`): a trigger that comes alone starts at once, those that arrive while a group
is under way make up the next one, and a group that waits for somebody else's lock lets the next ones go ahead.
"""

from collections.abc import Sequence
from typing import Final

from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.errors import ReviewsError
from reviews.handover.batcher import Batcher
from reviews.invitations.intake import trigger
from reviews.invitations.intake.clock_skew import SkewReading
from reviews.invitations.intake.events import Event
from reviews.invitations.intake.trigger import Answer, Call
from reviews.invitations.planning.schedule import Horizon
from reviews.keys import KeyRing

_AT_ONCE: Final = 4
"""So many groups at most are under way: each holds a connection."""


class TriggerBatches:
    """The place where single triggers wait for their turn; one per process, at most `most` in a group."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, clock: Clock, horizon: Horizon, *, most: int) -> None:
        self._maker, self._key_ring, self._clock, self._horizon = maker, key_ring, clock, horizon
        self._batcher: Batcher[Call, Answer | ReviewsError] = Batcher(self._take_in, most=most, at_once=_AT_ONCE)

    async def tell(self, key: str, event: Event, reading: SkewReading) -> Answer:
        """Take in one trigger and return its answer once it is committed; raise what is wrong with the key, the branch or the event's id.

        Whoever leaves (is cancelled) before the turn of the trigger has not told it; whoever leaves later has.
        """
        answer = await self._batcher.ask(Call(key, (event,), reading))
        if isinstance(answer, ReviewsError):
            raise answer
        return answer

    async def _take_in(self, calls: Sequence[Call]) -> list[Answer | ReviewsError]:
        async with self._maker.begin() as session:
            return await trigger.tell(session, calls, key_ring=self._key_ring, horizon=self._horizon, now=self._clock.now())


def batches_in(app: Litestar) -> TriggerBatches:
    """Return the batches that `create_app` put into the application."""
    batches = app.state["trigger_batches"]
    assert isinstance(batches, TriggerBatches)
    return batches
