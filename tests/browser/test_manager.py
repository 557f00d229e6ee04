"""Noor decides by one key, and can switch the keys off."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Claim, Decision, User
from reviews.moderation import users
from tests.browser.conftest import Site, check
from tests.moderation import cases

PASSWORD = "zon wind en een luifel"


@pytest.fixture
def desk(site: Site, page: Page) -> Page:
    """Two cases in the queue, and Noor logged in before it."""
    site.in_session(lambda session: _two_cases(session, site))
    token = site.in_session(_link)
    page.goto(f"{site.address}/desk/start/{token}")
    check(page)
    page.get_by_label("Nieuw wachtwoord").fill(PASSWORD)
    page.get_by_label("Nog een keer").fill(PASSWORD)
    page.get_by_role("button", name="Bewaar").click()
    check(page)
    page.get_by_label("E-mailadres").fill("noor@utrecht.example")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="2 aanvragen wachten op u")).to_be_visible()
    # On a busy machine the words stand there before the scripts run; a click in between loads a whole page, as it does without scripts.
    expect(page.get_by_role("button", name="Begin met de oudste")).to_have_attribute("data-htmx-powered", "true")
    return page


async def _two_cases(session: AsyncSession, site: Site) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    drawn = BytesIO()
    Image.new("RGB", (600, 850), "white").save(drawn, "WEBP")
    for outcome in ("accept", "refer"):
        claim = await cases.judged(session, site.key_ring, branch, now=now, outcome=outcome)
        for number in (1, 2):
            await site.store.put(f"{branch.id.hex}/{claim.id.hex}-{number}", drawn.getvalue())


async def _link(session: AsyncSession) -> str:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    user = (await session.scalars(select(User))).one()
    return await users.add(session, user.email, user.name, "manager", [branch], now=now)


async def _choices(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Decision.choice).order_by(Decision.decided_at)))


def test_a_case_is_approved_by_one_key_and_the_next_one_comes(site: Site, desk: Page) -> None:
    check(desk)
    desk.get_by_role("button", name="Begin met de oudste").click()
    expect(desk.get_by_text("Zeker", exact=True)).to_be_visible()
    expect(desk.get_by_role("img", name="Bladzijde 1")).to_be_visible()
    check(desk)
    assert cases.OPINION not in desk.content()

    desk.keyboard.press("a")

    expect(desk.get_by_text("Kijk even", exact=True)).to_be_visible()
    expect(desk.get_by_role("heading", level=1)).to_be_focused()
    assert site.in_session(_choices) == ["approve"]
    check(desk)
    desk.get_by_role("link", name="Bekijk wat er in die review stond").click()
    expect(desk.get_by_text(cases.OPINION)).to_be_visible()
    check(desk)


def test_a_case_is_refused_with_a_reason_from_the_list(site: Site, desk: Page) -> None:
    desk.get_by_role("button", name="Begin met de oudste").click()
    expect(desk.get_by_role("heading", level=1)).to_be_focused()

    desk.keyboard.press("r")
    expect(desk.get_by_label("Reden")).to_be_focused()
    check(desk)
    desk.get_by_label("Reden").select_option("other_company")
    desk.get_by_role("button", name="Wijs af", exact=True).click()

    expect(desk.get_by_text("Besluit bewaard.")).to_be_visible()
    assert site.in_session(_choices) == ["refuse"]


def test_keys_that_are_switched_off_do_nothing(site: Site, desk: Page) -> None:
    desk.get_by_role("button", name="Begin met de oudste").click()
    desk.get_by_role("button", name="zet ze uit").click()

    desk.keyboard.press("a")
    desk.keyboard.press("r")

    expect(desk.get_by_role("button", name="zet ze aan")).to_be_visible()
    expect(desk.get_by_label("Reden")).to_be_hidden()
    assert site.in_session(_choices) == []


def test_without_scripts_a_decision_works_all_the_same(site: Site, desk: Page) -> None:
    context = desk.context.browser.new_context(java_script_enabled=False, storage_state=desk.context.storage_state())  # type: ignore[union-attr]
    plain = context.new_page()
    plain.goto(f"{site.address}/desk")
    plain.get_by_role("button", name="Begin met de oudste").click()
    plain.get_by_role("button", name="Ja, keur goed").click()

    expect(plain.get_by_text("Besluit bewaard.")).to_be_visible()
    assert site.in_session(_choices) == ["approve"]
    context.close()


def test_the_list_of_invitations_is_as_sound_as_the_queue(site: Site, desk: Page) -> None:
    desk.get_by_role("link", name="Uitnodigingen").click()
    expect(desk.get_by_role("heading", name="Uitnodigingen")).to_be_visible()

    check(desk)
    assert site.in_session(_claims) == 2


async def _claims(session: AsyncSession) -> int:
    return len((await session.scalars(select(Claim))).all())


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_the_places_begin_where_the_brand_begins(desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})

    lefts = [desk.evaluate(f"document.querySelector('{one}').getBoundingClientRect().left") for one in (".brand img", ".top .places a", "main h1")]
    # A wider link's own padding is part of it, and shown by nothing.
    paddings = [desk.evaluate(f"parseFloat(getComputedStyle(document.querySelector('{one}')).paddingLeft)") for one in (".top .places a",)]

    assert lefts[0] == lefts[2]
    assert abs(lefts[1] + paddings[0] - lefts[0]) < 1
