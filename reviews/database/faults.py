"""What of the service itself is out of order, as each process says of itself, so that probes and the desk can show it.

A row stands while its fault does: its process says it again at least once a minute, and takes it away afterwards. The row of a process that
died is passed over. All moments here are the database's own: one of the faults is a clock that lies.
"""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import ServiceFault

CLOCK, READERS, RECOGNISERS, PROXY = "clock", "readers", "recognisers", "proxy"
"""The clock disagrees with the database's; documents are not read; photos and scans are not read; a proxy is not named in the settings."""
WORKER = "worker"
"""No background process is there, as the web processes say of it."""
NO_ROOM = "no_room"
"""The detail of readers that the machine gave no process, thread or memory; else it is the slug of the error."""

SENTENCES: Final = {
    CLOCK: "Een van onze computers heeft een klok die niet gelijk loopt met die van de database. Tot dat is hersteld, verstuurt, beëindigt en wist "
    "die computer niets; wat binnenkomt, wordt bewaard. De beheerder kan dit verhelpen.",
    READERS: "Een van onze computers kan nu geen documenten lezen. Dat ligt niet aan de documenten. Ze wachten tot het weer lukt; "
    "duurt dat te lang, dan vragen wij een medewerker om ernaar te kijken. De beheerder kan dit verhelpen.",
    RECOGNISERS: "Een van onze computers kan nu geen foto's en scans lezen. Dat ligt niet aan de documenten. Ze wachten tot het weer lukt; "
    "duurt dat te lang, dan vragen wij een medewerker om ernaar te kijken. De beheerder kan dit verhelpen.",
    PROXY: "Er komen bezoekers binnen langs een tussenschakel (proxy) die niet is ingesteld. Zij tellen voor de limieten samen als één bezoeker, "
    "en horen daardoor te vroeg dat het te vaak is geprobeerd. De beheerder kan dit verhelpen.",
    WORKER: "Het achtergrondproces draait niet. Er gaan geen uitnodigingen en geen mails aan klanten weg en er worden geen documenten gelezen. Wat "
    "hier binnenkomt, wordt bewaard. De beheerder kan dit verhelpen door het te starten; daarna gaat alles vanzelf verder.",
}
"""What each fault means, in words for whoever is at the desk."""

FOR_EVERYBODY: Final = frozenset({CLOCK, WORKER})
"""What managers see too; the rest is for head office."""

_PROCESS: Final = f"{socket.gethostname()}:{os.getpid()}"
_FRESH: Final = timedelta(minutes=3)
_KEPT: Final = timedelta(days=1)


class Fault(msgspec.Struct, frozen=True):
    """A fault that stands: of which process (machine and number), since when, and what it says of it."""

    name: str
    process: str
    since: datetime
    detail: str


async def report(session: AsyncSession, name: str, detail: str) -> None:
    """Say that a fault of this process stands, or still stands; rows of processes that died long ago go."""
    # clock_timestamp() and not now(): that is when the transaction began.
    at = func.clock_timestamp()
    await session.execute(delete(ServiceFault).where(ServiceFault.seen_at < at - _KEPT))
    row = insert(ServiceFault).values(name=name, process=_PROCESS, since=at, seen_at=at, detail=detail)
    again = row.on_conflict_do_update(index_elements=["name", "process"], set_={"seen_at": at, "detail": detail})
    await session.execute(again)


async def clear(session: AsyncSession, name: str) -> None:
    """Say that a fault of this process is over."""
    await session.execute(delete(ServiceFault).where(ServiceFault.name == name, ServiceFault.process == _PROCESS))


async def end(session: AsyncSession, name: str) -> None:
    """Say that a fault is over, whichever processes said that it stands."""
    await session.execute(delete(ServiceFault).where(ServiceFault.name == name))


async def standing(session: AsyncSession) -> Sequence[Fault]:
    """Return the faults that stand now, the oldest first; what a newer version says of itself, and this one has no words for, is left out."""
    fresh = select(ServiceFault).where(ServiceFault.seen_at > func.clock_timestamp() - _FRESH, ServiceFault.name.in_(SENTENCES))
    rows = await session.scalars(fresh.order_by(ServiceFault.since))
    return [Fault(row.name, row.process, row.since, row.detail) for row in rows]
