"""What machines may ask: the standing of a person, and the funnel."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from reviews.database.tables import Invitation
from reviews.invitations.intake import sources
from reviews.local import LOCAL
from reviews.privacy import suppression
from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_invitations import TRIGGERS, Ask, ask
from tests.web.conftest import Door

__all__ = ["ask"]

PEOPLE = "/api/v1/people"


async def test_somebody_we_never_heard_of_may_be_invited(ask: Ask) -> None:
    answer = await ask("GET", PEOPLE, params={"email": "nieuw@example.com"})

    assert answer.json() == {"may": True, "reason": None, "detail": None, "until": None}


async def test_a_slip_in_a_common_domain_is_told_of_whomever_is_asked_about(ask: Ask) -> None:
    for asked in ({"params": {"email": "jan@gmial.com"}}, {"json": {"email": "jan@gmial.com"}}):
        answer = (await ask("POST" if "json" in asked else "GET", PEOPLE, **asked)).json()
        [told] = answer["suggestions"]
        assert (answer["may"], told["field"], told["code"], told["domain"]) == (True, "email", "near_miss_domain", "gmail.com")
        assert "gmial.com lijkt een tikfout voor gmail.com" in told["detail"]


async def test_a_source_can_ask_about_a_person_without_an_address_in_the_log_of_a_proxy(ask: Ask) -> None:
    for branch in ({}, {"branch": "utrecht"}, {"branch": None}):
        question = {"email": "nieuw@example.com", **branch}
        told = {name: value for name, value in question.items() if value}
        assert (await ask("POST", PEOPLE, json=question)).json() == (await ask("GET", PEOPLE, params=told)).json()
    assert (await ask("POST", PEOPLE, json={"email": "nieuw@example.com", "branch": "groningen"})).status_code == 403
    wrong = await ask("POST", PEOPLE, json={"email": "geen adres", "brnach": "utrecht"})
    assert (wrong.status_code, "email" in wrong.text or "brnach" in wrong.text) == (422, True)


async def test_who_was_invited_by_another_branch_may_not_and_nobody_learns_by_whom(door: Door, ask: Ask) -> None:
    async with door.maker.begin() as session:
        other = await sources.add_key(session, "groningen", [door.groningen], now=door.clock.moment)
    await ask("POST", TRIGGERS, key=other, json=raw(branch="groningen"))
    async with door.maker.begin() as session:
        await session.execute(update(Invitation).values(state="sent", marked_at=door.clock.moment, sent_at=door.clock.moment))

    answer = (await ask("GET", PEOPLE, params={"email": "JAN+tag@Example.com"})).json()

    until = (door.clock.moment + timedelta(days=90)).astimezone(LOCAL).isoformat()
    assert (answer["may"], answer["reason"], answer["until"]) == (False, "invited_recently", until)
    assert answer.keys() == {"may", "reason", "detail", "until"}
    assert "roningen" not in str(answer)


async def test_who_opted_out_may_not_also_when_we_know_nothing_else(door: Door, ask: Ask) -> None:
    async with door.maker.begin() as session:
        key = door.key_ring.address_key("weg@example.com")
        await suppression.suppress(session, key, reason="told_branch", origin="erp", now=door.clock.moment)

    answer = (await ask("GET", PEOPLE, params={"email": "weg@example.com"})).json()

    assert (answer["may"], answer["reason"], answer["until"]) == (False, "suppressed", None)


async def test_a_question_about_no_address_or_a_strange_branch_is_refused(ask: Ask) -> None:
    assert (await ask("GET", PEOPLE, params={"email": "a@example.com, b@example.com"})).status_code == 422
    assert (await ask("GET", PEOPLE, params={"email": "a@example.com", "branch": "groningen"})).status_code == 403
    assert (await ask("GET", PEOPLE, key=None, params={"email": "a@example.com"})).status_code == 401


async def test_the_funnel_adds_up_and_names_each_reason(ask: Ask) -> None:
    rows = [raw("a"), raw("b", number="W2", basis=None), raw("c", number="W3", customer={"name": "Jan"})]
    await ask("POST", f"{TRIGGERS}/batch", json={"triggers": rows})

    answer = (await ask("GET", "/api/v1/statistics", params={"branch": "utrecht"})).json()

    assert answer["jobs"] == 3
    assert (answer["waiting"], answer["skipped"], answer["invited"], answer["reviewed"]) == (1, 2, 0, 0)
    assert answer["skipped_by_reason"] == {"no_basis": 1, "no_address": 1}
    assert answer["closes"] is True


async def test_the_funnel_of_other_days_is_empty_and_a_period_must_be_one(ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=raw())

    before = (await ask("GET", "/api/v1/statistics", params={"from": "2026-01-01", "to": "2026-03-31"})).json()

    assert (before["jobs"], before["from"], before["to"]) == (0, "2026-01-01", "2026-03-31")
    assert (await ask("GET", "/api/v1/statistics", params={"from": "2026-03-31", "to": "2026-01-01"})).status_code == 422
    assert (await ask("GET", "/api/v1/statistics", params={"branch": "groningen"})).status_code == 403


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("jobs", {("branch", "missing"), ("number", "missing")}),
        ("jobs?branch=utrecht&number=W1&nummer=W1", {("nummer", "unknown_field")}),
        ("invitations?brnch=utrecht", {("branch", "missing"), ("brnch", "unknown_field")}),
        ("invitations?branch=utrecht&state=bogus", {("state", "not_a_choice")}),
        ("invitations?branch=utrecht&cursor=zzz", {("cursor", "not_an_id")}),
        ("people", {("email", "missing")}),
        ("people?email=a@example.nl&email=b@example.nl", {("email", "repeated_field")}),
        ("statistics?brnch=utrecht", {("brnch", "unknown_field")}),
        ("statistics?from=gisteren", {("from", "not_a_day")}),
        ("statistics?to=0002-01-02&from=0002-01-03", {("to", "wrong_period")}),
    ],
)
async def test_a_question_that_is_misspelt_is_refused_with_the_name_of_its_key(ask: Ask, address: str, errors: set[tuple[str, str]]) -> None:
    answer = await ask("GET", f"/api/v1/{address}")

    assert answer.status_code == 422
    assert {(one["field"], one["code"]) for one in answer.json()["errors"]} == errors
