"""Print marks with Apache FOP, as bookkeeping in Java does."""

import base64
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

from benchmarks.papers.drawing import POINT, Box, Drawing, Mark, Picture

FACES = {"sans": "Helvetica", "serif": "Times", "mono": "Courier"}
ASCENT = 0.9
"""Where FOP sets the baseline in a line as high as its size."""


def print_all(drawings: Sequence[Drawing]) -> list[bytes]:
    """Print each in a process of its own, two at once."""
    with tempfile.TemporaryDirectory(prefix="papers-fop-") as folder, ThreadPoolExecutor(2) as pool:
        return list(pool.map(_print, [Path(folder)] * len(drawings), range(len(drawings)), drawings))


def _print(folder: Path, turn: int, drawing: Drawing) -> bytes:
    source, out = folder / f"{turn}.fo", folder / f"{turn}.pdf"
    source.write_text(_in_fo(drawing), encoding="utf-8")
    subprocess.run(["fop", "-q", "-fo", str(source), "-pdf", str(out)], capture_output=True, check=True, timeout=300)
    return out.read_bytes()


def _in_fo(drawing: Drawing) -> str:
    sheets = "".join(
        f'<fo:block-container break-after="{"page" if number + 1 < len(drawing.pages) else "auto"}">'
        f"<fo:block/>{''.join(_mark(mark, drawing) for mark in page)}</fo:block-container>"
        for number, page in enumerate(drawing.pages)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><fo:root xmlns:fo="http://www.w3.org/1999/XSL/Format"><fo:layout-master-set>'
        f'<fo:simple-page-master master-name="a" page-width="{drawing.width}mm" page-height="{drawing.height}mm"><fo:region-body/>'
        '</fo:simple-page-master></fo:layout-master-set><fo:page-sequence master-reference="a"><fo:flow flow-name="xsl-region-body">'
        f"{sheets}</fo:flow></fo:page-sequence></fo:root>"
    )


def _mark(mark: Mark, drawing: Drawing) -> str:
    if isinstance(mark, Picture):
        data = base64.b64encode(mark.png).decode()
        inside = f'<fo:external-graphic src="url(data:image/png;base64,{data})" content-width="{mark.width}mm" content-height="{mark.height}mm"/>'
        return _placed(mark.x, mark.y, mark.width, mark.height, f'<fo:block line-height="0">{inside}</fo:block>')
    if isinstance(mark, Box):
        fill = f' background-color="{mark.fill}"' if mark.fill else ""
        sides = ("border",) if mark.height else ("border-top",)
        edge = "".join(f' {side}="{mark.weight}pt solid {mark.stroke}"' for side in sides) if mark.stroke else ""
        return _placed(mark.x, mark.y, mark.width, mark.height or 0.2, "<fo:block/>", fill + edge)
    size = mark.size * POINT
    left, width = {
        "left": (mark.x, 400.0), "right": (mark.x - 400, 400.0), "centre": (mark.x - drawing.width, drawing.width * 2),
    }[mark.align]  # fmt: skip
    style = f'font-family="{FACES[mark.face]}" font-size="{mark.size}pt" line-height="{mark.size}pt" color="{mark.colour}" wrap-option="no-wrap"'
    side = {"left": "start", "right": "end", "centre": "center"}[mark.align]
    weight = ' font-weight="bold"' if mark.bold else ""
    words = f'<fo:block {style}{weight} text-align="{side}" white-space-collapse="false">{escape(mark.words)}</fo:block>'
    return _placed(left, mark.y - size * ASCENT, width, size * 1.2, words)


def _placed(x: float, y: float, width: float, height: float, inside: str, style: str = "") -> str:
    place = f'left="{x:.2f}mm" top="{y:.2f}mm" width="{width:.2f}mm" height="{height:.2f}mm"'
    return f'<fo:block-container absolute-position="absolute" {place}{style}>{inside}</fo:block-container>'
