"""Count how often something is tried, for all processes together and over restarts."""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.engine import rowcount_of
from reviews.database.tables import RateCounter
from reviews.errors import TooManyError
from reviews.keys import digest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def count(session: AsyncSession, rule: str, key: bytes | str, *, window: timedelta, most: int, now: datetime) -> int:
    """Count one try of `key` under a rule; raise TooManyError beyond `most` in the present window.

    A key that is text, such as a network address, is kept as its digest. Windows are fixed (they start at whole multiples of their
    length), so that one statement is enough and no two processes disagree. The refused try is undone with the caller's transaction; the
    counter then stands at `most`, and the next try is refused as well.
    """
    # `now` is a parameter and not the server's clock, so that tests and the demo can move time.
    start = _EPOCH + (now - _EPOCH) // window * window
    tries = (
        insert(RateCounter)
        .values(rule=rule, key=key if isinstance(key, bytes) else digest(key), window_start=start, count=1)
        # ON CONFLICT and not a read before: two processes that count at once must both be counted.
        .on_conflict_do_update(index_elements=["rule", "key", "window_start"], set_={"count": RateCounter.count + 1})
        .returning(RateCounter.count)
    )
    tried = (await session.execute(tries)).scalar_one()
    if tried > most:
        # Rounded up, at least 1: a caller that comes back on the second must not be refused again.
        wait = max(1, math.ceil((start + window - now).total_seconds()))
        raise TooManyError("Dit is te vaak geprobeerd. Wacht even en probeer het dan opnieuw.", retry_after=wait)
    return tried


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Delete the counters of windows that started before a moment: their keys are pseudonyms of people, and nobody needs them any more."""
    return rowcount_of(await session.execute(delete(RateCounter).where(RateCounter.window_start < before)))
