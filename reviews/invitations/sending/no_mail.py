"""Beside step 4: whether an address may be mailed at all, asked before any mail of ours that is no invitation.

Invitations and reminders ask the same in the statements with which they take up and mark many rows at once (`preflight`, `send_mark`, `remind`).
"""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Suppression
from reviews.invitations.planning import schedule
from reviews.reasons import SkipReason


class Purpose(StrEnum):
    """Why a mail would go: as the answer to a form, or because its reader asked for this very mail at `/mijn-gegevens`."""

    ANSWER = "answer"
    OWN_REQUEST = "own_request"


async def refusal(session: AsyncSession, address_key: bytes, purpose: Purpose) -> SkipReason | None:
    """Return why an address gets no mail for a purpose; None where it may.

    A form is no wish of the address's owner: anybody can fill in any address. Only what somebody asks for about their own data is theirs to
    ask although they opted out, for it is the way to take that back.
    """
    if purpose is Purpose.OWN_REQUEST:
        return None
    wish = await session.scalar(select(Suppression.reason).where(Suppression.address_key == address_key))
    if wish is None:
        return None
    return SkipReason.UNDELIVERABLE if wish in schedule.BOUNCED else SkipReason.SUPPRESSED
