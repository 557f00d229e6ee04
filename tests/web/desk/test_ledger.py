"""The desk's ledger, the list that its numbers lead to, and the hands on one invitation."""

import csv
import io
import re

import pytest
from sqlalchemy import select, text

from reviews.database.tables import Invitation, User
from reviews.invitations.intake import sources
from reviews.moderation.checkpoints import DayCloser
from tests import cast
from tests.invitations import books
from tests.invitations.books import LEASE, Books
from tests.web.conftest import Door
from tests.web.visitor import Visitor


@pytest.fixture
async def filled(door: Door) -> Books:
    """The books of Utrecht and Groningen behind the door, with every fate in them."""
    made = Books(door.maker, door.key_ring, door.clock.now())
    made.clock = door.clock
    async with door.maker.begin() as session:
        key = await sources.add_key(session, "erp", [], now=door.clock.now())
        made.source_id = (await sources.caller_with(session, key, now=door.clock.now())).source_id
    await books.fill(made)
    return made


async def test_the_page_says_the_sum_and_that_it_closes(door: Door, filled: Books) -> None:
    page = (await (await door.noor()).get("/desk/ledger")).text

    assert "<strong>12 opdrachten</strong>" in page
    assert "2 uitgenodigd + 4 wacht nog + 4 geen uitnodiging, met reden + 1 niet gelukt + 1 onbekend" in re.sub(r"\s+", " ", page)
    assert "De som sluit" in page


async def test_a_sum_that_does_not_close_is_an_alarm(door: Door, filled: Books) -> None:
    async with door.maker.begin() as session:
        row = await filled.invitation(session, "planned")
        await session.execute(text("DELETE FROM invitations WHERE id = :id"), {"id": row.id})

    page = (await (await door.noor()).get("/desk/ledger")).text

    assert "De som sluit niet" in page
    assert "1 zonder uitnodiging" in page


async def test_each_number_leads_to_as_many_invitations(door: Door, filled: Books) -> None:
    noor = await door.noor()
    page = (await noor.get("/desk/ledger")).text
    links = re.findall(r'<a href="(/desk/invitations\?[^"]+)"\s+aria-label="(\d+) opdrachten', page)

    assert sum(int(many) for _, many in links) == 12
    for address, many in links:
        listed = (await noor.get(address.replace("&amp;", "&"))).text
        assert len(re.findall(r'<td data-label="Opdracht">', listed)) == int(many), address


