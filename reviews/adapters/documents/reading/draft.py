"""What has been read of a document so far, page by page and file by file, and the Reading that comes of it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from PIL import Image

from reviews.adapters.documents.reading.pdf.typesetting import SetWord
from reviews.proofs.reading import Invoice, MailSignature, Page, Reading, ReadingLimits, Signature, Word

MOST_NAMED = 20
MOST_TYPEFACES = 8
SUBSET = re.compile(r"[A-Z]{6}\+")
"""The prefix of a typeface of which only some characters are in the file (ISO 32000-1, 9.6.4); it differs in each file."""


class Recognised(NamedTuple):
    """What a picture says: its words, itself turned upright, by how many degrees that was, and how many lines were seen at all."""

    words: list[Word]
    picture: Image.Image
    turned: int
    lines: int


class WordRecogniser(Protocol):
    """What takes words from a picture."""

    def __call__(self, picture: Image.Image, page: int) -> Recognised:
        """Return what a picture says; the page is the number that its words carry."""
        ...


@dataclass(slots=True)
class Draft:
    """What has been read so far; without a recogniser a page that needs one ends the reading."""

    limits: ReadingLimits
    with_pictures: bool = True
    recognise: WordRecogniser | None = None
    keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    pages: list[Page] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    covered: list[Word] = field(default_factory=list)
    overwritten: list[Word] = field(default_factory=list)
    unseen: list[Word] = field(default_factory=list)
    contradicting: list[Word] = field(default_factory=list)
    foreign_type: list[Word] = field(default_factory=list)
    uneven: list[Word] = field(default_factory=list)
    set_words: list[SetWord] = field(default_factory=list)
    patches: list[Word] = field(default_factory=list)
    clean_raster: bool = False
    typed: bool = False
    recognised: int = 0
    lines: int = 0
    picture_hash: str | None = None
    ink: float = 0.0
    producer: str = ""
    creator: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    revisions: int = 1
    changes: list[str] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    mail: MailSignature | None = None
    fonts: list[str] = field(default_factory=list)
    active: set[str] = field(default_factory=set)
    attachments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    invoice: Invoice | None = None
    software: str = ""

    def finished(self) -> Reading:
        """Return what was read; the caller adds the digest and the media type of the files."""
        return Reading(
            page_count=len(self.pages),
            pages=tuple(self.pages),
            words=tuple(self.words),
            producer=self.producer,
            creator=self.creator,
            created_at=self.created_at,
            modified_at=self.modified_at,
            revisions=self.revisions,
            revised=bool(self.changes),
            changes=tuple(self.changes[:MOST_NAMED]),
            signatures=tuple(self.signatures),
            mail=self.mail,
            fonts=_typefaces(self.fonts),
            active=tuple(sorted(self.active)),
            # Cut here and not where they are found: every attachment must be looked at, only few need naming.
            attachments=tuple(self.attachments[:MOST_NAMED]),
            notes=tuple(self.notes[:MOST_NAMED]),
            covered=tuple(self.covered),
            overwritten=tuple(self.overwritten),
            unseen=tuple(self.unseen),
            contradicting=tuple(self.contradicting),
            foreign_type=tuple(self.foreign_type),
            uneven=tuple(self.uneven),
            patches=tuple(self.patches),
            clean_raster=self.clean_raster,
            typed=self.typed,
            invoice=self.invoice,
            software=self.software,
            picture_hash=self.picture_hash,
            ink=self.ink,
            lines=self.lines,
        )


def _typefaces(fonts: list[str]) -> tuple[str, ...]:
    """Return the typefaces of a document's words, the most used first."""
    named = Counter(name for font in fonts if (name := SUBSET.sub("", font)))
    return tuple(name for name, _ in named.most_common(MOST_TYPEFACES))
