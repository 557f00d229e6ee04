"""Mails as the branches' invoicing programs send them to customers, with a copy to us."""

from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import msgspec

from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer, PaperIssuer
from reviews.demo.documents.layouts import Layout, as_pdf
from tests import cast

PROGRAM = "facturen@vandamzonwering.example"


def issuer(identity: dict[str, Any]) -> PaperIssuer:
    names = ("legal_name", "kvk", "btw_id", "iban", "address", "postcode", "city", "phone", "website")
    email = f"info@{identity['email_domain']}"
    return PaperIssuer(trade_name=identity["trade_names"][0], email=email, **{name: identity[name] for name in names})


INVOICE = Document(
    kind=DocumentKind.FACTUUR,
    issuer=issuer(cast.UTRECHT),
    customer=PaperCustomer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
    number="F2026-0042",
    dated_on=date(2026, 11, 20),
    lines=(ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")),),
)


def document(**changes: Any) -> bytes:
    return as_pdf(msgspec.structs.replace(INVOICE, **changes), Layout.MODERN)


def mail(*attachments: bytes, **changes: str) -> bytes:
    """Return a mail with these PDFs; `changes` are headers by their names with underscores."""
    message = EmailMessage(policy=SMTP)
    headers = {
        "From": f"Van Dam Zonwering <{PROGRAM}>",
        "To": "Jan de Vries <jan@example.com>",
        "Subject": "Uw factuur F2026-0042",
        "Message-ID": "<42@vandamzonwering.example>",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    for name, value in headers.items():
        if value:
            message[name] = value
    message.set_content("Beste klant,\n\nHierbij de factuur van uw scherm.\n")
    for place, content in enumerate(attachments):
        message.add_attachment(content, maintype="application", subtype="pdf", filename=f"bijlage-{place}.pdf")
    return message.as_bytes()
