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

from reviews import leases
from reviews.clock import Clock
from reviews.invitations import history, last_check, marks, shares
from reviews.invitations.last_check import Parcel, Ready
from reviews.invitations.marks import Ending, Marking
from reviews.invitations.outcomes import INVITED_RECENTLY, NOT_MARKED, PLATFORM_ERROR, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.together import Together
from reviews.leases import INVITATIONS, Claimed
from reviews.tables import Branch, Invitation, InvitationEvent

__all__ = ["Channel", "Dispatcher", "Mark", "Parcel"]

log = structlog.get_logger("reviews.dispatch")

HALTED_PAUSE = timedelta(minutes=15)
NOT_MARKED_PAUSE = timedelta(minutes=1)

COMPANY = 0.015
"""Seconds that a mark waits for others to share its commit, at most."""

BROKE_OFF = "broke_off"
"""Reason of a try that ended by an error of ours: it counts as a failed try before the mark, and is unknown after it."""

Mark = Callable[[], Awaitable[bool]]


class Channel(Protocol):
    """A way to hand over an invitation: the platform's call, or our own mail."""

    async def send(self, parcel: Parcel, *, mark: Mark) -> Outcome:
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
    """How many are in hand at once: twice the lines of a mail server, so that letters are written while others wait for their marks."""
    per_hour: Mapping[str, int] = field(default_factory=dict[str, int])
    """By channel, the most that may leave in any hour; a channel that is not named has no limit."""
    batch: int = 100
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin nothing new: what is claimed and not yet begun goes back to its queue as it was."""
        self._stopped.set()

    async def dispatch_due(self) -> int:
        """Claim one batch and bring each of it to an outcome; return how many there were."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            claimed = await shares.claim(session, self.channels.keys(), per_hour=self.per_hour, now=now, lease=self.lease, limit=self.batch)
        if not claimed:
            return 0
        async with self.maker.begin() as session:
            ready, endings = await last_check.check(session, claimed, now=self.clock.now())
        async with self.maker() as session:
            await _Batch(self, await marks.autocommitting(session), ready, now).hand_over(endings)
        return len(claimed)

    def is_stopping(self) -> bool:
        """Whether nothing new is begun."""
        return self._stopped.is_set()

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await leases.sweep(session, INVITATIONS, now=now)
            lost = [(key, state) for state, keys in (("unknown", swept.unknown), ("dead", swept.dead)) for key in keys]
            if lost:
                found = tuple_(Invitation.branch_id, Invitation.id).in_([key for key, _ in lost])
                await session.execute(update(Invitation).where(found).values(reason="worker_lost"))
            session.add_all(history.event(key[0], key[1], now, state, "worker_lost", "worker") for key, state in lost)
        return swept.returned + len(lost)


class _Batch:
    """One claimed batch on its way out, over as many lanes as may be at work at once."""

    def __init__(self, dispatcher: Dispatcher, session: AsyncSession, ready: Sequence[Ready], claimed_at: datetime) -> None:
        self._by = dispatcher
        self._session = session
        self._waiting = deque(ready)
        self._claimed_at = claimed_at
        self._written: list[asyncio.Future[bool]] = []
        self._halted: set[tuple[str, uuid.UUID]] = set()
        lanes = min(dispatcher.at_once, len(ready))
        self._desk: Together[Ending | Marking, bool] = Together(self._write, enough=lanes, patience=COMPANY)

    async def hand_over(self, endings: Sequence[Ending]) -> None:
        """Bring each to an outcome. One that cannot go on does not cut its neighbours off: its problem is raised after them."""
        self._written.extend(map(self._desk.ask, endings))
        lanes = [self._lane() for _ in range(min(self._by.at_once, len(self._waiting)))]
        ended = await asyncio.gather(*lanes, return_exceptions=True)
        written = await asyncio.gather(*self._written, return_exceptions=True)
        for problem in (*ended, *written):
            if isinstance(problem, BaseException):
                raise problem

    async def _lane(self) -> None:
        while self._waiting:
            ready = self._waiting.popleft()
            if self._by.is_stopping() or self._is_halted(ready):
                self._settle(Ending(ready.claimed, INVITATIONS.waiting, unmark=True))
            elif self._by.clock.now() - self._claimed_at <= self._by.lease / 2 or await self._renewed(ready):
                await self._try(ready)

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
            outcome = Unknown(BROKE_OFF) if marked else Retry(BROKE_OFF)
        await self._conclude(ready, outcome)

    async def _conclude(self, ready: Ready, outcome: Outcome) -> None:
        now = self._by.clock.now()
        match outcome:
            case Refused(code) if code == INVITED_RECENTLY and await self._may_have_arrived(ready.claimed):
                outcome = Sent()
            case Halt(code):
                self._halted.add((ready.channel, ready.parcel.branch_id))
                await self._halt(ready, code, now)
            case _:
                pass
        self._settle(_ending(ready, outcome, now))

    def _is_halted(self, ready: Ready) -> bool:
        return (ready.channel, ready.parcel.branch_id) in self._halted

    def _settle(self, ending: Ending) -> None:
        """Have an outcome written with the next group; the lane goes on meanwhile. A crash before that leaves the row marked: unknown."""
        if ending.state == "dead":
            log.error("invitation_dead", invitation=str(ending.claimed.key[1]), reason=ending.reason)
        self._written.append(self._desk.ask(ending))

    async def _renewed(self, ready: Ready) -> bool:
        """Lengthen the lease of a row whose turn came late; False when it is no longer ours."""
        async with self._by.maker.begin() as session:
            return await leases.renew(session, INVITATIONS, ready.claimed, until=self._by.clock.now() + self._by.lease)

    async def _write(self, asked: Sequence[Ending | Marking]) -> list[bool]:
        return await marks.write(self._session, asked, now=self._by.clock.now())

    def _marking(self, ready: Ready) -> Marking:
        now = self._by.clock.now()
        return Marking(ready.claimed, ready.person_id, now - ready.cap, now + self._by.hand_over[ready.channel])

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


def _ending(ready: Ready, outcome: Outcome, now: datetime) -> Ending:
    """Return what an outcome makes of an invitation."""
    match outcome:
        case Sent():
            return Ending(ready.claimed, "sent", sent_at=now, certain=True)
        case Unknown(code):
            return Ending(ready.claimed, "unknown", code)
        case Refused(code):
            return Ending(ready.claimed, "refused", code, unmark=True)
        case Halt(code):
            return _again(ready, code, now + HALTED_PAUSE, tries=ready.tries)
        case Retry(code) if code == NOT_MARKED:
            return _again(ready, code, now + NOT_MARKED_PAUSE, tries=ready.tries)
        case Retry(code, after):
            pause = leases.spread(leases.pause_after(ready.tries + 1), ready.parcel.invitation_id)
            return _again(ready, code, now + max(after or timedelta(), pause), tries=ready.tries + 1)


def _again(ready: Ready, code: str, due_at: datetime, *, tries: int) -> Ending:
    """Let an invitation wait for another try; it ends when that would come too late, or was made often enough."""
    if tries > len(leases.PAUSES):
        return Ending(ready.claimed, "dead", code, tries=tries, unmark=True)
    if due_at > ready.send_before:
        return Ending(ready.claimed, "expired", code, tries=tries, unmark=True)
    return Ending(ready.claimed, INVITATIONS.waiting, code, due_at=due_at, tries=tries, unmark=True)
