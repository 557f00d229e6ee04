"""A reader that is warm has all it needs: it opens nothing, loads nothing, and reads behind its walls what it would read without them."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pypdf
from msgspec.structs import replace

from benchmarks import specimens
from benchmarks.specimens import INVOICE
from reviews.demo.documents import renderings
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.settings import PROJECT
from tests.proofs import einvoices, mails, signing

PDF = "application/pdf"


def foreign(charset: str) -> bytes:
    """A mail in a character set that few people use today."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.nl", "b@example.nl", "Uw factuur"
    mail.set_content("Hierbij uw factuur", charset=charset)
    mail.add_attachment(as_pdf(INVOICE, Layout.MODERN), maintype="application", subtype="pdf", filename="factuur.pdf")
    return mail.as_bytes()


def twice_signed(pdf: bytes) -> bytes:
    return signing.signed(signing.signed(pdf), field="Paraaf")


def paid_to(account: str) -> bytes:
    """An invoice of a firm with an account in this country."""
    return as_pdf(replace(INVOICE, issuer=replace(INVOICE.issuer, iban=account)), Layout.MODERN)


def locked(pdf: bytes, way: str) -> bytes:
    """A PDF that opens without a password."""
    writer, written = pypdf.PdfWriter(clone_from=io.BytesIO(pdf)), io.BytesIO()
    writer.encrypt("", "of the printer", algorithm=way)
    writer.write(written)
    return written.getvalue()


def test_nothing_is_opened_or_loaded_once_the_readers_are_warm(tmp_path: Path) -> None:
    pdf = as_pdf(INVOICE, Layout.MODERN)
    kept = {made.name: made.data for made in (*specimens.documents(), *specimens.pictures(), *specimens.whole_pictures())}
    changed = renderings.altered(pdf, was="J. de Vries", becomes="P. Bakker", at=datetime(2026, 11, 20, tzinfo=UTC), incremental=True)
    kept |= {"signed": signing.signed(pdf), "changed, then signed": signing.signed(changed), "signed twice": twice_signed(pdf)}
    kept |= {"cii": einvoices.cii(INVOICE), "mail with an e-invoice": mails.letter((einvoices.ubl(INVOICE), "application/xml")).as_bytes()}
    kept |= {f"locked by {way}": locked(pdf, way) for way in ("RC4-40", "RC4-128", "AES-128", "AES-256", "AES-256-R5")}
    kept |= {"mail with a signature": mails.signed(mails.letter((pdf, PDF)))}
    kept |= {f"mail in {charset}": foreign(charset) for charset in ("iso-8859-15", "cp1250", "koi8-r", "gb2312", "utf-7", "euc-jp")}
    kept |= {f"account {account[:2]}": paid_to(account) for account in ("BE68539007547034", "CZ6508000000192000145399")}
    for name, data in kept.items():
        (tmp_path / name).write_bytes(data)

    ran = subprocess.run(
        [sys.executable, "-m", "tests.adapters.documents.child.opened_late", str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    told = json.loads(ran.stdout.splitlines()[-1])
    assert set(told) == set(kept)
    assert {name: late for name, late in told.items() if late} == {}
