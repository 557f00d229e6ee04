"""What the writer of a mail says in it, line by line with its columns: no quotation, no header of a forwarded mail, no signature, no disclaimer."""

import re
from collections.abc import Iterator
from itertools import groupby, takewhile

from reviews.adapters.documents.reading.mails.html_text import COLUMN, ROW

LONGEST_WORD = 100
WIDEST_COLUMN, MOST_COLUMNS = 40, 20
"""Characters of a column: a wider cell pushes only its own row on; and columns of a table: what follows is one cell."""
_BETWEEN = " " * 4
"""Wide enough that a column of wide letters still ends before the next begins."""
_LOOKED_AT = 200
"""Characters of a line by which it is told what it is: the patterns below would take long over a line without an end."""
_SIGNATURE = re.compile(r"--[ \t]?")
"""Above a signature (RFC 3676, 4.3); many programs drop the space."""
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")
_FORWARDED = re.compile(
    r"[ >*]*(?:-{2,}.*\b(?:oorspronkelijk|original|forwarded|doorgestuurd|weitergeleitet|ursprüngliche|transféré)\w*\b.*)", re.IGNORECASE
)
_FROM = re.compile(r"\s*\*?(?:van|from|von|de)\s?:\*?\s.*@", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*\*?(?:van|verzonden|datum|aan|cc|onderwerp|from|sent|date|to|subject|von|gesendet|an|betreff|de|envoyé|à|objet|reply-to)\s?:\*?(?:\s|$)",
    re.IGNORECASE,
)
_LEAST_HEADER = 3
"""Lines; fewer could be an invoice's own, which begins with its date and `Aan:` as well."""
_DISCLAIMER = re.compile(
    r"\s*(?:disclaimer\b"
    r"|(?:de informatie in |de inhoud van )?(?:dit|deze) (?:e-?mail(?:bericht)?|bericht)\b.{0,80}\b(?:vertrouwelijk|bestemd|uitsluitend)"
    r"|th(?:is|e information in this) (?:e-?mail|message)\b.{0,80}\b(?:confidential|intended)|diese (?:e-?mail|nachricht)\b.{0,80}\bvertraulich)",
    re.IGNORECASE,
)


def own_lines(text: str) -> list[str]:
    """Return the lines of a mail's own text, the columns of its tables beneath each other, and no more than one empty line at a time."""
    # Between the end of a row and the beginning of the next stands nothing, not an empty line.
    rows = [_with_whole_cells(row) for row in text.replace("\r\n", "\n").replace("\r", "\n").split(ROW) if row.strip(" ")]
    lines = [_printable(line) for row in rows for line in row.split("\n")]
    laid = _in_columns(list(_without_disclaimers(_without_headers(list(_without_quotes(lines))))))
    return [line for line, before in zip(laid, ["", *laid], strict=False) if line.strip() or before.strip()]


def _with_whole_cells(row: str) -> str:
    """Return a row of a table in which no line break stands at the edge of a cell: `<td><p>` is how programs write one."""
    return COLUMN.join(cell.strip(" \n") for cell in row.split(COLUMN)) if COLUMN in row else row


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() or char == COLUMN else " " for char in line).rstrip()


def _without_quotes(lines: list[str]) -> Iterator[str]:
    """Leave out what is quoted, and all from the signature on."""
    for line in takewhile(lambda line: not _SIGNATURE.fullmatch(line), lines):
        if not line.lstrip().startswith(">") and not _FORWARDED.match(line[:_LOOKED_AT]):
            yield line


def _without_headers(lines: list[str]) -> Iterator[str]:
    """Leave out the header that a program puts before a mail that it forwards: at least three of its lines together, the first with a sender."""
    skip = 0
    for place, line in enumerate(lines):
        if skip <= place and _FROM.match(line[:_LOOKED_AT]):
            header = len(list(takewhile(_HEADER.match, lines[place : place + 10])))
            skip = place + header if header >= _LEAST_HEADER else skip
        if place >= skip:
            yield line


def _without_disclaimers(lines: Iterator[str]) -> Iterator[str]:
    """Leave out each paragraph that begins as a disclaimer."""
    disclaims = False
    for line in lines:
        disclaims = bool(line.strip()) and (disclaims or _DISCLAIMER.match(line[:_LOOKED_AT]) is not None)
        if not disclaims:
            yield line


def _in_columns(lines: list[str]) -> list[str]:
    """Put the cells of rows that follow each other beneath each other; what has no cells stays as it is."""
    laid = list[str]()
    for in_table, group in groupby(lines, key=lambda line: COLUMN in line):
        rows = list(group)
        laid += _table([_cells(row) for row in rows]) if in_table else rows
    return [_LONG_WORD.sub(lambda word: word[0][:LONGEST_WORD], line) for line in laid]


def _cells(line: str) -> list[str]:
    return [" ".join(cell.split()) for cell in line.removeprefix(COLUMN).split(COLUMN, MOST_COLUMNS)]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(min(len(row[at]), WIDEST_COLUMN) for row in rows if at < len(row)) for at in range(max(map(len, rows)))]
    return [_BETWEEN.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
