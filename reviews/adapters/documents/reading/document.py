"""Read a document from its bytes to a Reading: the one entrance of the readers, called in the isolated child."""

from collections.abc import Mapping, Sequence

import numpy as np
import pypdfium2 as pdfium
from msgspec.structs import replace
from PIL import Image

from reviews.adapters.documents.child import confinement
from reviews.adapters.documents.reading import comparison
from reviews.adapters.documents.reading.draft import Draft, WordRecogniser
from reviews.adapters.documents.reading.einvoices import invoice_page, parsing
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import branch_copy, forwarded_mail, text_page
from reviews.adapters.documents.reading.pdf import annotations, form_fields, revisions, signatures, structure, text_layer, typesetting
from reviews.adapters.documents.reading.pictures import decoding, fingerprint, letterheads, page_views, raster, sharpness, straightening
from reviews.adapters.documents.reading.pictures.straightening import Flattening
from reviews.proofs import extraction, file_types
from reviews.proofs.evidence.kinds import PROOFS
from reviews.proofs.reading import NEEDS_RECOGNITION, Page, Reading, ReadingLimits

ENOUGH_WORDS = 30
"""A page with fewer words in its text layer and a picture on it is read from the picture."""
CHECKED_SIDE = 1100
"""Pixels; enough to see whether a character of the text layer is visible."""
MUCH_INK = 0.0015
"""Share of dark pixels; a page with less holds nothing that could be read."""


def read(
    parts: Sequence[tuple[bytes, str]],
    limits: ReadingLimits,
    *,
    with_pictures: bool = True,
    keys: Mapping[str, bytes] | None = None,
    recognise: WordRecogniser | None = None,
) -> Reading:
    """Return all that a document says about itself, its digest apart; a document that can't be read gives a Reading with its failure.

    A document is one file or several (bytes and media type), whose pages are numbered on. `keys` are published mail keys by their names in
    the DNS. Without a recogniser a page that must be read from its picture gives the failure NEEDS_RECOGNITION.
    """
    if parts and parts[0][1] == file_types.MAIL_COPY:
        return Reading(letter=branch_copy.read_letter(parts[0][0]), media_type=file_types.MAIL_COPY)
    draft = Draft(limits, with_pictures, recognise, keys or {})
    try:
        for data, media_type in parts:
            _read_part(data, media_type, draft)
        draft.mail = draft.mail if len(parts) == 1 else None  # a signature covers one mail; a file beside it could be anybody's
        reading = _with_odd_values(draft) if draft.pages else Reading(failure="malformed_file")
        reading = page_views.with_redaction(reading) if with_pictures else reading
    except ReadingError as problem:
        reading = Reading(failure=problem.code)
        # What was read so far stays: it often says already what the file is.
        if problem.code == "oversized":
            reading = replace(reading, pages=tuple(draft.pages), page_count=len(draft.pages), words=tuple(draft.words))
    # RLIMIT_AS shows as this: the document wants more than a reader may take.
    except MemoryError:
        reading = Reading(failure="oversized")
    return replace(reading, media_type=parts[0][1] if parts else "")


def _with_odd_values(draft: Draft) -> Reading:
    """Return what was read, with the values that stand in a typeface of their own; most documents have but one and cost nothing here."""
    reading = draft.finished()
    if len({one.family for one in draft.set_words}) < 2:
        return reading
    return replace(reading, uneven=(*reading.uneven, *typesetting.odd_values(extraction.extract(reading), draft.set_words)))


def _read_part(data: bytes, media_type: str, draft: Draft) -> None:
    if len(draft.pages) >= draft.limits.pages:
        raise ReadingError("oversized")
    if media_type == file_types.PDF:
        _read_pdf(file_types.from_its_head(data), draft)
    elif media_type in decoding.FORMATS:
        _read_pictures(data, media_type, draft)
    elif media_type == "message/rfc822":
        _read_mail(data, draft)
    elif media_type == "application/xml":
        _read_einvoice(data, draft)
    elif media_type == branch_copy.TEXT:
        _read_text(data, draft)
    elif media_type.startswith(file_types.MAIL_COPY):
        # Never deeper than one step: `document_in` returns a PDF, an e-invoice or a text.
        _read_part(*branch_copy.document_in(data, media_type), draft)
    else:
        raise ReadingError("malformed_file")


def _read_mail(data: bytes, draft: Draft) -> None:
    opened = forwarded_mail.open_mail(data, draft.keys)
    draft.mail = opened.signature
    for content, media_type in opened.parts:
        _read_part(content, media_type, draft)
    if opened.texts:
        _read_text(_invoice_among(opened.texts).encode(), draft)
        draft.typed = True


