"""Marks as a web page, printed by what makes PDF of web pages: WeasyPrint, and wkhtmltopdf with its old Qt."""

import base64
import ctypes.util
import os
import subprocess
import tempfile
from html import escape

from benchmarks.papers.drawing import Box, Drawing, Mark, Picture
from benchmarks.papers.renderers import Render

FACES = {
    "sans": "Liberation Sans, Arial, DejaVu Sans Condensed, sans-serif",
    "serif": "Liberation Serif, DejaVu Serif Condensed, serif",
    "mono": "DejaVu Sans Mono, monospace",
}
NARROWER = {"sans": 0.92, "serif": 0.88, "mono": 1.0}

SHRUNK = 1.302
"""Debian's wkhtmltopdf makes pages smaller by this, and its switch against that needs a Qt of its own."""
OFFSCREEN = {"PATH": os.defpath, "HOME": tempfile.gettempdir(), "XDG_RUNTIME_DIR": tempfile.gettempdir(), "QT_QPA_PLATFORM": "offscreen"}


def in_html(drawing: Drawing) -> str:
    """Return a page with each mark where it belongs."""
    sheets = "".join(f"<section>{''.join(_mark(mark) for mark in page)}</section>" for page in drawing.pages)
    style = (
        f"@page {{ size: {drawing.width}mm {drawing.height}mm; margin: 0 }} body {{ margin: 0 }}"
        f"section {{ position: relative; width: {drawing.width}mm; height: {drawing.height - 0.2}mm; overflow: hidden; break-after: page }}"
        "section:last-child { break-after: auto } span, div, img { position: absolute; white-space: pre } span { line-height: 1 }"
    )
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{sheets}"


def _mark(mark: Mark) -> str:
    if isinstance(mark, Picture):
        data = base64.b64encode(mark.png).decode()
        return f'<img style="left:{mark.x}mm;top:{mark.y}mm;width:{mark.width}mm;height:{mark.height}mm" src="data:image/png;base64,{data}">'
    if isinstance(mark, Box):
        edge = f"outline: {mark.weight}pt solid {mark.stroke};" if mark.stroke and mark.height else ""
        edge = f"border-top: {mark.weight}pt solid {mark.stroke};" if mark.stroke and not mark.height else edge
        fill = f"background: {mark.fill};" if mark.fill else ""
        return f'<div style="left:{mark.x}mm;top:{mark.y}mm;width:{mark.width}mm;height:{mark.height}mm;{fill}{edge}"></div>'
    shift = {"left": "0", "right": "-100%", "centre": "-50%"}[mark.align]
    size = mark.size * NARROWER[mark.face]
    turn = f"rotate({-mark.angle}deg) translate({shift},-85%)"
    style = (
        f"left:{mark.x}mm;top:{mark.y}mm;font:{'bold ' if mark.bold else ''}{size}pt {FACES[mark.face]};color:{mark.colour};"
        f"-webkit-transform-origin:0 0;transform-origin:0 0;-webkit-transform:{turn};transform:{turn}"
    )
    return f'<span style="{style}">{escape(mark.words)}</span>'


def weasyprint() -> Render | None:
    """Return a way to print with WeasyPrint, or None where it or the Pango that it draws with is not installed."""
    if not ctypes.util.find_library("pangoft2-1.0"):
        return None
    try:
        from weasyprint import HTML  # noqa: PLC0415 - where it is missing, the set does without
    except ImportError:
        return None
    return lambda drawing: bytes(HTML(string=in_html(drawing)).write_pdf() or b"")


def by_wkhtmltopdf(drawing: Drawing) -> bytes:
    """Print with wkhtmltopdf: Qt's old WebKit and Qt's own writer of PDF."""
    size = ["--page-width", f"{drawing.width}mm", "--page-height", f"{drawing.height}mm"]
    margins = [part for side in "TBLR" for part in (f"-{side}", "0")]
    command = ["wkhtmltopdf", "--quiet", "--disable-javascript", *size, *margins, "-", "-"]
    done = subprocess.run(
        command,
        input=in_html(drawing).replace("<style>", f"<style>body {{ zoom: {SHRUNK} }}").encode(),
        capture_output=True,
        check=True,
        env=OFFSCREEN,
        timeout=120,
    )
    return done.stdout
