"""Triggers told in batches of 500 over HTTP, beside the same rows copied bare, 500 a transaction."""

import asyncio
from time import perf_counter
from typing import Any

import httpx2
import psycopg

from benchmarks import bare, fixtures
from benchmarks.fixtures import Ground
from benchmarks.results import Result, compared
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.invitations.intake import sources

BATCHES, SIZE = 10, 500


def run() -> list[Result]:
    """Time both on the same database, bare first."""
    with fixtures.laid() as laid:
        limit = asyncio.run(_bare(laid))
        with laid.process("-m", "reviews.cli", "serve", "--port", "0") as web:
            figure = asyncio.run(_over_http(laid, web.after("reviews op ")))
    return [compared("triggers_batch", "triggers/s", figure, limit, f"HTTP, batches of {SIZE} / bare COPY of the same rows")]


async def _over_http(laid: Ground, address: str) -> float:
    now = SystemClock().now()
    batches = [{"triggers": [fixtures.told(batch * SIZE + number, now) for number in range(SIZE)]} for batch in range(BATCHES)]
    async with httpx2.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {laid.key}"}, trust_env=False, timeout=120) as client:
        started = perf_counter()
        for batch in batches:
            answer = await client.post("/api/v1/triggers/batch", json=batch)
            assert {result["status"] for result in answer.json()["results"]} == {202}
        return BATCHES * SIZE / (perf_counter() - started)


async def _bare(laid: Ground) -> float:
    now = SystemClock().now()
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        branch = await fixtures.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
    await engine.dispose()
    url = database.address(laid.url)
    first = 5_000_000
    # The first batches warm the server up, for it is measured first.
    made = [
        bare.copied([bare.rows(first + batch * SIZE + number, branch.id, source.source_id, now) for number in range(SIZE)])
        for batch in range(2 * BATCHES)
    ]
    async with await psycopg.AsyncConnection.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        for batch in made[BATCHES:]:
            await _copy(connection, batch)
        # Otherwise the checks of foreign keys go on by the plans that were made when the tables were empty: they read them whole.
        await connection.execute("ANALYZE")
        await connection.commit()
        started = perf_counter()
        for batch in made[:BATCHES]:
            await _copy(connection, batch)
        return BATCHES * SIZE / (perf_counter() - started)


async def _copy(connection: "psycopg.AsyncConnection[Any]", batch: list[tuple[str, bytes]]) -> None:
    async with connection.cursor() as cursor:
        for statement, lines in batch:
            async with cursor.copy(statement.encode()) as copy:
                await copy.write(lines)
    await connection.commit()