def _invoice_among(texts: Sequence[str]) -> str:
    """Return the text of a mail that is an invoice or work order itself; raise ReadingError where none is."""
    for text in texts:
        words = tuple(word for page, _ in text_page.draw(text, 0) for word in page)
        found = extraction.likely(extraction.extract(Reading(pages=(Page(height=1.41, source="text"),) * text_page.MOST_PAGES, words=words)))
        if found.titled and found.kind is not None and found.kind.value in PROOFS and found.number is not None:
            return text
    raise ReadingError("unsupported_type")


def _read_text(data: bytes, draft: Draft) -> None:
    """Lay the text of a mail out as pages: a copy of a branch's mail, or one that a customer sent and could have typed."""
    for words, picture in text_page.draw(data.decode(), len(draft.pages)):
        draft.words += words
        if draft.limits.are_passed_by(words) or draft.limits.are_passed_by(draft.words, whole=True):
            raise ReadingError("oversized")
        _keep_page(draft, picture, "text")


def _read_einvoice(data: bytes, draft: Draft) -> None:
    """Lay an e-invoice out as a page; beside a document (in one mail) it is only what that document must agree with."""
    found = parsing.read_standalone(data)
    draft.invoice = draft.invoice or found.invoice()
    if draft.pages:
        return
    words, picture = invoice_page.draw(found, 0)
    draft.words += words
    _keep_page(draft, picture, "einvoice")


def _read_pdf(data: bytes, draft: Draft) -> None:
    first = len(draft.pages)
    try:
        found = structure.read_structure(data, most_pages=draft.limits.pages - first, megapixels=draft.limits.megapixels)
    except ReadingError as problem:
        if problem.code == "oversized" and not draft.pages:
            _glance(data, draft)
        raise
    try:
        document = pdfium.PdfDocument(data)
        # Without it pdfium draws no form fields, and a filled-in form would look empty.
        document.init_forms()
        if len(document) != found.page_count:  # pypdf and pdfium see two documents: one of them is being deceived
            raise ReadingError("malformed_file")
        written = form_fields.WrittenPages(data, document)
        for number in range(len(document)):
            _read_page(document[number], first + number, draft, written=written[number], program=f"{found.producer} {found.creator}")
        _read_letterheads(document, first, draft)
        draft.changes += revisions.changes(data, found.revisions, written)
    except pdfium.PdfiumError:
        raise ReadingError("malformed_file") from None
    draft.signatures += signatures.read_signatures(data)
    draft.notes += annotations.telling(found.notes, draft.words + draft.unseen, first=first)
    _note_structure(found, draft)


def _glance(data: bytes, draft: Draft) -> None:
    """Keep the visible text of the first page of a file that is too large to be read, without drawing anything: it shows what the file is."""
    try:
        page = pdfium.PdfDocument(data)[0]
        size = text_layer.page_size(page)
        layer = text_layer.read_layer(page, 0, confirm=False) if size else text_layer.Layer()
    except pdfium.PdfiumError:
        return
    if size is None or draft.limits.are_passed_by(layer.words):
        return
    draft.pages.append(Page(height=size[1] / size[0], source="text"))
    draft.words += [word for word, *hidden in zip(layer.words, layer.invisible, layer.covered, strict=True) if not any(hidden)]


def _note_structure(found: structure.Structure, draft: Draft) -> None:
    """Keep what a file's objects say; of several files the first that names its program and its dates counts for the document."""
    if not draft.producer and not draft.creator:
        draft.producer, draft.creator = found.producer, found.creator
    if draft.created_at is None:
        draft.created_at, draft.modified_at = found.created_at, found.modified_at
    draft.revisions = max(draft.revisions, len(found.revisions))
    draft.active |= found.active
    draft.attachments += found.attachments
    draft.invoice = draft.invoice or parsing.read_invoice(found.attachments)


