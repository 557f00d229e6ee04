"""Simulate other rules over the known jobs, beside today's rules: time is replayed, nothing is written.

1. Jobs are read in the order in which they were finished, over all branches, because the cap counts over all of them.
2. Each is planned as of its completion, and decided at the moment at which it would have left, on what was known of job and person by then.
3. A moment is decided only when no job still to be read can come before it; so what is kept in memory is what waits between two such moments, and
   the last invitation of each person who has more than one job.

Each job is counted once per set of rules: planned on the day on which it would leave, left out on the day on which that would be decided.
"""

import asyncio
import heapq
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Select, and_, case, func, literal_column, null, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from reviews.branches import delays
from reviews.branches.rules import Rules
from reviews.database.tables import Branch, Claim, Invitation, Job, Person, Suppression, Trigger
from reviews.invitations.intake.event_model import EventType
from reviews.invitations.planning import policy, reviewed, schedule
from reviews.invitations.planning.policy import CaseSpan, Invite, JobFacts, PersonFacts, Skip
from reviews.local import LOCAL

FETCH = 2_000
ENDING: Final[tuple[EventType, ...]] = ("job.cancelled", "job.credited")
"""Types of events that end a job for good, as `job_state.fold` has it."""

_CHANGE_OF_CLOCK = timedelta(hours=1)
"""Whole days of delay keep the local hour, so ten of them may be an hour less than 240 hours."""


class SimulationFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs would be invited, and how many left out for which reason."""

    planned: int
    skipped: dict[str, int]

    @property
    def left_out(self) -> int:
        """Return how many would be left out, for whatever reason."""
        return sum(self.skipped.values())


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one set of rules makes of the jobs: in all, per local day and per branch."""

    all: SimulationFigures
    days: dict[date, SimulationFigures]
    branches: dict[str, SimulationFigures]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """Two sets of rules over the same jobs; `changed` is None when nothing was changed."""

    since: datetime
    until: datetime
    jobs: int
    now: Outcome
    changed: Outcome | None


class Known(NamedTuple):
    """A job as it was read, with the moments from which on something was known of it or of its customer."""

    branch_id: uuid.UUID
    kind: str
    completed_at: datetime
    cases: list[dict[str, Any]] | None
    has_basis: bool
    ended_at: datetime | None
    reviewed_at: datetime | None
    person_id: uuid.UUID | None
    wish: str | None
    wish_at: datetime | None
    restricted_at: datetime | None
    comes_back: bool
    last_invited_at: datetime | None


@dataclass(slots=True)
class _Tally:
    planned: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, reason: str | None) -> None:
        if reason is None:
            self.planned += 1
        else:
            self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def told(self) -> SimulationFigures:
        return SimulationFigures(planned=self.planned, skipped=dict(sorted(self.skipped.items())))


@dataclass(slots=True)
class Replay:
    """One set of rules played over jobs that come in the order of their completion; `shown` are the branches that are counted."""

    rules: Mapping[uuid.UUID, Rules]
    active: Collection[uuid.UUID]
    shown: Collection[uuid.UUID]
    job_max_age: timedelta
    _soonest: timedelta = field(init=False)
    _waiting: list[tuple[datetime, int, Known]] = field(default_factory=list[tuple[datetime, int, Known]])
    _read: int = 0
    _last: dict[uuid.UUID, datetime] = field(default_factory=dict[uuid.UUID, datetime])
    _all: _Tally = field(default_factory=_Tally)
    _days: dict[date, _Tally] = field(default_factory=dict[date, _Tally])
    _branches: dict[uuid.UUID, _Tally] = field(default_factory=dict[uuid.UUID, _Tally])

    def __post_init__(self) -> None:
        shortest = min((days for rules in self.rules.values() for days in rules.delay_days.values()), default=0)
        self._soonest = max(delays.of_days(shortest) - _CHANGE_OF_CLOCK, timedelta())

    def take(self, known: Known) -> None:
        """Plan a job as of its completion, after deciding what would have left by then."""
        # No job still to come can leave before this, so the cap is final up to here.
        self._decide_until(known.completed_at + self._soonest)
        plan = self._plan(known, PersonFacts() if known.person_id else None, known.completed_at)
        if isinstance(plan, Skip):
            self._count(known, known.completed_at, plan.reason.value)
            return
        self._read += 1
        # The count settles ties: jobs themselves can't be compared.
        heapq.heappush(self._waiting, (plan.at, self._read, known))

    def end(self, slugs: Mapping[uuid.UUID, str]) -> Outcome:
        """Decide all that still waits and return what it adds up to."""
        self._decide_until(None)
        return Outcome(
            all=self._all.told(),
            days={day: tally.told() for day, tally in sorted(self._days.items())},
            branches=dict(sorted((slugs[branch_id], tally.told()) for branch_id, tally in self._branches.items())),
        )

    def _decide_until(self, moment: datetime | None) -> None:
        while self._waiting and (moment is None or self._waiting[0][0] < moment):
            at, _, known = heapq.heappop(self._waiting)
            self._decide(known, at)

    def _decide(self, known: Known, at: datetime) -> None:
        plan = self._plan(known, self._person(known, at), at)
        self._count(known, at, plan.reason.value if isinstance(plan, Skip) else None)
        # Only of people with more than one job: of all others the last invitation matters to nothing.
        if isinstance(plan, Invite) and known.comes_back and known.person_id:
            self._last[known.person_id] = at

    def _person(self, known: Known, at: datetime) -> PersonFacts | None:
        if known.person_id is None:
            return None
        told = known.wish_at is not None and known.wish_at <= at
        return PersonFacts(
            suppressed=told and known.wish not in schedule.BOUNCED,
            undeliverable=told and known.wish in schedule.BOUNCED,
            restricted=known.restricted_at is not None and known.restricted_at <= at,
            last_invited_at=self._last.get(known.person_id, known.last_invited_at),
        )

    def _plan(self, known: Known, person: PersonFacts | None, at: datetime) -> Invite | Skip:
        return policy.plan_invitation(
            _facts(known, at),
            person,
            self.rules[known.branch_id],
            branch_active=known.branch_id in self.active,
            # Each job counts as reported when it was finished: none is too old because of a delay that is being tried.
            job_max_age=max(self.job_max_age, at - known.completed_at),
            now=at,
        )

    def _count(self, known: Known, at: datetime, reason: str | None) -> None:
        if known.branch_id not in self.shown:
            return
        for tally in (
            self._all,
            self._days.setdefault(at.astimezone(LOCAL).date(), _Tally()),
            self._branches.setdefault(known.branch_id, _Tally()),
        ):
            tally.count(reason)


