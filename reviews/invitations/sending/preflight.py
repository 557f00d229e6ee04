"""Beside step 4: look once more, on fresh data, at invitations that are about to leave.

A wish, a cancellation, an hour, a cap may have come since they were planned. What must not leave gets its reason; the others come back with all
that their hand-over needs.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Result, Row, and_, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from reviews.branches import naming
from reviews.branches.naming import BranchIdentity
from reviews.branches.rules import Kind, Rules
from reviews.database.job_queue import INVITATIONS, Claimed, Key
from reviews.database.tables import Branch, Invitation, Job, Person, Suppression
from reviews.handover.settling import OutcomeWrite
from reviews.invitations.planning import policy, reviewed, schedule
from reviews.invitations.planning.policy import JobFacts, PersonFacts
from reviews.reasons import PlanReason, SkipReason


class InvitationParcel(msgspec.Struct, frozen=True, kw_only=True):
    """All that a channel needs to hand over one invitation; the platform token stays sealed until it is used."""

    invitation_id: uuid.UUID
    branch: BranchIdentity
    location: str | None
    tenant: str
    sealed_token: bytes | None
    kind: Kind
    name: str
    email: str
    language: str
    reference: str
    message_id: str
    message_at: datetime
    address_key: bytes
    branch_id: uuid.UUID
    completed_at: datetime
    letter_words: Mapping[str, Any] = msgspec.field(default_factory=dict)


def parcel_of(
    branch: Branch | Row[Any], job: Job | Row[Any], person: Person | Row[Any], invitation: Invitation | Row[Any], *, message_at: datetime
) -> InvitationParcel:
    """Return what is handed over; `message_at` is the date that the mail bears over all tries."""
    return InvitationParcel(
        invitation_id=invitation.id,
        branch=naming.of(branch.identity),
        location=branch.platform_location,
        tenant=branch.platform_tenant,
        sealed_token=branch.platform_token,
        kind=_kind(job),
        name=person.name,
        email=person.email,
        language=person.language,
        reference=invitation.reference,
        message_id=invitation.message_id,
        message_at=message_at,
        address_key=person.address_key,
        branch_id=branch.id,
        completed_at=job.completed_at or message_at,
        letter_words=branch.letter_words,
    )


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed invitation that passed the last check, with all that its hand-over needs; `tries` failed before this one."""

    claimed: Claimed
    looked_at: datetime
    channel: str
    person_id: uuid.UUID
    cap: timedelta
    send_before: datetime
    tries: int
    parcel: InvitationParcel


async def check(session: AsyncSession, claimed: Sequence[Claimed], *, now: datetime) -> tuple[list[Ready], list[OutcomeWrite]]:
    """Check claimed invitations; return those that may leave, in the order in which they came, and what becomes of the others."""
    mine = tuple_(Invitation.branch_id, Invitation.id).in_([one.key for one in claimed])
    rows: Result[*tuple[Any, ...]] = await session.execute(_FACTS.where(mine))
    found: dict[Key, Row[Any]] = {(row.branch_id, row.id): row for row in rows}
    places: Result[*tuple[Any, ...]] = await session.execute(_BRANCH.where(Branch.id.in_({one.branch_id for one in claimed})))
    branches = {row.id: row for row in places}
    rules = {branch_id: msgspec.convert(branch.rules, Rules) for branch_id, branch in branches.items()}
    done = await _reviewed(session, found.values())
    ready: list[Ready] = []
    endings: list[OutcomeWrite] = []
    for held in claimed:
        row, branch = found[held.key], branches[held.branch_id]
        ending = _ending(held, row, branch, rules[held.branch_id], reviewed=row.job_id in done, now=now)
        if ending is None:
            ready.append(_ready(held, row, branch, rules[held.branch_id], now))
        else:
            endings.append(ending)
    await _keep_first_moment(session, [one for one in ready if found[one.claimed.key].message_at is None], now)
    return ready, endings


