"""Single triggers that arrive at the same time are taken in together: one transaction, one commit, an answer each.

A trigger that comes alone starts at once. Those that arrive while a group is under way make up the next one. Where several were answered just
now they are given a moment to come back together, half as long as their group took: so company is waited for only where there was some.
An answer is given after the commit and never before. What makes a group fail can't hold up the others: each is then taken in by itself.
A group that waits for somebody else's lock lets the next ones go ahead.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database.tables import Branch
from reviews.errors import ReviewsError
from reviews.invitations.intake import clock_skew, sources, trigger
from reviews.invitations.intake.events import Event
from reviews.invitations.intake.job_history import IncomingEvent
from reviews.invitations.intake.trigger import Answer
from reviews.invitations.planning.schedule import Horizon
from reviews.keys import KeyRing

_PATIENCE: Final = 0.25
"""Seconds after which a group that waits, for somebody else's lock, lets the next one go ahead."""

_MOMENT: Final = 0.05
"""Seconds that company is waited for at most, and after which it is not expected back."""

_AT_ONCE: Final = 4
"""So many groups at most are under way: each holds a connection."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A trigger that waits for its turn: whose key was shown, what it says, and what it shows of its sender's clock."""

    key: str
    event: Event
    reading: clock_skew.SkewReading
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(frozen=True, slots=True)
class _Group:
    """How large the last group was, how many seconds it took, and when it ended."""

    size: int
    took: float
    ended: float


class TriggerBatches:
    """The place where single triggers wait for their turn; one per process, at most `most` in a group."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, clock: Clock, horizon: Horizon, *, most: int) -> None:
        self._maker, self._key_ring, self._clock, self._horizon, self._most = maker, key_ring, clock, horizon, most
        self._waiting: deque[_Asked] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._last = _Group(0, 0.0, 0.0)
        self._complete = asyncio.Event()

    async def tell(self, key: str, event: Event, reading: clock_skew.SkewReading) -> Answer:
        """Take in one trigger and return its answer once it is committed; raise what is wrong with the key, the branch or the event's id.

        Whoever leaves (is cancelled) before the turn of the trigger has not told it; whoever leaves later has.
        """
        asked = _Asked(key, event, reading)
        self._waiting.append(asked)
        if len(self._waiting) >= self._last.size:
            self._complete.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await asked.answer

    async def _run(self) -> None:
        while self._waiting:
            await self._gather()
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            task = asyncio.create_task(self._serve([one for one in group if not one.answer.done()]))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.wait([task], timeout=_PATIENCE)
            if len(self._under_way) >= _AT_ONCE:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _gather(self) -> None:
        """Give those who were answered together just now a moment to come back."""
        expected = self._last.size > 1 and perf_counter() - self._last.ended < _MOMENT
        if not expected or len(self._waiting) >= self._last.size:
            return
        self._complete.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._complete.wait(), min(self._last.took / 2, _MOMENT))

    async def _serve(self, group: Sequence[_Asked]) -> None:
        """Take in a group and tell each; each by itself when the whole can't be taken in. What goes wrong is told to whoever asked."""
        if not group:
            return
        started = perf_counter()
        [told] = await asyncio.gather(self._take_in(group), return_exceptions=True)
        self._last = _Group(len(group), perf_counter() - started, perf_counter())
        if not isinstance(told, BaseException):
            for one, answer in zip(group, told, strict=True):
                _tell(one, answer)
        elif len(group) == 1:
            _tell(group[0], told)
        else:
            await asyncio.gather(*(self._serve([one]) for one in group))

    async def _take_in(self, group: Sequence[_Asked]) -> list[Answer | ReviewsError]:
        """Look up keys and branches, take in what may come in, and commit; a key that was revoked before this does not count."""
        now = self._clock.now()
        async with self._maker.begin() as session:
            callers = await sources.callers_with(session, {one.key for one in group}, now=now)
            branches = await sources.branches_called(session, {one.event.branch for one in group})
            for key, caller in sorted(callers.items(), key=_by_source):
                await clock_skew.note(session, caller, clock_skew.worst(one.reading for one in group if one.key == key), now=now)
            placed = [_place(one, callers, branches) for one in group]
            incoming_events = [one for one in placed if isinstance(one, IncomingEvent)]
            told = iter(await trigger.accept_all(session, incoming_events, key_ring=self._key_ring, horizon=self._horizon, now=now))
            return [next(told) if isinstance(one, IncomingEvent) else one for one in placed]


def _by_source(known: tuple[str, sources.Caller]) -> bytes:
    return known[1].source_id.bytes


def _place(one: _Asked, callers: dict[str, sources.Caller], branches: dict[str, Branch]) -> IncomingEvent | ReviewsError:
    try:
        caller = sources.known(callers, one.key)
        return IncomingEvent(sources.allowed(caller, branches, one.event.branch), caller.source_id, one.event)
    except ReviewsError as problem:
        return problem


def _tell(one: _Asked, answer: Answer | BaseException) -> None:
    if one.answer.done():
        return
    if isinstance(answer, Answer):
        one.answer.set_result(answer)
    else:
        one.answer.set_exception(answer)


def batches_in(app: Litestar) -> TriggerBatches:
    """Return the gathering that `create_app` put into the application."""
    gathering = app.state["gathering"]
    assert isinstance(gathering, TriggerBatches)
    return gathering
