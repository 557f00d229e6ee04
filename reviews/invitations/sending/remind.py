"""Invitation flow, step 5 of 6: remind once, by our own mail, who was asked by it and has not answered.

Only one side ever reminds. We do where the branch's rules say `reminder: ours` and we mail the invitation ourselves; where the platform mails
it, or is to remind, we send nothing. So nobody is reminded twice, and never of an invitation that we cannot vouch for.

1. Plan: an invitation that was sent gets one row, which is due `reminder_after_days` later, within the sending hours.
2. Claim what is due and check everything again, as for an invitation: an answer, a wish, a bounce, a cancellation may have come.
3. Check it all once more before the durable mark, with the person's and the invitation's rows locked: what came first, counts.
4. Hand over and settle. An unknown is parked and never repeated; a reminder that would come too late expires.

A reminder is no invitation: the cap does not count it.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Select, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches.rules import Rules
from reviews.clock import Clock
from reviews.database import job_queue
from reviews.database.job_queue import REMINDERS, Claimed, Key
from reviews.database.tables import Branch, Invitation, Job, MailEvent, Person, Reminder, Suppression, new_id
from reviews.handover import driver, settling
from reviews.handover.outcomes import Outcome, Sent
from reviews.handover.row_by_row import RowByRow
from reviews.handover.settling import Patience
from reviews.invitations.planning import policy
from reviews.invitations.sending import history, preflight
from reviews.invitations.sending.dispatch import Channel
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.reasons import DeliveryKind, PlanReason, Reason, ReminderNote, ReminderReason, SkipReason

LATEST: Final = timedelta(days=7)
"""How long after its moment a reminder may still leave; later than that it would only surprise."""

EVENTS_AGAINST: Final = (
    DeliveryKind.BOUNCE,
    DeliveryKind.SOFT_BOUNCE,
    DeliveryKind.DROPPED,
    DeliveryKind.COMPLAINT,
    DeliveryKind.UNSUBSCRIBE,
)
"""What a mail server may have told of the invitation that makes a reminder wrong."""

_NOTES: Final = {"sent": ReminderNote.REMINDED, "unknown": ReminderNote.UNKNOWN}
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Reminders:
    """The reminders' side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    channel: Channel
    clock: Clock
    lease: timedelta
    at_once: int = 4

    async def plan_due(self) -> int:
        """Take back what a lost worker held, then plan the reminders of what was sent since; return how many were planned."""
        await self.sweep()
        async with self.maker.begin() as session:
            return await plan(session, now=self.clock.now())

    async def remind_due(self) -> int:
        """Claim one batch and bring each of it to an outcome; return how many there were."""
        reminding = RowByRow(self.maker, REMINDERS, self.clock, self.lease, _look_again, self.channel.send, _settle, may_leave=_may_leave)
        return await driver.run(reminding, at_once=self.at_once)

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await job_queue.sweep(session, REMINDERS, now=now)
            for lost in swept.unknown:
                await _note(session, lost, ReminderNote.UNKNOWN, now=now)
        return swept.returned + len(swept.unknown) + len(swept.dead)


async def plan(session: AsyncSession, *, now: datetime) -> int:
    """Give each sent invitation of a branch that reminds by itself its one row; return how many are new.

    What was sent long before a branch began to remind stays as it is.
    """
    reminding = select(Branch).where(Branch.active, Branch.rules["reminder"].astext == "ours", Branch.rules["channel"].astext == "mail")
    planned = 0
    for branch in await session.scalars(reminding):
        rules = msgspec.convert(branch.rules, Rules)
        after = timedelta(days=rules.reminder_after_days)
        without = select(Reminder.id).where(Reminder.branch_id == Invitation.branch_id, Reminder.invitation_id == Invitation.id)
        sent = select(Invitation.id, Invitation.reference, Invitation.sent_at).where(
            Invitation.branch_id == branch.id,
            Invitation.state == "sent",
            Invitation.channel == "mail",
            Invitation.sent_at > now - after - LATEST,
            ~without.exists(),
        )
        rows = [_row(branch, row.id, row.reference, max(row.sent_at + after, now), rules, now) for row in await session.execute(sent.limit(_AT_ONCE))]
        if rows:
            await session.execute(insert(Reminder).on_conflict_do_nothing(index_elements=["branch_id", "invitation_id"]), rows)
        planned += len(rows)
    return planned


def _row(branch: Branch, invitation_id: Any, reference: str, earliest: datetime, rules: Rules, now: datetime) -> dict[str, Any]:
    due_at = policy.next_moment(earliest, rules)
    return {
        "branch_id": branch.id,
        "id": new_id(),
        "invitation_id": invitation_id,
        "state": "waiting",
        "attempt": 0,
        "due_at": due_at,
        "send_before": due_at + LATEST,
        "message_id": f"{secrets.token_hex(16)}.{reference}",
        "created_at": now,
    }


@dataclass(frozen=True, slots=True)
class _Facts:
    """A reminder with all that decides whether it may leave."""

    reminder: Reminder
    invitation: Invitation
    branch: Branch
    job: Job
    person: Person
    stopped: bool
    failed: bool

    @property
    def rules(self) -> Rules:
        return msgspec.convert(self.branch.rules, Rules)


