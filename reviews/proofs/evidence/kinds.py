"""Say what a document calls itself."""

import re
from collections.abc import Sequence

import msgspec
from rapidfuzz import fuzz, process

from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import TITLE_TAIL, TITLES, Kind

PROOFS = (Kind.FACTUUR, Kind.WERKBON)
MODEST = {
    "rekening",
    "details",
    "betaling",
    "transactie",
    "bevestiging",
    "order",
    "bestelling",
    "concept",
    "voorstel",
    "overeenkomst",
    "aanbod",
    "aanbieding",
    "nota",
}
"""Words that also stand in tables and sentences: a title only where they are written large."""
NOT_INVOICES = (
    *("credit", "krediet", "pro", "concept", "herinner", "correctie", "retour", "aanmaning"),
    *("betal", "betaal", "offerte", "order", "opdracht", "bestel", "openstaan", "geen"),
)
RECEIPTS = set(
    (  # noqa: SIM905 - twenty words read better as words
        "betaalbewijs betalingsbewijs betaalbevestiging overboekingsbewijs bankafschrift rekeningafschrift kwitantie betaling transactie "
        "transactiedetails overschrijving overboeking afschrijving bijschrijving betaalopdracht idealbetaling pintransactie afschrift details"
    ).split()
)
"""Titles of proofs of payment; the other words (`overgemaakt`) may be a note in pen on an invoice."""
# Heights of the page's usual text.
LARGE, RATHER_LARGE = 1.35, 1.2
WIDEST, WIDE_SPACE = 4, 5
"""Words of a title that is set wide, and heights of its letters between them."""
# Per cent (`rapidfuzz.fuzz.ratio`).
LIKENESS = 88
NEARLY_AS_LARGE = 0.8
_NAMES = {name: kind for kind, names in TITLES.items() for name in names}
# Shorter names are near to too many other words.
_ALIKE = tuple(name for name in _NAMES if len(name) >= 6)


_SUBJECT = re.compile(
    r"^(?:betreft|betr\.?|onderwerp|inzake|concerne|objet|betreff|subject|re)\s*:\s*(?:onze |uw |de |notre |unsere )?", re.IGNORECASE
)


class Title(msgspec.Struct, frozen=True):
    """A title: what it says the document is, and where it stands."""

    kind: Kind
    cell: Cell
    size: float


def find_titles(cells: Sequence[Cell]) -> list[Title]:
    """Return all titles, each with its height in heights of the page's usual text."""
    usual = {page: _usual_height([cell for cell in cells if cell.page == page]) for page in {cell.page for cell in cells}}
    titles = list[Title]()
    for cell in cells:
        size = cell.height / usual[cell.page] if usual[cell.page] else 1.0
        kind = _kind_of(cell, large=size >= LARGE, qualified=size >= RATHER_LARGE)
        if kind is not None:
            titles.append(Title(_whole_kind(kind, cell, cells), cell, size))
    return titles


def _whole_kind(kind: Kind, cell: Cell, cells: Sequence[Cell]) -> Kind:
    """Take the words before a title into account where it is set wide (`PRO   FORMA   FACTUUR`)."""
    words = [patterns.compact(cell.text)]
    leftmost = cell
    while kind in PROOFS and len(words) < WIDEST:
        near = [other for other in cells if _is_set_before(other, leftmost)]
        if not near:
            break
        leftmost = max(near, key=lambda other: other.x1)
        words.insert(0, patterns.compact(leftmost.text))
    return next((whole for start in range(len(words) - 1) if (whole := _NAMES.get("".join(words[start:])))), kind)


def _is_set_before(other: Cell, cell: Cell) -> bool:
    gap = cell.x0 - other.x1
    return other.page == cell.page and abs(other.middle - cell.middle) < 0.5 * cell.height and 0 < gap < WIDE_SPACE * cell.height


def subject_of(cells: Sequence[Cell]) -> Title | None:
    """Return what the subject line of a letter says that it is (`Betreft: werkbon 2026-0511`); only the first word after the colon counts."""
    for cell in cells:
        found = _SUBJECT.match(cell.text)
        first = patterns.compact(cell.text[found.end() :].partition(" ")[0]) if found else ""
        if first and (kind := _named(first, read=cell.score < 1)):
            return Title(kind, cell, 1.0)
    return None


