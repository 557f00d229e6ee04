from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters.storage import open_store
from reviews.privacy import retention
from reviews.seal import Seal
from reviews.tables import Branch, Proof, RateCounter, Session, User
from tests.moderation import cases

pytestmark = pytest.mark.anyio


async def test_a_decided_proof_is_shredded_on_its_day_and_not_before(
    session: AsyncSession, seal: Seal, utrecht: Branch, now: datetime, tmp_path: Path
) -> None:
    store = open_store("", folder=tmp_path / "proofs")
    await cases.judged(session, seal, utrecht, now=now)
    proof = (await session.scalars(select(Proof))).one()
    proof.shred_after = now + timedelta(days=30)
    for key in (proof.storage_key, *proof.page_keys):
        await store.put(key, b"een factuur")

    assert await retention.shred_due(session, store, now=now + timedelta(days=29)) == 0
    assert await store.get(proof.storage_key) == b"een factuur"

    assert await retention.shred_due(session, store, now=now + timedelta(days=30)) == 1
    assert [kept.key async for kept in store.list()] == []
    assert (proof.page_keys, proof.file_name, proof.shredded_at) == ([], "", now + timedelta(days=30))
    assert await retention.shred_due(session, store, now=now + timedelta(days=31)) == 0


async def test_a_proof_without_a_decision_stays(session: AsyncSession, seal: Seal, utrecht: Branch, now: datetime, tmp_path: Path) -> None:
    store = open_store("", folder=tmp_path / "proofs")
    await cases.judged(session, seal, utrecht, now=now)

    assert await retention.shred_due(session, store, now=now + timedelta(days=900)) == 0


async def test_ended_logins_and_old_counters_are_forgotten(session: AsyncSession, noor: User, now: datetime, tmp_path: Path) -> None:
    for ends in (now - timedelta(seconds=1), now + timedelta(hours=1)):
        session.add(Session(digest=ends.isoformat().encode(), user_id=noor.id, form_token="x", created_at=now, expires_at=ends))
    for days in (0, 3):
        session.add(RateCounter(rule="login", key=b"k", window_start=now - timedelta(days=days), count=1))
    await session.flush()

    await retention.tidy(session, open_store("", folder=tmp_path / "proofs"), now=now)

    assert len((await session.scalars(select(Session))).all()) == 1
    assert len((await session.scalars(select(RateCounter))).all()) == 1
