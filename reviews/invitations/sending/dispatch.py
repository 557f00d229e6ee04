"""Invitation flow, step 4 of 6: hand over what is due, each once, after checking everything again.

1. Claim a batch; the branches take turns (`shares`).
2. Check each again on fresh data (`last_check`).
3. Set the durable mark just before the first byte that cannot be taken back, with the person's row locked; those that stand ready at the same
   moment are marked in one transaction, each fenced by its own attempt, and each before its own first byte.
4. Hand over, outside any transaction.
5. Settle by the outcome: *sent*, *refused*, *retry* or *unknown*; an unknown is parked for a person and never repeated by itself.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS, Claimed
from reviews.database.tables import Branch, Invitation, InvitationEvent
from reviews.invitations.reasons import OutcomeCode
from reviews.invitations.sending import fairness, history, preflight, send_mark
from reviews.invitations.sending.batcher import Batcher
from reviews.invitations.sending.outcomes import INVITED_RECENTLY, NOT_MARKED, PLATFORM_ERROR, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.sending.preflight import InvitationParcel, Ready
from reviews.invitations.sending.send_mark import MarkRequest, OutcomeWrite

log = structlog.get_logger("reviews.dispatch")

NOT_MARKED_PAUSE = timedelta(minutes=1)

COMPANY = 0.015
"""Seconds that a mark waits for others to share its commit, at most."""

Mark = Callable[[], Awaitable[bool]]


class Channel(Protocol):
    """A way to hand over an invitation: the platform's call, or our own mail."""

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        """Hand over a parcel; `mark` is awaited just before the first thing that cannot be taken back, and False means: don't."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The invitations' side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    channels: Mapping[str, Channel]
    clock: Clock
    lease: timedelta
    hand_over: Mapping[str, timedelta]
    """By channel, the longest that it may take once the mark is set; the lease is lengthened by it."""
    at_once: int = 8
    """How many are in hand at once: for mail four times the lines, so that marks share a commit and no line waits for one.

    More would be little faster, and what is marked when a process dies becomes unknown.
    """
    per_hour: Mapping[str, int] = field(default_factory=dict[str, int])
    """By channel, the most that may leave in any hour; a channel that is not named has no limit."""
    batch: int = 100
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin nothing new: what is claimed and not yet begun goes back to its queue as it was."""
        self._stopped.set()

    async def dispatch_due(self) -> int:
        """Claim what is due, batch after batch, and bring each of it to an outcome; return how many there were."""
        first = await self.claim()
        if not first.many:
            return 0
        async with self.maker() as session:
            return await _Stream(self, await send_mark.autocommitting(session)).hand_over(first)

    async def claim(self) -> "Batch":
        """Claim one batch and look at each of it again."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            claimed = await fairness.claim(session, self.channels.keys(), per_hour=self.per_hour, now=now, lease=self.lease, limit=self.batch)
        if not claimed:
            return Batch(now)
        async with self.maker.begin() as session:
            ready, endings = await preflight.check(session, claimed, now=self.clock.now())
        return Batch(now, len(claimed), ready, endings)

    def is_stopping(self) -> bool:
        """Whether nothing new is begun."""
        return self._stopped.is_set()

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await job_queue.sweep(session, INVITATIONS, now=now)
            lost = [(key, state) for state, keys in (("unknown", swept.unknown), ("dead", swept.dead)) for key in keys]
            if lost:
                found = tuple_(Invitation.branch_id, Invitation.id).in_([key for key, _ in lost])
                await session.execute(update(Invitation).where(found).values(reason=OutcomeCode.WORKER_LOST))
            session.add_all(history.event(key[0], key[1], now, state, OutcomeCode.WORKER_LOST, "worker") for key, state in lost)
        return swept.returned + len(lost)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim brought: how many, which of them may leave, and what becomes of the others."""

    claimed_at: datetime
    many: int = 0
    ready: Sequence[Ready] = ()
    endings: Sequence[OutcomeWrite] = ()


