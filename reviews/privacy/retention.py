"""What is kept no longer than promised: the bytes of decided proofs, logins that ended, counters of windows long past."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import limits
from reviews.proofs import storing
from reviews.proofs.storing import Store
from reviews.tables import Proof, Session

ORPHANS_AFTER = timedelta(hours=1)
"""Bytes are stored before their row; an hour later there is a row, or there will be none."""

COUNTERS_AFTER = timedelta(days=2)
_BATCH = 100


async def shred_due(session: AsyncSession, store: Store, *, now: datetime) -> int:
    """Delete the bytes and page pictures of proofs whose term is over; return how many proofs that were.

    The row stays, with its digest: the same document must still be recognised, and the record must say when it was shredded. The bytes go
    first, so that a stop in between is mended by the next round.
    """
    due = await session.scalars(
        select(Proof)
        .where(Proof.shred_after <= now, Proof.shredded_at.is_(None))
        .order_by(Proof.shred_after)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    proofs = list(due)
    for proof in proofs:
        for key in (proof.storage_key, *proof.page_keys):
            await store.delete(key)
        proof.page_keys, proof.file_name, proof.shredded_at = [], "", now
    return len(proofs)


async def tidy(session: AsyncSession, store: Store, *, now: datetime) -> int:
    """Do all that is due; return how much that was."""
    await session.execute(delete(Session).where(Session.expires_at < now))
    await limits.forget(session, before=now - COUNTERS_AFTER)
    return await shred_due(session, store, now=now) + await storing.sweep_orphans(session, store, older_than=now - ORPHANS_AFTER)
