"""A file is let in by what it is, not by what it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import InvalidError
from reviews.proofs import file_types, intake
from reviews.proofs.findings import Code
from reviews.proofs.intake import Admitted, Upload, UploadLimits, UploadRefused

MOST = 25_000_000


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"%PDF-1.7\n1 0 obj", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"II*\x00\x08", "image/tiff"),
        (b"MM\x00*\x00", "image/tiff"),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(start: bytes, media_type: str) -> None:
    assert intake.examine(start, max_bytes=MOST) == Admitted(media_type)


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"<html>",
        b"<svg xmlns='x'>",
        b"GIF89a",
        b"BM\x36\x00\x00\x00",
        b"8BPS\x00\x01",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%PDF-1.7",
        b"SIMPLE  =                    T",
        b"Rar!\x1a\x07\x01\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"From: jan@example.com\nDate: x\n\n",
        b"x" * 1100 + b"%PDF-1.7",
        b"\x00\x00\x00\x18ftypavif",
        b"7z\xbc\xaf",
        b"?",
    ],
)
def test_anything_else_is_refused_whatever_its_name(data: bytes) -> None:
    assert intake.examine(data, max_bytes=MOST) == UploadRefused(Code.UNSUPPORTED_TYPE)
    with pytest.raises(InvalidError, match="unsupported_type"):
        intake.admit_document([Upload(data, "factuur.pdf")], UploadLimits())


LEADS = {
    "a line end": b"\n",
    "a byte order mark": b"\xef\xbb\xbf",
    "the name of a program": b"Omnis\x00\x01Studio",
    "what a web server says first": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n",
    "blanks up to the limit": b" " * 1024,
}


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS.keys())
def test_a_pdf_may_begin_behind_what_every_viewer_passes_over(lead: bytes) -> None:
    data = lead + b"%PDF-1.7\n1 0 obj"

    assert intake.examine(data, max_bytes=MOST) == Admitted("application/pdf")
    assert file_types.from_its_head(data) == b"%PDF-1.7\n1 0 obj"


@pytest.mark.parametrize(
    "lead",
    [
        b"MZ\x90",
        b"PK\x03\x04",
        b"GIF89a",
        b"\n<html>",
        b"jan <script src=x>",
        b"<?php echo 1 ?>",
        b"#!/bin/sh\n",
        b"%!PS\n",
        b'{"a": 1}',
        b" " * 1025,
        b"factuur.pdf" + bytes(501),
    ],
)
def test_what_begins_as_something_else_is_no_pdf(lead: bytes) -> None:
    assert intake.examine(lead + b"%PDF-1.7\n1 0 obj", max_bytes=MOST) == UploadRefused(Code.UNSUPPORTED_TYPE)


def test_nothing_and_too_much_are_refused_with_a_sentence_that_helps() -> None:
    with pytest.raises(InvalidError) as empty:
        intake.admit_document([Upload(b"", "factuur.pdf")], UploadLimits())
    with pytest.raises(InvalidError) as large:
        intake.admit_document([Upload(b"%PDF-" + b"x" * 11, "factuur.pdf")], UploadLimits(max_bytes=10))

    assert empty.value.errors[0].code == "malformed_file"
    assert "foto" in empty.value.errors[0].detail
    assert large.value.errors[0].code == "oversized"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\factuur.pdf", "factuur.pdf"),
        ("fac\x00tu\r\nur.pdf", "factuur.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("  factuur   zonwering.pdf. ", "factuur zonwering.pdf"),
        ("", ""),
        ("..\\x", "x"),
        ("con", "con"),
        ("zonwering \U0001f31e.pdf", "zonwering \U0001f31e.pdf"),
        ('"; filename="b.exe', '"; filename="b.exe'),
        ("a" * 5000 + ".pdf", "a" * 115 + "….pdf"),
    ],
)
def test_a_name_is_shown_without_tricks(name: str, shown: str) -> None:
    assert intake.clean_name(name) == shown


@given(st.text(max_size=5000))
def test_a_shown_name_is_short_and_on_one_line(name: str) -> None:
    shown = intake.clean_name(name)

    assert len(shown) <= intake.LONGEST_NAME
    assert shown.isprintable()


UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cbc="x"><cbc:ID>F1</cbc:ID></Invoice>'


@pytest.mark.parametrize(
    "text",
    [
        UBL,
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- gemaakt met -->\n' + UBL,
        "\ufeff" + UBL,
        "<!--" + " Licentie: vrij te gebruiken." * 300 + "-->\n<?bron boekhouding?>\n<!-- twee -->" + UBL,
        "<ubl:CreditNote xmlns:cbc='c' xmlns:ubl = 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2'>",
        '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">',
        '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">',
    ],
)
def test_an_e_invoice_is_told_by_its_root_element(text: str) -> None:
    assert intake.examine(text.encode(), max_bytes=MOST) == Admitted("application/xml")
    assert intake.examine(text.encode("utf-16"), max_bytes=MOST) == Admitted("application/xml")


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><note>Invoice</note>',
        "<Invoice><ID>F1</ID></Invoice>",
        '<Invoice xmlns:ubl="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">',
        '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">',
        '<!DOCTYPE Invoice [<!ENTITY a "aaaa">]>' + UBL,
        "<svg xmlns='http://www.w3.org/2000/svg'>" + UBL,
        "<!DOCTYPE html><html>" + UBL,
        "<!-- " + UBL,
        "<!-- licentie --><html><!-- -->" + UBL,
        "factuur " + UBL,
        "<?xml " * 500,
    ],
)
def test_other_xml_and_html_are_no_e_invoice(text: str) -> None:
    assert intake.examine(text.encode(), max_bytes=MOST) == UploadRefused(Code.UNSUPPORTED_TYPE)


@pytest.mark.parametrize(
    "header",
    [
        "From: Van Dam <info@vandam.example>\r\nDate: Tue, 3 Nov 2026 10:00:00 +0100\r\nSubject: Factuur\r\n\r\nBijgaand",
        "Received: from mail.example\n\tby mx.example\nFrom: info@vandam.example\n\nBijgaand",
        "DKIM-Signature: v=1; a=rsa-sha256;\r\n d=vandam.example\r\nFrom: info@vandam.example\r\n\r\n",
        "X-Mozilla-Status: 0001\nSubject: Factuur\nFROM: info@vandam.example\n\n%PDF-1.7",
    ],
)
def test_a_mail_is_told_by_its_header(header: str) -> None:
    assert intake.examine(header.encode(), max_bytes=MOST) == Admitted("message/rfc822")


@pytest.mark.parametrize(
    "text",
    [
        "Beste Jan,\nFrom: info@vandam.example\nDate: vandaag\n\n",
        "From: info@vandam.example\n\nDate: vandaag",
        "Subject: Factuur\nDate: vandaag\n\n",
        "From jan Tue Nov  3 10:00:00 2026\nFrom: a@b.example\nDate: x\n\n",
        "\nFrom: a@b.example\nDate: x\n\n",
        "From: a@b.example\nDate: x\n<html><script>\n\n",
    ],
)
def test_a_text_with_an_address_in_it_is_no_mail(text: str) -> None:
    assert intake.examine(text.encode(), max_bytes=MOST) == UploadRefused(Code.UNSUPPORTED_TYPE)


@given(st.binary(max_size=3000))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert isinstance(intake.examine(data, max_bytes=MOST), Admitted | UploadRefused)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7", b"%PDF-1.4\n" + bytes(400)])
def test_a_pdf_without_a_single_object_is_damaged(data: bytes) -> None:
    assert intake.examine(data, max_bytes=MOST) == UploadRefused(Code.MALFORMED_FILE)


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + bytes(60), b"<html><script>alert(1)</script></html>", b"<?php echo 1; ?>"])
def test_what_hangs_behind_a_document_makes_it_nothing_else(tail: bytes) -> None:
    assert intake.examine(b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n" + tail, max_bytes=MOST) == Admitted("application/pdf")
    assert intake.examine(b"\xff\xd8\xff\xe0" + bytes(60) + tail, max_bytes=MOST) == Admitted("image/jpeg")


PHOTO, PDF = b"\xff\xd8\xff\xe0", b"%PDF-1.7\n1 0 obj"


def uploads(*files: bytes) -> list[Upload]:
    return [Upload(data, f"IMG_{number}.JPG") for number, data in enumerate(files)]


def test_photos_are_one_document_in_the_order_in_which_they_were_given() -> None:
    types = intake.admit_document(uploads(PHOTO, b"\x89PNG\r\n\x1a\n", b"II*\x00"), UploadLimits())

    assert types == ("image/jpeg", "image/png", "image/tiff")


@pytest.mark.parametrize(
    ("files", "field", "code"),
    [
        ((), "proof", "missing"),
        ((PHOTO, PDF), "proof", "only_pictures"),
        ((PDF, PDF), "proof", "only_pictures"),
        ((PHOTO, UBL.encode()), "proof", "only_pictures"),
        ((PHOTO, b"MZ\x90"), "proof.1", "unsupported_type"),
        ((PHOTO, PHOTO, b""), "proof.2", "malformed_file"),
        ((PHOTO,) * 4, "proof", "too_many_files"),
        ((PHOTO + bytes(90), PHOTO + bytes(110)), "proof", "oversized"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_to_send_instead(files: tuple[bytes, ...], field: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        intake.admit_document(uploads(*files), UploadLimits(max_bytes=200, parts=3))

    [error] = caught.value.errors
    assert (error.field, error.code) == (field, code)
    assert error.detail == intake.SENTENCES[code] % UploadLimits(max_bytes=200, parts=3).told()
    assert "%" not in error.detail


def test_a_photo_that_was_chosen_twice_counts_once() -> None:
    assert [upload.data for upload in intake.without_repeats(uploads(b"a", b"b", b"a", b"c", b"b"))] == [b"a", b"b", b"c"]


def test_a_document_is_recognised_by_its_files_in_their_order() -> None:
    one, other = b"1" * 32, b"2" * 32

    assert intake.digest_of([one]) == one
    assert len({intake.digest_of([one, other]), intake.digest_of([other, one]), one, other}) == 4
