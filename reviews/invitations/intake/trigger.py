"""Invitation flow, step 1 of 6: take in what sources report about jobs, once.

`tell` is the whole step for whoever shows a key: who is calling, how far is its clock ahead, may it speak for the branch, then take in. Who is
known otherwise, a spreadsheet or a copy of a mail, comes in by `accept`.

The same event gets the same answer for ever: the promise rests on `unique (branch, source, event id)` and on the stored answer. What a job
is, is folded from all its events in the order in which they happened, so that the order in which they arrive does not matter.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import bulk
from reviews.database.tables import Branch, Job, OpenCase, Trigger, new_id
from reviews.errors import EventIdReusedError, RefusedEventError, ReviewsError
from reviews.invitations.intake import clock_skew, crediting, customers, event_locks, event_model, job_history, sources, told_lines
from reviews.invitations.intake.clock_skew import SkewReading
from reviews.invitations.intake.event_model import Event, basis_of, fingerprint, number_key
from reviews.invitations.intake.job_history import IncomingEvent, JobHistory, Key
from reviews.invitations.intake.sources import Caller
from reviews.invitations.intake.told_lines import Line
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing


class Answer(msgspec.Struct, frozen=True):
    """What a source gets back: `fresh` is False for an event that was known already, whose answer is repeated word for word."""

    body: dict[str, Any]
    fresh: bool


class Call(msgspec.Struct, frozen=True):
    """What one caller, or whoever showed that key, tells at a time, and what it shows of its clock."""

    by: Caller | str
    events: Sequence[Event]
    reading: SkewReading


async def tell(
    session: AsyncSession, calls: Sequence[Call], *, key_ring: KeyRing, horizon: schedule.Horizon, now: datetime
) -> list[Answer | ReviewsError]:
    """Take in what callers tell and answer each of their events, call by call; an error says what is wrong with the key, the branch or the id.

    Keys are looked up in the same transaction: one that was revoked before it does not count.
    """
    keys = {call.by for call in calls if isinstance(call.by, str)}
    callers = await sources.callers_with(session, keys, now=now) if keys else {}
    branches = await sources.branches_called(session, {event.branch for call in calls for event in call.events})
    await _note_clocks(session, calls, callers, now)
    placed = [_place(call.by, event, callers, branches) for call in calls for event in call.events]
    await told_lines.note_refused(session, list(_not_placed(calls, callers, placed)), now=now)
    incoming_events = [one for one in placed if isinstance(one, IncomingEvent)]
    told = iter(await accept_all(session, incoming_events, key_ring=key_ring, horizon=horizon, now=now))
    return [next(told) if isinstance(one, IncomingEvent) else one for one in placed]


async def _note_clocks(session: AsyncSession, calls: Sequence[Call], callers: Mapping[str, Caller], now: datetime) -> None:
    """Keep what each caller's clock shows, in the order of the sources: no two groups wait for each other's."""
    seen: dict[uuid.UUID, tuple[Caller, list[SkewReading]]] = {}
    for call in calls:
        caller = callers.get(call.by) if isinstance(call.by, str) else call.by
        if caller:
            seen.setdefault(caller.source_id, (caller, []))[1].append(call.reading)
    for _, (caller, readings) in sorted(seen.items()):
        await clock_skew.note(session, caller, clock_skew.worst(readings), now=now)


def _place(by: Caller | str, event: Event, callers: Mapping[str, Caller], branches: Mapping[str, Branch]) -> IncomingEvent | ReviewsError:
    try:
        caller = sources.known(callers, by) if isinstance(by, str) else by
        return IncomingEvent(sources.allowed(caller, branches, event.branch), caller.source_id, event)
    except ReviewsError as problem:
        return problem


def _not_placed(calls: Sequence[Call], callers: Mapping[str, Caller], placed: Sequence[IncomingEvent | ReviewsError]) -> Iterator[Line]:
    """Yield the lines that come to no branch, of callers that we know."""
    said = ((call.by, event) for call in calls for event in call.events)
    for (by, event), place in zip(said, placed, strict=True):
        caller = callers.get(by) if isinstance(by, str) else by
        if caller and isinstance(place, ReviewsError):
            yield Line((caller.source_id, None), event.event_id, reason=place.slug, number=event.number)


async def accept(
    session: AsyncSession,
    branch: Branch,
    source_id: uuid.UUID,
    events: Sequence[Event],
    *,
    key_ring: KeyRing,
    horizon: schedule.Horizon,
    now: datetime,
) -> list[Answer | RefusedEventError]:
    """Take in events of one source about one branch and answer each, in order."""
    return await accept_all(session, [IncomingEvent(branch, source_id, event) for event in events], key_ring=key_ring, horizon=horizon, now=now)


async def accept_all(
    session: AsyncSession, incoming_events: Sequence[IncomingEvent], *, key_ring: KeyRing, horizon: schedule.Horizon, now: datetime
) -> list[Answer | RefusedEventError]:
    """Take in events of any branches and sources and answer each, in order; the caller's transaction makes all of it durable at once."""
    if not incoming_events:
        return []
    # Before anything is read: what is read must not change until the answers are stored.
    await event_locks.take(session, incoming_events)
    known = await _known(session, incoming_events)
    fresh: dict[Key, IncomingEvent] = {}
    for incoming in incoming_events:
        if incoming.key not in known:
            fresh.setdefault(incoming.key, incoming)
    intake = _Intake(session, key_ring, horizon, now)
    told = await intake.take_in(list(fresh.values())) if fresh else {}
    answers = [_answer(incoming, known, fresh, told) for incoming in incoming_events]
    lines = [(incoming, _line(incoming, answer, intake.began)) for incoming, answer in zip(incoming_events, answers, strict=True)]
    told_now = [(incoming, line) for incoming, line in lines if line.fresh or not incoming.counted]
    await told_lines.note(session, Counter(incoming.place for incoming, _ in told_now), [line for _, line in told_now], now=now)
    return answers


