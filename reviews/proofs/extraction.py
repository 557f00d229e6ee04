"""Proof flow, step 4 of 6: take from the words of a document what it is, who issued it, to whom, when and for how much.

Labels and places decide together. Nothing is looked up and nothing guessed: a field that is not found is None, and each that is found carries
where it stands and how sure its reading is.
"""

import re
from collections.abc import Callable, Sequence

import msgspec

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import address, dates, identifiers, kinds, labels, layout, mailboxes, numbers, patterns, totals
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.identifiers import Identifiers
from reviews.proofs.evidence.labels import Hit
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.totals import Total
from reviews.proofs.evidence.vocabulary import TILL_WORDS, Kind, Label
from reviews.proofs.reading import Reading, Word

NUMBER_LABELS = {
    Kind.WERKBON: (Label.WORK_NUMBER, Label.PLAIN_NUMBER),
    Kind.FACTUUR: (Label.INVOICE_NUMBER, Label.PLAIN_NUMBER),
    # The number of the customer or the order stands on all credit notes of a job: it is not the note's own.
    Kind.CREDITNOTA: (Label.CREDIT_NUMBER, Label.PLAIN_NUMBER, Label.INVOICE_NUMBER),
}
LESS_LIKELY = {Kind.WERKBON: (Label.ORDER_NUMBER, Label.INVOICE_NUMBER)}
"""Labels that announce the number only where neither a better label nor the title does."""
DATE_LABELS = {
    Kind.WERKBON: (Label.FORM_DATE, Label.PLAIN_DATE, Label.WORK_DATE, Label.INVOICE_DATE),
    Kind.FACTUUR: (Label.INVOICE_DATE, Label.PLAIN_DATE),
}
OTHER_NUMBERS = (Label.PLAIN_NUMBER, Label.INVOICE_NUMBER, Label.ORDER_NUMBER, Label.WORK_NUMBER, Label.OTHER_NUMBER)
OTHER_DATES = (Label.PLAIN_DATE, Label.INVOICE_DATE, Label.OTHER_DATE)
Parsed = tuple[str, tuple[Word, ...]]
UNLABELLED = 0.5
"""How sure a number or date without a label is: likely, never certain by itself."""


class Field(msgspec.Struct, frozen=True):
    """A value, where it stands (page from 0, box in widths of the page), how it was read (text or picture) and how sure that is, 0 to 1."""

    value: str
    page: int
    box: tuple[float, float, float, float]
    how: str
    sure: float


SPELLED_OUT = 0.95
"""How surely a kind was read whose title is a known name letter for letter."""


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says; `titled` is whether it names its own kind, `front` are the identifiers on its first page."""

    kind: Field | None = None
    titled: bool = False
    number: Field | None = None
    date: Field | None = None
    customer_name: Field | None = None
    postcode: Field | None = None
    house_number: str | None = None
    email: Field | None = None
    total: Field | None = None
    currency: Field | None = None
    addressee: Addressee = Addressee()
    identifiers: Identifiers = Identifiers()
    front: Identifiers = Identifiers()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    text: str = ""


def extract_for(reading: Reading, branches: Sequence[BranchIdentity]) -> Extraction:
    """Take the fields from a reading, by what the franchise's branches say of themselves."""
    own_postcodes = frozenset(patterns.compact(branch.postcode).upper() for branch in branches if branch.postcode)
    return extract(reading, own_postcodes, frozenset(name for branch in branches if (name := branch.email_domain)))


def extract(reading: Reading, own_postcodes: frozenset[str] = frozenset(), own_domains: frozenset[str] = frozenset()) -> Extraction:
    """Take the fields from a reading; `own_postcodes` and `own_domains` are those of the franchise's branches, never of a customer."""
    cells = labels.apart(layout.cells_of(reading.words))
    if not cells:
        return Extraction()
    heading = kinds.main_title(kinds.find_titles(cells))
    title = heading or kinds.subject_of(cells)
    everywhere = labels.find_labels(cells)
    kind, start = _kind(title, everywhere, cells)
    own = [cell for cell in cells if cell.page >= start]
    hits = [hit for hit in everywhere if hit.cell.page >= start]
    how = {number: page.source for number, page in enumerate(reading.pages)}
    # The surest place first: a label, the title, the subject line, the payment line, and only then a weaker label.
    bearing = _labelled(hits, own, NUMBER_LABELS.get(kind, OTHER_NUMBERS), numbers.parse_number) or numbers.titled_number(heading, own)
    bearing = bearing or numbers.subject_number(kinds.subject_of(own)) or numbers.payment_number(own)
    bearing = bearing or _labelled(hits, own, LESS_LIKELY.get(kind, ()), numbers.parse_number)
    # Kept although it is unsure: the branch's list of jobs may confirm it.
    likely = bearing or (numbers.unlabelled_number(own, hits, start) if kind in kinds.PROOFS else [])
    dated = _labelled(hits, own, DATE_LABELS.get(kind, OTHER_DATES), dates.parse_date) or dates.lonely_date(own, hits, start)
    likely_dated = dated or dates.first_of_row(own, hits, start)
    here = [hit for hit in hits if hit.cell.page == start]
    addressee = address.find_addressee([cell for cell in own if cell.page == start], here, own_postcodes)
    # Of all pages: numbers of a second company count against the document wherever they stand.
    marks = identifiers.find_identifiers(cells)
    email = mailboxes.find_customer_email(own, hits, addressee, own_domains | {site.removeprefix("www.") for site in marks.sites})
    total = totals.find_total(own)
    return Extraction(
        kind=_kind_field(kind, title, cells, how),
        titled=title is not None or kind is Kind.KASSABON,
        number=_best(likely, how, 1.0 if bearing else UNLABELLED),
        date=_best(likely_dated, how, 1.0 if dated else UNLABELLED),
        customer_name=_field((addressee.name, addressee.name_words), how) if addressee.name else None,
        postcode=_field((addressee.postcode, addressee.postcode_words), how) if addressee.postcode else None,
        house_number=addressee.house_number,
        email=_field(email, how) if email else None,
        total=_total(total, how) if total else None,
        currency=_currency(total, own, how) if total else None,
        addressee=addressee,
        identifiers=marks,
        front=identifiers.find_identifiers([cell for cell in own if cell.page == start]),
        numbers=tuple(dict.fromkeys(value for value, _ in likely)),
        dates=tuple(dict.fromkeys(value for value, _ in likely_dated)),
        text="\n".join(cell.text for cell in cells),
    )


