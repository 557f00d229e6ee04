"""How many digital documents a second the whole check does, beside a child that only opens them and takes their words.

Both read the same generated invoices (four layouts), each in a child of its own; the child of the limit opens a file with pypdf and with pdfium
and takes text and boxes, without walls around it and without any judging.
"""

import io
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pypdfium2

from benchmarks.results import Result, compared, line
from reviews.adapters.documents.sandbox import Sandbox
from reviews.branches.naming import BranchIdentity
from reviews.demo import seed
from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import verdict
from reviews.proofs.inspection import ReadingLimits
from reviews.proofs.matching import ClaimFacts, World

ROUNDS = 10
ON = date(2026, 11, 24)
ISSUER = seed.issuer("utrecht")
BRANCH = BranchIdentity(slug="utrecht", trade_names=(ISSUER.trade_name,), legal_name=ISSUER.legal_name, kvk=ISSUER.kvk, btw_id=ISSUER.btw_id)
CLAIM = ClaimFacts(branch="utrecht", reviewer_name="Jan de Vries", email="jan@example.nl")


def documents(count: int) -> list[bytes]:
    """Return different invoices, each layout in its turn."""
    layouts = list(Layout)
    return [as_pdf(_invoice(number), layouts[number % len(layouts)]) for number in range(count)]


def _invoice(number: int) -> Document:
    return Document(
        kind=DocumentKind.FACTUUR,
        issuer=ISSUER,
        customer=PaperCustomer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
        number=f"2026-{number:04}",
        dated_on=ON - timedelta(days=number % 300),
        lines=(ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00") + number), ItemLine("Montage", "1", Decimal("275.00"))),
    )


def check(sandbox: Sandbox, data: bytes, media_type: str = "application/pdf") -> str:
    """Do the whole check of one document and return its outcome."""
    return verdict.judge(sandbox.read_now([(data, media_type)]), CLAIM, World(branches=(BRANCH,)), on=ON).outcome


def take_words(data: bytes) -> None:
    """Open a document with both readers in a child of its own and take its text and boxes, as the bare limit."""
    child = os.fork()
    if child == 0:
        try:
            _open_with_both(data)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _open_with_both(data: bytes) -> None:
    pages = len(pypdf.PdfReader(io.BytesIO(data)).pages)
    document = pypdfium2.PdfDocument(data)
    for number in range(pages):
        text = document[number].get_textpage()
        text.get_text_range()
        for index in range(text.count_chars()):
            text.get_charbox(index)


def rates(act: Callable[[bytes], object], bare: Callable[[bytes], object], held: list[bytes]) -> tuple[float, float]:
    """Return how many documents a second each of two acts does; they take turns, so that a busy machine slows both."""
    spent = [0.0, 0.0]
    for data in held:
        for which, one in enumerate((act, bare)):
            started = time.perf_counter()
            one(data)
            spent[which] += time.perf_counter() - started
    return len(held) / spent[0], len(held) / spent[1]


def run() -> list[Result]:
    """Measure both on the same documents, after a warm-up."""
    held = documents(4 * ROUNDS)
    sandbox = Sandbox(ReadingLimits(), children=1, with_pictures=False)
    try:
        sandbox.start(recognition=False)
        outcomes = {check(sandbox, data) for data in held[:4]}
        assert outcomes == {"accept"}, outcomes
        take_words(held[0])
        figure, limit = rates(lambda data: check(sandbox, data), take_words, held)
    finally:
        sandbox.close()
    note = "whole check in its child / a child that opens with pypdf and pdfium and takes text and boxes"
    return [compared("check_digital", "documents/s", figure, limit, note)]


if __name__ == "__main__":
    sys.stdout.writelines(line(result) + "\n" for result in run())
