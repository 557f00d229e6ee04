"""Noor brings a spreadsheet: she sees its columns, a trial whose progress comes by itself, and the result, with and without JavaScript."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import opener
from reviews.clock import SystemClock
from reviews.database.tables import Source, SourceBranch, User
from reviews.invitations.intake import sources
from reviews.invitations.intake.sheets.uploads import Importer
from reviews.invitations.planning import schedule
from reviews.moderation import users
from tests.browser.conftest import Site, check

TEXT = (
    "Opdrachtnummer;Soort;Afgerond op;Klantnaam;E-mailadres;Postcode;Bedrag;Opmerking;Grondslag\r\n"
    "W2026-0117;Reparatie;20-11-2020;Zoë Müller;zoe@example.com;3511 AB;1.234,56;belde twee keer;klant\r\n"
    "W2026-0118;Aankoop;19-11-2020;Jan de Vries;jan@example.com;3512 JA;€ 89,-;;klant\r\n"
    "W2026-0119;Lease;18-11-2020;An Bakker;an@example.com;3513 CC;100;;klant\r\n"
    "W2026-0120;Aankoop;17-11-2020;Piet Bos;;3514 DD;250;;klant\r\n"
)


def importer(site: Site) -> Importer:
    horizon = schedule.Horizon.of_days(job_max_age=18000, send_before=30)
    return Importer(site.maker, site.store, opener(SheetLimits()), site.key_ring, horizon, SystemClock(), timedelta(minutes=1))


async def _login(session: AsyncSession) -> str:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    user = (await session.scalars(select(User))).one()
    return await users.open_session(session, user.id, now=now, hours=12)


def enter(site: Site, page: Page) -> None:
    page.context.add_cookies([{"name": "session", "value": site.in_session(_login), "url": site.address}])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "opdrachten november.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    return path


def test_a_file_is_looked_at_tried_and_taken_in(site: Site, page: Page, file: Path) -> None:
    enter(site, page)
    page.goto(f"{site.address}/desk/imports")
    check(page)
    page.get_by_label("Bestand").set_input_files(file)
    page.get_by_role("button", name="Bekijk het bestand").click()
    expect(page.get_by_role("heading", name="opdrachten november.csv")).to_be_visible()
    expect(page.get_by_label("Wat staat in Afgerond op?")).to_have_value("occurred_at")
    expect(page.get_by_label("Wat staat in Opmerking?")).to_have_value("")
    expect(page.get_by_text("Zo lezen wij de eerste regels")).to_be_visible()
    page.get_by_label("Wat staat in Postcode?").select_option("")
    page.get_by_role("button", name="Laat zien hoe wij dit lezen").click()
    expect(page.get_by_label("Wat staat in Postcode?")).to_have_value("")
    check(page)
    page.get_by_role("button", name="Doe een proefronde").click()
    expect(page.get_by_role("status")).to_have_text("Het bestand wordt geopend.")
    check(page)

    assert site.run(importer(site).import_due()) == 1

    expect(page.get_by_role("heading", name="Dit gebeurt er als u het bestand inleest")).to_be_visible()
    expect(page.get_by_text("Dit woord kennen wij hier niet")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Lees in").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert site.run(importer(site).import_due()) == 1
    expect(page.get_by_role("heading", name="Dit is er ingelezen")).to_be_visible()
    check(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download de geweigerde regels").click()
    assert "W2026-0119" in Path(download.value.path()).read_text()


def test_without_javascript_a_link_shows_how_far_it_is(site: Site, browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(site, page)
    page.goto(f"{site.address}/desk/imports")
    page.get_by_label("Bestand").set_input_files(file)
    page.get_by_role("button", name="Bekijk het bestand").click()
    page.get_by_role("button", name="Doe een proefronde").click()
    expect(page.get_by_role("status")).to_be_visible()

    site.run(importer(site).import_due())
    page.get_by_role("link", name="Kijk hoe ver het is").click()

    expect(page.get_by_role("button", name="Lees in")).to_be_visible()
    context.close()


async def _sources(session: AsyncSession) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    made = [
        Source(name="erp", all_branches=True, created_at=now, last_seen_at=now, skew_seconds=-300),
        Source(name="offertes utrecht", kind="mail", all_branches=True, created_at=now, last_seen_at=now - timedelta(days=9)),
        Source(name="kassa", all_branches=True, created_at=now),
    ]
    session.add_all(made)
    await session.flush()
    branch = (await sources.named(session, ["utrecht"]))[0]
    source_id = await sources.for_files(session, branch, now=now)
    assert await session.get(SourceBranch, {"source_id": source_id, "branch_id": branch.id})


def test_sources_show_when_they_spoke_and_which_are_silent(site: Site, page: Page) -> None:
    site.in_session(_sources)
    enter(site, page)
    page.goto(f"{site.address}/desk/sources")
    check(page)

    expect(page.get_by_text("is stil")).to_have_count(1)
    expect(page.get_by_text("klok loopt 5 min achter")).to_be_visible()
    expect(page.get_by_text("nog nooit")).to_be_visible()
    page.get_by_label("Uren stilte waarna import utrecht").fill("48")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_label("Uren stilte waarna import utrecht")).to_have_value("48")
