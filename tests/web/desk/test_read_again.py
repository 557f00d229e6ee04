"""The button *Lees opnieuw*: who may press it, when it is there, and what the page says afterwards."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from reviews.database.tables import AuditEntry, Claim, FindingRecord, Proof, User
from tests.web.conftest import Door
from tests.web.visitor import Visitor, forms_on

BUTTON = "Lees opnieuw</button>"


async def press(visitor: Visitor, claim: Claim, **changed: str) -> httpx.Response:
    """Send what the button sends, with the token of any page of this login, whether or not the button is there."""
    [logout] = [form for form in forms_on((await visitor.get("/desk")).text) if form.action == "/desk/logout"]
    return await visitor.post(f"/desk/cases/{claim.id}/read-again", {**logout.hidden, **changed})


async def states(door: Door) -> tuple[str, str]:
    async with door.maker() as session:
        of_claim, of_proof = (await session.execute(select(Claim.state, Proof.state).join(Proof, Proof.claim_id == Claim.id))).one()
        return of_claim, of_proof


async def set_proof(door: Door, **values: Any) -> None:
    async with door.maker.begin() as session:
        await session.execute(update(Proof).values(**values))


async def test_the_document_of_a_case_is_queued_anew_and_the_page_says_how_far_it_is(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    assert BUTTON in (await noor.get(f"/desk/cases/{claim.id}")).text

    answer = await press(noor, claim)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{claim.id}")
    assert await states(door) == ("checking", "waiting")
    page = (await noor.get(f"/desk/cases/{claim.id}")).text
    assert "staat in de rij om opnieuw te worden gelezen" in page
    assert BUTTON not in page
    assert "Ja, keur goed" not in page
    assert str(claim.id) not in (await noor.get("/desk")).text
    await set_proof(door, state="claimed")
    assert "wordt nu opnieuw gelezen" in (await noor.get(f"/desk/cases/{claim.id}")).text
    async with door.maker() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "proof_read_again"))).one()
    assert (entry.subject, entry.branch_id) == (str(claim.id), door.utrecht.id)


async def test_pressed_twice_it_is_read_once(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()

    first, second = await press(noor, claim), await press(noor, claim)

    assert (first.status_code, second.status_code) == (303, 409)
    assert "kan nu niet opnieuw worden gelezen" in second.text
    assert await states(door) == ("checking", "waiting")


async def test_only_the_branchs_manager_and_head_office_may(door: Door) -> None:
    claim, noor, bas, nobody = await door.case(), await door.noor(), await door.bas(), await door.visitor()

    assert (await press(bas, claim)).status_code == 404
    assert (await nobody.post(f"/desk/cases/{claim.id}/read-again", {})).headers["location"] == "/desk/login"
    assert (await press(noor, claim, form_token="other")).status_code == 403
    assert await states(door) == ("judged", "judged")

    async with door.maker.begin() as session:
        await session.execute(update(User).where(User.name == "Bas").values(role="office"))
    assert (await press(bas, claim)).status_code == 303
    assert await states(door) == ("checking", "waiting")


@pytest.mark.parametrize("values", [{"failure": "virus_found"}, {"failure": "bytes_missing"}, {"shredded_at": "now"}], ids=str)
async def test_what_is_not_there_any_more_is_not_offered_and_not_done(door: Door, values: dict[str, Any]) -> None:
    claim, noor = await door.case(), await door.noor()
    await set_proof(door, **{name: door.clock.now() if value == "now" else value for name, value in values.items()})

    assert BUTTON not in (await noor.get(f"/desk/cases/{claim.id}")).text
    assert (await press(noor, claim)).status_code == 409
    assert await states(door) == ("judged", "judged")


async def test_a_claim_without_a_document_and_a_decided_one_have_no_button(door: Door) -> None:
    bare, noor = await door.case(proof=False), await door.noor()
    assert BUTTON not in (await noor.get(f"/desk/cases/{bare.id}")).text
    decided = await door.case()
    async with door.maker.begin() as session:
        await session.execute(update(Claim).where(Claim.id == decided.id).values(state="refused"))

    assert BUTTON not in (await noor.get(f"/desk/cases/{decided.id}")).text
    assert [(await press(noor, one)).status_code for one in (bare, decided)] == [409, 409]


async def test_a_document_that_we_did_not_read_is_said_to_be_just_that(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    await set_proof(door, failure="reader_unavailable", page_keys=[])
    async with door.maker.begin() as session:
        await session.execute(update(FindingRecord).where(FindingRecord.position == 0).values(code="not_read", evidence="reader_unavailable"))

    page = (await noor.get(f"/desk/cases/{claim.id}")).text

    assert "Het document is niet gelezen: ons leesprogramma startte niet, en dat ligt niet aan het document." in page
    assert "Kies <strong>Lees opnieuw</strong>" in page
    assert "Van dit bestand kon geen afbeelding" not in page


@pytest.mark.parametrize("state", ["judged", "dead"])
async def test_a_document_that_was_read_is_not_said_to_be_unread_while_another_is_checked(door: Door, state: str) -> None:
    claim, noor = await door.case(), await door.noor()
    await set_proof(door, state=state, page_keys=[])
    async with door.maker.begin() as session:
        await session.execute(update(Claim).values(state="checking"))

    page = (await noor.get(f"/desk/cases/{claim.id}")).text

    assert "Van dit bestand kon geen afbeelding worden gemaakt" in page
    assert "niet gelezen" not in page


async def test_a_document_without_a_picture_that_is_read_once_more_is_said_to_be_read_again(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    await set_proof(door, page_keys=[])
    await press(noor, claim)

    page = (await noor.get(f"/desk/cases/{claim.id}")).text

    assert "Van dit document is geen afbeelding; het wordt opnieuw gelezen." in page
    assert "niet gelezen" not in page
