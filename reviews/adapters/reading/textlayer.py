"""Read a PDF's pages with pdfium: words with their boxes, what hides them, and the picture that a person sees.

Pages are measured in widths of the page, from the left upper corner, as everywhere. pdfium is not safe with threads: one child, one document.
"""

import ctypes
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from reviews.proofs.inspection import Word

LARGEST_POINTS = 14_400
"""Points; the largest page that the PDF specification (ISO 32000-1, annex C) speaks of."""
MOST_CHARACTERS = 60_000
MOST_OBJECTS = 20_000
OPAQUE = 200
"""Of 255."""
GAP = 0.8
"""Heights of a character; a wider gap parts two words even where pdfium saw no space."""


@dataclass(slots=True)
class Glyph:
    """One character with its box in points, origin at the lower left."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    invisible: bool
    font: str
    object: int


@dataclass(slots=True)
class Layer:
    """The words of a page's text layer, and which of them a person cannot see."""

    words: list[Word] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    invisible: list[bool] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)


def page_size(page: pdfium.PdfPage) -> tuple[float, float] | None:
    """Return width and height in points, or None for a page that nobody can print."""
    width, height = page.get_size()
    return (width, height) if 1 <= width <= LARGEST_POINTS and 1 <= height <= LARGEST_POINTS else None


def picture_of(page: pdfium.PdfPage, longest: int, *, most_scale: float = 300 / 72) -> Image.Image:
    """Render a page as a person sees it, at most `longest` pixels on its longest side."""
    scale = min(most_scale, longest / max(page.get_size()))
    rendered: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()  # pyright: ignore[reportArgumentType] - a float, as its documentation says
    return rendered.convert("RGB")


def read_layer(page: pdfium.PdfPage, number: int) -> Layer:
    """Return the text layer of a page, word by word, in the order of the file."""
    text = page.get_textpage()
    box = page.get_bbox()
    covers, drawn = _covers(page)
    layer = Layer()
    for glyphs in _grouped(_glyphs(text)):
        word = _word(glyphs, box, page.get_rotation(), number)
        layer.words.append(word)
        layer.fonts.append(glyphs[0].font)
        layer.invisible.append(all(glyph.invisible for glyph in glyphs))
        layer.covered.append(_is_covered(glyphs, covers, drawn.get(glyphs[0].object)))
    return layer


def _glyphs(text: pdfium.PdfTextPage) -> list[Glyph | None]:
    """Return the characters; None stands for a space or the end of a line.

    A box is as high as the ink and as wide as the advance, so that the gap between two words is the space that was set, in any typeface.
    """
    edges = [ctypes.c_double() for _ in range(4)]
    loose = raw.FS_RECTF()
    glyphs: list[Glyph | None] = []
    fonts: dict[int, tuple[str, bool, int]] = {}
    for index in range(min(raw.FPDFText_CountChars(text), MOST_CHARACTERS)):
        code = raw.FPDFText_GetUnicode(text, index)
        letter = chr(code) if 32 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if not letter.strip() or not raw.FPDFText_GetCharBox(text, index, *edges):
            glyphs.append(None)
            continue
        left, right, bottom, top = (edge.value for edge in edges)
        if raw.FPDFText_GetLooseCharBox(text, index, loose):
            left, right = min(left, loose.left), max(right, loose.right)
        font, invisible, order = _style(text, index, fonts)
        glyphs.append(Glyph(letter, left, right, bottom, top, invisible, font, order))
    return glyphs


def _style(text: pdfium.PdfTextPage, index: int, known: dict[int, tuple[str, bool, int]]) -> tuple[str, bool, int]:
    """Return typeface, whether the text cannot be seen (mode 3, white, below 2 points), and its address, once per text object."""
    item = raw.FPDFText_GetTextObject(text, index)
    key = ctypes.addressof(item.contents) if item else 0
    if key not in known:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        raw.FPDFText_GetFillColor(text, index, red, green, blue, alpha)
        unseen = bool(item) and raw.FPDFTextObj_GetTextRenderMode(item) in {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}
        known[key] = (_font(text, index), unseen or alpha.value == 0, key)
    return known[key]


def _font(text: pdfium.PdfTextPage, index: int) -> str:
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text, index, name, 128, ctypes.byref(ctypes.c_int()))
    return name.value.decode("utf-8", "replace")


def _grouped(glyphs: list[Glyph | None]) -> list[list[Glyph]]:
    groups: list[list[Glyph]] = [[]]
    for glyph in glyphs:
        last = groups[-1]
        if glyph is None:
            groups.append([])
        elif last and _apart(last[-1], glyph):
            groups.append([glyph])
        else:
            last.append(glyph)
    return [group for group in groups if group]


