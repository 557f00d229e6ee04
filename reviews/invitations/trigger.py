"""Invitation flow, step 1 of 5: take in what a source tells about a job, once.

The same event gets the same answer for ever: the promise rests on `unique (branch, source, event id)` and on the stored answer. What a job
is, is folded from all its events in the order in which they happened, so that the order in which they arrive does not matter.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import EventIdReusedError
from reviews.invitations import schedule
from reviews.invitations.events import Event, basis_of, customer_of, fingerprint, fold, number_key
from reviews.seal import Seal
from reviews.tables import Branch, Job, OpenCase, Person, Suppression, Trigger, new_id


class Answer(msgspec.Struct, frozen=True):
    """What a source is told: `fresh` is False for an event that was known already, whose answer is repeated to the letter."""

    body: dict[str, Any]
    fresh: bool


async def accept(
    session: AsyncSession, branch: Branch, source_id: uuid.UUID, events: Sequence[Event], *, seal: Seal, horizon: schedule.Horizon, now: datetime
) -> list[Answer | EventIdReusedError]:
    """Take in events of one branch and answer each, in order; the caller's transaction makes all of it durable at once."""
    await _wait_for_turn(session, branch, source_id, events)
    known = await _known(session, source_id, events)
    fresh: dict[str, Event] = {}
    for event in events:
        if event.event_id not in known:
            fresh.setdefault(event.event_id, event)
    intake = _Intake(session, branch, source_id, seal, horizon, now)
    told = await intake.take_in(list(fresh.values())) if fresh else {}
    return [_answer(event, known, fresh, told) for event in events]


def _answer(
    event: Event, known: Mapping[str, tuple[bytes, dict[str, Any]]], fresh: Mapping[str, Event], told: Mapping[str, dict[str, Any]]
) -> Answer | EventIdReusedError:
    if event.event_id in known:
        digest, body = known[event.event_id]
        return Answer(body, fresh=False) if digest == fingerprint(event) else EventIdReusedError(event.event_id)
    first = fresh[event.event_id]
    return Answer(told[event.event_id], fresh=first is event) if first == event else EventIdReusedError(event.event_id)


