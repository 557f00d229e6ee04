"""What happens lawfully, in whatever way, is never called tampered with, however long the steps take; and nobody locks against the others."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import engine as database
from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import Branch, Invitation, InvitationEvent, Person, RuleVersion, Suppression
from reviews.handover.outcomes import NO_SUCH_MAILBOX, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.handover.settling import OutcomeWrite
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.feedback.delivery_events import DeliveryEvent
from reviews.invitations.oversight import actions, integrity
from reviews.invitations.planning import replanning
from reviews.invitations.sending import send_mark
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.send_mark import MarkRequest
from reviews.keys import KeyRing
from reviews.privacy import suppression
from reviews.reasons import DeliveryKind, OutcomeCode
from tests.invitations import books
from tests.invitations.books import LEASE, Books
from tests.invitations.channels import PausedClock, RecordingChannel
from tests.invitations.intake.test_trigger import HORIZON, raw


class TickingClock(PausedClock):
    """A clock of which each look takes a moment, as a real one does."""

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=7)
        return self.moment


@pytest.fixture
async def context(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Books:
    context = await books.opened(maker, key_ring, now)
    context.clock = TickingClock(now)
    await context.tell(books.job("W1", occurred_at="2026-11-10T10:00:00+01:00"))
    return context


async def findings(context: Books) -> list[str]:
    async with context.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        return [found.what async for found in integrity.verify(session, ids)]


async def told(context: Books, kind: str, **changes: Any) -> Invitation:
    """Let a mail server tell something of the invitation, and return it as it is then."""
    async with context.maker.begin() as session:
        row = await context.invitation(session, "W1")
        at = context.clock.now()
        delivery_event = DeliveryEvent(
            reference=row.reference, kind=DeliveryKind[kind.upper()], at=at, provider="sendgrid", event_id=f"{kind} {at}", **changes
        )
        await delivery_effects.note(session, [delivery_event], suppress=suppression.suppress, now=context.clock.now())
        return row


@pytest.mark.parametrize("outcome", [Sent(), Unknown(OutcomeCode.REPLY_LOST), Refused(NO_SUCH_MAILBOX), Retry(OutcomeCode.SMTP_BUSY)], ids=repr)
@pytest.mark.parametrize("kind", [None, "delivered", "soft_bounce", "bounce", "dropped", "complaint", "opened"])
async def test_no_outcome_and_no_news_of_it_is_called_tampering(context: Books, outcome: Outcome, kind: str | None) -> None:
    await context.dispatch(outcome)
    if kind:
        await told(context, kind)

    assert await findings(context) == []


async def test_what_was_sent_says_the_same_moment_in_its_row_and_in_its_history(context: Books) -> None:
    await context.dispatch(Sent())

    async with context.maker() as session:
        row = await context.invitation(session, "W1")
        [line] = [line for line in await actions.past_of(session, row) if line.state == "sent"]
    assert row.sent_at == line.at


async def test_mail_that_can_not_leave_waits_a_while_and_is_not_claimed_again_and_again(context: Books) -> None:
    async with context.maker.begin() as session:
        await session.execute(update(Branch).values(rules=Branch.rules.op("||")(func.jsonb_build_object("channel", "mail"))))
    await context.tell(*(books.job(f"M{number}", occurred_at="2026-11-10T10:00:00+01:00") for number in range(8)))
    context.channel = RecordingChannel(*[Halt(OutcomeCode.LOGIN_REFUSED)] * 50)

    worker = Dispatcher(context.maker, {"mail": context.channel}, context.clock, LEASE, at_once=1, batch=4)
    async with asyncio.timeout(20):
        while await worker.dispatch_due():
            pass

    async with context.maker() as session:
        rows = list(await session.scalars(select(Invitation).where(Invitation.channel == "mail")))
        lines = await session.scalar(select(func.count()).select_from(InvitationEvent).where(InvitationEvent.reason == "login_refused"))
    tried = [row for row in rows if row.reason == "login_refused"]
    assert [row.state for row in rows] == ["planned"] * 8
    assert min(row.due_at for row in tried) > context.clock.now()
    # The first that can not leave stops the channel, and the others stand still behind it.
    assert (len(tried), lines) == (1, 1)


async def somebody_waiting_for_a_lock(maker: async_sessionmaker[AsyncSession]) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    async with maker() as session:
        while not await session.scalar(waiting):
            await session.rollback()


async def test_an_opt_out_is_never_what_a_deadlock_with_a_worker_undoes(context: Books) -> None:
    await context.tell(*(raw(f"two-{number}", number=number, occurred_at="2026-11-10T10:00:00+01:00") for number in ("A1", "A2")))
    now, key = context.clock.now(), context.key_ring.address_key("jan@example.com")
    async with context.maker.begin() as session:
        claimed = await job_queue.claim_due(session, INVITATIONS, now=now, lease=LEASE)
        jan = (await session.scalars(select(Person).where(Person.address_key == key))).one()
        rows = {row.id: row for row in await session.scalars(select(Invitation).where(Invitation.person_id == jan.id))}
    first, second = (one for one in claimed if one.id in rows)
    asked: list[OutcomeWrite | MarkRequest] = [OutcomeWrite(first, "planned", "smtp_busy", due_at=now), MarkRequest(second, jan.id, now, now + LEASE)]

    done: list[bool] = []
    stopped = 0
    async with context.maker() as working, context.maker() as wishing, asyncio.TaskGroup() as both:
        await wishing.scalar(select(Person.id).where(Person.id == jan.id).with_for_update())

        async def write() -> None:
            done.extend(await send_mark.write(await database.autocommitting(working), asked, now=now))

        both.create_task(write())
        await somebody_waiting_for_a_lock(context.maker)
        stopped = await suppression.suppress(wishing, key, reason="opt_out", origin="mail", now=now)
        await wishing.commit()

    assert (stopped, done) == (2, [False, False])


async def test_a_change_of_rules_does_not_hurry_what_came_back_softly(context: Books) -> None:
    await context.dispatch(Sent())
    row = await told(context, "soft_bounce")
    async with context.maker.begin() as session:
        session.add(RuleVersion(branch_id=row.branch_id, version=99, rules={}, since=context.clock.now()))

    while await replanning.catch_up(context.maker, context.clock, HORIZON):
        pass

    async with context.maker() as session:
        again = await context.invitation(session, "W1")
    assert (again.state, again.reason, again.due_at) == ("planned", "soft_bounce", row.due_at)


@pytest.mark.parametrize("who", ["wish", "news"])
async def test_wishes_and_news_wait_for_whoever_has_the_person_in_hand_before_they_touch_an_invitation(context: Books, who: str) -> None:
    await context.dispatch(Unknown(OutcomeCode.REPLY_LOST))
    key = context.key_ring.address_key("w1@example.com")

    async def come() -> None:
        if who == "news":
            await told(context, "delivered")
            return
        async with context.maker.begin() as session:
            await suppression.suppress(session, key, reason="opt_out", origin="mail", now=context.clock.now())

    async with asyncio.timeout(20):
        async with context.maker() as holding, asyncio.TaskGroup() as both:
            await holding.scalar(select(Person.id).where(Person.address_key == key).with_for_update(key_share=True))
            both.create_task(come())
            await somebody_waiting_for_a_lock(context.maker)
            await holding.execute(select(Invitation.id).with_for_update(nowait=True))
            assert await holding.scalar(select(func.count()).select_from(Suppression)) == 0
            await holding.commit()

    async with context.maker() as session:
        row = await context.invitation(session, "W1")
        assert (row.state, await session.scalar(select(Suppression.reason))) == (("sent", None) if who == "news" else ("unknown", "opt_out"))
