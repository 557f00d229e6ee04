"""A winmail.dat gives its attachments as the mail's own; one that breaks the format gives nothing, and is told as broken."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.specimens import INVOICE
from reviews.adapters.documents.copy_reader import CopyReader
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import forwarded_mail, tnef
from reviews.adapters.documents.sandbox import Sandbox
from reviews.branches import naming
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs.file_types import MAIL_COPY
from reviews.proofs.reading import ReadingLimits
from tests import cast
from tests.invitations import copied_mails
from tests.proofs import einvoices, mails, winmail
from tests.proofs.winmail import ATTACHMENT, DATA, MESSAGE, attached, attribute, stream, within

PDF = b"%PDF-1.4 een"
TNEF = "application/ms-tnef"


def test_attachments_come_out_in_their_order() -> None:
    assert tnef.attachments(stream(attached(PDF), attached(b"twee", "voorwaarden.txt"))) == [PDF, b"twee"]


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (stream(), []),
        (stream(attached(b"")), []),
        (stream(attached(PDF)) + b"\r\n", [PDF]),
        (stream(attached(PDF)) + b"\n", [PDF]),
        (stream(within(stream(attached(PDF)))), [PDF]),
        (stream(attached(b"een"), within(stream(attached(PDF), within(stream(attached(b"drie")))))), [b"een", PDF, b"drie"]),
        (stream(within(b"geen bericht")), [b"geen bericht"]),
    ],
    ids=["nothing", "an-empty-file", "line-end", "newline", "a-message-within", "messages-within-messages", "an-object"],
)
def test_what_keeps_to_the_format_is_opened(held: bytes, wanted: list[bytes]) -> None:
    assert tnef.attachments(held) == wanted


def test_messages_within_messages_are_opened_to_a_depth_of_three() -> None:
    held = stream(attached(PDF))
    for _ in range(4):
        held = stream(within(held))

    [innermost] = tnef.attachments(held)
    assert tnef.is_tnef(innermost)


WHOLE = stream(attached(PDF), attached(b"twee"))
BROKEN = {
    "cut-off": WHOLE[:-5],
    "cut-in-a-head": WHOLE[:-1] + b"",
    "a-sum-that-lies": stream(attached(PDF), attribute(ATTACHMENT, DATA, b"x", total=7)),
    "a-length-beyond-the-end": stream(attached(PDF)) + b"\x02" + DATA.to_bytes(4, "little") + b"\xff\xff\xff\xff" + b"x",
    "another-level": stream(attached(PDF), attribute(3, DATA, b"x")),
    "data-of-no-attachment": stream(attribute(ATTACHMENT, DATA, PDF)),
    "something-behind-it": stream(attached(PDF)) + b"<html>",
    "a-property-of-an-unknown-type": stream(attached(PDF), winmail.properties(winmail.fixed(0x0999, 0x3705, 1))),
    "a-count-that-lies": stream(attached(PDF), attribute(ATTACHMENT, winmail.PROPERTIES, b"\xff\xff\xff\xff")),
    "many-attributes": stream(*[attribute(MESSAGE, winmail.SUBJECT, b"")] * 20_000),
    "many-values": stream(attached(PDF), winmail.properties(b"\x1f\x10\x07\x37" + (20_000).to_bytes(4, "little") + bytes(4 * 20_000))),
}


@pytest.mark.parametrize("held", BROKEN.values(), ids=BROKEN)
def test_what_breaks_the_format_gives_nothing(held: bytes) -> None:
    with pytest.raises(ReadingError):
        tnef.attachments(held)


@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_is_changed_in_it_the_answer_is_attachments_or_a_refusal(changes: list[tuple[int, int]]) -> None:
    held = bytearray(WHOLE)
    for place, value in changes:
        held[place] = value

    try:
        opened = tnef.attachments(bytes(held))
    except ReadingError:
        return
    assert sum(map(len, opened)) <= len(held)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return as_pdf(INVOICE, Layout.MODERN)


def test_a_klantbewijs_within_it_is_a_proof_and_the_signature_of_its_mail_covers_it(pdf: bytes) -> None:
    opened = forwarded_mail.open_mail(mails.signed(mails.letter((stream(attached(pdf)), TNEF))), mails.keys())

    assert opened.parts == ((pdf, "application/pdf"),)
    assert opened.signature is not None
    assert opened.signature.verified


def test_a_klantbewijs_that_has_only_a_broken_one_is_damaged_and_beside_a_document_it_does_not_matter(pdf: bytes) -> None:
    broken = (BROKEN["cut-off"], TNEF)

    with pytest.raises(ReadingError, match="malformed_file"):
        forwarded_mail.open_mail(mails.letter(broken).as_bytes(), {})
    assert [kind for _, kind in forwarded_mail.open_mail(mails.letter(broken, (pdf, "application/pdf")).as_bytes(), {}).parts] == ["application/pdf"]


def copied(*contents: bytes, kind: str = TNEF, name: str = "winmail.dat", encoding: str = "base64") -> bytes:
    head = "From: facturen@vandamzonwering.example\r\nTo: Jan de Vries <jan@example.com>\r\nSubject: Uw factuur F2026-0042\r\n"
    raw = (head + 'Content-Type: multipart/mixed; boundary="rand"\r\n\r\n--rand\r\nContent-Type: text/plain\r\n\r\nHierbij de factuur.\r\n').encode()
    for content in contents:
        body = base64.encodebytes(content) if encoding == "base64" else content
        raw += f"--rand\r\nContent-Type: {kind}; name={name}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body + b"\r\n"
    return raw + b"--rand--\r\n"


def letter(raw: bytes) -> Any:
    found = document.read([(raw, MAIL_COPY)], ReadingLimits()).letter
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "name", "encoding"),
    [
        (TNEF, "winmail.dat", "base64"),
        ("application/vnd.ms-tnef", "winmail.dat", "base64"),
        ("application/octet-stream", "noname", "base64"),
        ("application/octet-stream", "ATT00001.dat", "binary"),
    ],
)
def test_it_is_known_by_its_content(kind: str, name: str, encoding: str) -> None:
    assert letter(copied(stream(attached(PDF)), kind=kind, name=name, encoding=encoding)).documents == 1


def test_a_copy_through_outlook_is_the_same_copy_as_one_with_a_plain_attachment() -> None:
    assert letter(copied(stream(attached(PDF)))).content == letter(copied(PDF, kind="application/pdf")).content


def test_a_document_beside_it_and_one_within_it_both_count() -> None:
    assert letter(copied(stream(attached(PDF), attached(b"%PDF-1.4 twee")), PDF)).documents == 3


def test_a_broken_one_goes_to_a_person_unless_there_is_a_document() -> None:
    assert letter(copied(BROKEN["cut-off"])).incident == "malformed_file"
    assert letter(copied(BROKEN["cut-off"], PDF)).incident is None
    assert letter(copied(stream())).incident is None


def test_attachments_of_many_of_them_are_too_many_parts() -> None:
    many = stream(*[attached(b"x")] * 300)

    assert letter(copied(many)).incident is None
    assert letter(copied(many, many)).incident == "too_many_parts"


async def test_an_invoice_within_it_is_read_in_the_sandbox(sandbox: Sandbox) -> None:
    copy = await CopyReader(sandbox).read(copied(stream(attached(copied_mails.document()))), [naming.of(cast.UTRECHT)])

    [paper] = copy.papers
    assert (paper.kind, paper.number.text if paper.number else "", paper.issuer) == ("factuur", "F2026-0042", "utrecht")


async def test_an_einvoice_within_a_message_within_it_is_read(sandbox: Sandbox) -> None:
    copy = await CopyReader(sandbox).read(
        copied(stream(within(stream(attached(einvoices.ubl(copied_mails.INVOICE), "factuur.xml"))))), [naming.of(cast.UTRECHT)]
    )

    assert [paper.kind for paper in copy.papers] == ["factuur"]
