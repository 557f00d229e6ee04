"""Whoever says no is told whether a mail can still come: only what had its mark before the word may."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Invitation, Person
from reviews.handover.outcomes import Mark, Outcome, Unknown
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.privacy import suppression
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.invitations.sending.test_dispatch import Ground

Maker = async_sessionmaker[AsyncSession]
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class Watching(RecordingChannel):
    """A channel at whose door somebody asks, before the mark and after it, whether a mail is under way."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(Unknown(OutcomeCode.REPLY_LOST))
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


async def test_a_word_given_while_a_mark_is_set_waits_for_it_and_is_told_the_truth(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
    ground = Ground(maker, key_ring, now)
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    key = key_ring.address_key(cast.JAN["email"])

    async def say_no() -> tuple[int, bool]:
        async with maker.begin() as session:
            stopped = await suppression.suppress(session, key, reason="opt_out", origin="link", now=now)
            return stopped, await suppression.under_way(session, key)

    async with maker() as worker, maker() as watcher:
        await worker.execute(select(Person.id).where(Person.address_key == key).with_for_update())
        saying = asyncio.create_task(say_no())
        while not saying.done() and not await watcher.scalar(_WAITING):
            await watcher.rollback()
        await worker.execute(update(Invitation).values(state="claimed", marked_at=now, lease_until=now + timedelta(minutes=1)))
        await worker.commit()

    assert await saying == (0, True)


@pytest.mark.parametrize(
    ("reason", "ended", "after"),
    [
        ("hard_bounce", True, ("planned", None)),
        ("soft_bounces", True, ("planned", None)),
        ("complaint", False, ("skipped", "suppressed")),
        ("unsubscribe", False, ("skipped", "suppressed")),
        ("opt_out", False, ("skipped", "suppressed")),
        ("told_branch", False, ("skipped", "suppressed")),
    ],
)
async def test_a_stop_by_bounces_ends_when_the_address_is_proved_and_a_wish_does_not(
    maker: Maker, key_ring: KeyRing, now: datetime, reason: str, ended: bool, after: tuple[str, str | None]
) -> None:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
    ground = Ground(maker, key_ring, now)
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    jan = key_ring.address_key(cast.JAN["email"])
    async with maker.begin() as session:
        await suppression.suppress(session, jan, reason=reason, origin="bounce", now=now)

    async with maker.begin() as session:
        assert await suppression.end_of_bounces(session, jan, horizon=HORIZON, now=now) is ended
        assert await suppression.end_of_bounces(session, jan, horizon=HORIZON, now=now) is False

    row = await ground.row()
    assert (row.state, row.reason) == after
    async with maker() as session:
        kept = await suppression.of_person(session, row.person_id)
        assert (kept.reason if kept else None) == (None if ended else reason)
