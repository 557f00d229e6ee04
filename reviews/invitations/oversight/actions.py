"""What a person may do with an invitation: find it, hold, release, cancel, send it now, try it again, settle an unknown one.

No action overrides the customer's wish, the cap, the sending hours or the limit of age: what is put back into the queue is checked again by
`dispatch` like any other. What has left, or may have left, is never put back.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches.rules import Rules
from reviews.database.tables import Branch, Invitation, InvitationEvent, Job, Reminder
from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.invitations.planning import policy
from reviews.invitations.planning.schedule import Horizon
from reviews.invitations.sending.history import event
from reviews.reasons import PlanReason, ReminderNote

ENDED_WITHOUT_LEAVING: Final = frozenset({"refused", "dead", "expired"})
"""What may be tried again by a person, once the cause is removed."""


class ActionContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an action must know beside the invitation; without a horizon nothing is tried again after its own last moment."""

    rules: Rules
    completed_at: datetime | None
    horizon: Horizon | None
    now: datetime


Values = dict[str, Any]
Action = Callable[[Invitation, ActionContext], Values | None]
"""Return what changes; None when it is so already. Raise ConflictError when the action is not possible."""


def _hold(row: Invitation, _: ActionContext) -> Values | None:
    if row.state == "held":
        return None
    _must_wait(row)
    return {"state": "held", "reason": None}


def _release(row: Invitation, _: ActionContext) -> Values | None:
    if row.state == "planned":
        return None
    _must_wait(row)
    return {"state": "planned", "reason": None, "tries": 0}


def _cancel(row: Invitation, _: ActionContext) -> Values | None:
    if (row.state, row.reason) == ("cancelled", PlanReason.BY_HAND):
        return None
    _must_wait(row)
    return {"state": "cancelled", "reason": PlanReason.BY_HAND}


def _send_now(row: Invitation, context: ActionContext) -> Values | None:
    """Skip what is left of the delay; the sending hours stay."""
    _must_wait(row)
    soonest = policy.next_moment(context.now, context.rules)
    # Due already: another line of history would say that somebody changed something.
    if row.state != "held" and row.due_at <= soonest:
        return None
    return {"state": "planned", "reason": None, "tries": 0, "due_at": soonest}


def _replay(row: Invitation, context: ActionContext) -> Values | None:
    """Queue again what ended without leaving. The Message-ID stays, so that a server that knows it can drop the mail; its date is a new one.

    `attempt` is not set back: it fences what an old worker may still write.
    """
    if row.state in {"planned", "claimed"} and row.marked_at is None:
        return None
    if row.state not in ENDED_WITHOUT_LEAVING:
        raise _refusal(row)
    due_at = policy.next_moment(context.now, context.rules)
    values = {"state": "planned", "reason": None, "tries": 0, "due_at": due_at, "marked_at": None, "message_at": None, "sent_at": None}
    if due_at <= row.send_before:
        return values
    if context.horizon is None or context.completed_at is None or context.now - context.completed_at > context.horizon.job_max_age:
        raise TooLateError("the job lies too far back to be invited now")
    return {**values, "send_before": due_at + context.horizon.send_before}


ACTIONS: Final[dict[str, Action]] = {"hold": _hold, "release": _release, "send-now": _send_now, "replay": _replay, "cancel": _cancel}
"""What a person may do with an invitation that has not left."""


def _must_wait(row: Invitation) -> None:
    """Raise unless the invitation still waits; one that a worker has claimed without a mark can be taken back by its fence."""
    if row.state not in {"planned", "held"} and not (row.state == "claimed" and row.marked_at is None):
        raise _refusal(row)


def _refusal(row: Invitation) -> ConflictError:
    if row.state in {"sent", "reviewed", "unknown", "claimed"}:
        return TooLateError(f"the invitation is {row.state}")
    return ConflictError(f"the invitation is {row.state}")


def possible(row: Invitation, context: ActionContext) -> dict[str, datetime | None]:
    """Return the actions that would change something now, each with the moment at which the invitation would leave; None when it would not."""
    found = dict[str, datetime | None]()
    for name, action in ACTIONS.items():
        try:
            values = action(row, context)
        except ConflictError:
            continue
        if values:
            found[name] = values.get("due_at", row.due_at) if values["state"] == "planned" else None
    return found


def _one(invitation_id: uuid.UUID, branch_ids: Sequence[uuid.UUID]) -> Select[Invitation]:
    return select(Invitation).where(Invitation.branch_id.in_(branch_ids), Invitation.id == invitation_id)


async def find(session: AsyncSession, invitation_id: uuid.UUID, *, branch_ids: Sequence[uuid.UUID]) -> Invitation:
    """Return an invitation of one of these branches; raise NotFoundError for any other."""
    row = await session.scalar(_one(invitation_id, branch_ids))
    if row is None:
        raise NotFoundError("there is no such invitation")
    return row


