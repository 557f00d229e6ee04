"""What was reported about jobs: each new event with its source and branch, and the whole history of the job that it is about."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from reviews.branches.rules import Rules
from reviews.database import bulk
from reviews.database.tables import Branch, Job, Trigger, new_id
from reviews.errors import RefusedEventError
from reviews.invitations.intake import job_identity
from reviews.invitations.intake.event_model import Event, customer_of, moment, number_key
from reviews.invitations.intake.job_identity import Candidate, OwnId
from reviews.invitations.intake.job_state import fold
from reviews.invitations.planning.policy import JobFacts
from reviews.keys import KeyRing

Key = tuple[uuid.UUID, str]
"""What an event, or a job, is known by: its source and event id, or its branch and number."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event, the source that sends it, and the branch that it is about; `about` is its job, where a person saw which one it is.

    `counted` says that its line was counted as told before: whoever takes a file up again after a stop looks at its first lines once more.
    """

    branch: Branch
    source_id: uuid.UUID
    event: Event
    about: uuid.UUID | None = None
    counted: bool = False

    @property
    def event_id(self) -> str:
        """The id that the source gave it."""
        return self.event.event_id

    @property
    def key(self) -> Key:
        """What no other event has: its source, and its id there."""
        return self.source_id, self.event.event_id

    @property
    def place(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The source and the branch."""
        return self.source_id, self.branch.id

    @property
    def number(self) -> Key:
        """What events of jobs with one number share: their branch, and the one spelling of the number."""
        return self.branch.id, number_key(self.event.number)

    @property
    def own_id(self) -> OwnId | None:
        """The source and its own id of the job, where it gives one."""
        return (self.source_id, self.event.job_id) if self.event.job_id else None


@dataclass(frozen=True, slots=True)
class JobHistory:
    """All events of one job, of which `fresh` are new, and what they add up to; `told` is the one that names the customer last."""

    branch: Branch
    identity: str
    row: Job | None
    job_id: uuid.UUID
    events: Sequence[Event]
    fresh: Sequence[IncomingEvent]
    facts: JobFacts
    told: Event | None
    address_key: bytes | None

    @property
    def number(self) -> str:
        """Return its number as it was told last."""
        return max(self.events, key=moment).number


@dataclass(frozen=True, slots=True)
class Placed:
    """Each job with its history, and why the other events can't be taken in, by their keys."""

    histories: list[JobHistory]
    refused: dict[Key, RefusedEventError]


@dataclass(slots=True)
class _Record:
    """A job while events are given their places: what is known of it, and what comes to it."""

    branch: Branch
    row: Job | None
    candidate: Candidate
    fresh: list[IncomingEvent] = field(default_factory=list[IncomingEvent])


class _Records:
    """The jobs that events may be about, by number and by the ids of sources: a batch of thousands looks each up at once."""

    def __init__(self) -> None:
        self.by_number: dict[Key, list[_Record]] = {}
        self.by_own_id: dict[tuple[uuid.UUID, OwnId], _Record] = {}

    def add(self, record: _Record) -> None:
        """Note a job under its number and its ids; doing so again notes what came to it since."""
        branch_id = record.branch.id
        same = self.by_number.setdefault((branch_id, number_key(record.candidate.latest.number)), [])
        if record not in same:
            same.append(record)
        self.by_own_id |= {(branch_id, own_id): record for own_id in record.candidate.own_ids}

    def place(self, incoming: IncomingEvent) -> _Record:
        """Give an event to its job, or begin one; raise RefusedEventError where none can take it."""
        possible = list(self.by_number.get(incoming.number, ()))
        if incoming.own_id and (named := self.by_own_id.get((incoming.branch.id, incoming.own_id))):
            possible.append(named)
        known = [record.candidate for record in possible]
        found = next((one for one in known if one.job_id == incoming.about), None) or job_identity.find(
            known, incoming.event, incoming.own_id, book_year_ends=_book_year_ends(incoming.branch)
        )
        record = next((one for one in possible if one.candidate is found), None) or _Record(incoming.branch, None, Candidate(new_id(), [], set()))
        record.fresh.append(incoming)
        record.candidate.events.append(incoming.event)
        if incoming.own_id:
            record.candidate.own_ids.add(incoming.own_id)
        self.add(record)
        return record


