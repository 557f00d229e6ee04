"""Invitation flow, step 4 of 6: hand over what is due, each once, after checking everything again.

1. Claim a batch; the branches take turns (`fairness`).
2. Check each again on fresh data (`preflight`).
3. Set the durable mark just before the first byte that cannot be taken back, with the person's row locked; those that stand ready at the same
   moment are marked in one transaction, each fenced by its own attempt, and each before its own first byte.
4. Hand over, outside any transaction.
5. Settle by the outcome: *sent*, *refused*, *retry* or *unknown*; an unknown is parked for a person and never repeated by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import engine as database
from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS, Claimed
from reviews.database.tables import Invitation, InvitationEvent
from reviews.handover import driver, settling
from reviews.handover.batcher import Batcher, Company
from reviews.handover.outcomes import INVITED_RECENTLY, PLATFORM_ERROR, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.handover.settling import OutcomeWrite, Patience
from reviews.invitations.sending import fairness, history, preflight, send_mark
from reviews.invitations.sending.fuse import ChannelWatch, Fuse
from reviews.invitations.sending.preflight import InvitationParcel, Ready
from reviews.invitations.sending.send_mark import MarkRequest
from reviews.reasons import OutcomeCode

log = structlog.get_logger("reviews.dispatch")

COMPANY = 0.015
"""Seconds that a mark waits for others to share its commit, at most."""


class Channel(Protocol):
    """A way to hand over an invitation: the platform's call, or our own mail."""

    async def send(self, parcel: InvitationParcel, /, *, mark: Mark) -> Outcome:
        """Hand over a parcel; `mark` is awaited just before the first thing that cannot be taken back, and False means: don't."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The invitations' side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    channels: Mapping[str, Channel]
    clock: Clock
    lease: timedelta
    at_once: int = 8
    """How many are in hand at once: for mail as many as there are connections, since one that waits for a connection has no mark to share."""
    per_hour: Mapping[str, int] = field(default_factory=dict[str, int])
    """By channel, the most that may leave in any hour; a channel that is not named has no limit."""
    batch: int = 100
    fuse: Fuse = field(default_factory=Fuse)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin nothing new: what is claimed and not yet begun goes back to its queue as it was."""
        self._stopped.set()

    async def dispatch_due(self) -> int:
        """Claim what is due, batch after batch, and bring each of it to an outcome; return how many there were."""
        async with self.maker() as session:  # takes a connection at its first write
            return await _Stream(self, session).run()

    def is_stopping(self) -> bool:
        """Whether nothing new is begun: told to stop, or the clock by which it would leave is in doubt."""
        return self._stopped.is_set() or not self.clock.trusted

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await job_queue.sweep(session, INVITATIONS, now=now)
            lost = [(one, state) for state, rows in (("unknown", swept.unknown), ("dead", swept.dead)) for one in rows]
            if lost:
                found = tuple_(Invitation.branch_id, Invitation.id).in_([one.key for one, _ in lost])
                await session.execute(update(Invitation).where(found).values(reason=OutcomeCode.WORKER_LOST))
            session.add_all(history.event(one.branch_id, one.id, now, state, OutcomeCode.WORKER_LOST, "worker") for one, state in lost)
        return swept.returned + len(lost)