async def _locked(session: AsyncSession, invitation_id: uuid.UUID, branch_ids: Sequence[uuid.UUID]) -> Invitation:
    # Read again under the lock, whatever the session holds: a worker may just have marked it.
    row = await session.scalar(_one(invitation_id, branch_ids).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFoundError("there is no such invitation")
    return row


async def context_of(session: AsyncSession, row: Invitation, *, horizon: Horizon | None, now: datetime) -> ActionContext:
    """Read what an action must know beside an invitation."""
    kept = await session.scalar(select(Branch.rules).where(Branch.id == row.branch_id))
    completed_at = await session.scalar(select(Job.completed_at).where(Job.branch_id == row.branch_id, Job.id == row.job_id))
    return ActionContext(rules=msgspec.convert(kept, Rules), completed_at=completed_at, horizon=horizon, now=now)


async def change(
    session: AsyncSession,
    invitation_id: uuid.UUID,
    *,
    action: str,
    branch_ids: Sequence[uuid.UUID],
    actor: str,
    now: datetime,
    horizon: Horizon | None = None,
) -> Invitation:
    """Change an invitation by one of `ACTIONS`, for a person; doing the same twice changes nothing.

    Raise TooLateError when it has left or is leaving, ConflictError when this action is not possible as it is.
    """
    row = await _locked(session, invitation_id, branch_ids)
    if action not in ACTIONS:
        raise NotFoundError(f"there is no {action}; it is {', '.join(ACTIONS)}")
    values = ACTIONS[action](row, await context_of(session, row, horizon=horizon, now=now))
    if values is None:
        return row
    for name, value in {**values, "lease_until": None}.items():
        setattr(row, name, value)
    session.add(event(row.branch_id, row.id, now, row.state, row.reason, actor, due_at=row.due_at))
    await session.flush()
    return row


async def settle(
    session: AsyncSession, invitation_id: uuid.UUID, *, was_sent: bool, branch_ids: Sequence[uuid.UUID], actor: str, now: datetime
) -> Invitation:
    """Settle an unknown by what a person found out: it was sent, or it was not and stays unsent; nothing is ever sent twice."""
    row = await _locked(session, invitation_id, branch_ids)
    if row.state != "unknown":
        raise ConflictError(f"the invitation is {row.state}, not unknown")
    row.state, row.reason = ("sent", None) if was_sent else ("cancelled", PlanReason.NOT_SENT)
    # The mark was written just before the hand-over: no better moment is known.
    row.sent_at = row.marked_at if was_sent else None
    session.add(event(row.branch_id, row.id, now, row.state, row.reason, actor))
    await session.flush()
    return row


async def settle_reminder(
    session: AsyncSession, invitation_id: uuid.UUID, *, was_sent: bool, branch_ids: Sequence[uuid.UUID], actor: str, now: datetime
) -> Reminder:
    """Settle an unknown reminder by what a person found out. None is ever sent again, and the invitation stays what it is."""
    row = await _locked(session, invitation_id, branch_ids)
    reminder = await reminder_of(session, row, lock=True)
    if reminder is None or reminder.state != "unknown":
        raise ConflictError(f"the reminder is {reminder.state if reminder else 'not there'}, not unknown")
    code = ReminderNote.WAS_SENT if was_sent else ReminderNote.NOT_SENT
    reminder.state, reminder.reason = ("sent", None) if was_sent else ("skipped", code)
    reminder.sent_at = reminder.marked_at if was_sent else None
    session.add(event(row.branch_id, row.id, now, row.state, code, actor))
    await session.flush()
    return reminder


async def reminder_of(session: AsyncSession, row: Invitation, *, lock: bool = False) -> Reminder | None:
    """Return the one reminder of an invitation, if it has one."""
    query = select(Reminder).where(Reminder.branch_id == row.branch_id, Reminder.invitation_id == row.id)
    return await session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)


async def listed(
    session: AsyncSession,
    branch_ids: Sequence[uuid.UUID],
    *,
    state: str | None = None,
    reason: str | None = None,
    older_than: datetime | None = None,
    after: uuid.UUID | None = None,
    reminder: str | None = None,
    limit: int = 100,
) -> list[Invitation]:
    """Return invitations of these branches in the order in which they were made (ids are UUIDv7), those after `after` only.

    `older_than` asks for those that left, may have left or were to leave before that moment, `reminder` for those whose reminder is in that state.
    """
    query = select(Invitation).where(Invitation.branch_id.in_(branch_ids)).order_by(Invitation.id).limit(limit)
    if state:
        query = query.where(Invitation.state == state)
    if reason:
        query = query.where(Invitation.reason == reason)
    if older_than:
        query = query.where(func.coalesce(Invitation.marked_at, Invitation.due_at) < older_than)
    if after:
        query = query.where(Invitation.id > after)
    if reminder:
        reminders = select(Reminder.invitation_id).where(Reminder.branch_id == Invitation.branch_id, Reminder.state == reminder)
        query = query.where(Invitation.id.in_(reminders))
    return list(await session.scalars(query))


async def past_of(session: AsyncSession, row: Invitation) -> list[InvitationEvent]:
    """Return all that happened to an invitation, oldest first."""
    events = await session.scalars(
        select(InvitationEvent)
        .where(InvitationEvent.branch_id == row.branch_id, InvitationEvent.invitation_id == row.id)
        .order_by(InvitationEvent.at, InvitationEvent.id)
    )
    return list(events)
