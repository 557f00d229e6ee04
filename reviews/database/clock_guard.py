"""Compare our clock with the database's at the start and each minute, and let nothing go on that a lying clock would decide for good."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import CheckedClock
from reviews.database import faults
from reviews.database.engine import one_look

log: Final = structlog.get_logger("reviews.clock")

EVERY: Final = 60.0
"""Seconds between two comparisons."""

# clock_timestamp() and not now(): that is when the transaction began.
_ASK: Final = text("SELECT clock_timestamp()")


def compare_once(url: str, clock: CheckedClock) -> None:
    """Compare the clocks before anything else is done; for the start of a process."""
    with one_look(url) as connection:
        # Once before it counts: opening the connection and the driver's first steps take longer than an answer.
        connection.execute(select(1))
        began = time.monotonic()
        theirs = connection.scalar(_ASK)
        assert isinstance(theirs, datetime)
        clock.compare(theirs, took=time.monotonic() - began)


class ClockGuard:
    """What stands before all work that decides something by the time.

    When the database cannot be asked nothing changes: a database that is away is no clock that lies.
    """

    def __init__(self, maker: async_sessionmaker[AsyncSession], clock: CheckedClock) -> None:
        self._maker, self._clock = maker, clock
        self._asked_at: float | None = None
        self._told: bool | None = None
        self._asking = asyncio.Lock()

    async def look(self) -> int:
        """Compare the clocks; always 0, because nothing needs a second look at once."""
        async with self._asking:
            await self._compare()
        return 0

    async def before(self, step: Callable[[], Awaitable[int]]) -> int:
        """Do a step of work if the clock may be trusted; else nothing, and 0."""
        return await step() if await self.may_go_on() else 0

    async def may_go_on(self) -> bool:
        """Whether what the time decides may be done; a jump, or no answer for a minute, is asked about first."""
        if self._is_in_doubt():
            async with self._asking:
                # Whoever waited for the lock may find that another has just asked.
                if self._is_in_doubt():
                    await self._compare()
        return self._clock.trusted

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Compare the clocks each minute for as long as the block lasts."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            # Whoever needs the database says that it is away; the next look is in a minute.
            with contextlib.suppress(SQLAlchemyError, OSError):
                await self.look()
            await asyncio.sleep(EVERY)

    def _is_in_doubt(self) -> bool:
        jumped = self._clock.agrees and not self._clock.trusted
        # Twice the interval: where somebody looks each minute, no step asks as well.
        return jumped or self._asked_at is None or time.monotonic() - self._asked_at > 2 * EVERY

    async def _compare(self) -> None:
        async with self._maker.begin() as session:
            await session.connection()
            began = time.monotonic()
            theirs = (await session.execute(_ASK)).scalar_one()
            self._clock.compare(theirs, took=time.monotonic() - began)
            self._asked_at = time.monotonic()
            await self._tell(session)

    async def _tell(self, session: AsyncSession) -> None:
        """Keep the row by which others see it, and write one line for each change of state."""
        agrees, ahead = self._clock.agrees, round(self._clock.ahead.total_seconds())
        if not agrees:
            await faults.report(session, faults.CLOCK, str(ahead))
            if self._told is not False:
                log.error("clock_not_trusted", ahead_of_database_seconds=ahead)
        elif self._told is not True:
            await faults.clear(session, faults.CLOCK)
            if self._told is False:
                log.info("clock_trusted", ahead_of_database_seconds=ahead)
        self._told = agrees
