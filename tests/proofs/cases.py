"""What the tests of proofs share: the branch that issues, its neighbour, a claim, and documents drawn by the demo's own layouts."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from benchmarks import specimens
from reviews.branches.naming import BranchIdentity
from reviews.proofs.inspection import Page, Reading, Word
from reviews.proofs.matching import ClaimFacts, KnownJob, World

UTRECHT = specimens.ISSUER
BRANCH = msgspec.structs.replace(specimens.BRANCH, phone=UTRECHT.phone, website=UTRECHT.website)
NEIGHBOUR = BranchIdentity(slug="groningen", trade_names=("Ambiance Groningen",), legal_name="Hoekstra Zonwering B.V.", kvk="00511234")
CLAIM = ClaimFacts(branch="utrecht", reviewer_name="Jan de Vries", email="jan@example.nl", postcode="3511 AB")
WORLD = World(branches=(BRANCH, NEIGHBOUR))
JOB = KnownJob(number="2026-0117", kind="purchase", date=date(2026, 11, 3), customer_name="J. de Vries", postcode="3511AB", total=Decimal("2770.00"))
CHARACTER, HEIGHT, LINE = 0.011, 0.012, 0.022


def reading_of(*lines: str, source: str = "text", score: float = 1.0, **facts: Any) -> Reading:
    """Return a reading of a page on which these lines stand under each other; a bar (|) starts the next column."""
    words = [word for row, line in enumerate(lines) for word in _words_of(line, 0.1 + row * LINE, score)]
    reading = Reading(pages=(Page(height=1.41, source=source),), page_count=1, words=tuple(words), sha256="0" * 64)
    return msgspec.structs.replace(reading, **facts)


def _words_of(line: str, top: float, score: float) -> list[Word]:
    words = list[Word]()
    for column, text in enumerate(line.split("|")):
        left = 0.08 + column * 0.32
        for part in text.split():
            words.append(Word(part, 0, left, top, left + CHARACTER * len(part), top + HEIGHT, score))
            left += CHARACTER * (len(part) + 0.6)
    return words


PAPER: tuple[str, ...] = (
    "FACTUUR",
    "Ambiance Utrecht|Van Dam Zonwering B.V.|Vaartsedijk 112",
    "KvK 00412876|BTW NL900412008B01|3522 AB Utrecht",
    "",
    "J. de Vries",
    "Oudegracht 12",
    "3511 AB Utrecht",
    "",
    "Factuurnummer|2026-0117",
    "Factuurdatum|03-11-2026",
    "Vervaldatum|17-11-2026",
    "Uw klantnummer|77123",
    "",
    "Knikarmscherm|1|2.770,00",
    "Subtotaal excl. btw|€ 2.289,26",
    "Btw 21%|€ 480,74",
    "Totaal incl. btw|€ 2.770,00",
)
"""A plain invoice of Utrecht to J. de Vries, line by line."""


def paper(**changes: str) -> tuple[str, ...]:
    """Return the plain invoice with some texts replaced: `paper(**{"J. de Vries": "P. Bakker"})`."""
    lines = PAPER
    for was, becomes in changes.items():
        assert any(was in line for line in lines), was
        lines = tuple(line.replace(was, becomes) for line in lines)
    return lines
