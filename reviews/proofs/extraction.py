"""Proof flow, step 4 of 6: take from the words of a document what it is, who issued it, to whom, when and for how much.

Labels and places decide together. Nothing is looked up and nothing guessed: a field that is not found is None, and each that is found carries
where it stands and how sure its reading is.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from reviews.proofs.evidence import address, identifiers, kinds, labels, layout, patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.identifiers import Identifiers
from reviews.proofs.evidence.labels import Hit
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import TILL_WORDS, Kind, Label
from reviews.proofs.inspection import Reading, Word

_NUMBER = re.compile(r"^[A-Z]{0,5}[-./]?\d[\dA-Z]*(?:[-./]?[\dA-Z]+)*$", re.IGNORECASE)
_NUMBER_PART = re.compile(r"^(?:[A-Z]{1,4}|[-./]|[\d./-]+|[A-Z]{0,4}[\d./-]+)$")
NUMBER_LABELS = {
    Kind.WERKBON: (Label.WORK_NUMBER, Label.PLAIN_NUMBER, Label.ORDER_NUMBER, Label.INVOICE_NUMBER),
    Kind.FACTUUR: (Label.INVOICE_NUMBER, Label.PLAIN_NUMBER),
}
DATE_LABELS = {
    Kind.WERKBON: (Label.WORK_DATE, Label.PLAIN_DATE, Label.INVOICE_DATE),
    Kind.FACTUUR: (Label.INVOICE_DATE, Label.PLAIN_DATE),
}
OTHER_NUMBERS = (Label.PLAIN_NUMBER, Label.INVOICE_NUMBER, Label.ORDER_NUMBER, Label.WORK_NUMBER, Label.OTHER_NUMBER)
OTHER_DATES = (Label.PLAIN_DATE, Label.INVOICE_DATE, Label.OTHER_DATE)
Parsed = tuple[str, tuple[Word, ...]]


class Field(msgspec.Struct, frozen=True):
    """A value, where it stands (page from 0, box in widths of the page), how it was read (text or picture) and how sure that is, 0 to 1."""

    value: str
    page: int
    box: tuple[float, float, float, float]
    how: str
    sure: float


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says; `titled` tells that it names its own kind, `others` which other kinds it names as large."""

    kind: Field | None = None
    titled: bool = False
    number: Field | None = None
    date: Field | None = None
    customer_name: Field | None = None
    postcode: Field | None = None
    house_number: str | None = None
    email: Field | None = None
    total: Field | None = None
    addressee: Addressee = Addressee()
    identifiers: Identifiers = Identifiers()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    text: str = ""


def extract(reading: Reading, own_postcodes: frozenset[str] = frozenset(), own_domains: frozenset[str] = frozenset()) -> Extraction:
    """Take the fields from a reading; `own_postcodes` and `own_domains` are those of the franchise's branches, never of a customer."""
    cells = layout.cells_of(reading.words)
    if not cells:
        return Extraction()
    title = kinds.main_title(kinds.find_titles(cells))
    everywhere = labels.find_labels(cells)
    kind, start = _kind(title, everywhere, cells)
    own = [cell for cell in cells if cell.page >= start]
    hits = [hit for hit in everywhere if hit.cell.page >= start]
    how = {number: page.source for number, page in enumerate(reading.pages)}
    numbers = _labelled(hits, own, NUMBER_LABELS.get(kind, OTHER_NUMBERS), _parse_number) or _titled_number(title, own)
    dates = _labelled(hits, own, DATE_LABELS.get(kind, OTHER_DATES), _parse_date) or _lonely_date(own, hits, start)
    addressee = address.find_addressee([cell for cell in own if cell.page == start], [hit for hit in hits if hit.cell.page == start], own_postcodes)
    marks = identifiers.find_identifiers(cells)
    senders = own_domains | {site.removeprefix("www.") for site in marks.sites}
    emails = [
        (match[0], cell.words) for cell in own for match in patterns.EMAIL.finditer(cell.text) if match[0].rpartition("@")[2].lower() not in senders
    ]
    return Extraction(
        kind=_field((kind.value, title.cell.words if title else cells[0].words), how, 1.0 if title else 0.5),
        titled=title is not None or kind is Kind.KASSABON,
        number=_best(numbers, how),
        date=_best(dates, how),
        customer_name=_field((addressee.name, addressee.name_words), how) if addressee.name else None,
        postcode=_field((addressee.postcode, addressee.postcode_words), how) if addressee.postcode else None,
        house_number=addressee.house_number,
        email=_field(emails[0], how) if emails else None,
        total=_best(find_totals(own), how),
        addressee=addressee,
        identifiers=marks,
        numbers=tuple(dict.fromkeys(value for value, _ in numbers)),
        dates=tuple(dict.fromkeys(value for value, _ in dates)),
        text="\n".join(cell.text for cell in cells),
    )


