"""Copies of mails, read in the real sandbox: an invoice as the demo makes it, and what hostile senders make."""

import base64
from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from reviews.adapters.documents.copy_reader import CopyReader
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.mails import branch_copy
from reviews.adapters.documents.sandbox import Sandbox
from reviews.branches import naming
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.renderings import with_script
from reviews.invitations.intake.mail_copies.model import MailCopy
from reviews.proofs.file_types import MAIL_COPY
from reviews.proofs.reading import Reading, ReadingLimits
from tests import cast
from tests.invitations import copied_mails

BRANCHES = [naming.of(cast.UTRECHT), naming.of(cast.GRONINGEN)]


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    made = Sandbox(ReadingLimits(megabytes=45))
    yield made
    made.close()


async def read(sandbox: Sandbox, raw: bytes) -> MailCopy:
    return await CopyReader(sandbox).read(raw, BRANCHES)


async def test_an_invoice_is_read_with_its_letter(sandbox: Sandbox) -> None:
    copy = await read(sandbox, copied_mails.mail(copied_mails.document()))

    assert (copy.failure, copy.sender, copy.recipients) == (None, copied_mails.PROGRAM, (("Jan de Vries", "jan@example.com"),))
    assert (copy.subject, copy.message_id) == ("Uw factuur F2026-0042", "42@vandamzonwering.example")
    assert "Hierbij de factuur van uw scherm." in copy.text
    [paper] = copy.papers
    assert (paper.kind, paper.issuer, paper.name, paper.total) == ("factuur", "utrecht", "J. de Vries", "2495.00")
    assert paper.number
    assert paper.dated_on
    assert (paper.number.text, paper.dated_on.text) == ("F2026-0042", "2026-11-20")
    assert paper.pages[0][:4] == b"RIFF"


async def test_an_invoice_of_another_branch_and_a_pdf_with_javascript_are_what_they_are(sandbox: Sandbox) -> None:
    other = copied_mails.document(issuer=copied_mails.issuer(cast.GRONINGEN), kind=DocumentKind.CREDITNOTA, number="C2026-0001")
    copy = await read(sandbox, copied_mails.mail(other, with_script(copied_mails.document())))

    assert [(paper.kind, paper.issuer) for paper in copy.papers] == [("creditnota", "groningen"), ("factuur", "utrecht")]


async def test_five_hundred_attachments_are_left_alone(sandbox: Sandbox) -> None:
    copy = await read(sandbox, copied_mails.mail(*[b"%PDF-1.4 niets"] * 500))

    assert (copy.failure, copy.papers, copy.sender) == ("too_many_parts", (), copied_mails.PROGRAM)


async def test_a_mail_of_forty_megabytes_does_not_hurt(sandbox: Sandbox) -> None:
    copy = await read(sandbox, copied_mails.mail(b"%PDF-1.4" + b"\0" * 29_000_000))

    assert [paper.failure for paper in copy.papers] == ["malformed_file"]


def letter(raw: bytes) -> Any:
    found = document.read([(raw, MAIL_COPY)], ReadingLimits()).letter
    assert found is not None
    return found


def test_mails_within_mails_within_mails_are_left_alone() -> None:
    raw = b"Subject: onder\r\n\r\ntekst"
    for depth in range(40):
        edge = b"b%d" % depth
        head = b"From: <x@y.example>\r\nSubject: laag %d\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (depth, edge, edge)
        raw = head + b"Content-Type: message/rfc822\r\n\r\n" + raw + b"\r\n--" + edge + b"--\r\n"

    assert letter(raw).documents == 0
    assert letter(raw).subject == "laag 39"


def test_multiparts_within_multiparts_are_too_many() -> None:
    raw = b"Content-Type: text/plain\r\n\r\ntekst"
    for depth in range(40):
        edge = b"b%d" % depth
        raw = b"Subject: bom\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n%s\r\n--%s--\r\n" % (edge, edge, raw, edge)

    assert letter(raw).incident == "too_many_parts"


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?utf-8?q?a=0D=0ABcc:_x@y.nl?= <jan@x.example>\r\nSubject: =?utf-8?b?AAECDQo=?= en meer\r\n",
        b"From: \x00\xff\xfe <\x00>\r\nSubject: \xe9\xff nul\x00\r\nTo: " + b"a@b.example, " * 5_000 + b"\r\n",
        b'From: <jan@x.example\r\nSubject: =?bestaatniet?q?x?= =?utf-8?b?!!!?=\r\nContent-Type: text/plain; charset="\xff"\r\n',
        b"From: a@b.example, c@d.example\r\nSubject: " + b"x" * 50_000 + b"\r\n y\r\nContent-Type: ;;;=\r\n",
        b"Content-Transfer-Encoding: base64\r\nSubject: vuil\r\nContent-Type: application/pdf; name*0*=utf-8''%ff\r\n",
        b"Content-Type: multipart/mixed\r\nSubject: geen grens\r\n",
        b"Content-Type: multipart/mixed; boundary*=utf-8''%00\r\n",
        b"Message-ID: <a\r\n b@c>\r\nAuto-Submitted:\r\n",
    ],
)
def test_no_header_is_too_strange_to_show(head: bytes) -> None:
    found = letter(head + b"\r\n=== base64? \xff\x00 ===\r\n")

    shown = [found.sender, found.subject, found.message_id, *(part for mailbox in (*found.recipients, *found.copied) for part in mailbox)]
    assert all(text.isprintable() and len(text) <= branch_copy.LONGEST_LINE for text in shown)
    assert len(found.recipients) <= branch_copy.MOST_MAILBOXES
    assert "\0" not in found.text


def test_a_text_in_another_character_set_than_it_says_is_still_shown() -> None:
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nHierbij uw factuur\r\n"
    html = b"Subject: x\r\nContent-Type: text/html\r\n\r\n<head><style>p{}</style></head><p>Uw &amp; factuur</p><script>alert(1)</script><p>klaar"

    assert letter(raw).text
    assert letter(html).text.split() == ["Uw", "&", "factuur", "klaar"]


@pytest.mark.parametrize(
    ("head", "automatic"),
    [
        (b"Auto-Submitted: auto-replied (vacation)\r\n", "reply"),
        (b"Auto-Submitted: auto-generated\r\n", ""),
        (b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n", "report"),
        (b"Return-Path: <>\r\n", "report"),
    ],
)
def test_bounces_and_answers_of_absent_people_are_told_from_what_a_program_sends(head: bytes, automatic: str) -> None:
    assert letter(head + b"\r\ntekst").automatic == automatic


def test_garbage_in_base64_gives_no_document() -> None:
    raw = b"Subject: x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PD") + b"\xff*!\r\n"

    assert letter(raw).documents == 0


@pytest.mark.parametrize(
    ("failure", "told"), [("too_slow", "not_read"), ("reader_died", "not_read"), ("oversized", "oversized"), (None, "malformed_file")]
)
async def test_what_says_nothing_certain_about_a_mail_is_not_told_as_its_fault(failure: str | None, told: str) -> None:
    class Fixed:
        def is_ready(self, *, recognition: bool) -> bool:
            return not recognition

        def failing_for(self, *, recognition: bool) -> timedelta:
            return timedelta(hours=int(recognition))

        async def read(self, parts: Sequence[tuple[bytes, str]]) -> Reading:
            del parts
            return Reading(failure=failure)

    reader = CopyReader(Fixed())

    assert reader.is_ready()
    assert reader.failing_for(recognition=True) == timedelta(hours=1)
    assert (await reader.read(b"", BRANCHES)).failure == told