async def take_turn(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> None:
    """Let one batch come in at a time, and keep single events of these branches out meanwhile.

    A batch of several branches takes all of them before it touches anything, so that no two transactions ever wait for each other.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(4, 0)"))
    for branch_id in sorted(branch_ids):
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:branch, 1))"), {"branch": str(branch_id)})


async def _wait_for_turn(session: AsyncSession, branch: Branch, source_id: uuid.UUID, events: Sequence[Event]) -> None:
    """Let events of one id, and events about one job, come in one after the other, until the end of the transaction.

    Single events share the branch and take their id and their job; a batch takes the branch, because a lock for each of its jobs could
    fill the server's lock table.
    """
    if len(events) > 1:
        await take_turn(session, [branch.id])
        return
    await session.execute(
        text(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended(:branch, 1)),"
            " pg_advisory_xact_lock(hashtextextended(:event, 2)), pg_advisory_xact_lock(hashtextextended(:job, 3))"
        ),
        {
            "branch": str(branch.id),
            "event": f"{source_id}/{events[0].event_id}",
            "job": f"{branch.id}/{number_key(events[0].number)}",
        },
    )


async def _known(session: AsyncSession, source_id: uuid.UUID, events: Sequence[Event]) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Return what a source told before under these ids, at whichever branch: an id that comes back for another branch is reused."""
    ids = [event.event_id for event in events]
    rows = await session.execute(
        select(Trigger.event_id, Trigger.digest, Trigger.answer).where(Trigger.source_id == source_id, Trigger.event_id.in_(ids))
    )
    return {row.event_id: (row.digest, row.answer) for row in rows}


class _Intake:
    """One pass over fresh events of a branch: what is written rests on what was read in the same transaction."""

    def __init__(self, session: AsyncSession, branch: Branch, source_id: uuid.UUID, seal: Seal, horizon: schedule.Horizon, now: datetime) -> None:
        self.session, self.branch, self.source_id = session, branch, source_id
        self.seal, self.horizon, self.now = seal, horizon, now

    async def take_in(self, events: Sequence[Event]) -> dict[str, dict[str, Any]]:
        """Write jobs, people, invitations and triggers; return the answer of each event by its id.

        1. Fold each job from its past and its new events.
        2. Write people before jobs, jobs before invitations, triggers last: they carry the answers.
        """
        by_job: dict[str, list[Event]] = {}
        for event in events:
            by_job.setdefault(number_key(event.number), []).append(event)
        jobs = await self._jobs(by_job)
        past = await self._past([job.id for job in jobs.values()]) if jobs else {}
        history = {key: [*(past.get(jobs[key].id, []) if key in jobs else []), *new] for key, new in by_job.items()}
        people = await self._people(history)
        job_ids = await self._write_jobs(jobs, history, people)
        trigger_ids = {event.event_id: new_id() for event in events}
        cases = [self._case(job_ids[key], told, people, trigger_ids) for key, told in history.items()]
        outcomes = await schedule.replan(self.session, self.branch, cases, horizon=self.horizon, now=self.now)
        answers = {
            event.event_id: {"trigger_id": str(trigger_ids[event.event_id]), "job_id": str(job_ids[key]), **outcomes[job_ids[key]]}
            for key, new in by_job.items()
            for event in new
        }
        rows = [self._row(event, job_ids, trigger_ids, answers) for event in events]
        await self.session.execute(insert(Trigger), rows)
        return answers

    async def _jobs(self, keys: Mapping[str, Any]) -> dict[str, Job]:
        rows = await self.session.scalars(select(Job).where(Job.branch_id == self.branch.id, Job.number_key.in_(list(keys))))
        return {job.number_key: job for job in rows}

    async def _past(self, job_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Event]]:
        rows = await self.session.execute(
            select(Trigger.job_id, Trigger.payload).where(Trigger.branch_id == self.branch.id, Trigger.job_id.in_(job_ids))
        )
        past: dict[uuid.UUID, list[Event]] = {}
        for row in rows:
            past.setdefault(row.job_id, []).append(msgspec.convert(row.payload, Event))
        return past

    async def _people(self, history: Mapping[str, Sequence[Event]]) -> dict[bytes, schedule.PersonRow]:
        """Write the people whom the jobs name, oldest contact first, and return what the policy must know of each, by address key."""
        told: dict[bytes, dict[str, Any]] = {}
        for event in filter(None, map(customer_of, history.values())):
            if event.customer is None or event.customer.email is None:
                continue
            key = self.seal.address_key(event.customer.email)
            told[key] = {
                "id": new_id(),
                "address_key": key,
                "email": event.customer.email,
                "name": event.customer.name,
                "language": event.customer.language,
                "created_at": self.now,
                "last_contact_at": max(event.occurred_at, told[key]["last_contact_at"]) if key in told else event.occurred_at,
            }
        return await self._upsert_people([told[key] for key in sorted(told)]) if told else {}

    async def _upsert_people(self, rows: list[dict[str, Any]]) -> dict[bytes, schedule.PersonRow]:
        new = upsert(Person).values(rows)
        kept = await self.session.execute(
            new.on_conflict_do_update(
                index_elements=[Person.address_key],
                set_={
                    **{name: new.excluded[name] for name in ("email", "name", "language")},
                    "last_contact_at": func.greatest(Person.last_contact_at, new.excluded.last_contact_at),
                },
            ).returning(Person.id, Person.address_key)
        )
        ids = {row.address_key: row.id for row in kept}
        suppressed = set(await self.session.scalars(select(Suppression.address_key).where(Suppression.address_key.in_(ids))))
        invited = await schedule.last_invited(self.session, list(ids.values()))
        return {key: schedule.PersonRow(person_id, invited.get(person_id), key in suppressed) for key, person_id in ids.items()}

    async def _write_jobs(
        self, jobs: Mapping[str, Job], history: Mapping[str, Sequence[Event]], people: Mapping[bytes, schedule.PersonRow]
    ) -> dict[str, uuid.UUID]:
        rows = {key: self._job_values(jobs.get(key), key, events, people) for key, events in history.items()}
        new = [row for key, row in rows.items() if key not in jobs]
        if new:
            await self.session.execute(insert(Job), new)
        for key in rows.keys() & jobs.keys():
            for name, value in rows[key].items():
                setattr(jobs[key], name, value)
        await self.session.flush()
        await self._write_cases({row["id"]: fold(history[key]) for key, row in rows.items()})
        return {key: row["id"] for key, row in rows.items()}

    def _job_values(self, job: Job | None, key: str, events: Sequence[Event], people: Mapping[bytes, schedule.PersonRow]) -> dict[str, Any]:
        facts, told = fold(events), customer_of(events)
        customer = told.customer if told else None
        person = people.get(self.seal.address_key(customer.email)) if customer and customer.email else None
        return {
            "branch_id": self.branch.id,
            "id": job.id if job else new_id(),
            "number": events[-1].number,
            "number_key": key,
            "kind": facts.kind,
            "state": facts.state,
            "completed_at": facts.completed_at,
            "person_id": person.id if person else None,
            "customer_name": customer.name if customer else None,
            "email": customer.email if customer else None,
            "postcode": customer.postcode if customer else None,
            "house_number": customer.house_number if customer else None,
            "total": Decimal(told.total) if told and told.total else None,
            "created_at": job.created_at if job else self.now,
        }

    async def _write_cases(self, facts: Mapping[uuid.UUID, Any]) -> None:
        rows = [
            {"branch_id": self.branch.id, "id": new_id(), "job_id": job_id, "opened_at": fact.case_opened_at, "closed_at": fact.case_closed_at}
            for job_id, fact in facts.items()
            if fact.case_opened_at
        ]
        if rows:
            new = upsert(OpenCase).values(rows)
            await self.session.execute(
                new.on_conflict_do_update(
                    index_elements=[OpenCase.branch_id, OpenCase.job_id],
                    set_={"opened_at": new.excluded.opened_at, "closed_at": new.excluded.closed_at},
                )
            )

    def _case(
        self, job_id: uuid.UUID, events: Sequence[Event], people: Mapping[bytes, schedule.PersonRow], trigger_ids: Mapping[str, uuid.UUID]
    ) -> schedule.Case:
        told, based = customer_of(events), basis_of(events)
        email = told.customer.email if told and told.customer else None
        return schedule.Case(
            job_id=job_id,
            facts=fold(events),
            person=people.get(self.seal.address_key(email)) if email else None,
            basis=based,
            basis_trigger_id=trigger_ids.get(based.event_id) if based else None,
        )

    def _row(
        self,
        event: Event,
        job_ids: Mapping[str, uuid.UUID],
        trigger_ids: Mapping[str, uuid.UUID],
        answers: Mapping[str, dict[str, Any]],
    ) -> dict[str, Any]:
        return {
            "branch_id": self.branch.id,
            "id": trigger_ids[event.event_id],
            "source_id": self.source_id,
            "event_id": event.event_id,
            "job_id": job_ids[number_key(event.number)],
            "type": event.type,
            "occurred_at": event.occurred_at,
            "received_at": self.now,
            "digest": fingerprint(event),
            "payload": msgspec.to_builtins(event),
            "answer": answers[event.event_id],
        }