def _line(incoming: IncomingEvent, answer: Answer | RefusedEventError, began: Collection[Key]) -> Line:
    if isinstance(answer, RefusedEventError):
        return Line(incoming.place, incoming.event_id, reason=answer.slug, number=incoming.event.number)
    return Line(incoming.place, incoming.event_id, fresh=answer.fresh, began=answer.fresh and incoming.key in began)


def _answer(
    incoming: IncomingEvent,
    known: Mapping[Key, tuple[bytes, dict[str, Any]]],
    fresh: Mapping[Key, IncomingEvent],
    told: Mapping[Key, dict[str, Any] | RefusedEventError],
) -> Answer | RefusedEventError:
    if incoming.key in known:
        digest, body = known[incoming.key]
        # The stored answer, not a new one: the job may have moved on since.
        return Answer(body, fresh=False) if digest == fingerprint(incoming.event) else EventIdReusedError(incoming.event_id)
    first = fresh[incoming.key]
    if first is not incoming and fingerprint(first.event) != fingerprint(incoming.event):
        return EventIdReusedError(incoming.event_id)
    said = told[incoming.key]
    return said if isinstance(said, RefusedEventError) else Answer(said, fresh=first is incoming)


async def _known(session: AsyncSession, incoming_events: Sequence[IncomingEvent]) -> dict[Key, tuple[bytes, dict[str, Any]]]:
    """Return what the sources sent before under these ids, at whichever branch: an id that comes back for another branch is reused."""
    rows = await session.execute(
        select(Trigger.source_id, Trigger.event_id, Trigger.digest, Trigger.answer).where(
            job_history.any_of(Trigger.source_id, Trigger.event_id, [incoming.key for incoming in incoming_events])
        )
    )
    return {(row.source_id, row.event_id): (row.digest, row.answer) for row in rows}


