"""Single triggers that arrive at the same time are taken in together: one transaction, one commit, an answer each.

How they come together is the batcher's (`reviews.handover.batcher`): a trigger that comes alone starts at once, those that arrive while a group
is under way make up the next one, and a group that waits for somebody else's lock lets the next ones go ahead.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from litestar import Litestar
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import keys
from reviews.clock import Clock
from reviews.database import test_mode
from reviews.errors import ReviewsError
from reviews.handover.batcher import Batcher
from reviews.invitations.intake import sources, trigger
from reviews.invitations.intake.clock_skew import SkewReading
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.trigger import Answer, Call
from reviews.invitations.planning.schedule import Horizon
from reviews.keys import KeyRing

_ADMITTED: Final = 10.0
"""Seconds for which a key that was known lets bodies be read. What comes of them is decided by the key as it is in the group's transaction."""

_AT_ONCE: Final = 4
"""So many groups at most are under way: each holds a connection."""


class TriggerBatches:
    """The place where single triggers wait for their turn; one per process, at most `most` in a group."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, clock: Clock, horizon: Horizon, *, most: int) -> None:
        self._maker, self._key_ring, self._clock, self._horizon = maker, key_ring, clock, horizon
        self._admitted: dict[bytes, float] = {}
        self._asked: dict[bytes, asyncio.Task[None]] = {}
        self._tests: set[bytes] = set()
        self._batcher: Batcher[Call, Answer | ReviewsError] = Batcher(self._take_in, most=most, at_once=_AT_ONCE)

    async def admit(self, key: str) -> bool:
        """Let a caller send a body, and return whether it is a test source; raise UnauthorizedError for a key that nobody has.

        No connection is held when this returns.
        """
        known, now = keys.digest(key), asyncio.get_running_loop().time()
        if self._admitted.get(known, now) > now:
            return known in self._tests
        # One question for all who show the same key meanwhile: they go on in the order in which they came, and a flood of one key costs nothing.
        if known not in self._asked:
            self._asked[known] = asyncio.create_task(self._ask(key))
            self._asked[known].add_done_callback(lambda asked: self._forget(known, asked))
        await asyncio.shield(self._asked[known])
        # Only known keys are kept, so that nobody can fill this.
        self._admitted[known] = now + _ADMITTED
        return known in self._tests

    def _forget(self, known: bytes, asked: asyncio.Task[None]) -> None:
        del self._asked[known]
        # Looked at also when everybody who asked has left: asyncio would complain of an error that nobody saw.
        if not asked.cancelled():
            asked.exception()

    async def _ask(self, key: str) -> None:
        async with self._maker() as session:
            caller = await sources.caller_with(session, key, now=self._clock.now())
        # A source that is made for tests stays one: this needs no second look.
        if caller.test:
            self._tests.add(keys.digest(key))

    async def tell(self, key: str, event: Event, reading: SkewReading) -> Answer:
        """Take in one trigger and return its answer once it is committed; raise what is wrong with the key, the branch or the event's id.

        Whoever leaves (is cancelled) before the turn of the trigger has not told it; whoever leaves later has.
        """
        call = Call(key, (event,), reading)
        answer = await self._take_in_apart(call) if keys.digest(key) in self._tests else await self._batcher.ask(call)
        if isinstance(answer, ReviewsError):
            raise answer
        return answer

    async def _take_in(self, calls: Sequence[Call]) -> list[Answer | ReviewsError]:
        async with self._maker.begin() as session:
            return await trigger.tell(session, calls, key_ring=self._key_ring, horizon=self._horizon, now=self._clock.now())

    async def _take_in_apart(self, call: Call) -> Answer | ReviewsError:
        """Take in what a test source tells, in a transaction that sees nothing real."""
        now = self._clock.now()
        async with self._maker.begin() as session:
            caller = await sources.caller_with(session, str(call.by), now=now)
            await test_mode.enter(session, caller.source_id)
            own = self._key_ring.of_test_source(caller.source_id)
            [answer] = await trigger.tell(session, [structs.replace(call, by=caller)], key_ring=own, horizon=self._horizon, now=now)
        return answer


def batches_in(app: Litestar) -> TriggerBatches:
    """Return the batches that `create_app` put into the application."""
    batches = app.state["trigger_batches"]
    assert isinstance(batches, TriggerBatches)
    return batches
