"""Say how a value stands to what announces values: behind it, right of it, beneath it, in a block that it heads.

What comes out are short names of relations (`left:own_number`), the evidence on which candidates are weighed.
"""

import bisect
from collections.abc import Iterable, Sequence

import msgspec

from reviews.proofs.candidates.mentions import Mention
from reviews.proofs.evidence import layout
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.reading import Word

FILLERS = frozenset(
    ("", "nr", "no", "n", "nummer", "num", "van", "dd", "is", "de", "du", "vom", "am", "der", "den", "op", "met", "o", "onder", "heeft", "le")
)
"""Words that stand between a label and its value without parting them."""
DIRECT = ("in:", "left:", "over:", "over-near:")
"""Relations by which a label is plainly that of a value, however they stand on the page."""
FAR = 0.42
"""Widths of the page between a label and its value from which a reader would need a ruler."""
EDGE = 0.012
LINES_DOWN, LINES_OF_BLOCK, LONGEST_BLOCK = 5.6, 2.4, 8


class Span(msgspec.Struct, frozen=True):
    """Words of one cell, from `start` to before `end`."""

    cell: Cell
    start: int
    end: int

    @property
    def words(self) -> tuple[Word, ...]:
        """What it says, word by word."""
        return self.cell.words[self.start : self.end]

    @property
    def x0(self) -> float:
        """The left edge, in widths of the page."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """The right edge."""
        return self.words[-1].x1

    @property
    def leads(self) -> bool:
        """Whether nothing stands before it in its cell."""
        return not any(char.isalnum() for word in self.cell.words[: self.start] for char in word.text)


class Surroundings:
    """The cells and mentions of a document, by page and by cell, so that each candidate finds its neighbours quickly."""

    def __init__(self, cells: Sequence[Cell], mentions: Iterable[Mention]) -> None:
        """Sort cells by page and mentions by cell."""
        self._by_page: dict[int, list[Cell]] = {}
        for cell in cells:
            self._by_page.setdefault(cell.page, []).append(cell)
        for found in self._by_page.values():
            found.sort(key=lambda cell: (cell.middle, cell.x0))
        self._middles = {page: [cell.middle for cell in found] for page, found in self._by_page.items()}
        self._tallest = {page: max(cell.height for cell in found) for page, found in self._by_page.items()}
        self._mentions: dict[int, list[Mention]] = {}
        for mention in mentions:
            self._mentions.setdefault(id(mention.cell), []).append(mention)
        self._memory: dict[int, tuple[list[Cell], list[Cell]]] = {}

    def of_page(self, page: int) -> Sequence[Cell]:
        """Return the cells of a page, from top to bottom."""
        return self._by_page.get(page, [])

    def between(self, page: int, top: float, bottom: float) -> Sequence[Cell]:
        """Return the cells of a page whose centre lines lie between two heights, from top to bottom.

        Whoever looks around a cell looks through these: through the whole page would cost the square of what is on it.
        """
        middles = self._middles.get(page, [])
        return self._by_page.get(page, [])[bisect.bisect_left(middles, top) : bisect.bisect_right(middles, bottom)]

    def tallest(self, page: int) -> float:
        """Return the height of the tallest cell of a page."""
        return self._tallest.get(page, 0.0)

    def beside(self, cell: Cell, *, share: float = 0.65) -> Sequence[Cell]:
        """Return the cells on the line of a cell, itself among them; `share` of the taller one's height may lie between their centre lines."""
        most = share * max(cell.height, self.tallest(cell.page))
        found = self.between(cell.page, cell.middle - most, cell.middle + most)
        return [other for other in found if abs(other.middle - cell.middle) < share * max(other.height, cell.height)]

    def mentions_in(self, cell: Cell) -> Sequence[Mention]:
        """Return what a cell announces, from left to right."""
        return self._mentions.get(id(cell), ())

    def heads(self, cell: Cell) -> Mention | None:
        """Return the mention that is all a cell says, apart from signs."""
        found = self.mentions_in(cell)
        if not found or found[0].start:
            return None
        rest = cell.words[found[-1].end :]
        return found[-1] if not any(compact(word.text) not in FILLERS for word in rest) and _only(found, cell) else None

    def _neighbours(self, cell: Cell) -> tuple[list[Cell], list[Cell]]:
        """Return the cells left of a cell, the nearest first, and those over it within some lines, the nearest first."""
        if id(cell) not in self._memory:
            level = self.beside(cell)
            left = sorted((other for other in level if other is not cell and other.x1 <= cell.x0 + 0.005), key=lambda other: -other.x1)
            reach = LINES_DOWN * max(cell.height, layout.SMALL) / layout.CAPITAL
            beside = {id(other) for other in level}
            over = [other for other in self.between(cell.page, cell.middle - reach, cell.middle) if id(other) not in beside]
            self._memory[id(cell)] = left, over[::-1]
        return self._memory[id(cell)]

    def left_of(self, cell: Cell) -> list[Cell]:
        """Return the cells of the same line to the left, the nearest first."""
        return self._neighbours(cell)[0]

    def right_of(self, cell: Cell) -> list[Cell]:
        """Return the cells of the same line to the right, the nearest first."""
        return layout.right_of(cell, self.beside(cell))

    def over(self, cell: Cell, x0: float, x1: float) -> list[Cell]:
        """Return the cells over a part of a cell within a few lines, the nearest first."""
        return [other for other in self._neighbours(cell)[1] if other.x0 < x1 + EDGE / 2 and other.x1 > x0 - EDGE / 2]

    def row_over(self, cell: Cell) -> list[Cell]:
        """Return the cells of the nearest line above, from left to right, whatever their column."""
        over = self._neighbours(cell)[1]
        return sorted((other for other in over if over and abs(other.middle - over[0].middle) < 0.6 * other.height), key=lambda other: other.x0)

    def under(self, cell: Cell, x0: float, x1: float, *, lines: float = 1.7) -> list[Cell]:
        """Return the cells beneath a part of a cell within some lines, the nearest first."""
        reach = lines * max(cell.height, layout.SMALL) / layout.CAPITAL
        near = self.between(cell.page, cell.middle, cell.middle + reach)
        return [other for other in layout.below(cell, near, lines=lines) if other.x0 < x1 and other.x1 > x0]

    def block_over(self, cell: Cell) -> list[Cell]:
        """Return the lines above a cell in its block, the nearest first: each starts at the same edge as the one beneath."""
        lines, last = list[Cell](), cell
        reach = LONGEST_BLOCK * LINES_OF_BLOCK * max(cell.height, self.tallest(cell.page), layout.SMALL) / layout.CAPITAL
        for other in _upwards(self.between(cell.page, cell.middle - reach, cell.middle), cell):
            gap = last.middle - other.middle
            if gap > LINES_OF_BLOCK * max(last.height, other.height, layout.SMALL) / layout.CAPITAL or len(lines) >= LONGEST_BLOCK:
                break
            if abs(other.x0 - cell.x0) < EDGE and gap > 0.4 * last.height:
                lines.append(other)
                last = other
        return lines


