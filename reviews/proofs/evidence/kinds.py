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
    "nota",
}
"""Words that also stand in tables and sentences: a title only where they are written large."""
NOT_INVOICES = ("credit", "krediet", "pro", "concept", "herinner", "correctie", "retour", "aanmaning")
LARGE, RATHER_LARGE = 1.35, 1.2
LIKENESS = 88
NEARLY_AS_LARGE = 0.8
_NAMES = {name: kind for kind, names in TITLES.items() for name in names}
_ALIKE = tuple(name for name in _NAMES if len(name) >= 6)


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
            titles.append(Title(kind, cell, size))
    return titles


def _usual_height(cells: Sequence[Cell]) -> float:
    heights = sorted(cell.height for cell in cells if len(cell.text) >= 4)
    return heights[len(heights) // 2] if heights else 0.0


def _kind_of(cell: Cell, *, large: bool, qualified: bool) -> Kind | None:
    if len(cell.words) > 6:
        return None
    words = [word for word in re.split(r"[\s/|]+", cell.text) if word and not any(char.isdigit() for char in word)]
    tail = set(TITLE_TAIL.split())
    words = [word for word in words if patterns.compact(word) not in tail and patterns.compact(word)]
    whole = "".join(patterns.compact(word) for word in words)
    if qualified and words and _named(patterns.compact(words[0]), cell.score < 1) in PROOFS and _only_qualified(words[1:]):
        return _named(patterns.compact(words[0]), cell.score < 1)
    kinds = [_named(whole, cell.score < 1)] if whole else []
    if kinds == [None] and len(words) > 1:
        kinds = [_named(patterns.compact(word), cell.score < 1) for word in words]
    named = [kind for kind in kinds if kind]
    if not named or len(named) < len(kinds) or (whole in MODEST and not large):
        return None
    return next((kind for kind in named if kind not in PROOFS), named[0])


def _only_qualified(words: Sequence[str]) -> bool:
    """Whether a large `Factuur` is followed by nothing that makes it something else (Factuur aanbetaling, Factuur 2e termijn)."""
    return bool(words) and all(_named(patterns.compact(word), read=True) in (None, *PROOFS) for word in words)


def _named(name: str, read: bool) -> Kind | None:
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith(("factuur", "faktuur")) and len(name) > 7 and not name.startswith(NOT_INVOICES):
        return Kind.FACTUUR
    if not read or len(name) < 6:
        return None
    near = process.extractOne(name, _ALIKE, scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return _NAMES[near[0]] if near else None


def main_title(titles: Sequence[Title]) -> Title | None:
    """Choose the title that says what the document is: the largest on the first page that has any of a proof, else on the first page.

    A title of something else wins when it is about as large: a reminder shows the invoice, an invoice does not show a reminder. A payment
    slip at the foot of an invoice is the exception.
    """
    pages = sorted({title.cell.page for title in titles})
    for page in pages:
        here = [title for title in titles if title.cell.page == page]
        payments = [title for title in here if title.kind is Kind.BETAALBEWIJS]
        proofs = [title for title in here if title.kind in PROOFS]
        if proofs and payments:
            here = [title for title in here if title.kind is not Kind.BETAALBEWIJS]
        largest = max(title.size for title in here)
        weighty = [title for title in here if title.size >= NEARLY_AS_LARGE * largest]
        others = [title for title in weighty if title.kind not in PROOFS]
        return max(others or weighty, key=lambda title: title.size)
    return None