def _kind(title: kinds.Title | None, hits: Sequence[Hit], cells: Sequence[Cell]) -> tuple[Kind, int]:
    """Return the kind and the first page of the document proper (a covering letter may come before it)."""
    if title is not None:
        return title.kind, title.cell.page
    text = "\n".join(cell.text for cell in cells).casefold()
    # One of them may stand on an invoice that was paid at the counter.
    if sum(word in text for word in TILL_WORDS) > 1:
        return Kind.KASSABON, 0
    for hit in hits:
        if hit.label in {Label.INVOICE_NUMBER, Label.WORK_NUMBER}:
            return (Kind.FACTUUR if hit.label is Label.INVOICE_NUMBER else Kind.WERKBON), hit.cell.page
    named = [kind for kind in kinds.PROOFS if re.search(rf"\b(deze|de|dit|het|bovenstaande|onze|ons) {kind}|{kind}nummer", text)]
    return (named[0] if len(named) == 1 else Kind.ANDERS), 0


def _field(parsed: Parsed, how: dict[int, str], sure: float = 1.0) -> Field:
    value, words = parsed
    box = (min(word.x0 for word in words), min(word.y0 for word in words), max(word.x1 for word in words), max(word.y1 for word in words))
    page = words[0].page
    return Field(value, page, box, how.get(page, "text"), round(sure * _certainty(words), 3))


def _kind_field(kind: Kind, title: kinds.Title | None, cells: Sequence[Cell], how: dict[int, str]) -> Field:
    """Return the kind where it is said; what names no kind anywhere gets half the certainty of its first line."""
    if title is None:
        return _field((kind.value, cells[0].words), how, 0.5)
    field = _field((kind.value, title.cell.words), how)
    return msgspec.structs.replace(field, sure=max(field.sure, SPELLED_OUT)) if kinds.is_spelled_out(title) else field


def _certainty(words: Sequence[Word]) -> float:
    """Return how surely the worst word was read, of those that hold a letter or figure: a stray colon or dash says nothing."""
    return min([word.score for word in words if any(char.isalnum() for char in word.text)] or [word.score for word in words])


def _best(found: Sequence[Parsed], how: dict[int, str], sure: float = 1.0) -> Field | None:
    """Take the first candidate; rivals of the same rank with another value make it half as sure."""
    if not found:
        return None
    return _field(found[0], how, 0.5 if len({value for value, _ in found}) > 1 else sure)


def _total(total: Total, how: dict[int, str]) -> Field:
    field = _field((total.value, total.words), how, 0.5 if total.rivals else 1.0)
    if total.added_up:
        return msgspec.structs.replace(field, sure=min(field.sure, totals.ADDED_UP))
    # A sum that is right proves its figures, however unsurely each was read.
    return msgspec.structs.replace(field, sure=max(field.sure, totals.CLOSED)) if total.closed else field


def _currency(total: Total, cells: Sequence[Cell], how: dict[int, str]) -> Field | None:
    code = patterns.find_currency("\n".join((" ".join(word.text for word in total.words), *(cell.text for cell in cells))))
    return _field((code, total.words), how) if code else None


def _labelled(hits: Sequence[Hit], cells: Sequence[Cell], ranks: Sequence[Label], parse: Callable[[tuple[Word, ...]], Parsed | None]) -> list[Parsed]:
    """Return the values of the best kind of label that has any."""
    for label in ranks:
        found = [parsed for hit in hits if hit.label is label and (parsed := labels.first_value(hit, hits, cells, parse))]
        if found:
            return found
    return []
