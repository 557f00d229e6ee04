"""An e-invoice is a document like any other, and one that comes with a page must say what the page says."""

import io
from collections.abc import Callable
from dataclasses import fields
from datetime import date

import msgspec
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from benchmarks.specimens import INVOICE, ON
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.einvoices import parsing
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents.content import Document
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import file_types, verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import Invoice, ReadingLimits
from reviews.proofs.verdict import Verdict
from tests.proofs import einvoices, mails
from tests.proofs.cases import CLAIM, UTRECHT, WORLD
from tests.proofs.einvoices import cii, in_envelope, ubl

XML = "application/xml"
SAID = Invoice(
    number="2026-0117",
    issued="2026-11-03",
    seller_ids=(UTRECHT.btw_id, UTRECHT.kvk, UTRECHT.iban),
    seller_name=UTRECHT.legal_name,
    buyer_name="J. de Vries",
    total="2770.00",
    currency="EUR",
    buyer_postcode="3511 AB",
    buyer_street="Oudegracht 12",
    type_code="380",
)


Make = Callable[[Document], bytes]


def judged(sandbox: Sandbox, data: bytes, media_type: str = XML) -> Verdict:
    return verdict.judge(sandbox.read_now([(data, media_type)]), CLAIM, WORLD, on=ON)


def values(found: Verdict) -> dict[str, str]:
    names = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "total")
    return {name: field.value for name in names if (field := getattr(found.fields, name)) is not None}


@pytest.mark.parametrize("data", [ubl(INVOICE), cii(INVOICE), in_envelope(ubl(INVOICE))], ids=["ubl", "cii", "peppol"])
def test_an_e_invoice_alone_is_certain_like_the_paper_it_stands_for(sandbox: Sandbox, data: bytes) -> None:
    found = judged(sandbox, data)

    assert (found.outcome, [finding.evidence for finding in found.findings]) == ("accept", [None])
    assert values(found) == {
        "document_kind": "factuur",
        "issuer_branch": "utrecht",
        "number": "2026-0117",
        "date": "2026-11-03",
        "customer_name": "J. de Vries",
        "postcode": "3511AB",
        "total": "2770.00",
    }


@pytest.mark.parametrize("data", [ubl(INVOICE), cii(INVOICE), in_envelope(ubl(INVOICE))], ids=["ubl", "cii", "peppol"])
def test_what_it_says_comes_back_as_an_invoice(data: bytes) -> None:
    assert file_types.media_type_of(data) == XML
    assert parsing.read_standalone(data).invoice() == SAID


def test_the_desk_gets_a_picture_with_the_words_where_they_stand(sandbox: Sandbox) -> None:
    reading = sandbox.read_now([(ubl(INVOICE), XML)])

    assert reading.pages[0].picture is not None
    with Image.open(io.BytesIO(reading.pages[0].picture)) as picture:
        shown = picture.convert("L")
    number = next(word for word in reading.words if word.text == "2026-0117")
    grey = np.asarray(shown)
    left, top, right, bottom = (int(edge * shown.width) for edge in (number.x0, number.y0, number.x1, number.y1))
    assert grey[top:bottom, left:right].min() < 80
    assert grey[-60:].min() > 200
    assert all(0 <= word.x0 < word.x1 <= 1 and 0 <= word.y0 < word.y1 <= reading.pages[0].height for word in reading.words)
    assert "zijde" in [word.text for word in reading.words]


@pytest.mark.parametrize(
    "data",
    [
        ubl(INVOICE, root="CreditNote", type_code="381"),
        ubl(INVOICE, type_code="381"),
        cii(INVOICE, type_code="381"),
        cii(INVOICE, type_code="261"),
        cii(INVOICE, total="-2770.00"),
    ],
    ids=["a credit note", "an invoice of type 381", "cii 381", "self-billed 261", "a negative total"],
)
def test_what_gives_money_back_proves_no_purchase(sandbox: Sandbox, data: bytes) -> None:
    found = judged(sandbox, data)

    assert (found.outcome, found.findings[0].code) == ("reject", Code.NOT_A_PROOF)


def test_a_pro_forma_invoice_proves_no_purchase(sandbox: Sandbox) -> None:
    assert judged(sandbox, cii(INVOICE, type_code="325")).outcome == "reject"


