"""A branch's key silences the branch's own customers; others wait for head office, and what was told can be taken back."""

from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from reviews.database.tables import Invitation, Source, Suppression, ToldWish
from reviews.invitations.intake import sources
from reviews.privacy import suppression, told_wishes
from tests import cast
from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_invitations import TRIGGERS, Ask, ask
from tests.web.conftest import Door

__all__ = ["ask"]
TELL, BACK = "/api/v1/suppressions", "/api/v1/suppressions/withdraw"
CAP = 50


def job(email: str, **changes: Any) -> dict[str, Any]:
    return raw(event_id=f"e-{email}-{changes.get('branch', '')}", number=f"W-{email}", customer={**cast.JAN, "email": email}, **changes)


async def key_for(door: Door, name: str, *branches: Any) -> str:
    async with door.maker.begin() as session:
        return await sources.add_key(session, name, branches, now=door.clock.moment)


async def standing(door: Door, email: str) -> tuple[str, str] | None:
    async with door.maker() as session:
        row = await session.get(Suppression, door.key_ring.address_key(email))
        return (row.reason, row.origin) if row else None


async def states(door: Door) -> list[str]:
    async with door.maker() as session:
        return list(await session.scalars(select(Invitation.state).order_by(Invitation.id)))


async def told(door: Door, email: str) -> list[tuple[str, str | None, str | None]]:
    async with door.maker() as session:
        rows = await told_wishes.of_address(session, door.key_ring.address_key(email))
        return [(wish.state, wish.waits_for, wish.email) for wish, _ in rows]


async def catch_up(door: Door) -> int:
    return await told_wishes.catch_up(door.maker, door.clock, per_day=CAP)


def outcome(answer: httpx.Response) -> tuple[int, bool, str | None]:
    return answer.status_code, answer.json()["suppressed"], answer.json()["waits_for"]


async def test_a_branch_silences_its_own_customer_at_every_branch_at_once(door: Door, ask: Ask) -> None:
    everywhere = await key_for(door, "central")
    for branch in ("utrecht", "groningen"):
        assert (await ask("POST", TRIGGERS, json=job("jan@example.com", branch=branch), key=everywhere)).status_code == 202

    answer = await ask("POST", TELL, json={"email": "Jan@example.com", "why": "belde op"})

    assert (outcome(answer), answer.json()["stopped_invitations"]) == ((200, True, None), 2)
    assert await standing(door, "jan@example.com") == ("told_branch", "erp")
    assert await told(door, "jan@example.com") == [("counts", None, None)]


async def test_a_slip_in_a_common_domain_is_told_for_it_silences_nobody(ask: Ask) -> None:
    slip, right = [(await ask("POST", TELL, json={"email": email})).json() for email in ("jan@gmial.com", "jan@gmail.com")]

    assert [found["domain"] for found in slip["suggestions"]] == ["gmail.com"]
    assert "suggestions" not in right


@pytest.mark.parametrize("other", ["customer of another branch", "nobody we know"])
async def test_whom_the_branch_does_not_know_waits_for_head_office(door: Door, ask: Ask, other: str) -> None:
    if other == "customer of another branch":
        groningen = await key_for(door, "groningen erp", door.groningen)
        await ask("POST", TRIGGERS, json=job("piet@example.com", branch="groningen"), key=groningen)

    answers = [await ask("POST", TELL, json={"email": "piet@example.com", "why": "briefje"}) for _ in range(2)]

    assert [outcome(answer) for answer in answers] == [(202, False, "not_customer")] * 2
    assert await standing(door, "piet@example.com") is None
    assert await told(door, "piet@example.com") == [("waits", "not_customer", "piet@example.com")]
    assert set(await states(door)) <= {"planned"}


async def test_it_counts_by_itself_once_they_become_a_customer_of_that_branch_and_not_of_another(door: Door, ask: Ask) -> None:
    await ask("POST", TELL, json={"email": "piet@example.com"})
    groningen = await key_for(door, "groningen erp", door.groningen)
    await ask("POST", TRIGGERS, json=job("piet@example.com", branch="groningen"), key=groningen)
    assert (await catch_up(door), await standing(door, "piet@example.com")) == (0, None)

    await ask("POST", TRIGGERS, json=job("piet@example.com", branch="utrecht"))

    assert await catch_up(door) == 1
    assert await standing(door, "piet@example.com") == ("told_branch", "erp")
    assert await states(door) == ["skipped", "skipped"]
    assert await told(door, "piet@example.com") == [("counts", None, None)]


async def test_a_key_for_all_branches_silences_anybody(door: Door, ask: Ask) -> None:
    everywhere = await key_for(door, "central")

    assert outcome(await ask("POST", TELL, json={"email": "new@example.com"}, key=everywhere)) == (200, True, None)


async def test_a_key_in_wrong_hands_silences_no_more_than_a_days_worth(door: Door, ask: Ask) -> None:
    many = [f"c{number}@example.com" for number in range(2 * CAP + 1)]
    for email in many:
        await ask("POST", TRIGGERS, json=job(email))

    answers = [await ask("POST", TELL, json={"email": email}) for email in many]

    assert [outcome(answer) for answer in answers[:-1]] == [(200, True, None)] * CAP + [(202, False, "daily_cap")] * CAP
    assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "3600")
    assert (await states(door)).count("skipped") == CAP


