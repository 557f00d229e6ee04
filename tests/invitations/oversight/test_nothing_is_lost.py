"""Whatever happens, in whatever order: no row is ever removed, the sums close, and the books fit together."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import Branch, ChannelHalt, Job
from reviews.errors import ConflictError
from reviews.handover.outcomes import Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.intake.event_model import EventType
from reviews.invitations.oversight import actions, ledger
from reviews.keys import KeyRing
from reviews.moderation import checkpoints
from reviews.moderation.checkpoints import DayCloser
from reviews.privacy import suppression
from reviews.reasons import OutcomeCode
from tests.invitations import books
from tests.invitations.books import LEASE, Books

KEPT = ("jobs", "triggers", "invitations", "invitation_events", "bases", "audit")
NUMBERS = [f"N{number}" for number in range(5)]
TYPES = [*get_args(EventType), "job.completed"]
OUTCOMES: list[Outcome] = [
    Sent(),
    Sent(),
    Refused(OutcomeCode.RECIPIENT_REFUSED),
    Retry(OutcomeCode.SMTP_BUSY),
    Unknown(OutcomeCode.REPLY_LOST),
    Halt(OutcomeCode.TOKEN_REFUSED),
]


async def forbid_deletion(maker: async_sessionmaker[AsyncSession]) -> None:
    """Let the database itself refuse to remove a row of the ledger."""
    async with maker.begin() as session:
        await session.execute(
            text("CREATE FUNCTION no_row_goes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a row was removed from %', TG_TABLE_NAME; END $$")
        )
        for table in KEPT:
            await session.execute(text(f"CREATE TRIGGER keep BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION no_row_goes()"))


class Chance:
    """Things that may happen to the books, drawn from a seed."""

    def __init__(self, context: Books, seed: int) -> None:
        self.books, self.draw, self.told = context, random.Random(seed), 0  # noqa: S311 - chance for a test

    async def something(self) -> None:
        happenings: list[Callable[[], Awaitable[object]]] = [
            self.tell, self.tell, self.tell, self.dispatch, self.dispatch, self.dispatch, self.action, self.action, self.settle, self.review,
            self.lose_a_worker, self.time_passes, self.time_passes, self.opt_out, self.close,
        ]  # fmt: skip
        await self.draw.choice(happenings)()

    async def tell(self) -> None:
        self.told += 1
        happened = self.books.clock.moment - timedelta(hours=self.draw.randrange(600))
        number, what = self.draw.choice(NUMBERS), self.draw.choice(TYPES)
        await self.books.tell({**books.job(number, type=what, occurred_at=happened.isoformat()), "event_id": f"event-{self.told}"})

    async def dispatch(self) -> None:
        await self.books.dispatch(self.draw.choice(OUTCOMES))

    async def action(self) -> None:
        await self._with_some(lambda number: self.books.by_hand(number, self.draw.choice(list(actions.ACTIONS))))

    async def settle(self) -> None:
        await self._with_some(lambda number: self.books.settle(number, was_sent=self.draw.random() < 0.5))

    async def review(self) -> None:
        await self._with_some(self.books.review)

    async def _with_some(self, act: Callable[[str], Awaitable[object]]) -> None:
        async with self.books.maker() as session:
            numbers = list(await session.scalars(select(Job.number).order_by(Job.number)))
        if not numbers:
            return
        try:
            await act(self.draw.choice(numbers))
        except ConflictError:
            return

    async def lose_a_worker(self) -> None:
        """Claim as a worker does, die before or after the mark, and be swept."""
        now = self.books.clock.moment
        async with self.books.maker.begin() as session:
            claimed = await job_queue.claim_due(session, INVITATIONS, now=now, lease=LEASE)
            for one in claimed:
                if self.draw.random() < 0.5:
                    await job_queue.mark(session, INVITATIONS, one, now=now, until=now + LEASE)
        self.books.clock.moment += LEASE * 2
        await self.books.dispatcher().sweep()

    async def time_passes(self) -> None:
        """Some hours or days go by, in which somebody mends what stopped the platform."""
        self.books.clock.moment += timedelta(hours=self.draw.choice([1, 30, 300]))
        async with self.books.maker.begin() as session:
            await session.execute(delete(ChannelHalt))

    async def opt_out(self) -> None:
        if self.draw.random() < 0.3:
            key = self.books.key_ring.address_key(f"{self.draw.choice(NUMBERS).lower()}@example.com")
            async with self.books.maker.begin() as session:
                await suppression.suppress(session, key, reason="opt_out", origin="test", now=self.books.clock.moment)

    async def close(self) -> None:
        while await DayCloser(self.books.maker, self.books.clock, LEASE).close_due():
            pass


@pytest.mark.parametrize("seed", range(12))
async def test_no_happening_removes_a_row_or_leaves_books_that_do_not_fit(
    maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, seed: int
) -> None:
    context = await books.opened(maker, key_ring, now)
    await forbid_deletion(maker)
    chance = Chance(context, seed)
    jobs = 0

    for _ in range(8):
        for _ in range(8):
            await chance.something()
        async with maker() as session:
            ids = list(await session.scalars(select(Branch.id)))
            sums = await ledger.sums(session, ids, now - timedelta(days=1), context.clock.moment + timedelta(days=1))
            assert [finding async for finding in checkpoints.verify(session, ids)] == []
        assert sums.closes
        jobs = sums.jobs
    assert jobs > 0