BOMB = b'<!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OPENS_A_FILE = b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def declaring(declaration: bytes) -> bytes:
    return ubl(INVOICE).replace(b"<Invoice", declaration + b"<Invoice", 1)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(declaring(BOMB), id="entities"),
        pytest.param(declaring(OPENS_A_FILE).replace(b">2026-0117<", b">&x;<"), id="a file"),
        pytest.param(declaring(b"<!DOCTYPE Invoice>"), id="a declaration alone"),
        pytest.param(declaring(BOMB).decode().replace("UTF-8", "UTF-16").encode("utf-16"), id="entities in UTF-16"),
        pytest.param(ubl(INVOICE).replace(b"<cbc:ID>", b"<a>" * 5_000 + b"<cbc:ID>", 1), id="5,000 deep"),
        pytest.param(ubl(INVOICE).replace(b"<cac:PaymentMeans>", b"<a/>" * 200_000 + b"<cac:PaymentMeans>"), id="200,000 elements"),
        pytest.param(ubl(INVOICE)[:900], id="cut off"),
        pytest.param(b"<Invoice>" + b"a" * 21_000_000 + b"</Invoice>", id="21 MB"),
        pytest.param(b"<Invoice \xff\xfe/>", id="no characters"),
        pytest.param(b"<html><body>Invoice</body></html>", id="another root"),
        pytest.param(b'<?xml version="1.0" encoding="idna"?><Invoice/>', id="an odd encoding"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_hostile_xml_is_malformed_and_opens_nothing(hostile: bytes) -> None:
    with pytest.raises(ReadingError) as refused:
        parsing.read_standalone(hostile)

    assert refused.value.code == "malformed_file"
    assert parsing.read_invoice({"factuur.xml": hostile}) is None


def test_an_e_invoice_that_says_nothing_is_no_proof_and_no_error(sandbox: Sandbox) -> None:
    empty = f"<Invoice {einvoices.UBL_NAMES.format(root='Invoice')}/>".encode()

    assert judged(sandbox, empty).outcome != "accept"
    assert {field.name for field in fields(parsing.Content)} >= {"kind", "seller", "buyer"}


def test_values_of_nonsense_are_shown_as_they_are(sandbox: Sandbox) -> None:
    odd = (
        ubl(INVOICE, total="NaN")
        .replace(b"2026-11-03", b"morgen")
        .replace(b"480.74", b"1e999999")
        .replace(b"Knikarmscherm", b"\xe2\x80\xae&#10;" * 500)
    )

    reading = sandbox.read_now([(odd, XML)])

    assert reading.failure is None
    assert "morgen" in [word.text for word in reading.words]
    assert verdict.judge(reading, CLAIM, WORLD, on=ON).outcome != "accept"


def with_xml(xml: bytes, *, name: str = "factur-x.xml") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(as_pdf(INVOICE, Layout.MODERN))))
    writer.add_attachment(name, xml)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("xml", [ubl(INVOICE), cii(INVOICE), cii(INVOICE, buyer="Jan de Vries"), in_envelope(ubl(INVOICE))])
def test_an_e_invoice_that_says_what_the_page_says_changes_nothing(sandbox: Sandbox, xml: bytes) -> None:
    reading = sandbox.read_now([(with_xml(xml), "application/pdf")])

    assert reading.invoice is not None
    assert verdict.judge(reading, CLAIM, WORLD, on=ON).outcome == "accept"


FOREIGN = msgspec.structs.replace(
    UTRECHT, legal_name="Zonnig B.V.", trade_name="Zonnig", kvk="99999999", btw_id="NL999999999B99", iban="NL00BANK0000000000"
)


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        (cii(INVOICE, number="2026-0999"), "nummer"),
        (cii(msgspec.structs.replace(INVOICE, dated_on=date(2026, 10, 3))), "datum"),
        (ubl(msgspec.structs.replace(INVOICE, issuer=FOREIGN)), "verkoper"),
        (ubl(INVOICE, buyer="P. Bakker"), "klant"),
        (cii(INVOICE, total="1770.00"), "bedrag"),
    ],
)
def test_an_e_invoice_that_says_something_else_than_the_page_is_found(sandbox: Sandbox, xml: bytes, what: str) -> None:
    found = judged(sandbox, with_xml(xml), "application/pdf")

    told = next(finding.evidence for finding in found.findings if finding.code is Code.HIDDEN_TEXT)
    assert told == f"e-factuur in het bestand zegt iets anders: {what}"
    assert found.outcome == "reject"


