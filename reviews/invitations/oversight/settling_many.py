"""Settle many unknowns at once by what a person found out, and take that back within some minutes.

What is settled together is told apart by the moment and the person: its lines of history have both in common, and no other lines have. So one
line each is all that is kept. What was to be asked again waits until it can't be taken back any more; what has moved on since is not taken back.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVarTuple

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from reviews.branches.rules import Rules
from reviews.database import due
from reviews.database.tables import Branch, Invitation, InvitationEvent, Job
from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.invitations.planning import policy
from reviews.invitations.planning.schedule import Horizon
from reviews.invitations.sending import history
from reviews.reasons import PlanReason

Columns = TypeVarTuple("Columns")

Answer = Literal["sent", "not_sent", "again"]
"""What somebody found out: it was sent; it was not and stays unsent; it was not and is sent after all."""

_LINES: Final[dict[Answer, tuple[str, str | None]]] = {
    "sent": ("sent", None),
    "not_sent": ("cancelled", PlanReason.NOT_SENT),
    "again": ("planned", PlanReason.SENT_AGAIN),
}
"""By answer, the state and reason of its line of history."""


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Which unknowns are meant: of these branches, of one channel or both, that began to leave from `since` on and before `until`."""

    branch_ids: tuple[uuid.UUID, ...]
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def clause(self) -> ColumnElement[bool]:
        """Return it as a condition."""
        asked = [Invitation.branch_id.in_(self.branch_ids), due.in_state(Invitation.state, "unknown")]
        asked += [Invitation.channel == self.channel] if self.channel else []
        asked += [Invitation.marked_at >= self.since] if self.since else []
        asked += [Invitation.marked_at < self.until] if self.until else []
        return and_(*asked)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """How many are meant, of which branches, between which moments, and the first of them as (invitation, job, branch)."""

    many: int
    branches: tuple[tuple[str, int], ...]
    first: datetime | None
    last: datetime | None
    shown: tuple[Row[Invitation, Job, Branch], ...]


async def preview(session: AsyncSession, which: Which, *, shown: int) -> Preview:
    """Tell what would be settled, the longest unknown first; nothing changes."""
    counted = select(Branch.slug, func.count(), func.min(Invitation.marked_at), func.max(Invitation.marked_at)).join(
        Branch, Branch.id == Invitation.branch_id
    )
    rows = (await session.execute(counted.where(which.clause()).group_by(Branch.slug).order_by(Branch.slug))).all()
    firsts = [first for _, _, first, _ in rows if first is not None]
    lasts = [last for _, _, _, last in rows if last is not None]
    found = (
        select(Invitation, Job, Branch)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Branch, Branch.id == Invitation.branch_id)
        .where(which.clause())
        .order_by(Invitation.marked_at, Invitation.id)
        .limit(shown)
    )
    return Preview(
        many=sum(row[1] for row in rows),
        branches=tuple((row[0], row[1]) for row in rows),
        first=min(firsts, default=None),
        last=max(lasts, default=None),
        shown=tuple((await session.execute(found)).all()),
    )


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """An answer for many, by whom and when, and how long it can be undone; what is too old for the horizon is not asked again."""

    answer: Answer
    actor: str
    now: datetime
    undo: timedelta
    horizon: Horizon


async def settle(session: AsyncSession, which: Which, settlement: Settlement, *, expected: int) -> int:
    """Settle all that is meant, a line of history each; return how many that were.

    Raise ConflictError when there are not as many as were previewed. One that is too old to be asked again stays unknown.
    """
    query = select(Invitation, Job.completed_at, Branch.rules)
    query = query.join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id)).join(Branch, Branch.id == Invitation.branch_id)
    locked = query.where(which.clause()).order_by(Invitation.id).with_for_update(of=Invitation)
    rows = (await session.execute(locked.execution_options(populate_existing=True))).all()
    if len(rows) != expected:
        raise ConflictError(f"there are {len(rows)} now, not {expected}")
    state, reason = _LINES[settlement.answer]
    lines = list[dict[str, Any]]()
    for row, completed_at, rules in rows:
        changes = _changes(row, completed_at, msgspec.convert(rules, Rules), settlement)
        if changes is None:
            continue
        for name, value in {"state": state, "reason": reason, **changes}.items():
            setattr(row, name, value)
        lines.append(history.line(row.branch_id, row.id, settlement.now, state, reason, settlement.actor, due_at=changes.get("due_at")))
    await _write(session, lines)
    return len(lines)


