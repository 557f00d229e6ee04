"""An invoice that is written into the mail itself is read like a page; a mail that only talks about one is none."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from reviews.adapters.documents.copy_reader import CopyReader
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import forwarded_mail, html_text, own_text, text_page
from reviews.adapters.documents.sandbox import Sandbox
from reviews.branches import naming
from reviews.invitations.intake.mail_copies.model import MailCopy
from reviews.proofs.file_types import MAIL_COPY
from reviews.proofs.reading import MailFacts, Reading, ReadingLimits
from tests import cast
from tests.invitations import copied_mails, written_mails
from tests.invitations.written_mails import DISCLAIMER, FORWARDED, HTML, PLAIN, SIGNATURE, mail
from tests.proofs.proof_setup import InProcess

BRANCHES = [naming.of(cast.UTRECHT), naming.of(cast.GRONINGEN)]
ONE_ROW_EACH = """<table><tr><td>{seller}</td></tr><tr><td><h2>Factuur</h2></td></tr>
<tr><td>J. de Vries<br/>Oudegracht 12<br/>3511 AB Utrecht</td></tr>
<tr><td>Factuurnummer:</td><td></td><td>F2026-0042</td></tr><tr><td>Factuurdatum:</td><td></td><td>20 november 2026</td></tr>
<tr><td>Totaal te betalen</td><td>EUR</td><td>2.495,00</td></tr></table>""".format(seller=written_mails.SELLER.replace("\n", "<br>"))
STACKED = ONE_ROW_EACH.replace("</td><td></td><td>", "<br>")
TABBED = PLAIN.replace(":   ", ":\t").replace(" " * 34, "\t").replace("             €", "\t€")


async def read(raw: bytes, readers: Any = None) -> MailCopy:
    return await CopyReader(readers or InProcess()).read(raw, BRANCHES)


def facts(copy: MailCopy) -> set[tuple[object, ...]]:
    return {
        (paper.kind, paper.number.text if paper.number else "", paper.dated_on.text if paper.dated_on else "", paper.name, paper.total, paper.issuer)
        for paper in copy.papers
    }


THE_INVOICE = {("factuur", "F2026-0042", "2026-11-20", "J. de Vries", "2495.00", "utrecht")}


@pytest.mark.parametrize(
    "raw",
    [
        mail(PLAIN),
        mail(None, HTML),
        mail(PLAIN, HTML),
        mail("Uw mailprogramma toont geen opmaak.", HTML),
        mail(None, ONE_ROW_EACH),
        mail(None, STACKED),
        mail(TABBED),
        mail(PLAIN + SIGNATURE),
        mail(PLAIN + DISCLAIMER),
        mail("Zie hieronder.\n\n" + FORWARDED + PLAIN),
        mail(PLAIN + "\n> Factuurnummer: F1997-0001\n> Factuurdatum: 1 januari 1997\n"),
        mail(None, HTML.replace("<body", "<body onload=alert(1)").replace("<p>", "<p style='color:#000;display:block'>")),
        mail(PLAIN.replace("Factuur\n", "FACTUUR\n").replace("€", "EUR")),
    ],
    ids=[
        "plain", "html", "both", "a-plain-stub", "rows-of-label-and-value", "labels-above-values", "tabs", "signature", "disclaimer", "forwarded",
        "quoted", "attributes", "euros-in-letters",
    ],
)  # fmt: skip
async def test_an_invoice_in_the_mail_itself_is_read(raw: bytes) -> None:
    assert facts(await read(raw)) == THE_INVOICE


@pytest.mark.parametrize(
    "text",
    [
        "Beste klant,\n\nHierbij ontvangt u factuur F2026-0042 van 20-11-2026.\nHet totaalbedrag is € 2.495,00.\n",
        "Beste klant,\n\nUw factuur staat klaar: http://portaal.example/f/F2026-0042\n",
        "Factuur\n\nHierbij de factuur van uw scherm.\n",
        "Herinnering\n\nFactuur F2026-0042 van 20-11-2026 staat nog open.\nTotaal incl. btw € 2.495,00\n",
        PLAIN.replace("Factuur\n", "Offerte\n").replace("Factuurn", "Offerten").replace("Factuurd", "Offerted"),
        PLAIN.replace("Factuurdatum:    20-11-2026\n", ""),
        PLAIN.replace("Factuurnummer:   F2026-0042\n", ""),
        SIGNATURE,
        "> " + PLAIN.replace("\n", "\n> "),
        "woord " * 100_000,
        "x" * 100_000,
    ],
    ids=["announced", "a-link", "a-heading-only", "a-reminder", "a-quotation", "no-date", "no-number", "a-signature", "quoted", "long", "one-word"],
)
async def test_a_mail_that_only_talks_about_one_has_no_document(text: str) -> None:
    copy = await read(mail(text))

    assert (copy.failure, copy.papers) == (None, ())


async def test_beside_an_attached_document_the_text_is_not_read() -> None:
    attached = copied_mails.mail(copied_mails.document()).replace(b"Hierbij de factuur van uw scherm.", PLAIN.replace("0042", "0099").encode())

    assert {number for _, number, *_ in facts(await read(attached))} == {"F2026-0042"}


async def test_two_mails_with_an_invoice_each_within_one_are_two_documents() -> None:
    inner = mail(PLAIN).replace(b"F2026-0042", b"F2026-0043")
    edge = b'Content-Type: multipart/mixed; boundary="om"\r\n\r\n'
    raw = (
        b"From: a@b.example\r\n"
        + edge
        + b"".join(b"--om\r\nContent-Type: message/rfc822\r\n\r\n" + one for one in (mail(PLAIN), inner))
        + b"--om--\r\n"
    )

    assert {number for _, number, *_ in facts(await read(raw))} == {"F2026-0042", "F2026-0043"}


async def test_it_is_read_in_the_sandbox_and_shown_as_a_page(sandbox: Sandbox) -> None:
    copy = await read(mail(None, HTML), sandbox)

    assert facts(copy) == THE_INVOICE
    assert copy.papers[0].pages[0][:4] == b"RIFF"


async def test_the_text_of_a_mail_that_a_customer_sends_is_known_to_be_typed() -> None:
    reading = document.read([(mail(PLAIN), "message/rfc822")], ReadingLimits())

    assert (reading.failure, reading.typed) in {("unsupported_type", False), (None, True)}
    assert forwarded_mail.open_mail(mail(PLAIN), {}).parts == ()


async def test_a_text_that_was_not_read_says_that_and_not_that_there_is_none() -> None:
    class Dying:
        def is_ready(self, *, recognition: bool) -> bool:
            return not recognition

        def failing_for(self, *, recognition: bool) -> timedelta:
            del recognition
            return timedelta()

        async def read(self, parts: Sequence[tuple[bytes, str]]) -> Reading:
            return Reading(letter=MailFacts(bodies=1)) if parts[0][1] == MAIL_COPY else Reading(failure="reader_died")

    assert [paper.failure for paper in (await read(b"", Dying())).papers] == ["not_read"]


def letter(raw: bytes) -> MailFacts:
    found = document.read([(raw, MAIL_COPY)], ReadingLimits()).letter
    assert found is not None
    return found


def test_texts_are_counted_where_there_is_no_document() -> None:
    assert (letter(mail(PLAIN, HTML)).documents, letter(mail(PLAIN, HTML)).bodies) == (0, 2)
    assert letter(mail("  \n", "<p> &nbsp; </p>")).bodies == 0
    assert letter(copied_mails.mail(b"%PDF-1.4")).bodies == 0


async def test_more_texts_than_anybody_writes_are_too_many_parts() -> None:
    part = b"--om\r\nContent-Type: text/plain\r\n\r\ntekst\r\n"
    raw = b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="om"\r\n\r\n' + part * 6 + b"--om--\r\n"

    assert (await read(raw)).failure == "too_many_parts"


@pytest.mark.parametrize(
    "marked",
    [
        "<!--" * 100_000,
        "<b>" * 130_000,
        "<td>" * 100_000,
        "<tr><td>" * 50_000,
        "<tr>" + "<td>x" * 80_000,
        "<a style=" * 40_000,
        "<div style='display:none'>" * 15_000,
        " " * 400_000,
        "-" * 400_000,
        "\t" * 400_000,
        "\n" * 400_000,
        "> " * 200_000,
        "Van: " * 80_000,
        "dit bericht " * 30_000,
        "&lt;" * 100_000,
        "&#0;&#xffffffff;\x00\ud800",
    ],
    ids=range(16),
)
def test_no_text_is_too_strange_to_be_laid_out_or_refused(marked: str) -> None:
    """Each of them would take hours in a way of reading whose cost grows with the square of the length."""
    for text in (html_text.shown(marked), marked):
        own_text.own_lines(text)
        try:
            pages = text_page.draw(text, 0)
        except ReadingError:
            continue
        assert len(pages) <= text_page.MOST_PAGES


def test_what_html_hides_is_not_part_of_its_text() -> None:
    shown = html_text.shown(
        "<p hidden>een<p>twee</p></p>drie<span style='x:y; visibility: hidden'>vier<span>vijf</span></span>zes<img style='display:none'>zeven"
        "<!-- acht <p>negen</p> -->tien<div data-hidden='x'>elf</div>"
    )

    assert shown.split() == ["drie", "zes", "zeventien", "elf"]