def _upwards(cells: Sequence[Cell], cell: Cell) -> list[Cell]:
    return [other for other in reversed(cells) if other.middle < cell.middle and abs(other.x0 - cell.x0) < EDGE]


def _only(found: Sequence[Mention], cell: Cell) -> bool:
    """Whether between the mentions of a cell nothing stands but fillers."""
    covered = {at for mention in found for at in range(mention.start, mention.end)}
    return all(at in covered or compact(word.text) in FILLERS for at, word in enumerate(cell.words))


def relations(span: Span, around: Surroundings) -> list[str]:
    """Return how a span stands to the mentions around it, nearest relations first."""
    found = _in_cell(span, around)
    labelled = bool(found) and found[0].startswith("in:")
    anchor = span.cell
    if span.leads:
        beside = _left(span, around)
        found += beside
        left = around.left_of(span.cell)
        if beside and left:
            anchor = left[0]
        labelled = labelled or any(name.startswith("left:") for name in beside)
    if span.leads or not labelled:
        found += _over(span, around, labelled=labelled)
        if not found:
            found += [f"below:{mention.name}" for cell in around.under(span.cell, span.x0, span.x1)[:1] if (mention := around.heads(cell))]
    heading = _heading(anchor, around)
    direct = next((name.partition(":")[2] for name in found if name.startswith(DIRECT)), None)
    found += [f"labelled:{direct}"] if direct else ["no label"]
    return found + ([f"heading:{heading}"] if heading else [])


def _in_cell(span: Span, around: Surroundings) -> list[str]:
    """Return the mentions before a span in its own cell, and the one right behind it."""
    found = list[str]()
    before = [mention for mention in around.mentions_in(span.cell) if mention.end <= span.start]
    if before:
        last = before[-1]
        between = [word.text for word in span.cell.words[last.end : span.start]]
        if all(compact(text) in FILLERS for text in between):
            found.append(f"in:{last.name}")
            # Two labels with a slash between them: the first value is the first one's.
            found += [f"in2:{mention.name}" for mention in before[-2:-1] if mention.end == last.start]
        else:
            found.append(f"{'past' if any(char.isdigit() for text in between for char in text) else 'after'}:{last.name}")
    behind = next((mention for mention in around.mentions_in(span.cell) if mention.start == span.end), None)
    return found + ([f"before:{behind.name}"] if behind else [])


def _left(span: Span, around: Surroundings) -> list[str]:
    left = around.left_of(span.cell)
    if not left:
        return []
    nearest, gap = left[0], span.x0 - left[0].x1
    mentions = around.mentions_in(nearest)
    if mentions and all(compact(word.text) in FILLERS for word in nearest.words[mentions[-1].end :]):
        names = [f"left:{mentions[-1].name}"]
        if not mentions[-1].colon and around.heads(nearest) is None:
            names = [f"left-phrase:{mentions[-1].name}"]
        return [*names, "far from its label"] if gap > FAR else names
    if mentions:
        return [f"left-valued:{mentions[-1].name}"]
    further = next((cell for cell in left[1:3] if around.heads(cell)), None)
    return [f"left2:{head.name}" for head in ([around.heads(further)] if further else []) if head]


def _over(span: Span, around: Surroundings, *, labelled: bool) -> list[str]:
    prefix = "also-" if labelled else ""
    over = around.over(span.cell, span.x0, span.x1)[:3]
    if over and (head := around.heads(over[0])):
        return [f"{prefix}over:{head.name}", *_second(over[1:], around, prefix)]
    row = [cell for cell in around.row_over(span.cell) if around.heads(cell)]
    if not over and len(row) > 1:
        nearest = min(row, key=lambda cell: abs((cell.x0 + cell.x1) - (span.x0 + span.x1)))
        head = around.heads(nearest)
        return [f"{prefix}over-near:{head.name}"] if head else []
    return _second(over[1:], around, prefix)


def _second(over: Sequence[Cell], around: Surroundings, prefix: str) -> list[str]:
    return [f"{prefix}over2:{head.name}" for cell in over[:1] if (head := around.heads(cell))]


def _heading(anchor: Cell, around: Surroundings) -> str | None:
    """Return what the block of a cell is headed by: the nearest line above that announces something and has no value beside it."""
    over = (cell for cell in around.block_over(anchor) if not any(other.x0 - cell.x1 < FAR for other in around.right_of(cell)))
    return next((head.name for cell in over if (head := around.heads(cell))), None)
