"""A customer writes a review on a phone, confirms, and sends a klantbewijs."""

import io

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Claim
from tests.browser.conftest import Site, check


def _factuur() -> bytes:
    paper = io.BytesIO()
    canvas = Canvas(paper)
    for line, words in enumerate(["Ambiance Utrecht", "FACTUUR F2026-0042", "Datum 11-11-2026", "J. de Vries, 3511 AB Utrecht", "Totaal 1.234,56"]):
        canvas.drawString(72, 760 - 24 * line, words)
    canvas.save()
    return paper.getvalue()


def fill_in(page: Page) -> None:
    page.get_by_label("8", exact=True).check()
    page.get_by_label("Titel van uw review").fill("Netjes geholpen")
    page.get_by_label("Uw ervaring").fill("De monteur was op tijd.")
    page.get_by_label("Ja", exact=True).check()
    page.get_by_label("Naam").fill("J. de Vries")
    page.get_by_label("Woonplaats").fill("Utrecht")
    page.get_by_label("E-mailadres").fill("jan@example.com")


def _claim_page(site: Site) -> str:
    async def find(session: AsyncSession) -> str:
        claim = (await session.scalars(select(Claim))).one()
        return f"{site.address}/claim/{site.key_ring.claim_token(claim.id)}"

    return site.in_session(find)


def test_from_the_branch_to_a_proof_that_is_being_read(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/")
    check(page)
    page.get_by_role("link", name="Ambiance Utrecht").click()
    check(page)
    page.get_by_role("button", name="Schrijf een review").click()
    check(page)
    fill_in(page)
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_role("heading", name="Kijk in uw mail")).to_be_visible()
    check(page)

    page.goto(_claim_page(site))
    check(page)
    page.get_by_role("button", name="Ja, dit is mijn mailadres").click()
    expect(page.get_by_role("heading", name="Stuur een factuur of werkbon")).to_be_visible()
    check(page)
    page.get_by_label("Uw factuur of werkbon").set_input_files({"name": "factuur.pdf", "mimeType": "application/pdf", "buffer": _factuur()})
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_role("heading", name="Wij lezen uw klantbewijs")).to_be_visible()
    check(page)


def test_a_file_that_will_not_do_can_be_replaced_at_once(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/utrecht/review")
    fill_in(page)
    page.get_by_role("button", name="Verstuur").click()
    page.goto(_claim_page(site))
    page.get_by_role("button", name="Ja, dit is mijn mailadres").click()

    page.get_by_label("Uw factuur of werkbon").set_input_files({"name": "factuur.pdf", "mimeType": "application/pdf", "buffer": b"MZ no document"})
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_role("alert")).to_contain_text("kunnen wij niet gebruiken")
    check(page)
    page.get_by_label("Uw factuur of werkbon").set_input_files({"name": "factuur.pdf", "mimeType": "application/pdf", "buffer": _factuur()})
    page.get_by_role("button", name="Verstuur").click()

    expect(page.get_by_role("heading", name="Wij lezen uw klantbewijs")).to_be_visible()


def _to_the_upload(site: Site, page: Page) -> Locator:
    page.goto(f"{site.address}/utrecht/review")
    fill_in(page)
    page.get_by_role("button", name="Verstuur").click()
    page.goto(_claim_page(site))
    page.get_by_role("button", name="Ja, dit is mijn mailadres").click()
    return page.get_by_label("Uw factuur of werkbon")


def _photo(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0" + name.encode()}


def test_photos_that_were_taken_one_by_one_are_sent_together(site: Site, page: Page) -> None:
    field = _to_the_upload(site, page)
    field.set_input_files([_photo("IMG_4471.JPG"), _photo("IMG_4472_van_de_achterkant_met_een_heel_lange_naam_uit_de_camera.JPG")])
    field.set_input_files(_photo("IMG_4473.JPG"))
    chosen = page.get_by_role("list", name="Gekozen bestanden").get_by_role("listitem")
    expect(chosen).to_have_count(3)
    check(page)
    page.get_by_role("button", name="Haal weg: IMG_4471.JPG").click()
    expect(chosen).to_have_count(2)
    expect(field).to_be_focused()

    page.get_by_role("button", name="Verstuur").click()

    expect(page.get_by_text("Uw 2 foto's lezen wij als één document.")).to_be_visible()
    check(page)


def test_a_pdf_takes_the_place_of_photos_that_were_chosen_before(site: Site, page: Page) -> None:
    field = _to_the_upload(site, page)
    field.set_input_files([_photo("IMG_4471.JPG"), _photo("IMG_4472.JPG")])
    field.set_input_files({"name": "factuur.pdf", "mimeType": "application/pdf", "buffer": _factuur()})

    expect(page.get_by_role("list", name="Gekozen bestanden").get_by_role("listitem")).to_have_text(["factuur.pdfHaal weg"])


def test_photos_can_be_sent_together_without_scripts(site: Site, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, locale="nl-NL") as context:
        page = context.new_page()
        _to_the_upload(site, page).set_input_files([_photo("IMG_4471.JPG"), _photo("IMG_4472.JPG"), _photo("IMG_4473.JPG")])
        page.get_by_role("button", name="Verstuur").click()

        expect(page.get_by_text("Uw 3 foto's lezen wij als één document.")).to_be_visible()


@pytest.mark.parametrize("path", ["/utrecht/review", "/nergens/heen"])
def test_pages_work_without_scripts_and_styles_from_elsewhere(site: Site, page: Page, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(site.address + path)

    assert asked
    assert all(address.startswith(site.address) for address in asked)
    check(page)