def _apart(one: Glyph, next_one: Glyph) -> bool:
    height = max(one.top - one.bottom, next_one.top - next_one.bottom, 1.0)
    sideways = abs(one.bottom - next_one.bottom) > height
    return not sideways and (next_one.left - one.right > GAP * height or next_one.left < one.left - height)


def _word(glyphs: list[Glyph], box: tuple[float, float, float, float], rotation: int, number: int) -> Word:
    left, right = min(glyph.left for glyph in glyphs), max(glyph.right for glyph in glyphs)
    bottom, top = min(glyph.bottom for glyph in glyphs), max(glyph.top for glyph in glyphs)
    x0, y0, x1, y1 = _turned((left - box[0], box[3] - top, right - box[0], box[3] - bottom), box[2] - box[0], box[3] - box[1], rotation)
    width = (box[3] - box[1]) if rotation in {90, 270} else (box[2] - box[0])
    return Word("".join(glyph.text for glyph in glyphs), number, x0 / width, y0 / width, x1 / width, y1 / width, 1.0)


def _turned(edges: tuple[float, float, float, float], width: float, height: float, rotation: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = edges
    if rotation == 90:
        return height - y1, x0, height - y0, x1
    if rotation == 180:
        return width - x1, height - y1, width - x0, height - y0
    if rotation == 270:
        return y0, width - x1, y1, width - x0
    return edges


@dataclass(frozen=True, slots=True)
class Cover:
    """An opaque object, and the number in the order of drawing."""

    left: float
    bottom: float
    right: float
    top: float
    drawn: int


def _covers(page: pdfium.PdfPage) -> tuple[list[Cover], dict[int, int]]:
    """Return filled opaque rectangles and pictures that were drawn after text, and when each text object (by address) was drawn."""
    drawn = dict[int, int]()
    covers = list[Cover]()
    for index in range(min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        item = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            drawn[ctypes.addressof(item.contents)] = index
        elif drawn and (kind == raw.FPDF_PAGEOBJ_IMAGE or (kind == raw.FPDF_PAGEOBJ_PATH and _is_opaque(item))):
            edges = [ctypes.c_float() for _ in range(4)]
            if raw.FPDFPageObj_GetBounds(item, *edges):
                left, bottom, right, top = (edge.value for edge in edges)
                covers.append(Cover(left, bottom, right, top, index))
    return covers, drawn


def _is_opaque(item: object) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, mode, stroke)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    filled = mode.value != raw.FPDF_FILLMODE_NONE and bool(raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha))
    return bool(filled and alpha.value > OPAQUE)


def _is_covered(glyphs: list[Glyph], covers: list[Cover], drawn: int | None) -> bool:
    if drawn is None:
        return False
    x = (glyphs[0].left + glyphs[-1].right) / 2
    y = (glyphs[0].bottom + glyphs[0].top) / 2
    return any(cover.left < x < cover.right and cover.bottom < y < cover.top and drawn < cover.drawn for cover in covers)


def without_ink(words: list[Word], picture: Image.Image) -> list[bool]:
    """Tell for each word whether the page shows nothing at its place: white on white, beneath something, off the page."""
    grey: npt.NDArray[np.uint8] = np.asarray(picture.convert("L"))
    return [_blank(word, grey) for word in words]


def _blank(word: Word, grey: npt.NDArray[np.uint8]) -> bool:
    """A box without contrast holds no letters; 24 of 255 steps is what a faint watermark still has."""
    width = grey.shape[1]
    left, right = max(0, int(word.x0 * width)), int(np.ceil(word.x1 * width)) + 1
    top, bottom = max(0, int(word.y0 * width)), int(np.ceil(word.y1 * width)) + 1
    patch = grey[top:bottom, left:right]
    return patch.size == 0 or int(patch.max()) - int(patch.min()) < 24


def has_large_picture(page: pdfium.PdfPage) -> bool:
    """Whether pictures cover most of a page, as they do on a scan."""
    width, height = page.get_size()
    covered = 0.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return bool(covered > 0.4 * width * height)


def scanned_picture_of(page: pdfium.PdfPage, longest: int) -> Image.Image:
    """Render a scanned page pixel for pixel as its largest picture holds it, at most `longest` pixels on its longest side."""
    densest = 1.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        width, height = ctypes.c_uint(), ctypes.c_uint()
        left, _, right, _ = item.get_bounds()
        if raw.FPDFImageObj_GetImagePixelSize(item, width, height) and right - left > 0.3 * page.get_width():
            densest = max(densest, width.value / (right - left))
    return picture_of(page, longest, most_scale=densest)
