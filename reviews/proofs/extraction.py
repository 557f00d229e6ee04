"""Proof flow, step 4 of 6: take from the words of a document what it is, who issued it, to whom, when and for how much.

Labels and places decide together. Nothing is looked up and nothing guessed: a field that is not found is None, and each that is found carries
where it stands and how sure its reading is.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from reviews.branches.naming import BranchIdentity
from reviews.proofs.candidates import addressees, choosing, dates, mailboxes, mentions, numbers, splitting, totals
from reviews.proofs.candidates.addressees import Own
from reviews.proofs.candidates.choosing import Candidate, Choice
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import Mention
from reviews.proofs.evidence import identifiers, kinds, layout, patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.identifiers import Identifiers
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import TILL_WORDS, Kind, Label
from reviews.proofs.reading import Reading, Word


class Field(msgspec.Struct, frozen=True):
    """A value, where it stands (page from 0, box in widths of the page), how it was read (text or picture) and how sure that is, 0 to 1."""

    value: str
    page: int
    box: tuple[float, float, float, float]
    how: str
    sure: float


Parsed = tuple[str, tuple[Word, ...]]
LIKELY = 0.5
"""The probability from which a value is more likely right than wrong."""
SPELLED_OUT = 0.95
"""How surely a kind was read whose title is a known name letter for letter."""


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says; `titled` is whether it names its own kind, `front` are the identifiers on its first page.

    `unlikely` names the fields that are less likely right than wrong, however well their words were read: `likely` leaves them out.
    """

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
    unlikely: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    text: str = ""


def likely(found: Extraction, *, but: AbstractSet[str] = frozenset()) -> Extraction:
    """Return what a document says without what is less likely right than wrong: that is nothing to go by, for or against anything.

    What an e-invoice has put in its place since is another value, and stays; so do the fields `but`.
    """
    left_out = [name for name in found.unlikely - but if (field := getattr(found, name)) is not None and field.sure < LIKELY]
    return msgspec.structs.replace(found, **dict.fromkeys(left_out))


def _unlikely(chosen: Mapping[str, Choice | Addressee | None]) -> frozenset[str]:
    return frozenset(name for name, choice in chosen.items() if choice is not None and choice.sure < LIKELY)


def extract_for(reading: Reading, branches: Sequence[BranchIdentity]) -> Extraction:
    """Take the fields from a reading, by what the franchise's branches say of themselves."""
    return extract(reading, own_of(branches))


def own_of(branches: Sequence[BranchIdentity]) -> Own:
    """Return what tells the franchise's branches from its customers."""
    names = {name for branch in branches for name in (branch.legal_name, *branch.trade_names) if name}
    return Own(
        postcodes=frozenset(patterns.compact(branch.postcode).upper() for branch in branches if branch.postcode),
        domains=frozenset(domain for branch in branches if (domain := branch.email_domain)),
        names=frozenset(letters for name in names if (letters := patterns.compact(name))),
    )


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """All candidates of a document by field, with the evidence for and against each; `postcodes` are those that go with the names."""

    candidates: dict[str, Sequence[Candidate]]
    postcodes: tuple[str | None, ...]


def consider(reading: Reading, own: Own) -> Considered:
    """Return what a choice is made of; to learn from, and to explain one."""
    context, _ = _context(reading)
    named = addressees.candidates(context, own)
    return Considered(
        candidates=_candidates(context) | {"customer_name": [candidate for candidate, _ in named]},
        postcodes=tuple(postcode for _, postcode in named),
    )


def _candidates(context: Context) -> dict[str, Sequence[Candidate]]:
    """Return the candidates of the fields that are chosen by themselves."""
    days = dates.find_dates(context)
    return {"number": numbers.candidates(context, days), "date": dates.candidates(context, days), "total": totals.candidates(context)}


def _context(reading: Reading) -> tuple[Context, kinds.Title | None]:
    """Return the cells of a document as candidates see them, from its first page on, and its title."""
    cells = splitting.parted(layout.cells_of(reading.words))
    title = kinds.main_title(kinds.find_titles(cells)) or kinds.subject_of(cells)
    announced = mentions.find_mentions(cells)
    kind, first = _kind(title, announced, cells)
    return Context(cells, announced, kind, first), title


_NOBODY = Own()


