"""Opt-outs that sources passed on, at head office: seen, allowed, put aside, taken back; and nobody else's business."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from reviews.database.tables import Source, Suppression, ToldWish
from reviews.invitations.intake import sources
from reviews.privacy import suppression, told_wishes
from reviews.privacy.suppression import Wish
from tests.web.conftest import Door
from tests.web.desk.test_rules import office
from tests.web.visitor import Visitor, forms_on

PAGE = "/desk/opt-outs"
MANY = ("piet@example.com", "els@example.com", "<b>kees@example.com")


async def _told(door: Door, *emails: str, name: str = "erp", per_day: int = 50) -> None:
    """Let a source of Utrecht tell that these people, whom nobody knows, want no mail."""
    now = door.clock.now()
    async with door.maker.begin() as session:
        if await session.scalar(select(Source.id).where(Source.name == name)) is None:
            await sources.add_key(session, name, [door.utrecht], now=now)
        source_id = (await session.scalars(select(Source.id).where(Source.name == name))).one()
        caller = sources.Caller(source_id, name, frozenset({door.utrecht.id}))
        for email in emails:
            wish = Wish(email, "briefje & belletje")
            await told_wishes.tell(session, caller, wish, address_key=door.key_ring.address_key(email), per_day=per_day, now=now)


async def _states(door: Door) -> dict[str, tuple[str, bool]]:
    """Return by address what became of what was told, and whether mail to it stands still."""
    async with door.maker() as session:
        keys = {door.key_ring.address_key(email): email for email in MANY}
        silent = set(await session.scalars(select(Suppression.address_key)))
        return {keys[wish.address_key]: (wish.state, wish.address_key in silent) for wish in await session.scalars(select(ToldWish))}


async def _press(somebody: Visitor, shown: httpx.Response, choice: str, place: int = 0) -> httpx.Response:
    """Press the button with this choice that stands there on a page, and follow to where it leads."""
    form = [form for form in forms_on(shown.text) if form.hidden.get("choice") == choice][place]
    answer = await somebody.post(form.action, form.hidden)
    return await somebody.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def test_head_office_sees_who_told_what_when_and_why_and_how_many_wait(door: Door) -> None:
    await _told(door, *MANY)
    clara = await office(door)

    page = (await clara.get(PAGE)).text

    for said in ("piet@example.com", "erp", "briefje &amp; belletje", "Geen klant van een vestiging van deze bron.", "24 november 2026"):
        assert said in page
    assert "<b>kees" not in page
    assert "Afmeldingen (3 wachten)" in (await clara.get("/desk/sources")).text
    assert 'title="3 mailkopieën en afmeldingen wachten"' in page


@pytest.mark.parametrize(
    ("choice", "state", "silent", "said", "back", "then"),
    [
        ("allow", "counts", True, "De afmelding geldt nu.", "withdraw", ("withdrawn", False)),
        ("decline", "declined", False, "De afmelding is terzijde gelegd.", "overturn", ("counts", True)),
    ],
)
async def test_one_is_decided_about_and_that_is_taken_back(
    door: Door, choice: str, state: str, silent: bool, said: str, back: str, then: tuple[str, bool]
) -> None:
    await _told(door, "piet@example.com")
    clara = await office(door)

    done = await _press(clara, await clara.get(PAGE), choice)

    assert said in done.text
    assert "Clara" in done.text
    assert "piet@example.com" not in done.text
    assert await _states(door) == {"piet@example.com": (state, silent)}
    door.clock.moment += timedelta(minutes=5)
    await _press(clara, done, back)
    assert await _states(door) == {"piet@example.com": then}
    late = await _press(clara, done, back)
    assert (late.status_code, "hierover is intussen iets anders besloten" in late.text) == (409, True)
    assert await _states(door) == {"piet@example.com": then}


@pytest.mark.parametrize(("choice", "state", "said"), [("allow", "counts", "3 afmeldingen gelden"), ("decline", "declined", "3 afmeldingen zijn")])
async def test_all_of_a_source_are_decided_about_at_once_unless_others_came(door: Door, choice: str, state: str, said: str) -> None:
    await _told(door, *MANY[:2])
    await _told(door, "els@example.com", name="crm")
    clara = await office(door)
    seen = await clara.get(PAGE)
    assert seen.text.count("Laat alle gelden</button>") == 1
    await _told(door, MANY[2])

    late = await _press(clara, seen, choice)
    assert (late.status_code, "intussen wachten er meer of minder" in late.text) == (409, True)
    assert {told for told, _ in (await _states(door)).values()} == {"waits"}

    assert said in (await _press(clara, late, choice)).text
    async with door.maker() as session:
        assert [name for _, name in await told_wishes.waiting(session)] == ["crm"]
        rows = await session.scalars(select(ToldWish.state).join(Source, Source.id == ToldWish.source_id).where(Source.name == "erp"))
        assert set(rows) == {state}


async def test_an_address_is_found_and_taken_back_and_the_persons_own_word_stays(door: Door) -> None:
    await _told(door, "piet@example.com")
    clara = await office(door)
    await _press(clara, await clara.get(PAGE), "allow")
    async with door.maker.begin() as session:
        key = door.key_ring.address_key("piet@example.com")
        await suppression.suppress(session, key, reason="opt_out", origin="link", now=door.clock.now())
    door.clock.moment += timedelta(hours=3)

    found = await clara.submit(PAGE, {"email": "Piet@example.com"}, action=f"{PAGE}/find")
    assert "Mail aan Piet@example.com staat stil" in found.text
    assert "meldde zich zelf af" in found.text
    done = await _press(clara, found, "withdraw")

    assert "De afmelding is teruggenomen." in done.text
    assert "om een andere reden nog steeds geen mail" in done.text
    assert await _states(door) == {"piet@example.com": ("withdrawn", True)}
    nobody = await clara.submit(PAGE, {"email": "nobody@example.com"}, action=f"{PAGE}/find")
    assert "Geen bron gaf een afmelding van dit adres door." in nobody.text
    assert (await clara.submit(PAGE, {"email": "geen adres"}, action=f"{PAGE}/find")).status_code == 409


async def test_a_manager_neither_sees_nor_decides(door: Door) -> None:
    await _told(door, *MANY)
    clara, noor = await office(door), await door.noor()
    forms = [form for form in forms_on((await clara.get(PAGE)).text) if "choice" in form.hidden]
    token = forms_on((await noor.get("/desk/sources")).text)[0].hidden["form_token"]

    assert (await noor.get(PAGE)).status_code == 403
    assert "opt-outs" not in (await noor.get("/desk/sources")).text
    for form in forms:
        assert (await noor.post(form.action, {**form.hidden, "form_token": token})).status_code == 403
    assert (await noor.post(f"{PAGE}/find", {"email": MANY[0], "form_token": token})).status_code == 403
    assert {told for told, _ in (await _states(door)).values()} == {"waits"}


@pytest.mark.parametrize(
    "changed", [{"choice": "forget"}, {"key": "geen"}, {"key": "", "choice": "withdraw"}, {"key": "", "aantal": "-1"}, {"key": "00"}]
)
async def test_what_no_form_of_ours_sends_changes_nothing(door: Door, changed: dict[str, str]) -> None:
    await _told(door, "piet@example.com")
    clara = await office(door)
    form = next(form for form in forms_on((await clara.get(PAGE)).text) if "choice" in form.hidden)

    assert (await clara.post(form.action, {**form.hidden, **changed})).status_code == 409
    assert (await clara.post(form.action, {**form.hidden, "form_token": "x"})).status_code == 403
    assert (await clara.post(re.sub("[0-9a-f]{12}$", "0" * 12, form.action), form.hidden)).status_code == 404
    assert await _states(door) == {"piet@example.com": ("waits", False)}


async def test_a_link_of_somebody_else_claims_no_decision(door: Door) -> None:
    await _told(door, "piet@example.com")
    clara = await office(door)
    done = await _press(clara, await clara.get(PAGE), "allow")
    async with door.maker.begin() as session:
        wish = (await session.scalars(select(ToldWish))).one()
        wish.decided_by = "cli"

    for link in (str(done.url), f"{PAGE}?klaar=x", f"{PAGE}?klaar=2026-11-24T10:00:00"):
        assert 'role="status"' not in (await clara.get(link)).text
    assert "de beheerder" in (await clara.get(PAGE)).text
