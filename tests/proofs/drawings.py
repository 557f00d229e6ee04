"""Documents drawn in letters: each character of a text stands where it would on a page, so that a layout can be read in the test itself."""

import re
from typing import Any

import msgspec

from reviews.proofs.evidence.layout import Cell
from reviews.proofs.reading import Page, Reading, Word

WIDTH, LINE, HEIGHT = 0.0102, 0.019, 0.0115
LARGE = 1.9
"""How much larger a line is that starts with `#`."""
WINDOW = ("J. de Vries", "Oudegracht 12", "3511 AB Utrecht")
"""The lines of an address window."""


def drawn(text: str, *, source: str = "text", score: float = 1.0, page: int = 0, **facts: Any) -> Reading:
    """Return the reading of a page on which every word stands at its row and column; a row that starts with `#` is written large."""
    words = [word for row, line in enumerate(text.strip("\n").splitlines()) for word in _words(line, row, page, score)]
    pages = tuple(Page(height=1.41, source=source) for _ in range(page + 1))
    return msgspec.structs.replace(Reading(pages=pages, page_count=page + 1, words=tuple(words), sha256="0" * 64), **facts)


def _words(line: str, row: int, page: int, score: float) -> list[Word]:
    large = LARGE if line.startswith("#") else 1.0
    plain = line.replace("#", " ", 1) if line.startswith("#") else line
    top = 0.06 + row * LINE
    return [
        Word(found[0], page, 0.05 + found.start() * WIDTH, top, 0.05 + found.end() * WIDTH, top + HEIGHT * large, score)
        for found in re.finditer(r"\S+", plain)
    ]


def words(text: str, *, page: int = 0, x0: float = 0.1, y0: float = 0.1, score: float = 1.0) -> tuple[Word, ...]:
    """Return the words of one line, a little apart from each other."""
    found = list[Word]()
    for part in text.split():
        found.append(Word(part, page, x0, y0, x0 + 0.01 * len(part), y0 + 0.012, score))
        x0 += 0.01 * len(part) + 0.006
    return tuple(found)


def cell(text: str, x0: float, y0: float, *, page: int = 0, score: float = 1.0) -> Cell:
    """Return a cell whose words stand in one line, 0.012 high."""
    put = words(text, page=page, x0=x0, y0=y0, score=score)
    return Cell(put, x0, y0, put[-1].x1, y0 + 0.012)


def block(*lines: str, x0: float = 0.1, y0: float = 0.2, step: float = 0.02, page: int = 0) -> list[Cell]:
    """Return cells beneath each other."""
    return [cell(line, x0, y0 + step * at, page=page) for at, line in enumerate(lines)]
