"""Invitation flow, step 1 of 6: take in what sources tell about jobs, once.

The same event gets the same answer for ever: the promise rests on `unique (branch, source, event id)` and on the stored answer. What a job
is, is folded from all its events in the order in which they happened, so that the order in which they arrive does not matter.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from reviews.database import bulk
from reviews.database.tables import Branch, Job, OpenCase, Person, Trigger, new_id
from reviews.errors import EventIdReusedError
from reviews.invitations.intake import event_locks, job_history
from reviews.invitations.intake.events import Event, basis_of, fingerprint
from reviews.invitations.intake.job_history import IncomingEvent, JobHistory, Key
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing


class Answer(msgspec.Struct, frozen=True):
    """What a source is told: `fresh` is False for an event that was known already, whose answer is repeated to the letter."""

    body: dict[str, Any]
    fresh: bool


async def accept(
    session: AsyncSession, branch: Branch, source_id: uuid.UUID, events: Sequence[Event], *, seal: KeyRing, horizon: schedule.Horizon, now: datetime
) -> list[Answer | EventIdReusedError]:
    """Take in events that one source tells of one branch and answer each, in order."""
    return await accept_all(session, [IncomingEvent(branch, source_id, event) for event in events], seal=seal, horizon=horizon, now=now)


async def accept_all(
    session: AsyncSession, tellings: Sequence[IncomingEvent], *, seal: KeyRing, horizon: schedule.Horizon, now: datetime
) -> list[Answer | EventIdReusedError]:
    """Take in events of any branches and sources and answer each, in order; the caller's transaction makes all of it durable at once."""
    if not tellings:
        return []
    await event_locks.take(session, tellings)
    known = await _known(session, tellings)
    fresh: dict[Key, IncomingEvent] = {}
    for telling in tellings:
        if telling.key not in known:
            fresh.setdefault(telling.key, telling)
    told = await _Intake(session, seal, horizon, now).take_in(list(fresh.values())) if fresh else {}
    return [_answer(telling, known, fresh, told) for telling in tellings]


def _answer(
    telling: IncomingEvent, known: Mapping[Key, tuple[bytes, dict[str, Any]]], fresh: Mapping[Key, IncomingEvent], told: Mapping[Key, dict[str, Any]]
) -> Answer | EventIdReusedError:
    if telling.key in known:
        digest, body = known[telling.key]
        return Answer(body, fresh=False) if digest == fingerprint(telling.event) else EventIdReusedError(telling.event_id)
    first = fresh[telling.key]
    if first is not telling and fingerprint(first.event) != fingerprint(telling.event):
        return EventIdReusedError(telling.event_id)
    return Answer(told[telling.key], fresh=first is telling)


async def _known(session: AsyncSession, tellings: Sequence[IncomingEvent]) -> dict[Key, tuple[bytes, dict[str, Any]]]:
    """Return what the sources told before under these ids, at whichever branch: an id that comes back for another branch is reused."""
    rows = await session.execute(
        select(Trigger.source_id, Trigger.event_id, Trigger.digest, Trigger.answer).where(
            job_history.any_of(Trigger.source_id, Trigger.event_id, [telling.key for telling in tellings])
        )
    )
    return {(row.source_id, row.event_id): (row.digest, row.answer) for row in rows}


