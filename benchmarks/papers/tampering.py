"""What forgers do to a PDF: other words on a white patch, a new revision, words in ink that nobody sees."""

from io import BytesIO
from typing import Literal

import pypdfium2
from pypdf import PageObject, PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

Place = tuple[float, float, float, float]


def overlaid(pdf: bytes, *, was: str, becomes: str, revision: bool, from_right: bool) -> bytes:
    """Return the PDF with other words on a white patch over each place where `was` stands on the first sheet.

    With `revision` the change is appended to the file, without it the file is written anew. Raises ValueError when `was` does not stand
    there.
    """
    found = places(pdf, was)
    if not found:
        raise ValueError(f"{was!r} does not stand on the first sheet")
    reader = PdfReader(BytesIO(pdf))
    writer = PdfWriter(BytesIO(pdf), incremental=True) if revision else PdfWriter(clone_from=reader)
    page = writer.pages[0]
    page.merge_page(_patches(found, becomes, (float(page.mediabox.width), float(page.mediabox.height)), from_right=from_right))
    if reader.metadata is not None:
        writer.add_metadata({key: str(value) for key, value in reader.metadata.items()})
    return written(writer)


def with_unseen(pdf: bytes, rows: list[str], *, mode: Literal[0, 3]) -> bytes:
    """Return the PDF with rows that no eye sees: in render mode 3, or in white (mode 0) on the white margin."""
    sheet = BytesIO()
    reader = PdfReader(BytesIO(pdf))
    box = reader.pages[0].mediabox
    canvas = Canvas(sheet, pagesize=(float(box.width), float(box.height)), invariant=1)
    text = canvas.beginText(60, 30)
    text.setFont("Helvetica", 7)
    text.setTextRenderMode(mode)
    text.setFillColorRGB(1, 1, 1)
    for row in reversed(rows):
        text.textOut(f"{row}  ")
    canvas.drawText(text)
    canvas.save()
    writer = PdfWriter(clone_from=reader)
    writer.pages[0].merge_page(PdfReader(sheet).pages[0])
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    """Return a PDF as its writer saves it."""
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def places(pdf: bytes, words: str) -> list[Place]:
    """Return left, bottom, right, top in points of each place on the first sheet where the words stand."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[0].get_textpage()
        searcher = text.search(words, match_case=True)
        stand: list[Place] = []
        while found := searcher.get_next():
            boxes = [text.get_charbox(index) for index in range(found[0], found[0] + found[1])]
            stand.append((min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)))
        return stand
    finally:
        document.close()


def _patches(found: list[Place], words: str, size: tuple[float, float], *, from_right: bool) -> PageObject:
    sheet = BytesIO()
    canvas = Canvas(sheet, pagesize=size, invariant=1)
    for left, bottom, right, top in found:
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(left - 1, bottom - 1, right - left + 2, top - bottom + 2, stroke=0, fill=1)
        canvas.setFillColorRGB(0.1, 0.1, 0.1)
        canvas.setFont("Helvetica", (top - bottom) * 1.25)
        write = canvas.drawRightString if from_right else canvas.drawString
        write(right if from_right else left, bottom, words)
    canvas.save()
    return PdfReader(sheet).pages[0]
