"""What test sources told is shown on pages of its own, to whoever may see the branch, and nowhere among what is real."""

import httpx
import pytest
from sqlalchemy import select

from reviews.database.tables import Source
from reviews.errors import NotFoundError
from reviews.invitations.intake import sources
from tests.invitations.intake.test_trigger import raw
from tests.web.conftest import BASE, Door
from tests.web.visitor import forms_on

NAME = {"name": "Els van der Proef", "email": "els@example.com", "postcode": "3511 AB", "house_number": "1", "language": "nl"}


async def tried(door: Door, name: str, *slugs: str) -> Source:
    """A test source that told one job of each branch."""
    async with door.maker.begin() as session:
        branches = await sources.named(session, slugs)
        key = await sources.add_key(session, name, branches, now=door.clock.now(), test=True)
    transport = httpx.ASGITransport(door.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        for slug in slugs:
            event = raw(f"{slug} done", branch=slug, number=f"PROEF-{slug}", customer=NAME)
            assert (await client.post("/api/v1/triggers", json=event, headers={"Authorization": f"Bearer {key}"})).status_code == 202
    async with door.maker() as session:
        return await sources.test_source_named(session, name)


async def test_a_test_source_stands_apart_with_what_it_told(door: Door) -> None:
    source = await tried(door, "erp proef", "utrecht", "groningen")
    noor = await door.noor()

    page, told = (await noor.get("/desk/sources")).text, (await noor.get(f"/desk/sources/{source.id}/test")).text

    assert "erp proef" not in page.partition("Om te proberen")[0]
    assert "erp proef" in page.partition("Om te proberen")[2]
    assert '<td data-label="Opdrachten">1</td>' in page
    assert "PROEF-utrecht" in told
    assert "Els van der Proef" in told
    assert "gepland" in told
    assert "30 dagen" in told
    assert "groningen" not in told


@pytest.mark.parametrize("place", ["/desk/invitations", "/desk/ledger", "/desk", "/desk/mails"])
async def test_no_page_of_what_is_real_shows_it(door: Door, place: str) -> None:
    await tried(door, "erp proef", "utrecht")

    page = await (await door.noor()).get(place)

    assert page.status_code == 200
    assert "PROEF" not in page.text
    assert "Proef" not in page.text


async def test_nobody_sees_what_was_tried_at_the_branch_of_another(door: Door) -> None:
    source = await tried(door, "erp proef", "utrecht")
    bas = await door.bas()

    assert "erp proef" not in (await bas.get("/desk/sources")).text
    assert (await bas.get(f"/desk/sources/{source.id}/test")).status_code == 404


async def test_a_real_source_has_no_such_page_and_a_test_source_no_hours(door: Door) -> None:
    source = await tried(door, "erp proef", "utrecht")
    async with door.maker.begin() as session:
        await sources.add_key(session, "erp", [door.utrecht], now=door.clock.now())
        with pytest.raises(NotFoundError):
            await sources.test_source_named(session, "erp")
        real = await session.scalar(select(Source.id).where(Source.name == "erp"))
    noor = await door.noor()
    token = forms_on((await noor.get("/desk/sources")).text)[0].hidden["form_token"]

    assert (await noor.get(f"/desk/sources/{real}/test")).status_code == 404
    assert (await noor.post(f"/desk/sources/{source.id}", {"hours": "5", "form_token": token})).status_code == 404
