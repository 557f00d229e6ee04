"""Whoever says no is told whether a mail can still come: only what had its mark before the word may."""

from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.handover.driver import Mark
from reviews.handover.outcomes import Outcome, Unknown
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.privacy import suppression
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.invitations.sending.test_dispatch import Ground

pytestmark = pytest.mark.anyio
Maker = async_sessionmaker[AsyncSession]


class Watching(RecordingChannel):
    """A channel at whose door somebody asks, before the mark and after it, whether a mail is under way."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(Unknown("reply_lost"))
        self.answers: list[bool] = []
        self._ground = ground

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        await self.ask()

        async def watched() -> bool:
            granted = await mark()
            await self.ask()
            return granted

        return await super().send(parcel, mark=watched)

    async def ask(self) -> None:
        async with self._ground.maker.begin() as session:
            self.answers.append(await suppression.under_way(session, self._ground.key_ring.address_key(cast.JAN["email"])))


async def test_a_mail_is_under_way_from_its_mark_until_its_outcome(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
    ground = Ground(maker, key_ring, now)
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    watching = Watching(ground)
    await ground.dispatcher(watching).dispatch_due()
    await watching.ask()

    assert watching.answers == [False, True, False]
