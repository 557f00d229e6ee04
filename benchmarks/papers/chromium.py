"""Print marks with Chromium, as web programs do; where no Chromium is installed, the set does without and says so."""

import contextlib
import re
import shutil
import sys
from collections.abc import Generator
from html import escape

from playwright.sync_api import Browser, sync_playwright

from benchmarks.papers.drawing import Box, Drawing, Mark
from benchmarks.papers.renderers import MADE_AT, Render

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FACES = {
    "sans": "Liberation Sans, Arial, DejaVu Sans Condensed, sans-serif",
    "serif": "Liberation Serif, DejaVu Serif Condensed, serif",
    "mono": "DejaVu Sans Mono, monospace",
}
NARROWER = {"sans": 0.92, "serif": 0.88, "mono": 1.0}


@contextlib.contextmanager
def printing() -> Generator[Render | None]:
    """Hand out a way to print with Chromium while it runs, or None where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        print("no Chromium here: reportlab draws its part of the documents", file=sys.stderr)
        yield None
        return
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--disable-gpu", "--disable-dev-shm-usage"])
        try:
            yield lambda drawing: _printed(browser, drawing)
        finally:
            browser.close()


def _printed(browser: Browser, drawing: Drawing) -> bytes:
    page = browser.new_page()
    try:
        page.set_content(_in_html(drawing))
        pdf = page.pdf(width=f"{drawing.width}mm", height=f"{drawing.height}mm", print_background=True)
    finally:
        page.close()
    made = MADE_AT.strftime("%Y%m%d%H%M%S").encode()
    return re.sub(rb"\(D:\d{14}", b"(D:" + made, pdf)


def _in_html(drawing: Drawing) -> str:
    sheets = "".join(f"<section>{''.join(_mark(mark) for mark in page)}</section>" for page in drawing.pages)
    style = (
        f"@page {{ size: {drawing.width}mm {drawing.height}mm; margin: 0 }} body {{ margin: 0 }}"
        f"section {{ position: relative; width: {drawing.width}mm; height: {drawing.height - 0.2}mm; overflow: hidden; break-after: page }}"
        "section:last-child { break-after: auto } span, div { position: absolute; white-space: pre } span { line-height: 1 }"
    )
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{sheets}"


def _mark(mark: Mark) -> str:
    if isinstance(mark, Box):
        edge = f"outline: {mark.weight}pt solid {mark.stroke};" if mark.stroke and mark.height else ""
        edge = f"border-top: {mark.weight}pt solid {mark.stroke};" if mark.stroke and not mark.height else edge
        fill = f"background: {mark.fill};" if mark.fill else ""
        return f'<div style="left:{mark.x}mm;top:{mark.y}mm;width:{mark.width}mm;height:{mark.height}mm;{fill}{edge}"></div>'
    shift = {"left": "0", "right": "-100%", "centre": "-50%"}[mark.align]
    size = mark.size * NARROWER[mark.face]
    style = (
        f"left:{mark.x}mm;top:{mark.y}mm;font:{'bold ' if mark.bold else ''}{size}pt {FACES[mark.face]};color:{mark.colour};"
        f"transform-origin:0 0;transform:rotate({-mark.angle}deg) translate({shift},-85%)"
    )
    return f'<span style="{style}">{escape(mark.words)}</span>'