def extract(reading: Reading, own: Own = _NOBODY) -> Extraction:
    """Take the fields from a reading; what is the franchise's own is never a customer's."""
    if not reading.words:
        return Extraction()
    context, title = _context(reading)
    how = {number: page.source for number, page in enumerate(reading.pages)}
    chosen = {field: choosing.choose(field, found) for field, found in _candidates(context).items()}
    number, dated, total = chosen["number"], chosen["date"], chosen["total"]
    addressee = addressees.find_addressee(context, own)
    # Of all pages: numbers of a second company count against the document wherever they stand.
    marks = identifiers.find_identifiers(context.every)
    email = mailboxes.find_customer_email(
        context.cells, context.announced, addressee, own.domains | {site.removeprefix("www.") for site in marks.sites}
    )
    return Extraction(
        kind=_kind_field(context.kind, title, context.every, how),
        titled=title is not None or context.kind is Kind.KASSABON,
        number=_number(number, how),
        date=_chosen(dated, how),
        customer_name=_field((addressee.name, addressee.name_words), how, addressee.sure) if addressee.name else None,
        postcode=_field((addressee.postcode, addressee.postcode_words), how) if addressee.postcode else None,
        house_number=addressee.house_number,
        email=_field(email, how) if email else None,
        total=_total(total, how),
        currency=_currency(total, context.cells, how) if total else None,
        addressee=addressee,
        unlikely=_unlikely({**chosen, "customer_name": addressee}),
        identifiers=marks,
        front=identifiers.find_identifiers([cell for cell in context.cells if cell.page == context.first]),
        numbers=_values(number),
        dates=_values(dated),
        text="\n".join(cell.text for cell in context.every),
    )


def _kind(title: kinds.Title | None, announced: Sequence[Mention], cells: Sequence[Cell]) -> tuple[Kind, int]:
    """Return the kind and the first page of the document proper (a covering letter may come before it)."""
    if title is not None:
        return title.kind, title.cell.page
    text = "\n".join(cell.text for cell in cells).casefold()
    # One of them may stand on an invoice that was paid at the counter.
    if sum(word in text for word in TILL_WORDS) > 1:
        return Kind.KASSABON, 0
    for mention in announced:
        if mention.start == 0 and mention.name in {Label.INVOICE_NUMBER, Label.WORK_NUMBER}:
            return (Kind.FACTUUR if mention.name == Label.INVOICE_NUMBER else Kind.WERKBON), mention.cell.page
    named = [kind for kind in kinds.PROOFS if re.search(rf"\b(deze|de|dit|het|bovenstaande|onze|ons) {kind}|{kind}nummer", text)]
    return (named[0] if len(named) == 1 else Kind.ANDERS), 0


def _field(parsed: Parsed, how: dict[int, str], sure: float = 1.0) -> Field:
    value, words = parsed
    page = words[0].page
    # The weakest counts: how likely a value is the right one, and how surely its worst word was read.
    return Field(value, page, layout.edges(words), how.get(page, "text"), round(min(sure, _certainty(words)), 3))


def _kind_field(kind: Kind, title: kinds.Title | None, cells: Sequence[Cell], how: dict[int, str]) -> Field:
    """Return the kind where it is said; what names no kind anywhere gets half the certainty of its first line."""
    if title is None:
        return _field((kind.value, cells[0].words), how, 0.5)
    field = _field((kind.value, title.cell.words), how)
    return msgspec.structs.replace(field, sure=max(field.sure, SPELLED_OUT)) if kinds.is_spelled_out(title) else field


def _certainty(words: Sequence[Word]) -> float:
    """Return how surely the worst word was read, of those that hold a letter or figure: a stray colon or dash says nothing."""
    return min([word.score for word in words if any(char.isalnum() for char in word.text)] or [word.score for word in words])


def _chosen(choice: Choice | None, how: dict[int, str]) -> Field | None:
    return _field((choice.candidate.value, choice.candidate.words), how, choice.sure) if choice else None


def _number(choice: Choice | None, how: dict[int, str]) -> Field | None:
    """Return the number; one that the page calls the customer's or the order's is never certain."""
    field = _chosen(choice, how)
    if choice is None or field is None or not numbers.is_anothers(choice.candidate):
        return field
    return msgspec.structs.replace(field, sure=min(field.sure, numbers.DOUBTFUL))


def _values(choice: Choice | None) -> tuple[str, ...]:
    return (choice.candidate.value, *choice.rivals) if choice else ()


def _total(choice: Choice | None, how: dict[int, str]) -> Field | None:
    """Return the total; a sum that is right proves its figures, however unsurely each was read."""
    field = _chosen(choice, how)
    if choice is None or field is None:
        return None
    if not totals.is_announced(choice.candidate):
        return msgspec.structs.replace(field, sure=min(field.sure, totals.ADDED_UP))
    if "closes" not in choice.candidate.evidence:
        return field
    return msgspec.structs.replace(field, sure=round(max(field.sure, min(choice.sure, totals.CLOSED)), 3))


def _currency(total: Choice, cells: Sequence[Cell], how: dict[int, str]) -> Field | None:
    code = patterns.find_currency("\n".join((layout.said(total.candidate.words), *(cell.text for cell in cells))))
    return _field((code, total.candidate.words), how) if code else None
