"""Beperking (art. 18 GDPR): for as long as a person's data is restricted, nothing is mailed; nothing is lost by it either."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Job, Person
from reviews.errors import NotFoundError
from reviews.invitations.planning import replanning, schedule
from reviews.reasons import SkipReason


class Record(Protocol):
    """The record of what people did."""

    async def __call__(
        self, session: AsyncSession, branch_id: uuid.UUID, *, actor: str, action: str, subject: str, evidence: Mapping[str, Any], now: datetime
    ) -> object:
        """Add an entry to a branch's record."""
        ...


async def restrict(session: AsyncSession, address_key: bytes, *, record: Record, actor: str, now: datetime) -> int:
    """Restrict a person's data and leave out what waits for them at every branch; return how many invitations that were.

    The person's row is locked first, as the dispatcher does before its mark. Doing it twice changes nothing. Raise NotFoundError for an
    address that nobody has.
    """
    person = await _locked(session, address_key)
    if person.restricted_at is None:
        person.restricted_at = now
        await _note(session, person, record, "person_restricted", actor=actor, now=now)
    return await schedule.cancel_for(session, person.id, reason=SkipReason.RESTRICTED, now=now)


async def lift(session: AsyncSession, address_key: bytes, *, record: Record, horizon: schedule.Horizon, actor: str, now: datetime) -> int:
    """Lift a restriction and plan again what was left out by it; return how many invitations that were.

    What is too old by then, or cancelled meanwhile, stays left out, for that reason. Raise NotFoundError for an address that nobody has.
    """
    person = await _locked(session, address_key)
    if person.restricted_at is not None:
        person.restricted_at = None
        await _note(session, person, record, "restriction_lifted", actor=actor, now=now)
    return await replanning.replan_person(session, person.id, after=SkipReason.RESTRICTED, horizon=horizon, now=now)


async def _locked(session: AsyncSession, address_key: bytes) -> Person:
    person = await session.scalar(select(Person).where(Person.address_key == address_key).with_for_update())
    if person is None:
        raise NotFoundError("Dit adres is niet bekend.")
    return person


async def _note(session: AsyncSession, person: Person, record: Record, action: str, *, actor: str, now: datetime) -> None:
    """Record it at each branch that did something for this person, under an id that identifies nobody once they are erased."""
    await session.flush()
    branch_ids = await session.scalars(select(Job.branch_id).where(Job.person_id == person.id).distinct())
    # Sorted: each record is locked while it grows, and two writers must lock in one order.
    for branch_id in sorted(branch_ids):
        await record(session, branch_id, actor=actor, action=action, subject=str(person.id), evidence={}, now=now)
