"""Keep the readers of documents loaded: start them with the process, and anew when a document wants them, beside all other work.

Nobody waits for a start, which takes minutes on a busy machine: texts are read while the models for pictures are still loading. What does not
start is told to the administrator, by the log and as a fault, and tried again for ever, after pauses that grow.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import faults
from reviews.errors import ReaderUnavailableError

log: Final = structlog.get_logger("reviews.readers")

_REPORT_EVERY: Final = 60.0
"""Seconds after which a fault is said again, well within those after which it counts as over (`reviews.database.faults`)."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
"""Seconds after a start that failed; each further one doubles them, because a start costs a core and the cause is mostly one for people."""


class Readers(Protocol):
    """What reads documents in isolation; see `reviews.adapters.documents.sandbox`."""

    def is_missing(self, *, recognition: bool) -> bool:
        """Whether readers of text, or with `recognition` those of pictures, are wanted and do not read."""
        ...

    def warm_up(self, *, recognition: bool) -> None:
        """Load one kind of readers; raise ReaderUnavailableError when they do not start."""
        ...


@dataclass(slots=True)
class _Kind:
    """One kind of readers: the fault by which its absence is known, the start under way, why the last one failed, when that was last said.

    The next start is not before `due_at`; `pause` is what it waits.
    """

    name: str
    recognition: bool
    starting: asyncio.Task[None] | None = None
    failure: BaseException | None = None
    said_at: float | None = None
    due_at: float = 0
    pause: float = _FIRST_PAUSE


class ReaderKeeper:
    """Looks after both kinds of readers of one process; `seconds` is the clock by which it pauses."""

    def __init__(self, readers: Readers, maker: async_sessionmaker[AsyncSession], seconds: Callable[[], float] = time.monotonic) -> None:
        self._readers, self._maker, self._seconds = readers, maker, seconds
        self._kinds = (_Kind(faults.READERS, recognition=False), _Kind(faults.RECOGNISERS, recognition=True))

    async def look(self) -> int:
        """Begin the starts that are needed, and say what is wrong or mended; always 0, because nothing needs a second look at once."""
        for kind in self._kinds:
            self._take_note(kind)
            if not self._readers.is_missing(recognition=kind.recognition):
                await self._note_ready(kind)
                continue
            if kind.failure:
                await self._note_failure(kind, kind.failure)
            if kind.starting is None and self._seconds() >= kind.due_at:
                kind.starting = asyncio.create_task(self._start(kind))
        return 0

    async def close(self) -> None:
        """Wait for the starts under way; the readers are closed before, so that these end."""
        if under_way := [kind.starting for kind in self._kinds if kind.starting]:
            # Whatever became of them.
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _start(self, kind: _Kind) -> None:
        try:
            await asyncio.to_thread(self._readers.warm_up, recognition=kind.recognition)
        finally:
            # From its end: a start that takes long must not be followed by the next at once.
            kind.due_at = self._seconds() + kind.pause

    def _take_note(self, kind: _Kind) -> None:
        """Take note of a start that has ended, and of what it failed by."""
        if kind.starting is None or not kind.starting.done():
            return
        # Asked of the task: no kind of failure, such as a thread that could not be started, may end the care for readers.
        failure = None if kind.starting.cancelled() else kind.starting.exception()
        kind.starting = None
        if failure:
            kind.failure, kind.pause = failure, min(2 * kind.pause, _LONGEST_PAUSE)

    async def _note_ready(self, kind: _Kind) -> None:
        if kind.said_at is not None:
            async with self._maker.begin() as session:
                await faults.clear(session, kind.name)
            log.info("readers_ready", kind=kind.name)
        kind.failure, kind.said_at, kind.due_at, kind.pause = None, None, 0, _FIRST_PAUSE

    async def _note_failure(self, kind: _Kind, failure: BaseException) -> None:
        if kind.said_at is None:
            log.error("readers_do_not_start", kind=kind.name, failure=type(failure).__name__, said=str(failure))
        elif self._seconds() - kind.said_at < _REPORT_EVERY:
            return
        async with self._maker.begin() as session:
            await faults.report(session, kind.name, _code(failure))
        kind.said_at = self._seconds()


def _code(failure: BaseException) -> str:
    """Return why readers do not start, as `reviews doctor` has words for it."""
    return failure.slug if isinstance(failure, ReaderUnavailableError) else faults.NO_ROOM
