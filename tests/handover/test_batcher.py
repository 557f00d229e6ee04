import asyncio
from collections.abc import Sequence

from psycopg import OperationalError

from reviews.handover.batcher import Batcher, Company


async def test_what_is_asked_while_a_group_is_written_makes_the_next_group() -> None:
    groups: list[list[int]] = []
    written = asyncio.Event()

    async def write(group: Sequence[int]) -> list[int]:
        groups.append(list(group))
        await written.wait()
        return [number * 2 for number in group]

    together = Batcher(write)
    first = together.ask(1)
    await asyncio.sleep(0)
    rest = [together.ask(number) for number in (2, 3, 4)]
    written.set()

    assert [await first, *await asyncio.gather(*rest)] == [2, 4, 6, 8]
    assert groups == [[1], [2, 3, 4]]


async def test_a_small_group_waits_for_company() -> None:
    groups: list[list[int]] = []

    async def write(group: Sequence[int]) -> list[int]:
        groups.append(list(group))
        return list(group)

    together = Batcher(write, company=Company(3, 60))
    asked = [together.ask(1), together.ask(2)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert groups == []

    await asyncio.gather(*asked, together.ask(3))
    assert groups == [[1, 2, 3]]


async def test_one_that_fails_does_not_take_its_group_with_it() -> None:
    async def write(group: Sequence[int]) -> list[int]:
        if 2 in group:
            raise OperationalError("deadlock detected")
        return list(group)

    together = Batcher(write, company=Company(3))
    answers = await asyncio.gather(*map(together.ask, (1, 2, 3)), return_exceptions=True)

    assert [answers[0], answers[2]] == [1, 3]
    assert isinstance(answers[1], OperationalError)
