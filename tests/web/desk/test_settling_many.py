"""Many unknowns at the desk: previewed, settled by one answer, undone; and what stands still says so."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import channel_halts
from reviews.database.channel_halts import Cause
from reviews.database.tables import Branch, Invitation, InvitationEvent, Job
from reviews.invitations.intake import event_model, sources, trigger
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.web.conftest import Door
from tests.web.visitor import Visitor, forms_on

PAGE = "/desk/invitations/settle"


async def _unknown(door: Door, many: int = 3) -> None:
    now = door.clock.now()
    async with door.maker.begin() as session:
        for branch in (door.utrecht, door.groningen):
            caller = await sources.caller_with(session, await sources.add_key(session, branch.slug, [], now=now), now=now)
            rows = [raw(f"{branch.slug}{i}", branch=branch.slug, number=f"{branch.slug}-{i}") for i in range(many)]
            for row in rows:
                row["customer"] = {**row["customer"], "email": f"{row['number']}@example.com"}
            read = [event_model.read(row, now=now) for row in rows]
            await trigger.accept(session, branch, caller.source_id, read, key_ring=door.key_ring, horizon=HORIZON, now=now)
        await session.execute(update(Invitation).values(state="unknown", reason="reply_lost", marked_at=now - timedelta(hours=1)))


async def _send(somebody: Visitor, place: str, field: str, data: dict[str, str]) -> httpx.Response:
    """Send the form on a page that has this hidden field, and follow to where it leads."""
    form = next(form for form in forms_on((await somebody.get(place)).text) if field in form.hidden)
    answer = await somebody.post(form.action, {**form.hidden, **data})
    return await somebody.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def _states(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(
        select(Branch.slug, Invitation.state).join(Branch, Branch.id == Invitation.branch_id).order_by(Branch.slug, Invitation.id)
    )
    return [(slug, state) for slug, state in rows]


@pytest.mark.parametrize(
    ("answer", "state", "said"), [("sent", "sent", "zij zijn verstuurd"), ("not_sent", "cancelled", "dat blijft zo"), ("again", "planned", "alsnog")]
)
async def test_one_answer_settles_those_of_her_own_branch_and_is_taken_back(door: Door, answer: str, state: str, said: str) -> None:
    await _unknown(door)
    noor = await door.noor()
    shown = (await noor.get(PAGE)).text
    assert ("3 uitnodigingen" in shown, "utrecht-2" in shown, "groningen" in shown) == (True, True, False)

    done = await _send(noor, PAGE, "aantal", {"answer": answer})
    assert "3 uitnodigingen vastgelegd:" in done.text
    assert said in done.text
    async with door.maker() as session:
        assert await _states(session) == [("groningen", "unknown")] * 3 + [("utrecht", state)] * 3

    undone = await _send(noor, str(done.url), "klaar", {})
    assert "3 uitnodigingen zijn weer onbekend." in undone.text
    async with door.maker() as session:
        assert {state for _, state in await _states(session)} == {"unknown"}


async def test_without_an_answer_or_with_another_number_nothing_happens(door: Door) -> None:
    await _unknown(door)
    noor = await door.noor()

    assert "Kies eerst wat u vond." in (await _send(noor, PAGE, "aantal", {})).text
    assert "Er is niets vastgelegd" in (await _send(noor, PAGE, "aantal", {"answer": "sent", "aantal": "2"})).text
    async with door.maker() as session:
        assert {state for _, state in await _states(session)} == {"unknown"}


async def test_after_ten_minutes_there_is_no_way_back(door: Door) -> None:
    await _unknown(door)
    noor = await door.noor()
    done = await _send(noor, PAGE, "aantal", {"answer": "sent"})
    way_back = next(form for form in forms_on(done.text) if "klaar" in form.hidden)
    door.clock.moment += timedelta(minutes=11)

    assert "Maak ongedaan" not in (await noor.get(str(done.url))).text
    late = await noor.post(way_back.action, way_back.hidden)
    assert (late.status_code, "Dat kan niet meer ongedaan worden gemaakt." in late.text) == (409, True)


@pytest.mark.parametrize("query", ["van=gisteren", "tot=2026-13-01T00:00", "kanaal=duif", "klaar=x", "klaar=2026-11-24T10:00:00", "vestiging=%00"])
async def test_what_makes_no_sense_asks_for_all(door: Door, query: str) -> None:
    assert (await (await door.noor()).get(f"{PAGE}?{query}")).status_code in {200, 400}


@pytest.mark.parametrize(
    ("branch", "reason", "probed", "said"),
    [
        ("utrecht", "token_refused", False, "neemt het token van de vestiging niet meer aan"),
        ("utrecht", "no_location", False, "Vraag de beheerder om beide in te vullen."),
        ("utrecht", "not_found", False, "Vraag de centrale organisatie om het nummer van de locatie na te kijken."),
        ("utrecht", "unknowns_in_a_row", True, "Over 5 minuten proberen wij het met één uitnodiging."),
        (None, "unknowns_of_house", True, "bij alle vestigingen"),
    ],
)
async def test_what_is_planned_on_a_channel_that_stands_still_says_so(door: Door, branch: str | None, reason: str, probed: bool, said: str) -> None:
    await _unknown(door, 1)
    now = door.clock.now()
    async with door.maker.begin() as session:
        await session.execute(update(Invitation).values(state="planned", reason=None, marked_at=None))
        probe_at = now + timedelta(minutes=5) if probed else None
        await channel_halts.stop(session, "platform", door.utrecht.id if branch else None, Cause(reason), now=now, probe_at=probe_at)
        mine = select(Invitation.id).join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        row_id = await session.scalar(mine.where(Job.number == "utrecht-0"))
    noor = await door.noor()

    listed = " ".join((await noor.get("/desk/invitations")).text.split())
    assert "staat stil" in listed
    if probed:
        assert "nakijken. Over 5 minuten proberen wij het met één uitnodiging." in listed
    page = (await noor.get(f"/desk/invitations/{row_id}")).text
    assert "Deze uitnodiging staat stil." in page
    assert said in page


@pytest.mark.parametrize(("query", "told"), [("", True), ("?kanaal=platform&vestiging=utrecht", True), ("?kanaal=mail", False)])
async def test_while_a_channel_stands_still_it_is_said_that_nothing_goes_before_that_is_over(door: Door, query: str, *, told: bool) -> None:
    await _unknown(door)
    sentence = "staan nu stil. Wat alsnog mag gaan, wacht tot dat voorbij is."
    noor = await door.noor()
    assert sentence not in (await noor.get(PAGE)).text
    async with door.maker.begin() as session:
        await channel_halts.stop(session, "platform", door.utrecht.id, Cause("unknowns_in_a_row"), now=door.clock.now(), probe_at=door.clock.now())

    assert (sentence in (await noor.get(PAGE + query)).text) == told
    if told:
        done = await _send(noor, PAGE + query, "aantal", {"answer": "again"})
        assert "zij zijn niet verstuurd en gaan alsnog." in done.text
        assert sentence in done.text


async def test_nobody_undoes_what_somebody_else_settled(door: Door) -> None:
    await _unknown(door)
    done = await _send(await door.noor(), PAGE, "aantal", {"answer": "sent"})
    way_back, bas = next(form for form in forms_on(done.text) if "klaar" in form.hidden), await door.bas()
    own = next(form for form in forms_on((await bas.get(PAGE)).text) if "aantal" in form.hidden).hidden["form_token"]

    answer = await bas.post(way_back.action, {**way_back.hidden, "form_token": own})
    assert answer.status_code == 303
    assert "weer onbekend" not in (await bas.get(answer.headers["location"])).text
    async with door.maker() as session:
        assert [state for slug, state in await _states(session) if slug == "utrecht"] == ["sent"] * 3
        assert list(await session.scalars(select(InvitationEvent).where(InvitationEvent.state == "unknown"))) == []