async def _reviewed(session: AsyncSession, rows: Iterable[Row[Any]]) -> set[uuid.UUID]:
    """Return the jobs that their customers have already reviewed."""
    jobs: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in rows:
        jobs.setdefault(row.branch_id, []).append(row.job_id)
    done = [await reviewed.reviewed_jobs(session, branch_id, job_ids) for branch_id, job_ids in jobs.items()]
    return set[uuid.UUID]().union(*done)


def _ending(held: Claimed, row: Row[Any], branch: Row[Any], rules: Rules, *, reviewed: bool, now: datetime) -> OutcomeWrite | None:
    """Return what becomes of a claimed invitation instead of leaving, or None when it may leave."""
    if now > row.send_before:
        return OutcomeWrite(held, "expired", PlanReason.TOO_LATE, unmark=True)
    reason = _reason_against(row, rules, active=branch.active, reviewed=reviewed, now=now)
    if reason:
        return OutcomeWrite(held, "skipped", reason.value, unmark=True)
    later = policy.next_moment(now, rules)
    return OutcomeWrite(held, INVITATIONS.waiting, row.reason, due_at=later, unmark=True) if later > now else None


def _reason_against(row: Row[Any], rules: Rules, *, active: bool, reviewed: bool, now: datetime) -> SkipReason | None:
    bounced = row.wish in schedule.BOUNCED
    job = JobFacts(kind=_kind(row), state=row.state, completed_at=row.completed_at, reviewed=reviewed)
    person = PersonFacts(suppressed=bool(row.wish) and not bounced, undeliverable=bounced, restricted=row.restricted_at is not None)
    recently = row.last_invited_at is not None and now - row.last_invited_at < timedelta(days=rules.cap_days)
    return policy.refusal(job, person, branch_active=active) or (SkipReason.INVITED_RECENTLY if recently else None)


def _kind(job: Job | Row[Any]) -> Kind:
    return "repair" if job.kind == "repair" else "purchase"


def _ready(held: Claimed, row: Row[Any], branch: Row[Any], rules: Rules, now: datetime) -> Ready:
    parcel = parcel_of(branch, row, row, row, message_at=row.message_at or now)
    return Ready(held, now, row.channel, row.person_id, timedelta(days=rules.cap_days), row.send_before, row.tries, parcel)


async def _keep_first_moment(session: AsyncSession, first: Sequence[Ready], now: datetime) -> None:
    """Fix the date that a mail bears over all tries."""
    if first:
        keys = [one.claimed.key for one in first]
        await session.execute(update(INVITATIONS.table).where(tuple_(Invitation.branch_id, Invitation.id).in_(keys)).values(message_at=now))


_other = aliased(Invitation)
_LAST_INVITED = (
    select(func.max(_other.marked_at))
    .where(_other.person_id == Invitation.person_id, _other.state.in_(schedule.LEFT), _other.marked_at.is_not(None))
    .correlate(Invitation)
    .scalar_subquery()
)
_FACTS = (
    select(
        Invitation.branch_id, Invitation.id, Invitation.job_id, Invitation.channel, Invitation.reason, Invitation.send_before, Invitation.reference,
        Invitation.message_id, Invitation.message_at, Invitation.person_id, Invitation.tries, Job.state, Job.kind, Job.completed_at,
        Person.name, Person.email, Person.language, Person.address_key, Person.restricted_at,
        Suppression.reason.label("wish"), _LAST_INVITED.label("last_invited_at"),
    )
    .join_from(Invitation, Job, and_(Job.branch_id == Invitation.branch_id, Job.id == Invitation.job_id))
    .join(Person, Person.id == Invitation.person_id)
    .outerjoin(Suppression, Suppression.address_key == Person.address_key)
)  # fmt: skip
_BRANCH = select(
    Branch.id, Branch.identity, Branch.rules, Branch.active, Branch.letter_words,
    Branch.platform_location, Branch.platform_tenant, Branch.platform_token,
)  # fmt: skip
