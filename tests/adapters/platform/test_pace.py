import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.platform.pace import NoPace, SharedPace

Maker = async_sessionmaker[AsyncSession]
MINUTE, NONE = timedelta(minutes=1), timedelta(0)


@pytest.fixture
def pace(maker: Maker) -> SharedPace:
    return SharedPace(maker, MINUTE)


async def test_calls_with_one_token_keep_their_distance(pace: SharedPace) -> None:
    waits = [(await pace.take("a"))[0] for _ in range(3)]

    assert waits[0] == NONE
    assert MINUTE * 0.8 < waits[1] <= MINUTE < waits[2] <= 2 * MINUTE
    assert (await pace.take("b")) == (NONE, NONE), "another branch does not wait"


async def test_a_hold_lets_nothing_through_and_reserves_nothing(pace: SharedPace) -> None:
    await pace.hold_back("a", timedelta(hours=2))
    await pace.hold_back("a", timedelta(hours=1))
    wait, held = await pace.take("a")

    assert wait == NONE
    assert timedelta(hours=1.9) < held <= timedelta(hours=2)
    assert (await pace.take("b")) == (NONE, NONE)


async def test_several_processes_share_one_pace_and_a_new_one_goes_on_with_it(maker: Maker) -> None:
    processes = [SharedPace(maker, MINUTE) for _ in range(4)]
    waits = sorted([wait for wait, _ in await asyncio.gather(*(process.take("a") for process in processes * 3))])

    gaps = [later - earlier for earlier, later in pairwise(waits)]
    assert len(gaps) == 11
    assert min(gaps) > MINUTE * 0.8
    assert (await SharedPace(maker, MINUTE).take("a"))[0] > MINUTE * 11


async def test_without_a_pace_nothing_waits_and_nothing_is_held_back() -> None:
    pace = NoPace()
    await pace.hold_back("a", timedelta(hours=2))

    assert [await pace.take("a") for _ in range(3)] == [(NONE, NONE)] * 3
