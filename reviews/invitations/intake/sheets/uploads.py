"""Keep a spreadsheet that somebody uploaded until the background process has tried it or taken it in; then it is deleted.

Its life: *draft* (which column is which?), *waiting*, *claimed*, and *done*, first as a trial and then for good. How far it is, is written
in the transaction of each chunk: a stop in the middle goes on where it was, and no line is counted twice.
"""

import asyncio
import contextlib
import hashlib
import io
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import interrupted_work, job_queue
from reviews.database.job_queue import IMPORTS, Claimed
from reviews.database.tables import Import, new_id
from reviews.errors import ConflictError, InvalidError, NotFoundError
from reviews.invitations.intake.sheets import importing, messages, rejects
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.importing import Counts, Opener
from reviews.invitations.intake.sheets.notes import RowNote
from reviews.invitations.intake.sheets.preview import Sample
from reviews.invitations.intake.sheets.rows import RejectedRow, SheetFrame
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from reviews.storage import Store

log = structlog.get_logger("reviews.invitations")

NEWEST = 50
SHOWN = 10
"""Refused lines that the page itself shows."""

_GONE: Final[dict[str, Any]] = {"storage_key": None, "sample": {}}
"""What is written when a file goes: nothing of its lines stays."""
_TOLD: Final = frozenset({"first", "noted", "notes"})
"""What is kept beside the counts: lines with their reasons, which go with the file."""
_LOST = "Dit bestand is er niet meer. Lees het opnieuw in."


class LostError(Exception):
    """Another worker has taken the file over; what was not committed is undone."""


