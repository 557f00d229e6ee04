"""Read a document from its bytes to a Reading: the one entrance of the readers, called in the isolated child."""

import hashlib
import resource
from dataclasses import dataclass, field

import numpy as np
import pypdfium2 as pdfium
from msgspec.structs import replace
from PIL import Image

from reviews.adapters.reading import compare, einvoice, hashes, pictures, recognition, sharpness, structure, textlayer
from reviews.adapters.reading.failures import ReadingError
from reviews.proofs import extraction
from reviews.proofs.evidence.kinds import PROOFS
from reviews.proofs.inspection import Page, Reading, ReadingLimits, Signature, Word

ENOUGH_WORDS = 30
"""A page with fewer words in its text layer and a picture on it is read from the picture."""
CHECKED_SIDE = 1100
"""Pixels; enough to tell whether a letter of the text layer is to be seen."""
SECONDS_WITHOUT_RECOGNITION = 8
"""Processor time for everything but recognition; an honest document takes a tenth of a second."""
SECONDS_PER_PAGE = 30
MUCH_INK = 0.0015
"""Share of dark pixels; a page with less holds nothing that could be read."""


@dataclass(slots=True)
class Draft:
    """What has been read so far."""

    limits: ReadingLimits
    with_pictures: bool
    pages: list[Page] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    covered: list[Word] = field(default_factory=list)
    unseen: list[Word] = field(default_factory=list)
    contradicting: list[Word] = field(default_factory=list)
    foreign_type: list[Word] = field(default_factory=list)
    patches: list[Word] = field(default_factory=list)
    recognised: int = 0
    lines: int = 0
    picture_hash: str | None = None
    ink: float = 0.0


def read(data: bytes, media_type: str, limits: ReadingLimits, *, with_pictures: bool = True) -> Reading:
    """Return all that a document says about itself; a document that can't be read gives a Reading with its failure."""
    draft = Draft(limits, with_pictures)
    try:
        reading = _read_pdf(data, draft) if media_type == "application/pdf" else _read_pictures(data, media_type, draft)
    except ReadingError as problem:
        reading = Reading(failure=problem.code)
    except MemoryError:
        reading = Reading(failure="oversized")
    return replace(reading, sha256=hashlib.sha256(data).hexdigest(), media_type=media_type)


def _read_pdf(data: bytes, draft: Draft) -> Reading:
    found = structure.read_structure(data, most_pages=draft.limits.pages, megapixels=draft.limits.megapixels)
    try:
        document = pdfium.PdfDocument(data)
        document.init_forms()
        for number in range(len(document)):
            _read_page(document[number], number, draft)
        revised = _was_revised(data, found, document)
    except pdfium.PdfiumError:
        raise ReadingError("malformed_file") from None
    invoice = einvoice.read_invoice(found.attachments)
    return replace(
        _finish(draft),
        page_count=found.page_count,
        producer=found.producer,
        creator=found.creator,
        created_at=found.created_at,
        modified_at=found.modified_at,
        revisions=max(1, len(found.revisions)),
        revised=revised,
        signatures=(Signature(by="", intact=True, whole=True),) * found.signatures,
        active=tuple(sorted(found.active)),
        attachments=tuple(found.attachments)[:20],
        notes=tuple(found.notes)[:20],
        invoice=invoice,
    )


def _read_page(page: pdfium.PdfPage, number: int, draft: Draft) -> None:
    size = textlayer.page_size(page)
    if size is None:
        raise ReadingError("oversized")
    layer = textlayer.read_layer(page, number)
    picture = textlayer.picture_of(page, CHECKED_SIDE)
    blank = textlayer.without_ink(layer.words, picture)
    shown = [word for word, *hidden in zip(layer.words, layer.invisible, layer.covered, blank, strict=True) if not any(hidden)]
    unseen = [word for word, invisible, empty in zip(layer.words, layer.invisible, blank, strict=True) if invisible or empty]
    if len(shown) >= ENOUGH_WORDS or not textlayer.has_large_picture(page):
        draft.words += shown
        draft.unseen += unseen
        draft.covered += [word for word, covered in zip(layer.words, layer.covered, strict=True) if covered] + compare.overlapping(shown)
        draft.foreign_type += compare.foreign_type(layer.words, layer.fonts)
        _keep_page(draft, picture, "text", 0)
    else:
        _recognise(textlayer.scanned_picture_of(page, pictures.LONGEST_SIDE), number, draft)
        seen = [word for word in draft.words if word.page == number]
        draft.contradicting += compare.not_said(unseen + shown, seen) if seen else []


def _recognise(picture: Image.Image, number: int, draft: Draft) -> None:
    """Take a page's words from its picture, as long as the document has not had its share of this slow step."""
    turn = 0
    if draft.recognised < draft.limits.pages_recognised and not _says_enough(draft):
        _allow_more_time()
        words, picture, turn, lines = recognition.recognise(picture, number)
        draft.words += words
        draft.lines += lines
        draft.patches += sharpness.pasted_words(picture, words)
        draft.recognised += 1
    _keep_page(draft, picture, "picture", turn)


def _says_enough(draft: Draft) -> bool:
    """Whether the pages so far are a whole invoice or work order: what follows is terms, and recognising it would only cost time."""
    if not draft.words:
        return False
    found = extraction.extract(Reading(pages=tuple(draft.pages), words=tuple(draft.words)))
    whole = found.titled and found.kind is not None and found.kind.value in PROOFS
    return whole and None not in (found.number, found.date, found.customer_name, found.total)


def _allow_more_time() -> None:
    """Move the processor limit for a page that must be recognised, within the hard limit that is set for good."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + SECONDS_PER_PAGE
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard), hard))


def _keep_page(draft: Draft, picture: Image.Image, source: str, turn: int) -> None:
    draft.ink = max(draft.ink, float((np.asarray(picture.convert("L")) < 160).mean()))
    if draft.picture_hash is None and draft.ink >= MUCH_INK:
        draft.picture_hash = hashes.picture_hash(picture)
    shown = pictures.for_the_desk(picture) if draft.with_pictures else None
    draft.pages.append(Page(height=picture.height / picture.width, source=source, turned=turn, picture=shown))


def _was_revised(data: bytes, found: structure.Structure, final: pdfium.PdfDocument) -> bool:
    """Whether the pages said something else before the last revision; a signature or a stamp date added later changes no page."""
    for end in found.revisions[:-1]:
        try:
            earlier = pdfium.PdfDocument(data[:end])
            if _texts(earlier) != _texts(final):
                return True
        except pdfium.PdfiumError:
            return True
    return False


def _texts(document: pdfium.PdfDocument) -> list[str]:
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


def _read_pictures(data: bytes, media_type: str, draft: Draft) -> Reading:
    picture = pictures.open_picture(data, media_type, megapixels=draft.limits.megapixels)
    software = pictures.software(picture)
    for number, frame in enumerate(pictures.frames(picture, most=draft.limits.pages, megapixels=draft.limits.megapixels)):
        _recognise(frame, number, draft)
    return replace(_finish(draft), page_count=len(draft.pages), software=software)


def _finish(draft: Draft) -> Reading:
    return Reading(
        pages=tuple(draft.pages),
        words=tuple(draft.words),
        covered=tuple(draft.covered),
        unseen=tuple(draft.unseen),
        contradicting=tuple(draft.contradicting),
        foreign_type=tuple(draft.foreign_type),
        patches=tuple(draft.patches),
        picture_hash=draft.picture_hash,
        ink=draft.ink,
        lines=draft.lines,
    )
