"""Take in a spreadsheet of jobs: each line once, bad ones reported with their reason, good ones never stopped by them.

1. The file is read once to learn its columns and its day-month order (`rows.frame`).
2. Its lines go in by chunks, each in a transaction of its own, by the same function as every other melding (`trigger.accept`).
3. After a stop in the middle the same file goes in again: what went in before is *unchanged*.

A trial does the same and undoes each chunk; jobs that come back in a later chunk are sent in again there, so that it counts as the real run does.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Protocol

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches import naming
from reviews.database.tables import Branch, Job, Trigger
from reviews.errors import FieldError, RefusedEventError
from reviews.invitations.intake import sources, told_lines, trigger
from reviews.invitations.intake.event_model import Event, number_key
from reviews.invitations.intake.job_history import IncomingEvent
from reviews.invitations.intake.sheets import rows as lines
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.messages import refused_beside
from reviews.invitations.intake.sheets.notes import RowNote, notes_on
from reviews.invitations.intake.sheets.rows import RejectedRow, RowResult, SheetFrame
from reviews.invitations.intake.sheets.values import SheetRow
from reviews.invitations.intake.told_lines import Line
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing

Answered = trigger.Answer | RefusedEventError
Told = tuple[Event, Answered]
Result = str | tuple[FieldError, ...]

CHUNK = 500
"""Lines per transaction: enough that the statements cost little each, few enough that a branch's other sources wait but a moment."""

_BLOCKED = frozenset({"skipped", "cancelled"})


class Sheet(Protocol):
    """A file of lines that can be read more than once."""

    def rows(self) -> Iterator[SheetRow]:
        """Yield its lines from the start; raise InvalidError for a file that can't be read."""
        ...


Opener = Callable[[BinaryIO], Sheet]
"""What reads a file as a sheet; raises InvalidError for one that it can't read."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines so far: they add up to `read`. `reasons` says why lines that were taken in get no invitation (*blocked*)."""

    created: int = 0
    unchanged: int = 0
    refused: int = 0
    blocked: int = 0
    reasons: dict[str, int] = {}

    @property
    def read(self) -> int:
        """How many lines were read."""
        return self.created + self.unchanged + self.refused + self.blocked


class Listener(Protocol):
    """Who is notified of each chunk."""

    async def within(self, session: AsyncSession, counts: Counts) -> None:
        """Take note of a chunk in its own transaction, just before it is committed."""
        ...

    async def after(self, counts: Counts, shape: SheetFrame, refusals: Sequence[RejectedRow], notes: Sequence[RowNote]) -> None:
        """Take note of a chunk that is done, with the lines of it that were refused, and what is told of those that were not."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A file to take in for a branch; lines up to `done` were counted before, in `counts`, and are only checked for errors again."""

    branch_id: uuid.UUID
    pointed: Pointed
    dry_run: bool
    now: datetime
    counts: Counts = field(default_factory=Counts)
    chunk: int = CHUNK


async def run(
    maker: async_sessionmaker[AsyncSession], sheet: Sheet, task: Task, listener: Listener, *, key_ring: KeyRing, horizon: schedule.Horizon
) -> Counts:
    """Take in a file, or try to; return what became of its lines. Raise InvalidError when it is no list of jobs at all."""
    return await _Run(maker, sheet, task, listener, key_ring, horizon).through()


async def shape_of(session: AsyncSession, sheet: Sheet, task: Task) -> SheetFrame:
    """Return what the lines of a file share; raise InvalidError when they can't be read."""
    branch = await session.get_one(Branch, task.branch_id)
    return await asyncio.to_thread(lines.frame, sheet.rows(), task.pointed, branch=branch.slug, branch_names=naming.of(branch.identity).trade_names)


