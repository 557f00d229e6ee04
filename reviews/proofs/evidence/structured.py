"""Take fields from an e-invoice: its own values where it came alone, and those that the page beside it confirms.

An e-invoice says in its own words which number is the document's, which date its own, who buys. So it corrects what was misread on a page; and
since anybody can attach one to any page, it only does so where the page says the same somewhere. Where the page surely says something else at
the same time, the value is unsure, and a person looks.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from reviews.proofs.evidence import address, agreement, layout, patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.reading import Invoice, Reading, Word

SOURCE = "einvoice"
"""How a page is called that was laid out from an e-invoice, and how a field was read that came from there."""
CONTRADICTED, ATTACHED = 0.7, 0.8
"""How sure a value is that the page says, but surely calls another; and one of an e-invoice that is not known to be the branch's."""
SURE = 0.85
LONGEST_VALUE = 8
"""Words of a value on a page."""
_AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,4})?")
_HOUSE = re.compile(r"\s(\d{1,5}(?:\s?[-/]?\s?[A-Za-z0-9]{1,4})?)\s*$")
Place = tuple[int, tuple[float, float, float, float]]
NOWHERE: Place = (0, (0, 0, 0, 0))


def taken_from(reading: Reading, found: Extraction, *, is_the_branchs: bool) -> Extraction:
    """Return the fields as an e-invoice corrects them; `is_the_branchs` says that it names the branch as its seller."""
    invoice = reading.invoice
    if invoice is None:
        return found
    if all(page.source == SOURCE for page in reading.pages):
        return _alone(reading, invoice, found)
    said = {"number": invoice.number, "date": day_of(invoice), "total": total_of(invoice)}
    changes = {name: _confirmed(reading, found, name, value, is_the_branchs=is_the_branchs) for name, value in said.items() if value}
    return msgspec.structs.replace(_with_buyer(reading, invoice, found), **{name: field for name, field in changes.items() if field})


def _alone(reading: Reading, invoice: Invoice, found: Extraction) -> Extraction:
    """Return what an e-invoice says that came without a page: what it does not say stays unknown, whatever a page of it looks like."""
    name, code, total = invoice.buyer_name, _postcode(invoice), total_of(invoice)
    house = _HOUSE.search(" " + invoice.buyer_street) if invoice.buyer_street else None
    return msgspec.structs.replace(
        found,
        number=_field(reading, invoice.number),
        date=_field(reading, day_of(invoice)),
        customer_name=_field(reading, name),
        postcode=_field(reading, code),
        house_number=house[1] if house else None,
        email=_field(reading, invoice.buyer_email),
        total=_field(reading, total),
        currency=_field(reading, invoice.currency if total else None),
        addressee=_addressee(name, code, house[1] if house else None, _words(reading, code)),
        numbers=(invoice.number,) if invoice.number else (),
    )


def _confirmed(reading: Reading, found: Extraction, name: str, value: str, *, is_the_branchs: bool) -> Field | None:
    """Return a field with the value of the e-invoice where the page says it; None to leave what was read."""
    read: Field | None = getattr(found, name)
    if read is not None and read.how == SOURCE:
        # Taken already, and as sure as it was then.
        return None
    if read is not None and is_same(name, read.value, value):
        # As the e-invoice writes it: a page may space it otherwise.
        return msgspec.structs.replace(read, value=value, sure=1.0) if is_the_branchs else None
    if not is_said(name, value, found.text):
        return None
    # The same figures, month first: the e-invoice tells which of them is the month.
    swapped = name == "date" and read is not None and read.value == f"{value[:4]}-{value[8:]}-{value[5:7]}"
    contradicted = read is not None and read.sure >= SURE and not swapped
    sure = CONTRADICTED if contradicted else 1.0 if is_the_branchs else ATTACHED
    return _field(reading, value, sure, name)


def is_same(name: str, one: str, other: str) -> bool:
    """Whether two values of a field are the same, however they are written."""
    if name == "total":
        return agreement.is_same_amount(one, other)
    return patterns.compact(one) == patterns.compact(other)


def is_said(name: str, value: str, text: str) -> bool:
    """Whether a page says a value of a field anywhere, in any form."""
    if name == "total":
        return value.removeprefix("-") in agreement.amounts_in(text)
    if name == "date":
        return value in agreement.dates_in(text)
    return agreement.says(text, value)


def _with_buyer(reading: Reading, invoice: Invoice, found: Extraction) -> Extraction:
    """Return the fields with the buyer's name and postcode, where the page says them and something else was read as the customer's."""
    name, code = invoice.buyer_name, _postcode(invoice)
    read = found.customer_name
    if not name or not _words(reading, name) or (read and patterns.compact(name) in patterns.compact(read.value)):
        return found
    place = _words(reading, code)
    if read is not None and patterns.compact(read.value) in patterns.compact(name):
        return found
    return msgspec.structs.replace(
        found,
        customer_name=_field(reading, name),
        postcode=_field(reading, code) if place else found.postcode,
        addressee=_addressee(name, code if place else found.addressee.postcode, found.house_number, place or found.addressee.postcode_words),
    )


def _addressee(name: str | None, code: str | None, house: str | None, words: Sequence[Word]) -> Addressee:
    firm = address.is_firm(name or "")
    company = firm or address.is_trading(name or "")
    return Addressee(name=name, company=company, firm=firm, postcode=code, postcode_words=tuple(words), house_number=house)


def _field(reading: Reading, value: str | None, sure: float = 1.0, name: str = "") -> Field | None:
    if not value:
        return None
    page, box = _place(reading, value, name)
    return Field(value, page, box, SOURCE, sure)


def _place(reading: Reading, value: str, name: str) -> Place:
    """Return where a page says a value first, in whatever form."""
    words = _words(reading, value, name)
    if not words:
        return NOWHERE
    return words[0].page, layout.edges(words)


def _words(reading: Reading, value: str | None, name: str = "") -> tuple[Word, ...]:
    if not value:
        return ()
    holds = _holding(value, name)
    return next((run for run in _runs(reading.words) if holds(layout.said(run))), ())


def _holding(value: str, name: str) -> Callable[[str], bool]:
    compact = patterns.compact(value)
    if _AMOUNT.fullmatch(value) and name in {"", "total"} and "." in value:
        return lambda text: value.removeprefix("-") in agreement.amounts_in(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value) and name in {"", "date"}:
        return lambda text: value in agreement.dates_in(text)
    return lambda text: patterns.compact(text) == compact


def _runs(words: Iterable[Word]) -> Iterable[tuple[Word, ...]]:
    """Yield the runs of words that can be a value, line by line, the shorter ones first."""
    for cell in layout.cells_of(words):
        for length in range(1, min(LONGEST_VALUE, len(cell.words)) + 1):
            for start in range(len(cell.words) - length + 1):
                yield cell.words[start : start + length]


def day_of(invoice: Invoice) -> str | None:
    """Return the day of an e-invoice (ISO), None for what is no day."""
    try:
        return dt.date.fromisoformat((invoice.issued or "")[:10]).isoformat()
    except ValueError:
        return None


def total_of(invoice: Invoice) -> str | None:
    """Return the total of an e-invoice with its cents, None for what is no amount."""
    return f"{Decimal(invoice.total):.2f}" if invoice.total and _AMOUNT.fullmatch(invoice.total) else None


def _postcode(invoice: Invoice) -> str | None:
    written = invoice.buyer_postcode or ""
    return patterns.find_postcode(written.upper()) or written or None