def is_spelled_out(title: Title) -> bool:
    """Whether a title is letter for letter the name of its kind: one letter that was read unsurely makes no other title of it."""
    words = [patterns.compact(word.text) for word in title.cell.words]
    return any(_NAMES.get(name) is title.kind for name in (*words, "".join(words)))


def _usual_height(cells: Sequence[Cell]) -> float:
    heights = sorted(cell.height for cell in cells if len(cell.text) >= 4)
    return heights[len(heights) // 2] if heights else 0.0


def _kind_of(cell: Cell, *, large: bool, qualified: bool) -> Kind | None:
    if len(cell.words) > 6 or _ends_sentence(cell):
        return None
    words = [word for word in re.split(r"[\s/|]+", cell.text) if word and not any(char.isdigit() for char in word)]
    tail = set(TITLE_TAIL.split())
    words = [word for word in words if patterns.compact(word) not in tail and len(patterns.compact(word)) > 1]
    whole = "".join(patterns.compact(word) for word in words)
    if qualified and len(words) > 1 and not cell.text.endswith((".", "!", "?")) and (kind := _qualified(words, read=cell.score < 1)):
        return kind
    kinds = [_named(whole, read=cell.score < 1)] if whole else []
    if kinds == [None] and len(words) > 1:
        kinds = [_named(patterns.compact(word), read=cell.score < 1) for word in words]
    named = [kind for kind in kinds if kind]
    if not named or len(named) < len(kinds) or (whole in MODEST and not large):
        return None
    return next((kind for kind in named if kind not in PROOFS), named[0])


def _ends_sentence(cell: Cell) -> bool:
    """Whether a cell is the end of a sentence that was broken over two lines (`factuur.`)."""
    return cell.text.endswith(".") and cell.text[:1].islower() and patterns.compact(cell.words[-1].text) not in TITLE_TAIL.split()


def _qualified(words: Sequence[str], *, read: bool) -> Kind | None:
    """Return what a large title of several words says: `Factuur aanbetaling`, `Tweede aanmaning`, `Herinnering factuur 12`, `Uw factuur`."""
    plain = [patterns.compact(word) for word in words]
    if (whole := _named("".join(plain), read=read)) is not None:
        return whole
    ends = [kind for name in (plain[0], plain[-1]) if name not in MODEST and (kind := _named(name, read=read)) and kind is not Kind.ANDERS]
    others = [kind for kind in ends if kind not in PROOFS]
    if others or plain[0] in MODEST:
        return others[0] if others else None
    inner = [kind for name in plain[1:-1] if (kind := _named(name, read=True)) and kind not in PROOFS]
    return ends[0] if ends and not inner else None


def _named(name: str, *, read: bool) -> Kind | None:
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith(("factuur", "faktuur")) and len(name) > 7 and not name.startswith(NOT_INVOICES):
        return Kind.FACTUUR
    if not read or len(name) < 6:
        return None
    near = process.extractOne(name, _ALIKE, scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return _NAMES[near[0]] if near else None


def main_title(titles: Sequence[Title]) -> Title | None:
    """Choose the title that says what the document is: the largest on the first page that has any.

    A covering letter without a title hides nothing; one with a title hides the document behind it.

    A title of something else wins when it is about as large: a reminder shows the invoice, an invoice does not show a reminder. A payment
    slip at the foot of an invoice is the exception.
    """
    pages = sorted({title.cell.page for title in titles})
    for page in pages:
        here = [title for title in titles if title.cell.page == page]
        payments = [title for title in here if title.kind is Kind.BETAALBEWIJS]
        proofs = [title for title in here if title.kind in PROOFS]
        named = max((title.size for title in payments if patterns.compact(title.cell.text) in RECEIPTS), default=0.0)
        if proofs and payments and max(title.size for title in proofs) >= NEARLY_AS_LARGE * named:
            here = [title for title in here if title.kind is not Kind.BETAALBEWIJS]
        largest = max(title.size for title in here)
        weighty = [
            title
            for title in here
            # PRO FORMA may stand small above a large FACTUUR, and still makes it no invoice.
            if title.size >= NEARLY_AS_LARGE * largest or title.size == largest or patterns.compact(title.cell.text).startswith("proforma")
        ]
        others = [title for title in weighty if title.kind not in PROOFS]
        return max(others or weighty, key=lambda title: title.size)
    return None
