"""Find in the histories what an endpoint must be sent, and queue each thing for it once.

Nothing in the flows knows of endpoints: their own rows are the outbox. Recent rows are read again and again, with an overlap longer than any
transaction may last, and by the unique key (endpoint, type, subject) each thing is queued once, in whatever order the transactions were
committed.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import test_mode
from reviews.database.tables import (
    Branch,
    Claim,
    Decision,
    Invitation,
    InvitationEvent,
    Job,
    Person,
    Publication,
    Source,
    SourceBranch,
    Suppression,
    WebhookDelivery,
    WebhookEndpoint,
    new_id,
)
from reviews.reasons import sentence_of

OVERLAP = timedelta(minutes=10)
"""Longer than a transaction can last between reading the clock and its commit."""

PAGE = 500

_MOMENTS = (InvitationEvent.at, Claim.confirmed_at, Decision.decided_at, Publication.published_at, Suppression.at)
"""When something happened, in each history."""

_TYPES = {
    "planned": "invitation.planned", "sent": "invitation.sent", "skipped": "invitation.skipped", "cancelled": "invitation.skipped",
    "expired": "invitation.skipped", "unknown": "invitation.unknown", "refused": "invitation.refused", "dead": "invitation.refused",
    "reviewed": "invitation.reviewed",
}  # fmt: skip


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened at a branch, as it is sent; `subject` is the row that it happened to."""

    branch_id: uuid.UUID
    type: str
    subject: uuid.UUID
    payload: dict[str, Any]


class _Scope(msgspec.Struct, frozen=True):
    """For whom something is looked up: the endpoint, its branches (None: all) and since when."""

    endpoint: WebhookEndpoint
    branch_ids: Sequence[uuid.UUID] | None
    since: datetime


async def announce(maker: async_sessionmaker[AsyncSession], *, now: datetime) -> int:
    """Queue for every endpoint what it has not been sent; return how many things that were. Those of test sources are another world's."""
    async with maker.begin() as session:
        listening = await _listening(session, test=False)
    told = 0
    for endpoint_id, _ in listening:
        async with maker.begin() as session:
            told += await _announce_to(session, endpoint_id, now=now)
    return told


async def announce_tests(maker: async_sessionmaker[AsyncSession], *, now: datetime) -> int:
    """Queue for the endpoints of test sources what became of their own test jobs, marked as a test; return how many things that were."""
    async with test_mode.sessions(maker).begin() as session:
        listening = await _listening(session, test=True)
    told = 0
    for endpoint_id, source_id in listening:
        async with maker.begin() as session:
            await test_mode.enter(session, source_id)
            told += await _announce_to(session, endpoint_id, now=now)
    return told


async def any_test_listens(maker: async_sessionmaker[AsyncSession]) -> bool:
    """Whether a test source has an endpoint that is told things."""
    listening = exists().where(WebhookEndpoint.disabled_at.is_(None), WebhookEndpoint.source_id == Source.id, Source.test)
    async with maker() as session:
        return bool(await session.scalar(select(listening)))


