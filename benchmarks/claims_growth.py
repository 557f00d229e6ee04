"""Claiming due invitations by turns, from a queue of five million rows beside one of fifty thousand: seconds per row claimed.

The rows are spread over a hundred branches, as many as a franchise has; two in five wait and are due. `run` takes other sizes for a quick look.
"""

import asyncio
from datetime import timedelta
from time import perf_counter

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from benchmarks.fixtures import Ground
from benchmarks.results import Result
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.invitations.sending import fairness

SMALL, LARGE, CLAIMED, BATCH, BRANCHES = 50_000, 5_000_000, 4_000, 100, 100

_BRANCHES = """
INSERT INTO branches (id, slug, identity, rules, rules_version, active, platform_tenant, created_at)
SELECT md5(n::text)::uuid, 'g' || n, identity, rules, 1, true, 'klantenvertellen', now() FROM branches, generate_series(1, %(many)s::int) n
"""
_FILL = """
INSERT INTO invitations (branch_id, id, job_id, person_id, basis_id, channel, rules_version, evidence, reference, send_before, message_id, created_at,
                         state, due_at, attempt, marked_at)
SELECT md5((n / 5 %% %(branches)s + 1)::text)::uuid, id, id, id, id, 'mail', 1, '{}', 'g' || n, now() + interval '30 days', 'g' || n, now(),
       CASE WHEN n %% 5 < 2 THEN 'planned' ELSE 'sent' END, now() - n * interval '1 second', 0, now()
FROM (SELECT n, lpad(to_hex(n), 32, '0')::uuid AS id FROM generate_series(%(first)s::int, %(last)s::int) n) new
"""


def run(small: int = SMALL, large: int = LARGE) -> list[Result]:
    """Fill, claim, fill further, claim again, on one database."""
    with fixtures.laid() as laid:
        before, after = asyncio.run(_both(laid, small, large))
    return [Result("claims_growth", "s/row", after, before, after / before, f"{large:,} rows / {small:,} rows, {BRANCHES} branches, 40 % due")]


async def _both(laid: Ground, small: int, large: int) -> tuple[float, float]:
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    url = database.address(laid.url)
    filled = 0
    figures: list[float] = []
    async with await psycopg.AsyncConnection.connect(host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True) as bare:
        await bare.execute("SET session_replication_role = replica")  # rows of a benchmark point at nobody
        await bare.execute("SET synchronous_commit = off")
        await bare.execute(_BRANCHES, {"many": BRANCHES})
        for size in (small, large):
            await bare.execute(_FILL, {"first": filled + 1, "last": size, "branches": BRANCHES})
            await bare.execute("VACUUM ANALYZE invitations")
            await bare.execute("CHECKPOINT")
            filled = size
            figures.append(await _seconds_per_row(maker))
    await engine.dispose()
    return figures[0], figures[1]


async def _seconds_per_row(maker: async_sessionmaker[AsyncSession]) -> float:
    await _claimed(maker, CLAIMED // 10)  # the first ones meet a cold cache, at either size
    started = perf_counter()
    done = await _claimed(maker, CLAIMED)
    return (perf_counter() - started) / done


async def _claimed(maker: async_sessionmaker[AsyncSession], least: int) -> int:
    now, done = SystemClock().now(), 0
    while done < least:
        async with maker.begin() as session:
            claimed = await fairness.claim(session, ["mail"], per_hour={}, now=now, lease=timedelta(minutes=10), limit=BATCH)
        assert claimed
        done += len(claimed)
    return done
