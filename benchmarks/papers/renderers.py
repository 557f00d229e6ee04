"""Turn marks into PDF with reportlab, fpdf2 or typst, each with its own typefaces, encodings and order of objects."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import fpdf
import reportlab
import typst
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.papers.drawing import POINT, Box, Drawing, Mark, Picture, Text

MADE_AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FONTS = Path(reportlab.__file__).parent / "fonts"
OPEN_FONTS = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
REPORTLAB = {"sans": ("Helvetica", "Helvetica-Bold"), "serif": ("Times-Roman", "Times-Bold"), "mono": ("Courier", "Courier-Bold")}
FPDF = {"sans": "Vera", "serif": "Times", "mono": "Courier"}
TYPST = {"sans": "Bitstream Vera Sans", "serif": "Libertinus Serif", "mono": "DejaVu Sans Mono"}
NARROWER = {"sans": 0.9, "serif": 1.0, "mono": 1.0}
"""Bitstream Vera runs wider than the Helvetica for which the layouts were measured."""

Render = Callable[[Drawing], bytes]


def by_reportlab(drawing: Drawing) -> bytes:
    """Draw with reportlab: the fourteen fonts that every reader of PDF has, in WinAnsi."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(drawing.width * mm, drawing.height * mm), invariant=1)
    canvas.setProducer("Nota Bene 5.1")
    for page in drawing.pages:
        for mark in page:
            _on_canvas(canvas, mark, drawing.height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _on_canvas(canvas: Canvas, mark: Mark, height: float) -> None:
    if isinstance(mark, Picture):
        bottom = (height - mark.y - mark.height) * mm
        canvas.drawImage(ImageReader(BytesIO(mark.png)), mark.x * mm, bottom, mark.width * mm, mark.height * mm)
        return
    if isinstance(mark, Box):
        if mark.fill:
            canvas.setFillColor(HexColor(mark.fill))
        if mark.stroke:
            canvas.setStrokeColor(HexColor(mark.stroke))
            canvas.setLineWidth(mark.weight)
        bottom = (height - mark.y - mark.height) * mm
        canvas.rect(mark.x * mm, bottom, mark.width * mm, mark.height * mm, fill=int(bool(mark.fill)), stroke=int(bool(mark.stroke)))
        return
    if mark.field:
        _fill_in(canvas, mark, height)
        return
    canvas.saveState()
    canvas.setFont(REPORTLAB[mark.face][mark.bold], mark.size)
    canvas.setFillColor(HexColor(mark.colour))
    canvas.translate(mark.x * mm, (height - mark.y) * mm)
    canvas.rotate(mark.angle)
    {"left": canvas.drawString, "right": canvas.drawRightString, "centre": canvas.drawCentredString}[mark.align](0, 0, mark.words)
    canvas.restoreState()


def _fill_in(canvas: Canvas, mark: Text, height: float) -> None:
    """Put the words into a field of a form, as an app for work orders does."""
    name = REPORTLAB[mark.face][mark.bold]
    wide = canvas.stringWidth(mark.words, name, mark.size) + 6
    left = mark.x * mm - {"left": 2, "right": wide - 2, "centre": wide / 2}[mark.align]
    canvas.acroForm.textfield(
        value=mark.words, name=mark.field, x=int(left), y=int((height - mark.y) * mm - 3), width=int(wide) + 1, height=int(mark.size + 5),
        fontName=name if name in {"Helvetica", "Times-Roman", "Courier"} else "Helvetica", fontSize=mark.size,
        borderWidth=0, fillColor=HexColor("#ffffff"), textColor=HexColor(mark.colour), forceBorder=False,
    )  # fmt: skip


def by_fpdf(drawing: Drawing) -> bytes:
    """Draw with fpdf2: an embedded subset with two-byte codes for sans, the reader's own fonts for the rest."""
    paper = fpdf.FPDF(unit="mm", format=(drawing.width, drawing.height))
    paper.set_auto_page_break(auto=False)
    paper.core_fonts_encoding = "windows-1252"
    paper.set_creation_date(MADE_AT)
    paper.set_producer("Kwik Kassa 12")
    paper.add_font("Vera", "", FONTS / "Vera.ttf")
    paper.add_font("Vera", "B", FONTS / "VeraBd.ttf")
    for page in drawing.pages:
        paper.add_page()
        for mark in page:
            _on_paper(paper, mark)
    return bytes(paper.output())


def _on_paper(paper: fpdf.FPDF, mark: Mark) -> None:
    if isinstance(mark, Picture):
        paper.image(BytesIO(mark.png), mark.x, mark.y, mark.width, mark.height)
        return
    if isinstance(mark, Box):
        if mark.fill:
            paper.set_fill_color(mark.fill)
        if mark.stroke:
            paper.set_draw_color(mark.stroke)
            paper.set_line_width(mark.weight * POINT)
        paper.rect(mark.x, mark.y, mark.width, mark.height, style=("D" if mark.stroke else "") + ("F" if mark.fill else ""))
        return
    paper.set_font(FPDF[mark.face], "B" if mark.bold else "", mark.size * NARROWER[mark.face])
    paper.set_text_color(mark.colour)
    left = mark.x - {"left": 0, "right": 1, "centre": 0.5}[mark.align] * paper.get_string_width(mark.words)
    with paper.rotation(mark.angle, mark.x, mark.y):
        paper.text(left, mark.y, mark.words)


def by_typst(drawing: Drawing) -> bytes:
    """Draw with typst: OpenType fonts with ligatures and kerning, tagged PDF."""
    sheets = "\n#pagebreak()\n".join("".join(_in_typst(mark) for mark in page) for page in drawing.pages)
    setting = f"#set page(width: {drawing.width}mm, height: {drawing.height}mm, margin: 0mm)\n#set text(hyphenate: false)\n"
    return typst.compile((setting + sheets).encode(), font_paths=OPEN_FONTS, timestamp=int(MADE_AT.timestamp()))


def _in_typst(mark: Mark) -> str:
    if isinstance(mark, Picture):
        data = f"bytes(({','.join(str(byte) for byte in mark.png)}))"
        return f"#place(dx: {mark.x}mm, dy: {mark.y}mm, image({data}, width: {mark.width}mm, height: {mark.height}mm))\n"
    if isinstance(mark, Box):
        fill = f'rgb("{mark.fill}")' if mark.fill else "none"
        stroke = f'{mark.weight}pt + rgb("{mark.stroke}")' if mark.stroke else "none"
        return f"#place(dx: {mark.x}mm, dy: {mark.y}mm, rect(width: {mark.width}mm, height: {mark.height}mm, fill: {fill}, stroke: {stroke}))\n"
    weight = '"bold"' if mark.bold else '"regular"'
    size = mark.size * NARROWER[mark.face]
    style = f'font: "{TYPST[mark.face]}", size: {size}pt, weight: {weight}, fill: rgb("{mark.colour}"), top-edge: "baseline", bottom-edge: "baseline"'
    words = f"text({style}, {json.dumps(mark.words, ensure_ascii=False)})"
    side = {"left": "left", "right": "right", "centre": "center"}[mark.align]
    turned = f"rotate({-mark.angle}deg, {words})" if mark.angle else words
    return f"#place(dx: {mark.x}mm, dy: {mark.y}mm, box(width: 0mm, align({side}, box(width: 400mm, align({side}, {turned})))))\n"


RENDERERS: dict[str, Render] = {"reportlab": by_reportlab, "fpdf2": by_fpdf, "typst": by_typst}
