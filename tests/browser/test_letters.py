"""The desk's page of our mails, and the customer's page that explains one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, User
from reviews.invitations.intake import event_model, sources, trigger
from reviews.moderation import users
from tests.browser.conftest import Site, check
from tests.invitations.intake.test_trigger import HORIZON, raw


def pictures(page: Page, folder: Path, name: str) -> None:
    """Keep the page on a phone and on a desk, light and dark."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def test_a_manager_reads_the_mail_and_writes_the_one_paragraph(site: Site, page: Page, tmp_path: Path) -> None:
    token = site.in_session(login)
    page.context.add_cookies([{"name": "session", "value": token, "url": site.address}])
    page.goto(f"{site.address}/desk/letters")
    check(page)
    page.get_by_role("link", name="Nederlands").last.click()
    framed = page.frame_locator("iframe.mail")
    expect(framed.get_by_role("heading", name="Hoe beviel de reparatie?")).to_be_visible()
    check(page)
    page.get_by_label("Reparatie, Nederlands").fill("Schrijf ons en win een scherm voor uw tuin.")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("alert")).to_contain_text("beloning voor een review")
    check(page)
    page.get_by_label("Reparatie, Nederlands").fill("Wij hoorden graag hoe het scherm bevalt, nu de zon weer laag staat.")
    page.get_by_role("button", name="Bewaar").click()
    expect(framed.get_by_text("nu de zon weer laag staat")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "letters")


async def login(session: AsyncSession) -> str:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    user = (await session.scalars(select(User))).one()
    return await users.open_session(session, user.id, now=now, hours=1)


def test_the_page_that_explains_a_mail_is_readable_and_leads_to_the_opt_out(site: Site, page: Page, tmp_path: Path) -> None:
    page.goto(f"{site.address}/waarom/{site.in_session(lambda session: _why(session, site))}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waarom kreeg u deze mail?")
    check(page)
    pictures(page, tmp_path, "why")
    page.get_by_role("button", name="Meld mij af").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("U bent afgemeld")
    check(page)


async def _why(session: AsyncSession, site: Site) -> str:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    source = await sources.caller_with(session, await sources.add_key(session, "Kantoorprogramma", [], now=now), now=now)
    told = event_model.read(raw(occurred_at=(now - timedelta(days=12)).isoformat()), now=now)
    await trigger.accept(session, branch, source.source_id, [told], key_ring=site.key_ring, horizon=HORIZON, now=now)
    row = (await session.scalars(select(Invitation))).one()
    row.state, row.channel, row.sent_at, row.marked_at = "sent", "mail", now, now
    return site.key_ring.why_token(row.branch_id, row.id)
