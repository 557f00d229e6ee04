"""Beside step 4: a fuse. Unknowns in a row stop a channel, and one invitation at a time finds out whether it works again.

A sick mail server or platform turns each invitation that is handed to it into an unknown, which a person must look up. So a few in a row at one
branch, or many in the house within some minutes, stop the channel (`channel_halts`). What waits stays as it is. After a pause, which grows each
time, one invitation is let through: an answer to it, whatever it says of that invitation, opens the channel; another unknown does not.
The same holds for mail servers that turn *us* away in a row, by a list or a policy: the halt names the list.

What several processes count and stop stands in the database. What was under way when the fuse blew is not called back.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, case, delete, exists, false, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import channel_halts, due, job_queue
from reviews.database.channel_halts import MAIL, PLATFORM, Cause
from reviews.database.job_queue import Claimed, Key
from reviews.database.tables import ChannelHalt, Invitation, InvitationEvent
from reviews.handover.outcomes import NOT_MARKED, OURS, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.sending import fairness
from reviews.reasons import HaltReason, OutcomeCode, ReminderNote
from reviews.settings import Settings

log = structlog.get_logger("reviews.fuse")

BLOWN: Final = frozenset({*HaltReason, *OURS})
"""Reasons of a halt by the fuse."""


@dataclass(frozen=True, slots=True)
class Fuse:
    """How many unknowns stop a channel, of a branch in a row or of the house `within` a time, and the pauses between two tries of a stopped one."""

    of_branch: int = 5
    of_house: int = 20
    within: timedelta = timedelta(minutes=10)
    first_pause: timedelta = timedelta(minutes=5)
    longest_pause: timedelta = timedelta(hours=4)

    @classmethod
    def of(cls, settings: Settings) -> "Fuse":
        """Return the fuse as it is set."""
        return cls(
            settings.fuse_branch_unknowns,
            settings.fuse_house_unknowns,
            timedelta(minutes=settings.fuse_house_minutes),
            timedelta(minutes=settings.fuse_pause_minutes),
            timedelta(minutes=settings.fuse_longest_pause_minutes),
        )

    def pause_after(self, probes: int) -> timedelta:
        """Return how long a channel rests after so many tries in vain: twice as long each time."""
        doubled: int = 1 << min(probes, 20)
        return min(self.first_pause * doubled, self.longest_pause)


@dataclass(slots=True)
class ChannelWatch:
    """What one round of sending knows of stopped channels: those that it saw stop, and which of its invitations are probes."""

    maker: async_sessionmaker[AsyncSession]
    clock: Clock
    fuse: Fuse
    _halted: set[tuple[str, uuid.UUID | None]] = field(default_factory=set[tuple[str, uuid.UUID | None]])
    _stopping: set[tuple[str, uuid.UUID | None]] = field(default_factory=set[tuple[str, uuid.UUID | None]])
    _probes: dict[Key, uuid.UUID] = field(default_factory=dict[Key, uuid.UUID])

    async def look_again(self, session: AsyncSession) -> None:
        """Forget what stands still no more: somebody mended it, or another process found out that it works."""
        if self._halted:
            halts = await session.execute(select(ChannelHalt.channel, ChannelHalt.branch_id))
            self._halted &= {(channel, branch_id) for channel, branch_id in halts} | self._stopping

    def stands_still(self, claimed: Claimed, channel: str) -> bool:
        """Whether an invitation must wait; a probe need not."""
        return claimed.key not in self._probes and bool({(channel, claimed.branch_id), (channel, None)} & self._halted)

    async def take_probes(
        self, session: AsyncSession, channels: Collection[str], *, per_hour: Mapping[str, int], lease: timedelta
    ) -> Sequence[Claimed]:
        """Claim one invitation for each stopped channel whose pause is over, and begin its next pause in the same transaction."""
        now = self.clock.now()
        found = list[Claimed]()
        resting_no_more = select(ChannelHalt).where(fairness.may_be_probed(now), ChannelHalt.channel.in_(channels))
        halts = await session.scalars(resting_no_more.with_for_update(skip_locked=True))
        for halt in halts.all():
            if await session.scalar(select(_in_hand(halt))):
                continue
            longest_waiting = await fairness.longest_waiting(session, halt, now=now)
            for claimed in await fairness.claim_of(session, longest_waiting, per_hour=per_hour, now=now, lease=lease, limit=1):
                await _give_time_back(session, and_(Invitation.branch_id == claimed.branch_id, Invitation.id == claimed.id), halt.since, now)
                halt.probes += 1
                halt.probe_at = now + self._pause(halt)
                self._probes[claimed.key] = halt.id
                found.append(claimed)
        return found

    def _pause(self, halt: ChannelHalt) -> timedelta:
        """Return the next pause: growing where a probe may end as an unknown, else always the same."""
        return self.fuse.pause_after(halt.probes) if halt.reason in BLOWN else job_queue.HALTED_PAUSE

    async def untried(self, claimed: Claimed) -> None:
        """Let another one probe in the place of an invitation that was not handed over after all."""
        halt_id = self._probes.pop(claimed.key, None)
        if halt_id is not None:
            back = {"probes": ChannelHalt.probes - 1, "probe_at": self.clock.now()}
            async with self.maker.begin() as session:
                await session.execute(update(ChannelHalt).where(ChannelHalt.id == halt_id, ChannelHalt.probe_at.is_not(None)).values(back))

    def concerns(self, claimed: Claimed, outcome: Outcome) -> bool:
        """Whether an outcome may say something of its channel."""
        ours = isinstance(outcome, Retry) and outcome.code in OURS
        return ours or isinstance(outcome, Unknown) or claimed.key in self._probes

    async def came_to(self, claimed: Claimed, channel: str, outcome: Outcome) -> None:
        """Draw the conclusion from an outcome that is written: stop the channel, open it, or neither."""
        match outcome:
            case Halt(code):
                await self._stop(channel, claimed.branch_id if channel == PLATFORM or code == OutcomeCode.NO_LOCATION else None, Cause(code))
            case Unknown():
                causes = Cause(HaltReason.UNKNOWNS_IN_A_ROW), Cause(HaltReason.UNKNOWNS_OF_HOUSE)
                await self._count(claimed.branch_id, channel, IS_UNKNOWN, causes)
            case Retry(code, _, blocked_by) if code in OURS:
                await self._count(claimed.branch_id, channel, IS_OURS, (Cause(code, blocked_by), Cause(code, blocked_by)))
            case Retry(code) if code == NOT_MARKED:
                await self.untried(claimed)
            case Refused(OutcomeCode.UNSAFE_HEADER):
                # Our own refusal: the other side was not asked.
                await self.untried(claimed)
            case Sent() | Refused() if claimed.key in self._probes:
                await self._open(self._probes[claimed.key])
            case _:
                pass
        self._probes.pop(claimed.key, None)

    async def _stop(self, channel: str, branch_id: uuid.UUID | None, cause: Cause) -> None:
        """Stop a channel; the platform's own word is mended by a person, all else is tried again after a pause."""
        now = self.clock.now()
        pause = self.fuse.pause_after(0) if cause.reason in BLOWN else job_queue.HALTED_PAUSE
        probe_at = None if channel == PLATFORM and cause.reason not in BLOWN else now + pause
        what = (channel, branch_id)
        self._halted.add(what)
        self._stopping.add(what)
        try:
            async with self.maker.begin() as session:
                stopped = await channel_halts.stop(session, channel, branch_id, cause, now=now, probe_at=probe_at)
        finally:
            self._stopping.discard(what)
        if stopped:
            log.error("channel_halted", channel=channel, branch=str(branch_id) if branch_id else "all", **asdict(cause))

    async def _count(self, branch_id: uuid.UUID, channel: str, what: ColumnElement[bool], causes: tuple[Cause, Cause]) -> None:
        """Stop a channel where this was one too many, of the branch in a row or of the house."""
        async with self.maker.begin() as session:
            in_a_row = await many_in_a_row(session, branch_id, channel, what, most=self.fuse.of_branch)
            of_house = await many_of_house(session, channel, what, since=self.clock.now() - self.fuse.within)
        if in_a_row >= self.fuse.of_branch:
            await self._stop(channel, branch_id, causes[0])
        if of_house >= self.fuse.of_house:
            await self._stop(channel, None, causes[1])

    async def _open(self, halt_id: uuid.UUID) -> None:
        async with self.maker.begin() as session:
            opened = await reopen(session, halt_id, now=self.clock.now())
        self._halted -= {(channel, branch_id) for channel, branch_id in opened}
        for channel, branch_id in opened:
            log.info("channel_reopened", channel=channel, branch=str(branch_id) if branch_id else "all")


