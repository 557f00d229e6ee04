"""Counters in the database: one for all processes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import rate_limits
from reviews.database.tables import RateCounter
from reviews.errors import TooManyError

FIVE_MINUTES = timedelta(minutes=5)


async def test_two_processes_share_one_limit(maker: async_sessionmaker[AsyncSession], now: datetime) -> None:
    for _ in range(2):
        async with maker.begin() as session:
            await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=3, now=now)
    async with maker.begin() as one:
        assert await rate_limits.count(one, "logins", b"noor", window=FIVE_MINUTES, most=3, now=now) == 3
    with pytest.raises(TooManyError) as caught:
        async with maker.begin() as two:
            await rate_limits.count(two, "logins", b"noor", window=FIVE_MINUTES, most=3, now=now)

    assert caught.value.retry_after == 300


async def test_rules_and_keys_do_not_count_for_each_other(session: AsyncSession, now: datetime) -> None:
    await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=1, now=now)

    assert await rate_limits.count(session, "logins", b"bas", window=FIVE_MINUTES, most=1, now=now) == 1
    assert await rate_limits.count(session, "claims", b"noor", window=FIVE_MINUTES, most=1, now=now) == 1


async def test_the_next_window_starts_at_zero_and_the_wait_says_when(session: AsyncSession, now: datetime) -> None:
    await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=1, now=now)
    late = now + timedelta(minutes=4, seconds=30)

    with pytest.raises(TooManyError) as caught:
        async with session.begin_nested():
            await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=1, now=late)

    assert caught.value.retry_after == 30
    assert await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=1, now=now + FIVE_MINUTES) == 1


async def test_a_network_address_is_not_kept_as_it_is(session: AsyncSession, now: datetime) -> None:
    await rate_limits.count(session, "claims", "192.0.2.7", window=FIVE_MINUTES, most=1, now=now)

    assert b"192.0.2.7" not in (await session.scalars(select(RateCounter.key))).one()


async def test_old_counters_are_forgotten_and_present_ones_kept(session: AsyncSession, now: datetime) -> None:
    await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=9, now=now - timedelta(days=2))
    await rate_limits.count(session, "logins", b"noor", window=FIVE_MINUTES, most=9, now=now)

    assert await rate_limits.forget(session, before=now - timedelta(days=1)) == 1
    assert len((await session.scalars(select(RateCounter))).all()) == 1
