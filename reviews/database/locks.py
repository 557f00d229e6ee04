"""Every advisory lock of the service, numbered in one place, so that no two uses share a lock by accident.

All of them end with the transaction that took them. The number is the seed of the hash of the name: the same name under two numbers is two locks.
Migrations take one of their own by a fixed key (`migrations/env.py`), since they import nothing from here.
"""

from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Lock(IntEnum):
    """What a lock keeps apart, in the order in which a transaction that needs several takes them."""

    # Numbers are not in order, and stay: processes of two versions may run side by side and must mean the same locks.
    MAIL_COPY = 8
    BATCH = 4
    SOURCE = 5
    BRANCH = 1
    EVENT = 2
    JOB = 3
    INVITATIONS_PER_HOUR = 6
    JUDGED_OF_BRANCH = 7
    UNCONFIRMED_CLAIMS = 9
    TOLD_WISHES = 10
    ADDRESS = 11


# One statement for any number of locks; PostgreSQL takes them in the order of the arrays, which is what keeps two callers from a deadlock.
_TAKE: Final = text(
    "SELECT CASE WHEN seed = ANY(CAST(:shared AS bigint[])) THEN pg_advisory_xact_lock_shared(hashtextextended(name, seed))"
    " ELSE pg_advisory_xact_lock(hashtextextended(name, seed)) END"
    " FROM unnest(CAST(:seeds AS bigint[]), CAST(:names AS text[])) AS wanted(seed, name)"
)


async def take(session: AsyncSession, lock: Lock, name: str = "") -> None:
    """Wait for one lock; it is ours until the transaction ends."""
    await take_all(session, [(lock, name)])


async def take_all(session: AsyncSession, wanted: Sequence[tuple[Lock, str]], *, shared: Collection[Lock] = ()) -> None:
    """Wait for all of these, in their order; a lock whose kind is in `shared` only excludes callers that do not share it."""
    values = {"seeds": [int(lock) for lock, _ in wanted], "names": [name for _, name in wanted], "shared": [int(lock) for lock in shared]}
    await session.execute(_TAKE, values)
