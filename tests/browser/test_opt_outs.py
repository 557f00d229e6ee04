"""Head office decides about the opt-outs that wait, and takes one of the decisions back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, ToldWish, User
from reviews.invitations.intake import sources
from reviews.privacy import told_wishes
from reviews.privacy.suppression import Wish
from tests.browser.conftest import Site, check
from tests.browser.test_letters import login, pictures

TOLD = (
    ("facturen utrecht", "piet.van.der.berg-hendriksen@post.example", "Belde op: wil nergens meer mail van."),
    ("facturen utrecht", "els@post.example", None),
    ("kassa", "kees@post.example", "Briefje aan de balie"),
)


async def _tell(session: AsyncSession, site: Site) -> None:
    now = datetime.now(UTC) - timedelta(hours=30)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    await session.execute(update(User).values(role="office"))
    for name in ("facturen utrecht", "kassa"):
        caller = await sources.caller_with(session, await sources.add_key(session, name, [branch], now=now), now=now)
        for source, email, why in TOLD:
            if source == name:
                await told_wishes.tell(session, caller, Wish(email, why), address_key=site.key_ring.address_key(email), per_day=50, now=now)


async def _states(session: AsyncSession) -> list[str]:
    return sorted(await session.scalars(select(ToldWish.state)))


def test_head_office_decides_and_takes_back(site: Site, page: Page, tmp_path: Path) -> None:
    site.in_session(lambda session: _tell(session, site))
    page.context.add_cookies([{"name": "session", "value": site.in_session(login), "url": site.address}])
    page.goto(f"{site.address}/desk/sources")
    check(page)
    page.get_by_role("button", name="Afmeldingen (3 wachten)").click()
    expect(page.get_by_text("facturen utrecht: 2 afmeldingen wachten.")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "waiting")

    page.get_by_role("button", name="Leg terzijde: kees@post.example").click()
    expect(page.get_by_text("De afmelding is terzijde gelegd.")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Laat alle gelden").click()
    expect(page.get_by_text("2 afmeldingen gelden nu.")).to_be_visible()
    expect(page.get_by_text("Er wacht geen afmelding.")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "decided")
    assert site.in_session(_states) == ["counts", "counts", "declined"]

    page.get_by_label("Mailadres").fill("els@post.example")
    page.get_by_role("button", name="Zoek").click()
    expect(page.get_by_text("Mail aan els@post.example staat stil")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "found")
    page.get_by_role("button", name="Neem terug: els@post.example").click()
    expect(page.get_by_text("De afmelding is teruggenomen.")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "taken-back")
    assert site.in_session(_states) == ["counts", "declined", "withdrawn"]
