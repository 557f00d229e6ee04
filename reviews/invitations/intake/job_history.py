"""What was reported about jobs: each new event with its source and branch, and the whole history of each job that it belongs to."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from reviews.database import bulk
from reviews.database.tables import Branch, Job, Trigger, new_id
from reviews.invitations.intake.event_model import Event, customer_of, fold, number_key
from reviews.invitations.planning.policy import JobFacts
from reviews.keys import KeyRing

Key = tuple[uuid.UUID, str]
"""What an event, or a job, is known by: its source and event id, or its branch and number."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event, the source that sends it, and the branch that it is about."""

    branch: Branch
    source_id: uuid.UUID
    event: Event

    @property
    def event_id(self) -> str:
        """The id that the source gave it."""
        return self.event.event_id

    @property
    def number_key(self) -> str:
        """The job that it is about, within its branch."""
        return number_key(self.event.number)

    @property
    def key(self) -> Key:
        """What no other event has: its source, and its id there."""
        return self.source_id, self.event.event_id

    @property
    def job(self) -> Key:
        """What all events of one job share."""
        return self.branch.id, self.number_key


@dataclass(frozen=True, slots=True)
class JobHistory:
    """All events of one job, of which `fresh` are new, and what they add up to; `told` is the one that names the customer last."""

    branch: Branch
    number_key: str
    row: Job | None
    job_id: uuid.UUID
    events: Sequence[Event]
    fresh: Sequence[IncomingEvent]
    facts: JobFacts
    told: Event | None
    address_key: bytes | None


def any_of(owner: InstrumentedAttribute[uuid.UUID], name: InstrumentedAttribute[str], keys: Iterable[Key]) -> ColumnElement[bool]:
    """Select rows by pairs, grouped by owner, because the indexes begin with the owner."""
    names: dict[uuid.UUID, list[str]] = {}
    for owner_id, wanted in keys:
        names.setdefault(owner_id, []).append(wanted)
    return or_(*(and_(owner == owner_id, bulk.among(name, wanted)) for owner_id, wanted in names.items()))


async def tell(session: AsyncSession, key_ring: KeyRing, incoming_events: Sequence[IncomingEvent]) -> list[JobHistory]:
    """Return the history of each job that these events are about, in the order of the events."""
    by_job: dict[Key, list[IncomingEvent]] = {}
    for incoming in incoming_events:
        by_job.setdefault(incoming.job, []).append(incoming)
    rows = await session.scalars(select(Job).where(any_of(Job.branch_id, Job.number_key, by_job)))
    jobs = {(job.branch_id, job.number_key): job for job in rows}
    past = await _past(session, jobs.values()) if jobs else {}
    return [_story(key_ring, fresh, jobs.get(key), past) for key, fresh in by_job.items()]


async def _past(session: AsyncSession, jobs: Collection[Job]) -> dict[uuid.UUID, list[Event]]:
    branch_ids, job_ids = {job.branch_id for job in jobs}, [job.id for job in jobs]
    rows = await session.execute(
        select(Trigger.job_id, Trigger.payload).where(bulk.among(Trigger.branch_id, branch_ids), bulk.among(Trigger.job_id, job_ids))
    )
    past: dict[uuid.UUID, list[Event]] = {}
    for row in rows:
        past.setdefault(row.job_id, []).append(msgspec.convert(row.payload, Event))
    return past


def _story(key_ring: KeyRing, fresh: Sequence[IncomingEvent], row: Job | None, past: Mapping[uuid.UUID, Sequence[Event]]) -> JobHistory:
    events = [*(past.get(row.id, []) if row else []), *(incoming.event for incoming in fresh)]
    told = customer_of(events)
    email = told.customer.email if told and told.customer else None
    return JobHistory(
        branch=fresh[0].branch,
        number_key=fresh[0].number_key,
        row=row,
        job_id=row.id if row else new_id(),
        events=events,
        fresh=fresh,
        facts=fold(events),
        told=told,
        address_key=key_ring.address_key(email) if email else None,
    )
