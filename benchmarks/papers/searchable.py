"""A scan as scanners with recognition make it: a picture, and behind it what they read, with slips."""

from io import BytesIO

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.papers import wear
from benchmarks.papers.chance import Chance

SLIPS = {"l": "1", "o": "0", "e": "c", "n": "u", "a": "o", "i": "j"}
HOW_MANY = 0.02
INVISIBLE = 3
"""The render mode of PDF in which nothing is painted."""


def scan(pdf: bytes, lot: wear.Wear, seed: int) -> bytes:
    """Return a PDF of pictures with an invisible layer of text."""
    chance, out = Chance(seed), BytesIO()
    document = pypdfium2.PdfDocument(pdf)
    canvas = Canvas(out, invariant=1)
    canvas.setProducer("Kantoorscanner 3520 OCR")
    for sheet, picture in zip(document, wear.pictures(pdf, lot, seed), strict=True):
        width, height = sheet.get_size()
        canvas.setPageSize((width, height))
        held = BytesIO()
        picture.convert("L").save(held, "JPEG", quality=lot.quality)
        canvas.drawImage(ImageReader(held), 0, 0, width, height)
        _read(canvas, sheet.get_textpage(), chance)
        canvas.showPage()
    canvas.save()
    document.close()
    return out.getvalue()


def _read(canvas: Canvas, words: pypdfium2.PdfTextPage, chance: Chance) -> None:
    """Write what stands in each rectangle where it stands; figures are read well, letters now and then not."""
    for number in range(words.count_rects()):
        left, bottom, right, top = words.get_rect(number)
        said = words.get_text_bounded(left, bottom, right, top).strip()
        if not said:
            continue
        text = canvas.beginText(left, bottom)
        text.setTextRenderMode(INVISIBLE)
        size = max(top - bottom, 2)
        text.setFont("Helvetica", size)
        wide = canvas.stringWidth(said, "Helvetica", size)
        text.setHorizScale(100 * (right - left) / wide if wide else 100)
        text.textOut("".join(SLIPS[char] if char in SLIPS and chance.happens(HOW_MANY) else char for char in said))
        canvas.drawText(text)
