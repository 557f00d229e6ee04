"""Put words that stand together into cells, on a page that may lie askew.

A cell is a run of words on one line without a gap that a reader would see as another column. Labels and values of a form are cells, so is each
line of an address.
"""

import statistics
from collections.abc import Iterable

import msgspec

from reviews.proofs.inspection import Word

GAP = 0.85
"""Ems; a wider gap starts another column (a space is 0.3 em, 0.6 em in a typeface of fixed width)."""
CAPITAL = 0.7
"""Ems; the height of capitals and figures in nearly all typefaces."""


class Cell(msgspec.Struct, frozen=True):
    """A run of words on one line of one page; edges in widths of the page, after setting the page straight."""

    words: tuple[Word, ...]
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def text(self) -> str:
        """What the cell says."""
        return " ".join(word.text for word in self.words)

    @property
    def page(self) -> int:
        """The page it stands on, from 0."""
        return self.words[0].page

    @property
    def middle(self) -> float:
        """The height of its centre line."""
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        """The height of its letters."""
        return self.y1 - self.y0

    @property
    def score(self) -> float:
        """How surely its worst word was read."""
        return min(word.score for word in self.words)


def cells_of(words: Iterable[Word]) -> tuple[Cell, ...]:
    """Return the cells of all pages, each page from top to bottom."""
    pages: dict[int, list[Word]] = {}
    for word in words:
        pages.setdefault(word.page, []).append(word)
    found = [cell for page in sorted(pages) for cell in _cells_of_page(pages[page])]
    return tuple(found)


def _cells_of_page(words: list[Word]) -> list[Cell]:
    capital = _capital_height(words)
    chains = _chains(words, capital)
    slope = _slope(chains)
    cells = [_cell(chain, slope) for chain in chains]
    return sorted(cells, key=lambda cell: (cell.middle, cell.x0))


def _capital_height(words: list[Word]) -> float:
    tall = [word.y1 - word.y0 for word in words if any(char.isupper() or char.isdigit() for char in word.text)]
    return statistics.median(tall or [word.y1 - word.y0 for word in words])


def _chains(words: list[Word], capital: float) -> list[list[Word]]:
    """Hang each word, from left to right, onto the run that it continues."""
    chains: list[list[Word]] = []
    for word in sorted(words, key=lambda item: item.x0):
        fitting = [chain for chain in chains if _continues(chain, word, capital)]
        if fitting:
            min(fitting, key=lambda chain: abs(_middle(chain[-1]) - _middle(word))).append(word)
        else:
            chains.append([word])
    return chains


def _continues(chain: list[Word], word: Word, capital: float) -> bool:
    last = chain[-1]
    em = max(last.y1 - last.y0, word.y1 - word.y0, 0.8 * capital) / CAPITAL
    gap = word.x0 - last.x1
    if not -0.5 * em < gap < GAP * em:
        return False
    taller, smaller = (last, word) if last.y1 - last.y0 >= word.y1 - word.y0 else (word, last)
    return taller.y0 <= _middle(smaller) <= taller.y1 and (taller.y1 - taller.y0) < 4 * max(smaller.y1 - smaller.y0, 0.6 * capital)


def _middle(word: Word) -> float:
    return (word.y0 + word.y1) / 2


def _slope(chains: list[list[Word]]) -> tuple[float, float]:
    """Return how much lines fall per width of the page, as a line a + b·y over the page (b: a page that was photographed at an angle)."""
    points = [
        (_middle(chain[0]), (_middle(chain[-1]) - _middle(chain[0])) / span, span) for chain in chains if (span := chain[-1].x1 - chain[0].x0) > 0.12
    ]
    if len(points) < 4:
        return (statistics.median([point[1] for point in points]) if points else 0.0, 0.0)
    middle = statistics.median([point[1] for point in points])
    points = [point for point in points if abs(point[1] - middle) < 0.05] or points
    weight = sum(point[2] for point in points)
    mean_y = sum(point[0] * point[2] for point in points) / weight
    mean_s = sum(point[1] * point[2] for point in points) / weight
    spread = sum(point[2] * (point[0] - mean_y) ** 2 for point in points)
    lean = sum(point[2] * (point[0] - mean_y) * (point[1] - mean_s) for point in points) / spread if spread else 0.0
    return mean_s - lean * mean_y, lean


def _cell(chain: list[Word], slope: tuple[float, float]) -> Cell:
    words = _joined(chain)
    x0, x1 = min(word.x0 for word in words), max(word.x1 for word in words)
    y0, y1 = min(word.y0 for word in words), max(word.y1 for word in words)
    fall = (slope[0] + slope[1] * (y0 + y1) / 2) * (x0 + x1) / 2
    return Cell(tuple(words), x0, y0 - fall, x1, y1 - fall)


def _joined(chain: list[Word]) -> list[Word]:
    """Put a spaced-out heading (F a c t u u r) back together."""
    letters = sum(len(word.text) for word in chain)
    if len(chain) < 4 or letters > 1.7 * len(chain) or not all(word.text.isalpha() or word.text in "/-" for word in chain):
        return chain
    first, last = chain[0], chain[-1]
    together = "".join(word.text for word in chain)
    return [
        Word(
            together, first.page, first.x0, min(word.y0 for word in chain), last.x1, max(word.y1 for word in chain), min(word.score for word in chain)
        )
    ]


def right_of(cell: Cell, cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells on the same line to the right, the nearest first."""
    beside = [other for other in cells if other.page == cell.page and other.x0 >= cell.x1 - 0.005 and _level(cell, other)]
    return sorted(beside, key=lambda other: other.x0)


def _level(one: Cell, other: Cell) -> bool:
    return abs(one.middle - other.middle) < 0.65 * max(one.height, other.height)


def below(cell: Cell, cells: Iterable[Cell], *, lines: float = 2.6) -> list[Cell]:
    """Return the cells beneath a cell within some lines, the nearest first."""
    reach = lines * max(cell.height, 0.008) / CAPITAL
    under = [
        other
        for other in cells
        if other.page == cell.page and 0.3 * cell.height < other.middle - cell.middle < reach and other.x0 < cell.x1 and other.x1 > cell.x0
    ]
    return sorted(under, key=lambda other: (other.middle, abs(other.x0 - cell.x0)))
