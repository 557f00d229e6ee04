"""Mails that answer a form, and the pages for whoever wants no mail, as a mailbox and a browser draw them.

Run with `--basetemp=FOLDER` to keep the pictures.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.database.tables import Branch
from reviews.moderation.claim_mails import KINDS, Kind
from tests.adapters.letters_to_jan import facts_about_claim, mail_renderer
from tests.adapters.mail.test_render import GENT
from tests.browser.conftest import Site, check
from tests.browser.test_customer import fill_in
from tests.browser.test_mails import RULES
from tests.moderation import cases

SIZES = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_about_a_claim_shows_how_to_stop_all_mail_before_one_scrolls(browser: Browser, tmp_path: Path, kind: Kind) -> None:
    facts = msgspec.structs.replace(facts_about_claim(kind), branch=naming.of(GENT)) if kind == "published" else facts_about_claim(kind)
    html = mail_renderer().about_claim(facts).html or ""
    for width, scheme in ((320, "light"), *SIZES):
        context = browser.new_context(viewport={"width": width, "height": 620}, color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, "scrolls sideways"
        assert [one["id"] for one in Axe().run(page, options=RULES).response["violations"]] == []
        stop = page.locator("a[href*='/afmelden/']").first.bounding_box()
        assert stop is not None
        assert stop["y"] + stop["height"] < 620, "the link that stops all mail stands on the first screen"
        page.screenshot(path=tmp_path / f"mail-{kind}-{width}-{scheme}.png", full_page=True)
        context.close()


def _pictures(page: Page, folder: Path, name: str) -> None:
    check(page)
    for width, scheme in SIZES:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 800})


def test_one_tap_stops_all_mail_and_the_page_of_the_claim_promises_none(site: Site, page: Page, tmp_path: Path) -> None:
    async def a_claim(session: AsyncSession) -> str:
        branch = (await session.scalars(select(Branch))).one()
        claim = await cases.judged(session, site.key_ring, branch, now=datetime.now(UTC))  # noqa: TID251 - the servers run on the machine's clock
        return site.key_ring.claim_token(claim.id)

    claim = site.in_session(a_claim)
    page.goto(f"{site.address}/utrecht/review")
    fill_in(page)
    page.get_by_label("Naam").fill("Uw pakket: https://evil.example/pay")
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_text("Hier staat een webadres of e-mailadres in; geef alleen de naam.")).to_be_visible()
    _pictures(page, tmp_path, "form-refused")
    page.get_by_label("Naam").fill("J. de Vries")
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_role("heading", name="Kijk in uw mail")).to_be_visible()
    _pictures(page, tmp_path, "mailed")
    page.goto(f"{site.address}/afmelden/{site.key_ring.opt_out_token(site.key_ring.address_key('jan@example.com'))}")
    _pictures(page, tmp_path, "stop")
    page.get_by_role("button", name="Meld mij af").click()
    expect(page.get_by_role("heading", name="U bent afgemeld")).to_be_visible()
    _pictures(page, tmp_path, "stopped")
    page.goto(f"{site.address}/claim/{claim}")
    expect(page.get_by_text("Naar uw adres sturen wij geen mail meer.")).to_be_visible()
    _pictures(page, tmp_path, "claim-unmailed")
