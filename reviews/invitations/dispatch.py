"""Invitation flow, step 4 of 5: hand over what is due, each once, after checking everything again.

1. Claim a batch (`reviews.leases`).
2. Check each again on fresh data: a wish, a cancellation, an hour, a cap may have come since it was planned.
3. Set the durable mark in a transaction of its own, just before the first byte that cannot be taken back, with the person's row locked.
4. Hand over, outside any transaction.
5. Settle by the outcome: *sent*, *refused*, *retry* or *unknown*; an unknown is parked for a person and never repeated by itself.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import leases
from reviews.clock import Clock
from reviews.invitations import policy, schedule
from reviews.invitations.outcomes import Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.policy import Rules, SkipReason
from reviews.leases import INVITATIONS, Claimed
from reviews.tables import Branch, Invitation, Job, Person, Suppression

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840, 1200, 1440))
"""The pauses between tries: 75 hours in all (Standard Webhooks); the last one repeats until `send_before`."""

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
    city: str | None
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
        turns = asyncio.Semaphore(self.at_once)

        async def one(row: Claimed) -> None:
            async with turns:
                await self._dispatch(row)

        async with asyncio.TaskGroup() as group:
            for row in claimed:
                group.create_task(one(row))
        return len(claimed)

    async def _dispatch(self, claimed: Claimed) -> None:
        async with self.maker.begin() as session:
            checked = await _check(session, claimed, now=self.clock.now())
        if checked is None:
            return
        channel, parcel = checked

        async def mark() -> bool:
            async with self.maker.begin() as session:
                return await _mark(session, claimed, parcel, now=self.clock.now(), hand_over=self.hand_over[channel])

        outcome = await self.channels[channel].send(parcel, mark=mark)
        async with self.maker.begin() as session:
            await _settle(session, claimed, outcome, now=self.clock.now())

    async def sweep(self) -> int:
        """Take back leases that ran out; what may have left becomes `unknown`. Return how many rows were found."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            swept = await leases.sweep(session, INVITATIONS, now=now)
            for state, keys in (("unknown", swept.unknown), ("dead", swept.dead)):
                session.add_all(schedule.event(key[0], key[1], now, state, "worker_lost", "worker") for key in keys)
        return swept.returned + len(swept.unknown) + len(swept.dead)


def _ours(channels: Mapping[str, Channel]) -> ColumnElement[bool]:
    """Take only what this process can hand over, and leave the platform's invitations of a branch alone while its token is refused."""
    halted = select(Branch.id).where(Branch.platform_halted_at.is_not(None))
    return and_(Invitation.channel.in_(list(channels)), or_(Invitation.channel != "platform", Invitation.branch_id.not_in(halted)))


async def _check(session: AsyncSession, claimed: Claimed, *, now: datetime) -> tuple[str, Parcel] | None:
    """Check a claimed invitation on fresh data; return its channel and parcel, or None when it was settled otherwise."""
    branch_id, invitation_id = claimed.key
    invitation = await session.get_one(Invitation, (branch_id, invitation_id))
    branch = await session.get_one(Branch, branch_id)
    job = await session.get_one(Job, (branch_id, invitation.job_id))
    person = await session.get_one(Person, invitation.person_id)
    rules = msgspec.convert(branch.rules, Rules)
    if now > invitation.send_before:
        await _end(session, claimed, now, "expired", "too_late")
        return None
    reason = await _reason_against(session, invitation, branch, job, person, rules, now=now)
    if reason:
        await _end(session, claimed, now, "skipped", reason)
        return None
    later = policy.next_moment(now, rules)
    if later > now:
        await leases.give_back(session, INVITATIONS, claimed, due_at=later)
        return None
    if invitation.message_at is None:
        invitation.message_at = now
        await session.flush()
    return invitation.channel, _parcel(invitation, invitation.message_at, branch, job, person)


async def _reason_against(
    session: AsyncSession, invitation: Invitation, branch: Branch, job: Job, person: Person, rules: Rules, *, now: datetime
) -> SkipReason | None:
    if await session.get(Suppression, person.address_key) is not None:
        return SkipReason.SUPPRESSED
    if job.state != "completed":
        return SkipReason.JOB_OPEN if job.state == "open" else SkipReason.JOB_CANCELLED
    if not branch.active:
        return SkipReason.BRANCH_OFF
    return SkipReason.INVITED_RECENTLY if await _too_soon(session, invitation.id, person.id, rules, now=now) else None


async def _too_soon(session: AsyncSession, invitation_id: uuid.UUID, person_id: uuid.UUID, rules: Rules, *, now: datetime) -> bool:
    last = await schedule.last_invited(session, [person_id], but=invitation_id)
    return person_id in last and now - last[person_id] < timedelta(days=rules.cap_days)


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
        city=None,
        reference=invitation.reference,
        message_id=invitation.message_id,
        message_at=message_at,
        address_key=person.address_key,
    )


async def _mark(session: AsyncSession, claimed: Claimed, parcel: Parcel, *, now: datetime, hand_over: timedelta) -> bool:
    """Set the mark if the person still wants it and no other branch came first.

    The person's row is locked for it, so two workers with two invitations of one person, or a worker and an opt-out, come one after the
    other.
    """
    person = await session.scalar(select(Person).where(Person.address_key == parcel.address_key).with_for_update())
    if person is None or await session.get(Suppression, parcel.address_key) is not None:
        return False
    branch = await session.get_one(Branch, claimed.branch_id)
    if await _too_soon(session, parcel.invitation_id, person.id, msgspec.convert(branch.rules, Rules), now=now):
        return False
    return await leases.mark(session, INVITATIONS, claimed, now=now, until=now + hand_over)


async def _end(session: AsyncSession, claimed: Claimed, now: datetime, state: str, reason: str | None, **values: Any) -> None:
    """Settle a claimed invitation and write its history; nothing is written when it is no longer ours."""
    if await leases.settle(session, INVITATIONS, claimed, {"state": state, "reason": reason, **values}):
        session.add(schedule.event(claimed.key[0], claimed.key[1], now, state, reason, "worker"))


async def _settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, *, now: datetime) -> None:
    match outcome:
        case Sent():
            await _end(session, claimed, now, "sent", None, sent_at=now)
        case Unknown(code):
            await _end(session, claimed, now, "unknown", code)
        case Refused(code):
            await _end(session, claimed, now, "refused", code, marked_at=None)
        case Retry(code, after):
            await _again(session, claimed, code, now + max(after or timedelta(), _pause(claimed.attempt)), now=now)
        case Halt(code):
            branch = await session.get_one(Branch, claimed.branch_id, with_for_update=True)
            invitation = await session.get_one(Invitation, claimed.key)
            if invitation.channel == "platform" and branch.platform_halted_at is None:
                branch.platform_halted_at = now
            await _again(session, claimed, code, now + HALTED_PAUSE, now=now)


async def _again(session: AsyncSession, claimed: Claimed, code: str, due_at: datetime, *, now: datetime) -> None:
    """Let an invitation wait for another try, or expire when that would come too late."""
    invitation = await session.get_one(Invitation, claimed.key)
    if due_at > invitation.send_before:
        await _end(session, claimed, now, "expired", code, marked_at=None)
    elif await leases.give_back(session, INVITATIONS, claimed, due_at=due_at):
        await session.refresh(invitation)
        session.add(schedule.event(claimed.key[0], claimed.key[1], now, invitation.state, code, "worker"))


def _pause(attempt: int) -> timedelta:
    return RETRY_AFTER[min(attempt, len(RETRY_AFTER)) - 1]
