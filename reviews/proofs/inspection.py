"""Proof flow, step 3 of 6: say what a file is, from the facts that the isolated reader brought back.

The reader is a child process that may have been taken over by the document it read: the types here are a schema for what it may answer, not
conclusions. `inspect` draws the conclusions, without touching the file.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from reviews.proofs.evidence import agreement, steering
from reviews.proofs.findings import Code, Finding

EDITORS = (
    "acrobat pro", "acrobat dc", "adobe acrobat", "pdfelement", "wondershare", "ilovepdf", "sejda", "smallpdf", "pdfescape", "pdf-xchange",
    "foxit", "nitro", "inkscape", "illustrator", "photoshop", "gimp", "canva", "libreoffice draw", "pdffiller", "soda pdf", "xodo", "dochub",
    "pdf candy", "pdf24 editor", "infix", "phantompdf", "masterpdf", "master pdf", "pdf expert", "able2extract", "pdf studio", "kofax power",
)  # fmt: skip
"""Programs whose purpose is to change what a page says. Print drivers, scanners and libraries that write invoices are not among them."""
PICTURE_EDITORS = ("photoshop", "gimp", "paint.net", "pixelmator", "affinity", "snapseed", "picsart", "lightroom", "facetune", "pixlr", "canva")
HARMLESS_DELAY = timedelta(minutes=2)
"""A program that writes a document in two steps sets its two dates seconds apart."""

FEW_WORDS = 12
"""A page with fewer words is no invoice: letterhead, address, number and date alone are more."""
MANY_LINES = 6
"""Lines that were seen but could not be read: a document out of focus, not a picture of something else."""
# Letters or figures in a word: dots, rules and bullets that nobody sees hide nothing.
MEANINGFUL = 2
CONTRADICTING = 4
"""Words of an invisible layer that are not in the picture; a recogniser's slips stay below."""
NEEDS_RECOGNITION = "needs_recognition"
"""The failure by which a reader without recognition passes a document on to one with it; it never leaves the sandbox."""
LONGEST_WORD, USUAL_WORD = 200, 10
"""Characters; what is longer is a row of dots or a number that is not for people. The words of a whole document are half the usual length."""

FAR = 20_000.0
"""Widths of a page: where something stands at most; the tallest page that the specification of PDF knows is 14,400 widths high."""


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word where it stands: pages count from 0, all four edges are in widths of the page from its left upper corner, score 0 to 1."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    score: float


class ReadingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a document may cost; beyond it the reader stops. Megabytes, seconds, pages, millions of pixels."""

    megabytes: int = 25
    pages: int = 30
    words: int = 20_000
    words_on_page: int = 3_000
    pages_recognised: int = 6
    megapixels: int = 60
    seconds: float = 60
    memory_megabytes: int = 3072
    answer_megabytes: int = 24

    def are_passed_by(self, words: Sequence[Word], *, whole: bool = False) -> bool:
        """Whether the words of a page, or of a whole document, are more than people print; judging them would hold others up."""
        most = self.words if whole else self.words_on_page
        return len(words) > most or sum(len(word.text) for word in words) > most * USUAL_WORD


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page as read: `height` in widths of the page, `source` says whether its words come from the file's text or from its picture.

    `picture` is what the page shows, `redacted` the same with all but the needed fields and their labels covered; both are WebP.
    """

    height: float
    source: str
    turned: int = 0
    picture: bytes | None = None
    redacted: bytes | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A digital signature in a PDF: whom its certificate names, whether the signed bytes are unchanged, and whether nothing was added after.

    A certificate can be made for any name: `certificate`, its SHA-256, is what can be recognised.
    """

    by: str
    intact: bool
    whole: bool
    certificate: str = ""


class MailSignature(msgspec.Struct, frozen=True, kw_only=True):
    """What a forwarded mail's DKIM signature (RFC 6376) says: who signed, for which sender, with which published key, and whether it holds."""

    domain: str
    selector: str
    sender: str
    sent_at: datetime | None = None
    verified: bool = False
    key: str = ""


class MailFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says of itself: mailboxes are (name, address), `documents` is how many of its attachments can be read.

    `automatic` is empty, `reply` (RFC 3834) or `report` (RFC 3462, a bounce); `incident` says why its attachments were left alone.
    """

    sender: str = ""
    recipients: tuple[tuple[str, str], ...] = ()
    copied: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    message_id: str = ""
    automatic: str = ""
    text: str = ""
    documents: int = 0
    incident: str | None = None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an e-invoice (UBL 2.1 or CII, EN 16931) says of itself; `type_code` is that of UNTDID 1001, `issued` an ISO date."""

    number: str | None = None
    issued: str | None = None
    seller_ids: tuple[str, ...] = ()
    seller_name: str | None = None
    buyer_name: str | None = None
    total: str | None = None
    currency: str | None = None
    buyer_postcode: str | None = None
    type_code: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that the reader says about a file; with a `failure` there is nothing else to go by.

    `covered` are words of the file that another object hides, `unseen` those that the page does not show (invisible, white, tiny, off the
    page), `contradicting` those of an invisible layer that the picture beneath does not say. `active` names what could run or open, `notes`
    the text of annotations, `uneven` words of numbers and values that are not set as what belongs to them, `patches` words that are sharper
    than the paper around them, `lines` how many lines were seen in pictures, read or not. `revised` says that a later revision changed what
    the pages say, `changes` how (`was werd is`). `fonts` are the typefaces of the text layer without their subset marks, most used first.
    `mail` is set when the file was a mail; the pages are those of its attachment. `letter` is set for a copy of a branch's own mail, alone.
    """

    failure: str | None = None
    media_type: str = ""
    page_count: int = 0
    pages: tuple[Page, ...] = ()
    words: tuple[Word, ...] = ()
    producer: str = ""
    creator: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    revisions: int = 1
    revised: bool = False
    changes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    mail: MailSignature | None = None
    letter: MailFacts | None = None
    fonts: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    covered: tuple[Word, ...] = ()
    unseen: tuple[Word, ...] = ()
    contradicting: tuple[Word, ...] = ()
    foreign_type: tuple[Word, ...] = ()
    uneven: tuple[Word, ...] = ()
    patches: tuple[Word, ...] = ()
    invoice: Invoice | None = None
    software: str = ""
    sha256: str = ""
    picture_hash: str | None = None
    ink: float = 0.0
    lines: int = 0


def inspect(reading: Reading) -> list[Finding]:
    """Return what is remarkable about a file, apart from what its words say."""
    if reading.failure is not None:
        known = {code.value: code for code in Code}
        evidence = None if reading.failure in known else reading.failure
        return [Finding(known.get(reading.failure, Code.UNREADABLE), _NO_ATTACHMENT if _is_bare_mail(reading) else evidence)]
    findings = [*_danger(reading), *_changes(reading), *_hidden(reading), *_unsealed(reading)]
    if len(reading.words) < FEW_WORDS:
        # A document out of focus is for a person to look at; a picture of something else speaks against the proof.
        blurred = reading.lines >= MANY_LINES
        findings.append(
            Finding(Code.UNREADABLE, "er is bijna geen tekst te lezen") if blurred else Finding(Code.NOT_A_DOCUMENT, "er staat bijna geen tekst op")
        )
    return findings


_NO_ATTACHMENT = "in de mail zit geen factuur of werkbon als bijlage"


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


def _changes(reading: Reading) -> list[Finding]:
    """Return signs that a page was changed after it was made.

    Dates alone say little (a print driver leaves none, a signature moves them), so a date of change counts only without a signature that
    holds. A program that exists to edit pages counts whenever another program made the document.
    """
    signs = _broken_signatures(reading)
    if reading.covered:
        signs.append("tekst onder iets anders: " + _said(reading.covered))
    if reading.revised:
        signs.append("een latere versie zegt iets anders" + (": " + "; ".join(reading.changes)[:160] if reading.changes else ""))
    if reading.notes:
        signs.append("aantekening in het bestand: " + "; ".join(reading.notes)[:120])
    if _is_edited(reading):
        signs.append(f"bewerkt met {reading.producer}")
    elif _is_changed_later(reading) and not any(signature.intact and signature.whole for signature in reading.signatures):
        signs.append("na het maken gewijzigd")
    if reading.foreign_type and (reading.covered or reading.revised or _is_changed_later(reading)):
        signs.append("ander lettertype: " + _said(reading.foreign_type))
    if reading.uneven:
        signs.append("anders gezet dan wat ernaast staat: " + _said(reading.uneven))
    # Phones and scanners name their own programs here too; only editors of pictures count.
    program = f"{reading.software} {reading.producer} {reading.creator}".strip()
    if any(name in program.casefold() for name in PICTURE_EDITORS):
        signs.append(f"afbeelding bewerkt met {program}")
    if reading.patches:
        signs.append("scherper dan de rest van de bladzijde: " + _said(reading.patches))
    return [Finding(Code.ALTERED_DOCUMENT, "; ".join(signs))] if signs else []


def _broken_signatures(reading: Reading) -> list[str]:
    """Name the signatures that no longer hold; what was added behind the last one was added without its signer."""
    broken = next((one for one in reading.signatures if not one.intact), None)
    if broken is not None:
        return [f"de digitale handtekening{_of(broken)} klopt niet meer: het bestand is na het ondertekenen veranderd"]
    if not reading.signatures or any(one.whole for one in reading.signatures):
        return []
    return [f"na de digitale handtekening{_of(reading.signatures[-1])} is er iets aan het bestand toegevoegd"]


def _of(signature: Signature) -> str:
    return f" van {signature.by}" if signature.by else ""


def _is_edited(reading: Reading) -> bool:
    program = f"{reading.producer} {reading.creator}".casefold()
    return any(name in program for name in EDITORS)


def _is_changed_later(reading: Reading) -> bool:
    if reading.created_at is None or reading.modified_at is None:
        return False
    return reading.modified_at - reading.created_at > HARMLESS_DELAY


def _hidden(reading: Reading) -> list[Finding]:
    """Return text that a person does not see, or that instructs a machine, seen or not.

    An invisible layer that says what the picture says is harmless.
    """
    # What nobody sees comes first, since only the beginning of a text is searched.
    order = steering.find(" ".join(word.text for word in (*reading.unseen, *reading.contradicting, *reading.words)))
    if order or (order := steering.find(" ".join(reading.notes))):
        return [Finding(Code.HIDDEN_TEXT, f"tekst die voor een computer is bedoeld: “{order}”")]
    letters = [word for word in reading.unseen if sum(char.isalnum() for char in word.text) >= MEANINGFUL]
    if letters:
        return [Finding(Code.HIDDEN_TEXT, _said(tuple(letters)))]
    # A recogniser that made the layer misreads a word or two as well.
    if len(reading.contradicting) >= CONTRADICTING:
        return [Finding(Code.HIDDEN_TEXT, _said(reading.contradicting))]
    return []


def _said(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)[:120]


def compare_invoice(reading: Reading, total: str | None, text: str) -> list[Finding]:
    """Compare an e-invoice with the page: number, date, seller, customer and total must be those that a person reads."""
    invoice = reading.invoice
    if invoice is None:
        return []
    agrees = {
        "nummer": invoice.number is None or agreement.says(text, invoice.number),
        "datum": invoice.issued is None or agreement.dates(text, invoice.issued),
        # Name or number, whichever the page shows: few invoices print all of them.
        "verkoper": agreement.names_one_of(text, (invoice.seller_name or "", *invoice.seller_ids)),
        "klant": invoice.buyer_name is None or agreement.names_person(text, invoice.buyer_name),
        "bedrag": not invoice.total or not total or agreement.is_same_amount(invoice.total, total),
    }
    differs = ", ".join(what for what, same in agrees.items() if not same)
    return [Finding(Code.HIDDEN_TEXT, f"e-factuur in het bestand zegt iets anders: {differs}")] if differs else []