def test_a_page_with_the_e_invoice_of_a_credit_note_is_no_proof(sandbox: Sandbox) -> None:
    found = judged(sandbox, with_xml(cii(INVOICE, type_code="381")), "application/pdf")

    assert (found.outcome, found.findings[0].code) == ("reject", Code.NOT_A_PROOF)


def test_in_a_mail_with_both_the_e_invoice_is_held_against_the_page(sandbox: Sandbox) -> None:
    pdf = as_pdf(INVOICE, Layout.MODERN)

    same = judged(sandbox, mails.letter((ubl(INVOICE), XML), (pdf, "application/pdf")).as_bytes(), "message/rfc822")
    other = judged(sandbox, mails.letter((ubl(INVOICE, buyer="P. Bakker"), XML), (pdf, "application/pdf")).as_bytes(), "message/rfc822")

    assert (same.outcome, other.outcome) == ("accept", "reject")
    assert Code.HIDDEN_TEXT in [finding.code for finding in other.findings]


def without(data: bytes, *parts: bytes) -> bytes:
    """Leave elements out of an e-invoice, by the beginning of each."""
    for part in parts:
        name = part.split(b" ")[0]
        place = data.rindex(b"<" + part)
        end = data.index(b"</" + name + b">", place) + len(name) + 3
        data = data[:place] + data[end:]
    return data


def replaced(data: bytes, was: bytes, becomes: bytes) -> bytes:
    assert was in data, was
    return data.replace(was, becomes)


SPARSE = {
    "no street": (without(ubl(INVOICE), b"cbc:StreetName"), {"postcode": "3511AB"}),
    "no town and no street": (without(ubl(INVOICE), b"cbc:StreetName", b"cbc:CityName"), {"postcode": "3511AB"}),
    "no postcode": (without(ubl(INVOICE), b"cbc:PostalZone"), {}),
    "no address at all": (without(ubl(INVOICE), b"cac:PostalAddress"), {}),
    "a street alone, in CII": (without(cii(INVOICE), b"ram:PostcodeCode", b"ram:CityName"), {}),
    "a long name": (ubl(INVOICE, buyer="Mevrouw Johanna Wilhelmina Antonia van den Berg-de Vries van Zuylen"), {"postcode": "3511AB"}),
}


@pytest.mark.parametrize(("data", "kept"), SPARSE.values(), ids=SPARSE.keys())
def test_a_buyer_of_whom_little_is_told_is_known_by_that_and_by_nothing_else(sandbox: Sandbox, data: bytes, kept: dict[str, str]) -> None:
    claim = msgspec.structs.replace(CLAIM, postcode=None)

    found = verdict.judge(sandbox.read_now([(data, XML)]), claim, WORLD, on=ON)

    told = values(found)
    name = "J. de Vries" if b"Johanna" not in data else "Mevrouw Johanna Wilhelmina Antonia van den Berg-de Vries van Zuylen"
    assert (told["customer_name"], told.get("postcode")) == (name, kept.get("postcode"))
    assert found.outcome == ("accept" if name == "J. de Vries" else found.outcome)


def test_an_e_invoice_without_a_buyer_names_nobody_however_its_page_looks(sandbox: Sandbox) -> None:
    found = judged(sandbox, without(without(ubl(INVOICE), b"cac:PartyLegalEntity"), b"cac:PostalAddress"))

    assert found.fields.customer_name is None
    assert found.outcome == "refer"


@pytest.mark.parametrize("number", ["7", "F1", "Slotfactuur-Vries-2", "2026/XI/0117-bis", "03-11-2026", "INV 2026 0117 rev B"])
@pytest.mark.parametrize("make", [ubl, cii], ids=["ubl", "cii"])
def test_the_number_of_an_e_invoice_is_what_it_calls_its_number(sandbox: Sandbox, make: Make, number: str) -> None:
    found = judged(sandbox, make(msgspec.structs.replace(INVOICE, number=number)))

    assert values(found)["number"] == number
    assert found.outcome == "accept"


