"""What a source may get wrong, over HTTP against the real web process: right status, every mistake named, nothing half kept."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select, text

from reviews import validation
from reviews.database.tables import Person
from reviews.invitations.intake.event_model import TEXTS
from tests import cast
from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_invitations import TRIGGERS, Ask, ask, kept
from tests.web.conftest import Door

__all__ = ["ask"]


def of(**customer: Any) -> dict[str, Any]:
    return raw(customer={**cast.JAN, **customer})


WRONG: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    (raw(occurred_at="2027-11-24T15:30:00+01:00"), {("occurred_at", "in_future")}),
    (raw(occurred_at="1970-01-01T00:00:00Z"), {("occurred_at", "too_long_ago")}),
    (raw(occurred_at="0001-01-01T00:00:00Z"), {("occurred_at", "too_long_ago")}),
    (raw(occurred_at="10000-01-01T00:00:00Z"), {("occurred_at", "not_a_time")}),
    (raw(occurred_at="2026-02-30T10:00:00Z"), {("occurred_at", "not_a_time")}),
    (raw(occurred_at="2026-11-20T15:30:00"), {("occurred_at", "no_offset")}),
    (raw(total=1234.56), {("total", "not_an_amount")}),
    (raw(total=2**63), {("total", "not_an_amount")}),
    (raw(total="1.234,56"), {("total", "not_an_amount")}),
    (raw(total="12.345"), {("total", "not_an_amount")}),
    (raw(total="NaN"), {("total", "not_an_amount")}),
    (raw(total="1\n"), {("total", "not_an_amount")}),
    ({**raw(), "event_id": 2**63}, {("event_id", "not_text")}),
    (raw(event_id="e\x07"), {("event_id", "control_characters")}),
    (raw(event_id="e" * 121), {("event_id", "too_long")}),
    (raw(event_id=""), {("event_id", "missing")}),
    (raw(number="W1\r\nX"), {("number", "control_characters")}),
    (raw(kind="gift"), {("kind", "not_a_choice")}),
    (raw(type="job.eaten"), {("type", "not_a_choice")}),
    (of(name="=?utf-8?q?Jan=0D=0ABcc:_x@y.nl?="), {("customer.name", "encoded_word")}),
    (of(name="Jan https://evil.example"), {("customer.name", "holds_address")}),
    (of(name="jan@example.com"), {("customer.name", "holds_address")}),
    (of(name=["Jan"]), {("customer.name", "not_text")}),
    (of(name="J" * 201), {("customer.name", "too_long")}),
    (of(email="a@example.com, b@example.com"), {("customer.email", "not_an_address")}),
    (of(email="a@example.com;b@example.com"), {("customer.email", "not_an_address")}),
    (of(email="Jan <jan@example.com>"), {("customer.email", "not_an_address")}),
    (of(email="a@b@example.com"), {("customer.email", "not_an_address")}),
    (of(email="jan@localhost"), {("customer.email", "not_an_address")}),
    (of(email="j" * 250 + "@example.com"), {("customer.email", "too_long")}),
    (of(email="jan@example.com\r\nBcc: x@y.nl"), {("customer.email", "control_characters")}),
    (
        {k: v for k, v in raw(occurred_at="1970-01-01T00:00:00Z", basis="consent", total=1.5).items() if k != "kind"},
        {("occurred_at", "too_long_ago"), ("consent", "missing"), ("total", "not_an_amount"), ("kind", "missing")},
    ),
    (of(name="#N/B"), {("customer.name", "error_value")}),
    (of(name="nan", postcode="NULL"), {("customer.name", "no_value"), ("customer.postcode", "no_value")}),
    (of(email="null"), {("customer.email", "no_value")}),
    (of(house_number="12-jan"), {("customer.house_number", "date_for_text")}),
    (of(name="RenÃ© MÃ¼ller"), {("customer.name", "mangled")}),
    (raw(number="2.02612E+11"), {("number", "scientific")}),
    (raw(number="1914310000010100000"), {("number", "digits_lost")}),
    ({**raw(), "event_id": "undefined"}, {("event_id", "no_value")}),
    (raw(final="nee"), {("final", "not_yes_or_no")}),
    (
        raw(surprise=1, number="W\x00", total=1.5, customer={"name": "=?utf-8?q?x?=", "email": "geen", "shoe": 44}),
        {
            ("surprise", "unknown_field"),
            ("customer.shoe", "unknown_field"),
            ("total", "not_an_amount"),
            ("number", "control_characters"),
            ("customer.name", "encoded_word"),
            ("customer.email", "not_an_address"),
        },
    ),
]


@pytest.mark.parametrize(("sent", "errors"), WRONG)
async def test_each_mistake_is_named_and_nothing_is_kept(door: Door, ask: Ask, sent: dict[str, Any], errors: set[tuple[str, str]]) -> None:
    dutch = await ask("POST", TRIGGERS, json=sent, headers={"Accept-Language": "nl"})
    english = await ask("POST", TRIGGERS, json=sent, headers={"Accept-Language": "en"})

    assert dutch.status_code == 422
    assert {(one["field"], one["code"]) for one in dutch.json()["errors"]} == errors
    for in_dutch, in_english in zip(dutch.json()["errors"], english.json()["errors"], strict=True):
        assert in_dutch["detail"] != in_english["detail"]
    assert await kept(door) == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"event_id": NaN}',
        b'{"event_id": 1e999}',
        b'{"event_id": "\\ud800"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"\xef\xbb\xbf{}",
        b'{"event_id": "a",}',
        b"",
        b"\x00",
    ],
)
async def test_what_is_no_json_is_refused_as_that(door: Door, ask: Ask, body: bytes) -> None:
    answer = await ask("POST", TRIGGERS, content=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "malformed")
    assert await kept(door) == 0


async def test_a_field_that_comes_twice_is_named_and_in_a_batch_refuses_only_its_row(door: Door, ask: Ask) -> None:
    twice = json.dumps(raw("e1", number="W1"))[:-1] + ', "total": "9.99"}'
    within = json.dumps(raw("e2", number="W2")).replace('"name"', '"name": "Piet", "name"')

    alone = await ask("POST", TRIGGERS, content=twice.encode())
    batch = await ask("POST", f"{TRIGGERS}/batch", content=f'{{"triggers": [{twice}, {within}, {json.dumps(raw("e3"))}]}}'.encode())

    assert alone.status_code == 422
    assert [(one["field"], one["code"]) for one in alone.json()["errors"]] == [("total", "repeated_field")]
    assert [result["status"] for result in batch.json()["results"]] == [422, 422, 202]
    assert batch.json()["results"][1]["errors"][0]["field"] == "customer.name"


async def test_all_spellings_of_one_address_are_one_person(door: Door, ask: Ask) -> None:
    spellings = ["jan@bücher.example", "JAN@xn--bcher-kva.example", "jan+zonwering@Bücher.example", "jan@BÜCHER.example"]

    answers = [
        await ask("POST", TRIGGERS, json=raw(f"e{place}", number=f"W{place}", customer={**cast.JAN, "email": email}))
        for place, email in enumerate(spellings)
    ]

    assert [answer.status_code for answer in answers] == [202] * len(spellings)
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 1


async def test_the_kelvin_sign_is_a_k_and_makes_no_second_person(door: Door, ask: Ask) -> None:
    answers = [
        await ask("POST", TRIGGERS, json=raw(f"e{place}", number=f"W{place}", customer={**cast.JAN, "email": email}))
        for place, email in enumerate(["kees@example.com", "\u212aees@example.com"])
    ]

    assert {answer.status_code for answer in answers} <= {202, 422}
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 1


@pytest.mark.parametrize("name", ["O'Brien", "Ömer 🌞", "\u202eנטע", "<script>alert(1)</script>", "{{7*7}}", "{% raise %}", "=cmd()"])
async def test_strange_names_are_names(ask: Ask, name: str) -> None:
    assert (await ask("POST", TRIGGERS, json=of(name=name))).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{" + b",".join(b'"%x":0' % number for number in range(150_000)) + b',"0":0}', id="150,000 fields, one of them twice"),
        pytest.param(b"[" + b"{}," * 600_000 + b"{}]", id="nothing but objects"),
        pytest.param(b'{"a":' + b"9" * 1_900_000 + b"}", id="a number of two million figures"),
    ],
)
async def test_a_body_that_is_made_to_be_slow_is_refused_whole(door: Door, ask: Ask, body: bytes) -> None:
    answer = await ask("POST", TRIGGERS, content=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "malformed")
    assert await kept(door) == 0


async def test_of_a_thousand_strange_fields_the_first_are_named(ask: Ask) -> None:
    strange = {f"x{number}": 0 for number in range(1000)}

    answer = await ask("POST", TRIGGERS, json={**raw(), **strange})

    assert [one["field"] for one in answer.json()["errors"]] == [f"x{number}" for number in range(validation.MOST_STRANGERS)]


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u2028"])
@pytest.mark.parametrize("field", sorted({*TEXTS} - {"total", "consent.text_version", "customer.language"}))
async def test_no_text_of_an_event_holds_a_control_character(door: Door, ask: Ask, field: str, character: str) -> None:
    """Whatever text an event has or will have: the list is read off its types."""
    first, _, last = field.partition(".")
    good = raw("e1")
    bad = {**raw("e2"), first: {**good[first], last: f"a{character}b"} if last else f"a{character}b"}

    alone = await ask("POST", TRIGGERS, json=bad)
    batch = await ask("POST", f"{TRIGGERS}/batch", json={"triggers": [bad, good]})

    assert (alone.status_code, [one["field"] for one in alone.json()["errors"]]) == (422, [field])
    assert [result["status"] for result in batch.json()["results"]] == [422, 202]


async def test_a_row_that_the_database_refuses_fails_alone(door: Door, ask: Ask) -> None:
    async with door.maker.begin() as session:
        await session.execute(text("ALTER TABLE jobs ADD CONSTRAINT no_such_number CHECK (number <> 'W2')"))

    rows = [raw(f"e{number}", number=f"W{number}") for number in (1, 2, 3)]
    answer = await ask("POST", f"{TRIGGERS}/batch", json={"triggers": rows})

    assert [result["status"] for result in answer.json()["results"]] == [202, 500, 202]
    assert (await ask("GET", "/api/v1/jobs?branch=utrecht&number=W3")).status_code == 200
