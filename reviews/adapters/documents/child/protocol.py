"""The messages between the process that has documents to read and its readers: the one module of this folder that both import.

An order lies in a file in memory: its length, the order, then the files one after the other. The answer begins with the
reader's process number and the walls that stand around it, both written before the document is touched.
"""

import enum
import os

import msgspec

from reviews.proofs.reading import ReadingLimits

PID_BYTES = LENGTH_BYTES = 8
WALLS_BYTES = 1
HEAD_BYTES = PID_BYTES + WALLS_BYTES
"""What a reader writes before it looks at its document."""


class Wall(enum.IntFlag):
    """What stands between a reader that its document has taken over and the rest of the machine; several may stand at once."""

    CALLS = 1
    """System calls that are not on the list of a reader are refused."""
    LANDLOCK = 2
    """No file can be opened, by the kernel's Landlock."""
    EMPTY_ROOT = 4
    """No file can be opened, because the reader's file system has none."""
    OWN_USER = 8
    """The reader is a user of its own and opens only what everybody may."""
    NETWORK = 16
    """The reader has a network of its own with nothing in it."""


FILES = Wall.LANDLOCK | Wall.EMPTY_ROOT | Wall.OWN_USER
"""The wall around the files, by any of these."""


def missing(standing: Wall) -> tuple[str, ...]:
    """Return the names of the walls that must stand and do not: `calls`, `files`."""
    needed = {"calls": Wall.CALLS, "files": FILES}
    return tuple(name for name, ways in needed.items() if not standing & ways)


class FilePart(msgspec.Struct, frozen=True):
    """One file of a document."""

    media_type: str
    size: int


class ReadingOrder(msgspec.Struct, frozen=True):
    """What is asked of a reader: the files in the order of their pages, and published mail keys by their names in the DNS.

    `without_walls` is the administrator's word that it may read although a wall is missing.
    """

    parts: tuple[FilePart, ...]
    keys: dict[str, bytes]
    limits: ReadingLimits
    with_pictures: bool
    without_walls: bool = False


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a pipe takes no more than there is room for."""
    # A view: slicing bytes would copy the rest at every step.
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
