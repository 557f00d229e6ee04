"""What both readers of spreadsheets share: limits on size, a file that its reader cannot close, and cells within bounds."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from reviews.invitations.intake.sheets.header import LOOKED_AT, is_header
from reviews.invitations.intake.sheets.messages import refusal
from reviews.invitations.intake.sheets.values import Cell, Unread
from reviews.settings import Settings


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How large a spreadsheet may be: bytes of the file and of what it unpacks to, columns, rows, cells (empty ones too), characters in a cell."""

    megabytes: int = 50
    unpacked_megabytes: int = 100
    columns: int = 100
    rows: int = 200_000
    cells: int = 1_000_000
    cell: int = 2_000

    @classmethod
    def of(cls, settings: Settings) -> "SheetLimits":
        """Return the limits that the administrator set."""
        return cls(
            megabytes=settings.import_max_mb,
            unpacked_megabytes=settings.import_unpacked_mb,
            columns=settings.import_max_columns,
            rows=settings.import_max_rows,
            cells=settings.import_max_cells,
            cell=settings.import_max_cell,
        )


class Lent(io.RawIOBase):
    """Gives a reader that would close its file a view of it, with a position of its own."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._place = file, 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it has a place that can be moved."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place and return it."""
        if whence == io.SEEK_CUR:
            offset, whence = offset + self._place, io.SEEK_SET
        self._place = self._file.seek(offset, whence)
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from here and return how much there was."""
        # Two readers may use one file in turns.
        self._file.seek(self._place)
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


def trimmed(cells: Iterable[Any]) -> list[Any]:
    """Return cells without the empty ones at the end."""
    kept = list(cells)
    while kept and kept[-1] in {None, ""}:
        kept.pop()
    return kept


def short(cell: Cell, most: int) -> Cell:
    """Return a cell, or that it is too long."""
    return Unread.TOO_LONG if isinstance(cell, str) and len(cell) > most else cell


def check_width(cells: Iterable[Any], count: int, limits: SheetLimits) -> None:
    """Raise InvalidError when the line of column names, the first one or one after a title, is wider than allowed."""
    wide = trimmed(cells)
    if len(wide) > limits.columns and (count == 0 or (count < LOOKED_AT and is_header(wide))):
        raise refusal("too_many_columns", columns=limits.columns)
