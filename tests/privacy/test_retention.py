from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.storage import ObjectFolder
from reviews.database.tables import Claim, ClaimContent, ClaimMail, DeskSession, Proof, RateCounter, VerdictRecord
from reviews.keys import KeyRing
from reviews.moderation import claim_mails
from reviews.privacy import retention
from reviews.proofs import storing
from reviews.storage import StoredFile
from tests import cast
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]
_IN_TRANSACTION = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
)


class WatchedStore(ObjectFolder):
    """The real store, which says that all was written at one moment, sees whether a transaction is open, and can break."""

    def __init__(self, folder: Path, maker: Maker, written_at: datetime) -> None:
        super().__init__(LocalStore(folder))
        self.maker, self.written_at, self.breaks_after = maker, written_at, 1000
        self.open_transactions = 0

    async def delete(self, key: str) -> None:
        await self._look()
        if not self.breaks_after:
            raise ConnectionAbortedError
        self.breaks_after -= 1
        await super().delete(key)

    async def list(self) -> AsyncIterator[StoredFile]:
        await self._look()
        async for kept in super().list():
            yield StoredFile(kept.key, self.written_at)

    async def _look(self) -> None:
        async with self.maker() as session:
            self.open_transactions += await session.scalar(_IN_TRANSACTION) or 0

    async def keys(self) -> set[str]:
        return {kept.key async for kept in super().list()}


@pytest.fixture
def store(tmp_path: Path, maker: Maker, now: datetime) -> WatchedStore:
    return WatchedStore(tmp_path, maker, now)


async def decided(maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime, *, days: int | None = 30, count: int = 1) -> list[Proof]:
    """Proofs of two pages each, to be shredded some days from now."""
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        for _ in range(count):
            await cases.judged(session, key_ring, branch, now=now)
        proofs = list(await session.scalars(select(Proof)))
        for proof in proofs:
            proof.shred_after = now + timedelta(days=days) if days is not None else None
    for proof in proofs:
        for key in (proof.storage_key, *proof.page_keys):
            await store.put(key, b"een factuur")
    return proofs


async def test_a_decided_proof_is_shredded_on_its_day_and_not_before(maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime) -> None:
    [proof] = await decided(maker, key_ring, store, now)

    assert await retention.shred_due(maker, store, now + timedelta(days=29)) == 0
    assert await store.get(proof.storage_key) == b"een factuur"

    assert await retention.shred_due(maker, store, now + timedelta(days=30)) == 1
    assert await store.keys() == set()
    async with maker() as session:
        kept = (await session.scalars(select(Proof))).one()
    assert (kept.page_keys, kept.file_name, kept.shredded_at) == ([], "", now + timedelta(days=30))
    assert await retention.shred_due(maker, store, now + timedelta(days=31)) == 0


async def test_all_photos_and_covered_pages_are_shredded_and_what_was_learned_from_them_goes_from_the_row(
    maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime
) -> None:
    [proof] = await decided(maker, key_ring, store, now)
    keys = [f"{proof.branch_id.hex}/more-{number}" for number in range(3)]
    async with maker.begin() as session:
        row = await session.get_one(Proof, {"branch_id": proof.branch_id, "id": proof.id})
        row.parts = [{"key": key, "media_type": "image/jpeg", "size": 1, "sha256": key} for key in (proof.storage_key, *keys[:2])]
        row.redacted_keys, row.traits = ["", keys[2]], {"program": "exact"}
    for key in keys:
        await store.put(key, b"een foto")

    assert await retention.shred_due(maker, store, now + timedelta(days=30)) == 1

    assert await store.keys() == set()
    async with maker() as session:
        kept = (await session.scalars(select(Proof))).one()
    assert (kept.redacted_keys, kept.traits) == ([], {})


async def test_who_sent_the_mail_around_a_proof_is_forgotten_with_it(maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime) -> None:
    await decided(maker, key_ring, store, now, count=2)
    async with maker.begin() as session:
        later = (await session.scalars(select(Proof).limit(1))).one()
        later.shred_after = now + timedelta(days=60)
        for verdict in await session.scalars(select(VerdictRecord)):
            verdict.mail, verdict.strengths = {"domain": "example.nl", "sender": "jan@example.nl", "verified": True}, ["signed_mail"]

    await retention.shred_due(maker, store, now + timedelta(days=30))

    async with maker() as session:
        kept = {verdict.proof_id == later.id: verdict for verdict in await session.scalars(select(VerdictRecord))}
    assert (kept[False].mail, kept[False].strengths) == (None, ["signed_mail"])
    assert kept[True].mail is not None


async def test_a_proof_without_a_decision_stays(maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime) -> None:
    await decided(maker, key_ring, store, now, days=None)

    assert await retention.shred_due(maker, store, now + timedelta(days=900)) == 0


async def test_the_store_is_never_called_inside_a_transaction(maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime) -> None:
    [proof] = await decided(maker, key_ring, store, now, days=0)
    orphan = storing.new_key(proof.branch_id)
    await store.put(orphan, b"bytes")

    assert await retention.tidy(maker, store, now + timedelta(hours=2), unconfirmed_days=30) == 2

    assert (await store.keys(), store.open_transactions) == (set(), 0)


async def test_a_store_that_breaks_off_costs_only_the_proof_in_hand_and_the_next_round_mends_it(
    maker: Maker, key_ring: KeyRing, store: WatchedStore, now: datetime
) -> None:
    await decided(maker, key_ring, store, now, days=0, count=2)
    store.breaks_after = 4
    with pytest.raises(ConnectionAbortedError):
        await retention.shred_due(maker, store, now)

    async with maker() as session:
        assert await session.scalar(select(func.count()).select_from(Proof).where(Proof.shredded_at.is_not(None))) == 1
    store.breaks_after = 1000
    assert await retention.shred_due(maker, store, now) == 1
    assert await store.keys() == set()


async def test_ended_logins_and_old_counters_are_forgotten(maker: Maker, store: WatchedStore, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        noor = await cast.manager(session, "noor@utrecht.example", "Noor", await cast.utrecht(session, key_ring, now=now), now=now)
        for ends in (now - timedelta(seconds=1), now + timedelta(hours=1)):
            session.add(DeskSession(digest=ends.isoformat().encode(), user_id=noor.id, form_token="x", created_at=now, expires_at=ends))
        for days in (0, 3):
            session.add(RateCounter(rule="login", key=b"k", window_start=now - timedelta(days=days), count=1))

    await retention.tidy(maker, store, now, unconfirmed_days=30)

    async with maker() as session:
        assert len((await session.scalars(select(DeskSession))).all()) == 1
        assert len((await session.scalars(select(RateCounter))).all()) == 1


async def test_a_claim_whose_address_nobody_confirmed_goes_with_all_that_hangs_on_it(
    maker: Maker, store: WatchedStore, key_ring: KeyRing, now: datetime
) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        for state, days in (("unconfirmed", 31), ("unconfirmed", 29), ("proof_needed", 31)):
            claim = await cases.waiting(session, key_ring, branch, now=now, state=state, submitted_at=now - timedelta(days=days))
            await claim_mails.promise(session, claim, "confirm", now=now)

    await retention.tidy(maker, store, now, unconfirmed_days=30)

    async with maker() as session:
        assert {tuple(row) for row in await session.execute(select(Claim.state, Claim.submitted_at))} == {
            ("unconfirmed", now - timedelta(days=29)),
            ("proof_needed", now - timedelta(days=31)),
        }
        for table in (ClaimContent, ClaimMail):
            assert await session.scalar(select(func.count()).select_from(table)) == 2
