"""What is kept no longer than promised: bytes of decided proofs, claims nobody confirmed, logins that ended, counters of windows long past.

The store may be slow or far away: it is never called while a transaction is open.
"""

from datetime import datetime

from sqlalchemy import delete, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import rate_limits
from reviews.database.tables import Claim, DeskSession, Proof, VerdictRecord
from reviews.privacy import terms
from reviews.proofs import storing
from reviews.storage import Store

_BATCH = 100


async def tidy(maker: async_sessionmaker[AsyncSession], store: Store, now: datetime, *, unconfirmed_days: int) -> int:
    """Delete all that is due; return how many proofs, claims and files without a row that were."""
    limits = terms.limits(now, unconfirmed_days=unconfirmed_days)
    async with maker.begin() as session:
        await session.execute(delete(DeskSession).where(DeskSession.expires_at < now))
        await rate_limits.forget(session, before=limits.counters)
    async with maker.begin() as session:
        unconfirmed = await _forget_unconfirmed(session, before=limits.unconfirmed)
    return unconfirmed + await shred_due(maker, store, now) + await _sweep_orphans(maker, store, before=limits.orphans)


async def _forget_unconfirmed(session: AsyncSession, *, before: datetime) -> int:
    """Delete claims whose address nobody confirmed, with their text and their mail: they prove nothing and nobody waits for them."""
    forgotten = delete(Claim).where(Claim.state == "unconfirmed", Claim.submitted_at < before).returning(Claim.id)
    return len((await session.scalars(forgotten)).all())


async def shred_due(maker: async_sessionmaker[AsyncSession], store: Store, now: datetime) -> int:
    """Delete the files and page pictures, redacted ones too, of proofs whose term is over; return how many proofs that were.

    The row stays, with its digest: the same document must still be recognised, and the record must say when it was shredded. Who sent the
    mail that a document came in goes with it: without the mail its signature can't be checked again. The bytes go
    first and each proof is recorded by itself, so that the next pass continues after a stop.
    """
    shredded = 0
    # One at a time: a store that fails half-way leaves all that came before recorded.
    while shredded < _BATCH and (proof := await _due(maker, now)):
        await storing.forget(store, storing.keys_of(proof))
        await _record(maker, proof, now)
        shredded += 1
    return shredded


async def _due(maker: async_sessionmaker[AsyncSession], now: datetime) -> Proof | None:
    first = select(Proof).where(Proof.shred_after <= now, Proof.shredded_at.is_(None)).order_by(Proof.shred_after).limit(1)
    async with maker.begin() as session:
        return await session.scalar(first)


async def _record(maker: async_sessionmaker[AsyncSession], proof: Proof, now: datetime) -> None:
    gone = update(Proof).where(Proof.branch_id == proof.branch_id, Proof.id == proof.id, Proof.shredded_at.is_(None))
    judged = update(VerdictRecord).where(
        VerdictRecord.branch_id == proof.branch_id, VerdictRecord.proof_id == proof.id, VerdictRecord.mail.is_not(None)
    )
    async with maker.begin() as session:
        # null() and not None, which a JSON column would store as the JSON value null.
        await session.execute(judged.values(mail=null()))
        await session.execute(gone.values(page_keys=[], redacted_keys=[], traits={}, file_name="", shredded_at=now))


async def _sweep_orphans(maker: async_sessionmaker[AsyncSession], store: Store, *, before: datetime) -> int:
    """Delete what was left behind by uploads that came to nothing; return how many files that were."""
    # Listed before the rows are read: what is uploaded in between must not look like an orphan.
    old = await storing.written_before(store, before)
    async with maker.begin() as session:
        orphans = await storing.without_row(session, old)
    await storing.forget(store, orphans)
    return len(orphans)
