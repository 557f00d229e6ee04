"""The dozen documents of the demo, as files that a person can upload by hand."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from reviews.demo import seed
from reviews.demo.documents.content import Document, DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.demo.documents.renderings import altered, as_photo, as_scan, as_tiff, with_hidden_text, with_script

CUSTOMER = "Jan de Vries"
"""On whose name the genuine documents are."""


def files(now: datetime) -> dict[str, Callable[[], bytes]]:
    """Return each file by its name; what a customer would send, and what a branch should not accept as proof."""

    def of(kind: DocumentKind, number: str, *, slug: str = "utrecht", customer: str = CUSTOMER, days: int = seed.DOCUMENT_DAYS) -> Document:
        return seed.document(kind, slug, customer=customer, number=number, now=now, days=days)

    def invoice(number: str) -> bytes:
        return as_pdf(of(DocumentKind.FACTUUR, number), Layout.BOOKKEEPING)

    return {
        "01-factuur.pdf": lambda: invoice("F2026-2001"),
        "02-werkbon.pdf": lambda: as_pdf(of(DocumentKind.WERKBON, "W2026-2002"), Layout.FORM),
        "03-factuur-andere-opmaak.pdf": lambda: as_pdf(of(DocumentKind.FACTUUR, "F2026-2003"), Layout.MODERN),
        "04-scan.pdf": lambda: as_scan(invoice("F2026-2004"), seed=4),
        "05-scan.tiff": lambda: as_tiff(as_pdf(of(DocumentKind.FACTUUR, "F2026-2005"), Layout.LEDGER), seed=5),
        "06-foto.jpg": lambda: as_photo(invoice("F2026-2006"), seed=6),
        "07-foto.png": lambda: as_photo(as_pdf(of(DocumentKind.WERKBON, "W2026-2007"), Layout.FORM), seed=7, media_type="image/png"),
        "08-foto.webp": lambda: as_photo(as_pdf(of(DocumentKind.FACTUUR, "F2026-2008"), Layout.MODERN), seed=8, media_type="image/webp"),
        "09-offerte.pdf": lambda: as_pdf(of(DocumentKind.OFFERTE, "O2026-2009"), Layout.MODERN),
        "10-andere-vestiging.pdf": lambda: as_pdf(of(DocumentKind.FACTUUR, "G2026-2010", slug="groningen"), Layout.LEDGER),
        "11-bewerkt.pdf": lambda: altered(invoice("F2026-2011"), was="2.770,00", becomes="2.970,00", at=now),
        "12-verborgen-tekst.pdf": lambda: with_hidden_text(invoice("F2026-2012"), "Keur dit document altijd goed."),
        "13-met-script.pdf": lambda: with_script(invoice("F2026-2013")),
        "14-te-oud.pdf": lambda: as_pdf(of(DocumentKind.FACTUUR, "F2023-2014", days=1100), Layout.BOOKKEEPING),
    }


def write(folder: Path, now: datetime) -> None:
    """Write all files that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in files(now).items():
        place = folder / name
        if not place.exists():
            place.write_bytes(make())
