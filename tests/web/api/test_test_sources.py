"""A test source gets every answer as in life, and nothing of what it tells is ever real."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, table, text

from reviews.cli import main
from reviews.database import test_mode
from reviews.database.tables import Base, Invitation, Job, Person, Suppression, Trigger
from reviews.errors import ConflictError
from reviews.invitations.intake import sources
from reviews.invitations.oversight import attention, ledger
from reviews.invitations.oversight.attention import Attention
from reviews.invitations.sending.dispatch import Dispatcher
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.web.conftest import BASE, Door

Ask = Callable[..., Awaitable[httpx.Response]]
TRIGGERS = "/api/v1/triggers"
BATCH = f"{TRIGGERS}/batch"


async def caller(door: Door, name: str, *, test: bool, everywhere: bool = False) -> Ask:
    """Call as a source that may speak for Utrecht only, or for all."""
    async with door.maker.begin() as session:
        branches = [] if everywhere else [door.utrecht]
        key = await sources.add_key(session, name, branches, now=door.clock.moment, test=test)
    transport = httpx.ASGITransport(door.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    client = await door.stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))

    async def asked(method: str, path: str, **sent: Any) -> httpx.Response:
        return await client.request(method, path, headers={"Authorization": f"Bearer {key}"}, **sent)

    return asked


@pytest.fixture
async def erp(door: Door) -> Ask:
    return await caller(door, "erp", test=False)


@pytest.fixture
async def test(door: Door) -> Ask:
    return await caller(door, "erp test", test=True)


async def all_rows(door: Door) -> dict[str, int]:
    """How many rows each real table holds, but for the sources, which note when they were seen."""
    async with door.maker() as session:
        return {table.name: await session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables}


def plain(answer: httpx.Response) -> Any:
    """An answer without what is new in each: its ids."""
    body = answer.json()
    rows = body.get("results", [body])
    for row in rows:
        for name in ("trigger_id", "job_id", "instance"):
            row.pop(name, None)
        row.get("invitation", {}).pop("id", None)
    return answer.status_code, body


TOLD: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", TRIGGERS, {"json": raw()}),
    ("POST", TRIGGERS, {"json": raw()}),
    ("POST", TRIGGERS, {"json": raw(total="1.00")}),
    ("POST", TRIGGERS, {"json": raw("e2", number="W2", customer={**cast.JAN, "email": "no address"})}),
    ("POST", TRIGGERS, {"json": raw("e3", number="W3", basis=None)}),
    ("POST", TRIGGERS, {"json": raw("e4", branch="groningen")}),
    ("POST", TRIGGERS, {"json": raw("e5", branch="atlantis")}),
    ("POST", TRIGGERS, {"json": raw("e6", surprise=1)}),
    ("POST", TRIGGERS, {"json": raw("e7", type="job.cancelled")}),
    ("POST", TRIGGERS, {"json": raw("j1", number="J1", job_id="our-17")}),
    ("POST", TRIGGERS, {"json": raw("j2", number="J2", job_id="our-17", type="case.opened")}),
    ("POST", TRIGGERS, {"json": raw("n1", number="J1", customer={**cast.JAN, "name": "K. Bos", "email": "kim@example.com", "postcode": "9711 LC"})}),
    ("POST", TRIGGERS, {"json": raw("c1", number="J1", job_id="our-17", type="job.credited", total="10.00")}),
    ("POST", TRIGGERS, {"content": b"{"}),
    ("POST", BATCH, {"json": {"triggers": [raw("b1", number="B1"), raw("b2", number="B1", kind="nonsense"), raw("b1", number="B1"), raw("b1")]}}),
    ("GET", "/api/v1/people?email=jan@example.com", {}),
    ("POST", "/api/v1/people", {"json": {"email": "jan@example.com"}}),
    ("GET", "/api/v1/jobs?branch=utrecht&number=nowhere", {}),
    ("GET", "/api/v1/jobs?branch=groningen&number=nowhere", {}),
    ("GET", "/api/v1/statistics?branch=utrecht", {}),
    ("POST", "/api/v1/suppressions", {"json": {"email": "jan@example.com"}}),
    ("POST", "/api/v1/suppressions", {"json": {"email": "nobody-knows@example.com"}}),
    ("GET", "/api/v1/people?email=jan@example.com&branch=utrecht", {}),
    ("POST", TRIGGERS, {"json": raw("e8", number="W8")}),
    ("GET", "/api/v1/statistics?branch=utrecht", {}),
]


async def test_each_answer_is_that_of_life(erp: Ask, test: Ask) -> None:
    for method, path, sent in TOLD:
        real, played = plain(await erp(method, path, **sent)), plain(await test(method, path, **sent))

        assert played == real, (method, path, sent)


async def test_nothing_that_a_test_source_tells_becomes_a_row_of_the_service(door: Door, test: Ask) -> None:
    before = await all_rows(door)

    for method, path, sent in TOLD:
        await test(method, path, **sent)

    assert await all_rows(door) == before


async def test_a_test_job_of_the_same_number_and_customer_is_its_own(door: Door, erp: Ask, test: Ask) -> None:
    real = (await erp("POST", TRIGGERS, json=raw())).json()
    await test("POST", TRIGGERS, json=raw("t1", type="job.cancelled"))
    await test("POST", TRIGGERS, json=raw("t2", total="7.00"))
    await test("POST", "/api/v1/suppressions", json={"email": cast.JAN["email"]})

    [job] = (await erp("GET", "/api/v1/jobs?branch=utrecht&number=W2026-0117")).json()["jobs"]
    [theirs] = (await test("GET", "/api/v1/jobs?branch=utrecht&number=W2026-0117")).json()["jobs"]
    async with door.maker() as session:
        total = await session.scalar(select(Job.total))
    assert (job["state"], job["invitation"]["state"], str(total)) == ("completed", "planned", "1234.56")
    assert (theirs["state"], theirs["invitation"]["state"]) == ("cancelled", "cancelled")
    assert (await test("GET", f"/api/v1/invitations/{real['invitation']['id']}")).status_code == 404
    assert (await test("POST", f"/api/v1/invitations/{real['invitation']['id']}/cancel")).status_code == 404


async def test_two_test_sources_know_nothing_of_each_other(door: Door, test: Ask) -> None:
    other = await caller(door, "crm test", test=True, everywhere=True)
    mine = (await test("POST", TRIGGERS, json=raw())).json()
    await test("POST", "/api/v1/suppressions", json={"email": cast.JAN["email"]})

    theirs = await other("POST", TRIGGERS, json=raw(total="2.00"))

    assert (theirs.status_code, theirs.json()["outcome"]) == (202, "planned")
    assert (await other("GET", f"/api/v1/invitations/{mine['invitation']['id']}")).status_code == 404
    assert (await other("GET", "/api/v1/jobs?branch=groningen&number=W2026-0117")).json() == {"jobs": []}


async def test_what_is_planned_is_held_and_cancelled_as_in_life(test: Ask) -> None:
    made = (await test("POST", TRIGGERS, json=raw())).json()["invitation"]
    at = f"/api/v1/invitations/{made['id']}"

    held, cancelled, again = await test("POST", f"{at}/hold"), await test("POST", f"{at}/cancel"), await test("POST", f"{at}/release")

    assert [answer.status_code for answer in (held, cancelled, again)] == [200, 200, 409]
    assert [line["state"] for line in (await test("GET", at)).json()["history"]] == ["planned", "held", "cancelled"]
    assert [row["id"] for row in (await test("GET", "/api/v1/invitations?branch=utrecht")).json()["invitations"]] == [made["id"]]


async def test_nothing_leaves_and_nobody_counts_it(door: Door, test: Ask) -> None:
    await test("POST", TRIGGERS, json=raw(occurred_at="2026-10-01T10:00:00+02:00"))
    channel = RecordingChannel()
    later = door.clock.moment + timedelta(days=29)
    door.clock.moment = later
    dispatcher = Dispatcher(door.maker, {"platform": channel, "mail": channel}, door.clock, timedelta(minutes=1))

    assert await dispatcher.dispatch_due() == 0
    assert await dispatcher.sweep() == 0
    assert channel.handed_over == []
    async with door.maker() as session:
        told = await attention.needed(session, [door.utrecht.id, door.groningen.id], now=later)
        start, end = ledger.period(later.date() - timedelta(days=60), later.date())
        sums = await ledger.sums(session, [door.utrecht.id], start, end)
        silent = await sources.silent(session, timedelta(hours=1), later)
    assert told == Attention(unknown=0, unknown_since=None, dead=0, late=timedelta(0), halted=(), outages=())
    assert (sums.jobs, silent) == (0, [])


def listed(database: str, tmp_path: Path, *words: str) -> list[str]:
    """The numbers of the invitations that the command lists."""
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path)})
    answer = runner.invoke(main, ["invitations", "list", "--branch", "utrecht", "--json", *words], catch_exceptions=False)
    return [row["id"] for row in json.loads(answer.stdout)]


async def test_the_command_line_lists_what_was_tried_apart(door: Door, erp: Ask, test: Ask, database: str, tmp_path: Path) -> None:
    real, tried = (await erp("POST", TRIGGERS, json=raw())).json(), (await test("POST", TRIGGERS, json=raw())).json()

    assert await asyncio.to_thread(listed, database, tmp_path) == [real["invitation"]["id"]]
    assert await asyncio.to_thread(listed, database, tmp_path, "--test", "erp test") == [tried["invitation"]["id"]]


async def test_a_test_request_is_in_no_meter(door: Door, erp: Ask, test: Ask) -> None:
    meters = door.app.state["meters"]

    def counted() -> float:
        return sum(float(sample.value) for metric in meters.requests.collect() for sample in metric.samples if sample.name.endswith("_total"))

    for method, path, sent in TOLD:
        await test(method, path, **sent)
    assert counted() == 0
    await erp("GET", "/api/v1/jobs?branch=utrecht&number=W1")
    assert counted() == 1


async def test_a_source_stays_what_it_was_made(door: Door, erp: Ask, test: Ask) -> None:
    for name, wanted in (("erp", True), ("erp test", False)):
        async with door.maker.begin() as session:
            with pytest.raises(ConflictError, match="test source"):
                await sources.add_key(session, name, [door.utrecht], now=door.clock.moment, test=wanted)


async def test_a_revoked_test_key_is_refused(door: Door, test: Ask) -> None:
    assert (await test("POST", TRIGGERS, json=raw())).status_code == 202
    async with door.maker.begin() as session:
        await session.execute(text("UPDATE source_keys SET revoked_at = now()"))

    assert (await test("POST", TRIGGERS, json=raw("e2"))).status_code == 401
    assert (await test("GET", "/api/v1/jobs?branch=utrecht&number=W2026-0117")).status_code == 401


async def test_a_branch_that_comes_later_is_known_to_a_test_source_of_all(door: Door, key_ring: Any) -> None:
    test = await caller(door, "erp test", test=True, everywhere=True)
    await test("POST", TRIGGERS, json=raw())
    async with door.maker.begin() as session:
        await cast.branch(session, key_ring, {**cast.UTRECHT, "slug": "zeist"}, "1070009", cast.ANY_HOUR, now=door.clock.moment)

    assert (await test("POST", TRIGGERS, json=raw("z1", branch="zeist"))).status_code == 202


async def test_whatever_was_told_and_played_no_table_keeps_any_of_it_after_its_days(door: Door, test: Ask) -> None:
    for method, path, sent in TOLD:
        await test(method, path, **sent)
    for number, outcome in enumerate(("sent", "bounced")):
        event = raw(f"p{number}", number="P1", customer={**cast.JAN, "email": "p@example.com"})
        job_id = (await test("POST", TRIGGERS, json=event)).json()["job_id"]
        assert (await test("POST", "/api/v1/test/outcomes", json={"job_id": job_id, "outcome": outcome})).status_code == 200

    await test_mode.tidy(door.maker, before=door.clock.moment + timedelta(days=1))

    async with door.maker() as session:
        names = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'test_mode' AND tablename <> 'branch_copies'"))
        kept = {name: await session.scalar(select(func.count()).select_from(table(name, schema="test_mode"))) for name in names}
    assert len(kept) > 20
    assert not any(kept.values()), kept


async def test_what_was_told_vanishes_after_its_days_with_all_that_came_of_it(door: Door, erp: Ask, test: Ask) -> None:
    await erp("POST", TRIGGERS, json=raw())
    await test("POST", TRIGGERS, json=raw())
    await test("POST", "/api/v1/suppressions", json={"email": cast.JAN["email"]})
    door.clock.moment += timedelta(days=20)
    await test("POST", TRIGGERS, json=raw("young", number="W9", customer={**cast.JAN, "email": "els@example.com"}))
    before = await all_rows(door)

    assert await test_mode.tidy(door.maker, before=door.clock.moment - timedelta(days=10)) > 0

    async with test_mode.sessions(door.maker)() as session:
        left = [await session.scalar(select(func.count()).select_from(table)) for table in (Job, Trigger, Invitation, Person, Suppression)]
        assert left == [1, 1, 1, 1, 0]
    assert await all_rows(door) == before
    assert await test_mode.tidy(door.maker, before=door.clock.moment + timedelta(days=10)) > 0
    async with test_mode.sessions(door.maker)() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 0