async def test_what_was_told_of_strangers_goes_through_the_cap_too_when_jobs_are_made_up_for_them(door: Door, ask: Ask) -> None:
    many = [f"c{number}@example.com" for number in range(CAP + 5)]
    for email in many:
        await ask("POST", TELL, json={"email": email})
        await ask("POST", TRIGGERS, json=job(email))

    while await catch_up(door):
        pass

    assert (await states(door)).count("skipped") == CAP
    async with door.maker() as session:
        waiting = await told_wishes.waiting(session)
    assert {wish.waits_for for wish, _ in waiting} == {"daily_cap"}
    assert len(waiting) == 5


async def test_who_told_it_takes_it_back_and_the_invitation_is_planned_again(door: Door, ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=job("jan@example.com"))
    await ask("POST", TELL, json={"email": "jan@example.com"})
    stranger = await key_for(door, "other erp", door.utrecht)
    assert (await ask("POST", BACK, json={"email": "jan@example.com"}, key=stranger)).status_code == 404

    answer = await ask("POST", BACK, json={"email": "jan@example.com"})

    assert (answer.status_code, answer.json()) == (200, {"withdrawn": True, "suppressed": False})
    assert (await standing(door, "jan@example.com"), await states(door)) == (None, ["planned"])
    assert (await ask("POST", BACK, json={"email": "jan@example.com"})).status_code == 404
    assert outcome(await ask("POST", TELL, json={"email": "jan@example.com"})) == (200, True, None)


async def test_what_waits_can_be_taken_back_as_well(door: Door, ask: Ask) -> None:
    await ask("POST", TELL, json={"email": "piet@example.com"})

    assert (await ask("POST", BACK, json={"email": "piet@example.com"})).json() == {"withdrawn": True, "suppressed": False}
    assert await told(door, "piet@example.com") == [("withdrawn", None, None)]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("own", ["opt_out", "complaint", "unsubscribe"])
async def test_a_persons_own_word_outlasts_what_a_branch_takes_back(door: Door, ask: Ask, own: str, first: bool) -> None:
    await ask("POST", TRIGGERS, json=job("jan@example.com"))
    say = partial(suppression.suppress, address_key=door.key_ring.address_key("jan@example.com"), reason=own, origin="link")
    if first:
        async with door.maker.begin() as session:
            await say(session, now=door.clock.moment)
    await ask("POST", TELL, json={"email": "jan@example.com"})
    if not first:
        async with door.maker.begin() as session:
            await say(session, now=door.clock.moment)

    answer = await ask("POST", BACK, json={"email": "jan@example.com"})

    assert answer.json() == {"withdrawn": True, "suppressed": True}
    assert await standing(door, "jan@example.com") == (own, "link")
    assert await states(door) == ["skipped"]


async def test_what_two_told_ends_only_when_both_take_it_back(door: Door, ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=job("jan@example.com"))
    crm = await key_for(door, "crm", door.utrecht)
    for key in ({}, {"key": crm}):
        await ask("POST", TELL, json={"email": "jan@example.com"}, **key)

    first = await ask("POST", BACK, json={"email": "jan@example.com"})
    assert (first.json()["suppressed"], await standing(door, "jan@example.com")) == (True, ("told_branch", "crm"))
    assert (await ask("POST", BACK, json={"email": "jan@example.com"}, key=crm)).json()["suppressed"] is False
    assert (await standing(door, "jan@example.com"), await states(door)) == (None, ["planned"])


@pytest.mark.parametrize("allow", [True, False])
async def test_head_office_decides_about_all_that_waits_of_a_source_or_about_one(door: Door, ask: Ask, allow: bool) -> None:
    for email in ("a@example.com", "b@example.com", "c@example.com"):
        await ask("POST", TELL, json={"email": email})
    decide = partial(told_wishes.decide, allow=allow, by="cli", now=door.clock.moment)
    async with door.maker.begin() as session:
        assert await decide(session, "erp", [door.key_ring.address_key("a@example.com")]) == 1
    async with door.maker.begin() as session:
        assert [wish.email for wish, _ in await told_wishes.waiting(session, "erp")] == ["b@example.com", "c@example.com"]
        assert await decide(session, "somebody else", []) == 0
        assert await decide(session, "erp", []) == 2

    for email in ("a@example.com", "b@example.com", "c@example.com"):
        assert await standing(door, email) == (("told_branch", "erp") if allow else None)
        assert await told(door, email) == [("counts" if allow else "declined", None, None)]


async def test_what_waited_a_year_is_forgotten_and_what_counts_is_not(door: Door, ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=job("jan@example.com"))
    for email in ("jan@example.com", "piet@example.com"):
        await ask("POST", TELL, json={"email": email})
    later = door.clock.moment.replace(year=door.clock.moment.year + 2)

    assert await told_wishes.tidy(door.maker, later) == 1

    assert await told(door, "piet@example.com") == []
    assert await told(door, "jan@example.com") == [("counts", None, None)]


@pytest.mark.parametrize("sent", [{}, {"email": "x"}, {"email": "a@example.com", "why": "x" * 201}, {"email": "a@example.com", "why": "a\nb"}])
async def test_what_is_wrong_with_it_is_said(ask: Ask, sent: dict[str, Any]) -> None:
    assert (await ask("POST", TELL, json=sent)).status_code == 422
    assert (await ask("POST", BACK, json=sent)).status_code == 422


async def test_a_caller_without_a_key_tells_nothing(door: Door, ask: Ask) -> None:
    for path in (TELL, BACK):
        assert (await ask("POST", path, json={"email": "a@example.com"}, key=None)).status_code == 401
    async with door.maker() as session:
        assert (await session.scalars(select(ToldWish))).all() == []
        assert (await session.scalars(select(Source.name))).all() == ["erp"]
