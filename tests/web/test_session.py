"""Logging in and out: new tokens, equal answers, one-time links, limits."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from reviews.database.tables import DeskSession, User
from reviews.keys import digest
from reviews.moderation import users
from tests.web.conftest import PASSWORD, Door
from tests.web.visitor import Visitor

WRONG = "een heel ander wachtwoord"


async def test_who_knows_the_password_comes_in(door: Door) -> None:
    await door.give_password()
    visitor = await door.visitor()

    answer = await visitor.log_in("Noor@Utrecht.example ", PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await visitor.get("/desk")).status_code == 200


async def test_a_planted_cookie_is_never_logged_in(door: Door) -> None:
    await door.give_password()
    visitor = await door.visitor()
    visitor.client.cookies.set("session", "planted-by-somebody")

    answer = await visitor.log_in("noor@utrecht.example", PASSWORD)

    assert "planted-by-somebody" not in answer.headers["set-cookie"]
    other = await door.visitor()
    other.client.cookies.set("session", "planted-by-somebody")
    assert (await other.get("/desk")).headers["location"] == "/desk/login"


async def test_a_second_login_ends_the_first_token(door: Door) -> None:
    await door.give_password()
    visitor = await door.visitor()
    await visitor.log_in("noor@utrecht.example", PASSWORD)
    first = visitor.client.cookies["session"]

    await visitor.log_in("noor@utrecht.example", PASSWORD)

    assert visitor.client.cookies["session"] != first
    async with door.maker() as session:
        assert await session.get(DeskSession, digest(first)) is None


async def test_an_unknown_address_gets_the_answer_of_a_wrong_password(door: Door) -> None:
    await door.give_password()
    visitor = await door.visitor()

    known = await visitor.log_in("noor@utrecht.example", WRONG)
    unknown = await visitor.log_in("nora@utrecht.example", WRONG)

    assert known.status_code == unknown.status_code == 422
    assert known.text.replace("noor@", "nora@") == unknown.text
    assert "session" not in visitor.client.cookies


async def test_an_account_is_tried_so_often_and_no_more(door: Door) -> None:
    visitor = await door.visitor()

    statuses = [(await visitor.log_in("noor@utrecht.example", WRONG)).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


async def test_whoever_may_not_try_now_hears_when_and_keeps_what_was_typed(door: Door) -> None:
    visitor = await door.visitor()
    answers = [await visitor.log_in("noor@utrecht.example", WRONG) for _ in range(11)]

    assert "Over 5 min kan het weer." in answers[-1].text
    assert 'value="noor@utrecht.example"' in answers[-1].text
    assert answers[-1].headers["retry-after"] == "300"


async def logged_in(door: Door) -> Visitor:
    """Noor, in a browser in which she came in by her password."""
    await door.give_password()
    noor = await door.visitor("198.51.100.1")
    assert (await noor.log_in("noor@utrecht.example", PASSWORD)).status_code == 303
    return noor


async def test_strangers_do_not_lock_out_the_browser_in_which_somebody_logged_in(door: Door) -> None:
    noor, elsewhere = await logged_in(door), await door.visitor("192.0.2.200")
    strangers = [await door.visitor(f"192.0.2.{number}") for number in range(12)]
    for stranger in strangers:
        await stranger.log_in("noor@utrecht.example", WRONG)

    assert (await elsewhere.log_in("noor@utrecht.example", PASSWORD)).status_code == 429
    assert (await noor.log_in("Noor@utrecht.example", PASSWORD)).status_code == 303
    tries = [(await noor.log_in("noor@utrecht.example", WRONG)).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


async def test_a_browser_is_known_until_the_password_changes(door: Door) -> None:
    noor = await logged_in(door)
    for number in range(10):
        await (await door.visitor(f"192.0.2.{number}")).log_in("noor@utrecht.example", WRONG)
    assert (await noor.log_in("noor@utrecht.example", WRONG)).status_code == 422

    async with door.maker.begin() as session:
        await session.execute(update(User).where(User.email == "noor@utrecht.example").values(password_hash="another"))

    assert (await noor.log_in("noor@utrecht.example", WRONG)).status_code == 429


@pytest.mark.parametrize("made_up", ["", "x{}", "{}x", "{}AAA=", "{}.{}", ".", "a.b"])
async def test_the_cookie_of_a_known_browser_is_of_its_own_account_and_can_not_be_made_up(door: Door, made_up: str) -> None:
    noor = await logged_in(door)
    for number in range(10):
        await (await door.visitor(f"192.0.2.{number}")).log_in("noor@utrecht.example", WRONG)
        await (await door.visitor(f"192.0.2.{number + 20}")).log_in("bas@groningen.example", WRONG)
    assert (await noor.log_in("bas@groningen.example", WRONG)).status_code == 429

    name = next(name for name in noor.client.cookies if name.endswith("known"))
    given = made_up.format(*[noor.client.cookies[name]] * 2)
    noor.client.cookies.clear()
    noor.client.cookies.set(name, given)
    assert (await noor.log_in("noor@utrecht.example", WRONG)).status_code == 429


async def test_an_account_is_tried_no_more_often_from_many_places_and_in_many_spellings(door: Door) -> None:
    spellings = ["noor@utrecht.example", " Noor@Utrecht.Example", "NOOR@UTRECHT.EXAMPLE "]
    visitors = [await door.visitor(f"192.0.2.{number}") for number in range(12)]

    statuses = [(await visitor.log_in(spellings[number % 3], WRONG)).status_code for number, visitor in enumerate(visitors[:11])]

    assert statuses == [422] * 10 + [429]
    assert (await visitors[11].log_in("bas@groningen.example", WRONG)).status_code == 422


async def test_one_place_tries_many_accounts_no_more_often_than_one(door: Door) -> None:
    visitor = await door.visitor()

    statuses = [(await visitor.log_in(f"{number}@utrecht.example", WRONG)).status_code for number in range(11)]

    assert statuses == [422] * 10 + [429]
    assert (await (await door.visitor("192.0.2.1")).log_in("0@utrecht.example", WRONG)).status_code == 422


async def test_an_absurd_address_is_only_a_wrong_one(door: Door) -> None:
    assert (await (await door.visitor()).log_in("é" * 5000 + "@.example", WRONG)).status_code == 422


async def test_logging_out_ends_the_login_at_the_server(door: Door) -> None:
    noor = await door.noor()
    token = noor.client.cookies["session"]

    await noor.submit("/desk", {}, action="/desk/logout")

    noor.client.cookies.set("session", token)
    assert (await noor.get("/desk")).headers["location"] == "/desk/login"


async def test_a_login_ends_after_its_hours(door: Door) -> None:
    noor = await door.noor()
    door.clock.moment += timedelta(hours=12)

    assert (await noor.get("/desk")).headers["location"] == "/desk/login"


async def _link(door: Door) -> str:
    async with door.maker.begin() as session:
        return await users.add(session, "noor@utrecht.example", "Noor", "manager", [door.utrecht], now=door.clock.now())


async def test_a_link_sets_a_password_once(door: Door) -> None:
    page = f"/desk/start/{await _link(door)}"
    visitor = await door.visitor()
    for _ in range(3):
        assert (await visitor.get(page)).status_code == 200

    answer = await visitor.submit(page, {"password": PASSWORD, "again": PASSWORD})

    assert answer.headers["location"] == "/desk/login"
    assert (await visitor.submit(page, {"password": PASSWORD, "again": PASSWORD})).status_code == 404
    assert (await visitor.log_in("noor@utrecht.example", PASSWORD)).status_code == 303


@pytest.mark.parametrize("password", ["  Zon, wind en een luifel  ", "zzzzzzzzzzzz ☂ é", "lang " * 40], ids=["blanks", "no rules", "200 characters"])
async def test_a_password_is_taken_to_the_letter_whatever_it_is_made_of(door: Door, password: str) -> None:
    visitor = await door.visitor()

    await visitor.submit(f"/desk/start/{await _link(door)}", {"password": password, "again": password})

    for other in {password.strip(), password.upper(), password[:-1]} - {password}:
        assert (await visitor.log_in("noor@utrecht.example", other)).status_code == 422
    assert (await visitor.log_in("noor@utrecht.example", password)).status_code == 303


@pytest.mark.parametrize(("password", "again"), [("kort", "kort"), (PASSWORD, PASSWORD + "!"), ("", "")])
async def test_a_password_that_will_not_do_leaves_the_link_usable(door: Door, password: str, again: str) -> None:
    page = f"/desk/start/{await _link(door)}"
    visitor = await door.visitor()

    answer = await visitor.submit(page, {"password": password, "again": again})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (await visitor.submit(page, {"password": PASSWORD, "again": PASSWORD})).status_code == 303


async def test_a_new_link_ends_the_logins_of_before(door: Door) -> None:
    noor = await door.noor()

    await _link(door)

    assert (await noor.get("/desk")).status_code == 303
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(DeskSession)) == 0