class _Intake:
    """One pass over fresh events: what is written rests on what was read in the same transaction. `began` are those that began a job."""

    def __init__(self, session: AsyncSession, key_ring: KeyRing, horizon: schedule.Horizon, now: datetime) -> None:
        self.session, self.key_ring, self.horizon, self.now = session, key_ring, horizon, now
        self.began = set[Key]()

    async def take_in(self, incoming_events: Sequence[IncomingEvent]) -> dict[Key, dict[str, Any] | RefusedEventError]:
        """Write jobs, people, invitations and triggers; return the answer to each event.

        1. Find each event's job, and put its history together from its past and its new events.
        2. Write people before jobs, jobs before invitations, triggers last: they carry the answers.
        """
        placed = await job_history.tell(self.session, self.key_ring, incoming_events)
        return {**await self._write(placed.histories), **placed.refused} if placed.histories else {**placed.refused}

    async def _write(self, told: Sequence[JobHistory]) -> dict[Key, dict[str, Any]]:
        self.began = {history.fresh[0].key for history in told if history.row is None}
        people = await customers.write(self.session, told, now=self.now)
        await self._write_jobs(told, people)
        jobs = {incoming.key: (incoming, history.job_id) for history in told for incoming in history.fresh}
        trigger_ids = {key: new_id() for key in jobs}
        outcomes = await self._plan(told, people, trigger_ids)
        answers = {key: {"trigger_id": str(trigger_ids[key]), "job_id": str(job_id), **outcomes[job_id]} for key, (_, job_id) in jobs.items()}
        for key, (incoming, _) in jobs.items():
            if found := event_model.suggestions(incoming.event):
                answers[key]["suggestions"] = msgspec.to_builtins(found)
        rows = [self._row(incoming, job_id, trigger_ids[key], answers[key]) for key, (incoming, job_id) in jobs.items()]
        await bulk.write(self.session, Trigger, rows)
        return answers

    async def _write_jobs(self, told: Sequence[JobHistory], people: Mapping[bytes, schedule.PersonRow]) -> None:
        new: list[dict[str, Any]] = []
        for history in told:
            values = self._job_values(history, people)
            if history.row is None:
                new.append(values)
                continue
            for name, value in values.items():
                setattr(history.row, name, value)
        await bulk.write(self.session, Job, new)
        # What was changed through the ORM goes out now: what follows is written without it (`bulk`).
        await self.session.flush()
        await self._write_cases(told)

    def _job_values(self, history: JobHistory, people: Mapping[bytes, schedule.PersonRow]) -> dict[str, Any]:
        customer = history.told.customer if history.told else None
        return {
            "branch_id": history.branch.id,
            "id": history.job_id,
            "number": history.number,
            "number_key": number_key(history.number),
            "identity": history.identity,
            "kind": history.facts.kind,
            "state": history.facts.state,
            "completed_at": history.facts.completed_at,
            "person_id": people[history.address_key].id if history.address_key else None,
            "customer_name": customer.name if customer else None,
            "email": customer.email if customer else None,
            "postcode": customer.postcode if customer else None,
            "house_number": customer.house_number if customer else None,
            "total": crediting.total_of(history.events),
            "credited": crediting.kept(history.events),
            "credit_asked_at": _asked_at(history, self.now),
            "created_at": history.row.created_at if history.row else self.now,
        }

    async def _write_cases(self, told: Sequence[JobHistory]) -> None:
        rows = [
            {
                "branch_id": history.branch.id,
                "id": new_id(),
                "job_id": history.job_id,
                "opened_at": history.facts.case_opened_at,
                "closed_at": history.facts.case_closed_at,
            }
            for history in told
            if history.facts.case_opened_at
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
        for history in told:
            by_branch.setdefault(history.branch.id, []).append(history)
        outcomes: dict[uuid.UUID, dict[str, Any]] = {}
        for own in by_branch.values():
            cases = [_case(history, people, trigger_ids, self.now) for history in own]
            outcomes |= await schedule.replan(self.session, own[0].branch, cases, horizon=self.horizon, now=self.now)
        return outcomes

    def _row(self, incoming: IncomingEvent, job_id: uuid.UUID, trigger_id: uuid.UUID, answer: dict[str, Any]) -> dict[str, Any]:
        return {
            "branch_id": incoming.branch.id,
            "id": trigger_id,
            "source_id": incoming.source_id,
            "event_id": incoming.event_id,
            "job_id": job_id,
            "source_job_id": incoming.event.job_id,
            "type": incoming.event.type,
            "occurred_at": incoming.event.occurred_at,
            "received_at": self.now,
            "digest": fingerprint(incoming.event),
            "payload": msgspec.to_builtins(incoming.event),
            "answer": answer,
        }


def _asked_at(history: JobHistory, now: datetime) -> datetime | None:
    """Return since when the branch is asked whether the whole job was credited: once, however many credits leave that unclear."""
    if not history.facts.credit_unclear:
        return None
    return history.row.credit_asked_at or now if history.row else now


def _case(history: JobHistory, people: Mapping[bytes, schedule.PersonRow], trigger_ids: Mapping[Key, uuid.UUID], now: datetime) -> schedule.JobToPlan:
    """Return what the plan needs; a basis counts as new only when it came with one of the new events."""
    based = basis_of(history.events)
    return schedule.JobToPlan(
        job_id=history.job_id,
        is_new=history.row is None,
        facts=history.facts,
        person=people[history.address_key] if history.address_key else None,
        basis=based,
        basis_trigger_id=next((trigger_ids[incoming.key] for incoming in history.fresh if incoming.event is based), None),
        credit_asked_at=_asked_at(history, now),
    )
