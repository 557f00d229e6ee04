"""Find labels and the values that belong to them: in the same cell, to the right, or beneath, in that order."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from rapidfuzz import fuzz, process

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import LABELS, TITLES, Label
from reviews.proofs.inspection import Word

IN_TABLES = {Label.PLAIN_NUMBER, Label.PLAIN_DATE, Label.ORDER_NUMBER, Label.WORK_DATE}
# Words.
LONGEST_LABEL = 5
# Per cent (`rapidfuzz.fuzz.ratio`).
LIKENESS = 86
SHORTEST_LIKE = 5
"""Letters; shorter labels must be read to the letter."""
SENTENCE = 2
"""Words in small letters behind a label that has no colon."""
COLUMN_EMS = 0.45
"""The least gap between two labels of neighbouring columns; a space is 0.3."""
FARTHEST, FARTHEST_EMS = 0.45, 26
"""Widths of the page between a label and its value; in ems the same, for narrow paper."""
Value = TypeVar("Value")


class Hit(msgspec.Struct, frozen=True):
    """A label on the page: its cell, the words that form it, and what follows them in the same cell."""

    label: Label
    cell: Cell
    rest: tuple[Word, ...]
    colon: bool


@functools.cache
def _index() -> dict[str, Label]:
    return {name: label for label, names in LABELS.items() for name in names}


@functools.cache
def _alike() -> tuple[str, ...]:
    return tuple(name for name in _index() if len(name) >= SHORTEST_LIKE)


@functools.cache
def _titles() -> frozenset[str]:
    """Names of documents: `Factuur` is near to `Factuurnr`, and stands for itself."""
    return frozenset(name for names in TITLES.values() for name in names)


def find_labels(cells: Sequence[Cell]) -> list[Hit]:
    """Return every cell that starts with a label; a date or number in the head of a table of goods is that of a line, not of the document."""
    found = [hit for cell in cells if (hit := _hit(cell)) and not _is_sentence(hit)]
    heads = [hit.cell for hit in found if hit.label is Label.TABLE and not hit.rest]
    return [hit for hit in found if hit.label not in IN_TABLES or not any(_in_line(hit.cell, head) for head in heads)]


def apart(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Part each cell that is nothing but labels: heads of narrow columns (`Ons nummer` and `Factuurdatum`) are set as close as words."""
    return tuple(part for cell in cells for part in _parted(cell))


def _parted(cell: Cell) -> list[Cell]:
    runs = _only_labels(cell.words) if _label_of(cell.text, read=False) is None else []
    gaps = [later[0].x0 - run[-1].x1 for run, later in itertools.pairwise(runs)]
    spaces = [second.x0 - first.x1 for run in runs for first, second in itertools.pairwise(run)]
    column = max([*spaces, COLUMN_EMS * cell.height / layout.CAPITAL])
    if not gaps or min(gaps) < column or not all(run[0].text[:1].isupper() for run in runs):
        return [cell]
    return [Cell(run, run[0].x0, cell.y0, run[-1].x1, cell.y1) for run in runs]


