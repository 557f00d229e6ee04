"""Invitation flow, step 4 of 6: hand over what is due, each once, after checking everything again.

1. Claim a batch; the branches take turns (`shares`).
2. Check each again on fresh data (`last_check`).
3. Set the durable mark just before the first byte that cannot be taken back, with the person's row locked; those that stand ready at the same
   moment are marked in one transaction, each fenced by its own attempt, and each before its own first byte.
4. Hand over, outside any transaction.
5. Settle by the outcome: *sent*, *refused*, *retry* or *unknown*; an unknown is parked for a person and never repeated by itself.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import ARRAY, Uuid, any_, literal, select, tuple_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import leases
from reviews.clock import Clock
from reviews.invitations import history, last_check, shares
from reviews.invitations.last_check import Parcel, Ready
from reviews.invitations.outcomes import INVITED_RECENTLY, NOT_MARKED, PLATFORM_ERROR, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.together import Together
from reviews.leases import INVITATIONS, Claimed, Ending
from reviews.tables import Branch, Invitation, InvitationEvent, Person

__all__ = ["Channel", "Dispatcher", "Mark", "Parcel"]

log = structlog.get_logger("reviews.dispatch")

HALTED_PAUSE = timedelta(minutes=15)
NOT_MARKED_PAUSE = timedelta(minutes=1)

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
    at_once: int = 4
    per_hour: Mapping[str, int] = field(default_factory=dict[str, int])
    """By channel, the most that may leave in any hour; a channel that is not named has no limit."""
    batch: int = 40
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
            checked = await last_check.check(session, claimed, now=self.clock.now())
        await _Batch(self, checked, now).hand_over()
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

    def __init__(self, dispatcher: Dispatcher, ready: Sequence[Ready], claimed_at: datetime) -> None:
        self._by = dispatcher
        self._waiting = deque(ready)
        self._claimed_at = claimed_at
        self._marks: Together[Ready, bool] = Together(self._mark)
        self._endings: Together[Ending, None] = Together(self._end)
        self._written: list[asyncio.Future[None]] = []
        self._halted: set[tuple[Any, ...]] = set()

    async def hand_over(self) -> None:
        """Bring each to an outcome. One that cannot go on does not cut its neighbours off: its problem is raised after them."""
        lanes = [self._lane() for _ in range(min(self._by.at_once, len(self._waiting)))]
        ended = await asyncio.gather(*lanes, return_exceptions=True)
        written = await asyncio.gather(*self._written, return_exceptions=True)
        for problem in filter(None, (*ended, *written)):
            raise problem

    async def _lane(self) -> None:
        while self._waiting:
            ready = self._waiting.popleft()
            if self._by.is_stopping() or self._is_halted(ready):
                self._settle(ready, {"state": INVITATIONS.waiting, "reason": None, "marked_at": None})
            elif self._by.clock.now() - self._claimed_at <= self._by.lease / 2 or await self._renewed(ready):
                await self._try(ready)

    async def _try(self, ready: Ready) -> None:
        """Make one try. An error of ours is an outcome too: nothing has left before the mark, and nobody knows after it."""
        marked = False

        async def mark() -> bool:
            nonlocal marked
            marked = not self._is_halted(ready) and await self._marks.ask(ready)
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
        self._settle(ready, _values(ready, outcome, now), certain=isinstance(outcome, Sent))

    def _is_halted(self, ready: Ready) -> bool:
        return (ready.channel, ready.parcel.branch_id) in self._halted

    def _settle(self, ready: Ready, values: dict[str, Any], *, certain: bool = False) -> None:
        """Have an outcome written with the next group; the lane goes on meanwhile. A crash before that leaves the row marked: unknown."""
        if values["state"] == "dead":
            log.error("invitation_dead", invitation=str(ready.parcel.invitation_id), reason=values["reason"])
        self._written.append(self._endings.ask(Ending(ready.claimed, values, certain)))

    async def _renewed(self, ready: Ready) -> bool:
        """Lengthen the lease of a row whose turn came late; False when it is no longer ours."""
        async with self._by.maker.begin() as session:
            return await leases.renew(session, INVITATIONS, ready.claimed, until=self._by.clock.now() + self._by.lease)

    async def _end(self, endings: Sequence[Ending]) -> Sequence[None]:
        async with self._by.maker.begin() as session:
            await last_check.end(session, endings, now=self._by.clock.now())
        return [None] * len(endings)

    async def _mark(self, group: Sequence[Ready]) -> Sequence[bool]:
        """Mark a group; of one person's invitations only the first, for the others the answer is no."""
        first = {one.person_id: one for one in reversed(group)}
        async with self._by.maker.begin() as session:
            marked = await _mark(session, list(first.values()), self._by.hand_over, now=self._by.clock.now())
        return [one.claimed in marked for one in group]

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


async def _mark(session: AsyncSession, group: Sequence[Ready], hand_over: Mapping[str, timedelta], *, now: datetime) -> set[Claimed]:
    """Set the mark of those whose person still wants it and got nothing else meanwhile.

    The people's rows are locked for it, in a statement of its own, so that what is read next was committed before: two workers with two
    invitations of one person, or a worker and an opt-out, come one after the other. They are locked in the order in which triggers lock them.
    """
    people = literal([one.person_id for one in group], ARRAY(Uuid))
    await session.execute(select(Person.id).where(Person.id == any_(people)).order_by(Person.address_key).with_for_update(key_share=True))
    alike: dict[tuple[timedelta, timedelta], list[Claimed]] = {}
    for one in group:
        alike.setdefault((one.cap, hand_over[one.channel]), []).append(one.claimed)
    marked: set[Claimed] = set()
    for (cap, longest), claimed in alike.items():
        wanted = last_check.still_wanted(now - cap)
        marked |= await leases.mark_all(session, INVITATIONS, claimed, now=now, until=now + longest, only=wanted)
    return marked


def _values(ready: Ready, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return what an outcome makes of an invitation."""
    match outcome:
        case Sent():
            return {"state": "sent", "reason": None, "sent_at": now}
        case Unknown(code):
            return {"state": "unknown", "reason": code}
        case Refused(code):
            return {"state": "refused", "reason": code, "marked_at": None}
        case Halt(code):
            return _again(ready, code, now + HALTED_PAUSE, tries=ready.tries)
        case Retry(code) if code == NOT_MARKED:
            return _again(ready, code, now + NOT_MARKED_PAUSE, tries=ready.tries)
        case Retry(code, after):
            pause = leases.spread(leases.pause_after(ready.tries + 1), ready.parcel.invitation_id)
            return _again(ready, code, now + max(after or timedelta(), pause), tries=ready.tries + 1)


def _again(ready: Ready, code: str, due_at: datetime, *, tries: int) -> dict[str, Any]:
    """Let an invitation wait for another try; it ends when that would come too late, or was made often enough."""
    if tries > len(leases.PAUSES):
        return {"state": "dead", "reason": code, "marked_at": None, "tries": tries}
    if due_at > ready.send_before:
        return {"state": "expired", "reason": code, "marked_at": None, "tries": tries}
    return {"state": INVITATIONS.waiting, "reason": code, "marked_at": None, "tries": tries, "due_at": due_at}
