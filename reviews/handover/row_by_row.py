"""An errand whose rows go through each step alone, in a transaction of its own: all that leaves the house but invitations."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import job_queue
from reviews.database.job_queue import Claimed, Queue
from reviews.handover.outcomes import Mark, Outcome

Parcel = TypeVar("Parcel")
Parcel_contra = TypeVar("Parcel_contra", contravariant=True)


class PassOn(Protocol[Parcel_contra]):
    """What takes one thing out of the house."""

    async def __call__(self, parcel: Parcel_contra, /, *, mark: Mark) -> Outcome:
        """Hand it over, awaiting the mark just before what cannot be taken back."""
        ...


@dataclass(frozen=True, slots=True)
class RowByRow(Generic[Parcel]):
    """One kind of thing that leaves, by what is its own of each step.

    `before` is done in the transaction of the claim; `only` are the rows that may be claimed. `may_leave` is asked in the transaction of the
    mark, and locks what must not change under it.
    """

    maker: async_sessionmaker[AsyncSession]
    queue: Queue
    clock: Clock
    lease: timedelta
    look: Callable[[AsyncSession, Claimed, datetime], Awaitable[Parcel | None]]
    pass_on: PassOn[Parcel]
    write: Callable[[AsyncSession, Claimed, Outcome, datetime], Awaitable[None]]
    before: Callable[[AsyncSession, datetime], Awaitable[None]] | None = None
    may_leave: Callable[[AsyncSession, Claimed, datetime], Awaitable[bool]] | None = None
    only: ColumnElement[bool] | None = None
    limit: int = job_queue.BATCH

    @property
    def beat(self) -> timedelta:
        """A third of the lease: two signs of life may be lost."""
        return self.lease / 3

    async def claim(self) -> tuple[int, Sequence[Claimed]]:
        """Claim one batch."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            if self.before:
                await self.before(session, now)
            claimed = await job_queue.claim_due(session, self.queue, now=now, lease=self.lease, limit=self.limit, only=self.only)
        return len(claimed), claimed

    async def take_up(self, one: Claimed) -> Parcel | None:
        """Lengthen the lease of a row whose turn has come, and look at it again."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            if await job_queue.renew(session, self.queue, one, until=now + self.lease):
                return await self.look(session, one, now)
        return None

    async def send(self, parcel: Parcel, mark: Mark) -> Outcome:
        """Hand it over."""
        return await self.pass_on(parcel, mark=mark)

    async def mark(self, one: Claimed) -> bool:
        """Set the mark if nothing came in between, and the clock by which it leaves is not in doubt."""
        if not self.clock.trusted:
            return False
        async with self.maker.begin() as session:
            if self.may_leave and not await self.may_leave(session, one, self.clock.now()):
                return False
            now = self.clock.now()
            return await job_queue.mark(session, self.queue, one, now=now, until=now + self.lease)

    async def keep(self, one: Claimed) -> None:
        """Lengthen the lease of a row that is being handed over."""
        async with self.maker.begin() as session:
            await job_queue.renew(session, self.queue, one, until=self.clock.now() + self.lease)

    async def settle(self, one: Claimed, outcome: Outcome) -> None:
        """Store what became of it."""
        async with self.maker.begin() as session:
            await self.write(session, one, outcome, self.clock.now())