def any_of(owner: InstrumentedAttribute[uuid.UUID], name: InstrumentedAttribute[str], keys: Iterable[Key]) -> ColumnElement[bool]:
    """Select rows by pairs, grouped by owner, because the indexes begin with the owner."""
    names: dict[uuid.UUID, list[str]] = {}
    for owner_id, wanted in keys:
        names.setdefault(owner_id, []).append(wanted)
    return or_(*(and_(owner == owner_id, bulk.among(name, wanted)) for owner_id, wanted in names.items()))


async def tell(session: AsyncSession, key_ring: KeyRing, incoming_events: Sequence[IncomingEvent]) -> Placed:
    """Find the job of each event, or begin one; return the history of each job, and the events that no job can take.

    Events are placed in the order in which they happened, so that what is told in one call needs no order there.
    """
    records = await _known(session, incoming_events)
    placed, refused = dict[uuid.UUID, _Record](), dict[Key, RefusedEventError]()
    for incoming in sorted(incoming_events, key=lambda one: moment(one.event)):
        try:
            record = records.place(incoming)
            placed[record.candidate.job_id] = record
        except RefusedEventError as problem:
            refused[incoming.key] = problem
    return Placed([_history(key_ring, record) for record in placed.values()], refused)


async def _known(session: AsyncSession, incoming_events: Sequence[IncomingEvent]) -> _Records:
    """Return the jobs that have one of these numbers, or that a source knows by one of these ids, with all that was told of them."""
    branches = {incoming.branch.id: incoming.branch for incoming in incoming_events}
    of_number = any_of(Job.branch_id, Job.number_key, {incoming.number for incoming in incoming_events})
    named = [(incoming.branch.id, *incoming.own_id) for incoming in incoming_events if incoming.own_id]
    if named:
        theirs = select(Trigger.branch_id, Trigger.job_id).where(tuple_(Trigger.branch_id, Trigger.source_id, Trigger.source_job_id).in_(named))
        numbered = select(Job.branch_id, Job.id).where(of_number)
        of_number = tuple_(Job.branch_id, Job.id).in_(union(numbered, theirs))
    # Locked before their events are read: an event may come in by another number of the same job meanwhile.
    locked = select(Job).where(of_number).order_by(Job.id).with_for_update(key_share=True).execution_options(populate_existing=True)
    jobs = (await session.scalars(locked)).all()
    candidates = await _past(session, jobs) if jobs else {}
    records = _Records()
    for job in jobs:
        records.add(_Record(branches[job.branch_id], job, candidates[job.id]))
    return records


async def _past(session: AsyncSession, jobs: Collection[Job]) -> dict[uuid.UUID, Candidate]:
    branch_ids, job_ids = {job.branch_id for job in jobs}, [job.id for job in jobs]
    rows = await session.execute(
        select(Trigger.job_id, Trigger.source_id, Trigger.source_job_id, Trigger.payload).where(
            bulk.among(Trigger.branch_id, branch_ids), bulk.among(Trigger.job_id, job_ids)
        )
    )
    past: dict[uuid.UUID, Candidate] = {}
    for row in rows:
        candidate = past.setdefault(row.job_id, Candidate(row.job_id, [], set()))
        candidate.events.append(msgspec.convert(row.payload, Event))
        if row.source_job_id:
            candidate.own_ids.add((row.source_id, row.source_job_id))
    return past


def _history(key_ring: KeyRing, record: _Record) -> JobHistory:
    candidate = record.candidate
    told = customer_of(candidate.events)
    email = told.customer.email if told and told.customer else None
    return JobHistory(
        branch=record.branch,
        identity=job_identity.identity(candidate, record.row.identity if record.row else None, book_year_ends=_book_year_ends(record.branch)),
        row=record.row,
        job_id=candidate.job_id,
        events=candidate.events,
        fresh=record.fresh,
        facts=fold(candidate.events),
        told=told,
        address_key=key_ring.address_key(email) if email else None,
    )


def _book_year_ends(branch: Branch) -> str:
    return msgspec.convert(branch.rules, Rules).book_year_ends
