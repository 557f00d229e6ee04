"""The record of decisions: unbroken by parallel writers, broken by whoever touches it."""

import asyncio
import hashlib
import json
from datetime import datetime

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import audit
from reviews.database.tables import AuditEntry, Branch, new_id
from reviews.keys import KeyRing
from tests import cast


async def write(session: AsyncSession, branch: Branch, now: datetime, count: int = 5) -> None:
    for number in range(count):
        await audit.append(
            session,
            branch.id,
            actor="user:noor",
            action="claim_approve",
            subject=f"claim-{number}",
            evidence={"nr": number, "ë": ["x", None]},
            now=now,
        )


async def test_a_chain_that_nobody_touched_has_no_breaks(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    await write(session, groningen, now, 2)

    assert await audit.verify(session) == []
    assert [(head.branch, head.position) for head in await audit.heads(session)] == [("groningen", 2), ("utrecht", 5)]


async def test_eight_writers_at_once_leave_one_unbroken_chain(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)

    async def one() -> None:
        for _ in range(5):
            async with maker.begin() as session:
                await write(session, branch, now, 1)

    await asyncio.gather(*(one() for _ in range(8)))
    async with maker.begin() as session:
        assert await session.scalar(select(func.max(AuditEntry.position))) == 40
        assert await audit.verify(session) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "claim_refuse"),
        ("actor", "user:bas"),
        ("subject", "another claim"),
        ("evidence", {"nr": 2, "ë": ["y", None]}),
        ("previous_hash", bytes(32)),
        ("hash", bytes(32)),
    ],
)
async def test_a_changed_entry_is_found(session: AsyncSession, utrecht: Branch, now: datetime, column: str, value: object) -> None:
    await write(session, utrecht, now)
    await session.execute(update(AuditEntry).where(AuditEntry.position == 3).values({column: value}))

    found = await audit.verify(session)

    assert found
    assert {one.branch for one in found} == {"utrecht"}
    assert min(one.position for one in found) == 3


async def test_a_removed_entry_is_found(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    await session.execute(text("DELETE FROM audit WHERE position = 3"))

    assert {(one.position, one.what) for one in await audit.verify(session)} == {(4, "entries_missing"), (4, "link_broken")}


async def test_an_entry_that_is_recalculated_after_a_change_breaks_the_next_link(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    entry = (await session.scalars(select(AuditEntry).where(AuditEntry.position == 3))).one()
    entry.action = "claim_refuse"
    entry.hash = audit.hash_of(entry)
    await session.flush()

    assert [(one.position, one.what) for one in await audit.verify(session)] == [(4, "link_broken")]


async def test_repairing_the_next_link_as_well_only_moves_the_break(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    third, fourth = (await session.scalars(select(AuditEntry).where(AuditEntry.position.in_([3, 4])).order_by(AuditEntry.position))).all()
    third.action = "claim_refuse"
    third.hash = fourth.previous_hash = audit.hash_of(third)
    await session.flush()

    assert [(one.position, one.what) for one in await audit.verify(session)] == [(4, "entry_changed")]


async def test_swapped_entries_are_found(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    await session.execute(text("UPDATE audit SET position = 99 WHERE position = 2"))
    await session.execute(text("UPDATE audit SET position = 2 WHERE position = 3"))
    await session.execute(text("UPDATE audit SET position = 3 WHERE position = 99"))

    assert await audit.verify(session)


async def test_an_entry_moved_to_another_branch_is_found(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    await write(session, utrecht, now, 1)
    await session.execute(update(AuditEntry).values(branch_id=groningen.id))

    assert [(one.branch, one.what) for one in await audit.verify(session)] == [("groningen", "entry_changed")]


async def test_cutting_off_the_end_is_found_by_whoever_noted_the_head(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    [head] = await audit.heads(session)
    assert await audit.verify(session, noted=[head.hash]) == []
    await session.execute(text("DELETE FROM audit WHERE position = 5"))

    assert await audit.verify(session) == []
    assert [one.what for one in await audit.verify(session, noted=[head.hash])] == [f"noted_head_missing:{head.hash}"]


async def test_who_has_only_the_export_can_check_the_chain(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    await write(session, utrecht, now)
    await write(session, groningen, now, 2)

    entries = [json.loads(line) async for line in audit.exported(session)]

    previous: dict[str, str] = {}
    for entry in entries:
        slug, digest = entry.pop("slug"), entry.pop("hash")
        assert entry["previous"] == previous.get(slug, "00" * 32)
        said = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(said.encode()).hexdigest() == digest
        previous[slug] = digest
    assert previous == {head.branch: head.hash for head in await audit.heads(session)}
    assert [entry["position"] for entry in entries if entry["branch"] == str(utrecht.id)] == [1, 2, 3, 4, 5]


async def test_a_long_record_is_exported_to_its_end_and_not_held_at_once(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    shared = {"branch_id": utrecht.id, "at": now, "actor": "cli", "action": "x", "subject": "y", "evidence": {}, "previous_hash": bytes(32)}
    await session.execute(insert(AuditEntry), [{**shared, "id": new_id(), "position": at, "hash": bytes(32)} for at in range(1, 2502)])

    lines = audit.exported(session)
    first = json.loads(await anext(lines))

    # The cursor of the server still stands open: the rest has not been fetched.
    assert await session.scalar(text("SELECT count(*) FROM pg_cursors")) == 1
    assert [first["position"], *[json.loads(line)["position"] async for line in lines]] == list(range(1, 2502))