async def _listening(session: AsyncSession, *, test: bool) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return the endpoints that are told things, each with its source.

    None when nothing happened since the earliest of their last looks, which costs the same for all.
    """
    since = func.greatest(WebhookEndpoint.announced_until - OVERLAP, WebhookEndpoint.created_at)
    mine = select(Source.id).where(Source.test if test else ~Source.test)
    query = select(WebhookEndpoint.id, WebhookEndpoint.source_id, since).where(WebhookEndpoint.disabled_at.is_(None))
    rows = (await session.execute(query.where(WebhookEndpoint.source_id.in_(mine)))).all()
    earliest = min((row[2] for row in rows), default=None)
    # A value, and no column of the endpoints: for one that it does not know the planner takes a third of each history.
    if earliest is None or not await session.scalar(select(or_(*(exists().where(moment >= earliest) for moment in _MOMENTS)))):
        return []
    return [(row[0], row[1]) for row in rows]


async def _announce_to(session: AsyncSession, endpoint_id: uuid.UUID, *, now: datetime) -> int:
    """Go through the histories once for an endpoint, a page of each kind at most; the rest follows at once."""
    # Another worker is at it: the unique key would keep things right, but its work would be done twice.
    row = await session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update(skip_locked=True))
    if row is None or row.disabled_at is not None:
        return 0
    owner = await session.get_one(Source, row.source_id)
    scope = _Scope(row, await _branches_of(session, owner), max(row.announced_until - OVERLAP, row.created_at))
    found = [happening for read in _KINDS if read.wanted(row.types) for happening in await read.page(session, scope)]
    if found:
        await session.execute(insert(WebhookDelivery).values([_delivery(row.id, _marked(one, owner), now) for one in found]).on_conflict_do_nothing())
    else:
        # Only when nothing new was found: behind a full page there may be more of the same time.
        row.announced_until = now
    return len(found)


async def _branches_of(session: AsyncSession, source: Source) -> list[uuid.UUID] | None:
    # A test source's branches are its own, also when it may speak for all.
    if source.all_branches and not source.test:
        return None
    return list(await session.scalars(select(SourceBranch.branch_id).where(SourceBranch.source_id == source.id)))


def _marked(one: Happening, owner: Source) -> Happening:
    """Say in the message itself that it tells of no customer: a receiver must not mistake one for the other."""
    return msgspec.structs.replace(one, payload={**one.payload, "test": True}) if owner.test else one


def _delivery(endpoint_id: uuid.UUID, one: Happening, now: datetime) -> dict[str, Any]:
    return {
        "branch_id": one.branch_id,
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "type": one.type,
        "subject": one.subject,
        "payload": one.payload,
        "state": "waiting",
        "due_at": now,
        "created_at": now,
    }


class _Kind(msgspec.Struct, frozen=True):
    """One history: the types that it yields, how its rows are selected, and how a row is turned into a message.

    The query yields branch_id, subject, slug, at first, and only rows that were not queued for the endpoint yet.
    """

    types: frozenset[str]
    query: Callable[[_Scope], Select[*tuple[Any, ...]]]
    told: Callable[[Any], Happening]

    def wanted(self, types: Iterable[str]) -> bool:
        """Whether an endpoint wants any of these types."""
        return bool(self.types.intersection(types))

    async def page(self, session: AsyncSession, scope: _Scope) -> list[Happening]:
        """Return the oldest things that were not queued for the endpoint yet."""
        rows = await session.execute(self.query(scope).limit(PAGE))
        return [self.told(row) for row in rows]


def _untold(scope: _Scope, branch_id: Any, subject: Any, kinds: Iterable[str]) -> Any:
    """Select what is of an endpoint's branches and was not queued for it."""
    promised = exists().where(
        WebhookDelivery.branch_id == branch_id,
        WebhookDelivery.endpoint_id == scope.endpoint.id,
        WebhookDelivery.subject == subject,
        WebhookDelivery.type.in_(sorted(kinds)),
    )
    return ~promised if scope.branch_ids is None else and_(branch_id.in_(scope.branch_ids), ~promised)


def _invitations(scope: _Scope) -> Select[*tuple[Any, ...]]:
    states = [state for state, kind in _TYPES.items() if kind in scope.endpoint.types]
    return (
        select(
            InvitationEvent.branch_id, InvitationEvent.id, Branch.slug, InvitationEvent.at,
            InvitationEvent.state, InvitationEvent.reason, InvitationEvent.due_at, InvitationEvent.invitation_id, Job.number, Job.kind,
        )
        .join(Invitation, and_(Invitation.branch_id == InvitationEvent.branch_id, Invitation.id == InvitationEvent.invitation_id))
        .join(Job, and_(Job.branch_id == Invitation.branch_id, Job.id == Invitation.job_id))
        .join(Branch, Branch.id == InvitationEvent.branch_id)
        .where(
            InvitationEvent.at >= scope.since,
            InvitationEvent.state.in_(states),
            _untold(scope, InvitationEvent.branch_id, InvitationEvent.id, set(_TYPES.values())),
        )
        .order_by(InvitationEvent.at, InvitationEvent.id)
    )  # fmt: skip


