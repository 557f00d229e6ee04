"""Proof flow, step 3 of 6: say what a file is, from the facts that the isolated reader brought back.

The reader is a child process that may have been taken over by the document it read: what stands here is a schema at a border, not a
conclusion. `inspect` draws the conclusions, without touching the file.
"""

from datetime import datetime, timedelta

import msgspec

from reviews.proofs.findings import Code, Finding

EDITORS = (
    "acrobat pro", "acrobat dc", "adobe acrobat", "pdfelement", "wondershare", "ilovepdf", "sejda", "smallpdf", "pdfescape", "pdf-xchange",
    "foxit", "nitro", "inkscape", "illustrator", "photoshop", "gimp", "canva", "libreoffice draw", "pdffiller", "soda pdf", "xodo", "dochub",
    "pdf candy", "pdf24 editor", "infix", "phantompdf", "masterpdf", "master pdf", "pdf expert", "able2extract", "pdf studio", "kofax power",
)  # fmt: skip
"""Programs whose purpose is to change what a page says. Print drivers, scanners and libraries that write invoices are not among them."""
PICTURE_EDITORS = ("photoshop", "gimp", "paint.net", "pixelmator", "affinity", "snapseed", "picsart", "lightroom", "facetune", "pixlr", "canva")
HARMLESS_DELAY = timedelta(minutes=2)
"""A program that writes a document in two goes stamps its two dates seconds apart."""

FEW_WORDS = 12
"""A page with fewer words is no invoice: letterhead, address, number and date alone are more."""
MANY_LINES = 6
"""Lines that were seen but could not be read: a document out of focus, not a picture of something else."""
MEANINGFUL = 2
LONG_ENOUGH = 6
"""Characters; shorter seller identifiers are schemes and codes."""
CONTRADICTING = 4
"""Words of an invisible layer that are not in the picture; a recogniser's slips stay below."""


class ReadingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a document may cost; beyond it the reader stops. Megabytes, seconds, pages, millions of pixels."""

    megabytes: int = 25
    pages: int = 30
    pages_recognised: int = 6
    megapixels: int = 60
    seconds: float = 60
    memory_megabytes: int = 3072
    answer_megabytes: int = 24


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word where it stands: pages count from 0, all four edges are in widths of the page from its left upper corner, score 0 to 1."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    score: float


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page as read: `height` in widths of the page, `source` tells whether its words come from the file's text or from its picture.

    `picture` is what the page shows, `redacted` the same with all but the needed fields and their labels covered; both are WebP.
    """

    height: float
    source: str
    turned: int = 0
    picture: bytes | None = None
    redacted: bytes | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A digital signature in a PDF: whom its certificate names, whether the signed bytes are unchanged, and whether nothing was added after."""

    by: str
    intact: bool
    whole: bool


class MailSeal(msgspec.Struct, frozen=True, kw_only=True):
    """What a forwarded mail's DKIM signature (RFC 6376) says: who signed, for which sender, with which published key, and whether it holds."""

    domain: str
    selector: str
    sender: str
    sent_at: datetime | None = None
    verified: bool = False
    key: str = ""


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an embedded e-invoice (UBL 2.1, Factur-X) says of itself."""

    number: str | None = None
    issued: str | None = None
    seller_ids: tuple[str, ...] = ()
    seller_name: str | None = None
    buyer_name: str | None = None
    total: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that the reader says about a file; with a `failure` there is nothing else to go by.

    `covered` are words of the file that another object hides, `unseen` those that the page does not show (invisible, white, tiny, off the
    page), `contradicting` those of an invisible layer that the picture beneath does not say. `active` names what could run or open, `notes`
    the text of annotations, `patches` words that are sharper than the paper around them, `lines` how many lines were seen in pictures, read
    or not. `revised` tells that a later revision changed what the pages say. `fonts` are the typefaces of the text layer without their subset
    marks, most used first. `mail` is there when the file was a mail; the pages are those of its attachment.
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
    signatures: tuple[Signature, ...] = ()
    mail: MailSeal | None = None
    fonts: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    covered: tuple[Word, ...] = ()
    unseen: tuple[Word, ...] = ()
    contradicting: tuple[Word, ...] = ()
    foreign_type: tuple[Word, ...] = ()
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
        return [Finding(known.get(reading.failure, Code.UNREADABLE), None if reading.failure in known else reading.failure)]
    findings = [*_danger(reading), *_changes(reading), *_hidden(reading)]
    if len(reading.words) < FEW_WORDS:
        blurred = reading.lines >= MANY_LINES
        findings.append(
            Finding(Code.UNREADABLE, "er is bijna geen tekst te lezen") if blurred else Finding(Code.NOT_A_DOCUMENT, "er staat bijna geen tekst op")
        )
    return findings


def _danger(reading: Reading) -> list[Finding]:
    return [Finding(Code.ACTIVE_CONTENT, ", ".join(reading.active))] if reading.active else []


def _changes(reading: Reading) -> list[Finding]:
    """Return signs that a page was changed after it was made.

    Dates alone say little (a print driver leaves none, a signature moves them), so a date of change counts only without a signature. A
    program that exists to edit pages counts whenever another program made the document.
    """
    signs = list[str]()
    if reading.covered:
        signs.append("tekst onder iets anders: " + _said(reading.covered))
    if reading.revised:
        signs.append("een latere versie zegt iets anders")
    if reading.notes:
        signs.append("aantekening in het bestand: " + "; ".join(reading.notes)[:120])
    if _is_edited(reading):
        signs.append(f"bewerkt met {reading.producer}")
    elif _is_changed_later(reading) and not reading.signatures:
        signs.append("na het maken gewijzigd")
    if reading.foreign_type and (reading.covered or reading.revised or _is_changed_later(reading)):
        signs.append("ander lettertype: " + _said(reading.foreign_type))
    program = f"{reading.software} {reading.producer} {reading.creator}".strip()
    if any(name in program.casefold() for name in PICTURE_EDITORS):
        signs.append(f"afbeelding bewerkt met {program}")
    if reading.patches:
        signs.append("scherper dan de rest van de bladzijde: " + _said(reading.patches))
    return [Finding(Code.ALTERED_DOCUMENT, "; ".join(signs))] if signs else []


def _is_edited(reading: Reading) -> bool:
    program = f"{reading.producer} {reading.creator}".casefold()
    return any(name in program for name in EDITORS)


def _is_changed_later(reading: Reading) -> bool:
    if reading.created_at is None or reading.modified_at is None:
        return False
    return reading.modified_at - reading.created_at > HARMLESS_DELAY


def _hidden(reading: Reading) -> list[Finding]:
    """Return text that a person does not see; an invisible layer that says what the picture says is harmless."""
    letters = [word for word in reading.unseen if sum(char.isalnum() for char in word.text) >= MEANINGFUL]
    if letters:
        return [Finding(Code.HIDDEN_TEXT, _said(tuple(letters)))]
    if len(reading.contradicting) >= CONTRADICTING:
        return [Finding(Code.HIDDEN_TEXT, _said(reading.contradicting))]
    return []


def _said(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)[:120]


def compare_invoice(reading: Reading, total: str | None, text: str) -> list[Finding]:
    """Hold an embedded e-invoice against the page: number, total and seller must be those that a person reads."""
    invoice = reading.invoice
    if invoice is None:
        return []
    page = _letters(text)
    differs = [] if invoice.number is None or _letters(invoice.number) in page else ["nummer"]
    sellers = [_letters(value) for value in (invoice.seller_name or "", *invoice.seller_ids) if len(value) >= LONG_ENOUGH]
    if sellers and not any(seller in page for seller in sellers):
        differs.append("verkoper")
    if invoice.total and total and abs(float(invoice.total) - float(total)) >= 0.01:
        differs.append("bedrag")
    return [Finding(Code.HIDDEN_TEXT, f"e-factuur in het bestand zegt iets anders: {', '.join(differs)}")] if differs else []


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
