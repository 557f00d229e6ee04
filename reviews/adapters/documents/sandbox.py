"""Have documents read by child processes: bounded, without network, used once, since a document may take its reader over.

Decoding a hostile document costs as much as its author wants (a 103 kB PDF: 13.6 s), and decoders have security holes. So one document has
one child, forked from a server that is warm (10 ms instead of 160), killed with its whole process group when its time is up. What comes back
is a message of bounded size that must fit the schema of a Reading.

Most documents have a text layer, so they go to a light child first. If it finds a page without text it answers so, and the document goes to a
child that has the recognition models.

A reader without the walls that must stand around it (`child.confinement`) reads nothing, unless the administrator says so.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from reviews.adapters.documents import answer_checks, walls
from reviews.adapters.documents.child.protocol import WALLS_BYTES, FilePart, ReadingOrder, Wall
from reviews.adapters.documents.fork_server import QUIET_SECONDS, READERS, RECOGNISERS, START_SECONDS, ForkServer
from reviews.errors import ReaderUnavailableError
from reviews.proofs.reading import NEEDS_RECOGNITION, READER_DIED, TOO_SLOW, Reading, ReadingLimits
from reviews.settings import Settings

_TRIAL_BYTES: Final = 100_000
"""What a reader may answer to an order without a document; it answers far less."""


class _Readers:
    """Readers of one kind: their server, how many may be at work at once, and since when they fail."""

    def __init__(self, module: str, children: int, quiet: float, patience: float, *, without_walls: bool) -> None:
        self.fork_server = ForkServer(module, quiet=quiet, patience=patience)
        self._patience, self._without_walls = patience, without_walls
        # From the beginning, so that the first document waits for no start; later when one asks for readers that were given back.
        self.are_wanted = True
        # Per kind: a child with models takes up to a gigabyte, one without far less.
        self._places = threading.BoundedSemaphore(children)
        self._starting = False
        self._failing_since: float | None = None

    @property
    def is_ready(self) -> bool:
        """Whether they are loaded, and the last of them that was asked came as far as its document."""
        return self.fork_server.is_ready and not self._starting and self._failing_since is None

    @property
    def are_missing(self) -> bool:
        """Whether they are not ready and somebody wants them, or has asked in vain."""
        return (self.are_wanted or self._failing_since is not None) and not self.is_ready

    @property
    def failing_for(self) -> timedelta:
        """How long they have failed without a success in between; zero while they are started, for that start may end well."""
        since = self._failing_since
        return timedelta() if since is None or self._starting else timedelta(seconds=time.monotonic() - since)

    def start(self, trial: bytes) -> None:
        """Load them, and have one of them carry out an order without a document; raise WallsMissingError where no reader may read."""
        self._starting = True
        try:
            with self._noting():
                if not self._without_walls:
                    walls.must_stand(walls.standing())
                self.fork_server.start()
                # A server may start well while each of its children fails, for want of memory for one.
                if not self._hear(trial, [], self._patience, _TRIAL_BYTES)[1]:
                    raise ReaderUnavailableError("the readers of documents start and do not answer; `reviews doctor` says more")
        finally:
            self._starting = False

    def ask(self, order: bytes, files: list[bytes], *, seconds: float, most: int) -> tuple[bytes, bool]:
        """Return what a reader answers to an order, and whether it came in time; see `ForkServer.ask`."""
        with self._noting():
            return self._hear(order, files, seconds, most)

    def _hear(self, order: bytes, files: list[bytes], seconds: float, most: int) -> tuple[bytes, bool]:
        with self._places:
            heard, in_time = self.fork_server.ask(order, files, seconds=seconds, most=most)
        # Written before the document was touched, so no document can say this of its reader.
        if in_time and not self._without_walls:
            walls.must_stand(Wall(heard[0]))
        return heard[WALLS_BYTES:], in_time

    @contextlib.contextmanager
    def _noting(self) -> Generator[None]:
        """Remember since when they fail; a success ends it."""
        worked = False
        try:
            yield
            worked = True
        finally:
            self._failing_since = None if worked else (self._failing_since or time.monotonic())


class Sandbox:
    """Readers in child processes; at most `children` of each of the two kinds at once, so that no text waits behind a photo.

    `without_walls` is the administrator's word that documents are read although a wall is missing (`REVIEWS_READING_WITHOUT_WALLS`). The
    servers are given back when nothing was read for `quiet` seconds.

    A document starts the readers that it needs and waits for them. Where they are started `ahead`, one whose readers are not ready raises
    ReaderUnavailableError instead, so that nothing else waits behind it. A start that makes no progress for `patience` seconds is given up.
    """

    def __init__(
        self,
        limits: ReadingLimits | None = None,
        *,
        children: int = 2,
        with_pictures: bool = True,
        without_walls: bool = False,
        ahead: bool = False,
        quiet: float = QUIET_SECONDS,
        patience: float = START_SECONDS,
    ) -> None:
        self._limits = limits or ReadingLimits()
        self._without_walls = without_walls
        self._with_pictures, self._ahead = with_pictures, ahead
        self._readers = _Readers(READERS, children, quiet, patience, without_walls=without_walls)
        self._recognisers = _Readers(RECOGNISERS, children, quiet, patience, without_walls=without_walls)

    @property
    def server_pids(self) -> tuple[int, ...]:
        """The processes that fork the readers, as far as they have been started."""
        return tuple(pid for readers in (self._readers, self._recognisers) if (pid := readers.fork_server.pid) is not None)

    def is_ready(self, *, recognition: bool) -> bool:
        """Whether readers of text, or with `recognition` those of pictures, are loaded, or are loaded when they are needed; never waits."""
        readers = self._of(recognition=recognition)
        there = not self._ahead or readers.is_ready
        # Who asks has something to read.
        readers.are_wanted = readers.are_wanted or not there
        return there

    def is_missing(self, *, recognition: bool) -> bool:
        """Whether readers that somebody wants do not read; those that were given back are wanted by nobody until somebody asks."""
        return self._ahead and self._of(recognition=recognition).are_missing

    def failing_for(self, *, recognition: bool) -> timedelta:
        """How long readers are known to fail, without a success in between; zero for those at rest, and while they are being loaded."""
        return self._of(recognition=recognition).failing_for

    def warm_up(self, *, recognition: bool) -> None:
        """Load one kind of readers, however long that takes; raise ReaderUnavailableError when they do not start or do not come to read."""
        readers = self._of(recognition=recognition)
        readers.start(self._order([], {}))
        readers.are_wanted = False

    def _of(self, *, recognition: bool) -> _Readers:
        return self._recognisers if recognition else self._readers

    def start(self, *, recognition: bool = True) -> None:
        """Load the readers now instead of at the first document; takes a second, with recognition five.

        Raises ReaderUnavailableError when they do not start, or, as WallsMissingError, must not.
        """
        trial = self._order([], {})
        self._readers.start(trial)
        if recognition:
            self._recognisers.start(trial)

    def close(self) -> None:
        """Stop the servers for good; readers that are still at work die with them, and who waits for one gets ReaderUnavailableError."""
        self._readers.fork_server.close()
        self._recognisers.fork_server.close()

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        """Return what a document is and says; a document that can't be read, or kills its reader, gives a Reading with a failure.

        `parts` are the document's files in the order of their pages, each with its media type; `keys` are published mail keys by their names
        in the DNS, for a reader has no network to look them up. Raises ReaderUnavailableError when nothing can be read now, whatever the
        document is; WallsMissingError is one of these.
        """
        return await asyncio.to_thread(self.read_now, parts, keys=keys)

    def read_now(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        """Do the same and wait for it; for the command line."""
        media_type = parts[0][1] if parts else ""
        # Before the order: a file that is too large is not even copied.
        if sum(len(data) for data, _ in parts) > self._limits.megabytes * 1_000_000:
            return Reading(failure="oversized", media_type=media_type)
        order = self._order(parts, keys or {})
        # A picture has no text layer: the light reader could only send it on.
        if any(kind.startswith("image/") for _, kind in parts):
            return self._ask(self._recognisers, order, parts)
        reading = self._ask(self._readers, order, parts)
        return reading if reading.failure != NEEDS_RECOGNITION else self._ask(self._recognisers, order, parts)

    def _order(self, parts: Sequence[tuple[bytes, str]], keys: Mapping[str, bytes]) -> bytes:
        sizes = tuple(FilePart(kind, len(data)) for data, kind in parts)
        return msgspec.msgpack.encode(ReadingOrder(sizes, dict(keys), self._limits, self._with_pictures, self._without_walls))

    def _ask(self, readers: _Readers, order: bytes, parts: Sequence[tuple[bytes, str]]) -> Reading:
        files, media_type = [data for data, _ in parts], parts[0][1] if parts else ""
        try:
            heard, in_time = self._hear(readers, order, files)
        except ReaderUnavailableError as problem:
            problem.recognition = readers is self._recognisers
            raise
        if not in_time:
            return Reading(failure=TOO_SLOW, media_type=media_type)
        return answer_checks.reading_in(heard, parts, self._limits) or Reading(failure=READER_DIED, media_type=media_type)

    def _hear(self, readers: _Readers, order: bytes, files: list[bytes]) -> tuple[bytes, bool]:
        if not self.is_ready(recognition=readers is self._recognisers):
            raise ReaderUnavailableError("the readers of documents are not ready")
        return readers.ask(order, files, seconds=self._limits.seconds, most=self._limits.answer_megabytes * 1_000_000)


def open_sandbox(settings: Settings, *, ahead: bool) -> Sandbox:
    """Return the sandbox of the background process, within the limits of the settings."""
    limits = ReadingLimits(
        megabytes=max(settings.upload_max_mb, settings.inbound_max_mb),
        pages=settings.proof_max_pages,
        megapixels=settings.proof_max_megapixels,
        seconds=settings.reading_seconds,
        memory_megabytes=settings.reading_memory_mb,
    )
    return Sandbox(
        limits,
        without_walls=settings.reading_without_walls,
        ahead=ahead,
        quiet=settings.reading_quiet_seconds,
        patience=settings.reader_start_seconds,
    )
