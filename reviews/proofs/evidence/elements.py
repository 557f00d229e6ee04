"""Find the elements of a proof (a number, date, amount, name, issuer) in words that a page does not show, and tell which of them it says nowhere.

Only these count: what a program leaves in a file (its own credit, the rest of a template, rows of dots) says nothing about the purchase, and
what is hidden and printed as well says nothing new.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from reviews.proofs.candidates import mentions, numbers
from reviews.proofs.evidence import address, agreement, amount_words, identifiers, layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.names import ABBREVIATED, PREFIXES
from reviews.proofs.reading import Word

TOTALS = {"inclusive", "plain", "due", "left"}
FEWEST_FIGURES = 4
"""Of a number that could be a document's; fewer are quantities and pages."""
_YEAR = re.compile(r"(19|20)\d\d")
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*")
MOST_PARTS = 6
"""Words of a name."""
OVERLAP = 0.3
"""Of a word's height and width: so much beneath another one stands in its place."""


class Sort(StrEnum):
    """What an element says."""

    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    COMPANY = "company"
    NAME = "name"


class Element(msgspec.Struct, frozen=True):
    """A value with the line that holds it; `labelled` is whether that line says what the value is."""

    sort: Sort
    value: str
    cell: Cell
    labelled: bool = False

    @property
    def text(self) -> str:
        """The line as it is written."""
        return self.cell.text


def of_words(words: Iterable[Word]) -> list[Element]:
    """Return the elements that words hold, line by line."""
    return [element for cell in layout.cells_of(words) for element in _of_cell(cell)]


def of_text(text: str) -> list[Element]:
    """Return the elements that a piece of text holds, wherever it stood."""
    return of_words(Word(part, 0, 0.01 * at, 0, 0.01 * at + 0.008, 0.01, 1.0) for at, part in enumerate(text.split()))


def _of_cell(cell: Cell) -> list[Element]:
    labelled = _is_labelled(cell) or amount_words.said(cell.text) in TOTALS
    marks = identifiers.find_identifiers([cell])
    companies = [(Sort.COMPANY, number) for number in (*marks.kvk, *marks.btw, *marks.iban)]
    if companies:
        # The figures of a registration number are no document number.
        return [Element(sort, value, cell, labelled=True) for sort, value in companies]
    day = patterns.find_date(cell.text)
    dates = [(Sort.DATE, day.isoformat())] if day else []
    amounts = [(Sort.AMOUNT, f"{abs(amount):.2f}") for amount in patterns.find_amounts(cell.text) if amount]
    plain = [(Sort.NUMBER, word) for word in _numbers(cell)] if not dates and not amounts else []
    names = [(Sort.NAME, cell.text)] if _is_name(cell) else []
    return [Element(sort, value, cell, labelled) for sort, value in (*dates, *amounts, *plain, *names)]


def _is_labelled(cell: Cell) -> bool:
    """Whether a line begins with what announces a value."""
    return any(mention.start == 0 and not mention.is_title for mention in mentions.find_mentions([cell]))


def _numbers(cell: Cell) -> list[str]:
    told = [word.text.strip(":;,.|()#") for word in cell.words]
    return [one for one in told if numbers.is_number(one) and sum(map(str.isdigit, one)) >= FEWEST_FIGURES and not _YEAR.fullmatch(one)]


def _is_name(cell: Cell) -> bool:
    """Whether a line is a name as people and firms write theirs: capitals, tussenvoegsels, nothing else."""
    parts = address.clean_name(cell.text).split()
    if not 1 < len(parts) <= MOST_PARTS or _is_labelled(cell):
        return False
    small = [part for part in parts if not _CAPITAL.fullmatch(part)]
    return len(small) < len(parts) - 1 and all(part.casefold().strip(".'’") in PREFIXES | ABBREVIATED for part in small)


def not_said(found: Iterable[Element], text: str) -> list[Element]:
    """Return the elements that a page says nowhere, in whatever form."""
    spelled, dates, amounts = patterns.compact(text), agreement.dates_in(text), agreement.amounts_in(text)
    said = {Sort.DATE: dates, Sort.AMOUNT: amounts}
    return [one for one in found if not (one.value in said[one.sort] if one.sort in said else patterns.compact(one.value) in spelled)]


def names_somebody(text: str) -> bool:
    """Whether a text is written as the name of a person or firm is, and not as `Particuliere klant`."""
    return any(one.sort is Sort.NAME for one in of_text(text))


def is_capital(word: str) -> bool:
    """Whether a word is written as a name is."""
    return _CAPITAL.fullmatch(word) is not None


def is_replaced(element: Element, words: Sequence[Word]) -> bool:
    """Whether words that a page shows stand in the place of an element that it does not show."""
    return any(_in_place(element.cell, word) for word in words if any(char.isalnum() for char in word.text))


def _in_place(cell: Cell, word: Word) -> bool:
    wide = min(cell.x1, word.x1) - max(cell.x0, word.x0)
    tall = min(cell.y1, word.y1) - max(cell.y0, word.y0)
    least_wide, least_tall = min(cell.x1 - cell.x0, word.x1 - word.x0), min(cell.height, word.y1 - word.y0)
    return cell.page == word.page and wide > OVERLAP * least_wide and tall > OVERLAP * least_tall
