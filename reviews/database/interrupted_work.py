"""Let work wait whose store of files or database went away meanwhile: our trouble, and no attempt of anybody's."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import job_queue, outage
from reviews.database.job_queue import Claimed, Queue
from reviews.storage import StoreAwayError

log = structlog.get_logger("reviews.worker")

_ASK_AGAIN: Final = 1.0
"""Seconds between two looks whether the database is back; well within a lease, or the row would be swept as lost."""


@contextlib.asynccontextmanager
async def no_attempt(maker: async_sessionmaker[AsyncSession], queue: Queue, claimed: Claimed, clock: Clock) -> AsyncGenerator[None]:
    """Do the work on a claimed row; when store or database is away meanwhile, the row waits as if it had not been claimed.

    A document whose attempts were used up by our disk would be said to have ended its reader. What was settled before stays so.
    """
    try:
        yield
    except StoreAwayError as problem:
        log.warning("store_away", queue=queue.table.name, problem=problem.errno)
        await _put_back(maker, queue, claimed, clock)
    except SQLAlchemyError as problem:
        if not outage.is_away(problem):
            raise
        log.warning("database_away", queue=queue.table.name, kind=type(problem).__qualname__)
        await _put_back(maker, queue, claimed, clock)


async def _put_back(maker: async_sessionmaker[AsyncSession], queue: Queue, claimed: Claimed, clock: Clock) -> None:
    """Let a row wait as if it had not been claimed, as soon as the database takes that; nothing else can be done before."""
    while True:
        try:
            async with maker.begin() as session:
                await job_queue.unclaim(session, queue, claimed, due_at=clock.now() + job_queue.READER_PAUSE)
        except SQLAlchemyError as problem:
            if not outage.is_away(problem):
                raise
            await asyncio.sleep(_ASK_AGAIN)
        else:
            return
