"""Health and meters: ready only when all parts work, and no meters without the key."""

import asyncio
import time
import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from reviews import lag
from reviews.database import faults
from reviews.database.tables import Duty
from reviews.web import context, observing
from reviews.web.api.readiness import ReadinessCheck
from tests.web.conftest import Door

KEY = {"Authorization": "Bearer the key of the meters"}


async def test_alive_and_ready(door: Door) -> None:
    visitor = await door.visitor()

    assert (await visitor.get("/health/live")).json() == {"status": "ok"}
    ready = await visitor.get("/health/ready", **KEY)
    assert (ready.status_code, ready.json()["status"], ready.json()["reasons"]) == (200, "ok", [])
    assert ready.json()["oldest_due_seconds"]["invitations"] == 0
    assert ready.json()["missing_walls"] == []


async def test_strangers_hear_whether_it_is_ready_and_nothing_more(door: Door) -> None:
    visitor = await door.visitor()

    for key in ({}, {"Authorization": "Bearer other"}):
        assert (await visitor.get("/health/ready", **key)).json() == {"status": "ok", "reasons": []}


async def test_however_many_ask_one_look_is_taken_in_so_many_seconds(door: Door) -> None:
    door.app.state["readiness"] = ReadinessCheck(every=3600)
    visitor = await door.visitor()
    await asyncio.gather(*(visitor.get("/health/ready") for _ in range(20)))
    async with door.maker.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'old'"))

    assert (await visitor.get("/health/ready")).status_code == 200
    door.app.state["readiness"] = ReadinessCheck(every=0)
    assert (await visitor.get("/health/ready")).status_code == 503


async def test_the_lag_of_the_event_loop_is_among_the_meters(door: Door) -> None:
    meters = door.app.state["meters"]
    assert "reviews_event_loop_lag_seconds 0.0" in (await (await door.visitor()).get("/metrics", **KEY)).text
    async with observing.measuring_lag(door.app):
        while meters.lag.longest < lag.EVERY / 2:
            time.sleep(2 * lag.EVERY)  # noqa: ASYNC251 - this is what holds the loop up
            await asyncio.sleep(0)
    told = (await (await door.visitor()).get("/metrics", **KEY)).text
    assert f"reviews_event_loop_lag_seconds {meters.lag.longest}" in told


async def test_a_queue_that_waits_is_told_and_the_web_process_stays_ready(door: Door) -> None:
    due = door.clock.now() - timedelta(minutes=16)
    async with door.maker.begin() as session:
        session.add(Duty(branch_id=door.utrecht.id, name=f"feed-{uuid.uuid4()}", state="waiting", due_at=due))

    ready = await (await door.visitor()).get("/health/ready", **KEY)

    assert (ready.status_code, ready.json()["reasons"]) == (200, [])
    assert ready.json()["oldest_due_seconds"]["duties"] == 960


async def test_a_schema_of_another_version_is_not_ready(door: Door) -> None:
    async with door.maker.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'old'"))

    ready = await (await door.visitor()).get("/health/ready")

    assert (ready.status_code, ready.json()["reasons"], ready.headers["retry-after"]) == (503, ["schema_not_newest"], "1")


async def test_a_clock_that_lies_is_told_and_the_web_process_goes_on_taking_in(door: Door) -> None:
    async with door.maker.begin() as session:
        await faults.report(session, faults.CLOCK, "34560000")

    visitor = await door.visitor()
    ready = await visitor.get("/health/ready", **KEY)

    assert (ready.status_code, ready.json()["reasons"], ready.json()["faults"]) == (200, [], ["clock"])
    meters = (await visitor.get("/metrics", **KEY)).text
    assert 'reviews_fault{fault="clock"} 1.0' in meters
    assert 'reviews_fault{fault="readers"} 0.0' in meters


async def test_the_probe_leaves_nothing_in_the_store(door: Door) -> None:
    await (await door.visitor()).get("/health/ready")

    assert [kept async for kept in door.store.list()] == []


async def test_meters_are_shown_to_whoever_has_the_key(door: Door) -> None:
    visitor = await door.visitor()
    await visitor.get("/claim/een-geheim")

    assert (await visitor.get("/metrics")).status_code == 404
    assert (await visitor.get("/metrics", Authorization="Bearer other")).status_code == 404
    meters = (await visitor.get("/metrics", **KEY)).text
    assert 'reviews_requests_total{method="GET",route="/claim/{token}",status="404"} 1.0' in meters
    assert 'reviews_oldest_due_seconds{queue="invitations"} 0.0' in meters
    assert "een-geheim" not in meters


async def test_walls_that_are_missing_around_readers_are_told_and_all_else_is_served(door: Door) -> None:
    async def lacking() -> tuple[str, ...]:
        return ("calls",)

    door.app.state["context"] = replace(context.context_in(door.app), missing_walls=lacking)

    ready = await (await door.visitor()).get("/health/ready", **KEY)

    assert (ready.status_code, ready.json()["missing_walls"]) == (200, ["calls"])
