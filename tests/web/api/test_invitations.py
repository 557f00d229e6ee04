"""The machines' door: right status, clear problem, nothing half kept."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from reviews.database.tables import Invitation, Job, Person, Suppression, Trigger
from reviews.invitations.intake import sources
from tests.invitations.intake.test_trigger import raw
from tests.web.conftest import BASE, Door

Ask = Callable[..., Awaitable[httpx.Response]]
TRIGGERS = "/api/v1/triggers"


@pytest.fixture
async def ask(door: Door) -> Ask:
    """Call as a source that may speak for Utrecht only; `key` None calls without one."""
    async with door.maker.begin() as session:
        known = await sources.add_key(session, "erp", [door.utrecht], now=door.clock.moment)
    transport = httpx.ASGITransport(door.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    client = await door.stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))

    async def asked(method: str, path: str, *, key: str | None = known, **sent: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return await client.request(method, path, headers={**headers, **sent.pop("headers", {})}, **sent)

    return asked


async def kept(door: Door) -> int:
    async with door.maker() as session:
        counts = [await session.scalar(select(func.count()).select_from(table)) or 0 for table in (Trigger, Job, Person, Invitation)]
    return sum(counts)


async def test_a_trigger_is_taken_in_once_and_answered_alike_ever_after(door: Door, ask: Ask) -> None:
    first = await ask("POST", TRIGGERS, json=raw())
    again = await ask("POST", TRIGGERS, json=raw())
    other = await ask("POST", TRIGGERS, json=raw(total="1.00"))

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert first.json() == again.json()
    assert other.json()["type"].endswith("event_id_reused")
    assert await kept(door) == 4


@pytest.mark.parametrize(
    ("sent", "key", "status"),
    [
        ({"json": raw()}, None, 401),
        ({"json": raw()}, "rk_somebody-elses", 401),
        ({"json": raw(branch="groningen")}, "ours", 403),
        ({"json": raw(branch="atlantis")}, "ours", 422),
        ({"json": raw(surprise=1)}, "ours", 422),
        ({"json": raw(occurred_at="2027-02-29T10:00:00+01:00")}, "ours", 422),
        ({"json": [raw()]}, "ours", 422),
        ({"content": b'{"event_id": '}, "ours", 400),
        ({"content": b"\xff\xfe"}, "ours", 400),
        ({"content": b"[" * 100_000}, "ours", 400),
        ({"content": b'{"event_id": "' + b"x" * 3_000_000 + b'"}'}, "ours", 413),
    ],
)
async def test_what_is_wrong_gets_its_status_and_leaves_nothing(door: Door, ask: Ask, sent: dict[str, Any], key: str | None, status: int) -> None:
    answer = await (ask("POST", TRIGGERS, **sent) if key == "ours" else ask("POST", TRIGGERS, key=key, **sent))

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail"} <= answer.json().keys()
    assert await kept(door) == 0


async def test_all_mistakes_are_listed_in_the_language_of_the_caller(ask: Ask) -> None:
    wrong = raw(surprise=1, number="", customer={"name": "Jan", "email": "jan@example.com\r\nBcc: x@y.nl"})

    dutch = (await ask("POST", TRIGGERS, json=wrong, headers={"Accept-Language": "nl"})).json()
    english = (await ask("POST", TRIGGERS, json=wrong, headers={"Accept-Language": "en"})).json()

    assert {error["field"] for error in dutch["errors"]} == {"surprise", "number", "customer.email"}
    assert "niet bekend" in json.dumps(dutch)
    assert "not known" in json.dumps(english)


async def test_a_bad_row_in_a_batch_does_not_stop_the_rest(door: Door, ask: Ask) -> None:
    rows = [raw(), {"event_id": "e9"}, raw("e2", branch="groningen", number="W2"), raw("e3", number="W3"), "nonsense"]

    answer = await ask("POST", f"{TRIGGERS}/batch", json={"triggers": rows})

    results = answer.json()["results"]
    assert [result["status"] for result in results] == [202, 422, 403, 202, 422]
    assert [result["event_id"] for result in results] == ["e1", "e9", "e2", "e3", None]
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 2


async def test_a_batch_has_a_limit_and_a_shape(ask: Ask) -> None:
    assert (await ask("POST", f"{TRIGGERS}/batch", json={"triggers": [{}] * 1001})).json()["errors"][0]["code"] == "too_many"
    assert (await ask("POST", f"{TRIGGERS}/batch", json={"rows": []})).status_code == 422


async def test_an_invitation_is_held_released_and_cancelled_until_it_has_left(door: Door, ask: Ask) -> None:
    told = (await ask("POST", TRIGGERS, json=raw())).json()
    address = f"/api/v1/invitations/{told['invitation']['id']}"

    states = [(await ask("POST", f"{address}/{hand}")).json()["state"] for hand in ("hold", "hold", "release", "cancel", "cancel")]
    late = await ask("POST", f"{address}/hold")
    shown = (await ask("GET", address)).json()

    assert states == ["held", "held", "planned", "cancelled", "cancelled"]
    assert late.status_code == 409
    assert [event["state"] for event in shown["history"]] == ["planned", "held", "planned", "cancelled"]


async def test_what_belongs_to_another_branch_does_not_exist(door: Door, ask: Ask) -> None:
    told = (await ask("POST", TRIGGERS, json=raw())).json()
    async with door.maker.begin() as session:
        stranger = await sources.add_key(session, "groningen", [door.groningen], now=door.clock.moment)
    address = f"/api/v1/invitations/{told['invitation']['id']}"

    for method, path in (("GET", address), ("POST", f"{address}/cancel")):
        assert (await ask(method, path, key=stranger)).status_code == 404
    assert (await ask("GET", "/api/v1/jobs?branch=utrecht&number=W2026-0117", key=stranger)).status_code == 403


async def test_a_job_is_found_by_its_number_and_the_list_by_its_state(ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=raw())

    [job] = (await ask("GET", "/api/v1/jobs?branch=utrecht&number=w2026-0117")).json()["jobs"]
    planned = (await ask("GET", "/api/v1/invitations?branch=utrecht&state=planned")).json()["invitations"]
    skipped = (await ask("GET", "/api/v1/invitations?branch=utrecht&state=skipped")).json()["invitations"]

    assert job["invitation"] == planned[0]
    assert skipped == []


async def test_a_wish_that_was_told_to_a_branch_stops_all_mail(door: Door, ask: Ask) -> None:
    await ask("POST", TRIGGERS, json=raw())

    answer = await ask("POST", "/api/v1/suppressions", json={"email": "JAN@example.com", "why": "aan de telefoon"})

    async with door.maker() as session:
        assert (await session.scalars(select(Invitation.reason))).all() == ["suppressed"]
        assert await session.scalar(select(func.count()).select_from(Suppression)) == 1
    assert answer.json() == {"suppressed": True, "waits_for": None, "stopped_invitations": 1}