BOOKS = b'<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">5288.14</cbc:TaxAmount></cac:TaxTotal><cac:TaxTotal>'
SUMS = {
    "btw in the currency of the books, first": replaced(ubl(INVOICE), b"<cac:TaxTotal>", BOOKS),
    "btw in the currency of the books, last": replaced(
        ubl(INVOICE), b"<cac:LegalMonetaryTotal>", BOOKS.removesuffix(b"<cac:TaxTotal>") + b"<cac:LegalMonetaryTotal>"
    ),
    "btw in two currencies, in CII": replaced(
        cii(INVOICE), b"<ram:TaxTotalAmount", b'<ram:TaxTotalAmount currencyID="USD">520.00</ram:TaxTotalAmount><ram:TaxTotalAmount'
    ),
    "rounded to whole euros": replaced(
        replaced(ubl(INVOICE), b">480.74<", b">480.49<"),
        b"<cbc:PayableAmount",
        b'<cbc:PayableRoundingAmount currencyID="EUR">0.25</cbc:PayableRoundingAmount><cbc:PayableAmount',
    ),
    "rounded down, in CII": replaced(
        replaced(cii(INVOICE), b">480.74<", b">481.14<"),
        b"<ram:GrandTotalAmount",
        b"<ram:RoundingAmount>-0.40</ram:RoundingAmount><ram:GrandTotalAmount",
    ),
    "zeros where nothing was filled in": replaced(
        replaced(ubl(INVOICE), b'<cbc:TaxInclusiveAmount currencyID="EUR">2770.00<', b'<cbc:TaxInclusiveAmount currencyID="EUR">0.00<'),
        b">2289.26</cbc:TaxExclusiveAmount",
        b">0.00</cbc:TaxExclusiveAmount",
    ),
    "paid in advance": replaced(
        without(ubl(INVOICE), b"cbc:TaxInclusiveAmount"),
        b'<cbc:PayableAmount currencyID="EUR">2770.00<',
        b'<cbc:PrepaidAmount currencyID="EUR">1000.00</cbc:PrepaidAmount><cbc:PayableAmount currencyID="EUR">1770.00<',
    ),
}


@pytest.mark.parametrize("data", SUMS.values(), ids=SUMS.keys())
def test_the_sums_of_an_e_invoice_are_those_of_the_norm(sandbox: Sandbox, data: bytes) -> None:
    found = judged(sandbox, data)

    assert (found.outcome, values(found)["total"]) == ("accept", "2770.00")


@pytest.mark.parametrize("rounding", [b"1.25", b"-0.40", b"abc"])
def test_a_total_that_only_a_rounding_could_explain_must_be_explained_by_it(sandbox: Sandbox, rounding: bytes) -> None:
    data = replaced(SUMS["rounded to whole euros"], b">0.25<", b">" + rounding + b"<")

    assert [finding.code for finding in judged(sandbox, data).findings] == [Code.MALFORMED_FILE]


def test_a_licence_before_the_root_changes_nothing(sandbox: Sandbox) -> None:
    head, _, rest = ubl(INVOICE).partition(b"?>")

    assert judged(sandbox, head + b"?><!-- " + b"Deze code is vrij. " * 1_000 + b"-->" + rest).outcome == "accept"


def test_a_mail_with_an_e_invoice_alone_is_read_as_that(sandbox: Sandbox) -> None:
    assert judged(sandbox, mails.letter((ubl(INVOICE), XML)).as_bytes(), "message/rfc822").outcome == "accept"


def test_no_part_of_a_page_is_drawn_for_what_passes_its_foot() -> None:
    line = b"<cac:InvoiceLine><cac:Item><cbc:Name>regel</cbc:Name></cac:Item></cac:InvoiceLine>"
    long = ubl(INVOICE).replace(b"</Invoice>", line * 900 + b"</Invoice>")

    reading = document.read([(long, XML)], ReadingLimits())

    assert "2.770,00" in [word.text for word in reading.words]
    assert all(word.y1 < reading.pages[0].height for word in reading.words)


def test_an_amount_that_would_fill_pages_is_written_as_it_came() -> None:
    reading = document.read([(ubl(INVOICE, total="1E+99999999"), XML)], ReadingLimits())

    assert "1E+99999999" in [word.text for word in reading.words]


@pytest.mark.parametrize("total", [b"2770.10", b"2770.2147483647"])
@pytest.mark.parametrize("data", [ubl(INVOICE), cii(INVOICE)], ids=["ubl", "cii"])
def test_an_e_invoice_alone_whose_total_is_not_the_sum_of_its_parts_is_damaged(sandbox: Sandbox, data: bytes, total: bytes) -> None:
    changed = data.replace(b"2770.00", total)

    assert changed != data
    assert [finding.code for finding in judged(sandbox, changed).findings] == [Code.MALFORMED_FILE]
