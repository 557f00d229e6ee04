"""The messages between the process that has documents to read and its readers: the one module of this folder that both import.

An order lies in a file in memory: its length, the order, then the files one after the other. The answer begins with the reader's process number.
"""

import os

import msgspec

from reviews.proofs.inspection import ReadingLimits

PID_BYTES = LENGTH_BYTES = 8


class FilePart(msgspec.Struct, frozen=True):
    """One file of a document."""

    media_type: str
    size: int


class ReadingOrder(msgspec.Struct, frozen=True):
    """What is asked of a reader: the files in the order of their pages, and published mail keys by their names in the DNS."""

    parts: tuple[FilePart, ...]
    keys: dict[str, bytes]
    limits: ReadingLimits
    with_pictures: bool


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a pipe takes no more than there is room for."""
    # A view: slicing bytes would copy the rest at every step.
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
