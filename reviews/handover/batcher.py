"""Do in one transaction what several ask for at nearly the same moment.

While one group is being committed the next one gathers, so that a group is as large as the database is slow (group commit, as PostgreSQL's
own log does it). One that comes alone starts at once. A group that fails is asked one by one: one row's trouble, or a deadlock, must not be
its neighbours'.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_PATIENCE: Final = 0.25
"""Seconds after which a group that waits, for somebody else's lock, lets the next one go ahead where several may be under way."""

_MOMENT: Final = 0.05
"""Seconds that those who were answered together are waited for at most, and after which they are not expected back."""


@dataclass(frozen=True, slots=True)
class Company:
    """So many make a group that need not wait any longer, and a smaller one waits so many seconds for them."""

    enough: int
    patience: float = 0.003


class Batcher(Generic[Asked, Answer]):
    """Gathers what is asked, at most `most` in a group; `do` answers a group in one transaction, in its order.

    Without `company` a group waits for those only who were answered together just now: for half as long as their group took.
    """

    def __init__(
        self, do: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, company: Company | None = None, most: int = 200, at_once: int = 1
    ) -> None:
        self._do, self._company, self._most, self._at_once = do, company, most, at_once
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._expected = Company(1)
        self._answered_at = 0.0
        self._complete = asyncio.Event()

    def ask(self, asked: Asked) -> asyncio.Future[Answer]:
        """Join the next group; what comes of it can be awaited now or later, and who leaves before its turn has asked nothing."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if len(self._waiting) >= (self._company or self._expected).enough:
            self._complete.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        while self._waiting:
            await self._gather()
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            task = asyncio.create_task(self._answer([(asked, future) for asked, future in group if not future.done()]))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.wait([task], timeout=_PATIENCE if self._at_once > 1 else None)
            if len(self._under_way) >= self._at_once:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _gather(self) -> None:
        """Wait until the company is complete, or patience ends."""
        company = self._company or (self._expected if perf_counter() - self._answered_at < _MOMENT else Company(1))
        if len(self._waiting) >= company.enough:
            return
        self._complete.clear()
        waiting = asyncio.ensure_future(self._complete.wait())
        await asyncio.wait([waiting], timeout=company.patience)
        self._complete.set()  # ends the wait that patience cut short

    async def _answer(self, group: Sequence[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        """Answer a group after its commit; what goes wrong is told to whoever asked."""
        if not group:
            return
        started = perf_counter()
        answers: Sequence[Answer] | Exception
        try:
            answers = await self._do([asked for asked, _ in group])
        except Exception as problem:  # noqa: BLE001 - it belongs to whoever asked, and the next group must not end with it
            answers = problem
        self._answered_at = perf_counter()
        self._expected = Company(len(group), min((self._answered_at - started) / 2, _MOMENT))
        if not isinstance(answers, Exception):
            _tell(group, answers)
        elif len(group) == 1:
            _fail(group[0][1], answers)
        elif self._at_once == 1:
            for one in group:
                await self._answer([one])
        else:
            await asyncio.gather(*(self._answer([one]) for one in group))


def _tell(group: Sequence[tuple[object, "asyncio.Future[Answer]"]], answers: Sequence[Answer]) -> None:
    for (_, future), answer in zip(group, answers, strict=True):
        if not future.done():
            future.set_result(answer)


def _fail(future: "asyncio.Future[Answer]", problem: Exception) -> None:
    if not future.done():
        future.set_exception(problem)