def _kind(title: kinds.Title | None, hits: Sequence[Hit], cells: Sequence[Cell]) -> tuple[Kind, int]:
    """Return the kind and the first page of the document proper (a covering letter may come before it)."""
    if title is not None:
        return title.kind, title.cell.page
    text = "\n".join(cell.text for cell in cells).casefold()
    if sum(word in text for word in TILL_WORDS) > 1:
        return Kind.KASSABON, 0
    for hit in hits:
        if hit.label in {Label.INVOICE_NUMBER, Label.WORK_NUMBER}:
            return (Kind.FACTUUR if hit.label is Label.INVOICE_NUMBER else Kind.WERKBON), hit.cell.page
    return Kind.ANDERS, 0


def _field(parsed: Parsed, how: dict[int, str], sure: float = 1.0) -> Field:
    value, words = parsed
    box = (min(word.x0 for word in words), min(word.y0 for word in words), max(word.x1 for word in words), max(word.y1 for word in words))
    page = words[0].page
    return Field(value, page, box, how.get(page, "text"), round(sure * min(word.score for word in words), 3))


def _best(found: Sequence[Parsed], how: dict[int, str]) -> Field | None:
    """Take the first candidate; rivals of the same rank with another value make it half as sure."""
    if not found:
        return None
    return _field(found[0], how, 0.5 if len({value for value, _ in found}) > 1 else 1.0)


def _labelled(hits: Sequence[Hit], cells: Sequence[Cell], ranks: Sequence[Label], parse: Callable[[tuple[Word, ...]], Parsed | None]) -> list[Parsed]:
    """Return the values of the best kind of label that has any."""
    for label in ranks:
        found = [parsed for hit in hits if hit.label is label and (parsed := labels.first_value(hit, hits, cells, parse))]
        if found:
            return found
    return []


def _parse_number(words: tuple[Word, ...]) -> Parsed | None:
    """Read a document number: it holds a figure, is no date, amount, postcode or telephone number, and may be broken by spaces."""
    texts = [word.text.strip(":;,|") for word in words]
    count = 1
    while count < len(texts) and count < 4 and _NUMBER_PART.match(texts[count]) and _NUMBER_PART.match(texts[count - 1]):
        count += 1
    for size in range(count, 0, -1):
        value = "".join(texts[:size]).strip("./-#")
        if _is_number(value):
            return value, words[:size]
    return None


def _is_number(value: str) -> bool:
    figures = sum(char.isdigit() for char in value)
    if figures < 2 or len(value) > 20 or not _NUMBER.match(value):
        return False
    return not (re.fullmatch(r"0[6\d]\d?-?\d{6,8}", value) or re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})", value) or "@" in value)


def _parse_date(words: tuple[Word, ...]) -> Parsed | None:
    found = patterns.find_date(" ".join(word.text for word in words)) or patterns.find_date("".join(word.text for word in words))
    return (found.isoformat(), words) if found else None


def _titled_number(title: kinds.Title | None, cells: Sequence[Cell]) -> list[Parsed]:
    """Take a number that stands in the title or beside it."""
    if title is None:
        return []
    rest = tuple(word for word in title.cell.words if any(char.isdigit() for char in word.text))
    beside = layout.right_of(title.cell, cells)[:1]
    places = [rest] if rest else [cell.words for cell in beside]
    return [parsed for words in places if words and (parsed := _parse_number(words))]


def _lonely_date(cells: Sequence[Cell], hits: Sequence[Hit], page: int) -> list[Parsed]:
    """Take the date of a letter (`Goes, 12 maart 2026`) when it is the only one without a label in the upper half."""
    labelled = {id(hit.cell) for hit in hits if hit.label in {Label.OTHER_DATE, Label.WORK_DATE}}
    free = [cell for cell in cells if cell.page == page and cell.middle < 0.75 and id(cell) not in labelled and len(cell.words) <= 6]
    found = [parsed for cell in free if (parsed := _parse_date(cell.words))]
    return found if len({value for value, _ in found}) == 1 else []


def find_totals(cells: Sequence[Cell]) -> list[Parsed]:
    """Return amounts that a label calls the whole total incl. btw, else those that it calls just the total: the last of them counts."""
    found: dict[Label, list[Parsed]] = {Label.TOTAL: [], Label.PLAIN_TOTAL: []}
    for cell in cells:
        words = [word for word in cell.words if any(char.isalpha() for char in word.text) or "%" in word.text or re.fullmatch(r"\d{1,2}", word.text)]
        label = labels.amount_label(" ".join(word.text for word in words))
        if label is not None and label in found and (parsed := _amount_of(cell, cells, beneath=label is Label.TOTAL)):
            found[label].append(parsed)
    return list(reversed(found[Label.TOTAL] or found[Label.PLAIN_TOTAL]))


def _amount_of(cell: Cell, cells: Sequence[Cell], *, beneath: bool) -> Parsed | None:
    inside = patterns.find_amounts(cell.text)
    if inside:
        return _money(inside[-1]), cell.words
    beside = [(amounts[-1], other) for other in layout.right_of(cell, cells) if (amounts := patterns.find_amounts(other.text))]
    if not beside and beneath:
        beside = [(amounts[-1], other) for other in layout.below(cell, cells)[:1] if (amounts := patterns.find_amounts(other.text))]
    return (_money(beside[-1][0]), beside[-1][1].words) if beside else None


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def as_date(field: Field | None) -> date | None:
    """Return a date field as a date."""
    return date.fromisoformat(field.value) if field else None
