"""Noor reckons with other rules, in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, User
from reviews.moderation import users
from tests.browser.conftest import Site, check
from tests.invitations.event_intake import Intake
from tests.invitations.telling import told


@pytest.fixture
def desk(site: Site, page: Page) -> Page:
    """Jobs of two months, some of one customer, and Noor logged in."""
    token = site.in_session(lambda session: _filled(session, site))
    page.context.add_cookies([{"name": "session", "value": token, "url": site.address}])
    return page


async def _filled(session: AsyncSession, site: Site) -> str:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    intake = await Intake.of(session, site.key_ring, now)
    for number in range(120):
        done = now - timedelta(days=75 - number * 0.6)
        customer = {"name": "J. de Vries", "email": f"klant{number % 90}@example.com"} if number % 11 else {"name": "J. de Vries"}
        kind = "repair" if number % 3 else "purchase"
        await intake.tell(branch, [told(f"e{number}", done, number=f"W{number}", customer=customer, kind=kind)], done)
    noor = (await session.scalars(select(User))).one()
    return await users.open_session(session, noor.id, now=now, hours=12)


def test_other_rules_are_reckoned_with_and_shown_as_picture_and_tables(site: Site, desk: Page) -> None:
    desk.goto(f"{site.address}/desk/rules")
    check(desk)
    desk.get_by_label("Wachttijd na een aankoop", exact=True).fill("3")
    desk.get_by_label("Dagen rust").fill("14")
    desk.get_by_role("button", name="Bereken").click()

    expect(desk.get_by_role("heading", name="Uitkomst over 120 opdrachten")).to_be_visible()
    expect(desk.get_by_role("img")).to_have_count(2)
    expect(desk.get_by_label("Dagen rust")).to_have_value("14")
    check(desk)
    desk.get_by_text("Per dag", exact=True).click()
    expect(desk.get_by_role("region", name="Per dag")).to_be_visible()
    check(desk)
