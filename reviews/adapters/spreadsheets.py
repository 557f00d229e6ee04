"""Read spreadsheets as lines of cells: CSV in the encodings that Excel writes, and .xlsx by its values, never by its formulas.

What a file is, is told by how it begins, not by its name. Nothing is held in memory but a line at a time (and the texts of an .xlsx file).
"""

import codecs
import csv
import io
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, BinaryIO, Final

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from reviews.errors import InvalidError
from reviews.invitations.cells import Cell, Row, Unread
from reviews.invitations.importing import Opener, Sheet
from reviews.invitations.remarks import refusal
from reviews.settings import Settings

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS: Final = ";,\t"
_PIECE: Final = 1 << 20
_LONGEST_RECORD: Final = 20
"""Lines of text that one line of cells may take: what goes on longer is a quote that was never closed."""

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
"""What zipfile, the XML parser and openpyxl raise over a file that is not what it says."""


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How large a spreadsheet may be: bytes of the file and of what it unpacks to, columns, lines, characters in a cell."""

    megabytes: int = 50
    unpacked_megabytes: int = 300
    columns: int = 100
    rows: int = 200_000
    cell: int = 2_000

    @classmethod
    def of(cls, settings: Settings) -> "SheetLimits":
        """Return the limits that the administrator set."""
        return cls(
            megabytes=settings.import_max_mb,
            unpacked_megabytes=settings.import_unpacked_mb,
            columns=settings.import_max_columns,
            rows=settings.import_max_rows,
            cell=settings.import_max_cell,
        )


def opener(limits: SheetLimits) -> Opener:
    """Return what opens files within these limits."""
    return partial(open_sheet, limits=limits)


def open_sheet(file: BinaryIO, limits: SheetLimits) -> Sheet:
    """Return the lines of a file that can be read from any place; raise InvalidError for one that is too large or no spreadsheet.

    Its size is looked at before anything is read.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limits.megabytes * 1_000_000:
        raise refusal("too_large", megabytes=limits.megabytes)
    if not size:
        raise refusal("empty_file")
    begin = file.read(4)
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        raise refusal("old_excel")
    if begin.startswith(b"PK\x03\x04"):
        return ExcelSheet(file, limits)
    return TextSheet(file, limits)


class _Lent(io.RawIOBase):
    """Lends a file, with a place in it of its own, to a reader that would close it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._place = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset, whence = offset + self._place, io.SEEK_SET
        self._place = self._file.seek(offset, whence)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._place)
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


class TextSheet:
    """A CSV file: separator and encoding are found out, quotes are those of RFC 4180."""

    def __init__(self, file: BinaryIO, limits: SheetLimits) -> None:
        self._file, self._limits = file, limits
        self._encoding = _encoding_of(file)

    def rows(self) -> Iterator[Row]:
        """Yield the lines; one that can't be read is told by its fault, and the next one is read all the same."""
        self._file.seek(0)
        text = io.TextIOWrapper(io.BufferedReader(_Lent(self._file)), encoding=self._encoding, errors="strict", newline="")
        physical = _Physical(text, self._limits.cell * self._limits.columns)
        separator = self._separator(physical)
        for count, (line, cells, fault) in enumerate(_records(physical, separator)):
            yield self._row(line, cells, fault, count)

    def _separator(self, physical: "_Physical") -> str:
        """Return the separator: the one that Excel's first line names (`sep=;`), or the most frequent one of the first line with text."""
        first = physical.next()
        while first is not None and not first[1].strip():
            first = physical.next()
        if first is None:
            return ";"
        if first[1].lower().startswith("sep=") and len(first[1].strip("\r\n")) == 5:
            return first[1][4]
        physical.back([first])
        bare = "".join(first[1].split('"')[::2])
        return max(_SEPARATORS, key=bare.count)

    def _row(self, line: int, cells: list[str], fault: str, count: int) -> Row:
        if count > self._limits.rows:
            raise refusal("too_many_rows", rows=self._limits.rows)
        if count == 0 and len(_trimmed(cells)) > self._limits.columns:
            raise refusal("too_many_columns", columns=self._limits.columns)
        return Row(line, tuple(_short(cell, self._limits.cell) for cell in cells), fault)


class _Physical:
    """The lines of a text with their numbers; lines can be put back. One longer than `most` is cut off and comes as an empty fault."""

    def __init__(self, text: io.TextIOWrapper, most: int) -> None:
        self._text, self._most, self._number = text, most, 0
        self._ahead: deque[tuple[int, str, bool]] = deque()

    def next(self) -> tuple[int, str, bool] | None:
        """Return number, text, and whether it is whole; None at the end."""
        if self._ahead:
            return self._ahead.popleft()
        text = self._text.readline(self._most)
        if not text:
            return None
        self._number += 1
        whole = len(text) < self._most or text.endswith(("\n", "\r"))
        rest = text
        while rest and not rest.endswith(("\n", "\r")) and not (whole and rest is text):
            rest = self._text.readline(self._most)
        return self._number, text if whole else "", whole

    def back(self, taken: list[tuple[int, str, bool]]) -> None:
        """Put lines back, in their order."""
        self._ahead.extendleft(reversed(taken))