async def keep(
    session: AsyncSession, store: Store, branch_id: uuid.UUID, data: bytes, sample: Sample, *, file_name: str, by: str, now: datetime
) -> Import:
    """Keep a file as a draft: bytes first, row second, so that no row ever points at nothing. Called with no transaction open."""
    key = _new_key(branch_id)
    await store.put(key, data)
    row = Import(
        id=new_id(),
        branch_id=branch_id,
        state="draft",
        due_at=now,
        file_name=file_name,
        digest=hashlib.sha256(data).digest(),
        storage_key=key,
        mapping={},
        sample=msgspec.to_builtins(sample),
        dry_run=True,
        by=by,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


def _new_key(branch_id: uuid.UUID) -> str:
    return f"{branch_id.hex}/{secrets.token_hex(16)}"


async def find(session: AsyncSession, import_id: uuid.UUID, branch_ids: Collection[uuid.UUID], *, lock: bool = False) -> Import:
    """Return a file of one of these branches; raise NotFoundError when there is none."""
    query = select(Import).where(Import.id == import_id, Import.branch_id.in_(branch_ids))
    row = await session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError("there is no such import")
    return row


async def newest(session: AsyncSession, branch_ids: Collection[uuid.UUID]) -> list[Import]:
    """Return the newest files of these branches."""
    return list(await session.scalars(select(Import).where(Import.branch_id.in_(branch_ids)).order_by(Import.id.desc()).limit(NEWEST)))


def pointed_of(row: Import) -> Pointed:
    """Return which column somebody said is which."""
    return msgspec.convert(row.mapping, Pointed)


def sample_of(row: Import) -> Sample:
    """Return the first lines of a file that is there still."""
    return msgspec.convert(row.sample, Sample)


def start(row: Import, pointed: Pointed, *, dry_run: bool, now: datetime) -> None:
    """Let a file be tried, or taken in after a trial; raise ConflictError for one that is under way or was taken in before."""
    if row.storage_key is None or row.state not in {"draft", "done"} or not row.dry_run:
        raise ConflictError("Dit bestand is al ingelezen of wordt op dit moment gelezen.")
    if not dry_run and row.state != "done":
        raise ConflictError("Doe eerst de proefronde.")
    row.mapping, row.dry_run = msgspec.to_builtins(pointed), dry_run
    row.state, row.due_at, row.attempt = "waiting", now, 0
    row.read, row.lines, row.counts, row.failure, row.done_at = 0, 0, {}, None, None


async def discard(session: AsyncSession, row: Import) -> list[str]:
    """Forget a file that nobody is reading; return what must go from the store once that is committed."""
    if row.state in {"waiting", "claimed"}:
        raise ConflictError("Dit bestand wordt op dit moment gelezen.")
    await session.execute(delete(Import).where(Import.branch_id == row.branch_id, Import.id == row.id))
    return _keys(row)


def _keys(row: Import) -> list[str]:
    return [key for key in (row.storage_key, row.refused_key) if key]


@dataclass(frozen=True, slots=True)
class Importer:
    """The parts of the background process that takes files in."""

    maker: async_sessionmaker[AsyncSession]
    store: Store
    opener: Opener
    key_ring: KeyRing
    horizon: schedule.Horizon
    clock: Clock
    lease: timedelta

    async def import_due(self) -> int:
        """Try or take in one file that is due; return how many there were."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            await job_queue.sweep(session, IMPORTS, now=now)
            claimed = await job_queue.claim_due(session, IMPORTS, now=now, lease=self.lease, limit=1)
        for one in claimed:
            # No failure: the worker that has the lease now goes on.
            with contextlib.suppress(LostError):
                async with interrupted_work.no_attempt(self.maker, IMPORTS, one, self.clock):
                    await self._while_renewing(one)
        return len(claimed)

    async def _while_renewing(self, claimed: Claimed) -> None:
        """Take a file in and renew the lease meanwhile; leave it when it is no longer ours."""
        task = asyncio.ensure_future(self._through(claimed))
        try:
            while not (await asyncio.wait({task}, timeout=self.lease.total_seconds() / 3))[0]:
                async with self.maker.begin() as session:
                    if not await job_queue.renew(session, IMPORTS, claimed, until=self.clock.now() + self.lease):
                        return
            task.result()
        finally:
            task.cancel()

    async def _through(self, claimed: Claimed) -> None:
        async with self.maker.begin() as session:
            row = await session.get_one(Import, claimed.key)
        assert row.storage_key is not None
        told = _Told(self, claimed, row)
        # A trial was undone, so it starts anew; a real run goes on where it stopped.
        counts = Counts() if row.dry_run else counts_of(row)
        task = importing.Task(row.branch_id, pointed_of(row), row.dry_run, self.clock.now(), counts)
        try:
            data = io.BytesIO(await self.store.get(row.storage_key))
            sheet = await asyncio.to_thread(self.opener, data)
            counts = await importing.run(self.maker, sheet, task, told, key_ring=self.key_ring, horizon=self.horizon)
        except FileNotFoundError:
            await self._settle(claimed, row, {"state": "dead", "failure": _LOST, **_GONE})
        except InvalidError as problem:
            await self._settle(claimed, row, {"state": "draft", "failure": " ".join(found.detail for found in problem.errors)})
        else:
            await self._finish(claimed, row, counts, told)

    async def _finish(self, claimed: Claimed, row: Import, counts: Counts, told: "_Told") -> None:
        """Keep the refused lines, then the outcome; what was taken in for good is not needed any more."""
        key = _new_key(row.branch_id) if told.text else None
        if key:
            await self.store.put(key, "".join(told.text).encode())
        values = {"state": "done", "refused_key": key, "counts": told.counted(counts), "read": counts.read}
        await self._settle(claimed, row, values if row.dry_run else {**values, **_GONE})
        log.info("import_done", import_id=str(row.id), dry_run=row.dry_run, created=counts.created, refused=counts.refused, blocked=counts.blocked)

    async def _settle(self, claimed: Claimed, row: Import, values: dict[str, Any]) -> None:
        """Store the outcome, then delete what nothing points at any more."""
        async with self.maker.begin() as session:
            if not await job_queue.settle(session, IMPORTS, claimed, {**values, "done_at": self.clock.now()}):
                raise LostError
        # After the commit: bytes without a row are swept later, a row without bytes is a file that is lost.
        for key in {*_keys(row)} - {values.get("storage_key", row.storage_key), values.get("refused_key", row.refused_key)}:
            await self.store.delete(key)


@dataclass
class _Told:
    """Stores how far a file is, and gathers the lines that were refused."""

    parts: Importer
    claimed: Claimed
    row: Import
    text: list[str] = field(default_factory=list[str])
    first: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[RowNote] = field(default_factory=list[RowNote])

    async def within(self, session: AsyncSession, counts: Counts) -> None:
        """Store how far the file is in the transaction of its chunk."""
        if not self.row.dry_run:
            await self._note(session, {"counts": msgspec.to_builtins(counts), "read": counts.read})

    async def after(self, counts: Counts, shape: SheetFrame, refusals: Sequence[RejectedRow], notes: Sequence[RowNote]) -> None:
        """Gather what was refused; a trial's chunk was undone, so how far it is, is written here."""
        if refusals and not self.text:
            self.text.append(rejects.head(shape.columns.headers))
        if refusals:
            self.text.append(rejects.body(shape.columns.headers, refusals))
        self.first += [{"line": one.line, "reasons": messages.told_apart(one.errors)} for one in refusals[: SHOWN - len(self.first)]]
        self.notes += notes
        async with self.parts.maker.begin() as session:
            await self._note(session, {"lines": shape.lines, **({"read": counts.read} if self.row.dry_run else {})})

    async def _note(self, session: AsyncSession, values: dict[str, Any]) -> None:
        if not await job_queue.renew(session, IMPORTS, self.claimed, until=self.parts.clock.now() + self.parts.lease):
            raise LostError
        await session.execute(update(Import).where(Import.branch_id == self.row.branch_id, Import.id == self.row.id).values(**values))

    def counted(self, counts: Counts) -> dict[str, Any]:
        """Return the counts as they are kept, with the first of the refused lines and of the notes."""
        return {**msgspec.to_builtins(counts), "first": self.first, "noted": len(self.notes), "notes": msgspec.to_builtins(self.notes[:SHOWN])}


def counts_of(row: Import) -> Counts:
    """Return what became of the lines of a file, so far."""
    return msgspec.convert({name: value for name, value in row.counts.items() if name not in _TOLD}, Counts)


async def tidy(maker: async_sessionmaker[AsyncSession], store: Store, now: datetime, *, days: int) -> int:
    """Delete the bytes of files that are kept long enough, and drafts that nobody took in; return how many files that were."""
    before = now - timedelta(days=days)
    kept = or_(Import.storage_key.is_not(None), Import.refused_key.is_not(None))
    old = select(Import).where(Import.created_at < before, kept, Import.state.in_(["draft", "done", "dead"])).limit(100)
    async with maker.begin() as session:
        rows = list(await session.scalars(old))
    for row in rows:
        for key in _keys(row):
            await store.delete(key)
        gone = update(Import).where(Import.branch_id == row.branch_id, Import.id == row.id, Import.state == row.state)
        counts = {name: value for name, value in row.counts.items() if name != "first"}
        async with maker.begin() as session:
            await session.execute(gone.values(refused_key=None, counts=counts, **_GONE))
    return len(rows)
