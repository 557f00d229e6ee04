"""Read the parts of a page of text that are pictures: a letterhead, a stamp. Only where the text leaves something open, for it is slow."""

from collections.abc import Iterator

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from reviews.adapters.documents.reading.draft import WordRecogniser
from reviews.adapters.documents.reading.pdf import text_layer
from reviews.proofs import extraction
from reviews.proofs.evidence.kinds import PROOFS
from reviews.proofs.reading import Page, Reading, Word

LEAST_WIDTH, LEAST_AREA = 0.12, 0.006
"""Shares of the page; a smaller picture is an icon."""
MOST_PARTS = 3
LONGEST_SIDE = 2400
"""Pixels of the page that the parts are cut from, an A4 at 200 dpi."""
Box = tuple[int, int, int, int]


def leave_something_open(words: list[Word], pages: list[Page]) -> bool:
    """Whether words are an invoice or work order that lacks its number, date or customer, or any number that names who issued it."""
    found = extraction.likely(extraction.extract(Reading(pages=tuple(pages), words=tuple(words))))
    if found.kind is None or found.kind.value not in PROOFS:
        return False
    marks = found.identifiers
    return None in (found.number, found.date, found.customer_name) or not (marks.kvk or marks.btw or marks.iban)


def has_parts(page: pdfium.PdfPage) -> bool:
    """Whether a page has pictures large enough to hold words."""
    return next(_parts(page), None) is not None


def words_of(page: pdfium.PdfPage, number: int, known: list[Word], recognise: WordRecogniser) -> list[Word]:
    """Return the words of a page's pictures, where they stand; what the text layer has in the same place is left to that."""
    whole = text_layer.picture_of(page, LONGEST_SIDE)
    largest = sorted(_parts(page), key=lambda part: (part[0] - part[2]) * (part[3] - part[1]))[:MOST_PARTS]
    boxes = [tuple(round(edge * whole.width) for edge in part) for part in largest]
    seen = [word for left, top, right, bottom in boxes for word in _recognised(whole, (left, top, right, bottom), number, recognise)]
    own = [word for word in known if word.page == number]
    return [word for word in seen if not any(_overlap(word, other) for other in own)]


def _parts(page: pdfium.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    """Yield the places of a page's pictures in widths of the page, from its left upper corner."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        left, right, bottom, top = max(0.0, left), min(width, right), max(0.0, bottom), min(height, top)
        wide, tall = (right - left) / width, (top - bottom) / height
        if wide >= LEAST_WIDTH and tall > 0 and wide * tall >= LEAST_AREA:
            yield left / width, (height - top) / width, right / width, (height - bottom) / width


def _recognised(whole: Image.Image, box: Box, number: int, recognise: WordRecogniser) -> list[Word]:
    part = whole.crop(box)
    words, _, turned, _ = recognise(part, number)
    # What lies on its side in a picture of its own is decoration.
    if turned:
        return []
    scale, left, top = part.width / whole.width, box[0] / whole.width, box[1] / whole.width
    return [
        Word(word.text, number, left + word.x0 * scale, top + word.y0 * scale, left + word.x1 * scale, top + word.y1 * scale, word.score)
        for word in words
    ]


def _overlap(one: Word, other: Word) -> bool:
    return min(one.x1, other.x1) > max(one.x0, other.x0) and min(one.y1, other.y1) - max(one.y0, other.y0) > (one.y1 - one.y0) / 3
