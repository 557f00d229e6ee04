"""The desk asks whether a credit was of the whole job, and takes the answer in as any other event."""

import asyncio

import pytest
from sqlalchemy import select

from reviews.database.tables import Invitation, InvitationEvent, Job, Trigger
from reviews.invitations.intake import event_model, sources, trigger
from reviews.moderation import checkpoints
from tests import cast
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.web.conftest import Door
from tests.web.visitor import Visitor


async def token(visitor: Visitor) -> str:
    return (await visitor.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]


async def asked(door: Door) -> Invitation:
    """A job of Utrecht of which something was credited, nobody knows how much."""
    now = door.clock.now()
    credit = raw("c", type="job.credited", occurred_at="2026-11-21T09:00:00+01:00")
    del credit["total"]
    async with door.maker.begin() as session:
        key = await sources.add_key(session, "erp", [door.utrecht], now=now)
        source_id = (await sources.caller_with(session, key, now=now)).source_id
        events = [event_model.read(row, now=now) for row in (raw(), credit)]
        await trigger.accept(session, door.utrecht, source_id, events, key_ring=door.key_ring, horizon=HORIZON, now=now)
        return (await session.scalars(select(Invitation))).one()


@pytest.mark.parametrize(("whole", "state", "job_state"), [("yes", "cancelled", "credited"), ("no", "planned", "completed")])
async def test_an_answer_ends_the_question(door: Door, whole: str, state: str, job_state: str) -> None:
    row = await asked(door)
    noor = await door.noor()
    listed = await noor.get("/desk/invitations")
    page = await noor.get(f"/desk/invitations/{row.id}")
    assert "er is iets gecrediteerd. Was dat alles, of een deel?" in listed.text
    assert "Is deze opdracht helemaal gecrediteerd?" in page.text
    assert "0,00 van 1234,56" in page.text

    for _ in range(2):
        page = await noor.post(f"/desk/invitations/{row.id}/credit", {"form_token": await token(noor), "whole": whole})

    said = "alles" if whole == "yes" else "een deel"
    assert f"Noor zei op 24 november 2026, 14:30 al dat {said} is gecrediteerd." in page.text
    async with door.maker() as session:
        job = (await session.scalars(select(Job))).one()
        now = (await session.scalars(select(Invitation))).one()
        actors = list(await session.scalars(select(InvitationEvent.actor).order_by(InvitationEvent.id)))
        assert (now.state, job.state, job.credit_asked_at) == (state, job_state, None)
        assert actors[-1].startswith("user:")
        assert len(list(await session.scalars(select(Trigger)))) == 3
        assert [found async for found in checkpoints.verify(session, [door.utrecht.id])] == []


async def test_of_two_answers_at_once_the_first_stands_and_the_second_hears_whose_it_is(door: Door) -> None:
    row = await asked(door)
    async with door.maker.begin() as session:
        await cast.manager(session, "sanne@utrecht.example", "Sanne", door.utrecht, now=door.clock.now())
    desks = [await door.noor(), await door.logged_in("sanne@utrecht.example")]
    forms = [{"form_token": await token(desk), "whole": whole} for desk, whole in zip(desks, ("yes", "no"), strict=True)]
    answers = await asyncio.gather(*(desk.post(f"/desk/invitations/{row.id}/credit", form) for desk, form in zip(desks, forms, strict=True)))

    late = next(page.text for page in answers if "gecrediteerd. Dat antwoord staat" in page.text)
    async with door.maker() as session:
        [told] = await session.scalars(select(Trigger).where(Trigger.event_id.startswith("desk-")))
        job = (await session.scalars(select(Job))).one()
    assert ("Noor zei op" in late) == ("al dat alles" in late) == told.payload["final"] == (job.state == "credited")


async def test_no_answer_is_asked_for_again(door: Door) -> None:
    row = await asked(door)
    noor = await door.noor()
    page = await noor.post(f"/desk/invitations/{row.id}/credit", {"form_token": await token(noor)})

    assert "Kies of alles is gecrediteerd, of een deel." in page.text


async def test_another_branch_answers_nothing(door: Door) -> None:
    row = await asked(door)
    bas = await door.bas()
    page = await bas.post(f"/desk/invitations/{row.id}/credit", {"form_token": await token(bas), "whole": "yes"})

    assert page.status_code == 404
