"""Triggers told one by one over HTTP by 16 connections, beside the same rows inserted bare by 16 connections of the driver."""

import asyncio
from time import perf_counter

import psycopg

from benchmarks import bare, fixtures
from benchmarks.fixtures import Ground
from benchmarks.results import Result, compared
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.invitations.intake import sources

CONNECTIONS = 16
MANY = 1600


def run() -> list[Result]:
    """Time both on the same database, bare first."""
    with fixtures.laid() as laid:
        limit = asyncio.run(_bare(laid))
        with laid.process("-m", "reviews.cli", "serve", "--port", "0") as web:
            figure = asyncio.run(_over_http(laid, web.after("reviews op ")))
    return [compared("triggers_single", "triggers/s", figure, limit, f"HTTP, {CONNECTIONS} connections / bare inserts of the same rows")]


async def _over_http(laid: Ground, address: str) -> float:
    now = SystemClock().now()
    host, port = address.removeprefix("http://").split(":")

    async def tell(first: int, many: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in range(first, first + many):
            writer.write(_request(laid.key, address, fixtures.body_of(number, now)))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r")[0]))
            assert head.startswith(b"http/1.1 202"), head
        writer.close()
        await writer.wait_closed()

    await tell(9_000_000, 20)
    started = perf_counter()
    each = MANY // CONNECTIONS
    await asyncio.gather(*(tell(lane * each, each) for lane in range(CONNECTIONS)))
    return MANY / (perf_counter() - started)


def _request(key: str, address: str, body: bytes) -> bytes:
    """Return a request as it goes over the wire: a client of our own costs next to nothing, so that what is measured is the service."""
    lines = (
        "POST /api/v1/triggers HTTP/1.1",
        f"Host: {address.removeprefix('http://')}",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _bare(laid: Ground) -> float:
    now = SystemClock().now()
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        branch = await fixtures.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
    await engine.dispose()
    statements = bare.statements()
    url = database.address(laid.url)

    async def lane(first: int, many: int) -> None:
        async with await psycopg.AsyncConnection.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
            for number in range(first, first + many):
                for statement, row in zip(statements, bare.rows(5_000_000 + number, branch.id, source.source_id, now), strict=True):
                    await connection.execute(statement.encode(), row)
                await connection.commit()

    started = perf_counter()
    each = MANY // CONNECTIONS
    await asyncio.gather(*(lane(number * each, each) for number in range(CONNECTIONS)))
    return MANY / (perf_counter() - started)
