"""Claiming due invitations, 20 at a time, from a queue of a million rows beside one of ten thousand: seconds per row claimed."""

import asyncio
from datetime import timedelta
from time import perf_counter

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import ground
from benchmarks.ground import Ground
from benchmarks.results import Result
from reviews import database, leases
from reviews.clock import SystemClock
from reviews.invitations import sources
from reviews.leases import INVITATIONS

SMALL, LARGE, CLAIMED = 10_000, 1_000_000, 2_000

_FILL = """
WITH new AS (SELECT n, md5(n::text || random()::text)::uuid AS id FROM generate_series(%(first)s::int, %(last)s::int) n),
jobs AS (INSERT INTO jobs (branch_id, id, number, number_key, kind, state, created_at)
  SELECT %(branch)s, id, 'G' || n, 'g' || n, 'purchase', 'completed', now() FROM new RETURNING 1)
INSERT INTO invitations (branch_id, id, job_id, person_id, basis_id, channel, rules_version, evidence, reference, send_before, message_id, created_at,
                         state, due_at, attempt, marked_at)
SELECT %(branch)s, id, id, %(person)s, %(basis)s, 'mail', 1, '{}', 'g' || n, now() + interval '30 days', 'g' || n, now(),
       CASE WHEN n %% 5 < 2 THEN 'planned' ELSE 'sent' END, now() - n * interval '1 second', 0, now() FROM new
"""


def run() -> list[Result]:
    """Fill, claim, fill further, claim again, on one database."""
    with ground.laid() as laid:
        small, large = asyncio.run(_both(laid))
    return [Result("claims_growth", "s/row", large, small, large / small, f"{LARGE:,} rows / {SMALL:,} rows, 40 % planned and due")]


async def _both(laid: Ground) -> tuple[float, float]:
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    async with maker.begin() as session:
        branch = await ground.branch_of(session)
        await sources.caller_with(session, laid.key, now=SystemClock().now())
    url = database.address(laid.url)
    filled = 0
    figures: list[float] = []
    async with await psycopg.AsyncConnection.connect(host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True) as bare:
        await bare.execute("SET session_replication_role = replica")  # rows of a benchmark point at nobody
        for size in (SMALL, LARGE):
            ids = {"branch": branch.id, "person": branch.id, "basis": branch.id}
            await bare.execute(_FILL, {"first": filled + 1, "last": size, **ids})
            await bare.execute("VACUUM ANALYZE invitations")
            filled = size
            figures.append(await _seconds_per_row(maker))
    await engine.dispose()
    return figures[0], figures[1]


async def _seconds_per_row(maker: async_sessionmaker[AsyncSession]) -> float:
    now, done = SystemClock().now(), 0
    started = perf_counter()
    while done < CLAIMED:
        async with maker.begin() as session:
            done += len(await leases.claim_due(session, INVITATIONS, now=now, lease=timedelta(minutes=10)))
    return (perf_counter() - started) / done
