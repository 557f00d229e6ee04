"""How long what is due waits for the background process: milliseconds from the commit of a trigger to the claim of its invitation.

Beside it a bare loop that looks for the same row once a second: half a second on average, a whole one at worst. Both with default settings;
the moment of each claim is written by the database, and triggers come at moments that have nothing to do with the pause.
"""

import asyncio
import random
import signal
from contextlib import ExitStack
from datetime import datetime
from statistics import quantiles
from typing import Final

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from benchmarks.fixtures import Ground, Program
from benchmarks.results import Result, compared
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing, secret_in

MANY, WARM = 60, 15
_AT_ANY_HOUR: Final = {"sending_hours": ["00:00", "24:00"], "working_days_only": False}
# Clock and not now(): the moment of the claim, and not that at which its transaction began.
_NOTE = """
CREATE TABLE noticed (by text, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO noticed (by) VALUES ('worker'); RETURN NEW; END $$;
CREATE TRIGGER notice AFTER UPDATE ON invitations FOR EACH ROW WHEN (OLD.attempt < NEW.attempt) EXECUTE FUNCTION notice();
CREATE TABLE told (number int PRIMARY KEY);
"""
_BARE = "WITH taken AS (DELETE FROM told RETURNING number) INSERT INTO noticed (by) SELECT 'bare' FROM taken"


def run() -> list[Result]:
    """Tell both the same, one after the other."""
    with fixtures.laid(**_AT_ANY_HOUR) as laid, ExitStack() as stack:
        plain = laid.url.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(_NOTE)
        post_office = stack.enter_context(laid.process("-m", "standins.post_office")).after("post: smtp://")
        for arguments in (("-m", "benchmarks.poller", plain, _BARE), ("-m", "reviews.cli", "work")):
            program = Program(laid.environment(POLL_SECONDS="", SMTP_URL=f"smtp://{post_office}"), arguments)
            stack.callback(program.end, signal.SIGTERM)
        waited = asyncio.run(_waited(laid))
    results = list[Result]()
    for name, index in (("p50", 49), ("p95", 94)):
        figure, limit = (quantiles(waited[by], n=100, method="inclusive")[index] for by in ("worker", "bare"))
        results.append(compared(f"reaction_{name}", "ms", figure, limit, "commit of a trigger to its claim / a bare loop that looks once a second"))
    return results


async def _waited(laid: Ground) -> dict[str, list[float]]:
    """Return the milliseconds that each thing told waited, by who noticed it."""
    await asyncio.sleep(WARM)
    waited = dict[str, list[float]](worker=[], bare=[])
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    async with await psycopg.AsyncConnection.connect(laid.url.replace("+psycopg", ""), autocommit=True) as watch:
        for number in range(MANY):
            await asyncio.sleep(random.uniform(0.1, 1.1))  # noqa: S311 - no secret: only out of step
            await watch.execute("INSERT INTO told VALUES (%s)", [number])
            committed = await _tell(laid, maker, number)
            for by, at in await _noticed(watch):
                waited[by].append((at - committed).total_seconds() * 1000)
            await watch.execute("DELETE FROM noticed")
    await engine.dispose()
    return waited


async def _noticed(watch: psycopg.AsyncConnection) -> list[tuple[str, datetime]]:
    """Wait until both have noticed, and return when each did."""
    noticed = list[tuple[str, datetime]]()
    while len(noticed) < 2:
        await asyncio.sleep(0.02)
        noticed = await (await watch.execute("SELECT by, at FROM noticed")).fetchall()
    return noticed


async def _tell(laid: Ground, maker: async_sessionmaker[AsyncSession], number: int) -> datetime:
    """Take in a trigger whose invitation is due at once; return when that was committed."""
    now, key_ring = SystemClock().now(), KeyRing(secret_in(laid.folder))
    async with maker.begin() as session:
        branch = await fixtures.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
        read = [event_model.read(fixtures.told(number, now, days=20), now=now)]
        horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
        await trigger.accept(session, branch, source.source_id, read, key_ring=key_ring, horizon=horizon, now=now)
    return SystemClock().now()
