"""The operator's hand on an invitation: find it, hold it, release it, cancel it, settle an unknown one."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.invitations.history import event
from reviews.invitations.schedule import BY_HAND
from reviews.tables import Invitation, InvitationEvent

HANDS: dict[str, tuple[str, str | None]] = {"hold": ("held", None), "release": ("planned", None), "cancel": ("cancelled", BY_HAND)}
"""What a person may do with an invitation that has not left, and the state and reason that follow."""


def _one(invitation_id: uuid.UUID, branch_ids: Sequence[uuid.UUID]) -> Select[Invitation]:
    return select(Invitation).where(Invitation.branch_id.in_(branch_ids), Invitation.id == invitation_id)


async def find(session: AsyncSession, invitation_id: uuid.UUID, *, branch_ids: Sequence[uuid.UUID]) -> Invitation:
    """Return an invitation of one of these branches; raise NotFoundError for any other."""
    row = await session.scalar(_one(invitation_id, branch_ids))
    if row is None:
        raise NotFoundError("there is no such invitation")
    return row


async def change(
    session: AsyncSession,
    invitation_id: uuid.UUID,
    *,
    hand: str,
    branch_ids: Sequence[uuid.UUID],
    actor: str,
    now: datetime,
) -> Invitation:
    """Let a person hold, release or cancel an invitation; raise TooLateError when it has left or is leaving.

    `hand` is one of `hold`, `release`, `cancel`; doing the same twice changes nothing.
    """
    row = await session.scalar(_one(invitation_id, branch_ids).with_for_update())
    if row is None:
        raise NotFoundError("there is no such invitation")
    if hand not in HANDS:
        raise NotFoundError(f"there is no {hand}; it is hold, release or cancel")
    target, reason = HANDS[hand]
    if (row.state, row.reason) == (target, reason):
        return row
    if row.state not in {"planned", "held"} and not (row.state == "claimed" and row.marked_at is None):
        raise TooLateError(f"the invitation is {row.state}")
    row.state, row.reason, row.lease_until = target, reason, None
    session.add(event(row.branch_id, row.id, now, row.state, row.reason, actor))
    await session.flush()
    return row


async def settle(
    session: AsyncSession, invitation_id: uuid.UUID, *, was_sent: bool, branch_ids: Sequence[uuid.UUID], actor: str, now: datetime
) -> Invitation:
    """End an unknown by what a person found out: it was sent, or it was not and stays unsent; nothing is ever sent twice."""
    row = await session.scalar(_one(invitation_id, branch_ids).with_for_update())
    if row is None:
        raise NotFoundError("there is no such invitation")
    if row.state != "unknown":
        raise ConflictError(f"the invitation is {row.state}, not unknown")
    row.state, row.reason = ("sent", None) if was_sent else ("cancelled", "not_sent")
    row.sent_at = row.marked_at if was_sent else None
    session.add(event(row.branch_id, row.id, now, row.state, row.reason, actor))
    await session.flush()
    return row


async def listed(
    session: AsyncSession, branch_ids: Sequence[uuid.UUID], *, state: str | None = None, after: uuid.UUID | None = None, limit: int = 100
) -> list[Invitation]:
    """Return invitations of these branches in the order in which they were made (ids are UUIDv7), those after `after` only."""
    query = select(Invitation).where(Invitation.branch_id.in_(branch_ids)).order_by(Invitation.id).limit(limit)
    if state:
        query = query.where(Invitation.state == state)
    if after:
        query = query.where(Invitation.id > after)
    return list(await session.scalars(query))


async def past_of(session: AsyncSession, row: Invitation) -> list[InvitationEvent]:
    """Return all that happened to an invitation, oldest first."""
    events = await session.scalars(
        select(InvitationEvent)
        .where(InvitationEvent.branch_id == row.branch_id, InvitationEvent.invitation_id == row.id)
        .order_by(InvitationEvent.at, InvitationEvent.id)
    )
    return list(events)
