"""Read CSV files as programs write them: separator and encoding are detected, quotes are those of RFC 4180, and a bad row stops no other."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from reviews.adapters.sheets.limits import Lent, SheetLimits, check_width, short
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets.header import LOOKED_AT, is_header
from reviews.invitations.intake.sheets.messages import refusal
from reviews.invitations.intake.sheets.values import SheetRow

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS: Final = ";,\t|"
_PIECE: Final = 1 << 20
_LONGEST_RECORD: Final = 20
"""Lines of text that one row may take: what goes on longer is a quote that was never closed."""


class TextSheet:
    """A CSV file: separator and encoding are detected, quotes are those of RFC 4180."""

    def __init__(self, file: BinaryIO, limits: SheetLimits) -> None:
        self._file, self._limits = file, limits
        self._encoding = _encoding_of(file)

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows; one that can't be read carries the code of its fault, and the next one is read all the same."""
        self._file.seek(0)
        # strict: a replaced character would change a name unseen. newline="": the csv module sees line ends within quotes itself.
        text = io.TextIOWrapper(io.BufferedReader(Lent(self._file)), encoding=self._encoding, errors="strict", newline="")
        physical = _Physical(text, self._limits.cell * self._limits.columns)
        separator = self._separator(physical)
        for count, (line, cells, fault) in enumerate(_records(physical, separator)):
            yield self._row(line, cells, fault, count)

    def _separator(self, physical: "_Physical") -> str:
        """Return the separator: the one that Excel's first line names (`sep=;`), or the one that parts the column names.

        Where no line near the start holds names that we know, it is the most frequent one of the first line that holds any.
        """
        taken = list(islice(iter(physical.next, None), LOOKED_AT))
        while taken and taken[0][2] and not taken[0][1].strip():
            del taken[0]
        if taken and taken[0][1].lower().startswith("sep=") and len(taken[0][1].strip("\r\n")) == 5:
            physical.back(taken[1:])
            return taken[0][1][4]
        physical.back(taken)
        texts = [text for _, text, _ in taken]
        named = [sign for text in texts for sign in _SEPARATORS if is_header(text.split(sign))]
        # Outside quotes only: an address between them is full of commas.
        bare = next((text for text in ("".join(text.split('"')[::2]) for text in texts) if any(sign in text for sign in _SEPARATORS)), "")
        return named[0] if named else max(_SEPARATORS, key=bare.count)

    def _row(self, line: int, cells: list[str], fault: str, count: int) -> SheetRow:
        if count > self._limits.rows:
            raise refusal("too_many_rows", rows=self._limits.rows)
        check_width(cells, count, self._limits)
        return SheetRow(line, tuple(short(cell, self._limits.cell) for cell in cells), fault)


class _Physical:
    """The lines of a text with their numbers; lines can be put back. One longer than `most` comes as an empty text that is not whole."""

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
        # The rest of a line that is too long is read and dropped, piece by piece: it must not become rows of its own.
        whole = len(text) < self._most or text.endswith(("\n", "\r"))
        rest = text
        while rest and not rest.endswith(("\n", "\r")) and not (whole and rest is text):
            rest = self._text.readline(self._most)
        return self._number, text if whole else "", whole

    def back(self, taken: list[tuple[int, str, bool]]) -> None:
        """Put lines back, in their order."""
        self._ahead.extendleft(reversed(taken))


def _records(physical: _Physical, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield the number of the first line, the cells, and a fault. A quote that is never closed costs its own row, not the rest of the file."""
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
        # strict: without it csv reads a stray quote as text and swallows rows.
        return next(csv.reader(feed(), delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        physical.back(taken)
        return []


def _encoding_of(file: BinaryIO) -> str:
    """Return a file's encoding: by its byte order mark, UTF-8 if all of it is valid, else Windows-1252; raise InvalidError for neither."""
    file.seek(0)
    begin = file.read(4)
    for mark, name in _BOMS:
        if begin.startswith(mark):
            return _checked(file, name)
    try:
        # UTF-8 first: text in Windows-1252 is hardly ever valid UTF-8 by accident, while most UTF-8 passes as Windows-1252.
        return _checked(file, "utf-8")
    except InvalidError:
        return _checked(file, "cp1252")


def _checked(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            # A NUL: UTF-16 without its mark, or no text at all.
            if "\0" in decoder.decode(piece):
                raise refusal("wrong_encoding")
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise refusal("wrong_encoding") from None
    return encoding