def _invitation(row: Any) -> Happening:
    data = {
        "invitation_id": str(row.invitation_id),
        "branch": row.slug,
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "detail": sentence_of(row.reason),
        "send_at": row.due_at.isoformat() if row.due_at else None,
    }
    return _happening(row, _TYPES[row.state], data)


def _happening(row: Any, kind: str, data: dict[str, Any]) -> Happening:
    """Return a row as a message of Standard Webhooks: type, timestamp, data."""
    return Happening(row.branch_id, kind, row.id, {"type": kind, "timestamp": row.at.isoformat(), "data": data})


def _claims(scope: _Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Claim.branch_id, Claim.id, Branch.slug, Claim.confirmed_at.label("at"), Claim.document_number.label("number"))
        .join(Branch, Branch.id == Claim.branch_id)
        .where(Claim.confirmed_at >= scope.since, _untold(scope, Claim.branch_id, Claim.id, ["claim.submitted"]))
        .order_by(Claim.confirmed_at)
    )


def _claim(row: Any) -> Happening:
    return _happening(row, "claim.submitted", {"claim_id": str(row.id), "branch": row.slug, "number": row.number})


def _decisions(scope: _Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Decision.branch_id, Decision.id, Branch.slug, Decision.decided_at.label("at"), Decision.claim_id, Decision.choice, Decision.reason)
        .join(Branch, Branch.id == Decision.branch_id)
        .where(Decision.decided_at >= scope.since, _untold(scope, Decision.branch_id, Decision.id, ["claim.decided"]))
        .order_by(Decision.decided_at)
    )


def _decision(row: Any) -> Happening:
    data = {"claim_id": str(row.claim_id), "branch": row.slug, "choice": row.choice, "reason": row.reason}
    return _happening(row, "claim.decided", data)


def _publications(scope: _Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Publication.branch_id, Publication.id, Branch.slug, Publication.published_at.label("at"), Publication.claim_id, Publication.route)
        .join(Branch, Branch.id == Publication.branch_id)
        .where(Publication.published_at >= scope.since, _untold(scope, Publication.branch_id, Publication.id, ["claim.published"]))
        .order_by(Publication.published_at)
    )


def _publication(row: Any) -> Happening:
    return _happening(row, "claim.published", {"claim_id": str(row.claim_id), "branch": row.slug, "route": row.route})


def _suppressions(scope: _Scope) -> Select[*tuple[Any, ...]]:
    """Select who must not be mailed any more, once per branch that knows them: a branch is sent its own customers and nobody else's.

    The number of a job identifies the customer; the address is not sent.
    """
    return (
        select(Job.branch_id, Person.id, Branch.slug, Suppression.at, Suppression.reason, Job.number)
        .ext(distinct_on(Suppression.at, Job.branch_id, Person.id))
        .join(Person, Person.address_key == Suppression.address_key)
        .join(Job, Job.person_id == Person.id)
        .join(Branch, Branch.id == Job.branch_id)
        .where(Suppression.at >= scope.since, _untold(scope, Job.branch_id, Person.id, ["person.suppressed"]))
        # DISTINCT ON keeps the first row of each: the newest job. Its columns must lead the order.
        .order_by(Suppression.at, Job.branch_id, Person.id, Job.id.desc())
    )


def _suppression(row: Any) -> Happening:
    return _happening(row, "person.suppressed", {"branch": row.slug, "number": row.number, "reason": row.reason})


_KINDS = (
    _Kind(frozenset(_TYPES.values()), _invitations, _invitation),
    _Kind(frozenset({"claim.submitted"}), _claims, _claim),
    _Kind(frozenset({"claim.decided"}), _decisions, _decision),
    _Kind(frozenset({"claim.published"}), _publications, _publication),
    _Kind(frozenset({"person.suppressed"}), _suppressions, _suppression),
)