def _only_labels(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """Take words apart into labels, the longest first; nothing when another word is among them."""
    runs = list[tuple[Word, ...]]()
    while words:
        sizes = (size for size in range(min(LONGEST_LABEL, len(words)), 0, -1) if _label_of(" ".join(word.text for word in words[:size]), read=False))
        size = next(sizes, 0)
        if not size:
            return []
        runs.append(words[:size])
        words = words[size:]
    return runs


def _in_line(one: Cell, other: Cell) -> bool:
    return one.page == other.page and abs(one.middle - other.middle) < 0.6 * max(one.height, other.height)


def _hit(cell: Cell) -> Hit | None:
    words = _split_at_colon(cell.words)
    colon_at = next((at + 1 for at, word in enumerate(words) if word.text.endswith(":")), len(words))
    for count in range(min(LONGEST_LABEL, colon_at), 0, -1):
        label = _label_of(" ".join(word.text for word in words[:count]), read=cell.score < 1)
        if label is not None:
            rest = words[count:]
            colon = words[count - 1].text.endswith(":") or (bool(rest) and rest[0].text in {":", "-", "–"})
            return Hit(label, cell, rest[1:] if rest and rest[0].text in {":", "-", "–"} else rest, colon)
    return None


def _split_at_colon(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Part `Datum:21-10-2026` in two where a recogniser or a typesetter left no space."""
    parted = list[Word]()
    for word in words:
        head, colon, tail = word.text.partition(":")
        # Only behind letters: the time 10:30 stays whole.
        if colon and tail and head.replace(".", "").isalpha():
            middle = word.x0 + (word.x1 - word.x0) * (len(head) + 1) / len(word.text)
            parted += [Word(head + ":", word.page, word.x0, word.y0, middle, word.y1, word.score)]
            parted += [Word(tail, word.page, middle, word.y0, word.x1, word.y1, word.score)]
        else:
            parted.append(word)
    return tuple(parted)


def _label_of(text: str, *, read: bool) -> Label | None:
    # N° is written for No; `compact` would drop the sign.
    name = patterns.compact(text.replace("°", "o"))
    if name in _index():
        return _index()[name]
    # A label holds no number; one figure in it may be a misread letter.
    if not read or len(name) < SHORTEST_LIKE or name in _titles() or sum(char.isdigit() for char in name) > 1:
        return None
    near = process.extractOne(name, _alike(), scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return _index()[near[0]] if near else None


def values(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Iterator[tuple[Word, ...]]:
    """Yield the words where the value of a label may stand, the likeliest place first; a colon in front of them is left out."""
    for words in _places(hit, hits, cells):
        start = next((at for at, word in enumerate(words) if any(char.isalnum() for char in word.text)), 0)
        yield words[start:]


def _is_sentence(hit: Hit) -> bool:
    """Whether a cell only begins like a label: `Factuurnummer vermelden bij betaling`, or a plain one with more to it: `Nummer polis`."""
    words = [word.text for word in hit.rest]
    # Names begin in small letters too: `naam van der Wal`.
    if hit.label is Label.CUSTOMER:
        return False
    if hit.label in IN_TABLES and words and not hit.colon and not any(char.isdigit() for word in words for char in word):
        return True
    return len(words) >= SENTENCE and not hit.colon and all(not any(char.isdigit() for char in word) and word.islower() for word in words[:SENTENCE])


def _places(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Iterator[tuple[Word, ...]]:
    if hit.rest:
        yield hit.rest
    # By identity: two cells of one page may be equal in what they say.
    taken = {id(other.cell) for other in hits if not other.rest}
    beside = [
        cell for cell in layout.right_of(hit.cell, cells) if cell.x0 - hit.cell.x1 < _farthest(hit.cell) and any(char.isalnum() for char in cell.text)
    ]
    if beside and id(beside[0]) not in taken:
        yield beside[0].words
    under = layout.below(hit.cell, cells)
    yield from (cell.words for cell in under[:1] if id(cell) not in taken)
    yield from (cell.words for cell in _nearly_beside(hit.cell, cells) if id(cell) not in taken)


def _farthest(label: Cell) -> float:
    return max(FARTHEST, FARTHEST_EMS * label.height / layout.CAPITAL)


def _nearly_beside(cell: Cell, cells: Iterable[Cell]) -> list[Cell]:
    """Return cells to the right that are a line off, as where a label was broken over two lines."""
    near = [
        other
        for other in cells
        if other.page == cell.page
        and 0 <= other.x0 - cell.x1 < _farthest(cell) / 2
        and 0.65 * cell.height <= abs(other.middle - cell.middle) < 2.2 * cell.height
    ]
    return sorted(near, key=lambda other: (abs(other.middle - cell.middle), other.x0))[:2]


def first_value(
    hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell], parse: Callable[[tuple[Word, ...]], tuple[Value, tuple[Word, ...]] | None]
) -> tuple[Value, tuple[Word, ...]] | None:
    """Return the first value of a label that can be parsed, with the words that it was read from."""
    for words in values(hit, hits, cells):
        if parsed := parse(words):
            return parsed
    return None