def _read_page(page: pdfium.PdfPage, number: int, draft: Draft, *, written: pdfium.PdfPage, program: str) -> None:
    """Read a page as it is drawn; `written` is the same page with what stands in its fields, `program` what made the file."""
    size = text_layer.page_size(page)
    if size is None:
        raise ReadingError("oversized")
    layer = text_layer.read_layer(written, number)
    # Before anything is drawn or compared: both cost time per word.
    if draft.limits.are_passed_by(layer.words) or draft.limits.are_passed_by(draft.words + layer.words, whole=True):
        raise ReadingError("oversized")
    draft.fonts += layer.fonts
    # In grey where nobody will see it: that costs half.
    picture = text_layer.picture_of(page, CHECKED_SIDE, grey=not draft.with_pictures)
    blank = text_layer.without_ink(layer, picture)
    shown = [word for word, *hidden in zip(layer.words, layer.invisible, layer.covered, blank, strict=True) if not any(hidden)]
    unseen = [word for word, invisible, empty in zip(layer.words, layer.invisible, blank, strict=True) if invisible or empty]
    if len(shown) >= ENOUGH_WORDS or not text_layer.has_large_picture(page):
        draft.words += shown
        draft.unseen += unseen
        draft.covered += [word for word, covered in zip(layer.words, layer.covered, strict=True) if covered]
        draft.overwritten += comparison.overwritten(shown)
        draft.foreign_type += comparison.foreign_type(layer.words, layer.fonts)
        draft.uneven += typesetting.uneven_numbers(layer.characters)
        draft.set_words += layer.set_words
        _keep_page(draft, picture, "text")
    else:
        scanned = text_layer.scanned_picture_of(page, decoding.LONGEST_SIDE)
        draft.clean_raster |= raster.is_drawn(scanned, program)
        _recognise(scanned, number, draft)
        seen = [word for word in draft.words if word.page == number]
        # Nothing recognised says nothing: a scan too bad to read must not accuse its own text layer.
        draft.contradicting += comparison.not_said(unseen + shown, seen) if seen else []


def _read_letterheads(document: pdfium.PdfDocument, first: int, draft: Draft) -> None:
    """Recognise the pictures on the first page of a text that leaves something open which may stand in them."""
    page = document[0]
    if draft.pages[first].source != "text" or not letterheads.has_parts(page) or not letterheads.leave_something_open(draft.words, draft.pages):
        return
    if draft.recognise is None:
        raise ReadingError(NEEDS_RECOGNITION)
    confinement.allow_more_time()
    draft.words += letterheads.words_of(page, first, draft.words, draft.recognise)


def _recognise(picture: Image.Image, number: int, draft: Draft) -> None:
    """Take a page's words from its picture, as long as the document has not had its share of this slow step."""
    turn, flat = 0, None
    if draft.recognised < draft.limits.pages_recognised and not _says_enough(draft):
        if draft.recognise is None:
            raise ReadingError(NEEDS_RECOGNITION)
        # Only here: all else must stay within the low processor limit.
        confinement.allow_more_time()
        words, picture, turn, lines = draft.recognise(picture, number)
        # On the picture as it came: laying it flat resamples every word.
        pasted = {id(word) for word in sharpness.pasted_words(picture, words)}
        flat, placed = page_views.lay_flat(picture, words)
        draft.words += placed
        draft.lines += lines
        # The words move with the page, so the marked ones are found again by their place in the list.
        draft.patches += [there for word, there in zip(words, placed, strict=True) if id(word) in pasted]
        draft.recognised += 1
    _keep_page(draft, picture, "picture", turn, flat)


def _says_enough(draft: Draft) -> bool:
    """Whether the pages so far are a whole invoice or work order: what follows is usually terms, and recognising them would only cost time."""
    if not draft.words:
        return False
    found = extraction.likely(extraction.extract(Reading(pages=tuple(draft.pages), words=tuple(draft.words))))
    whole = found.titled and found.kind is not None and found.kind.value in PROOFS
    return whole and None not in (found.number, found.date, found.customer_name, found.total)


def _keep_page(draft: Draft, picture: Image.Image, source: str, turn: int = 0, flat: Flattening | None = None) -> None:
    """Keep a page: its ink and its fingerprint are those of the picture as it came, its shape and its picture those that people see."""
    width, height = flat.size if flat else picture.size
    draft.ink = max(draft.ink, float((np.asarray(picture.convert("L")) < 160).mean()))
    if draft.picture_hash is None and draft.ink >= MUCH_INK:
        draft.picture_hash = fingerprint.picture_hash(picture)
    encoded = decoding.for_the_desk(straightening.flatten(picture, flat) if flat else picture) if draft.with_pictures else None
    draft.pages.append(Page(height=height / width, source=source, turned=turn, picture=encoded))


def _read_pictures(data: bytes, media_type: str, draft: Draft) -> None:
    first, limits = len(draft.pages), draft.limits
    picture = decoding.open_picture(data, media_type, megapixels=limits.megapixels)
    for number, frame in enumerate(decoding.frames(picture, most=limits.pages - first, megapixels=limits.megapixels)):
        _recognise(frame, first + number, draft)
    draft.software = draft.software or decoding.software(picture)