def _in_hand(halt: ChannelHalt) -> ColumnElement[bool]:
    """Whether something that may yet find out whether the channel works is being handed over: a mail server may take ten minutes."""
    claimed = and_(due.in_state(Invitation.state, "claimed"), Invitation.channel == halt.channel)
    return exists().where(claimed if halt.branch_id is None else and_(claimed, Invitation.branch_id == halt.branch_id))


async def reopen(session: AsyncSession, halt_id: uuid.UUID, *, now: datetime) -> list[tuple[str, uuid.UUID | None]]:
    """End a halt, and give what waited for it the time back that it waited: nothing expires because of a fuse."""
    ended = delete(ChannelHalt).where(ChannelHalt.id == halt_id).returning(ChannelHalt.channel, ChannelHalt.branch_id, ChannelHalt.since)
    opened = list[tuple[str, uuid.UUID | None]]()
    for channel, branch_id, since in await session.execute(ended):
        waits = and_(Invitation.state == "planned", Invitation.channel == channel, Invitation.due_at <= now)
        await _give_time_back(session, waits if branch_id is None else and_(waits, Invitation.branch_id == branch_id), since, now)
        opened.append((channel, branch_id))
    return opened


async def _give_time_back(session: AsyncSession, whose: ColumnElement[bool], since: datetime, now: datetime) -> None:
    waited = func.greatest(literal(now) - func.greatest(Invitation.due_at, since), timedelta())
    # Locked by their ids, as by all others; materialized, since the order is the subquery's own.
    mine = select(Invitation.branch_id, Invitation.id).where(whose).order_by(Invitation.id).with_for_update().cte("mine").prefix_with("MATERIALIZED")
    found = tuple_(Invitation.branch_id, Invitation.id).in_(select(mine.c.branch_id, mine.c.id))
    await session.execute(update(Invitation).where(found).values(send_before=Invitation.send_before + waited))