class _Stream:
    """Claimed invitations on their way out; marks and outcomes of those that stand ready at the same moment share a commit."""

    def __init__(self, dispatcher: Dispatcher, session: AsyncSession) -> None:
        self._by = dispatcher
        self._session = session
        self._written: set[asyncio.Future[bool]] = set()
        self._problems: list[BaseException] = []
        self._watch = ChannelWatch(dispatcher.maker, dispatcher.clock, dispatcher.fuse)
        self._desk: Batcher[OutcomeWrite | MarkRequest, bool] = Batcher(self._write, company=Company(2 * dispatcher.at_once, COMPANY))

    async def run(self) -> int:
        """Bring each to an outcome, and that into the database."""
        many = 0
        try:
            many = await driver.run(self, at_once=self._by.at_once, ahead=self._by.batch / 2)
        except Exception as problem:  # noqa: BLE001 - raised below, once the outcomes of its neighbours are written
            self._problems.append(problem)
        await asyncio.gather(*self._written, return_exceptions=True)
        for first in self._problems:
            raise first
        return many

    @property
    def beat(self) -> timedelta:
        """A third of the lease: two signs of life may be lost."""
        return self._by.lease / 3

    async def claim(self) -> tuple[int, Sequence[Ready]]:
        """Claim one batch, the branches taking turns, and look at all of it again; nothing once it is time to stop."""
        by, now = self._by, self._by.clock.now()
        if self._problems or by.is_stopping():
            return 0, ()
        async with by.maker.begin() as session:
            await self._watch.look_again(session)
            claimed = await fairness.claim(session, by.channels.keys(), per_hour=by.per_hour, now=now, lease=by.lease, limit=by.batch)
            claimed += await self._watch.take_probes(session, by.channels.keys(), per_hour=by.per_hour, lease=by.lease)
        if not claimed:
            return 0, ()
        async with by.maker.begin() as session:
            ready, endings = await preflight.check(session, claimed, now=by.clock.now())
        for ending in endings:
            self._have_written(ending)
            await self._watch.untried(ending.claimed)
        return len(claimed), ready

    async def take_up(self, one: Ready) -> Ready | None:
        """Give back what is not begun any more; lengthen the lease of what waited long for its turn."""
        if self._by.is_stopping() or self._watch.stands_still(one.claimed, one.channel):
            self._have_written(OutcomeWrite(one.claimed, INVITATIONS.waiting, unmark=True))
            await self._watch.untried(one.claimed)
        elif self._by.clock.now() - one.looked_at <= self._by.lease / 2 or await self._renewed(one):
            return one
        return None

    async def send(self, parcel: Ready, mark: Mark) -> Outcome:
        """Make one try. An error of ours is an outcome too: nothing has left before the mark, and nobody knows after it."""
        marked = False

        async def marking() -> bool:
            nonlocal marked
            marked = await mark()
            return marked

        try:
            return await self._by.channels[parcel.channel].send(parcel.parcel, mark=marking)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it must not become a second mail
            log.error("try_broke_off", invitation=str(parcel.claimed.id), kind=type(problem).__qualname__, marked=marked)  # noqa: TRY400 - words may quote a person
            return Unknown(OutcomeCode.BROKE_OFF) if marked else Retry(OutcomeCode.BROKE_OFF)

    async def mark(self, one: Ready) -> bool:
        """Set the mark together with those that stand ready at the same moment."""
        now = self._by.clock.now()
        request = MarkRequest(one.claimed, one.person_id, now - one.cap, now + self._by.lease)
        # Asked again here, because the clock may have jumped since this one was taken up.
        return self._by.clock.trusted and not self._watch.stands_still(one.claimed, one.channel) and await self._desk.ask(request)

    async def keep(self, one: Ready) -> None:
        """Lengthen the lease of what is being handed over."""
        await self._renewed(one)

    async def settle(self, one: Ready, outcome: Outcome) -> None:
        """Have an outcome written, and stop or open its channel by it."""
        if isinstance(outcome, Refused) and outcome.code == INVITED_RECENTLY and await self._may_have_arrived(one.claimed):
            outcome = Sent()
        if isinstance(outcome, Halt):
            await self._watch.came_to(one.claimed, one.channel, outcome)  # first: no other lane may ask meanwhile
        told = self._have_written(_written(one, outcome, self._by.clock.now()))
        if self._watch.concerns(one.claimed, outcome):
            await asyncio.wait([told])  # its own line is counted
            await self._watch.came_to(one.claimed, one.channel, outcome)

    def _have_written(self, ending: OutcomeWrite) -> "asyncio.Future[bool]":
        """Have an outcome written with the next group; the lane goes on meanwhile. A crash before that leaves the row marked: unknown."""
        if ending.state == "dead":
            log.error("invitation_dead", invitation=str(ending.claimed.id), reason=ending.reason)
        told = self._desk.ask(ending)
        self._written.add(told)
        told.add_done_callback(self._note)
        return told

    def _note(self, told: "asyncio.Future[bool]") -> None:
        self._written.discard(told)
        problem = None if told.cancelled() else told.exception()
        if problem is not None:
            self._problems.append(problem)

    async def _renewed(self, ready: Ready) -> bool:
        """Lengthen the lease of a row; False when it is no longer ours."""
        async with self._by.maker.begin() as session:
            return await job_queue.renew(session, INVITATIONS, ready.claimed, until=self._by.clock.now() + self._by.lease)

    async def _write(self, asked: Sequence[OutcomeWrite | MarkRequest]) -> list[bool]:
        if not self._session.in_transaction():
            await database.autocommitting(self._session)
        return await send_mark.write(self._session, asked, now=self._by.clock.now())

    async def _may_have_arrived(self, claimed: Claimed) -> bool:
        """Whether the platform failed on an earlier attempt of ours: "already placed" then tells that this attempt had succeeded."""
        failed = select(InvitationEvent.id).where(
            InvitationEvent.branch_id == claimed.branch_id, InvitationEvent.invitation_id == claimed.id, InvitationEvent.reason == PLATFORM_ERROR
        )
        async with self._by.maker.begin() as session:
            return bool(await session.scalar(select(failed.exists())))


def _written(ready: Ready, outcome: Outcome, now: datetime) -> OutcomeWrite:
    """Return what an outcome makes of an invitation: ten tries, whose pauses hang on its id, and nothing that comes too late to be decent."""
    patience = Patience(
        ready.tries + 1, waiting=INVITATIONS.waiting, most=job_queue.MOST_TRIES, until=ready.send_before, spread_by=ready.parcel.invitation_id
    )
    return settling.written(ready.claimed, outcome, patience, now=now)
