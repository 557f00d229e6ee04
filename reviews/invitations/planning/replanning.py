"""Plan again what waits, when something other than an event of the job has changed: the branch's rules, or a person's restriction or wish.

A change of rules is quick and whole: it only writes a new version. The background process then walks through what waits, a few hundred rows in a
transaction, so that memory stays the same, no lock is held for long, and a crash loses at most one step. What has been tried already keeps its
moment, and what was decided under older rules (a cap, too old) stays as it was; only what was left out because the branch was off comes back
once it is on.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import msgspec
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches.rules import Kind
from reviews.clock import Clock
from reviews.database.tables import Branch, Invitation, Job, Person, RuleVersion
from reviews.invitations.planning import schedule
from reviews.invitations.planning.policy import CaseSpan, JobFacts
from reviews.invitations.planning.schedule import Horizon, JobToPlan
from reviews.reasons import PlanReason, SkipReason

CHUNK = 500

_NOT_TRIED = and_(Invitation.state.in_(schedule.WAITING), Invitation.tries == 0)


def is_due() -> ColumnElement[bool]:
    """Whether rules changed for which not all was planned again (`reviews.database.due`)."""
    return exists().where(RuleVersion.replanned_at.is_(None))


async def catch_up(maker: async_sessionmaker[AsyncSession], clock: Clock, horizon: Horizon, *, chunk: int = CHUNK) -> int:
    """Take one step of planning again after a change of rules; return how many invitations were looked at, and 1 for the last step."""
    async with maker.begin() as session:
        version = await session.scalar(
            select(RuleVersion)
            .where(RuleVersion.replanned_at.is_(None))
            .order_by(RuleVersion.since, RuleVersion.branch_id)
            .limit(1)
            # Another worker is planning for that version.
            .with_for_update(skip_locked=True)
        )
        if version is None:
            return 0
        branch = (await session.scalars(select(Branch).where(Branch.id == version.branch_id))).one()
        rows = await _next(session, branch, after=version.replanned_to, limit=chunk)
        await _replan(session, branch, rows, horizon, clock.now(), why=PlanReason.RULES_CHANGED)
        # The place is stored in the step's own transaction: after a crash the next step starts where this one did.
        if len(rows) == chunk:
            version.replanned_to = rows[-1].id
        else:
            version.replanned_at = clock.now()
        # Never 0, which says that nothing is left to do: the next version has its turn at once.
        return len(rows) or 1


async def replan_person(session: AsyncSession, person_id: uuid.UUID, *, after: SkipReason, horizon: Horizon, now: datetime) -> int:
    """Plan again what was left out for a reason that has ended, a restriction, an opt-out or a bounce; return how many invitations that were."""
    waits = and_(Invitation.person_id == person_id, Invitation.state == "skipped", Invitation.reason == after.value)
    found = (
        await session.scalars(select(Invitation).where(waits).order_by(Invitation.id).with_for_update().execution_options(populate_existing=True))
    ).all()
    for branch_id in sorted({row.branch_id for row in found}):
        branch = (await session.scalars(select(Branch).where(Branch.id == branch_id))).one()
        await _replan(session, branch, [row for row in found if row.branch_id == branch_id], horizon, now, why=None)
    return len(found)


async def _next(session: AsyncSession, branch: Branch, *, after: uuid.UUID | None, limit: int) -> Sequence[Invitation]:
    """Return the next invitations to plan again, locked in the order in which all others lock them."""
    query = select(Invitation).where(Invitation.branch_id == branch.id, _changes(branch)).order_by(Invitation.id).limit(limit).with_for_update()
    return (await session.scalars(query.where(Invitation.id > after) if after else query)).all()


def _changes(branch: Branch) -> ColumnElement[bool]:
    left_out = and_(Invitation.state == "skipped", Invitation.reason == SkipReason.BRANCH_OFF.value)
    return or_(_NOT_TRIED, left_out) if branch.active else _NOT_TRIED


async def _replan(
    session: AsyncSession, branch: Branch, rows: Sequence[Invitation], horizon: Horizon, now: datetime, *, why: PlanReason | None
) -> None:
    """Plan invitations of a branch again from the facts stored with them.

    Their rows are locked before their facts are read, so that an event that comes in meanwhile is written after this and wins.
    """
    if not rows:
        return
    jobs = {job.id: job for job in await session.scalars(select(Job).where(Job.branch_id == branch.id, Job.id.in_([row.job_id for row in rows])))}
    wanted = {row.person_id for row in rows if row.person_id}
    keys = {person.address_key: person.id for person in await session.execute(select(Person.address_key, Person.id).where(Person.id.in_(wanted)))}
    people = {person.id: person for person in (await schedule.people(session, keys)).values()}
    cases = [
        JobToPlan(
            row.job_id,
            facts_of(jobs[row.job_id], row),
            people.get(row.person_id) if row.person_id else None,
            basis=None,
            basis_trigger_id=None,
            credit_asked_at=jobs[row.job_id].credit_asked_at,
        )
        for row in rows
    ]
    await schedule.replan(session, branch, cases, horizon=horizon, now=now, why=why)
    await session.flush()


def facts_of(job: Job, row: Invitation) -> JobFacts:
    """Return what the policy may know of a job from its row, and its service cases from the evidence of its last plan."""
    return facts(job.kind, job.state, job.completed_at, row.evidence, has_basis=row.basis_id is not None)


def facts(kind: str, state: str, completed_at: datetime | None, evidence: dict[str, Any], *, has_basis: bool) -> JobFacts:
    """Put facts together from stored columns; evidence that was erased, or that is older than the list of cases, holds no cases."""
    told = evidence.get("job", {})
    return msgspec.convert(
        {
            "kind": kind if kind in get_args(Kind) else "purchase",
            "state": state,
            "completed_at": completed_at,
            "cases": msgspec.convert(told.get("cases", _one_case(told)), tuple[CaseSpan, ...]),
            "has_basis": has_basis,
            "partly_delivered": bool(told.get("partly_delivered")),
            "credit_unclear": bool(told.get("credit_unclear")),
        },
        JobFacts,
    )


def _one_case(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the one service case of evidence from before there was a list of them."""
    return [{"opened_at": told["case_opened_at"], "closed_at": told.get("case_closed_at")}] if told.get("case_opened_at") else []
