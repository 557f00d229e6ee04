"""An event that was acknowledged is there, however the web process ends, and its answer is the same for ever (D-01, D-04).

1. Ten thousand triggers in batches of 500, told twice over: one job and one outcome each, and the second answers are the first ones.
2. Single triggers to three web processes, one of which is killed with -9 at a random moment, over and over: what was acknowledged is stored,
   what a client tells again after a broken connection is stored once, and gets one answer.
"""

import asyncio
import contextlib
import itertools
import secrets
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
from sqlalchemy import func, select

from benchmarks import fixtures
from benchmarks.fixtures import Ground, Program
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Invitation, Job, Trigger

MANY, SIZE = 10_000, 500
PROCESSES, CLIENTS = 3, 16
LONGEST_LIFE = 3.0
"""Seconds that a web process lives at most after it answers, so that it dies in the middle of work."""

KILLS_PER_MINUTE = 12
"""Starting a process takes some seconds on two cores."""


def prove(minutes: int = 2) -> bool:
    """Tell everything twice, then tell under kills; `minutes` bounds the second part: 20 of them are 200 kills and more."""
    return all([_told_twice(), _told_under_kills(kills=KILLS_PER_MINUTE * minutes)])


def _told_twice() -> bool:
    with fixtures.laid() as laid, laid.process("-m", "reviews.cli", "serve", "--port", "0") as web:
        first, second = asyncio.run(_tell_twice(laid, web.after("reviews op ")))
        counted = asyncio.run(_counted(laid))
    again = sum(one["status"] == 200 for one in second)
    same = sum(_answer(one) == _answer(other) for one, other in zip(first, second, strict=True))
    new = sum(one["status"] == 202 for one in first)
    print(f"first pass:  {new} of {MANY} taken in (202)")
    print(f"second pass: {again} known (200), {same} answers the same")
    print("  ".join(f"{name}: {many}" for name, many in counted.items()))
    held = {new, again, same, *counted.values()} == {MANY}
    print("held" if held else "BROKEN")
    return held


def _answer(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "status"}


async def _tell_twice(laid: Ground, address: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    now = SystemClock().now()
    batches = [{"triggers": [fixtures.told(number, now) for number in range(start, start + SIZE)]} for start in range(0, MANY, SIZE)]
    headers = {"Authorization": f"Bearer {laid.key}"}
    passes: list[list[dict[str, Any]]] = [[], []]
    async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=120) as client:
        for told in passes:
            for batch in batches:
                answer = await client.post("/api/v1/triggers/batch", json=batch)
                assert answer.status_code == 200, answer.text
                told.extend(answer.json()["results"])
    return passes[0], passes[1]


@dataclass
class _Tally:
    """What the clients saw: each acknowledged event with its answer, and how often a connection broke."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: int = 0
    refused: int = 0
    broken: int = 0
    kills: int = 0

    def note(self, event_id: str, answer: httpx2.Response) -> None:
        """Keep an answer; the one to an event that was acknowledged before must be the same."""
        if answer.status_code not in {200, 202}:
            self.refused += 1
            return
        body = answer.json()
        self.changed += self.answers.setdefault(event_id, body) != body


def _told_under_kills(*, kills: int) -> bool:
    with fixtures.laid() as laid:
        tally = asyncio.run(_tell_under_kills(laid, kills))
        stored, counted = asyncio.run(_stored(laid)), asyncio.run(_counted(laid))
    lost = tally.answers.keys() - stored
    unasked = len(stored) - len(stored & tally.answers.keys())
    print(
        f"{tally.kills} kills of {PROCESSES} web processes, {CLIENTS} clients: {len(tally.answers)} acknowledged, {tally.broken} connections broken"
    )
    print(f"acknowledged - stored: {len(lost)}   changed answers: {tally.changed}   refused: {tally.refused}   stored, not yet told so: {unasked}")
    print("  ".join(f"{name}: {many}" for name, many in counted.items()))
    held = not lost and (tally.changed, tally.refused) == (0, 0) and set(counted.values()) == {len(stored)} and tally.kills == kills
    print("held" if held else "BROKEN")
    return held


async def _tell_under_kills(laid: Ground, kills: int) -> _Tally:
    tally, numbers, over = _Tally(), itertools.count(), asyncio.Event()
    addresses: dict[int, str] = {}
    clients = [asyncio.create_task(_client(laid, addresses, numbers, tally, over)) for _ in range(CLIENTS)]
    shares = [kills // PROCESSES + (place < kills % PROCESSES) for place in range(PROCESSES)]
    await asyncio.gather(*(_live_and_die(laid, place, addresses, tally, many) for place, many in enumerate(shares)))
    over.set()
    last = laid.start("-m", "reviews.cli", "serve", "--port", "0")
    addresses[0] = await asyncio.to_thread(last.after, "reviews op ")
    await asyncio.gather(*clients)
    last.end(signal.SIGTERM)
    return tally


async def _live_and_die(laid: Ground, place: int, addresses: dict[int, str], tally: _Tally, kills: int) -> None:
    """Run one web process after the other and kill each at a random moment of its life."""
    dice = secrets.SystemRandom()
    for _ in range(kills):
        web: Program = await asyncio.to_thread(laid.start, "-m", "reviews.cli", "serve", "--port", "0")
        addresses[place] = await asyncio.to_thread(web.after, "reviews op ")
        await asyncio.sleep(dice.uniform(0.05, LONGEST_LIFE))
        await asyncio.to_thread(web.end, signal.SIGKILL)
        addresses.pop(place, None)
        tally.kills += 1


async def _client(laid: Ground, addresses: dict[int, str], numbers: Iterator[int], tally: _Tally, over: asyncio.Event) -> None:
    """Tell one event after the other, each again until it is acknowledged; every tenth once more, to see the same answer."""
    headers, now = {"Authorization": f"Bearer {laid.key}"}, SystemClock().now()
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as client:
        while not over.is_set():
            number = next(numbers)
            for _ in range(2 if number % 10 == 0 else 1):
                await _tell(client, addresses, f"bench-{number}", fixtures.body_of(number, now), tally)


async def _tell(client: httpx2.AsyncClient, addresses: dict[int, str], event_id: str, body: bytes, tally: _Tally) -> None:
    while True:
        if not addresses:
            await asyncio.sleep(0.05)
            continue
        with contextlib.suppress(httpx2.TransportError):
            tally.note(event_id, await client.post(f"{secrets.choice(list(addresses.values()))}/api/v1/triggers", content=body))
            return
        tally.broken += 1


async def _stored(laid: Ground) -> set[str]:
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        stored = set(await session.scalars(select(Trigger.event_id)))
    await engine.dispose()
    return stored


async def _counted(laid: Ground) -> dict[str, int]:
    """Count what there is, and the jobs that have an invitation row of their own."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        tables = {"jobs": Job.id, "triggers": Trigger.id, "outcomes": Invitation.job_id}
        counted = {name: await session.scalar(select(func.count(func.distinct(column)))) or 0 for name, column in tables.items()}
    await engine.dispose()
    return counted