class _Run:
    """One pass over a file."""

    def __init__(
        self,
        maker: async_sessionmaker[AsyncSession],
        sheet: Sheet,
        task: Task,
        listener: Listener,
        key_ring: KeyRing,
        horizon: schedule.Horizon,
    ) -> None:
        self.maker, self.sheet, self.task, self.listener = maker, sheet, task, listener
        self.key_ring, self.horizon = key_ring, horizon
        self.told: dict[str, list[Event]] = {}

    async def through(self) -> Counts:
        """Go through all chunks."""
        async with self.maker() as session:
            shape = await shape_of(session, self.sheet, self.task)
        # In threads: reading a large sheet would stop everything else that this process does.
        again = await asyncio.to_thread(self._coming_back, shape) if self.task.dry_run else frozenset[str]()
        stream = lines.read(self.sheet.rows(), shape, now=self.task.now)
        counts, place = self.task.counts, 0
        while chunk := await asyncio.to_thread(_next, stream, self.task.chunk):
            counted = max(self.task.counts.read - place, 0)
            counts, refusals = await self._take(chunk, shape, counts, counted, again)
            place += len(chunk)
            await self.listener.after(counts, shape, refusals, [note for line in chunk for note in notes_on(line)])
        return counts

    def _coming_back(self, shape: SheetFrame) -> frozenset[str]:
        """Return the jobs that have lines in more than one chunk."""
        seen: dict[str, int] = {}
        several = set[str]()
        for place, key in enumerate(lines.jobs_in(self.sheet.rows(), shape)):
            chunk = place // self.task.chunk
            if key and seen.setdefault(key, chunk) != chunk:
                several.add(key)
        return frozenset(several)

    async def _take(
        self, chunk: Sequence[RowResult], shape: SheetFrame, counts: Counts, counted: int, again: frozenset[str]
    ) -> tuple[Counts, list[RejectedRow]]:
        """Take in a chunk, of which the first `counted` lines were counted before."""
        async with self.maker() as session:
            answers = await self._accept(session, chunk, counted, again)
            results = [_result(line, answers.get(line.row.line)) for line in chunk]
            counts = _added(counts, results[counted:])
            await self._note_refused(session, chunk[counted:])
            await self.listener.within(session, counts)
            # A trial runs the very statements of the real thing, so that its counts are right.
            await (session.rollback() if self.task.dry_run else session.commit())
        return counts, [
            RejectedRow(line.row.line, tuple(lines.kept_cells(line, shape)), result)
            for line, result in zip(chunk, results, strict=True)
            if isinstance(result, tuple)
        ]

    async def _note_refused(self, session: AsyncSession, chunk: Sequence[RowResult]) -> None:
        """Write down the lines that could not be read; the others are counted where they are taken in."""
        bad = [line for line in chunk if line.event is None]
        if bad:
            place = await sources.for_files(session, await session.get_one(Branch, self.task.branch_id), now=self.task.now), self.task.branch_id
            await told_lines.note_refused(session, [Line(place, f"regel {line.row.line}", reason="invalid") for line in bad], now=self.task.now)

    async def _accept(self, session: AsyncSession, chunk: Sequence[RowResult], counted: int, again: frozenset[str]) -> dict[int, Told]:
        """Take in the good lines of a chunk, of which the first `counted` were told before; return each event with its answer, by its line.

        The row of the source, which `for_files` writes, lets imports of one branch come in one after the other.
        """
        branch = await session.get_one(Branch, self.task.branch_id)
        source_id = await sources.for_files(session, branch, now=self.task.now)
        before = [event for key in {lines.job_of(line) for line in chunk} for event in self.told.get(key, ())]
        if before:
            await self._tell(session, [IncomingEvent(branch, source_id, event, counted=True) for event in before])
        good = await _in_turn(session, branch, source_id, [line for line in chunk if line.event])
        if self.task.dry_run:
            for event in good.values():
                if (key := number_key(event.number)) in again:
                    self.told.setdefault(key, []).append(event)
        known = {line.row.line for line in chunk[:counted]}
        answers = await self._tell(session, [IncomingEvent(branch, source_id, event, counted=line in known) for line, event in good.items()])
        return {line: (event, answer) for (line, event), answer in zip(good.items(), answers, strict=True)}

    async def _tell(self, session: AsyncSession, told: Sequence[IncomingEvent]) -> list[Answered]:
        return await trigger.accept_all(session, told, key_ring=self.key_ring, horizon=self.horizon, now=self.task.now)


def _next(stream: Iterator[RowResult], many: int) -> list[RowResult]:
    return list(islice(stream, many))


async def _in_turn(session: AsyncSession, branch: Branch, source_id: uuid.UUID, good: Sequence[RowResult]) -> dict[int, Event]:
    """Return the events of lines by their numbers; those without an id of their own get the one that their words had before, or a next one."""
    keys = {number_key(line.event.number) for line in good if line.event and line.derived}
    known = await _ids_of(session, branch, source_id, keys) if keys else {}
    told: dict[int, Event] = {}
    for line in good:
        event = line.event
        assert event is not None
        if line.derived:
            ids = known.setdefault(number_key(event.number), [])
            event = lines.in_turn(event, ids)
            ids.append(event.event_id)
        told[line.row.line] = event
    return told


async def _ids_of(session: AsyncSession, branch: Branch, source_id: uuid.UUID, keys: set[str]) -> dict[str, list[str]]:
    rows = await session.execute(
        select(Job.number_key, Trigger.event_id)
        .join(Trigger, (Trigger.branch_id == Job.branch_id) & (Trigger.job_id == Job.id))
        .where(Job.branch_id == branch.id, Job.number_key.in_(keys), Trigger.source_id == source_id)
    )
    known: dict[str, list[str]] = {}
    for key, event_id in rows:
        known.setdefault(key, []).append(event_id)
    return known


def _result(line: RowResult, told: Told | None) -> Result:
    """Return what became of a line: a word, a word and a reason, or what is wrong with it."""
    if told is None:
        return line.errors
    event, answer = told
    if isinstance(answer, RefusedEventError):
        return (refused_beside(answer),)
    if not answer.fresh:
        return "unchanged"
    if event.type == "job.completed" and answer.body["outcome"] in _BLOCKED:
        return f"blocked:{answer.body['reason']}"
    return "created"


def _added(counts: Counts, results: Sequence[Result]) -> Counts:
    tally = Counter("refused" if isinstance(result, tuple) else result.partition(":")[0] for result in results)
    reasons = Counter(counts.reasons)
    reasons.update(result.partition(":")[2] for result in results if isinstance(result, str) and result.startswith("blocked:"))
    return Counts(
        created=counts.created + tally["created"],
        unchanged=counts.unchanged + tally["unchanged"],
        refused=counts.refused + tally["refused"],
        blocked=counts.blocked + tally["blocked"],
        reasons=dict(reasons),
    )
