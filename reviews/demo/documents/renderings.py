"""What customers send of a document: a scan, a photo, a fax-like TIFF, or a file with a changed amount."""

import time
from datetime import datetime
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageFilter
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import NameObject
from reportlab.pdfgen.canvas import Canvas

PhotoType = Literal["image/jpeg", "image/png", "image/webp"]
Pixels = npt.NDArray[np.float32]

SCAN_DPI, PHOTO_DPI = 144, 216
BLACK_OR_WHITE = [0] * 185 + [255] * 71
PHOTO_SIZE = (1700, 2267)
SCANNED_AT = time.gmtime(1_760_000_000)
"""A fixed moment inside the scans, so that the same seed gives the same bytes."""


def as_scan(pdf: bytes, *, seed: int) -> bytes:
    """Return an image-only PDF as an office scanner makes it: grey, slightly turned, with the grain of the glass."""
    chance = np.random.default_rng(seed)
    pages = [_scanned(page, chance) for page in _pictures(pdf, SCAN_DPI)]
    out = BytesIO()
    pages[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=SCAN_DPI,
        quality=78,
        producer="Kantoorscanner 3520",
        creationDate=SCANNED_AT,
        modDate=SCANNED_AT,
    )
    return out.getvalue()


def as_tiff(pdf: bytes, *, seed: int) -> bytes:
    """Return a black-and-white TIFF with all pages, as old multifunctionals send them."""
    chance = np.random.default_rng(seed)
    pages = [_scanned(page, chance).point(BLACK_OR_WHITE).convert("1") for page in _pictures(pdf, SCAN_DPI)]
    out = BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(SCAN_DPI, SCAN_DPI))
    return out.getvalue()


def as_photo(pdf: bytes, *, seed: int, media_type: PhotoType = "image/jpeg") -> bytes:
    """Return a phone photo of the first page on a table: in perspective, unevenly lit, a little soft, with sensor noise."""
    chance = np.random.default_rng(seed)
    sheet = _pictures(pdf, PHOTO_DPI)[0]
    lying = _on_table(sheet, chance)
    pixels = np.array(lying.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)
    pixels *= _light(chance)[:, :, None] * chance.uniform((0.97, 0.95, 0.88), (1.0, 0.98, 0.95)).astype(np.float32)
    pixels += _noise(chance, pixels.shape[:2], 3)[:, :, None]
    out = BytesIO()
    _image(pixels).save(out, media_type.removeprefix("image/").upper(), quality=84)
    return out.getvalue()


def altered(pdf: bytes, *, was: str, becomes: str, at: datetime, incremental: bool = True) -> bytes:
    """Return the PDF with another text written over each place where `was` stands, as a PDF editor does.

    The old text stays below a white patch. With `incremental` the change is appended as a new revision; without, the file is rewritten
    and only producer and dates show it. Raises ValueError when `was` is not on the first page.
    """
    places = _places(pdf, was)
    if not places:
        raise ValueError(f"{was!r} does not stand on the first page")
    writer = PdfWriter(BytesIO(pdf), incremental=True) if incremental else PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.pages[0].merge_page(_patch(places, becomes))
    writer.add_metadata({"/Producer": "PDF Plakker 11", "/ModDate": at.strftime("D:%Y%m%d%H%M%SZ")})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def with_hidden_text(pdf: bytes, words: str) -> bytes:
    """Return the PDF with invisible words (text render mode 3) that try to steer a reader of the text layer."""
    out, sheet = BytesIO(), BytesIO()
    canvas = Canvas(sheet, invariant=1)
    text = canvas.beginText(40, 40)
    text.setTextRenderMode(3)
    text.textLine(words)
    canvas.drawText(text)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.pages[0].merge_page(PdfReader(sheet).pages[0])
    writer.write(out)
    return out.getvalue()


def with_script(pdf: bytes, script: str = "app.alert('Uw factuur');") -> bytes:
    """Return the PDF with JavaScript that runs when it is opened."""
    out = BytesIO()
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.root_object[NameObject("/OpenAction")] = JavaScript(script)
    writer.write(out)
    return out.getvalue()