def _records(physical: _Physical, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield the number of the first line, the cells, and a fault. A quote that is never closed costs its own line, not the rest of the file."""
    while (taken := physical.next()) is not None:
        number, text, whole = taken
        if not whole:
            yield number, [], "line_too_long"
        elif '"' not in text:
            yield number, text.rstrip("\r\n").split(separator), ""
        else:
            cells = _quoted(physical, taken, separator)
            yield number, cells or [text.rstrip("\r\n")], "" if cells else "bad_quotes"


def _quoted(physical: _Physical, first: tuple[int, str, bool], separator: str) -> list[str]:
    """Return the cells of a record with quotes, which may go on over more lines; nothing, and those lines put back, when it never ends."""
    taken: list[tuple[int, str, bool]] = []

    def feed() -> Iterator[str]:
        yield first[1]
        while len(taken) < _LONGEST_RECORD and (more := physical.next()) is not None:
            taken.append(more)
            yield more[1]

    try:
        return next(csv.reader(feed(), delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        physical.back(taken)
        return []


def _encoding_of(file: BinaryIO) -> str:
    """Return the encoding of a file: that of its mark, UTF-8 where all of it is that, Windows-1252 otherwise; raise InvalidError for neither."""
    file.seek(0)
    begin = file.read(4)
    for mark, name in _BOMS:
        if begin.startswith(mark):
            return _checked(file, name)
    try:
        return _checked(file, "utf-8")
    except InvalidError:
        return _checked(file, "cp1252")


def _checked(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            if "\0" in decoder.decode(piece):
                raise refusal("wrong_encoding")
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise refusal("wrong_encoding") from None
    return encoding


class ExcelSheet:
    """The first sheet of an .xlsx file."""

    def __init__(self, file: BinaryIO, limits: SheetLimits) -> None:
        self._file, self._limits = file, limits
        try:
            with zipfile.ZipFile(file) as archive:
                self._look_into(archive)
        except _BROKEN:
            raise refusal("not_a_spreadsheet") from None

    def _look_into(self, archive: zipfile.ZipFile) -> None:
        """Refuse what unpacks too large: a part is never read beyond the size that the archive states. Find out whether formulas are used."""
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > self._limits.unpacked_megabytes * 1_000_000:
            raise refusal("unpacks_too_large", unpacked=self._limits.unpacked_megabytes)
        if "xl/workbook.xml" not in archive.namelist():
            raise refusal("not_a_spreadsheet")
        self._formulas = any(_holds(archive, part, b"<f") for part in parts if part.filename.startswith("xl/worksheets/"))

    def rows(self) -> Iterator[Row]:
        """Yield the lines; a formula is its value as it was saved, and unread where none was saved."""
        try:
            yield from self._rows()
        except InvalidError:
            raise
        except _BROKEN:
            raise refusal("not_a_spreadsheet") from None

    def _rows(self) -> Iterator[Row]:
        values = self._lines(data_only=True)
        formulas = self._lines(data_only=False) if self._formulas else iter(())
        count = 0
        for line, (row, written) in enumerate(zip_longest(values, formulas), start=1):
            cells = _trimmed(_cells(row or (), written or ()))
            if count == 0 and len(cells) > self._limits.columns:
                raise refusal("too_many_columns", columns=self._limits.columns)
            count += bool(cells)
            if count > self._limits.rows + 1:
                raise refusal("too_many_rows", rows=self._limits.rows)
            yield Row(line, tuple(_short(cell, self._limits.cell) for cell in cells))

    def _lines(self, *, data_only: bool) -> Iterator[tuple[Any, ...]]:
        with warnings.catch_warnings():  # openpyxl warns of styles and extensions, which we do not read
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BufferedReader(_Lent(self._file)), read_only=True, data_only=data_only, keep_links=False)
        try:
            if not book.worksheets:
                raise refusal("not_a_spreadsheet")
            yield from book.worksheets[0].iter_rows(max_row=_LAST_EXCEL_ROW, max_col=self._limits.columns + 1, values_only=True)
        finally:
            book.close()


def _holds(archive: zipfile.ZipFile, part: zipfile.ZipInfo, what: bytes) -> bool:
    """Whether a part holds these bytes."""
    tail = b""
    with archive.open(part) as opened:
        while piece := opened.read(_PIECE):
            if what in tail + piece:
                return True
            tail = piece[1 - len(what) :]
    return False


def _cells(values: tuple[Any, ...], written: tuple[Any, ...]) -> list[Cell]:
    """Return the values of a line; where there is none but something was written, that is a formula whose value nobody saved."""
    return [
        Unread.FORMULA if value is None and formula is not None else value for value, formula in zip_longest(values, written[: len(values) or None])
    ]


def _trimmed(cells: Any) -> list[Any]:
    """Return cells without the empty ones at the end."""
    kept = list(cells)
    while kept and kept[-1] in {None, ""}:
        kept.pop()
    return kept


def _short(cell: Cell, most: int) -> Cell:
    return Unread.TOO_LONG if isinstance(cell, str) and len(cell) > most else cell
