"""The one question of the background process: whatever can be due wakes the loop that does it, and nothing else does."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews import worker
from reviews.adapters.storage import open_store
from reviews.database import channel_halts, job_queue
from reviews.database import engine as engines
from reviews.database.channel_halts import Cause
from reviews.database.tables import Base, Duty
from reviews.keys import KeyRing
from reviews.loop import Ask, Loop
from reviews.settings import Settings
from tests import filled
from tests.invitations.channels import PausedClock

LATER = timedelta(minutes=5)


@pytest.fixture
async def engine(database: str) -> AsyncGenerator[AsyncEngine]:
    filled.fill(database, rows=60)
    engine = engines.connect(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def loops(engine: AsyncEngine, key_ring: KeyRing, clock: PausedClock, tmp_path: Path) -> AsyncGenerator[list[Loop]]:
    chosen = Settings(smtp_url="smtp://127.0.0.1:9")  # type: ignore[arg-type]  # pydantic makes the secret
    async with worker.assembled(chosen, engine, open_store("", folder=tmp_path), key_ring, clock) as loops:
        yield loops


@pytest.fixture
async def clock(engine: AsyncEngine) -> PausedClock:
    async with engine.connect() as connection:
        moment = await connection.scalar(text("SELECT now()"))
    assert isinstance(moment, datetime)
    return PausedClock(moment)


@pytest.fixture
def ask(engine: AsyncEngine, clock: PausedClock, loops: list[Loop]) -> Ask:
    return worker.asking(engine, clock, loops)


FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
"""Rows of each table; the branch of the first one is the second branch."""

THEN: Final = object()
"""Stands for a moment that is still to come."""


async def change(engine: AsyncEngine, table: str, row: Mapping[str, Any], values: Mapping[str, Any], clock: PausedClock) -> None:
    """Change one row as no transaction of ours would: nothing else is told."""
    rows = Base.metadata.tables[table]
    moments = {name: clock.moment + LATER if value is THEN else value for name, value in values.items()}
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        changed = await connection.execute(update(rows).where(*(rows.c[name] == value for name, value in row.items())).values(moments))
        assert changed.rowcount == 1


async def no_duty(engine: AsyncEngine, name: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(delete(Duty).where(Duty.branch_id == SECOND, Duty.name == name))


WAITS: Final = {"state": "waiting", "due_at": THEN}
PLANNED: Final = {"state": "planned", "due_at": THEN}
LOST: Final = {"state": "claimed", "due_at": THEN, "lease_until": THEN}
ROW: Final = {"id": FIRST}
FEED, LEDGER = ({"branch_id": SECOND, "name": name} for name in ("feed", "ledger_closed"))

WORK = [
    ("judge", "proofs", ROW, WAITS),
    ("judge_pictures", "proofs", ROW, {**WAITS, "media_type": "image/jpeg"}),
    ("judge_pictures", "proofs", ROW, {**WAITS, "failure": "needs_recognition"}),
    ("claim_mails", "claim_mails", ROW, WAITS),
    ("publish", "publications", ROW, WAITS),
    ("imports", "imports", ROW, WAITS),
    ("mail_copies", "inbound_mails", ROW, WAITS),
    ("mail", "invitations", ROW, PLANNED),
    ("dispatch", "invitations", ROW, {**PLANNED, "channel": "platform"}),
    ("remind", "reminders", ROW, WAITS),
    ("webhooks", "webhook_deliveries", ROW, WAITS),
    ("feed", "duties", FEED, WAITS),
    ("ledger", "duties", LEDGER, WAITS),
    ("judge", "proofs", ROW, LOST),
    ("claim_mails", "claim_mails", ROW, LOST),
    ("publish", "publications", ROW, LOST),
    ("imports", "imports", ROW, LOST),
    ("sweep_mail_copies", "inbound_mails", ROW, LOST),
    ("sweep", "invitations", ROW, LOST),
    ("sweep_webhooks", "webhook_deliveries", ROW, LOST),
    ("sweep_duties", "duties", FEED, LOST),
]


@pytest.mark.parametrize(("name", "table", "row", "values"), WORK)
async def test_what_waits_wakes_its_loop_once_its_moment_has_come(
    engine: AsyncEngine, ask: Ask, clock: PausedClock, name: str, table: str, row: dict[str, Any], values: dict[str, Any]
) -> None:
    assert await ask() == []
    await change(engine, table, row, values, clock)
    assert await ask() == []
    clock.moment += LATER + timedelta(seconds=1)

    assert await ask() == [name]


AT_ONCE = [
    ("claim_mails", "claim_mails", ROW, {"state": "unknown"}),
    ("judge", "proofs", ROW, {"state": "dead"}),
    ("publish", "publications", {"id": SECOND}, {"published_at": None}),
    ("replan", "rule_versions", {"branch_id": SECOND, "version": 1}, {"replanned_at": None}),
]


@pytest.mark.parametrize(("name", "table", "row", "values"), AT_ONCE)
async def test_what_became_possible_wakes_its_loop_at_once(
    engine: AsyncEngine, ask: Ask, clock: PausedClock, name: str, table: str, row: dict[str, Any], values: dict[str, Any]
) -> None:
    await change(engine, "claims", {"id": FIRST}, {"state": "checking"}, clock)
    await change(engine, "claims", {"id": SECOND}, {"state": "approved"}, clock)
    await change(engine, "reviews", {"id": SECOND}, {"reference": SECOND.hex}, clock)
    assert await ask() == []
    await change(engine, table, row, values, clock)

    assert await ask() == [name]


@pytest.mark.parametrize(("name", "duty"), [("feed", "feed"), ("ledger", "ledger_closed")])
async def test_a_branch_without_a_duty_is_given_it_at_once(engine: AsyncEngine, ask: Ask, name: str, duty: str) -> None:
    await no_duty(engine, duty)

    assert await ask() == [name]


@pytest.mark.parametrize(("table", "values"), [("invitations", {**PLANNED, "channel": "platform"}), ("publications", WAITS)])
async def test_what_waits_at_a_halted_branch_wakes_nobody(
    engine: AsyncEngine, ask: Ask, clock: PausedClock, table: str, values: dict[str, Any]
) -> None:
    await change(engine, table, ROW, values, clock)
    clock.moment += LATER + timedelta(seconds=1)
    assert await ask() != []
    async with engines.sessions(engine).begin() as session:
        await channel_halts.stop(session, "platform", SECOND, Cause("token_refused"), now=clock.moment)

    assert await ask() == []


async def test_each_queue_is_asked_about_or_looked_at_by_itself(loops: list[Loop]) -> None:
    asked = " ".join(str(one.when) for one in loops)

    # Alerts have a round of their own, in which they are also made.
    assert {queue.table.name for queue in job_queue.ALL if f"FROM {queue.table.name} " not in asked} <= {"alerts"}
