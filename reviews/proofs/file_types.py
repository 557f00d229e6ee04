"""Recognise a file by how it begins: documents and pictures by their first bytes, e-invoices by their root element, mails by their header.

A file that begins as one thing and goes on as another (a PDF with a ZIP or a page of HTML behind it) is taken for what it begins as; its bytes
are never shown to anybody.
"""

import re

HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MAIL, E_INVOICE = "message/rfc822", "application/xml"
MAIL_COPY = "message/x-copy"
"""What a copy of a branch's own mail is read as: alone for what the mail says, with `;N` behind it for its document, `;body-N` for its text."""
PDF = "application/pdf"
_PDF_HEAD = b"%PDF-"
MOST_BEFORE_PDF = 1024
"""Bytes; what Acrobat passes over (ISO 32000-1, annex H, 3.4.1), where servers and programs put line ends, byte order marks and names."""
LONGEST_BINARY = 32
"""Bytes before a PDF that may be no text: the name and the counters of a program."""
_TNEF = b"\x78\x9f\x3e\x22"
_STARTS_ANOTHER = re.compile(rb"\s*(?:%!|#!|PK|MZ|GIF8|BM|8BPS|Rar!|7z|\x7fELF|\xd0\xcf\x11\xe0|[{\[])|[^%]*<[A-Za-z!?/]", re.DOTALL)
_STARTS = (
    (_PDF_HEAD, PDF),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
# In bytes. The root element of an e-invoice stands within them, behind whatever licence stands in comments before it.
_BEFORE_THE_CONTENT = 64 * 1024
_LONGEST_HEADER = 64 * 1024
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Without DOCTYPE on purpose: see `_is_e_invoice`.
_BEFORE_THE_ROOT = re.compile(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_ROOT = re.compile(r"<(?:(?P<prefix>[A-Za-z_][\w.-]*):)?(?P<name>[A-Za-z_][\w.-]*)(?P<attributes>(?:\s[^<>]*)?)/?>")
_INVOICE_ROOTS = {
    ("Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"),
    ("CreditNote", "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"),
    ("CrossIndustryInvoice", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"),
    ("StandardBusinessDocument", "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"),
}
# A field name is printable ASCII but the colon (RFC 5322, 2.2); a space before the colon is its obsolete form (4.5).
_HEADER_LINE = re.compile(rb"([!-9;-~]+)[ \t]*:")
# Two names: a single one may begin any text file.
_OF_A_LETTER = ({b"from", b"date"}, {b"from", b"subject"}, {b"from", b"dkim-signature"}, {b"from", b"received"})


def media_type_of(data: bytes) -> str | None:
    """Return what a file is, None for anything that is not taken."""
    for start, media_type in _STARTS:
        if data.startswith(start):
            return media_type
    if (picture := _newer_picture(data)) is not None:
        return picture
    if _is_e_invoice(data):
        return E_INVOICE
    if _is_mail(data):
        return MAIL
    return PDF if _is_pdf_behind_something(data) else None


def _newer_picture(data: bytes) -> str | None:
    """Return the type of a picture whose name stands behind a length: WebP, and HEIC in its box (ISO 14496-12)."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else None


def _is_pdf_behind_something(data: bytes) -> bool:
    """Whether a PDF begins within the bytes that every viewer passes over, and these begin nothing else.

    A file that is something else in front of a PDF is made to be taken for two things.
    """
    start = data.find(_PDF_HEAD, 0, MOST_BEFORE_PDF + len(_PDF_HEAD))
    lead = data[: max(0, start)]
    # A longer one that is no text is a container: a winmail.dat, an archive.
    is_text = len(lead) <= LONGEST_BINARY or b"\0" not in lead
    return start > 0 and is_text and not lead.startswith(_TNEF) and _STARTS_ANOTHER.match(lead) is None


def from_its_head(data: bytes) -> bytes:
    """Return a PDF without what stands before its head."""
    return data[max(0, data.find(_PDF_HEAD, 0, MOST_BEFORE_PDF + len(_PDF_HEAD))) :]


def _is_e_invoice(data: bytes) -> bool:
    """Whether the root element is an invoice of UBL 2.1 or CII (EN 16931), alone or in its envelope; any other XML, HTML and SVG is not.

    A document type declaration is no part of an e-invoice, and what entity bombs are made of: with one it is not taken.
    """
    text = _beginning(data)
    before = _BEFORE_THE_ROOT.match(text)
    root = _ROOT.match(text, before.end() if before else 0)
    if root is None:
        return False
    declaration = f"xmlns:{root['prefix']}" if root["prefix"] else "xmlns"
    # The look-behind keeps out attributes whose names only end in xmlns.
    namespace = re.search(rf"(?<![\w:.-]){re.escape(declaration)}\s*=\s*[\"']([^\"']*)[\"']", root["attributes"])
    return namespace is not None and (root["name"], namespace[1].strip()) in _INVOICE_ROOTS


def _beginning(data: bytes) -> str:
    head = data[:_BEFORE_THE_CONTENT]
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8")
    # Python's utf-8 leaves the byte order mark in.
    return head.decode(encoding, errors="replace").lstrip("\ufeff")


def _is_mail(data: bytes) -> bool:
    """Whether a file begins with the header of a mail (RFC 5322): only header lines up to the first empty one, and among them a sender."""
    head, _, _ = data[:_LONGEST_HEADER].replace(b"\r\n", b"\n").partition(b"\n\n")
    names = set[bytes]()
    for number, line in enumerate(head.split(b"\n")):
        # A folded line (RFC 5322, 2.2.3); the first line can continue nothing.
        if number and line[:1] in {b" ", b"\t"}:
            continue
        match = _HEADER_LINE.match(line)
        if match is None:
            return False
        names.add(match[1].lower())
    return any(wanted <= names for wanted in _OF_A_LETTER)
