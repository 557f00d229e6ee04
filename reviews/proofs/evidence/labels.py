"""Find labels and the values that belong to them: in the same cell, to the right, or beneath, in that order."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from rapidfuzz import fuzz, process

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import LABELS, Label
from reviews.proofs.inspection import Word

LONGEST_LABEL = 5
LIKENESS = 86
SHORTEST_LIKE = 5
"""Letters; shorter labels must be read to the letter."""
FARTHEST = 0.45
"""Widths of the page between a label and its value."""
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


def find_labels(cells: Sequence[Cell]) -> list[Hit]:
    """Return every cell that starts with a label."""
    return [hit for cell in cells if (hit := _hit(cell))]


def _hit(cell: Cell) -> Hit | None:
    words = _split_at_colon(cell.words)
    for count in range(min(LONGEST_LABEL, len(words)), 0, -1):
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
        if colon and tail and head.replace(".", "").isalpha():
            middle = word.x0 + (word.x1 - word.x0) * (len(head) + 1) / len(word.text)
            parted += [Word(head + ":", word.page, word.x0, word.y0, middle, word.y1, word.score)]
            parted += [Word(tail, word.page, middle, word.y0, word.x1, word.y1, word.score)]
        else:
            parted.append(word)
    return tuple(parted)


def _label_of(text: str, *, read: bool) -> Label | None:
    name = patterns.compact(text)
    if name in _index():
        return _index()[name]
    if not read or len(name) < SHORTEST_LIKE:
        return None
    near = process.extractOne(name, _alike(), scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return _index()[near[0]] if near else None


def values(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Iterator[tuple[Word, ...]]:
    """Yield the words where the value of a label may stand, the likeliest place first; a colon in front of them is left out."""
    for words in _places(hit, hits, cells):
        start = next((at for at, word in enumerate(words) if any(char.isalnum() for char in word.text)), 0)
        yield words[start:]


def _places(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Iterator[tuple[Word, ...]]:
    if hit.rest:
        yield hit.rest
    taken = {id(other.cell) for other in hits if not other.rest}
    beside = [cell for cell in layout.right_of(hit.cell, cells) if cell.x0 - hit.cell.x1 < FARTHEST]
    if beside and id(beside[0]) not in taken:
        yield beside[0].words
    under = layout.below(hit.cell, cells)
    yield from (cell.words for cell in under[:1] if id(cell) not in taken)
    yield from (cell.words for cell in _nearly_beside(hit.cell, cells) if id(cell) not in taken)


def _nearly_beside(cell: Cell, cells: Iterable[Cell]) -> list[Cell]:
    """Return cells to the right that are a line off, as where a label was broken over two lines."""
    near = [
        other
        for other in cells
        if other.page == cell.page
        and 0 <= other.x0 - cell.x1 < FARTHEST / 2
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


_INCLUSIVE = re.compile(
    r"(totaal|totale|te betalen|bedrag|eindtotaal|prijs|te voldoen|total).*inc|^(factuurbedrag|factuurtotaal|eindtotaal|eindbedrag|notabedrag)"
)
_WHOLE = re.compile(
    r"^(totaal (factuur|faktuur|nota|werkbon|rekening)|totaal te (betalen|voldoen)|factuurbedrag|total ttc|gesamtbetrag|totaalfactuur)"
)
_PARTIAL = re.compile(
    r"excl|sub-?\s?totaal|tussentotaal|aanbet|reeds|restant|resterend|nog te|openstaand|korting|voorschot|ontvangen|termijn|netto|"
    r"^btw|\d\s?%?\s?btw|^inclusief|^incl"
)
_PLAIN = re.compile(r"^(totaal(bedrag)?|te betalen|te voldoen|total)( in)?( eur(o)?)?$")


def amount_label(text: str) -> Label | None:
    """Say what a text in front of an amount announces: the whole total, a total that may be another, or part of a sum."""
    plain = re.sub(r"[^a-z0-9% -]+", " ", patterns.folded(text)).strip()
    plain = re.sub(r"\s+", " ", re.sub(r"\b(eur|euro|€)\b$", "", plain)).strip()
    plain = plain.replace("inci", "incl").replace("totaai", "totaal").replace("tctaal", "totaal")
    if not plain:
        return None
    if (_INCLUSIVE.search(plain) or _WHOLE.search(plain)) and "excl" not in plain and not plain.startswith(("inclusief", "incl", "btw", "sub")):
        return Label.TOTAL
    if _PARTIAL.search(plain):
        return Label.OTHER_AMOUNT
    return Label.PLAIN_TOTAL if _PLAIN.match(plain) else None
