"""Copies of mails are kept no longer than they are needed: their bytes, and all that was read of them.

What was reported about a job stays with the job. The row stays with its digest, so that the same mail is still recognised.
"""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import InboundMail
from reviews.invitations.intake.mail_copies.model import ReviewReason
from reviews.privacy import terms
from reviews.proofs import storing
from reviews.storage import Store

_BATCH = 100


async def tidy(maker: async_sessionmaker[AsyncSession], store: Store, now: datetime, *, days: int, unseen_days: int) -> int:
    """Forget copies that were settled more than `days` ago, and put aside those that nobody looked at for `unseen_days`.

    By then no invitation could follow any more. The bytes go first and each mail is recorded by itself, so that the next pass continues after a
    stop. Return how many copies were forgotten.
    """
    limits = terms.copy_limits(now, days=days, unseen_days=unseen_days)
    async with maker.begin() as session:
        late = InboundMail.state.in_(["unrecognised", "dead"]), InboundMail.received_at < limits.unseen
        await session.execute(update(InboundMail).where(*late).values(state="dismissed", reason=ReviewReason.NOBODY_LOOKED, settled_at=now))
    forgotten = 0
    # At most a hundred per pass, so that the process's other work has its turn.
    while forgotten < _BATCH and (mail := await _due(maker, limits.settled)):
        await storing.forget(store, [key for key in (mail.storage_key, *mail.fields.get("pages", ())) if key])
        await _record(maker, mail)
        forgotten += 1
    return forgotten


async def _due(maker: async_sessionmaker[AsyncSession], before: datetime) -> InboundMail | None:
    kept = or_(InboundMail.storage_key.is_not(None), InboundMail.fields != {}, InboundMail.subject != "")
    done = InboundMail.state.in_(["told", "dismissed"]), InboundMail.settled_at < before, kept
    async with maker.begin() as session:
        return await session.scalar(select(InboundMail).where(*done).order_by(InboundMail.settled_at).limit(1))


async def _record(maker: async_sessionmaker[AsyncSession], mail: InboundMail) -> None:
    gone = update(InboundMail).where(InboundMail.branch_id == mail.branch_id, InboundMail.id == mail.id)
    async with maker.begin() as session:
        await session.execute(gone.values(storage_key=None, fields={}, sender="", subject=""))
