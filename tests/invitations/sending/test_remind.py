"""The reminder: once, on one side, and never to somebody who has answered, refused, or cannot be reached."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches.rules import Rules
from reviews.database import job_queue
from reviews.database.job_queue import REMINDERS
from reviews.database.tables import Basis, Branch, Invitation, InvitationEvent, Job, MailEvent, Person, Reminder, new_id
from reviews.errors import ConflictError
from reviews.handover.outcomes import Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.oversight import actions
from reviews.invitations.planning import schedule
from reviews.invitations.sending import remind
from reviews.invitations.sending.remind import Reminders
from reviews.keys import KeyRing
from reviews.privacy import suppression
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import PausedClock, RecordingChannel

Maker = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=60)
OURS = msgspec.structs.replace(cast.ANY_HOUR, channel="mail", reminder="ours", reminder_after_days=7)
DUE = timedelta(days=7)


class Ground:
    """Jan was asked by Utrecht's own mail, and Utrecht reminds by itself."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.channel = RecordingChannel()
        self.jan = key_ring.address_key("jan@example.com")

    async def asked(self, slug: str, number: str = "W1", **changes: Any) -> None:
        """Lay down an invitation that was sent just now, unless `changes` say otherwise."""
        now = self.clock.moment
        async with self.maker.begin() as session:
            branch = (await session.scalars(select(Branch).where(Branch.slug == slug))).one()
            person = await session.scalar(select(Person))
            if person is None:
                person = Person(address_key=self.jan, email="jan@example.com", name="J. de Vries", created_at=now, last_contact_at=now)
                session.add(person)
                await session.flush()
            job = Job(
                branch_id=branch.id,
                number=number,
                number_key=number,
                identity=number,
                kind="repair",
                state="completed",
                completed_at=now,
                person_id=person.id,
                created_at=now,
            )
            session.add(job)
            await session.flush()
            basis = Basis(
                branch_id=branch.id,
                job_id=job.id,
                trigger_id=new_id(),
                kind="customer",
                entity="Van Dam Zonwering B.V.",
                text_version="1",
                given_at=now,
            )
            session.add(basis)
            await session.flush()
            values: dict[str, Any] = {"channel": "mail", "state": "sent", "sent_at": now, "marked_at": now, **changes}
            session.add(
                Invitation(
                    branch_id=branch.id,
                    job_id=job.id,
                    person_id=person.id,
                    basis_id=basis.id,
                    rules_version=1,
                    evidence={},
                    reference=f"ref-{slug}-{number}",
                    due_at=now,
                    send_before=now + timedelta(days=30),
                    message_id=f"first-{number}",
                    created_at=now,
                    **values,
                )
            )

    def reminders(self, channel: RecordingChannel | None = None) -> Reminders:
        self.channel = channel or self.channel
        return Reminders(self.maker, self.channel, self.clock, LEASE)

    async def after_a_week(self, channel: RecordingChannel | None = None) -> int:
        """Plan now, and send what is due a week later."""
        reminders = self.reminders(channel)
        await reminders.plan_due()
        self.clock.moment += DUE
        return await reminders.remind_due()

    async def row(self) -> Reminder:
        async with self.maker() as session:
            return (await session.scalars(select(Reminder))).one()

    async def change(self, table: type[Any], **values: Any) -> None:
        async with self.maker.begin() as session:
            await session.execute(update(table).values(**values))

    async def told(self) -> list[tuple[str, str | None]]:
        async with self.maker() as session:
            rows = await session.scalars(select(InvitationEvent).order_by(InvitationEvent.id))
            return [(row.state, row.reason) for row in rows]


@pytest.fixture
async def ground(maker: Maker, key_ring: KeyRing, now: datetime) -> Ground:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now, rules=OURS)
    ground = Ground(maker, key_ring, now)
    await ground.asked("utrecht")
    return ground