def _pictures(pdf: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi // 72).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def _scanned(page: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Turn a clean page into what a flatbed sees of it."""
    turned = page.convert("L").rotate(chance.uniform(-0.9, 0.9), Image.Resampling.BICUBIC, fillcolor=248)
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.4)), dtype=np.float32)
    return _image(pixels * 0.93 + 12 + _noise(chance, pixels.shape, 4))


def _noise(chance: np.random.Generator, shape: tuple[int, ...], strength: float) -> Pixels:
    return chance.standard_normal(shape, dtype=np.float32) * np.float32(strength)


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _on_table(sheet: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Lay the sheet on a wooden table, seen from a slight angle."""
    width, height = PHOTO_SIZE
    ideal = np.array([(0.07, 0.06), (0.93, 0.06), (0.95, 0.95), (0.05, 0.95)])
    corners = (ideal + chance.uniform(-0.022, 0.022, ideal.shape)) * (width, height)
    coefficients = _perspective(corners, sheet.size)
    flat = sheet.transform(PHOTO_SIZE, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", sheet.size, 255).transform(PHOTO_SIZE, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    table = _table(chance)
    shadow = mask.filter(ImageFilter.GaussianBlur(22)).point(lambda value: int(value * 0.55))
    table.paste((30, 22, 16), (14, 18), shadow)
    table.paste(flat, (0, 0), mask)
    return table


def _perspective(corners: npt.NDArray[np.float64], size: tuple[int, int]) -> list[float]:
    """Return the eight numbers of the transformation that maps the photo's corners onto those of a sheet of `size`."""
    width, height = size
    sheet = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    rows = np.zeros((8, 8))
    rows[0::2, 0:2] = rows[1::2, 3:5] = corners
    rows[0::2, 2] = rows[1::2, 5] = 1
    rows[0::2, 6:] = -sheet[:, :1] * corners
    rows[1::2, 6:] = -sheet[:, 1:] * corners
    return [float(number) for number in np.linalg.solve(rows, sheet.reshape(8))]


def _table(chance: np.random.Generator) -> Image.Image:
    """Make a table top with a grain along its length."""
    width, height = PHOTO_SIZE
    grain = np.asarray(_image(chance.normal(128, 60, (height // 40, width // 3)).astype(np.float32)).resize(PHOTO_SIZE, Image.Resampling.BICUBIC))
    shade = (grain.astype(np.float32) - 128) * 0.14
    return _image(np.stack([126 + shade, 92 + shade * 0.9, 64 + shade * 0.7], axis=2))


def _light(chance: np.random.Generator) -> Pixels:
    """Make the light of a lamp that stands to one side, and the shadow of the hand with the phone."""
    width, height = PHOTO_SIZE
    across, down = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    x, y = chance.uniform(-0.6, 0.6, 2)
    lamp = 1.03 - 0.17 * np.hypot(across - x, down - y)
    hand = 0.13 * np.exp(-(((across - chance.uniform(-0.4, 0.4)) / 0.5) ** 2) - ((down - 1.1) / 0.5) ** 2)
    light: Pixels = (lamp - hand).astype(np.float32)
    return light


def _places(pdf: bytes, words: str) -> list[tuple[float, float, float, float]]:
    """Return where words stand on the first page: left, bottom, right, top in points."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[0].get_textpage()
        searcher = text.search(words)
        places: list[tuple[float, float, float, float]] = []
        while found := searcher.get_next():
            boxes = [text.get_charbox(index) for index in range(found[0], found[0] + found[1])]
            places.append((min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)))
        return places
    finally:
        document.close()


def _patch(places: list[tuple[float, float, float, float]], words: str) -> PageObject:
    """Draw white patches with other words on them."""
    sheet = BytesIO()
    canvas = Canvas(sheet, invariant=1)
    for left, bottom, right, top in places:
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(left - 1, bottom - 1.5, right - left + 2, top - bottom + 3, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("Helvetica", (top - bottom) * 1.35)
        canvas.drawRightString(right, bottom, words)
    canvas.save()
    return PdfReader(sheet).pages[0]
