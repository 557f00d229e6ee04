"""Read a PDF's pages with pdfium: words with their boxes, what hides them, and the picture that a person sees.

Positions are in widths of the page, from its upper left corner, as everywhere. pdfium is not thread-safe: one child, one document.
"""

import ctypes
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from reviews.adapters.documents.reading import comparison
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.pdf import overpainting
from reviews.adapters.documents.reading.pdf.overpainting import DrawnWord
from reviews.adapters.documents.reading.pdf.typesetting import SEPARATORS, Character, SetWord
from reviews.proofs.reading import FAR, LONGEST_WORD, Word

LARGEST_POINTS = 14_400
"""Points; the largest page that the PDF specification (ISO 32000-1, annex C) speaks of."""
MOST_CHARACTERS = 60_000
FAINTEST = 13
"""Of 255; text that is more transparent (5 %) is invisible, a watermark has 10 to 30 %."""
SMALLEST = 2.0
"""Points; the height of a line of type that nobody can read."""
LIGHT, CONTRAST, GROUND = 200, 24, 0.25
"""Of 255: text that needs a darker ground to be seen, and by how much; and how much of its place that ground must fill."""
LEVEL = 0.001
"""Rise of a line of text that counts as level."""
GAP = 0.8
"""Heights of a character; a wider gap parts two words even where pdfium saw no space."""


@dataclass(slots=True)
class Glyph:
    """One character with its box and the height of its line in points, origin at the lower left, and its number in the text page."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    height: float
    index: int


@dataclass(frozen=True, slots=True)
class GlyphStyle:
    """How a text object is set, and its address.

    Its typeface and the family of that, its type size in points, whether it stands on a level line, whether it is drawn at all, and how light
    it is (0 to 255, None if unknown).
    """

    font: str
    family: str
    size: float
    level: bool
    invisible: bool
    shade: int | None
    item: int


@dataclass(slots=True)
class Layer:
    """The words of a page's text layer, which of them a person cannot see, and how they and the characters of their numbers are set."""

    words: list[Word] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    invisible: list[bool] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    shades: list[int | None] = field(default_factory=list)
    set_words: list[SetWord] = field(default_factory=list)
    characters: list[Character] = field(default_factory=list)


def page_size(page: pdfium.PdfPage) -> tuple[float, float] | None:
    """Return width and height in points, or None for a page that nobody can print."""
    width, height = page.get_size()
    return (width, height) if 1 <= width <= LARGEST_POINTS and 1 <= height <= LARGEST_POINTS else None


def picture_of(page: pdfium.PdfPage, longest: int, *, most_scale: float = 300 / 72, grey: bool = False) -> Image.Image:
    """Render a page as a person sees it, at most `longest` pixels on its longest side; in grey it costs half."""
    scale = min(most_scale, longest / max(page.get_size()))
    rendered: Image.Image = page.render(scale=scale, may_draw_forms=True, grayscale=grey, rev_byteorder=not grey).to_pil()  # pyright: ignore[reportArgumentType] - a float, as its documentation says
    return rendered if rendered.mode == ("L" if grey else "RGB") else rendered.convert("RGB")


def read_layer(page: pdfium.PdfPage, number: int, *, confirm: bool = True) -> Layer:
    """Return the text layer of a page, word by word, in the order of the file; nothing is drawn unless what hides words is to be confirmed."""
    text = page.get_textpage()
    box, rotation = page.get_bbox(), page.get_rotation()
    layer, standing, styles = Layer(), list[DrawnWord](), dict[int, GlyphStyle]()
    for glyphs in _grouped(_glyphs(text)):
        word, style = _word(glyphs, box, rotation, number), _style(text, glyphs[0].index, styles)
        layer.words.append(word)
        layer.fonts.append(style.font)
        layer.shades.append(style.shade)
        _note_setting(text, glyphs, word, layer, styles)
        layer.invisible.append(all(glyph.height < SMALLEST or _style(text, glyph.index, styles).invisible for glyph in glyphs))
        middle = (glyphs[0].left + glyphs[-1].right) / 2, (glyphs[0].bottom + glyphs[0].top) / 2
        standing.append(DrawnWord(word, *middle, style.item))
    layer.covered = overpainting.find_covered(page, standing, confirm=confirm)
    return layer


def _note_setting(text: pdfium.PdfTextPage, glyphs: list[Glyph], word: Word, layer: Layer, styles: dict[int, GlyphStyle]) -> None:
    """Keep how a word is set, if it has letters or digits, and its digits one by one, on level lines."""
    first = next((glyph for glyph in glyphs if glyph.text.isalnum()), None)
    if first is None:
        return
    style = _style(text, first.index, styles)
    layer.set_words.append(SetWord(word, style.family, style.size))
    x, base = ctypes.c_double(), ctypes.c_double()
    for glyph in glyphs:
        if not (glyph.text.isdigit() or glyph.text in SEPARATORS):
            continue
        style = _style(text, glyph.index, styles)
        if style.level and raw.FPDFText_GetCharOrigin(text, glyph.index, x, base):
            layer.characters.append(Character(glyph.text, word, glyph.left, glyph.right, base.value, style.size, style.family))