async def _facts(session: AsyncSession, keys: list[Key]) -> dict[Key, _Facts]:
    stopped = exists().where(Suppression.address_key == Person.address_key)
    failed = exists().where(MailEvent.branch_id == Invitation.branch_id, MailEvent.invitation_id == Invitation.id, MailEvent.kind.in_(EVENTS_AGAINST))
    rows = await session.execute(
        select(Reminder, Invitation, Branch, Job, Person, stopped, failed)
        .join(Invitation, (Invitation.branch_id == Reminder.branch_id) & (Invitation.id == Reminder.invitation_id))
        .join(Branch, Branch.id == Reminder.branch_id)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Person, Person.id == Invitation.person_id)
        .where(tuple_(Reminder.branch_id, Reminder.id).in_(keys))
    )
    return {(row[0].branch_id, row[0].id): _Facts(*row) for row in rows}


def reason_against(facts: _Facts | None) -> Reason | None:
    """Return why a reminder must not leave; None when it may. The person's own word comes first."""
    if facts is None:
        return ReminderReason.PERSON_GONE
    job, answered = facts.job.state, facts.invitation.state == "reviewed"
    against: dict[Reason, bool] = {
        SkipReason.SUPPRESSED: facts.stopped,
        SkipReason.RESTRICTED: facts.person.restricted_at is not None,
        ReminderReason.REVIEWED: answered,
        ReminderReason.INVITATION_NOT_SENT: not answered and facts.invitation.state != "sent",
        SkipReason.UNDELIVERABLE: facts.failed,
        SkipReason.JOB_OPEN: job == "open",
        SkipReason.JOB_CANCELLED: job not in {"open", "completed"},
        SkipReason.BRANCH_OFF: not facts.branch.active,
        ReminderReason.NOT_OUR_SIDE: (facts.rules.reminder, facts.rules.channel) != ("ours", "mail"),
    }
    return next((reason for reason, holds in against.items() if holds), None)


async def _look_again(session: AsyncSession, claimed: Claimed, now: datetime) -> InvitationParcel | None:
    """Return what is handed over; None, and the reminder settled, when it must not leave now."""
    facts = (await _facts(session, [claimed.key])).get(claimed.key)
    reason = reason_against(facts)
    if facts is None or reason:
        await job_queue.settle(session, REMINDERS, claimed, {"state": "skipped", "reason": reason})
    elif now > facts.reminder.send_before:
        await job_queue.settle(session, REMINDERS, claimed, {"state": "expired", "reason": PlanReason.TOO_LATE})
    elif (later := policy.next_moment(now, facts.rules)) > now:
        await job_queue.unclaim(session, REMINDERS, claimed, due_at=later)
    else:
        facts.reminder.message_at = first_tried = facts.reminder.message_at or now
        return _parcel(facts, first_tried)
    return None


def _parcel(facts: _Facts, message_at: datetime) -> InvitationParcel:
    """Return what is handed over: a mail of its own, with nothing of the platform's."""
    parcel = preflight.parcel_of(facts.branch, facts.job, facts.person, facts.invitation, message_at=message_at)
    return msgspec.structs.replace(parcel, message_id=facts.reminder.message_id, sealed_token=None)


async def _may_leave(session: AsyncSession, claimed: Claimed, _: datetime) -> bool:
    """Whether nothing came in between; a reminder that must not leave any more is settled here.

    Both rows are locked in statements of their own, so that what is read next was committed before: an opt-out, an erasure and an answer
    from the feed come either before this reminder or after it.
    """
    mine = select(Invitation).join(Reminder, (Reminder.branch_id == Invitation.branch_id) & (Reminder.invitation_id == Invitation.id))
    mine = mine.where(Reminder.branch_id == claimed.branch_id, Reminder.id == claimed.id)
    await session.execute(select(Person.id).where(Person.id.in_(mine.with_only_columns(Invitation.person_id))).with_for_update())
    await session.execute(mine.with_only_columns(Invitation.id).with_for_update(read=True, of=Invitation))
    if reason := reason_against((await _facts(session, [claimed.key])).get(claimed.key)):
        await job_queue.settle(session, REMINDERS, claimed, {"state": "skipped", "reason": reason})
    return reason is None


async def _settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Store an outcome, the invitation's row locked first: whoever locks both locks it before its reminder's."""
    await session.execute(_invitation_of(claimed))
    until = await session.scalar(select(Reminder.send_before).where(Reminder.branch_id == claimed.branch_id, Reminder.id == claimed.id))
    write = settling.written(claimed, outcome, Patience(claimed.attempt, until=until), now=now)
    sent = {"sent_at": now} if isinstance(outcome, Sent) else {}
    if await settling.settle(session, REMINDERS, write, **sent) and write.state in _NOTES:
        await _note(session, claimed, _NOTES[write.state], now=now)


async def _note(session: AsyncSession, claimed: Claimed, reason: ReminderNote, *, now: datetime) -> None:
    """Write into the invitation's history what became of its reminder; its state stays what it is."""
    row = (await session.execute(_invitation_of(claimed))).one()
    session.add(history.event(claimed.branch_id, row.id, now, row.state, reason, "worker"))


def _invitation_of(claimed: Claimed) -> Select[uuid.UUID, str]:
    """Select and lock the invitation that a reminder is about, against those who change it."""
    return (
        select(Invitation.id, Invitation.state)
        .join(Reminder, (Reminder.branch_id == Invitation.branch_id) & (Reminder.invitation_id == Invitation.id))
        .where(Reminder.branch_id == claimed.branch_id, Reminder.id == claimed.id)
        .with_for_update(read=True, of=Invitation)
    )
