"""What an isolated reader may say of a file: a schema for the answers of a process that may have been taken over by what it read. Pure.

These are facts and no conclusions; `inspection` draws those.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

NEEDS_RECOGNITION = "needs_recognition"
"""The failure by which a reader without recognition passes a document on to one with it; a proof that waits for that one keeps it meanwhile."""
READER_UNAVAILABLE = "reader_unavailable"
"""The failure of a document whose readers did not start for so long that a person has to judge it."""
TOO_SLOW, READER_DIED, BYTES_MISSING, NOT_SCANNED = "too_slow", "reader_died", "bytes_missing", "not_scanned"
NOT_THE_DOCUMENTS = frozenset({TOO_SLOW, READER_DIED, BYTES_MISSING, NOT_SCANNED, READER_UNAVAILABLE})
"""Failures that say nothing certain about a document: it was not read, which is no sign that it can't be."""
VIRUS_FOUND = "virus_found"
"""The failure of a document that was deleted unread."""
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
    """A page as read: `height` in widths of the page.

    `source` says whether its words come from the file's text, its picture, or an e-invoice laid out as a page (`text`, `picture`, `einvoice`).
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

    `bodies` is how many texts of its own can be, where it has no documents. `automatic` is empty, `reply` (RFC 3834) or `report` (RFC 3462, a
    bounce); `incident` says why its attachments were left alone.
    `content` is the SHA-256 of its documents, or of its subject and text where it has none; empty where it says nothing.
    """

    sender: str = ""
    recipients: tuple[tuple[str, str], ...] = ()
    copied: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    message_id: str = ""
    automatic: str = ""
    text: str = ""
    documents: int = 0
    bodies: int = 0
    content: str = ""
    incident: str | None = None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an e-invoice (UBL or CII, EN 16931) says of itself; `type_code` is that of UNTDID 1001, `issued` an ISO date.

    A buyer may be known by little: EN 16931 asks for a name and a country, and what is None was not told.
    """

    number: str | None = None
    issued: str | None = None
    seller_ids: tuple[str, ...] = ()
    seller_name: str | None = None
    buyer_name: str | None = None
    total: str | None = None
    currency: str | None = None
    buyer_postcode: str | None = None
    buyer_street: str | None = None
    buyer_email: str | None = None
    type_code: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that the reader says about a file; with a `failure` there is nothing else to go by.

    `covered` are words of the file that another object hides, `overwritten` those that are seen with others of their kind over them,
    `unseen` those that the page does not show (invisible, white, tiny, off the page), `contradicting` those of an invisible layer that the
    picture beneath does not say. `active` names what could run or open, `notes` the text of annotations, `uneven` words of numbers and values
    that are not set as what belongs to them, `patches` words that are sharper or smoother than the paper around them, `clean_raster` that a
    picture shows neither paper nor lens, `lines` how many lines were seen in pictures, read or not. `revised` says that a later revision
    changed what the pages say, `changes` how (`was werd is`, `was verdween`, `is kwam erbij`). `fonts` are the typefaces of the text layer
    without their subset marks, most used first.
    `typed` says that the pages are the text of a mail itself. `mail` is set when the file was a mail; the pages are those of its attachment.
    `letter` is set for a copy of a branch's own mail, alone.
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
    overwritten: tuple[Word, ...] = ()
    unseen: tuple[Word, ...] = ()
    contradicting: tuple[Word, ...] = ()
    foreign_type: tuple[Word, ...] = ()
    uneven: tuple[Word, ...] = ()
    patches: tuple[Word, ...] = ()
    clean_raster: bool = False
    typed: bool = False
    invoice: Invoice | None = None
    software: str = ""
    sha256: str = ""
    picture_hash: str | None = None
    ink: float = 0.0
    lines: int = 0
