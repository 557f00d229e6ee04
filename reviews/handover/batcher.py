"""Do in one transaction what several ask for at nearly the same moment.

While one group is being committed the next one gathers, so that a group is as large as the database is slow (group commit, as PostgreSQL's
own log does it); a group that is still small waits a few milliseconds for company. Who asks learns of the outcome after the commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from psycopg import Error as DatabaseError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_MOST = 200


class Batcher(Generic[Asked, Answer]):
    """Gathers what is asked; `do` answers a group in one transaction, in its order. `enough` make a group that need not wait `patience` seconds."""

    def __init__(self, do: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, enough: int = 1, patience: float = 0.003) -> None:
        self._do = do
        self._enough = enough
        self._patience = patience
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._full = asyncio.Event()
        self._doing: asyncio.Task[None] | None = None

    def ask(self, asked: Asked) -> asyncio.Future[Answer]:
        """Join the next group; what comes of it can be awaited now or later."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if len(self._waiting) >= self._enough:
            self._full.set()
        if self._doing is None:
            self._doing = asyncio.create_task(self._go_on())
        return future

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._answer(group)
        finally:
            self._doing = None

    async def _gather(self) -> None:
        """Wait until there is a group, or patience ends."""
        if len(self._waiting) >= self._enough:
            return
        self._full.clear()
        await asyncio.wait([asyncio.ensure_future(self._full.wait())], timeout=self._patience)
        self._full.set()  # ends the wait that patience cut short

    async def _answer(self, group: Sequence[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        """Answer a group; when it fails, each alone: one row's trouble, or a deadlock, must not be its neighbours'."""
        [answers] = await asyncio.gather(self._do([asked for asked, _ in group]), return_exceptions=True)
        if not isinstance(answers, BaseException):
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        elif len(group) > 1 and isinstance(answers, DatabaseError):
            for one in group:
                await self._answer([one])
        else:
            for _, future in group:
                if not future.done():
                    future.set_exception(answers)
