"""Print marks with LibreOffice Writer, all drawings in one run: each text is a frame on the page, as in a form letter."""

import base64
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from benchmarks.papers.drawing import POINT, Box, Drawing, Mark, Picture, Text

FACES = {"sans": "Liberation Sans", "serif": "Liberation Serif", "mono": "Liberation Mono"}
ASCENT = 0.9
SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)
ROOM = 150.0
"""Millimetres that a line may be wide; a frame that begins left of the sheet would be moved."""
Style = tuple[str, float, bool, str, str]


def print_all(drawings: Sequence[Drawing]) -> list[bytes]:
    """Print all in one run of the program, which takes seconds to start."""
    with tempfile.TemporaryDirectory(prefix="papers-office-") as name:
        folder = Path(name)
        for turn, drawing in enumerate(drawings):
            (folder / f"{turn:05}.fodt").write_text(_in_odf(drawing), encoding="utf-8")
        profile = f"-env:UserInstallation=file://{folder}/profile"
        sources = [str(path) for path in sorted(folder.glob("*.fodt"))]
        subprocess.run(
            ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, *sources], capture_output=True, check=True, timeout=900
        )
        return [(folder / f"{turn:05}.pdf").read_bytes() for turn in range(len(drawings))]


def _style(mark: Text) -> Style:
    return (mark.face, mark.size, mark.bold, mark.colour, mark.align)


def _in_odf(drawing: Drawing) -> str:
    texts = [mark for page in drawing.pages for mark in page if isinstance(mark, Text)]
    boxes = [mark for page in drawing.pages for mark in page if isinstance(mark, Box)]
    names = {style: f"P{number}" for number, style in enumerate(dict.fromkeys(_style(mark) for mark in texts))}
    looks = {look: f"B{number}" for number, look in enumerate(dict.fromkeys((box.fill, box.stroke, box.weight) for box in boxes))}
    styles = "".join(_paragraph_style(name, style) for style, name in names.items()) + "".join(_box_style(name, look) for look, name in looks.items())
    marks = "".join(_mark(mark, number, names, looks) for number, page in enumerate(drawing.pages, 1) for mark in page)
    breaks = "".join('<text:p text:style-name="Break"/>' for _ in drawing.pages[1:])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        '<office:automatic-styles><style:style style:name="Break" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/>'
        '</style:style><style:style style:name="F" style:family="graphic"><style:graphic-properties style:wrap="run-through" fo:padding="0mm" '
        'fo:border="none" draw:fill="none" draw:stroke="none" fo:background-color="transparent" style:vertical-pos="from-top" '
        'style:vertical-rel="page" '
        f'style:horizontal-pos="from-left" style:horizontal-rel="page"/></style:style>{styles}<style:page-layout style:name="L">'
        f'<style:page-layout-properties fo:page-width="{drawing.width}mm" fo:page-height="{drawing.height}mm" fo:margin="5mm"/></style:page-layout>'
        '</office:automatic-styles><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="L"/></office:master-styles>'
        f"<office:body><office:text>{marks}<text:p/>{breaks}</office:text></office:body></office:document>"
    )


def _paragraph_style(name: str, style: Style) -> str:
    face, size, bold, colour, align = style
    side = {"left": "start", "right": "end", "centre": "center"}[align]
    weight = ' fo:font-weight="bold"' if bold else ""
    return (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties fo:text-align="{side}" fo:margin="0mm"/>'
        f'<style:text-properties fo:font-family="{FACES[face]}" fo:font-size="{size}pt" fo:color="{colour}"{weight}/></style:style>'
    )


def _box_style(name: str, look: tuple[str, str, float]) -> str:
    fill, stroke, weight = look
    inside = f'draw:fill="solid" draw:fill-color="{fill}"' if fill else 'draw:fill="none"'
    edge = f'draw:stroke="solid" svg:stroke-color="{stroke}" svg:stroke-width="{weight}pt"' if stroke else 'draw:stroke="none"'
    return (
        f'<style:style style:name="{name}" style:family="graphic"><style:graphic-properties {inside} {edge} style:run-through="background" '
        'style:wrap="run-through" style:vertical-pos="from-top" style:vertical-rel="page" style:horizontal-pos="from-left" '
        'style:horizontal-rel="page"/></style:style>'
    )


def _mark(mark: Mark, page: int, names: dict[Style, str], looks: dict[tuple[str, str, float], str]) -> str:
    anchor = f'text:anchor-type="page" text:anchor-page-number="{page}"'
    if isinstance(mark, Picture):
        data = base64.b64encode(mark.png).decode()
        return (
            f'<draw:frame draw:style-name="F" {anchor} {_place(mark.x, mark.y, mark.width, mark.height)}><draw:image>'
            f"<office:binary-data>{data}</office:binary-data></draw:image></draw:frame>"
        )
    if isinstance(mark, Box):
        style = looks[mark.fill, mark.stroke, mark.weight]
        if mark.height:
            return f'<draw:rect draw:style-name="{style}" {anchor} {_place(mark.x, mark.y, mark.width, mark.height)}/>'
        ends = f'svg:x1="{mark.x}mm" svg:y1="{mark.y}mm" svg:x2="{mark.x + mark.width}mm" svg:y2="{mark.y}mm"'
        return f'<draw:line draw:style-name="{style}" {anchor} {ends}/>'
    room = {"left": ROOM, "right": min(ROOM, mark.x), "centre": min(ROOM, mark.x * 2)}[mark.align]
    left = mark.x - {"left": 0, "right": room, "centre": room / 2}[mark.align]
    size = mark.size * POINT
    words = f'<text:p text:style-name="{names[_style(mark)]}">{escape(mark.words)}</text:p>'
    place = _place(left, mark.y - size * ASCENT, room, size * 1.3)
    return f'<draw:frame draw:style-name="F" {anchor} {place}><draw:text-box>{words}</draw:text-box></draw:frame>'


def _place(x: float, y: float, width: float, height: float) -> str:
    return f'svg:x="{x:.2f}mm" svg:y="{y:.2f}mm" svg:width="{width:.2f}mm" svg:height="{height:.2f}mm"'