_LINES: Final = and_(
    InvitationEvent.actor == "worker",
    # A worker that was lost says nothing of the channel.
    or_(InvitationEvent.reason.is_(None), InvitationEvent.reason != OutcomeCode.WORKER_LOST),
)
_NOTES: Final = (ReminderNote.REMINDED, ReminderNote.UNKNOWN)
IS_UNKNOWN: Final = case(
    (InvitationEvent.reason.in_(_NOTES), InvitationEvent.reason == ReminderNote.UNKNOWN), else_=InvitationEvent.state == "unknown"
)

"""Whether a line tells that nobody knows whether something arrived."""

IS_OURS: Final = func.coalesce(InvitationEvent.reason.in_(OURS), false())
"""Whether a line tells that a mail server turned *us* away, and not the address or the mail: a list, a policy, a check of who we are."""


def _of(channel: str) -> ColumnElement[bool]:
    """Whether a line tells of something that was handed to this channel; reminders go by mail."""
    of_invitation = and_(Invitation.channel == channel, or_(InvitationEvent.state.in_(("sent", "refused", "unknown")), IS_OURS))
    noted = InvitationEvent.reason.in_(_NOTES)
    return or_(of_invitation, noted) if channel == MAIL else and_(of_invitation, or_(InvitationEvent.reason.is_(None), ~noted))


_INVITATION: Final = and_(Invitation.branch_id == InvitationEvent.branch_id, Invitation.id == InvitationEvent.invitation_id)


async def many_in_a_row(session: AsyncSession, branch_id: uuid.UUID, channel: str, what: ColumnElement[bool], *, most: int) -> int:
    """Return how many of the newest outcomes of a channel at a branch are such, up to `most`."""
    newest = (
        select(what)
        .select_from(InvitationEvent)
        .join(Invitation, _INVITATION)
        .where(InvitationEvent.branch_id == branch_id, _LINES, _of(channel))
        .order_by(InvitationEvent.id.desc())
        .limit(most)
    )
    many = 0
    for is_such in await session.scalars(newest):
        if not is_such:
            break
        many += 1
    return many


async def many_of_house(session: AsyncSession, channel: str, what: ColumnElement[bool], *, since: datetime) -> int:
    """Return how many outcomes of a channel were such since then, over all branches."""
    counted = select(func.count()).select_from(InvitationEvent).join(Invitation, _INVITATION)
    return await session.scalar(counted.where(InvitationEvent.at >= since, _LINES, _of(channel), what)) or 0
