"""Proof flow, step 3 of 6: say what a file is, from the facts that the isolated reader brought back.

The reader is a child process that may have been taken over by the document it read, so its answer (`reading`) holds facts only. Here the
conclusions are drawn, without touching the file.
"""

from reviews.proofs import extraction
from reviews.proofs.evidence import agreement, elements, structured, traces
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import NOT_THE_DOCUMENTS, Invoice, Reading

FEW_WORDS = 12
"""A page with fewer words is no invoice: letterhead, address, number and date alone are more."""
MANY_LINES = 6
"""Lines that were seen but could not be read: a document out of focus, not a picture of something else."""


def inspect(reading: Reading, found: Extraction | None = None, *, confirmed: bool = False) -> list[Finding]:
    """Return what is remarkable about a file; `found` is what its page says, which what it hides is held against.

    Where the branch's own list has `confirmed` all of that, a program's name or a smooth picture is no more than a remark.
    """
    if reading.failure is not None:
        known = {code.value: code for code in Code}
        evidence = None if reading.failure in known else reading.failure
        otherwise = Code.NOT_READ if reading.failure in NOT_THE_DOCUMENTS else Code.UNREADABLE
        return [Finding(known.get(reading.failure, otherwise), _NO_ATTACHMENT if _is_bare_mail(reading) else evidence)]
    page = extraction.extract(reading) if found is None else found
    findings = [*_danger(reading), *traces.of_change(reading, page, confirmed=confirmed), *traces.of_hiding(reading, page), *_unsealed(reading)]
    if len(reading.words) < FEW_WORDS:
        # A document out of focus is for a person to look at; a picture of something else speaks against the proof.
        blurred = reading.lines >= MANY_LINES
        findings.append(
            Finding(Code.UNREADABLE, "er is bijna geen tekst te lezen") if blurred else Finding(Code.NOT_A_DOCUMENT, "er staat bijna geen tekst op")
        )
    return findings


_NO_ATTACHMENT = "in de mail zit geen factuur of werkbon, ook niet als tekst"


def _is_bare_mail(reading: Reading) -> bool:
    return reading.media_type == "message/rfc822" and reading.failure == Code.UNSUPPORTED_TYPE.value


def _unsealed(reading: Reading) -> list[Finding]:
    """Remark that a mail's signature does not hold: forwarding breaks it, so it says nothing against the document that lay in it."""
    if reading.mail is None or reading.mail.verified:
        return []
    domain = reading.mail.domain
    why = f"de handtekening van {domain} klopt niet meer" if reading.mail.key else f"de sleutel van {domain} is niet gevonden"
    return [Finding(Code.MAIL_UNVERIFIED, why)]


def _danger(reading: Reading) -> list[Finding]:
    return [Finding(Code.ACTIVE_CONTENT, ", ".join(reading.active))] if reading.active else []


def compare_invoice(reading: Reading, found: Extraction) -> list[Finding]:
    """Hold an e-invoice against its page: number, date, seller, customer and total must stand on it, in whatever form.

    What we did not find may be our own misreading, or stand in a logo. So only a value that the page surely says otherwise speaks against it.
    """
    invoice = reading.invoice
    if invoice is None or not reading.pages or all(page.source == structured.SOURCE for page in reading.pages):
        return []
    missing = [name for name, value in _said_by(invoice).items() if value and not structured.is_said(name, value, found.text)]
    against = [_FIELDS[name] for name in missing if _is_sure(getattr(found, name))]
    asked = [_FIELDS[name] for name in missing if not _is_sure(getattr(found, name))]
    # What is no amount says nothing that the page could confirm.
    asked += ["bedrag"] if invoice.total and structured.total_of(invoice) is None else []
    # Name or number, whichever the page shows: few invoices print all of them.
    if not agreement.names_one_of(found.text, (invoice.seller_name or "", *invoice.seller_ids)):
        (against if found.identifiers.kvk or found.identifiers.btw else asked).append("verkoper")
    if invoice.buyer_name is not None and not agreement.names_person(found.text, invoice.buyer_name):
        (against if elements.names_somebody(invoice.buyer_name) and _is_sure(found.customer_name) else asked).append("klant")
    findings = [Finding(Code.HIDDEN_TEXT, f"e-factuur in het bestand zegt iets anders: {', '.join(against)}")] if against else []
    return findings + ([Finding(Code.UNSEEN_TEXT, f"alleen in de e-factuur: {', '.join(asked)}")] if asked else [])


_FIELDS = {"number": "nummer", "date": "datum", "total": "bedrag"}


def _said_by(invoice: Invoice) -> dict[str, str | None]:
    return {"number": invoice.number, "date": structured.day_of(invoice), "total": structured.total_of(invoice)}


def _is_sure(field: Field | None) -> bool:
    return field is not None and field.how == "text" and field.sure >= structured.SURE