async def test_who_did_not_answer_is_reminded_once_after_a_week(ground: Ground) -> None:
    assert await ground.after_a_week() == 1
    for _ in range(3):
        ground.clock.moment += timedelta(days=30)
        await ground.reminders().plan_due()
        assert await ground.reminders().remind_due() == 0

    row = await ground.row()
    [parcel] = ground.channel.handed_over
    assert (row.state, row.sent_at is not None) == ("sent", True)
    assert (parcel.message_id, parcel.reference) == (row.message_id, "ref-utrecht-W1")
    assert parcel.message_id != "first-W1"
    assert await ground.told() == [("sent", "reminded")]


async def test_nothing_is_due_before_the_week_is_over(ground: Ground) -> None:
    await ground.reminders().plan_due()
    ground.clock.moment += DUE - timedelta(seconds=1)

    assert await ground.reminders().remind_due() == 0


async def test_a_reminder_leaves_within_the_sending_hours_on_a_working_day(ground: Ground) -> None:
    decent = msgspec.structs.replace(OURS, sending_hours=("10:00", "16:00"), working_days_only=True, reminder_after_days=4)
    await ground.change(Branch, rules=msgspec.to_builtins(decent))
    await ground.reminders().plan_due()

    assert (await ground.row()).due_at.isoformat() == "2026-11-30T09:00:00+00:00", "Saturday's moment moves to Monday ten o'clock"


async def test_a_window_that_was_narrowed_since_is_kept_to(ground: Ground) -> None:
    await ground.reminders().plan_due()
    await ground.change(Branch, rules=msgspec.to_builtins(msgspec.structs.replace(OURS, sending_hours=("10:00", "11:00"))))
    ground.clock.moment += DUE
    await ground.reminders().remind_due()

    row = await ground.row()
    assert (row.state, row.due_at.isoformat(), ground.channel.handed_over) == ("waiting", "2026-12-02T09:00:00+00:00", [])


@pytest.mark.parametrize(("reminder", "channel"), [("none", "mail"), ("platform", "mail"), ("platform", "platform"), ("ours", "platform")])
async def test_only_the_side_that_the_setting_names_reminds(ground: Ground, reminder: Any, channel: Any) -> None:
    await ground.change(Branch, rules=msgspec.to_builtins(msgspec.structs.replace(OURS, reminder=reminder, channel=channel)))

    assert await ground.reminders().plan_due() == 0


async def test_a_setting_that_changed_after_the_planning_stops_the_reminder(ground: Ground) -> None:
    await ground.reminders().plan_due()
    await ground.change(Branch, rules=msgspec.to_builtins(msgspec.structs.replace(OURS, reminder="platform")))
    ground.clock.moment += DUE
    await ground.reminders().remind_due()

    assert ((await ground.row()).state, (await ground.row()).reason, ground.channel.handed_over) == ("skipped", "not_our_side", [])


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "platform"},
        {"state": "reviewed"},
        {"state": "unknown", "sent_at": None},
        {"state": "refused", "sent_at": None},
        {"state": "cancelled", "sent_at": None},
        {"state": "skipped", "sent_at": None},
    ],
    ids=str,
)
async def test_what_was_not_sent_by_us_or_has_been_answered_gets_no_reminder(ground: Ground, changes: dict[str, Any]) -> None:
    await ground.change(Invitation, **changes)

    assert await ground.reminders().plan_due() == 0


async def test_what_was_sent_long_before_a_branch_began_to_remind_stays_as_it_is(ground: Ground) -> None:
    await ground.change(Invitation, sent_at=ground.clock.moment - timedelta(days=15))

    assert await ground.reminders().plan_due() == 0


async def _opted_out(ground: Ground) -> None:
    async with ground.maker.begin() as session:
        await suppression.suppress(session, ground.jan, reason="opt_out", origin="link", now=ground.clock.moment)


