"""Invitation flow, step 4 of 5: hand over what is due, each once, after checking everything again.

1. Claim a batch (`reviews.leases`).
2. Check each again on fresh data: a wish, a cancellation, an hour, a cap may have come since it was planned.
3. Set the durable mark in a transaction of its own, just before the first byte that cannot be taken back, with the person's row locked.
4. Hand over, outside any transaction.
5. Settle by the outcome: *sent*, *refused*, *retry* or *unknown*; an unknown is parked for a person and never repeated by itself.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, and_, exists, not_, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import leases
from reviews.clock import Clock
from reviews.invitations import history, policy, schedule
from reviews.invitations.outcomes import INVITED_RECENTLY, PLATFORM_ERROR, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.policy import Rules, SkipReason
from reviews.leases import INVITATIONS, Claimed
from reviews.tables import Branch, Invitation, InvitationEvent, Job, Person, Suppression

HALTED_PAUSE = timedelta(minutes=15)

Mark = Callable[[], Awaitable[bool]]


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """All that a channel needs to hand over one invitation; the platform token stays sealed until it is used."""

    invitation_id: uuid.UUID
    branch: Mapping[str, Any]
    location: str | None
    tenant: str
    sealed_token: bytes | None
    kind: policy.Kind
    name: str
    email: str
    language: str
    reference: str
    message_id: str
    message_at: datetime
    address_key: bytes


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

    async def dispatch_due(self) -> int:
        """Claim one batch and bring each of it to an outcome; return how many there were."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            claimed = await leases.claim_due(session, INVITATIONS, now=now, lease=self.lease, only=_ours(self.channels))
        if not claimed:
            return 0
        async with self.maker.begin() as session:
            checked = await _check(session, claimed, now=self.clock.now())
        turns = asyncio.Semaphore(self.at_once)

        async def one(ready: Ready) -> None:
            async with turns:
                await self._hand_over(ready, claimed_at=now)

        ended = await asyncio.gather(*map(one, checked), return_exceptions=True)
        for problem in filter(None, ended):
            raise problem  # only now: one that cannot go on must not cut its neighbours off between mark and outcome
        return len(claimed)

    async def _hand_over(self, ready: "Ready", *, claimed_at: datetime) -> None:
        if self.clock.now() - claimed_at > self.lease / 2 and not await self._renewed(ready):
            return

        async def mark() -> bool:
            async with self.maker.begin() as session:
                return await _mark(session, ready, now=self.clock.now(), hand_over=self.hand_over[ready.channel])

        outcome = await self.channels[ready.channel].send(ready.parcel, mark=mark)
        async with self.maker.begin() as session:
            await _settle(session, ready, outcome, now=self.clock.now())

    async def _renewed(self, ready: "Ready") -> bool:
        """Lengthen the lease of a row whose turn came late; False when it is no longer ours."""
        async with self.maker.begin() as session:
            return await leases.renew(session, INVITATIONS, ready.claimed, until=self.clock.now() + self.lease)

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await leases.sweep(session, INVITATIONS, now=now)
            for state, keys in (("unknown", swept.unknown), ("dead", swept.dead)):
                session.add_all(history.event(key[0], key[1], now, state, "worker_lost", "worker") for key in keys)
        return swept.returned + len(swept.unknown) + len(swept.dead)


