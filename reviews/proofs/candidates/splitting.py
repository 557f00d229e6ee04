"""Part what was set or read too close: a label and its value without a space, a number and a date with a slash, the heads of narrow columns."""

import itertools
import re
from collections.abc import Sequence

from reviews.proofs.candidates.mentions import Mention, find_mentions
from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.reading import Word

COLUMN_EMS = 0.45
"""The least gap between two labels of neighbouring columns; a space is 0.3."""
_NUMBER_AND_DATE = re.compile(r"^(?P<number>[A-Z]{0,5}[-.]?\d[\dA-Z.-]{2,})/(?P<date>\d{1,2}[-./]\d{1,2}[-./]\d{2,4})$", re.IGNORECASE)


def parted(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells with their words and columns parted."""
    parted_cells = [_with_parted_words(cell) for cell in cells]
    announced: dict[int, list[Mention]] = {}
    for mention in find_mentions(parted_cells):
        announced.setdefault(id(mention.cell), []).append(mention)
    return tuple(part for cell in parted_cells for part in _columns(cell, announced.get(id(cell), [])))


def _with_parted_words(cell: Cell) -> Cell:
    words = tuple(part for word in cell.words for part in _parts(word))
    return cell if len(words) == len(cell.words) else Cell(words, cell.x0, cell.y0, cell.x1, cell.y1)


def _parts(word: Word) -> list[Word]:
    head, colon, tail = word.text.partition(":")
    # Only behind letters: the time 10:30 stays whole.
    if colon and tail and head.replace(".", "").isalpha() and not tail.startswith("//"):
        return _cut(word, len(head) + 1)
    both = _NUMBER_AND_DATE.match(word.text)
    if both and patterns.find_date(both["date"]):
        return _cut(word, len(both["number"]) + 1)
    return [word]


def _cut(word: Word, at: int) -> list[Word]:
    """Part a word at a character; each part is as wide as its share of the characters."""
    middle = word.x0 + (word.x1 - word.x0) * at / len(word.text)
    return [
        Word(word.text[:at].rstrip("/"), word.page, word.x0, word.y0, middle, word.y1, word.score),
        Word(word.text[at:], word.page, middle, word.y0, word.x1, word.y1, word.score),
    ]


def _columns(cell: Cell, mentions: Sequence[Mention]) -> list[Cell]:
    """Part a cell that is nothing but labels: heads of narrow columns (`Ons nummer`, `Factuurdatum`) are set as close as words."""
    if len(mentions) < 2 or any(one.end != other.start for one, other in itertools.pairwise(mentions)):
        return [cell]
    if mentions[0].start or mentions[-1].end != len(cell.words):
        return [cell]
    runs = [cell.words[mention.start : mention.end] for mention in mentions]
    gaps = [later[0].x0 - run[-1].x1 for run, later in itertools.pairwise(runs)]
    spaces = [second.x0 - first.x1 for run in runs for first, second in itertools.pairwise(run)]
    column = max([*spaces, COLUMN_EMS * cell.height / layout.CAPITAL])
    if min(gaps) < column or not all(run[0].text[:1].isupper() for run in runs):
        return [cell]
    return [Cell(run, run[0].x0, cell.y0, run[-1].x1, cell.y1) for run in runs]
