"""Look whether requests can be served, rarely and truly."""

import asyncio
import secrets
import time
from datetime import datetime
from typing import Final

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import faults, job_queue, revisions
from reviews.web.context import AppContext

log: Final = structlog.get_logger("reviews.web")


class Readiness(msgspec.Struct, frozen=True):
    """Whether requests can be served: not while there are `reasons`. The rest is told beside them and decides nothing.

    A queue that waits long, a halted branch or a missing mail server is no fault of this process, and a restart would help neither. Nor do the
    faults: by a clock that lies this process goes on serving, with the time on which it and the database agreed last, so that what comes in is
    kept; what the background process leaves undone meanwhile is said here. Documents wait where walls are missing around their readers.
    """

    reasons: tuple[str, ...]
    faults: tuple[str, ...] = ()
    oldest_due_seconds: dict[str, int] = {}
    missing_walls: tuple[str, ...] = ()


class ReadinessCheck:
    """Looks once in so many seconds, however many ask: a look writes to the disk, and anybody may ask."""

    def __init__(self, *, every: float) -> None:
        self.every = every
        self._known: Readiness | None = None
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def state(self, app_context: AppContext, now: datetime) -> Readiness:
        """Return what was seen not long ago; whoever asks during a look waits for it."""
        async with self._looking:
            if self._known is None or time.monotonic() >= self._until:
                self._known = await _look(app_context, now)
                self._until = time.monotonic() + self.every
            return self._known


async def _look(app_context: AppContext, now: datetime) -> Readiness:
    seen = await _database(app_context, now)
    reasons = (*seen.reasons, *await _storage(app_context))
    return msgspec.structs.replace(seen, reasons=reasons, missing_walls=await app_context.missing_walls())


async def _database(app_context: AppContext, now: datetime) -> Readiness:
    try:
        async with app_context.maker.begin() as session:
            found = await session.scalar(text("SELECT version_num FROM alembic_version"))
            # A server that takes over as a replica answers every question and takes nothing.
            if await session.scalar(text("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")):
                return Readiness(("database_read_only",))
            waits = await queue_ages(session, now)
            standing = tuple(sorted({fault.name for fault in await faults.standing(session)}))
    except (SQLAlchemyError, OSError) as problem:
        log.warning("database_not_ready", kind=type(problem).__qualname__)
        return Readiness(("database_unreachable",))
    return Readiness(() if found == revisions.newest() else ("schema_not_newest",), standing, waits)


async def queue_ages(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Return for each queue how many seconds its oldest due row has been waiting."""
    return {queue.table.name: round((await job_queue.oldest_due(session, queue, now=now)).total_seconds()) for queue in job_queue.ALL}


async def _storage(app_context: AppContext) -> tuple[str, ...]:
    probe = f"health/{secrets.token_hex(8)}"
    try:
        # Written and not only asked: a disk that is full or read-only answers questions.
        await app_context.store.put(probe, b"probe")
        await app_context.store.delete(probe)
    except OSError as problem:
        log.warning("storage_not_ready", kind=type(problem).__qualname__)
        return ("storage_not_writable",)
    return ()
