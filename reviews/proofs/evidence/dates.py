"""Find the date of a document where no label announces it."""

from collections.abc import Sequence
from datetime import date

from reviews.proofs.evidence import labels, patterns
from reviews.proofs.evidence.labels import Hit
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.inspection import Word

NOT_OF_DOCUMENT = {Label.OTHER_DATE, Label.WORK_DATE}
UPPER_PART = 0.75
"""Widths of the page; lower stand payment terms and signatures."""
Parsed = tuple[str, tuple[Word, ...]]


def parse_date(words: tuple[Word, ...]) -> Parsed | None:
    """Read a date, also where a recogniser put spaces into it; as an ISO date."""
    found = patterns.find_date(" ".join(word.text for word in words)) or patterns.find_date("".join(word.text for word in words))
    return (found.isoformat(), _shortest(words, found)) if found else None


def _shortest(words: tuple[Word, ...], day: date) -> tuple[Word, ...]:
    """Return the words that say a date, without those beside it: a town, a weekday, a colon."""
    runs = [words[start : start + size] for size in (1, 2, 3) for start in range(len(words) - size + 1)]
    return next((run for run in runs if patterns.find_date(" ".join(word.text for word in run)) == day), words)


def lonely_date(cells: Sequence[Cell], hits: Sequence[Hit], page: int) -> list[Parsed]:
    """Take the date of a letter (`Goes, 12 maart 2026`) when it is the only one without a label in the upper part."""
    found = _free_dates(cells, hits, page)
    return found if len({value for value, _ in found}) == 1 else []


def first_of_row(cells: Sequence[Cell], hits: Sequence[Hit], page: int) -> list[Parsed]:
    """Take the earliest of the dates in a row of values whose labels could not be read: what is due comes after what is dated."""
    found = sorted(_free_dates(cells, hits, page), key=lambda item: item[1][0].y0)
    row = [item for item in found if abs(item[1][0].y0 - found[0][1][0].y0) < item[1][0].y1 - item[1][0].y0]
    return [min(row, key=lambda parsed: parsed[0])] if len(row) > 1 else []


def _free_dates(cells: Sequence[Cell], hits: Sequence[Hit], page: int) -> list[Parsed]:
    others = [hit for hit in hits if hit.label in NOT_OF_DOCUMENT]
    taken = [words for hit in others if (parsed := labels.first_value(hit, hits, cells, parse_date)) for words in parsed[1]]
    # Longer cells are sentences; the date of a letter stands there with no more than its town.
    free = [cell for cell in cells if cell.page == page and cell.middle < UPPER_PART and len(cell.words) <= 6]
    return [parsed for cell in free if not any(word in taken for word in cell.words) and (parsed := parse_date(cell.words))]
