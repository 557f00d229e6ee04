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
    """A page as read: `height` in widths of the page, `source` tells whether its words come from the file's text or from its picture."""

    height: float
    source: str
    turned: int = 0
    picture: bytes | None = None


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
    the text of annotations. `revised` tells that a later revision changed what the pages say.
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
    signatures: int = 0
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
