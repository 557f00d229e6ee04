"""Marks on sheets: words, lines and boxes, placed in millimetres from the upper left corner, drawn by any renderer."""

import textwrap

import msgspec
from reportlab.pdfbase.pdfmetrics import stringWidth

INK, GREY, LIGHT = "#1a1a1c", "#66686c", "#a2a4a8"
POINT = 0.3528
"""Millimetres."""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Words on a baseline; `align` is left, right or centre around `x`, `angle` in degrees against the clock.

    A `field` is one of a form, where the program has forms.
    """

    x: float
    y: float
    words: str
    size: float
    face: str
    bold: bool
    colour: str
    align: str
    angle: float
    field: str = ""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle with its upper left corner at x, y; a line is one without height or width. Empty colours are not drawn."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str
    weight: float


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A PNG in a rectangle with its upper left corner at x, y."""

    x: float
    y: float
    width: float
    height: float
    png: bytes


Mark = Text | Box | Picture


MEASURES = {"sans": "Helvetica", "serif": "Times-Roman", "mono": "Courier"}


def width_of(words: str, size: float, *, face: str = "sans", bold: bool = False) -> float:
    """Return about how wide words are in millimetres; programs differ by a few per cent."""
    name = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}[MEASURES[face]] if bold else MEASURES[face]
    return float(stringWidth(words, name, size)) * POINT


class Drawing:
    """The sheets of one document, of one size, in one typeface: sans, serif or mono."""

    def __init__(self, *, face: str = "sans", size: float = 9.5, width: float = 210, height: float = 297) -> None:
        self.face, self.size, self.width, self.height = face, size, width, height
        self.pages: list[list[Mark]] = [[]]

    def next_page(self) -> None:
        """Go on on a new sheet."""
        self.pages.append([])

    def text(
        self, x: float, y: float, words: str, *, size: float = 0, bold: bool = False, colour: str = INK, align: str = "left", angle: float = 0
    ) -> None:
        """Write one line."""
        mark = Text(x=x, y=y, words=words, size=size or self.size, face=self.face, bold=bold, colour=colour, align=align, angle=angle)
        self.pages[-1].append(mark)

    def box(self, x: float, y: float, width: float, height: float, *, fill: str = "", stroke: str = "", weight: float = 0.5) -> None:
        """Draw a rectangle; `weight` in points."""
        self.pages[-1].append(Box(x=x, y=y, width=width, height=height, fill=fill, stroke=stroke, weight=weight))

    def picture(self, x: float, y: float, width: float, height: float, png: bytes) -> None:
        """Show a picture."""
        self.pages[-1].append(Picture(x=x, y=y, width=width, height=height, png=png))

    def rule(self, x: float, y: float, width: float, *, colour: str = INK, weight: float = 0.5) -> None:
        """Draw a horizontal line."""
        self.box(x, y, width, 0, stroke=colour, weight=weight)

    def stack(self, x: float, y: float, rows: list[str], *, size: float = 0, colour: str = INK, align: str = "left", lead: float = 1.3) -> float:
        """Write rows below each other; return the baseline below them."""
        for row in rows:
            self.text(x, y, row, size=size, colour=colour, align=align)
            y += (size or self.size) * POINT * lead
        return y

    def paragraph(self, x: float, y: float, words: str, *, width: float, size: float = 0, colour: str = INK) -> float:
        """Write words broken at about `width`; return the baseline below them."""
        share = 0.6 if self.face == "mono" else 0.5
        per_line = int(width / ((size or self.size) * POINT * share))
        return self.stack(x, y, textwrap.wrap(words, per_line), size=size, colour=colour)
