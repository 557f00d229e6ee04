"""Hand over what is due, each once: the one way in which anything leaves the house.

1. Claim a batch: until their lease runs out nobody else has these rows.
2. Take each up when its turn comes: make sure that it is still ours, and look again on fresh data whether it may leave.
3. Hand it over, outside any transaction. The durable mark is set just before the first byte that cannot be taken back, fenced by the attempt.
4. Settle it by the outcome (`settling`). Whoever dies after the mark leaves it marked, and the sweep calls it unknown.

While something is being handed over its lease is lengthened again and again, so that a lease tells how long a process gave no sign of life, and
not how long the other side takes: a server may have ten minutes at the final dot, and a lost process is known within a minute.

What differs is an `Errand`: by groups for invitations (`reviews.invitations.sending.dispatch`), row by row for all else (`row_by_row`).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Generic, Protocol, TypeVar

from reviews.handover.outcomes import Mark, Outcome

One = TypeVar("One")
Parcel = TypeVar("Parcel")


class Errand(Protocol[One, Parcel]):
    """What differs between the kinds of things that leave: how one claimed row goes through the steps."""

    @property
    def beat(self) -> timedelta:
        """How often a sign of life is given for what is being handed over: well within its lease."""
        ...

    async def claim(self) -> tuple[int, Sequence[One]]:
        """Claim what is due; return how many rows that were, and those that may leave."""
        ...

    async def take_up(self, one: One) -> Parcel | None:
        """Return what is handed over; None, and the row settled, when it must not leave any more or is no longer ours."""
        ...

    def send(self, parcel: Parcel, mark: Mark) -> Coroutine[None, None, Outcome]:
        """Hand it over, awaiting the mark just before what cannot be taken back."""
        ...

    async def mark(self, one: One) -> bool:
        """Set the durable mark; False, and nothing may leave, when the row is no longer ours or something came in between."""
        ...

    async def keep(self, one: One) -> None:
        """Give the sign of life: lengthen the lease of what is being handed over."""
        ...

    async def settle(self, one: One, outcome: Outcome) -> None:
        """Store what became of it."""
        ...


async def run(errand: Errand[One, Parcel], *, at_once: int = 1, ahead: float = 0) -> int:
    """Bring what is due to an outcome, so many at once, and return how many rows there were.

    With `ahead` the next batch is claimed as soon as fewer than that wait, until nothing is due. One that cannot go on does not cut its
    neighbours off between mark and outcome: its problem is raised after them.
    """
    return await _Lanes(errand, ahead).run(at_once)


class _Lanes(Generic[One, Parcel]):
    """Claimed rows on their way out."""

    def __init__(self, errand: Errand[One, Parcel], ahead: float) -> None:
        self._errand, self._ahead = errand, ahead
        self._many = 0
        self._dry = not ahead
        self._waiting: deque[One] = deque()
        self._next: asyncio.Task[None] | None = None
        self._problems: list[BaseException] = []

    async def run(self, at_once: int) -> int:
        await self._refill()
        if self._many:
            ended = await asyncio.gather(*(self._lane() for _ in range(at_once)), return_exceptions=True)
            self._problems += filter(None, ended)
        for problem in self._problems:
            raise problem
        return self._many

    async def _lane(self) -> None:
        while await self._is_supplied():
            await self._without_harm(self._hand_over(self._waiting.popleft()))

    async def _hand_over(self, one: One) -> None:
        parcel = await self._errand.take_up(one)
        if parcel is not None:
            keeping = asyncio.create_task(self._keep(one))
            try:
                # a task of its own: all lanes that are free have begun before the first of them can tell the errand to stop
                outcome = await asyncio.create_task(self._errand.send(parcel, partial(self._errand.mark, one)))
            finally:
                keeping.cancel()
                await asyncio.wait([keeping])
            await self._errand.settle(one, outcome)

    async def _keep(self, one: One) -> None:
        while True:
            await asyncio.sleep(self._errand.beat.total_seconds())
            await self._without_harm(self._errand.keep(one))

    async def _is_supplied(self) -> bool:
        """Whether there is something to hand over, after the claim that may be under way."""
        while True:
            if not self._dry and self._next is None and len(self._waiting) < self._ahead:
                self._next = asyncio.create_task(self._without_harm(self._refill()))
            if self._waiting or self._next is None:
                return bool(self._waiting)
            await asyncio.wait([self._next])

    async def _refill(self) -> None:
        try:
            many, ready = await self._errand.claim()
        finally:
            self._next = None
        self._many += many
        self._dry = self._dry or not many
        self._waiting.extend(ready)

    async def _without_harm(self, step: Awaitable[None]) -> None:
        """Keep a problem for later; nothing more is claimed after it."""
        try:
            await step
        except Exception as problem:  # noqa: BLE001 - raised by `run`, once nothing is between mark and outcome
            self._problems.append(problem)
            self._dry = True