def _ours(channels: Mapping[str, Channel]) -> ColumnElement[bool]:
    """Take only what this process can hand over, and leave the platform's invitations of a branch alone while its token is refused."""
    halted = select(Branch.id).where(Branch.platform_halted_at.is_not(None))
    return and_(Invitation.channel.in_(list(channels)), or_(Invitation.channel != "platform", Invitation.branch_id.not_in(halted)))


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed invitation that passed the last check, with all that its hand-over needs."""

    claimed: Claimed
    channel: str
    person_id: uuid.UUID
    cap: timedelta
    send_before: datetime
    parcel: Parcel


async def _check(session: AsyncSession, claimed: Sequence[Claimed], *, now: datetime) -> list[Ready]:
    """Check claimed invitations on fresh data; settle those that must not leave, and return the others."""
    rows = await session.execute(
        select(Invitation, Branch, Job, Person)
        .join(Branch, Branch.id == Invitation.branch_id)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Person, Person.id == Invitation.person_id)
        .where(tuple_(Invitation.branch_id, Invitation.id).in_([row.key for row in claimed]))
    )
    found = {(row[0].branch_id, row[0].id): row for row in rows}
    keys = [row[3].address_key for row in found.values()]
    suppressed = set(await session.scalars(select(Suppression.address_key).where(Suppression.address_key.in_(keys))))
    last = await schedule.last_invited(session, [row[3].id for row in found.values()])
    ready: list[Ready] = []
    for held in claimed:
        invitation, branch, job, person = found[held.key]
        rules = msgspec.convert(branch.rules, Rules)
        later = policy.next_moment(now, rules)
        if now > invitation.send_before:
            await _end(session, held, now, "expired", "too_late")
        elif reason := _reason_against(branch, job, suppressed=person.address_key in suppressed, last=last.get(person.id), rules=rules, now=now):
            await _end(session, held, now, "skipped", reason)
        elif later > now:
            await leases.give_back(session, INVITATIONS, held, due_at=later)
        else:
            invitation.message_at = first_tried = invitation.message_at or now
            parcel = _parcel(invitation, first_tried, branch, job, person)
            ready.append(Ready(held, invitation.channel, person.id, timedelta(days=rules.cap_days), invitation.send_before, parcel))
    return ready


def _reason_against(branch: Branch, job: Job, *, suppressed: bool, last: datetime | None, rules: Rules, now: datetime) -> SkipReason | None:
    if suppressed:
        return SkipReason.SUPPRESSED
    if job.state != "completed":
        return SkipReason.JOB_OPEN if job.state == "open" else SkipReason.JOB_CANCELLED
    if not branch.active:
        return SkipReason.BRANCH_OFF
    recently = last is not None and now - last < timedelta(days=rules.cap_days)
    return SkipReason.INVITED_RECENTLY if recently else None


def _parcel(invitation: Invitation, message_at: datetime, branch: Branch, job: Job, person: Person) -> Parcel:
    return Parcel(
        invitation_id=invitation.id,
        branch=branch.identity,
        location=branch.platform_location,
        tenant=branch.platform_tenant,
        sealed_token=branch.platform_token,
        kind="repair" if job.kind == "repair" else "purchase",
        name=person.name,
        email=person.email,
        language=person.language,
        reference=invitation.reference,
        message_id=invitation.message_id,
        message_at=message_at,
        address_key=person.address_key,
    )


async def _mark(session: AsyncSession, ready: Ready, *, now: datetime, hand_over: timedelta) -> bool:
    """Set the mark if the person still wants it and no other branch came first.

    The person's row is locked for it, in a statement of its own, so that what is read next was committed before: two workers with two
    invitations of one person, or a worker and an opt-out, come one after the other.
    """
    await session.execute(select(Person.id).where(Person.id == ready.person_id).with_for_update())
    recent = schedule.left_since(ready.person_id, now - ready.cap, but=ready.parcel.invitation_id)
    wanted = not_(exists().where(Suppression.address_key == ready.parcel.address_key)) & not_(recent.exists())
    return await leases.mark(session, INVITATIONS, ready.claimed, now=now, until=now + hand_over, only=wanted)


async def _may_have_arrived(session: AsyncSession, claimed: Claimed) -> bool:
    """Whether the platform failed on an earlier attempt of ours: "already placed" then tells that this attempt had succeeded."""
    failed = select(InvitationEvent.id).where(
        InvitationEvent.branch_id == claimed.key[0], InvitationEvent.invitation_id == claimed.key[1], InvitationEvent.reason == PLATFORM_ERROR
    )
    return bool(await session.scalar(select(failed.exists())))


async def _end(
    session: AsyncSession, claimed: Claimed, now: datetime, state: str, reason: str | None, *, certain: bool = False, **values: Any
) -> None:
    """Settle a claimed invitation and write its history; nothing is written when it is no longer ours."""
    if await leases.settle(session, INVITATIONS, claimed, {"state": state, "reason": reason, **values}, certain=certain):
        session.add(history.event(claimed.key[0], claimed.key[1], now, state, reason, "worker"))


async def _settle(session: AsyncSession, ready: Ready, outcome: Outcome, *, now: datetime) -> None:
    claimed = ready.claimed
    match outcome:
        case Sent():
            await _end(session, claimed, now, "sent", None, certain=True, sent_at=now)
        case Unknown(code):
            await _end(session, claimed, now, "unknown", code)
        case Refused(code) if code == INVITED_RECENTLY and await _may_have_arrived(session, claimed):
            await _end(session, claimed, now, "sent", None, certain=True, sent_at=now)
        case Refused(code):
            await _end(session, claimed, now, "refused", code, marked_at=None)
        case Retry(code, after):
            await _again(session, ready, code, now + max(after or timedelta(), leases.pause_after(claimed.attempt)), now=now)
        case Halt(code):
            if ready.channel == "platform":
                await session.execute(
                    update(Branch).where(Branch.id == claimed.branch_id, Branch.platform_halted_at.is_(None)).values(platform_halted_at=now)
                )
            await _again(session, ready, code, now + HALTED_PAUSE, now=now)


async def _again(session: AsyncSession, ready: Ready, code: str, due_at: datetime, *, now: datetime) -> None:
    """Let an invitation wait for another try, or expire when that would come too late."""
    claimed = ready.claimed
    if due_at > ready.send_before:
        await _end(session, claimed, now, "expired", code, marked_at=None)
    elif await leases.give_back(session, INVITATIONS, claimed, due_at=due_at):
        state = await session.scalar(select(Invitation.state).where(Invitation.branch_id == claimed.branch_id, Invitation.id == claimed.key[1]))
        session.add(history.event(claimed.key[0], claimed.key[1], now, state or "planned", code, "worker"))