def _delivery_event(kind: str) -> Callable[[Ground], Awaitable[None]]:
    async def told(ground: Ground) -> None:
        async with ground.maker.begin() as session:
            row = (await session.scalars(select(Invitation))).one()
            values = {"provider": "p", "event_id": "e", "kind": kind, "at": ground.clock.moment, "received_at": ground.clock.moment}
            session.add(MailEvent(branch_id=row.branch_id, invitation_id=row.id, **values))

    return told


def _changed(table: type[Any], **values: Any) -> Callable[[Ground], Awaitable[None]]:
    async def changed(ground: Ground) -> None:
        await ground.change(table, **values)

    return changed


CAME_BETWEEN: dict[str, tuple[str, Callable[[Ground], Awaitable[None]]]] = {
    "an opt-out": ("suppressed", _opted_out),
    "a review": ("reviewed", _changed(Invitation, state="reviewed")),
    "a settled unknown": ("invitation_not_sent", _changed(Invitation, state="cancelled")),
    "a restriction": ("restricted", _changed(Person, restricted_at=datetime.fromisoformat("2026-11-25T10:00:00+00:00"))),
    "an erased person": ("person_gone", _changed(Invitation, state="skipped", person_id=None, basis_id=None)),
    "a credit note": ("job_cancelled", _changed(Job, state="credited")),
    "a cancellation": ("job_cancelled", _changed(Job, state="cancelled")),
    "a reopened job": ("job_open", _changed(Job, state="open")),
    "a branch switched off": ("branch_off", _changed(Branch, active=False)),
    "the platform reminding": ("not_our_side", _changed(Branch, rules=msgspec.to_builtins(msgspec.structs.replace(OURS, reminder="platform")))),
    **{f"news of {kind}": ("undeliverable", _delivery_event(kind)) for kind in ("bounce", "soft_bounce", "dropped", "complaint", "unsubscribe")},
}


@pytest.mark.parametrize("moment", ["before the check", "just before the mark"])
@pytest.mark.parametrize("between", CAME_BETWEEN)
async def test_nobody_is_reminded_after(ground: Ground, between: str, moment: str) -> None:
    reason, happen = CAME_BETWEEN[between]
    if moment == "before the check":
        await ground.reminders().plan_due()
        await happen(ground)
        channel = RecordingChannel()
    else:
        channel = RecordingChannel(before_mark=lambda: happen(ground))

    await ground.after_a_week(channel)

    row = await ground.row()
    assert (row.state, row.reason, channel.handed_over) == ("skipped", reason, [])
    assert channel.refused_marks == (1 if moment == "just before the mark" else 0)
    assert ("sent", "reminded") not in await ground.told()


@pytest.mark.parametrize("kind", ["delivered", "opened", "opened_by_machine", "clicked", "deferred"])
async def test_news_that_says_nothing_against_it_stops_no_reminder(ground: Ground, kind: str) -> None:
    await _delivery_event(kind)(ground)

    assert await ground.after_a_week() == 1
    assert len(ground.channel.handed_over) == 1


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "told"),
    [
        (Sent(), "sent", None, [("sent", "reminded")]),
        (Unknown(OutcomeCode.REPLY_LOST), "unknown", "reply_lost", [("sent", "reminder_unknown")]),
        (Refused(OutcomeCode.RECIPIENT_REFUSED), "refused", "recipient_refused", []),
        (Retry(OutcomeCode.SMTP_BUSY), "waiting", "smtp_busy", []),
        (Halt(OutcomeCode.NO_LOCATION), "waiting", "no_location", []),
    ],
)
async def test_each_outcome_has_its_state(ground: Ground, outcome: Outcome, state: str, reason: str | None, told: list[Any]) -> None:
    await ground.after_a_week(RecordingChannel(outcome))

    row = await ground.row()
    assert (row.state, row.reason) == (state, reason)
    assert await ground.told() == told


