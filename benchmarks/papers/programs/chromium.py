"""Print marks with Chromium, as web programs do; where no Chromium is installed, the set does without and says so."""

import contextlib
import re
import shutil
import sys
from collections.abc import Generator

from playwright.sync_api import Browser, sync_playwright

from benchmarks.papers.drawing import Drawing
from benchmarks.papers.programs.html import in_html
from benchmarks.papers.renderers import MADE_AT, Render

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
        page.set_content(in_html(drawing))
        pdf = page.pdf(width=f"{drawing.width}mm", height=f"{drawing.height}mm", print_background=True)
    finally:
        page.close()
    made = MADE_AT.strftime("%Y%m%d%H%M%S").encode()
    return re.sub(rb"\(D:\d{14}", b"(D:" + made, pdf)
