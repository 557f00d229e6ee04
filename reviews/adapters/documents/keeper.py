"""Keep the readers of documents loaded: start them with the process, and anew when a document wants them, beside all other work.

Nobody waits for a start, which takes minutes on a busy machine: texts are read while the models for pictures are still loading. What does not
start is told to the administrator, by the log and as a fault, and tried again for ever.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import faults
from reviews.errors import ReaderUnavailableError

log: Final = structlog.get_logger("reviews.readers")

_REPORT_EVERY: Final = 60.0
"""Seconds after which a fault is said again, well within those after which it counts as over (`reviews.database.faults`)."""


class Readers(Protocol):
    """What reads documents in isolation; see `reviews.adapters.documents.sandbox`."""

    def is_missing(self, *, recognition: bool) -> bool:
        """Whether readers of text, or with `recognition` those of pictures, are wanted and not loaded."""
        ...

    def warm_up(self, *, recognition: bool) -> None:
        """Load one kind of readers; raise ReaderUnavailableError when they do not start."""
        ...


@dataclass(slots=True)
class _Kind:
    """One kind of readers: the fault by which its absence is known, the start under way, why the last one failed, when that was last said."""

    name: str
    recognition: bool
    starting: asyncio.Task[None] | None = None
    failure: str = ""
    said_at: float | None = None


class ReaderKeeper:
    """Looks after both kinds of readers of one process."""

    def __init__(self, readers: Readers, maker: async_sessionmaker[AsyncSession]) -> None:
        self._readers, self._maker = readers, maker
        self._kinds = (_Kind(faults.READERS, recognition=False), _Kind(faults.RECOGNISERS, recognition=True))

    async def look(self) -> int:
        """Begin the starts that are needed, and say what is wrong or mended; always 0, because nothing needs a second look at once."""
        for kind in self._kinds:
            if not self._readers.is_missing(recognition=kind.recognition):
                await self._note_ready(kind)
                continue
            if kind.failure:
                await self._note_failure(kind)
            if kind.starting is None or kind.starting.done():
                kind.starting = asyncio.create_task(self._start(kind))
        return 0

    async def close(self) -> None:
        """Wait for the starts under way; the readers are closed before, so that these end."""
        for kind in self._kinds:
            if kind.starting is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await kind.starting

    async def _start(self, kind: _Kind) -> None:
        try:
            await asyncio.to_thread(self._readers.warm_up, recognition=kind.recognition)
        except (ReaderUnavailableError, OSError) as problem:
            kind.failure = str(problem)

    async def _note_ready(self, kind: _Kind) -> None:
        if kind.said_at is not None:
            async with self._maker.begin() as session:
                await faults.clear(session, kind.name)
            log.info("readers_ready", kind=kind.name)
        kind.failure, kind.said_at = "", None

    async def _note_failure(self, kind: _Kind) -> None:
        if kind.said_at is None:
            log.error("readers_do_not_start", kind=kind.name, said=kind.failure)
        elif time.monotonic() - kind.said_at < _REPORT_EVERY:
            return
        async with self._maker.begin() as session:
            await faults.report(session, kind.name, kind.failure)
        kind.said_at = time.monotonic()
