"""Why did I get this? A page that tells its reader all of it, and changes nothing; and the one tap that stops everything."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from reviews.database.tables import Basis, Branch, Invitation, InvitationEvent, Job, Person, Reminder, Suppression
from reviews.invitations.intake import event_model, sources, trigger
from reviews.languages import LANGUAGES
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.web.conftest import Door

LEAST_DUTCH = ("Waarom kreeg u", "vestiging")


async def _invited(door: Door, **changes: Any) -> Invitation:
    """Jan's repair, told by the ERP; its invitation was mailed an hour ago."""
    now = door.clock.now()
    async with door.maker.begin() as session:
        branch = await session.get_one(Branch, door.utrecht.id)
        source = await sources.caller_with(session, await sources.add_key(session, "erp", [], now=now), now=now)
        told = raw(occurred_at="2026-11-10T10:00:00+01:00", **changes)
        await trigger.accept(session, branch, source.source_id, [event_model.read(told, now=now)], key_ring=door.key_ring, horizon=HORIZON, now=now)
        row = (await session.scalars(select(Invitation))).one()
        row.state, row.channel, row.sent_at, row.marked_at = "sent", "mail", now - timedelta(hours=1), now - timedelta(hours=1)
    return row


def _address(door: Door, row: Invitation) -> str:
    return f"/waarom/{door.key_ring.why_token(row.branch_id, row.id)}"


async def test_the_page_names_who_asks_about_what_on_which_basis_and_from_whom(door: Door) -> None:
    row = await _invited(door)
    answer = await (await door.visitor()).get(_address(door, row))

    told = re.sub(r"\s+", " ", answer.text)
    assert answer.status_code == 200
    for said in (
        "Van Dam Zonwering B.V.",
        "Domstraat 1, 3512 JA Utrecht",
        "90001234",
        "Reparatie W2026-0117",
        "10 november 2026",
        "artikel 11.7 lid 3 Telecommunicatiewet",
        "(erp)",
        "24 november 2026, 13:30",
        "Noorderlicht Zonwering B.V.",
        "per 90 dagen",
        "info@vandamzonwering.example",
    ):
        assert said in told, said
    assert f'action="/afmelden/{door.key_ring.opt_out_token(door.key_ring.address_key("jan@example.com"))}"' in answer.text


@pytest.mark.parametrize(
    ("language", "law", "authority"),
    [
        ("nl", "artikel XII.13 Wetboek van economisch recht", "Gegevensbeschermingsautoriteit (GBA)"),
        ("fr", "article XII.13 du Code de droit économique", "Autorité de protection des données (APD)"),
        ("de", "Artikel XII.13 des belgischen Wirtschaftsgesetzbuches", "GBA/APD"),
        ("en", "article XII.13 of the Belgian Code of Economic Law", "GBA/APD"),
    ],
)
async def test_a_belgian_branch_names_its_own_law_register_and_authority(door: Door, language: str, law: str, authority: str) -> None:
    row = await _invited(door)
    async with door.maker.begin() as session:
        branch = await session.get_one(Branch, door.utrecht.id)
        branch.identity = {**branch.identity, "country": "BE", "btw_id": "BE0000123427"}
        (await session.scalars(select(Person))).one().language = language
    visitor = await door.visitor()

    told = re.sub(r"\s+", " ", unescape((await visitor.get(_address(door, row))).text))

    for said in (law, authority, "0000.123.427"):
        assert said in told, said
    for dutch in ("11.7", "Telecommunicatiewet", "Autoriteit Persoonsgegevens", "90001234", "KvK"):
        assert dutch not in told
    public = unescape((await visitor.get("/utrecht")).text)
    assert "0000.123.427" in public
    assert "KvK" not in public
    assert "Bijvoorbeeld 9000." in (await visitor.get("/utrecht/review")).text


async def test_the_page_shows_neither_name_nor_address_of_the_person_nor_an_amount(door: Door) -> None:
    answer = await (await door.visitor()).get(_address(door, await _invited(door)))

    for secret in ("J. de Vries", "jan@example.com", "3511", "1234,56", "1.234", "1234.56"):
        assert secret not in answer.text


async def test_the_page_is_kept_by_no_cache_and_found_by_no_search_engine(door: Door) -> None:
    answer = await (await door.visitor()).get(_address(door, await _invited(door)))

    assert answer.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_language_of_its_mail(door: Door, language: str) -> None:
    row = await _invited(door)
    async with door.maker.begin() as session:
        await session.execute(update(Person).values(language=language))
    answer = await (await door.visitor()).get(_address(door, row))

    assert f'<html lang="{language}"' in answer.text
    assert all((word in answer.text) == (language == "nl") for word in LEAST_DUTCH)
    assert not re.search(r"%\(\w+\)s", answer.text)


