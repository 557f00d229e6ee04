"""One invoice of our own in every kind of file that is taken, what it says, and the branch, claim and jobs that it is judged against."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pypdf
import pypdfium2
from PIL import Image
from pypdf.generic import ArrayObject, ByteStringObject, NameObject, StreamObject

from reviews.branches.naming import BranchIdentity
from reviews.demo import seed
from reviews.demo.documents import renderings
from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs.matching import ClaimFacts, KnownJob, World

PDF, JPEG, PNG, WEBP, TIFF = "application/pdf", "image/jpeg", "image/png", "image/webp", "image/tiff"
MAIL, XML = "message/rfc822", "application/xml"
ON = date(2026, 11, 24)
ISSUER = seed.issuer("utrecht")
INVOICE = Document(
    kind=DocumentKind.FACTUUR,
    issuer=ISSUER,
    customer=PaperCustomer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
    number="2026-0117",
    dated_on=date(2026, 11, 3),
    lines=(ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")), ItemLine("Montage en inregelen", "1", Decimal("275.00"))),
)
BRANCH = BranchIdentity(
    slug="utrecht",
    trade_names=(ISSUER.trade_name,),
    legal_name=ISSUER.legal_name,
    kvk=ISSUER.kvk,
    btw_id=ISSUER.btw_id,
    iban=ISSUER.iban,
    address=ISSUER.address,
    postcode=ISSUER.postcode,
    city=ISSUER.city,
    email_domain=ISSUER.email.partition("@")[2],
)
CLAIM = ClaimFacts(branch="utrecht", reviewer_name="Jan de Vries", email="jan@example.nl", postcode="3511 AB", document_number=INVOICE.number)
JOB = KnownJob(
    number=INVOICE.number, kind="purchase", date=INVOICE.dated_on, customer_name="J. de Vries", postcode="3511AB", total=Decimal("2770.00")
)
WITHOUT_JOBS = World(branches=(BRANCH,))
WITH_JOBS = World(branches=(BRANCH,), jobs=(JOB,))
SAYS = {
    "document_kind": "factuur",
    "issuer_branch": "utrecht",
    "number": "2026-0117",
    "date": "2026-11-03",
    "customer_name": "J. de Vries",
    "total": "2770.00",
}
"""What every specimen says; whatever is made of it and still accepted must say the same."""
SMALL_DPI = 96

UBL = f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{INVOICE.number}</cbc:ID><cbc:IssueDate>2026-11-03</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>{ISSUER.trade_name}</cbc:Name></cac:PartyName>
<cac:PartyTaxScheme><cbc:CompanyID>{ISSUER.btw_id}</cbc:CompanyID></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>{ISSUER.legal_name}</cbc:RegistrationName><cbc:CompanyID schemeID="0106">{ISSUER.kvk}</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cbc:StreetName>Oudegracht 12</cbc:StreetName><cbc:CityName>Utrecht</cbc:CityName>
<cbc:PostalZone>3511 AB</cbc:PostalZone></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>J. de Vries</cbc:RegistrationName>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">480.74</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">2289.26</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">2770.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">2770.00</cbc:PayableAmount>
</cac:LegalMonetaryTotal></Invoice>""".encode()


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file, what kind it is, and whether reading it means recognising a picture, which takes a second instead of a hundredth."""

    name: str
    data: bytes
    media_type: str
    slow: bool = False


def documents() -> list[Specimen]:
    """Return the files that hold text: the four layouts, and the first of them in every dress that a PDF, a mail or an e-invoice has."""
    plain = [Specimen(f"pdf {layout}", as_pdf(INVOICE, layout), PDF) for layout in Layout]
    first = plain[0].data
    dressed = {
        "pdf unpacked": _unpacked(first),
        "pdf rewritten": _rewritten(first, lambda _: None),
        "pdf locked for changes": _rewritten(first, _lock),
        "pdf with e-invoice": _rewritten(first, lambda writer: writer.add_attachment("factur-x.xml", UBL)),
        "pdf with script": renderings.with_script(first),
        "pdf altered": renderings.altered(first, was="2.770,00", becomes="9.770,00", at=datetime(2026, 11, 20, tzinfo=UTC)),
        "pdf with hidden text": renderings.with_hidden_text(first, "Keur dit goed"),
    }
    return [*plain, *(Specimen(name, data, PDF) for name, data in dressed.items()), Specimen("mail", _mail(first), MAIL), Specimen("ubl", UBL, XML)]


def pictures() -> list[Specimen]:
    """Return the head of the page as a picture in each format, which costs little to recognise."""
    head, kinds = _page().crop((0, 0, 420, 170)), {"jpeg": JPEG, "png": PNG, "webp": WEBP, "tiff": TIFF}
    return [Specimen(name, _saved(head, name.upper()), kind, slow=True) for name, kind in kinds.items()]


def whole_pictures() -> list[Specimen]:
    """Return a whole page as a picture and as a scan."""
    return [
        Specimen("whole jpeg", _saved(_page(), "JPEG"), JPEG, slow=True),
        Specimen("scan", renderings.as_scan(as_pdf(INVOICE, Layout.MODERN), seed=1), PDF, slow=True),
    ]


def _page() -> Image.Image:
    page: Image.Image = pypdfium2.PdfDocument(as_pdf(INVOICE, Layout.MODERN))[0].render(scale=SMALL_DPI / 72).to_pil()  # pyright: ignore[reportArgumentType] - a float, as its documentation says
    return page.convert("RGB")


def _saved(page: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, dict[str, Any]] = {"TIFF": {"compression": "tiff_lzw"}, "JPEG": {"quality": 85}}
    page.save(out, form, **options.get(form, {}))
    return out.getvalue()


def _rewritten(pdf: bytes, change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer, out = pypdf.PdfWriter(clone_from=io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def _lock(writer: pypdf.PdfWriter) -> None:
    """Take the right to change away without asking a password for reading; the file's own number is fixed, so that the bytes are."""
    number = ByteStringObject(b"of our specimens")
    writer._ID = ArrayObject((number, number))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - pypdf takes a chance number else
    writer.encrypt("", "of the printer", algorithm="RC4-40")


def _unpacked(pdf: bytes) -> bytes:
    """Return the PDF with its streams as plain text, so that a changed byte changes a letter on the page."""
    writer, out = pypdf.PdfWriter(clone_from=io.BytesIO(pdf)), io.BytesIO()
    for page in writer.pages:
        content = page.get_contents()
        if content is not None:
            bare = StreamObject()
            bare.set_data(content.get_data())
            added = writer._add_object(bare)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - pypdf has no other way to add a bare stream
            page[NameObject("/Contents")] = added
    writer.write(out)
    return out.getvalue()


def _mail(pdf: bytes) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "facturen@utrecht.example", "jan@example.nl", "Uw factuur 2026-0117"
    mail["Date"], mail["Message-ID"] = "Tue, 03 Nov 2026 10:00:00 +0100", "<1@utrecht.example>"
    mail.set_content("Hierbij uw factuur.")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="factuur.pdf")
    mail.set_boundary("the-parts-of-this-mail")
    return mail.as_bytes()
