"""A digital signature says whether a file is still what was signed; it clears nothing else, and a broken one is told."""

import hashlib
import io
import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pypdf import PdfReader, PdfWriter

from benchmarks.specimens import INVOICE
from reviews.adapters.documents.reading.pdf.signatures import read_signatures
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents import renderings
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import inspection
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import Reading, Signature
from tests.proofs.signing import BRANCH, certificate, signed

PDF = "application/pdf"
NAMED = f"{BRANCH}, Facturen"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return as_pdf(INVOICE, Layout.MODERN)


@pytest.fixture(scope="module")
def with_signature(pdf: bytes) -> bytes:
    return signed(pdf)


def changed(reading: Reading) -> list[Finding]:
    about_change = {Code.ALTERED_DOCUMENT, Code.POSSIBLY_ALTERED, Code.FILE_REMARK}
    return [finding for finding in inspection.inspect(reading) if finding.code in about_change]


def told(reading: Reading) -> str:
    return "; ".join(finding.evidence or "" for finding in changed(reading))


def test_a_signature_names_its_certificate_and_holds(with_signature: bytes) -> None:
    fingerprint = hashlib.sha256(certificate(BRANCH).dump()).hexdigest()

    assert read_signatures(with_signature) == (Signature(by=NAMED, intact=True, whole=True, certificate=fingerprint),)


def test_a_signed_document_reads_without_a_sign_of_change(sandbox: Sandbox, with_signature: bytes) -> None:
    reading = sandbox.read_now([(with_signature, PDF)])

    assert [(one.by, one.intact, one.whole) for one in reading.signatures] == [(NAMED, True, True)]
    assert (reading.revisions, reading.revised, inspection.inspect(reading)) == (2, False, [])


def test_a_byte_changed_under_the_signature_breaks_it(sandbox: Sandbox, with_signature: bytes) -> None:
    """A remark between the objects is no part of any page: only the signature tells."""
    spoiled = with_signature.replace(b"(opensource)", b"(opensourcE)", 1)
    assert spoiled != with_signature

    reading = sandbox.read_now([(spoiled, PDF)])

    assert [(one.intact, one.whole) for one in reading.signatures] == [(False, True)]
    told = f"de digitale handtekening van {NAMED} klopt niet meer: het bestand is na het ondertekenen veranderd"
    assert (changed(reading)[0].evidence or "").startswith(told)


def test_a_page_changed_behind_the_signature_leaves_it_intact_but_not_whole(sandbox: Sandbox, with_signature: bytes) -> None:
    later = renderings.altered(with_signature, was="J. de Vries", becomes="P. Bakker", at=datetime(2026, 11, 20, tzinfo=UTC), incremental=True)

    reading = sandbox.read_now([(later, PDF)])

    assert [(one.intact, one.whole) for one in reading.signatures] == [(True, False)]
    assert "na de digitale handtekening" in told(reading)
    assert Code.ALTERED_DOCUMENT in {finding.code for finding in changed(reading)}
    assert "P. Bakker" in " ".join(reading.changes)


def test_what_a_signature_is_later_checked_with_may_be_added(with_signature: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(with_signature))
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[certificate(BRANCH)])
    written = io.BytesIO()
    writer.write(written)  # type: ignore[no-untyped-call]  # pyHanko leaves it open

    assert written.getvalue() != with_signature
    assert [(one.intact, one.whole) for one in read_signatures(written.getvalue())] == [(True, True)]


def test_a_second_signature_leaves_the_first_one_whole(with_signature: bytes) -> None:
    both = read_signatures(signed(with_signature, field="Klant", by="J. de Vries"))

    assert [(one.by, one.intact, one.whole) for one in both] == [(NAMED, True, True), ("J. de Vries, Facturen", True, True)]


def test_a_later_date_is_no_sign_of_change_in_a_file_whose_signature_holds() -> None:
    later = Reading(created_at=datetime(2026, 11, 3, tzinfo=UTC), modified_at=datetime(2026, 11, 5, tzinfo=UTC))
    holds, broken = Signature(by="X", intact=True, whole=True), Signature(by="X", intact=True, whole=False)

    assert changed(replace(later, signatures=(holds,))) == []
    assert changed(later) == [Finding(Code.FILE_REMARK, "na het maken nog eens bewaard")]
    assert "na het maken nog eens bewaard" in told(replace(later, signatures=(broken,)))


def test_a_signature_clears_no_other_sign_of_change(sandbox: Sandbox, pdf: bytes) -> None:
    """Whoever forges a document can sign it too."""
    forged = renderings.altered(pdf, was="J. de Vries", becomes="P. Bakker", at=datetime(2026, 11, 20, tzinfo=UTC), incremental=True)

    reading = sandbox.read_now([(signed(forged), PDF)])

    assert [(one.intact, one.whole) for one in reading.signatures] == [(True, True)]
    assert "P. Bakker" in told(reading)
    assert Code.ALTERED_DOCUMENT in {finding.code for finding in changed(reading)}


def test_a_signature_that_makes_no_sense_neither_proves_nor_accuses(sandbox: Sandbox, with_signature: bytes) -> None:
    held = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", with_signature)
    assert held is not None
    nonsense = with_signature.replace(held[1], b"ab" * (len(held[1]) // 2))

    assert read_signatures(nonsense) == ()
    assert sandbox.read_now([(nonsense, PDF)]).signatures == ()


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"/ByteRange",
        b"%PDF-1.7 /ByteRange [0 1 2 3] %%EOF",
        b"%PDF-1.7\n1 0 obj<</Type/Sig/ByteRange[0 9999999999 -5 1]/Contents<00>>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\n" + b"1 0 obj\n<</A " * 5_000 + b"/ByteRange",
    ],
)
def test_hostile_files_have_no_signature(hostile: bytes) -> None:
    assert read_signatures(hostile) == ()


@pytest.mark.parametrize("spoil", range(24))
def test_a_signed_file_spoiled_anywhere_never_raises_and_never_counts_as_signed(with_signature: bytes, spoil: int) -> None:
    place = len(with_signature) * spoil // 24
    torn = with_signature[:place] + bytes([with_signature[place] ^ 0x55]) + with_signature[place + 1 :]

    found = read_signatures(torn)

    gap = re.search(rb"/Contents\s*<[0-9a-fA-F]+>", with_signature)
    assert gap is not None
    assert place in range(*gap.span()) or not any(one.intact and one.whole for one in found)
    assert not any(one.intact and one.whole for one in read_signatures(with_signature[:place]))


def test_a_file_that_was_written_anew_after_signing_has_a_broken_signature(with_signature: bytes) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(with_signature)))
    written = io.BytesIO()
    writer.write(written)

    assert not any(one.intact for one in read_signatures(written.getvalue()))