async def test_consent_is_told_with_its_day_and_text(door: Door) -> None:
    row = await _invited(door)
    async with door.maker.begin() as session:
        await session.execute(update(Basis).values(kind="consent", text_version="webshop-7"))
    answer = await (await door.visitor()).get(_address(door, row))

    assert "toestemming" in answer.text
    assert "tekst webshop-7" in answer.text
    assert "Telecommunicatiewet" not in answer.text


async def test_looking_changes_nothing(door: Door) -> None:
    row = await _invited(door)
    visitor = await door.visitor()

    async def counted() -> list[int | None]:
        async with door.maker() as session:
            return [await session.scalar(select(func.count()).select_from(table)) for table in (Suppression, InvitationEvent, Reminder)]

    before = await counted()
    token = door.key_ring.opt_out_token(door.key_ring.address_key("jan@example.com"))
    for address in (_address(door, row), f"/afmelden/{token}"):
        for method in ("GET", "HEAD", "OPTIONS"):
            await visitor.client.request(method, address)
    assert await counted() == before


async def test_the_button_stops_all_mail_at_once_and_the_page_then_says_so(door: Door) -> None:
    row = await _invited(door)
    visitor = await door.visitor()
    token = door.key_ring.opt_out_token(door.key_ring.address_key("jan@example.com"))

    answer = await visitor.client.post(f"/afmelden/{token}")
    assert answer.status_code == 200
    assert "van geen enkele vestiging" in answer.text
    again = await visitor.get(_address(door, row))
    assert "U bent afgemeld" in again.text
    assert "<form" not in again.text.partition("<main")[2]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_opt_out_is_asked_and_confirmed_in_each_language(door: Door, language: str) -> None:
    visitor = await door.visitor()
    address = f"/afmelden/{door.key_ring.opt_out_token(door.key_ring.address_key('jan@example.com'))}"
    asked = await visitor.client.get(address, headers={"Accept-Language": language})
    done = await visitor.client.post(address, headers={"Accept-Language": language})

    for page in (asked, done):
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        assert ("geen enkele vestiging" in page.text) == (language == "nl")


async def test_after_an_erasure_the_opt_out_still_works_and_the_page_knows_nothing(door: Door) -> None:
    row = await _invited(door)
    async with door.maker.begin() as session:
        for table in (InvitationEvent, Invitation):
            await session.execute(delete(table))
        await session.execute(update(Job).values(person_id=None))
        await session.execute(delete(Person))
    visitor = await door.visitor()

    page = await visitor.get(_address(door, row))
    assert page.status_code == 404
    assert "bewaren wij niets meer" in page.text
    stopped = await visitor.client.post(f"/afmelden/{door.key_ring.opt_out_token(door.key_ring.address_key('jan@example.com'))}")
    assert stopped.status_code == 200
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Suppression)) == 1


async def test_a_token_opens_its_own_mail_alone(door: Door) -> None:
    row = await _invited(door)
    visitor = await door.visitor()
    token = door.key_ring.why_token(row.branch_id, row.id)
    other = door.key_ring.why_token(row.branch_id, UUID(int=row.id.int ^ 1))
    forged = [
        token[:43] + other[43:],
        other[:-1] + ("A" if other[-1] != "A" else "B"),
        token[::-1],
        token[:-1],
        "x" * 64,
        door.key_ring.opt_out_token(b"k" * 32),
    ]

    for attempt in forged:
        assert (await visitor.get(f"/waarom/{attempt}")).status_code == 404
    assert door.key_ring.opened_opt_out(token) is None


async def test_a_reminder_is_told_of_and_promised_only_where_there_may_be_one(door: Door) -> None:
    row = await _invited(door)
    visitor = await door.visitor()
    assert "Over deze opdracht vragen wij u niets meer." in (await visitor.get(_address(door, row))).text

    async with door.maker.begin() as session:
        branch = await session.get_one(Branch, row.branch_id)
        branch.rules = {**branch.rules, "reminder": "ours", "channel": "mail"}
    assert "hooguit één herinnering" in (await visitor.get(_address(door, row))).text


async def test_an_invitation_that_came_too_late_to_be_sent_says_so(door: Door) -> None:
    row = await _invited(door)
    async with door.maker.begin() as session:
        await session.execute(update(Invitation).values(state="expired", reason="too_late", sent_at=None, marked_at=None))

    answer = await (await door.visitor()).get(_address(door, row))

    assert "Het lukte niet om u op tijd te vragen." in answer.text