async def test_an_unknown_is_never_repeated_by_itself(ground: Ground) -> None:
    await ground.after_a_week(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST)))
    ground.clock.moment += timedelta(days=2)
    await ground.reminders().plan_due()

    assert await ground.reminders().remind_due() == 0


async def test_every_try_has_the_same_message_id_and_date(ground: Ground) -> None:
    channel = RecordingChannel(Retry(OutcomeCode.SMTP_BUSY), Retry(OutcomeCode.SMTP_BUSY))
    await ground.after_a_week(channel)
    for _ in range(2):
        ground.clock.moment = (await ground.row()).due_at
        await ground.reminders().remind_due()

    assert len(channel.handed_over) == 3
    assert len({(parcel.message_id, parcel.message_at) for parcel in channel.handed_over}) == 1


async def test_a_reminder_that_would_come_too_late_expires(ground: Ground) -> None:
    await ground.reminders().plan_due()
    ground.clock.moment += DUE + remind.LATEST + timedelta(seconds=1)
    await ground.reminders().remind_due()

    assert ((await ground.row()).state, ground.channel.handed_over) == ("expired", [])


async def test_a_worker_lost_after_the_mark_leaves_an_unknown_and_one_lost_before_it_a_second_chance(ground: Ground) -> None:
    await ground.reminders().plan_due()
    ground.clock.moment += DUE
    async with ground.maker.begin() as session:
        [held] = await job_queue.claim_due(session, REMINDERS, now=ground.clock.moment, lease=LEASE)
    ground.clock.moment += 2 * LEASE
    await ground.reminders().sweep()
    assert (await ground.row()).state == "waiting"

    async with ground.maker.begin() as session:
        [held] = await job_queue.claim_due(session, REMINDERS, now=ground.clock.moment, lease=LEASE)
        assert await job_queue.mark(session, REMINDERS, held, now=ground.clock.moment, until=ground.clock.moment + LEASE)
    ground.clock.moment += 2 * LEASE
    await ground.reminders().plan_due()

    assert (await ground.row()).state == "unknown"
    assert await ground.told() == [("sent", "reminder_unknown")]


async def test_two_workers_send_one_reminder(ground: Ground) -> None:
    await asyncio.gather(*(ground.reminders().plan_due() for _ in range(4)))
    ground.clock.moment += DUE
    ended = await asyncio.gather(*(ground.reminders().remind_due() for _ in range(4)))

    assert sum(ended) == len(ground.channel.handed_over) == 1
    async with ground.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Reminder)) == 1


async def test_a_reminder_does_not_count_for_the_cap(ground: Ground) -> None:
    asked = ground.clock.moment
    await ground.after_a_week()

    async with ground.maker() as session:
        person = (await session.scalars(select(Person))).one()
        assert (await schedule.people(session, {person.address_key: person.id}))[person.address_key].last_invited_at == asked


async def test_the_default_rules_remind_nobody() -> None:
    assert Rules().reminder == "none"


@pytest.mark.parametrize("was_sent", [True, False])
async def test_an_unknown_reminder_that_a_person_settled_is_never_sent_again(ground: Ground, was_sent: bool) -> None:
    await ground.after_a_week(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST)))
    async with ground.maker.begin() as session:
        row = (await session.scalars(select(Invitation))).one()
        await actions.settle_reminder(session, row.id, was_sent=was_sent, branch_ids=[row.branch_id], actor="user:noor", now=ground.clock.moment)
    await ground.after_a_week(RecordingChannel())

    assert (await ground.row()).state == ("sent" if was_sent else "skipped")
    assert ground.channel.handed_over == []
    assert (await ground.told())[-1] == ("sent", "reminder_was_sent" if was_sent else "reminder_not_sent")
    async with ground.maker.begin() as session:
        with pytest.raises(ConflictError):
            await actions.settle_reminder(session, row.id, was_sent=True, branch_ids=[row.branch_id], actor="user:noor", now=ground.clock.moment)
