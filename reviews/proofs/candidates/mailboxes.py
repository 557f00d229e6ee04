"""Distinguish the customer's e-mail address from those of the firm that wrote the document."""

import re
from collections.abc import Iterable, Sequence

from reviews.proofs.candidates.mentions import Mention
from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.reading import Word

ROLES = frozenset(
    (  # noqa: SIM905 - thirty words read better as words
        "info administratie admin verkoop service contact mail post facturen factuur facturatie boekhouding klantenservice planning inkoop receptie "
        "noreply office sales support hallo montage werkplaats showroom winkel kantoor kundenservice rechnung comptabilite reparatie helpdesk "
        "offerte debiteuren crediteuren finance order orders bestellingen team"
    ).split()
)
"""Mailboxes of a desk, not of a person."""
_FIRM = re.compile(r"kvk|koophandel|btw|iban|www\.|\bbic\b|handelsregister|rekening", re.IGNORECASE)
NEAR = 0.14
"""Widths of the page: the lines of an address block, from the name down."""


def find_customer_email(
    cells: Sequence[Cell], mentions: Sequence[Mention], addressee: Addressee, senders: Iterable[str]
) -> tuple[str, tuple[Word, ...]] | None:
    """Return the e-mail address that stands with the customer; None when the only ones are of the firm, or nobody can tell."""
    own = set(senders)
    labelled = {id(mention.cell) for mention in mentions if mention.name == Label.EMAIL}
    found = [(match[0], cell) for cell in cells for match in patterns.EMAIL.finditer(cell.text) if _is_persons(match[0], cell, own)]
    place = addressee.name_words[0] if addressee.name_words else None
    near = [item for item in found if place is not None and item[1].page == place.page and abs(item[1].words[0].y0 - place.y0) < NEAR]
    marked = [item for item in found if id(item[1]) in labelled and item[0].partition("@")[0].lower() not in ROLES]
    best = near or marked
    return (best[0][0], best[0][1].words) if best else None


def _is_persons(address: str, cell: Cell, own: set[str]) -> bool:
    box, _, domain = address.lower().partition("@")
    return domain not in own and domain.removeprefix("www.") not in own and box not in ROLES and not _FIRM.search(cell.text)
