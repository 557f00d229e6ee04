"""What is known of an address from before: how often its mail came back, whether that was our fault, and whether its person confirmed it."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Claim, Invitation, MailEvent
from reviews.reasons import DeliveryKind

_MEMORY: Final = timedelta(days=90)
_OF_INVITATION: Final = and_(Invitation.branch_id == MailEvent.branch_id, Invitation.id == MailEvent.invitation_id)


async def soft(session: AsyncSession, address_key: bytes, person_id: uuid.UUID | None, *, now: datetime) -> int:
    """Count how often a person's mail came back softly of late, over all branches, and since the address was last confirmed."""
    oldest = now - _MEMORY
    confirmed_at = await session.scalar(select(func.max(Claim.confirmed_at)).where(_claims(address_key)))
    found = (
        select(func.count())
        .select_from(MailEvent)
        .join(Invitation, _OF_INVITATION)
        .where(Invitation.person_id == person_id, MailEvent.kind == DeliveryKind.SOFT_BOUNCE, MailEvent.at > max(oldest, confirmed_at or oldest))
    )
    return await session.scalar(found) or 0


async def confirmed_after(session: AsyncSession, address_key: bytes, moment: datetime) -> bool:
    """Whether the person confirmed the address after this moment."""
    return bool(await session.scalar(select(select(Claim.id).where(_claims(address_key), Claim.confirmed_at > moment).exists())))


async def was_blocked(session: AsyncSession, person_id: uuid.UUID | None) -> bool:
    """Whether the person's mail was blocked because of us: a mail service may keep that as a bounce, and drop all later mail for it."""
    blocked = select(MailEvent.id).join(Invitation, _OF_INVITATION).where(Invitation.person_id == person_id, MailEvent.kind == DeliveryKind.BLOCKED)
    return bool(await session.scalar(select(blocked.exists())))


def _claims(address_key: bytes) -> ColumnElement[bool]:
    # All branches, but named: the index begins with the branch.
    return and_(Claim.branch_id.in_(select(Branch.id)), Claim.address_key == address_key)
