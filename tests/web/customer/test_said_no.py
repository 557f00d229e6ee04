"""What somebody reads who wants no mail: one tap stops all of it, no page promises any, and no form tells others about them."""

import re

import pytest
from sqlalchemy import select

from reviews.database.tables import Claim, ClaimMail, Publication, Suppression
from reviews.privacy import suppression
from tests.moderation import cases
from tests.web.conftest import Door
from tests.web.customer.test_claims import FORM


@pytest.mark.parametrize("reason", ["opt_out", "complaint", "hard_bounce"])
async def test_the_form_answers_the_same_whether_or_not_somebody_said_no(door: Door, reason: str) -> None:
    async def answers(email: str) -> list[tuple[int, str, str]]:
        visitor = await door.visitor()
        told: list[tuple[int, str, str]] = []
        for headline in ("Netjes", "Netjes", "Heel netjes", "Keurig", "Prachtig"):
            answer = await visitor.submit("/utrecht/review", {**FORM, "email": email, "headline": headline})
            seen = re.sub(r'name="form_token" value="[^"]*"', "", answer.text.replace(email, "…"))
            told.append((answer.status_code, answer.headers.get("location", ""), seen))
        return told

    async with door.maker.begin() as session:
        key = door.key_ring.address_key("silent@example.com")
        await suppression.suppress(session, key, reason=reason, origin="test", now=door.clock.now())

    silent, other = await answers("silent@example.com"), await answers("others@example.com")

    assert silent == other
    assert [status for status, _, _ in silent] == [303, 303, 303, 303, 429]


@pytest.mark.parametrize("state", ["proof_needed", "checking", "judged", "approved"])
@pytest.mark.parametrize("route", ["questionnaire", "invitation"])
async def test_the_page_of_a_claim_promises_no_mail_to_who_gets_none(door: Door, state: str, route: str) -> None:
    async with door.maker.begin() as session:
        claim = await cases.waiting(session, door.key_ring, door.utrecht, now=door.clock.now(), state=state)
        if state == "approved":
            due = {"state": "waiting", "due_at": door.clock.now()}
            session.add(Publication(branch_id=door.utrecht.id, claim_id=claim.id, route=route, **due))
    visitor = await door.visitor()
    page = f"/claim/{door.key_ring.claim_token(claim.id)}"
    promise = re.compile(r"krijgt u (?:nog )?(?:een|één) mail|U krijgt (?:daar )?een mail")
    assert bool(promise.search((await visitor.get(page)).text)) == (state != "proof_needed")

    async with door.maker.begin() as session:
        await suppression.suppress(session, claim.address_key, reason="opt_out", origin="link", now=door.clock.now())

    told = (await visitor.get(page)).text
    assert not promise.search(told)
    assert "geen mail meer" in told or (state, route) == ("approved", "questionnaire")


async def test_this_was_not_me_takes_one_tap_and_opening_its_page_changes_nothing(door: Door) -> None:
    await (await door.visitor()).submit("/utrecht/review", FORM)
    async with door.maker() as session:
        claim = (await session.scalars(select(Claim))).one()
    scanner = await door.visitor("192.0.2.1")
    link = f"/afmelden/{door.key_ring.opt_out_token(claim.address_key)}"

    for _ in range(3):
        assert "antwoord op een formulier" in (await scanner.get(link)).text
    async with door.maker() as session:
        assert (await session.scalars(select(ClaimMail.state))).all() == ["waiting"]
        assert (await session.scalars(select(Suppression))).all() == []
    answer = await scanner.post(link, {"List-Unsubscribe": "One-Click"})

    assert "nog mail over reviews. Dat geldt vanaf nu." in answer.text
    async with door.maker() as session:
        assert (await session.scalars(select(ClaimMail.state))).all() == ["refused"]
        assert (await session.scalars(select(Suppression.reason))).all() == ["opt_out"]
