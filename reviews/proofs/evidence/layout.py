"""Group words that stand together into cells, on a page that may lie askew.

A cell is a run of words on one line without a gap that a reader would see as another column. Labels and values of a form are cells, so is each
line of an address.
"""

import statistics
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from reviews.proofs.reading import Word

GAP = 0.85
"""Ems; a wider gap starts another column (a space is 0.3 em, 0.6 em in a typeface of fixed width)."""
# For `_slope`: widths of the page, how many runs, how far from the median a slope is left out, how strongly bends are held small.
LONG_RUN, FEW_RUNS, ODD, RIDGE = 0.1, 5, 0.06, 0.02
Slope = tuple[float, float, float]
SMALL = 0.0105
"""Widths of the page; capitals of eight points. Labels are set smaller than their values, and stand no closer."""
CAPITAL = 0.7
"""Ems; the height of capitals and figures in nearly all typefaces."""


def said(words: Iterable[Word]) -> str:
    """Return what words say, one after the other."""
    return " ".join(word.text for word in words)


def edges(words: Sequence[Word]) -> tuple[float, float, float, float]:
    """Return the box around words: left, upper, right and lower edge."""
    return min(word.x0 for word in words), min(word.y0 for word in words), max(word.x1 for word in words), max(word.y1 for word in words)


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
        return said(self.words)

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
    """Append each word, from left to right, to the run that it continues.

    A run that ended further back than the widest gap is dropped from the search: without that the cost grows with the square of the words.
    """
    chains: list[list[Word]] = []
    near: list[list[Word]] = []
    reach = GAP * max(0.8 * capital, *(word.y1 - word.y0 for word in words)) / CAPITAL
    for word in sorted(words, key=lambda item: item.x0):
        near = [chain for chain in near if word.x0 - chain[-1].x1 < reach]
        fitting = [chain for chain in near if _continues(chain, word, capital)]
        if fitting:
            min(fitting, key=lambda chain: abs(_middle(chain[-1]) - _middle(word))).append(word)
        else:
            chains.append([word])
            near.append(chains[-1])
    return chains


def _continues(chain: list[Word], word: Word, capital: float) -> bool:
    last = chain[-1]
    if last.y1 < word.y0 or word.y1 < last.y0:
        return False
    em = max(last.y1 - last.y0, word.y1 - word.y0, 0.8 * capital) / CAPITAL
    gap = word.x0 - last.x1
    # Boxes of neighbouring words may overlap a little.
    if not -0.5 * em < gap < GAP * em:
        return False
    taller, smaller = (last, word) if last.y1 - last.y0 >= word.y1 - word.y0 else (word, last)
    return taller.y0 <= _middle(smaller) <= taller.y1 and (taller.y1 - taller.y0) < 4 * max(smaller.y1 - smaller.y0, 0.6 * capital)


def _middle(word: Word) -> float:
    return (word.y0 + word.y1) / 2


def _slope(chains: list[list[Word]]) -> Slope:
    """Fit how steeply lines fall at any place of the page: a + b·y + c·x (b: photographed at an angle, c: paper that bulges).

    Weighted least squares over the longer runs; the bends are held small (ridge), so that a few lines can't invent them.
    """
    runs = [(chain, span) for chain in chains if (span := chain[-1].x1 - chain[0].x0) > LONG_RUN]
    slopes = [(_middle(chain[-1]) - _middle(chain[0])) / (_centre(chain[-1]) - _centre(chain[0]) or 1.0) for chain, _ in runs if len(chain) > 1]
    runs = [(chain, span) for chain, span in runs if len(chain) > 1]
    if len(runs) < FEW_RUNS:
        return (statistics.median(slopes) if slopes else 0.0, 0.0, 0.0)
    usual = statistics.median(slopes)
    kept = [(chain, span, slope) for (chain, span), slope in zip(runs, slopes, strict=True) if abs(slope - usual) < ODD]
    if not kept:
        return (usual, 0.0, 0.0)
    weights = np.array([span for _, span, _ in kept])
    places = np.array([[1.0, _middle(chain[len(chain) // 2]), (chain[0].x0 + chain[-1].x1) / 2] for chain, _, _ in kept])
    values = np.array([slope for _, _, slope in kept])
    held = np.diag([0.0, RIDGE, RIDGE])
    fitted = np.linalg.solve((places * weights[:, None]).T @ places + held, (places * weights[:, None]).T @ values)
    return (float(fitted[0]), float(fitted[1]), float(fitted[2]))


def _centre(word: Word) -> float:
    return (word.x0 + word.x1) / 2


def _cell(chain: list[Word], slope: Slope) -> Cell:
    words = _joined(chain)
    x0, y0, x1, y1 = edges(words)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    # How far the line has fallen since the left edge: the slope, integrated over x, hence the half.
    fall = (slope[0] + slope[1] * y) * x + slope[2] * x * x / 2
    return Cell(tuple(words), x0, y0 - fall, x1, y1 - fall)


def _joined(chain: list[Word]) -> list[Word]:
    """Put a spaced-out heading (F a c t u u r) back together."""
    letters = sum(len(word.text) for word in chain)
    if (
        len(chain) < 3
        or (len(chain) == 3 and not all(len(word.text) == 1 and word.text.isupper() for word in chain))
        or letters > 1.7 * len(chain)
        or not all(word.text.isalpha() or word.text in "/-" for word in chain)
    ):
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
    return sorted((other for other in beside if not _has_rival(cell, other, beside)), key=lambda other: other.x0)


def _has_rival(cell: Cell, one: Cell, beside: list[Cell]) -> bool:
    """Whether another cell of the same column lies closer to the line."""
    return any(other.x0 < one.x1 and other.x1 > one.x0 and abs(other.middle - cell.middle) < abs(one.middle - cell.middle) for other in beside)


def _level(one: Cell, other: Cell) -> bool:
    return abs(one.middle - other.middle) < 0.65 * max(one.height, other.height)


def below(cell: Cell, cells: Iterable[Cell], *, lines: float = 2.6) -> list[Cell]:
    """Return the cells beneath a cell within some lines, the nearest first."""
    reach = lines * max(cell.height, SMALL) / CAPITAL
    under = [
        other
        for other in cells
        if other.page == cell.page and 0.3 * cell.height < other.middle - cell.middle < reach and other.x0 < cell.x1 and other.x1 > cell.x0
    ]
    return sorted(under, key=lambda other: (other.middle, abs(other.x0 - cell.x0)))
