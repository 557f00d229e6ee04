"""When a background process and a web process of ours were last there, as each says of itself, so that one can miss the other.

All moments here are the database's own, because they are compared between machines.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import faults
from reviews.database.tables import ServicePresence

EVERY: Final = 30.0
"""Seconds after which a process says again that it is there."""
_WORKER: Final = "worker"
_WATCH: Final = "watch"
_BREAK: Final = timedelta(minutes=3)
"""Who was not there for longer has come anew."""


async def note_worker(maker: async_sessionmaker[AsyncSession]) -> int:
    """Say that a background process is there, and end what others said of its absence; always 0, because nothing needs a second look at once."""
    async with maker.begin() as session:
        await _note(session, _WORKER)
        await faults.end(session, faults.WORKER)
    return 0


async def miss_worker(session: AsyncSession, *, longer_than: timedelta) -> datetime | None:
    """Say that a process is there which watches over the background processes; return since when there is none, if it is missed by now.

    It is missed once there was none for so long, and all the while somebody watched: what was stopped together, and is started again web process
    first, has not failed. On an installation that never had one the silence begins when somebody first watched.
    """
    await _note(session, _WATCH)
    at = func.clock_timestamp()
    first = insert(ServicePresence).values(name=_WORKER, since=at, seen_at=at)
    await session.execute(first.on_conflict_do_nothing())
    watched = select(ServicePresence.name).where(ServicePresence.name == _WATCH, ServicePresence.since < at - longer_than)
    absent = ServicePresence.name == _WORKER, ServicePresence.seen_at < at - longer_than
    return await session.scalar(select(ServicePresence.seen_at).where(*absent, watched.exists()))


async def _note(session: AsyncSession, name: str) -> None:
    # clock_timestamp() and not now(): that is when the transaction began.
    at = func.clock_timestamp()
    row = insert(ServicePresence).values(name=name, since=at, seen_at=at)
    since = case((ServicePresence.seen_at < at - _BREAK, at), else_=ServicePresence.since)
    await session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"since": since, "seen_at": at}))
