"""How many digital documents a second the whole check does, beside a child that only opens them and takes their words.

Both read the same generated invoices (four layouts) in one process after the other's turn; the child of the limit opens a file with pypdf
and with pdfium and takes text and boxes, without any judging.
"""

import io
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pypdfium2

from benchmarks.results import Result, compared, line
from reviews.adapters.reading import textlayer
from reviews.adapters.sandbox import Sandbox
from reviews.demo import world
from reviews.demo.documents.content import Customer, Document, Kind, Line
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import verdict
from reviews.proofs.inspection import ReadingLimits
from reviews.proofs.matching import BranchIdentity, ClaimFacts, World

ROUNDS = 10
ON = date(2026, 11, 24)
ISSUER = world.issuer("utrecht")
BRANCH = BranchIdentity(slug="utrecht", trade_names=(ISSUER.trade_name,), legal_name=ISSUER.legal_name, kvk=ISSUER.kvk, btw_id=ISSUER.btw_id)
CLAIM = ClaimFacts(branch="utrecht", reviewer_name="Jan de Vries", email="jan@example.nl")


def documents(count: int) -> list[bytes]:
    """Return different invoices, each layout in its turn."""
    layouts = list(Layout)
    return [as_pdf(_invoice(number), layouts[number % len(layouts)]) for number in range(count)]


def _invoice(number: int) -> Document:
    return Document(
        kind=Kind.FACTUUR,
        issuer=ISSUER,
        customer=Customer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
        number=f"2026-{number:04}",
        dated_on=ON - timedelta(days=number % 300),
        lines=(Line("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00") + number), Line("Montage", "1", Decimal("275.00"))),
    )


def check(sandbox: Sandbox, data: bytes, media_type: str = "application/pdf") -> str:
    """Do the whole check of one document and return its outcome."""
    return verdict.judge(sandbox.read_now(data, media_type), CLAIM, World(branches=(BRANCH,)), on=ON).outcome


def take_words(data: bytes) -> int:
    """Open a document with both readers and take its words with their boxes, as the bare limit."""
    pages = len(pypdf.PdfReader(io.BytesIO(data)).pages)
    document = pypdfium2.PdfDocument(data)
    try:
        return sum(len(textlayer.read_layer(document[number], number).words) for number in range(pages))
    finally:
        document.close()


def rate(act: Callable[[bytes], object], held: list[bytes]) -> float:
    """Return how many documents a second an act does."""
    started = time.perf_counter()
    for data in held:
        act(data)
    return len(held) / (time.perf_counter() - started)


def run() -> list[Result]:
    """Measure both on the same documents, after a warm-up."""
    held = documents(4 * ROUNDS)
    sandbox = Sandbox(ReadingLimits(), children=1, with_pictures=False)
    try:
        sandbox.start()
        outcomes = {check(sandbox, data) for data in held[:4]}
        assert outcomes == {"accept"}, outcomes
        take_words(held[0])
        figure = rate(lambda data: check(sandbox, data), held)
        limit = rate(take_words, held)
    finally:
        sandbox.close()
    return [compared("check_digital", "documents/s", figure, limit, "whole check in its child / opening with pypdf and pdfium and taking the words")]


if __name__ == "__main__":
    sys.stdout.writelines(line(result) + "\n" for result in run())