async def test_the_file_has_a_line_for_each_job_and_no_names(door: Door, filled: Books) -> None:
    answer = await (await door.noor()).get("/desk/ledger.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))

    assert answer.headers["content-disposition"] == 'attachment; filename="verantwoording-alle-2026-10-01-2026-12-31.csv"'
    assert len(rows) == 12
    assert {row["opdracht"]: (row["groep"], row["staat"], row["door"]) for row in rows if row["opdracht"] in {"held", "refused"}} == {
        "held": ("wacht nog", "vastgehouden", "een medewerker"),
        "refused": ("niet gelukt", "geweigerd", "de dienst"),
    }
    assert cast.JAN["name"] not in answer.text
    assert "@" not in answer.text


async def test_a_number_that_is_a_formula_is_a_text_in_the_file(door: Door, filled: Books) -> None:
    await filled.tell(books.job("=1+1"))

    assert ";'=1+1;" in (await (await door.noor()).get("/desk/ledger.csv")).text


async def test_another_manager_sees_only_their_own_jobs(door: Door, filled: Books) -> None:
    bas = await door.bas()

    assert "<strong>1 opdracht</strong>" in (await bas.get("/desk/ledger?vestiging=utrecht")).text
    assert "held" not in (await bas.get("/desk/ledger.csv?vestiging=utrecht")).text


@pytest.mark.parametrize("query", ["van=2026-13-01", "van=zomaar&tot=9999-12-31", "van=2026-12-31&tot=2026-01-01", "vestiging=nergens"])
async def test_an_address_that_makes_no_sense_still_shows_a_page(door: Door, filled: Books, query: str) -> None:
    assert (await (await door.noor()).get(f"/desk/ledger?{query}")).status_code == 200


async def test_the_page_shows_the_last_check_and_what_it_found(door: Door, filled: Books) -> None:
    closer = DayCloser(door.maker, door.clock, LEASE)
    while await closer.close_due():
        pass
    noor = await door.noor()
    assert "er is niets veranderd buiten de dienst om" in (await noor.get("/desk/ledger")).text

    async with door.maker.begin() as session:
        await session.execute(text("UPDATE duties SET failure = 'findings:2' WHERE name = 'ledger_closed'"))
    assert "utrecht: 2 afwijkingen" in (await noor.get("/desk/ledger")).text


async def _id(door: Door, filled: Books, number: str) -> str:
    async with door.maker() as session:
        return str((await filled.invitation(session, number)).id)


async def press(noor: Visitor, invitation: str, action: str) -> int:
    page = f"/desk/invitations/{invitation}"
    return (await noor.submit(page, {}, action=f"{page}/{action}")).status_code


@pytest.mark.parametrize(
    ("number", "action", "state"),
    [
        ("planned", "hold", "held"),
        ("planned", "send-now", "planned"),
        ("held", "release", "planned"),
        ("planned", "cancel", "cancelled"),
        ("refused", "replay", "planned"),
    ],
)
async def test_a_button_does_what_it_says(door: Door, filled: Books, number: str, action: str, state: str) -> None:
    invitation, noor = await _id(door, filled, number), await door.noor()

    assert await press(noor, invitation, action) == 303

    async with door.maker() as session:
        assert (await filled.invitation(session, number)).state == state
    assert "Noor" in (await noor.get(f"/desk/invitations/{invitation}")).text.partition("Wat er gebeurde")[2]


async def test_only_what_can_be_done_now_is_offered(door: Door, filled: Books) -> None:
    noor = await door.noor()
    offered = {}
    for number in ("planned", "held", "sent", "refused", "no-basis", "unanswered"):
        page = (await noor.get(f"/desk/invitations/{await _id(door, filled, number)}")).text
        offered[number] = re.findall(r'action="/desk/invitations/[^/]+/([a-z-]+)"', page)

    assert offered == {
        "planned": ["hold", "send-now", "cancel"],
        "held": ["release", "send-now", "cancel"],
        "sent": [],
        "refused": ["replay"],
        "no-basis": [],
        "unanswered": ["settle", "settle"],
    }


@pytest.mark.parametrize(("number", "action"), [("sent", "cancel"), ("unanswered", "replay"), ("no-basis", "send-now")])
async def test_a_hand_that_comes_too_late_is_told_how_it_is_now(door: Door, filled: Books, number: str, action: str) -> None:
    noor = await door.noor()
    token = (await noor.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]
    answer = await noor.post(f"/desk/invitations/{await _id(door, filled, number)}/{action}", {"form_token": token})

    assert answer.status_code == 409
    assert "Hieronder staat hoe het nu is" in answer.text


async def test_a_form_of_somebody_else_changes_nothing(door: Door, filled: Books) -> None:
    noor, bas = await door.noor(), await door.bas()
    invitation = await _id(door, filled, "planned")
    token = (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    assert (await noor.post(f"/desk/invitations/{invitation}/hold", {"form_token": token})).status_code == 403
    assert (await bas.post(f"/desk/invitations/{invitation}/hold", {"form_token": token})).status_code == 404


async def test_unknown_ones_stand_on_top_with_both_answers_and_an_alarm_when_old(door: Door, filled: Books) -> None:
    noor = await door.noor()
    fresh = (await noor.get("/desk/invitations")).text
    assert "Zij is verstuurd" in fresh
    assert "klantenvertellen.nl onder <em>Uitnodigingen</em>" in fresh
    assert "Hier is iemand nodig" not in fresh

    door.clock.moment += books.LEASE * 16
    assert "al langer dan een kwartier" in (await noor.get("/desk/invitations")).text


async def test_a_number_is_found_however_it_is_spelled(door: Door, filled: Books) -> None:
    await filled.tell(books.job("W2026-0117"))
    noor = await door.noor()

    for spelled in ("w2026 0117", "W20260117", "W2026-0117"):
        page = (await noor.client.get("/desk/invitations", params={"nummer": spelled})).text
        assert re.findall(r'<td data-label="Opdracht"><a [^>]+>([^<]+)<', page) == ["W2026-0117"]


async def test_the_list_goes_on_page_after_page(door: Door, filled: Books) -> None:
    await filled.tell(*(books.job(f"N{number}") for number in range(100)))
    noor, address, seen = await door.noor(), "/desk/invitations?staat=planned", list[str]()
    while address:
        page = (await noor.get(address)).text
        seen += re.findall(r'<td data-label="Opdracht"><a [^>]+>([^<]+)<', page)
        older = re.search(r'<a href="([^"]+)">Oudere uitnodigingen', page)
        address = older[1].replace("&amp;", "&") if older else ""

    async with door.maker() as session:
        planned = await session.scalars(select(Invitation.id).where(Invitation.state == "planned", Invitation.branch_id == door.utrecht.id))
        assert len(seen) == len(set(seen)) == len(list(planned))


async def test_whoever_acted_is_named_and_not_by_an_id(door: Door, filled: Books) -> None:
    noor, invitation = await door.noor(), await _id(door, filled, "planned")
    await press(noor, invitation, "hold")
    async with door.maker() as session:
        user_id = await session.scalar(select(User.id).where(User.name == "Noor"))

    assert str(user_id) not in (await noor.get(f"/desk/invitations/{invitation}")).text
