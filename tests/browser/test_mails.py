"""Each mail as a mailbox draws it: light and dark, on a phone and beside a list, with and without its style block, asking nothing of any server.

Run with `--basetemp=FOLDER` to keep the pictures.
"""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from reviews.adapters.mail.render import Asking
from reviews.branches import naming
from reviews.branches.rules import Kind
from reviews.languages import LANGUAGES
from tests import cast
from tests.adapters.letters_to_jan import an_invitation

WIDTHS = (320, 600)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa"]}}
LONG = {
    **cast.UTRECHT,
    "trade_names": ["Ambiance Zonwering en Rolluiken Noordoostpolder"],
    "legal_name": "Handelsonderneming Van der Weerdenbeek-Hooghiemstra Zonweringssystemen B.V.",
}
FIRST_SCREEN = 620
"""The height in pixels of what a small phone shows of a mail before one scrolls."""


def _faults(page: Page) -> list[object]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def _drawn(browser: Browser, html: str, *, width: int, scheme: str) -> tuple[Page, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": FIRST_SCREEN}, color_scheme="dark" if scheme == "dark" else "light")
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html)
    return page, asked


@pytest.mark.parametrize("which", ["invitation", "reminder"])
@pytest.mark.parametrize("kind", ["purchase", "repair"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_readable_in_light_and_dark_and_on_a_phone(browser: Browser, tmp_path: Path, language: str, kind: Kind, which: Asking) -> None:
    html = an_invitation(which, language=language, kind=kind).html or ""
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            page, asked = _drawn(browser, html, width=width, scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, "scrolls sideways"
            assert _faults(page) == []
            opt_out = page.locator("a[href*='/afmelden/']").first.bounding_box()
            assert opt_out is not None
            assert opt_out["y"] + opt_out["height"] < FIRST_SCREEN / 2, "the opt-out stands above the fold"
            page.screenshot(path=tmp_path / f"{which}-{kind}-{language}-{scheme}-{width}.png", full_page=True)
            assert asked == [], "nothing is loaded"
            page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_whose_style_block_was_dropped_can_still_be_read(browser: Browser, scheme: str) -> None:
    html = re.sub(r"<style.*?</style>", "", an_invitation().html or "", flags=re.DOTALL)
    page, _ = _drawn(browser, html, width=320, scheme=scheme)

    assert "<style" not in html
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert _faults(page) == []
    page.context.close()


def test_long_names_and_words_without_a_space_do_not_widen_a_mail(browser: Browser, tmp_path: Path) -> None:
    words = {"purchase": {"nl": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft en meer."}}
    html = an_invitation(branch=naming.of(LONG), letter_words=words, name="W" * 60).html or ""
    page, _ = _drawn(browser, html, width=320, scheme="light")
    page.screenshot(path=tmp_path / "long.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.context.close()
