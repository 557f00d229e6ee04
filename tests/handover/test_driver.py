import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from reviews.handover import driver
from reviews.handover.outcomes import NOT_MARKED, Mark, Outcome, Retry, Sent


class Numbers:
    """An errand over numbers with a memory: odd ones may leave, five gets no mark, and thirteen breaks."""

    beat = timedelta(minutes=10)

    def __init__(self, *batches: list[int]) -> None:
        self.batches = list(batches)
        self.steps: list[str] = []
        self.settled: dict[int, Outcome] = {}

    async def claim(self) -> tuple[int, Sequence[int]]:
        batch = self.batches.pop(0) if self.batches else []
        return len(batch), batch

    async def take_up(self, one: int) -> int | None:
        self.steps.append(f"take {one}")
        return one if one % 2 else None

    async def send(self, parcel: int, mark: Mark) -> Outcome:
        if parcel == 13:
            raise RuntimeError("a template is broken")
        marked = await mark()
        self.steps.append(f"send {parcel}")
        return Sent() if marked else Retry(NOT_MARKED)

    async def mark(self, one: int) -> bool:
        self.steps.append(f"mark {one}")
        await asyncio.sleep(0)
        return one != 5

    async def keep(self, one: int) -> None:
        self.steps.append(f"keep {one}")

    async def settle(self, one: int, outcome: Outcome) -> None:
        self.settled[one] = outcome


async def test_each_goes_through_the_steps_in_their_order() -> None:
    errand = Numbers([1, 2, 5])

    assert await driver.run(errand) == 3
    assert errand.steps == ["take 1", "mark 1", "send 1", "take 2", "take 5", "mark 5", "send 5"]
    assert errand.settled == {1: Sent(), 5: Retry(NOT_MARKED)}


class SlowToAnswer(Numbers):
    """Its other side answers once it was kept twice; where `broken` no sign of life can be given."""

    beat = timedelta(milliseconds=1)

    def __init__(self, *batches: list[int], broken: bool = False) -> None:
        super().__init__(*batches)
        self.broken = broken
        self.kept = asyncio.Semaphore(0)

    async def send(self, parcel: int, mark: Mark) -> Outcome:
        outcome = await super().send(parcel, mark)
        async with asyncio.timeout(30):
            await self.kept.acquire()
            await self.kept.acquire()
        return outcome

    async def keep(self, one: int) -> None:
        await super().keep(one)
        self.kept.release()
        if self.broken:
            raise ConnectionError("the database is away")


async def test_what_is_being_handed_over_is_kept_until_the_other_side_answers() -> None:
    errand = SlowToAnswer([1])

    assert await driver.run(errand) == 1

    assert errand.steps[:5] == ["take 1", "mark 1", "send 1", "keep 1", "keep 1"]
    assert errand.settled == {1: Sent()}
    assert len(asyncio.all_tasks()) == 1, "nothing is kept any more"


async def test_a_sign_of_life_that_cannot_be_given_changes_no_outcome() -> None:
    errand = SlowToAnswer([1], broken=True)

    with pytest.raises(ConnectionError):
        await driver.run(errand)

    assert errand.settled == {1: Sent()}


async def test_one_that_cannot_go_on_is_raised_after_its_neighbours() -> None:
    errand = Numbers([13, 1, 3])

    with pytest.raises(RuntimeError):
        await driver.run(errand)

    assert errand.settled == {1: Sent(), 3: Sent()}


async def test_one_batch_is_claimed_or_as_many_as_there_are() -> None:
    once, ahead = Numbers([1, 3], [7, 9], [11]), Numbers([1, 3], [2, 4], [7, 9], [11])

    assert await driver.run(once, at_once=2) == 2
    assert await driver.run(ahead, at_once=2, ahead=1) == 7
    assert sorted(ahead.settled) == [1, 3, 7, 9, 11]


async def test_after_a_problem_nothing_more_is_claimed() -> None:
    errand = Numbers([13, 1], [3])

    with pytest.raises(RuntimeError):
        await driver.run(errand, ahead=0.5)

    assert errand.batches == [[3]]


async def test_nothing_due_is_nothing_done() -> None:
    assert await driver.run(Numbers()) == 0
