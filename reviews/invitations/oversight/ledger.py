"""The exclusion ledger: what became of every job, and sums that close on the last one.

A job belongs to the period in which it was first reported (`jobs.created_at`): that moment never moves, whereas a completion does when a job is
reopened. Each job stands in exactly one group, by the state of its one invitation:

- *invited*: sent, reviewed;
- *waiting*: planned, claimed, held, and jobs that are not finished (yet, or again);
- *skipped*: no invitation will come, with the reason: skipped, cancelled, expired;
- *failed*: refused by the other side, or given up;
- *unknown*: it may have left; waits for a person;
- *missing*: a job without any invitation row. There must be none: nobody would notice that somebody was left out.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, InvitationEvent, Job
from reviews.local import LOCAL

Group = Literal["invited", "waiting", "skipped", "failed", "unknown", "missing"]
GROUPS: Final[tuple[Group, ...]] = ("invited", "waiting", "skipped", "failed", "unknown", "missing")

_GROUP_OF: Final[dict[str, Group]] = {
    "sent": "invited",
    "reviewed": "invited",
    "planned": "waiting",
    "claimed": "waiting",
    "held": "waiting",
    "skipped": "skipped",
    "cancelled": "skipped",
    "expired": "skipped",
    "refused": "failed",
    "dead": "failed",
    "unknown": "unknown",
}

_NOT_FINISHED: Final = frozenset({"job_open", "partly_delivered"})


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs ended in one state for one reason."""

    group: Group
    state: str
    reason: str | None
    jobs: int


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger of a period: all jobs, counted from the jobs alone, and the lines that must add up to them."""

    jobs: int
    lines: tuple[LedgerLine, ...]

    def of(self, group: Group) -> int:
        """Return how many jobs stand in a group."""
        return sum(line.jobs for line in self.lines if line.group == group)

    @property
    def closes(self) -> bool:
        """Whether the lines add up to the jobs and no job lacks its invitation row."""
        return sum(line.jobs for line in self.lines) == self.jobs and self.of("missing") == 0


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job in the ledger; its number is all that points at a person."""

    branch: str
    number: str
    kind: str
    told_at: datetime
    completed_at: datetime | None
    group: Group
    state: str
    reason: str | None
    due_at: datetime | None
    sent_at: datetime | None
    total: Decimal | None
    credited: Decimal | None
    rules_version: int | None
    actor: str | None


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the moments between which the local days `first` up to and including `last` lie; the second is excluded."""
    return midnight(first), midnight(last + timedelta(days=1))


def quarter_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the quarter in which a day lies."""
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    # A quarter has 90 to 92 days, so 100 lie within the first month of the next.
    following = (first + timedelta(days=100)).replace(day=1)
    return first, following - timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return the moment at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=LOCAL).astimezone(UTC)


def group_of(state: str | None, reason: str | None) -> Group:
    """Return the group of a job by the state and reason of its invitation; None is a job that has none."""
    if state is None:
        return "missing"
    if reason in _NOT_FINISHED and _GROUP_OF[state] == "skipped":
        return "waiting"
    return _GROUP_OF[state]


def _of(branch_ids: Sequence[uuid.UUID], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(Job.branch_id.in_(branch_ids), Job.created_at >= since, Job.created_at < until)


def _theirs() -> ColumnElement[bool]:
    return and_(Invitation.branch_id == Job.branch_id, Invitation.job_id == Job.id)


async def sums(session: AsyncSession, branch_ids: Sequence[uuid.UUID], since: datetime, until: datetime) -> Sums:
    """Count the jobs that were first reported from `since` until before `until`, in one statement and so at one moment."""
    period_of = _of(branch_ids, since, until)
    # Counted apart from the groups, from the jobs alone: a join that loses or doubles rows must show.
    total = select(func.count()).select_from(Job).where(period_of).scalar_subquery()
    rows = await session.execute(
        select(Invitation.state, Invitation.reason, func.count(), total)
        .select_from(Job)
        .outerjoin(Invitation, _theirs())
        .where(period_of)
        .group_by(Invitation.state, Invitation.reason)
    )
    counted = rows.all()
    lines = [LedgerLine(group=group_of(state, reason), state=state or "missing", reason=reason, jobs=many) for state, reason, many, _ in counted]
    lines.sort(key=lambda line: (GROUPS.index(line.group), line.state, -line.jobs, line.reason or ""))
    return Sums(jobs=counted[0][3] if counted else 0, lines=tuple(lines))


async def rows(session: AsyncSession, branch_ids: Sequence[uuid.UUID], since: datetime, until: datetime) -> AsyncIterator[LedgerRow]:
    """Yield each job of a period, by branch in the order in which they were reported; constant memory, however many there are."""
    last = (
        select(InvitationEvent.actor)
        .where(InvitationEvent.branch_id == Invitation.branch_id, InvitationEvent.invitation_id == Invitation.id)
        .order_by(InvitationEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await session.stream(
        select(Branch.slug, Job, Invitation, last)
        .select_from(Job)
        .join(Branch, Branch.id == Job.branch_id)
        .outerjoin(Invitation, _theirs())
        .where(_of(branch_ids, since, until))
        .order_by(Branch.slug, Job.created_at, Job.id)
        .execution_options(yield_per=500)
    )
    async for slug, job, invitation, actor in found:
        yield _row(slug, job, invitation, actor)
        session.expunge(job)
        if invitation:
            session.expunge(invitation)


def _row(slug: str, job: Job, invitation: Invitation | None, actor: str | None) -> LedgerRow:
    state, reason = (invitation.state, invitation.reason) if invitation else (None, None)
    return LedgerRow(
        branch=slug,
        number=job.number,
        kind=job.kind,
        told_at=job.created_at,
        completed_at=job.completed_at,
        group=group_of(state, reason),
        state=state or "missing",
        reason=reason,
        due_at=invitation.due_at if invitation else None,
        sent_at=invitation.sent_at if invitation else None,
        total=job.total,
        credited=job.credited,
        rules_version=invitation.rules_version if invitation else None,
        actor=actor,
    )