class _Intake:
    """One pass over fresh events: what is written rests on what was read in the same transaction."""

    def __init__(self, session: AsyncSession, seal: KeyRing, horizon: schedule.Horizon, now: datetime) -> None:
        self.session, self.seal, self.horizon, self.now = session, seal, horizon, now

    async def take_in(self, tellings: Sequence[IncomingEvent]) -> dict[Key, dict[str, Any]]:
        """Write jobs, people, invitations and triggers; return the answer to each event.

        1. Tell each job's story from its past and its new events.
        2. Write people before jobs, jobs before invitations, triggers last: they carry the answers.
        """
        told = await job_history.tell(self.session, self.seal, tellings)
        people = await self._people(told)
        await self._write_jobs(told, people)
        trigger_ids = {telling.key: new_id() for telling in tellings}
        outcomes = await self._plan(told, people, trigger_ids)
        jobs = {telling.key: story.job_id for story in told for telling in story.fresh}
        answers = {key: {"trigger_id": str(trigger_ids[key]), "job_id": str(job_id), **outcomes[job_id]} for key, job_id in jobs.items()}
        rows = [self._row(telling, jobs[telling.key], trigger_ids[telling.key], answers[telling.key]) for telling in tellings]
        await bulk.write(self.session, Trigger, rows)
        return answers

    async def _people(self, told: Sequence[JobHistory]) -> dict[bytes, schedule.PersonRow]:
        """Write the people whom the jobs name, in one order, so that no two transactions wait for each other's people."""
        rows: dict[bytes, dict[str, Any]] = {}
        for story in told:
            if story.address_key is None or story.told is None or story.told.customer is None:
                continue
            before = rows.get(story.address_key)
            if before and before["last_contact_at"] >= story.told.occurred_at:
                continue
            rows[story.address_key] = {
                "id": new_id(),
                "address_key": story.address_key,
                "email": story.told.customer.email,
                "name": story.told.customer.name,
                "language": story.told.customer.language,
                "created_at": self.now,
                "last_contact_at": story.told.occurred_at,
            }
        return await self._upsert_people([rows[key] for key in sorted(rows)]) if rows else {}

    async def _upsert_people(self, rows: list[dict[str, Any]]) -> dict[bytes, schedule.PersonRow]:
        kept = await self.session.execute(_people_upsert(tuple(rows[0])), {"rows": bulk.folded(rows)})
        return await schedule.people(self.session, {row.address_key: row.id for row in kept})

    async def _write_jobs(self, told: Sequence[JobHistory], people: Mapping[bytes, schedule.PersonRow]) -> None:
        new: list[dict[str, Any]] = []
        for story in told:
            values = self._job_values(story, people)
            if story.row is None:
                new.append(values)
                continue
            for name, value in values.items():
                setattr(story.row, name, value)
        await bulk.write(self.session, Job, new)
        await self.session.flush()
        await self._write_cases(told)

    def _job_values(self, story: JobHistory, people: Mapping[bytes, schedule.PersonRow]) -> dict[str, Any]:
        customer = story.told.customer if story.told else None
        return {
            "branch_id": story.branch.id,
            "id": story.job_id,
            "number": story.events[-1].number,
            "number_key": story.number_key,
            "kind": story.facts.kind,
            "state": story.facts.state,
            "completed_at": story.facts.completed_at,
            "person_id": people[story.address_key].id if story.address_key else None,
            "customer_name": customer.name if customer else None,
            "email": customer.email if customer else None,
            "postcode": customer.postcode if customer else None,
            "house_number": customer.house_number if customer else None,
            "total": Decimal(story.told.total) if story.told and story.told.total else None,
            "created_at": story.row.created_at if story.row else self.now,
        }

    async def _write_cases(self, told: Sequence[JobHistory]) -> None:
        rows = [
            {
                "branch_id": story.branch.id,
                "id": new_id(),
                "job_id": story.job_id,
                "opened_at": story.facts.case_opened_at,
                "closed_at": story.facts.case_closed_at,
            }
            for story in told
            if story.facts.case_opened_at
        ]
        if rows:
            new = upsert(OpenCase).values(rows)
            await self.session.execute(
                new.on_conflict_do_update(
                    index_elements=[OpenCase.branch_id, OpenCase.job_id],
                    set_={"opened_at": new.excluded.opened_at, "closed_at": new.excluded.closed_at},
                )
            )

    async def _plan(
        self, told: Sequence[JobHistory], people: Mapping[bytes, schedule.PersonRow], trigger_ids: Mapping[Key, uuid.UUID]
    ) -> dict[uuid.UUID, dict[str, Any]]:
        """Plan branch by branch; return the outcome of each job."""
        by_branch: dict[uuid.UUID, list[JobHistory]] = {}
        for story in told:
            by_branch.setdefault(story.branch.id, []).append(story)
        outcomes: dict[uuid.UUID, dict[str, Any]] = {}
        for own in by_branch.values():
            cases = [_case(story, people, trigger_ids) for story in own]
            outcomes |= await schedule.replan(self.session, own[0].branch, cases, horizon=self.horizon, now=self.now)
        return outcomes

    def _row(self, telling: IncomingEvent, job_id: uuid.UUID, trigger_id: uuid.UUID, answer: dict[str, Any]) -> dict[str, Any]:
        return {
            "branch_id": telling.branch.id,
            "id": trigger_id,
            "source_id": telling.source_id,
            "event_id": telling.event_id,
            "job_id": job_id,
            "type": telling.event.type,
            "occurred_at": telling.event.occurred_at,
            "received_at": self.now,
            "digest": fingerprint(telling.event),
            "payload": msgspec.to_builtins(telling.event),
            "answer": answer,
        }


@cache
def _people_upsert(names: tuple[str, ...]) -> ReturningInsert[uuid.UUID, bytes]:
    """Return the statement that writes people; a known one keeps the latest contact and gets what was told last."""
    new = bulk.upsert_of(Person, names)
    changed = {name: new.excluded[name] for name in ("email", "name", "language")}
    latest = func.greatest(Person.last_contact_at, new.excluded.last_contact_at)
    return new.on_conflict_do_update(index_elements=[Person.address_key], set_={**changed, "last_contact_at": latest}).returning(
        Person.id, Person.address_key
    )


def _case(story: JobHistory, people: Mapping[bytes, schedule.PersonRow], trigger_ids: Mapping[Key, uuid.UUID]) -> schedule.JobToPlan:
    """Return what the plan needs; a basis counts as new only when it came with one of the new events."""
    based = basis_of(story.events)
    return schedule.JobToPlan(
        job_id=story.job_id,
        is_new=story.row is None,
        facts=story.facts,
        person=people[story.address_key] if story.address_key else None,
        basis=based,
        basis_trigger_id=next((trigger_ids[telling.key] for telling in story.fresh if telling.event is based), None),
    )
