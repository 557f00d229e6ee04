"""Triggers that arrive together are committed together, and nobody pays for anybody else."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from reviews.database.tables import Job, Trigger
from reviews.invitations.intake import event_model, sources
from reviews.invitations.intake.clock_skew import SkewReading
from reviews.invitations.intake.trigger import Answer
from reviews.web.api.trigger_batches import TriggerBatches
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.web.conftest import BASE, Door

Tell = Callable[..., Coroutine[Any, Any, httpx.Response]]
POISON = """
CREATE FUNCTION poisoned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.number LIKE 'POISON%' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$
"""


@pytest.fixture
async def key(door: Door) -> str:
    async with door.maker.begin() as session:
        return await sources.add_key(session, "erp", [door.utrecht, door.groningen], now=door.clock.moment)


@pytest.fixture
async def tell(door: Door, key: str) -> AsyncGenerator[Tell]:
    transport = httpx.ASGITransport(door.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:

        async def told(row: dict[str, Any], shown: str = key, **headers: str) -> httpx.Response:
            return await client.post("/api/v1/triggers", json=row, headers={"Authorization": f"Bearer {shown}", **headers})

        yield told


def gathering_of(door: Door, most: int = 64) -> TriggerBatches:
    return TriggerBatches(door.maker, door.key_ring, door.clock, HORIZON, most=most)


async def rows(door: Door) -> int:
    async with door.maker() as session:
        return await session.scalar(select(func.count()).select_from(Trigger)) or 0


async def test_fifty_at_once_with_one_id_are_one_row_and_one_answer(door: Door, tell: Tell) -> None:
    answers = await asyncio.gather(*(tell(raw()) for _ in range(50)))

    assert sorted({answer.status_code for answer in answers}) == [200, 202]
    assert sum(answer.status_code == 202 for answer in answers) == 1
    assert len({answer.text for answer in answers}) == 1
    assert await rows(door) == 1


async def test_those_who_arrive_together_share_a_transaction(door: Door, tell: Tell) -> None:
    answers = await asyncio.gather(*(tell(raw(f"e{number}", number=f"W{number}")) for number in range(16)))

    async with door.maker() as session:
        transactions = await session.scalar(text("SELECT count(DISTINCT xmin::text) FROM triggers"))
    assert {answer.status_code for answer in answers} == {202}
    assert await rows(door) == 16
    assert transactions is not None
    assert transactions < 8


async def test_each_in_a_group_gets_the_answer_to_its_own(door: Door, tell: Tell) -> None:
    async with door.maker.begin() as session:
        narrow = await sources.add_key(session, "kassa", [door.utrecht], now=door.clock.moment)
    asked = [
        tell(raw("a")),
        tell(raw("a", total="1.00")),
        tell(raw("b", branch="groningen", number="G1")),
        tell(raw("c", branch="groningen", number="G2"), narrow),
        tell(raw("a", number="W9"), narrow),
        tell(raw("d", branch="atlantis")),
        tell(raw("e"), "rk_nobody"),
        tell(raw("a", branch="groningen", number="G3")),
    ]

    answers = await asyncio.gather(*asked)

    assert [answer.status_code for answer in answers] == [202, 409, 202, 403, 202, 422, 401, 409]
    assert await rows(door) == 3


async def test_what_cannot_be_written_fails_alone(door: Door, tell: Tell) -> None:
    async with door.maker.begin() as session:
        await session.execute(text(POISON))
        await session.execute(text("CREATE TRIGGER poisoned BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION poisoned()"))
    numbers = ["W1", "W2", "POISON1", "W3", "POISON2", "W4"]

    answers = await asyncio.gather(*(tell(raw(f"e-{number}", number=number)) for number in numbers))

    assert [answer.status_code for answer in answers] == [202, 202, 500, 202, 500, 202]
    assert await rows(door) == 4


async def test_a_key_that_was_revoked_stops_at_once(door: Door, tell: Tell, key: str) -> None:
    first = await tell(raw("a"))
    async with door.maker.begin() as session:
        await sources.revoke(session, key, now=door.clock.moment)
    second = await tell(raw("b", number="W2"))

    assert (first.status_code, second.status_code) == (202, 401)
    assert await rows(door) == 1


async def test_who_leaves_before_the_turn_has_told_nothing_and_harms_nobody(door: Door, key: str) -> None:
    gathering = gathering_of(door)

    async def told(name: str) -> Answer:
        return await gathering.tell(key, event_model.read(raw(name, number=name), now=door.clock.now()), SkewReading())

    first, second, third = (asyncio.create_task(told(name)) for name in ("a", "b", "c"))
    await asyncio.sleep(0)
    second.cancel()

    answers = await asyncio.gather(first, second, third, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Answer, asyncio.CancelledError, Answer]
    assert await rows(door) == 2


async def test_no_group_is_larger_than_it_may_be(door: Door, key: str) -> None:
    gathering = gathering_of(door, most=2)
    told = [gathering.tell(key, event_model.read(raw(f"e{number}", number=f"W{number}"), now=door.clock.now()), SkewReading()) for number in range(7)]

    await asyncio.gather(*told)

    async with door.maker() as session:
        sizes = (await session.scalars(text("SELECT count(*) FROM triggers GROUP BY xmin::text"))).all()
    assert sum(sizes) == 7
    assert max(sizes) == 2


async def test_a_group_that_waits_for_a_lock_lets_the_next_go_ahead_and_is_answered_after_its_commit(door: Door, tell: Tell) -> None:
    async with door.maker() as holder:
        await holder.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:branch, 1))"), {"branch": str(door.utrecht.id)})
        waiting = asyncio.create_task(tell(raw("a")))
        await _until_somebody_waits(door)

        ahead = await tell(raw("b", branch="groningen", number="G1"))

        assert ahead.status_code == 202
        assert not waiting.done()
        assert await rows(door) == 1
        await holder.rollback()
    assert (await waiting).status_code == 202
    assert await rows(door) == 2


async def _until_somebody_waits(door: Door) -> None:
    async with door.maker() as session:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not await session.scalar(waiting):
            pass


async def test_a_clock_that_is_ahead_is_noticed_also_when_the_event_is_refused(door: Door, tell: Tell, key: str) -> None:
    async def skew() -> sources.Skew | None:
        async with door.maker() as session:
            return (await sources.caller_with(session, key, now=door.clock.moment)).skew

    await tell(raw("a", occurred_at="2026-11-20T15:30:00+01:00"))
    fine = await skew()
    refused = await tell(raw("b", occurred_at=_later(door, hours=2)))
    ahead = await skew()
    await tell(raw("c", number="W3"), Date=f"{door.clock.moment:%a, %d %b %Y %H:%M:%S} GMT")

    assert fine is None
    assert refused.status_code == 422
    assert "klok" in refused.json()["errors"][0]["detail"]
    assert ahead is not None
    assert ahead.seconds == 7200
    assert await skew() is None
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 2


def _later(door: Door, *, hours: int) -> str:
    return (door.clock.moment + timedelta(hours=hours)).isoformat()
