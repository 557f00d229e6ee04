"""Read .xlsx files by the values that were saved in them, never by their formulas, and never beyond what they may unpack to."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import IO, Any, BinaryIO, Final

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from reviews.adapters.sheets import number_formats
from reviews.adapters.sheets.file_kinds import refusal_of
from reviews.adapters.sheets.limits import Lent, SheetLimits, check_width, short, trimmed
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets.header import LOOKED_AT, is_header
from reviews.invitations.intake.sheets.messages import refusal
from reviews.invitations.intake.sheets.values import Cell, SheetRow, Unread

_PIECE: Final = 1 << 17
"""Bytes that are searched at a time: a search holds up all other threads."""
_WIDE: Final = (b"\xfe\xff", b"\xff\xfe", b"<\0", b"\0<")
"""How a part begins that is in UTF-16: no program for sheets writes it, and tags could hide in it."""
_CELL, _TEXT, _FORMULA = (re.compile(rb"<(?:\w+:)?" + name + rb"[\s/>]") for name in (b"c", b"si", b"f"))
_LONGEST_TAG: Final = 64
_TAGS_OF_A_CELL: Final = 7
"""The tags of a cell or a text, and its share of those of its row."""
_LAST_EXCEL_ROW: Final = 1_048_576
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,
    EOFError,
    OSError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RuntimeError,
)
"""What zipfile, the XML parser and openpyxl raise at a broken file: they have no single root for that."""


class ExcelSheet:
    """A sheet of an .xlsx file: the first that is shown and has column names that we know, or else the first that is shown."""

    def __init__(self, file: BinaryIO, limits: SheetLimits) -> None:
        self._file, self._limits = file, limits
        self._place: int | None = None
        try:
            with zipfile.ZipFile(file) as archive:
                self._look_into(archive)
        except _BROKEN:
            raise refusal("not_a_spreadsheet") from None

    def _look_into(self, archive: zipfile.ZipFile) -> None:
        """Refuse what unpacks too large: a part is never read beyond the size that the archive states. Find out whether formulas are used."""
        parts = archive.infolist()
        # The stated sizes are enough: zipfile never reads beyond them.
        if sum(part.file_size for part in parts) > self._limits.unpacked_megabytes * 1_000_000:
            raise refusal("unpacks_too_large", unpacked=self._limits.unpacked_megabytes)
        if "xl/workbook.xml" not in archive.namelist():
            raise refusal_of(archive)
        # All parts, since the archive itself says which of them holds the texts.
        found = [_formulas_in(archive, part, self._limits) for part in parts]
        # The sheet is read a second time only where it has formulas: that doubles the time.
        self._formulas = any(found)
        # Likewise the formats of cells, only where one shows noughts or letters that its number does not hold.
        self._formats = "xl/styles.xml" in archive.namelist() and number_formats.shows_more(archive.read("xl/styles.xml"))

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows that are not empty; a formula counts by its saved value, and as unread where none was saved."""
        try:
            yield from self._rows()
        except InvalidError:
            raise
        except _BROKEN:
            raise refusal("not_a_spreadsheet") from None

    def _rows(self) -> Iterator[SheetRow]:
        values = self._lines(data_only=True)
        # openpyxl gives either the values or the formulas of a workbook, so both are read side by side.
        formulas = self._lines(data_only=False) if self._formulas else iter(())
        count = 0
        for line, (row, written) in enumerate(zip_longest(values, formulas), start=1):
            if all(cells is None or cells.count(None) == len(cells) for cells in (row, written)):
                continue
            cells = trimmed(_cells(row or (), written or ()))
            check_width(cells, count, self._limits)
            count += 1
            if count > self._limits.rows + 1:
                raise refusal("too_many_rows", rows=self._limits.rows)
            yield SheetRow(line, tuple(short(cell, self._limits.cell) for cell in cells))

    def _lines(self, *, data_only: bool) -> Iterator[Sequence[Any]]:
        with warnings.catch_warnings():  # openpyxl warns of styles and extensions, which we do not read
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BufferedReader(Lent(self._file)), read_only=True, data_only=data_only, keep_links=False)
        try:
            if not book.worksheets:
                raise refusal("not_a_spreadsheet")
            # Once: read by formulas, the names of columns may differ.
            self._place = _chosen(book.worksheets, self._limits) if self._place is None else self._place
            sheet = book.worksheets[self._place]
            if data_only and self._formats:
                yield from ([_as_shown(cell) for cell in row] for row in _rows_of(sheet, self._limits, values_only=False))
            else:
                yield from _rows_of(sheet, self._limits, values_only=True)
        finally:
            book.close()


def _rows_of(sheet: Any, limits: SheetLimits, *, values_only: bool, most: int = _LAST_EXCEL_ROW) -> Iterator[Any]:
    # Bounds of our own: a sheet may claim any size, and openpyxl would fill in the empty cells.
    yield from sheet.iter_rows(max_row=most, max_col=limits.columns + 1, values_only=values_only)


def _chosen(sheets: list[Any], limits: SheetLimits) -> int:
    """Return the place of the sheet that is read: a hidden one is none that its owner sees, and a cover sheet has no column names."""
    shown = [place for place, sheet in enumerate(sheets) if sheet.sheet_state == "visible"] or [0]
    named = (place for place in shown if any(is_header(row) for row in _rows_of(sheets[place], limits, values_only=True, most=LOOKED_AT)))
    return next(named, shown[0])


def _as_shown(cell: Any) -> Any:
    return number_formats.as_shown(cell.value, cell.number_format) or cell.value if cell.data_type == "n" and cell.value is not None else cell.value


def _formulas_in(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: SheetLimits) -> bool:
    """Whether a part holds formulas; refuse one that is too full, or in an encoding in which tags could hide.

    A file of 60 kB can hold millions of empty cells or texts, each of which costs openpyxl some microseconds and some hundred bytes.
    """
    tags = cells = texts = formulas = 0
    with archive.open(part) as opened:
        if opened.read(2) in _WIDE:
            raise refusal("not_a_spreadsheet")
        opened.seek(0)
        for piece in _between_tags(opened):
            tags += piece.count(b"<")
            cells += len(_CELL.findall(piece))
            texts += len(_TEXT.findall(piece))
            formulas += len(_FORMULA.findall(piece))
            if max(cells, texts, tags // _TAGS_OF_A_CELL) > limits.cells:
                raise refusal("sheet_too_full", cells=limits.cells)
    return formulas > 0


def _between_tags(opened: IO[bytes]) -> Iterator[bytes]:
    """Yield pieces that cut no short tag in two."""
    tail = b""
    while piece := opened.read(_PIECE):
        text = tail + piece
        cut = text.rfind(b"<", -_LONGEST_TAG)
        whole, tail = (text, b"") if cut < 0 else (text[:cut], text[cut:])
        yield whole
    yield tail


def _cells(values: Sequence[Any], written: Sequence[Any]) -> list[Cell]:
    """Return the values of a row; a cell with content but without a value is a formula whose value was never saved."""
    return [
        Unread.FORMULA if value is None and formula is not None else value for value, formula in zip_longest(values, written[: len(values) or None])
    ]