class _Stream:
    """Claimed invitations on their way out, over as many lanes as may be at work at once; the next batch is claimed while one is handed over."""

    def __init__(self, dispatcher: Dispatcher, session: AsyncSession) -> None:
        self._by = dispatcher
        self._session = session
        self._many = 0
        self._waiting: deque[tuple[Ready, datetime]] = deque()
        self._next: asyncio.Task[None] | None = None
        self._dry = False
        self._written: set[asyncio.Future[bool]] = set()
        self._problems: list[BaseException] = []
        self._halted: dict[tuple[str, uuid.UUID], OutcomeCode] = {}
        self._desk: Batcher[OutcomeWrite | MarkRequest, bool] = Batcher(self._write, enough=2 * dispatcher.at_once, patience=COMPANY)

    async def hand_over(self, first: Batch) -> int:
        """Bring each to an outcome. One that cannot go on does not cut its neighbours off: its problem is raised after them."""
        self._take(first)
        ended = await asyncio.gather(*(self._lane() for _ in range(self._by.at_once)), return_exceptions=True)
        written = await asyncio.gather(*self._written, return_exceptions=True)
        for problem in (*self._problems, *ended, *written):
            if isinstance(problem, BaseException):
                raise problem
        return self._many

    def _take(self, batch: Batch) -> None:
        self._many += batch.many
        self._dry = self._dry or not batch.many
        self._waiting.extend((ready, batch.claimed_at) for ready in batch.ready)
        for ending in batch.endings:
            self._settle(ending)

    async def _lane(self) -> None:
        try:
            while await self._is_supplied():
                ready, claimed_at = self._waiting.popleft()
                if self._by.is_stopping():
                    self._settle(OutcomeWrite(ready.claimed, INVITATIONS.waiting, unmark=True))
                elif self._is_halted(ready):
                    self._settle(self._put_off(ready))
                elif self._by.clock.now() - claimed_at <= self._by.lease / 2 or await self._renewed(ready):
                    await self._try(ready)
        finally:
            self._dry = True  # a lane ends when all is done, or by a problem, after which nothing more is claimed

    async def _is_supplied(self) -> bool:
        """Whether there is something to hand over; the next batch is claimed as soon as less than half a batch waits."""
        while True:
            wanted = not self._dry and not self._by.is_stopping()
            if wanted and self._next is None and len(self._waiting) < self._by.batch / 2:
                self._next = asyncio.create_task(self._refill())
            if self._waiting or self._next is None:
                return bool(self._waiting)
            await asyncio.wait([self._next])

    async def _refill(self) -> None:
        try:
            self._take(await self._by.claim())
        finally:
            self._next = None

    async def _try(self, ready: Ready) -> None:
        """Make one try. An error of ours is an outcome too: nothing has left before the mark, and nobody knows after it."""
        marked = False

        async def mark() -> bool:
            nonlocal marked
            marked = not self._is_halted(ready) and await self._desk.ask(self._marking(ready))
            return marked

        [outcome] = await asyncio.gather(self._by.channels[ready.channel].send(ready.parcel, mark=mark), return_exceptions=True)
        if isinstance(outcome, BaseException):
            log.error("try_broke_off", invitation=str(ready.parcel.invitation_id), kind=type(outcome).__qualname__, marked=marked)
            outcome = Unknown(OutcomeCode.BROKE_OFF) if marked else Retry(OutcomeCode.BROKE_OFF)
        await self._conclude(ready, outcome)

    async def _conclude(self, ready: Ready, outcome: Outcome) -> None:
        now = self._by.clock.now()
        match outcome:
            case Refused(code) if code == INVITED_RECENTLY and await self._may_have_arrived(ready.claimed):
                outcome = Sent()
            case Halt(code):
                self._halted[ready.channel, ready.parcel.branch_id] = code
                await self._halt(ready, code, now)
            case _:
                pass
        self._settle(_ending(ready, outcome, now))

    def _is_halted(self, ready: Ready) -> bool:
        return (ready.channel, ready.parcel.branch_id) in self._halted

    def _put_off(self, ready: Ready) -> OutcomeWrite:
        """Give back what can't leave: as it was where claims pass over its branch until that is mended, else to be tried a little later."""
        if ready.channel == "platform":
            return OutcomeWrite(ready.claimed, INVITATIONS.waiting, unmark=True)
        return _ending(ready, Halt(self._halted[ready.channel, ready.parcel.branch_id]), self._by.clock.now())

    def _settle(self, ending: OutcomeWrite) -> None:
        """Have an outcome written with the next group; the lane goes on meanwhile. A crash before that leaves the row marked: unknown."""
        if ending.state == "dead":
            log.error("invitation_dead", invitation=str(ending.claimed.key[1]), reason=ending.reason)
        told = self._desk.ask(ending)
        self._written.add(told)
        told.add_done_callback(self._note)

    def _note(self, told: "asyncio.Future[bool]") -> None:
        self._written.discard(told)
        problem = None if told.cancelled() else told.exception()
        if problem is not None:
            self._problems.append(problem)
            self._dry = True

    async def _renewed(self, ready: Ready) -> bool:
        """Lengthen the lease of a row whose turn came late; False when it is no longer ours."""
        async with self._by.maker.begin() as session:
            return await job_queue.renew(session, INVITATIONS, ready.claimed, until=self._by.clock.now() + self._by.lease)

    async def _write(self, asked: Sequence[OutcomeWrite | MarkRequest]) -> list[bool]:
        return await send_mark.write(self._session, asked, now=self._by.clock.now())

    def _marking(self, ready: Ready) -> MarkRequest:
        now = self._by.clock.now()
        return MarkRequest(ready.claimed, ready.person_id, now - ready.cap, now + self._by.hand_over[ready.channel])

    async def _may_have_arrived(self, claimed: Claimed) -> bool:
        """Whether the platform failed on an earlier attempt of ours: "already placed" then tells that this attempt had succeeded."""
        branch_id, invitation_id = claimed.key
        failed = select(InvitationEvent.id).where(
            InvitationEvent.branch_id == branch_id, InvitationEvent.invitation_id == invitation_id, InvitationEvent.reason == PLATFORM_ERROR
        )
        async with self._by.maker.begin() as session:
            return bool(await session.scalar(select(failed.exists())))

    async def _halt(self, ready: Ready, code: str, now: datetime) -> None:
        """Stop a branch whose place at the platform needs a person, and tell it once."""
        if ready.channel != "platform":
            return
        stop = update(Branch).where(Branch.id == ready.parcel.branch_id, Branch.platform_halted_at.is_(None)).values(platform_halted_at=now)
        async with self._by.maker.begin() as session:
            result = await session.execute(stop)
        assert isinstance(result, CursorResult)
        if result.rowcount:
            log.error("branch_halted", branch=str(ready.parcel.branch_id), reason=code)