def _glyphs(text: pdfium.PdfTextPage) -> list[Glyph | None]:
    """Return the characters; None stands for a space or the end of a line.

    A box is as high as the ink and as wide as the advance, so that the gap between two words is the space that was set, in any typeface.
    """
    x0, x1, y0, y1 = edges = [ctypes.c_double() for _ in range(4)]
    loose = raw.FS_RECTF()
    glyphs: list[Glyph | None] = []
    count = raw.FPDFText_CountChars(text)
    if count > MOST_CHARACTERS:  # what is not checked could say anything
        raise ReadingError("oversized")
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        # Surrogates and control characters are no text: msgpack and the database would refuse them.
        letter = chr(code) if 32 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        placed = raw.FPDFText_GetCharBox(text, index, *edges)
        left, right, bottom, top = x0.value, x1.value, y0.value, y1.value
        # A drawing that the file gives no letter for, such as an accent apart: it ends no word.
        if placed and not code and top > bottom:
            continue
        if letter.isspace() or not placed:
            glyphs.append(None)
            continue
        if raw.FPDFText_GetLooseCharBox(text, index, loose):
            left, right = min(left, loose.left), max(right, loose.right)
        # The larger of both: a dash has hardly any ink.
        height = max(abs(loose.top - loose.bottom), abs(top - bottom))
        glyphs.append(Glyph(letter, left, right, bottom, top, height, index))
    return glyphs


def _style(text: pdfium.PdfTextPage, index: int, known: dict[int, GlyphStyle]) -> GlyphStyle:
    """Return how a character is set, looked up once per text object; modes 3 and 7 (ISO 32000-1, 9.3.6) draw nothing."""
    item = raw.FPDFText_GetTextObject(text, index)
    # Per object: a page has thousands of characters and a few dozen objects.
    key = ctypes.addressof(item.contents) if item else 0
    if key not in known:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        coloured = bool(raw.FPDFText_GetFillColor(text, index, red, green, blue, alpha))
        # A character without an object was made up by pdfium (a hyphen, a space): it counts as drawn.
        mode = raw.FPDFTextObj_GetTextRenderMode(item) if item else raw.FPDF_TEXTRENDERMODE_FILL
        unseen = mode in {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}
        plain = coloured and mode == raw.FPDF_TEXTRENDERMODE_FILL
        # The weights of ITU-R BT.601, as Pillow's conversion to grey uses them.
        shade = round(0.299 * red.value + 0.587 * green.value + 0.114 * blue.value) if plain else None
        unseen = unseen or (mode == raw.FPDF_TEXTRENDERMODE_FILL and alpha.value < FAINTEST)
        font, matrix = _font(text, index), raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(text, index, matrix)
        size = raw.FPDFText_GetFontSize(text, index) * abs(matrix.d)
        level = matrix.d > 0 and size > 0 and abs(matrix.b) < LEVEL * abs(matrix.a)
        known[key] = GlyphStyle(font, comparison.family(font), size, level, unseen, shade, key)
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
    # Text that runs up or down the page: its characters stand above each other and are one word all the same.
    sideways = abs(one.bottom - next_one.bottom) > height
    return not sideways and (next_one.left - one.right > GAP * height or next_one.left < one.left - height)


def _word(glyphs: list[Glyph], box: tuple[float, float, float, float], rotation: int, number: int) -> Word:
    left, right = min(glyph.left for glyph in glyphs), max(glyph.right for glyph in glyphs)
    bottom, top = min(glyph.bottom for glyph in glyphs), max(glyph.top for glyph in glyphs)
    x0, y0, x1, y1 = _turned((left - box[0], box[3] - top, right - box[0], box[3] - bottom), box[2] - box[0], box[3] - box[1], rotation)
    width = (box[3] - box[1]) if rotation in {90, 270} else (box[2] - box[0])
    # Bounded: a page may place text anywhere, and the answer's check refuses what lies further away.
    x0, y0, x1, y1 = (max(-FAR, min(FAR, edge / width)) for edge in (x0, y0, x1, y1))
    # One letter and not a letter with an accent behind it: everything after this compares letters.
    text = unicodedata.normalize("NFC", "".join(glyph.text for glyph in glyphs))[:LONGEST_WORD]
    return Word(text, number, x0, y0, x1, y1, 1.0)


def _turned(edges: tuple[float, float, float, float], width: float, height: float, rotation: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = edges
    if rotation == 90:
        return height - y1, x0, height - y0, x1
    if rotation == 180:
        return width - x1, height - y1, width - x0, height - y0
    if rotation == 270:
        return y0, width - x1, y1, width - x0
    return edges


def without_ink(layer: Layer, picture: Image.Image) -> list[bool]:
    """Tell for each word whether the page shows nothing at its place: white on white, beneath something, off the page."""
    grey: npt.NDArray[np.uint8] = np.asarray(picture.convert("L"))
    return [_blank(word, shade, grey) for word, shade in zip(layer.words, layer.shades, strict=True)]


def _blank(word: Word, shade: int | None, grey: npt.NDArray[np.uint8]) -> bool:
    """A box without contrast holds no letters; 24 of 255 steps is what a faint watermark still has.

    Light text is seen only by its ground: a line that crosses white words on white does not make them visible.
    """
    width = grey.shape[1]
    left, right = max(0, int(word.x0 * width)), max(0, int(np.ceil(word.x1 * width)) + 1)
    top, bottom = max(0, int(word.y0 * width)), max(0, int(np.ceil(word.y1 * width)) + 1)
    patch = grey[top:bottom, left:right]
    if patch.size == 0 or int(patch.max()) - int(patch.min()) < CONTRAST:
        return True
    if shade is None or shade < LIGHT:
        return False
    return float((np.abs(patch.astype(np.int16) - shade) >= CONTRAST).mean()) < GROUND


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
        # Only pictures of some width: the stamp or logo of a scan may be far denser than the scan.
        if raw.FPDFImageObj_GetImagePixelSize(item, width, height) and right - left > 0.3 * page.get_width():
            densest = max(densest, width.value / (right - left))
    return picture_of(page, longest, most_scale=densest)