def _changes(row: Invitation, completed_at: datetime | None, rules: Rules, settlement: Settlement) -> dict[str, Any] | None:
    """Return what changes of an invitation beside state and reason; None where it is too old to be asked again."""
    if settlement.answer != "again":
        # The mark was written just before the hand-over: no better moment is known.
        return {"sent_at": row.marked_at if settlement.answer == "sent" else None}
    due_at = policy.next_moment(settlement.now + settlement.undo, rules)
    values: dict[str, Any] = {"due_at": due_at, "tries": 0, "message_at": None}
    if due_at <= row.send_before:
        return values
    horizon = settlement.horizon
    if completed_at is None or settlement.now - completed_at > horizon.job_max_age:
        return None
    return {**values, "send_before": due_at + horizon.send_before}


async def _write(session: AsyncSession, lines: Sequence[dict[str, Any]]) -> None:
    await session.flush()
    if lines:
        await session.execute(insert(InvitationEvent), lines)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what one person settled at one moment: what can still be taken back, what was, and what has moved on."""

    answer: Answer
    at: datetime
    settled: int
    undone: int
    moved_on: int

    @property
    def undoable(self) -> int:
        """Return how many can be taken back, time permitting."""
        return self.settled - self.undone - self.moved_on


async def batch(session: AsyncSession, at: datetime, *, actor: str, branch_ids: Sequence[uuid.UUID]) -> Batch:
    """Return what this person settled at this moment; raise NotFoundError when that was nothing."""
    counted = select(
        InvitationEvent.state,
        func.count(),
        func.count().filter(_STILL),
        func.count().filter(Invitation.state == "unknown"),
    )
    row = (await session.execute(_of(counted, at, actor, branch_ids).group_by(InvitationEvent.state))).one_or_none()
    if row is None:
        raise NotFoundError("nothing was settled at that moment")
    state, settled, still, undone = row
    answer: Answer = next(name for name, line in _LINES.items() if line[0] == state)
    return Batch(answer=answer, at=at, settled=settled, undone=undone, moved_on=settled - still - undone)


async def undo(session: AsyncSession, at: datetime, *, actor: str, branch_ids: Sequence[uuid.UUID], now: datetime, within: timedelta) -> int:
    """Make unknown again what this person settled at this moment and nothing has touched since; return how many that were.

    Raise TooLateError when it lies longer back than `within`.
    """
    if now - at > within:
        raise TooLateError("that can't be undone any more")
    reason = select(_other.reason).where(_is_its, _other.state == "unknown").order_by(_other.id.desc()).limit(1).scalar_subquery()
    found = _of(select(Invitation, reason), at, actor, branch_ids).where(_STILL)
    rows = await session.execute(found.order_by(Invitation.id).with_for_update(of=Invitation).execution_options(populate_existing=True))
    lines = list[dict[str, Any]]()
    for row, why in rows.all():
        row.state, row.reason, row.sent_at = "unknown", why, None
        lines.append(history.line(row.branch_id, row.id, now, "unknown", why, actor))
    await _write(session, lines)
    return len(lines)


_other = aliased(InvitationEvent)
_is_its: Final = and_(_other.branch_id == Invitation.branch_id, _other.invitation_id == Invitation.id)
_STILL: Final = and_(Invitation.state == InvitationEvent.state, ~exists(select(_other.id).where(_is_its, _other.id > InvitationEvent.id)))
"""Whether nothing came after the line. Claimed, an invitation is in another state without a line: it may be leaving."""


def _of(query: Select[*Columns], at: datetime, actor: str, branch_ids: Sequence[uuid.UUID]) -> Select[*Columns]:
    lines = [and_(InvitationEvent.state == state, InvitationEvent.reason.is_not_distinct_from(reason)) for state, reason in _LINES.values()]
    its = and_(Invitation.branch_id == InvitationEvent.branch_id, Invitation.id == InvitationEvent.invitation_id)
    return (
        query.select_from(InvitationEvent)
        .join(Invitation, its)
        .where(InvitationEvent.at == at, InvitationEvent.actor == actor, InvitationEvent.branch_id.in_(branch_ids), or_(*lines))
    )