def _ending(ready: Ready, outcome: Outcome, now: datetime) -> OutcomeWrite:
    """Return what an outcome makes of an invitation."""
    match outcome:
        case Sent():
            return OutcomeWrite(ready.claimed, "sent", certain=True)
        case Unknown(code):
            return OutcomeWrite(ready.claimed, "unknown", code)
        case Refused(code):
            return OutcomeWrite(ready.claimed, "refused", code, unmark=True)
        case Halt(code):
            return _again(ready, code, now + job_queue.HALTED_PAUSE, tries=ready.tries)
        case Retry(code) if code == NOT_MARKED:
            return _again(ready, code, now + NOT_MARKED_PAUSE, tries=ready.tries)
        case Retry(code, after):
            pause = job_queue.spread(job_queue.pause_after(ready.tries + 1), ready.parcel.invitation_id)
            return _again(ready, code, now + max(after or timedelta(), pause), tries=ready.tries + 1)


def _again(ready: Ready, code: str, due_at: datetime, *, tries: int) -> OutcomeWrite:
    """Let an invitation wait for another try; it ends when that would come too late, or was made often enough."""
    if tries > len(job_queue.PAUSES):
        return OutcomeWrite(ready.claimed, "dead", code, tries=tries, unmark=True)
    if due_at > ready.send_before:
        return OutcomeWrite(ready.claimed, "expired", code, tries=tries, unmark=True)
    return OutcomeWrite(ready.claimed, INVITATIONS.waiting, code, due_at=due_at, tries=tries, unmark=True)
