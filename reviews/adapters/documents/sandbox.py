"""Have documents read by child processes: bounded, without network, used once, since a document may take its reader over.

Decoding a hostile document costs as much as its author wants (a 103 kB PDF: 13.6 s), and decoders have security holes. So one document has
one child, forked from a server that is warm (10 ms instead of 160), killed with its whole process group when its time is up. What comes back
is a message of bounded size that must fit the schema of a Reading.

Most documents have a text layer, so they go to a light child first. If it finds a page without text it answers so, and the document goes to a
child that has the recognition models.

A reader without the walls that must stand around it (`child.confinement`) reads nothing, unless the administrator says so.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence

import msgspec

from reviews.adapters.documents import answer_checks, walls
from reviews.adapters.documents.child.protocol import WALLS_BYTES, FilePart, ReadingOrder, Wall
from reviews.adapters.documents.fork_server import QUIET_SECONDS, READERS, RECOGNISERS, ForkServer
from reviews.proofs.reading import NEEDS_RECOGNITION, Reading, ReadingLimits

TOO_SLOW, READER_DIED = "too_slow", "reader_died"
"""Failures that say nothing certain about a document (a busy machine is slow as well): a person looks."""


class _Readers:
    """Readers of one kind: their server, and how many may be at work at once."""

    def __init__(self, module: str, children: int, quiet: float, *, without_walls: bool) -> None:
        self.fork_server = ForkServer(module, quiet=quiet)
        self._without_walls = without_walls
        # Per kind: a child with models takes up to a gigabyte, one without far less.
        self.places = threading.BoundedSemaphore(children)

    def start(self) -> None:
        """Load them; raise WallsMissingError before that where no reader may read."""
        if not self._without_walls:
            walls.must_stand(walls.standing())
        self.fork_server.start()


class Sandbox:
    """Readers in child processes; at most `children` of each of the two kinds at once, so that no text waits behind a photo.

    `without_walls` is the administrator's word that documents are read although a wall is missing (`REVIEWS_READING_WITHOUT_WALLS`). The
    servers are given back when nothing was read for `quiet` seconds.
    """

    def __init__(
        self,
        limits: ReadingLimits | None = None,
        *,
        children: int = 2,
        with_pictures: bool = True,
        without_walls: bool = False,
        quiet: float = QUIET_SECONDS,
    ) -> None:
        self._limits = limits or ReadingLimits()
        self._without_walls = without_walls
        self._with_pictures = with_pictures
        self._readers = _Readers(READERS, children, quiet, without_walls=without_walls)
        self._recognisers = _Readers(RECOGNISERS, children, quiet, without_walls=without_walls)

    @property
    def server_pids(self) -> tuple[int, ...]:
        """The processes that fork the readers, as far as they have been started."""
        return tuple(pid for readers in (self._readers, self._recognisers) if (pid := readers.fork_server.pid) is not None)

    def start(self, *, recognition: bool = True) -> None:
        """Load the readers now instead of at the first document; takes a second, with recognition five.

        Raises ReaderUnavailableError when they do not start, or, as WallsMissingError, must not.
        """
        self._readers.start()
        if recognition:
            self._recognisers.start()

    def close(self) -> None:
        """Stop the servers for good; readers that are still at work die with them, and what waits for one is answered with a failure."""
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
        sizes = tuple(FilePart(kind, len(data)) for data, kind in parts)
        order = msgspec.msgpack.encode(ReadingOrder(sizes, dict(keys or {}), self._limits, self._with_pictures, self._without_walls))
        # A picture has no text layer: the light reader could only send it on.
        if any(kind.startswith("image/") for _, kind in parts):
            return self._ask(self._recognisers, order, parts)
        reading = self._ask(self._readers, order, parts)
        return reading if reading.failure != NEEDS_RECOGNITION else self._ask(self._recognisers, order, parts)

    def _ask(self, readers: _Readers, order: bytes, parts: Sequence[tuple[bytes, str]]) -> Reading:
        files, media_type = [data for data, _ in parts], parts[0][1] if parts else ""
        with readers.places:
            heard, in_time = readers.fork_server.ask(order, files, seconds=self._limits.seconds, most=self._limits.answer_megabytes * 1_000_000)
        if not in_time:
            return Reading(failure=TOO_SLOW, media_type=media_type)
        # Written before the document was touched, so no document can say this of its reader.
        if not self._without_walls:
            walls.must_stand(Wall(heard[0]))
        return answer_checks.reading_in(heard[WALLS_BYTES:], parts, self._limits) or Reading(failure=READER_DIED, media_type=media_type)