def _facts(known: Known, at: datetime) -> JobFacts:
    """Return what was known of a job at a moment; a case counts from its opening by the policy itself."""
    return JobFacts(
        kind="repair" if known.kind == "repair" else "purchase",
        state="cancelled" if known.ended_at is not None and known.ended_at <= at else "completed",
        completed_at=known.completed_at,
        cases=msgspec.convert(known.cases, tuple[CaseSpan, ...]) if known.cases else (),
        has_basis=known.has_basis,
        reviewed=known.reviewed_at is not None and known.reviewed_at <= at,
    )


async def simulate(
    session: AsyncSession,
    changed: Mapping[uuid.UUID, Rules],
    *,
    shown: Collection[uuid.UUID],
    since: datetime,
    now: datetime,
    job_max_age: timedelta,
) -> Simulation:
    """Play the jobs that were finished from `since` to `now` by today's rules, and by `changed` where a branch has such.

    The database is asked to refuse whatever would be written meanwhile. Planning runs in a thread: over a season it takes seconds.
    """
    async with session.begin_nested():
        # In a savepoint, for the caller's transaction may write again afterwards.
        await session.execute(text("SET TRANSACTION READ ONLY"))
        branches = (await session.scalars(select(Branch))).all()
        today = {branch.id: msgspec.convert(branch.rules, Rules) for branch in branches}
        active = frozenset(branch.id for branch in branches if branch.active)
        replays = [Replay(rules, active, shown, job_max_age) for rules in ((today, {**today, **changed}) if changed else (today,))]
        jobs = await _play(session, replays, shown, since, now)
        slugs = {branch.id: branch.slug for branch in branches}
        outcomes = [await asyncio.to_thread(replay.end, slugs) for replay in replays]
    return Simulation(since=since, until=now, jobs=jobs, now=outcomes[0], changed=outcomes[1] if changed else None)


async def _play(session: AsyncSession, replays: list[Replay], shown: Collection[uuid.UUID], since: datetime, now: datetime) -> int:
    jobs = 0
    rows = await session.stream(known_jobs(since, now).execution_options(yield_per=FETCH))
    async for part in rows.partitions(FETCH):
        known = [Known._make(row) for row in part]
        jobs += sum(one.branch_id in shown for one in known)
        await asyncio.to_thread(_take, replays, known)
    return jobs


def _take(replays: list[Replay], known: list[Known]) -> None:
    for one in known:
        for replay in replays:
            replay.take(one)


def known_jobs(since: datetime, now: datetime) -> Select[*tuple[Any, ...]]:
    """Select what is known of the jobs that were finished in a period, in the order of their completion."""
    other, earlier, bare = aliased(Job), aliased(Invitation), null()
    ends = select(func.max(Trigger.occurred_at)).where(Trigger.branch_id == Job.branch_id, Trigger.job_id == Job.id, Trigger.type.in_(ENDING))
    comes_back = select(other.id).where(other.person_id == Job.person_id, other.id != Job.id).exists()
    before = select(func.max(earlier.marked_at)).where(
        earlier.person_id == Job.person_id, earlier.marked_at < since, earlier.state.in_(schedule.LEFT)
    )
    claimed = select(func.min(Claim.submitted_at)).where(reviewed.verified_claim())
    return (
        select(
            Job.branch_id,
            Job.kind,
            Job.completed_at,
            func.nullif(func.jsonb_extract_path(Invitation.evidence, "job", "cases"), literal_column("'[]'::jsonb"), type_=JSONB()),
            Invitation.basis_id.is_not(None),
            case((Job.state.in_(("cancelled", "credited")), ends.scalar_subquery()), else_=bare),
            claimed.scalar_subquery(),
            Job.person_id,
            Suppression.reason,
            Suppression.at,
            Person.restricted_at,
            comes_back,
            case((comes_back, before.scalar_subquery()), else_=bare),
        )
        .outerjoin(Invitation, and_(Invitation.branch_id == Job.branch_id, Invitation.job_id == Job.id))
        .outerjoin(Person, Person.id == Job.person_id)
        .outerjoin(Suppression, Suppression.address_key == Person.address_key)
        .where(Job.completed_at >= since, Job.completed_at <= now)
        .order_by(Job.completed_at, Job.id)
    )
