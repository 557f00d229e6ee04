"""A sheet of A4 to draw on, measured in millimetres from the upper left corner."""

import zlib
from io import BytesIO

import msgspec
import numpy as np
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

INK = "#1d1d1f"
GREY = "#6b6b70"
HEIGHT = 297.0
LINE_FACTOR = 1.35


class TextStyle(msgspec.Struct, frozen=True):
    """A typeface in two weights, a size in points and the accent colour."""

    plain: str
    bold: str
    size: float
    accent: str


class PaperPage:
    """The canvas of one document under one style."""

    def __init__(self, style: TextStyle, *, title: str, author: str, producer: str) -> None:
        self.style = style
        self._file = BytesIO()
        self._canvas = Canvas(self._file, pagesize=A4, invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setCreator(producer)
        self._canvas.setProducer(producer)

    def finish(self) -> bytes:
        """Return the finished PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def text(self, x: float, y: float, words: str, *, bold: bool = False, size: float = 0, colour: str = INK, align: str = "left") -> None:
        """Write one line with its baseline at `y`; `align` is left, right or centre around `x`."""
        self._canvas.setFont(self.style.bold if bold else self.style.plain, size or self.style.size)
        self._canvas.setFillColor(HexColor(colour))
        draw = {"left": self._canvas.drawString, "right": self._canvas.drawRightString, "centre": self._canvas.drawCentredString}[align]
        draw(x * mm, (HEIGHT - y) * mm, words)

    def paragraph(self, x: float, y: float, words: str, *, width: float, size: float = 0, colour: str = INK, bold: bool = False) -> float:
        """Write text broken to `width`; return the baseline below it."""
        points = size or self.style.size
        for line in simpleSplit(words, self.style.bold if bold else self.style.plain, points, width * mm):
            self.text(x, y, line, size=points, colour=colour, bold=bold)
            y += points * LINE_FACTOR / mm
        return y

    def stack(self, x: float, y: float, rows: list[str], *, size: float = 0, colour: str = INK, align: str = "left") -> float:
        """Write rows below each other; return the baseline below them."""
        points = size or self.style.size
        for row in rows:
            self.text(x, y, row, size=points, colour=colour, align=align)
            y += points * LINE_FACTOR / mm
        return y

    def rule(self, x: float, y: float, width: float, *, colour: str = INK, weight: float = 0.5) -> None:
        """Draw a horizontal line."""
        self._canvas.setStrokeColor(HexColor(colour))
        self._canvas.setLineWidth(weight)
        self._canvas.line(x * mm, (HEIGHT - y) * mm, (x + width) * mm, (HEIGHT - y) * mm)

    def box(self, x: float, y: float, width: float, height: float, *, fill: str = "", stroke: str = "", weight: float = 0.5) -> None:
        """Draw a rectangle with its upper left corner at x, y."""
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        if stroke:
            self._canvas.setStrokeColor(HexColor(stroke))
            self._canvas.setLineWidth(weight)
        self._canvas.rect(x * mm, (HEIGHT - y - height) * mm, width * mm, height * mm, fill=int(bool(fill)), stroke=int(bool(stroke)))

    def awning(self, x: float, y: float, width: float, *, other: str = "#ffffff") -> None:
        """Draw the logo: a striped awning with a scalloped hem, `width` wide and half as high."""
        stripes, colours = 6, (self.style.accent, other)
        step, height = width / stripes, width / 2
        for number in range(stripes):
            left = x + number * step
            self._canvas.setFillColor(HexColor(colours[number % 2]))
            self._canvas.setStrokeColor(HexColor(self.style.accent))
            self._canvas.setLineWidth(0.4)
            self._canvas.rect(left * mm, (HEIGHT - y - height * 0.7) * mm, step * mm, height * 0.7 * mm, fill=1, stroke=1)
            self._canvas.wedge(
                left * mm, (HEIGHT - y - height) * mm, (left + step) * mm, (HEIGHT - y - height * 0.4) * mm, 180, 180, fill=1, stroke=1
            )

    def signature(self, x: float, y: float, name: str) -> None:
        """Draw a pen stroke that looks like a signature; each name has its own."""
        chance = np.random.default_rng(zlib.crc32(name.encode()))
        path = self._canvas.beginPath()
        path.moveTo(x * mm, (HEIGHT - y) * mm)
        for number in range(7):
            start = x + number * 5
            bends = chance.uniform(-6, 6, size=3)
            path.curveTo(
                (start + 1) * mm,
                (HEIGHT - y + bends[0]) * mm,
                (start + 5) * mm,
                (HEIGHT - y + bends[1]) * mm,
                (start + 4) * mm,
                (HEIGHT - y + bends[2] / 3) * mm,
            )
        self._canvas.setStrokeColor(Color(0.1, 0.15, 0.5))
        self._canvas.setLineWidth(1.1)
        self._canvas.drawPath(path, stroke=1, fill=0)
