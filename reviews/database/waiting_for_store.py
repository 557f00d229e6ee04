"""Let work wait that needs the store of files while that is away: our trouble, and no attempt of anybody's."""

import contextlib
from collections.abc import AsyncGenerator

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import job_queue
from reviews.database.job_queue import Claimed, Queue
from reviews.storage import StoreAwayError

log = structlog.get_logger("reviews.worker")


@contextlib.asynccontextmanager
async def no_attempt(maker: async_sessionmaker[AsyncSession], queue: Queue, claimed: Claimed, clock: Clock) -> AsyncGenerator[None]:
    """Do the work on a claimed row; when the store is away meanwhile, the row waits as if it had not been claimed.

    A document whose attempts were used up by our disk would be said to have ended its reader. What was settled before stays so.
    """
    try:
        yield
    except StoreAwayError as problem:
        log.warning("store_away", queue=queue.table.name, problem=problem.errno)
        async with maker.begin() as session:
            await job_queue.unclaim(session, queue, claimed, due_at=clock.now() + job_queue.READER_PAUSE)
