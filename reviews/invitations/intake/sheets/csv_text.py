"""Write CSV as Dutch Excel reads it, in which no cell is taken for a formula (OWASP ASVS 1.2.10). Pure."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

MARK: Final = "\ufeff"
"""By this mark, at the start, Excel sees that a file is UTF-8."""

# With quote signs in front as well, so that `restored` can tell ours from those of the text itself.
_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r\0]")
_DEFUSED: Final = re.compile(r"'+[=+\-@\t\r\0]")


def defused(cell: str) -> str:
    """Return a text with a quote sign before it where a spreadsheet would take it for a formula; `restored` undoes exactly that."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """Return a text as it was before `defused`."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def csv_line(cells: Sequence[str | int | None]) -> str:
    """Return a line with semicolons, quotes where RFC 4180 asks for them, and CRLF at its end; texts are defused, numbers stay numbers."""
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()
