"""Steps 3 to 6 of the proof flow as one job of the background process: read a klantbewijs in isolation, judge it, keep the verdict.

1. Claim a proof that is due.
2. Read its bytes, outside any transaction, in the sandbox; the lease is renewed for as long as that takes.
3. Put the page pictures in the store: bytes first, rows second.
4. Judge against what the database knows, and store verdict and findings in one transaction, fenced by the attempt.

Whatever the verdict is, a person decides. A proof whose reader dies again and again gets a verdict too: a person looks.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import leases
from reviews.clock import Clock
from reviews.leases import PROOFS, Claimed
from reviews.proofs import known, verdict
from reviews.proofs.findings import Code, Finding
from reviews.proofs.inspection import Reading
from reviews.proofs.storing import Store, new_key
from reviews.tables import Branch, Claim, Proof, Verdict, new_id
from reviews.tables import Finding as FindingRow

_LOST = Reading(failure="bytes_missing")


class Reader(Protocol):
    """What reads a file in a child process; whatever the file does to it, the answer is a value."""

    async def read(self, data: bytes, media_type: str) -> Reading:
        """Return what a file is and says."""
        ...


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one proof needs on its way."""

    maker: async_sessionmaker[AsyncSession]
    store: Store
    reader: Reader
    clock: Clock
    lease: timedelta


async def judge_due(maker: async_sessionmaker[AsyncSession], store: Store, reader: Reader, *, clock: Clock, lease: timedelta, limit: int = 1) -> int:
    """Judge up to `limit` proofs that are due, one after the other, and return how many there were."""
    desk = _Desk(maker, store, reader, clock, lease)
    async with maker.begin() as session:
        await leases.sweep(session, PROOFS, now=clock.now())
        given_up = await _hand_to_people(session, now=clock.now())
        claimed = await leases.claim_due(session, PROOFS, now=clock.now(), lease=lease, limit=limit)
    for row in claimed:
        await _judge(desk, row)
    return len(claimed) + given_up


async def _judge(desk: _Desk, claimed: Claimed) -> None:
    async with desk.maker.begin() as session:
        proof = await _proof(session, claimed)
    reading = await _while_renewing(desk, claimed, _read(desk, proof))
    if reading is None:
        return
    pictures = [page.picture for page in reading.pages if page.picture]
    keys = [new_key(proof.branch_id) for _ in pictures]
    for key, picture in zip(keys, pictures, strict=True):
        await desk.store.put(key, picture)
    async with desk.maker.begin() as session:
        kept = await _keep(session, claimed, reading, keys, now=desk.clock.now())
    if not kept:
        for key in keys:
            await desk.store.delete(key)


async def _proof(session: AsyncSession, claimed: Claimed) -> Proof:
    branch_id, proof_id = claimed.key
    return await session.get_one(Proof, {"branch_id": branch_id, "id": proof_id})


async def _read(desk: _Desk, proof: Proof) -> Reading:
    try:
        data = await desk.store.get(proof.storage_key)
    except FileNotFoundError:
        return _LOST
    return await desk.reader.read(data, proof.media_type)


async def _while_renewing(desk: _Desk, claimed: Claimed, work: Awaitable[Reading]) -> Reading | None:
    """Wait for a reading and renew the lease meanwhile; None when the proof is no longer ours."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=desk.lease.total_seconds() / 3))[0]:
            async with desk.maker.begin() as session:
                if not await leases.renew(session, PROOFS, claimed, until=desk.clock.now() + desk.lease):
                    return None
        return task.result()
    finally:
        task.cancel()


async def _keep(session: AsyncSession, claimed: Claimed, reading: Reading, page_keys: list[str], *, now: datetime) -> bool:
    """Judge, and store what came of it; False when the proof is no longer ours."""
    values = {"state": "judged", "page_keys": page_keys, "picture_hash": reading.picture_hash, "failure": reading.failure}
    if not await leases.settle(session, PROOFS, claimed, values):
        return False
    proof = await _proof(session, claimed)
    claim = await session.get_one(Claim, {"branch_id": proof.branch_id, "id": proof.claim_id}, with_for_update=True)
    branch = await session.get_one(Branch, claim.branch_id)
    judgement = await known.judge(session, branch, claim, proof, reading)
    await _store(session, claim, proof, judgement.outcome, msgspec.to_builtins(judgement.fields), judgement.findings, now=now)
    return True


async def _store(
    session: AsyncSession, claim: Claim, proof: Proof | None, outcome: str, fields: dict[str, Any], findings: tuple[Finding, ...], *, now: datetime
) -> None:
    row = Verdict(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        proof_id=proof.id if proof else None,
        version=verdict.VERSION,
        outcome=outcome,
        fields=fields,
        judged_at=now,
    )
    session.add(row)
    await session.flush()
    session.add_all(
        FindingRow(branch_id=claim.branch_id, verdict_id=row.id, position=position, code=found.code, evidence=found.evidence)
        for position, found in enumerate(findings)
    )
    claim.state, claim.judged_at = "judged", now
    await session.flush()


async def _hand_to_people(session: AsyncSession, *, now: datetime) -> int:
    """Give proofs that nothing could read, however often it was tried, a verdict that asks a person to look."""
    stuck = (
        select(Proof, Claim)
        .join(Claim, (Claim.branch_id == Proof.branch_id) & (Claim.id == Proof.claim_id))
        .where(Proof.state == "dead", Claim.state == "checking")
        .with_for_update(of=Claim, skip_locked=True)
    )
    rows = (await session.execute(stuck)).all()
    for proof, claim in rows:
        proof.failure = "reader_died"
        await _store(session, claim, proof, "refer", {}, (Finding(Code.UNREADABLE, "reader_died"),), now=now)
    return len(rows)


async def judge_without_document(session: AsyncSession, claim: Claim, *, now: datetime) -> bool:
    """Try to recognise a claim's job by number, postcode and name, and keep the verdict if that is certain; False when a proof is needed."""
    branch = await session.get_one(Branch, claim.branch_id)
    judgement = await known.judge_without_document(session, branch, claim, now=now)
    if judgement is None:
        return False
    await _store(session, claim, None, judgement.outcome, msgspec.to_builtins(judgement.fields), judgement.findings, now=now)
    return True
