"""Beside step 4: whether an address may be mailed at all, asked before any mail of ours that is no invitation.

Each asks when it is taken up, and once more in the transaction of its mark: a word that comes in between counts.

=======================================================  ==================================================================
what leaves                                              asks at its mark
=======================================================  ==================================================================
an invitation, by mail or by the platform                `send_mark`, under the person's row, for many at once
a reminder                                               `remind`, under the person's and the invitation's row
a mail about a claim                                     `refusal_at_mark`
an approved review whose writer the platform invites     `refusal_at_mark`
an approved review that is submitted to the platform     nothing: nobody is mailed, and its writer wants it published
a mail to a colleague at the desk, a webhook             nothing: no customer is mailed
=======================================================  ==================================================================
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import locks
from reviews.database.locks import Lock
from reviews.database.tables import Branch, Claim, ClaimMail, Suppression
from reviews.invitations.planning import schedule
from reviews.reasons import SkipReason

ASKED_AGAIN_AFTER: Final = timedelta(days=7)
"""How long an address rests where mail did not arrive, before a form may have it asked whether it works again."""


class Purpose(StrEnum):
    """Why a mail would go: as the answer to a form, or because its reader asked for this very mail at `/mijn-gegevens`."""

    ANSWER = "answer"
    OWN_REQUEST = "own_request"


async def lock(session: AsyncSession, address_key: bytes) -> None:
    """Let a word about an address and the marks of its mails come one after the other, until the transaction ends.

    A person's row does that for invitations. Whoever fills in a form need not be a person that we know, so here it is the address itself.
    """
    await locks.take(session, Lock.ADDRESS, address_key.hex())


async def refusal_at_mark(session: AsyncSession, address_key: bytes) -> SkipReason | None:
    """Return why the answer to a form must not leave after all; asked in the transaction of its mark, None stays true until that has committed."""
    await lock(session, address_key)
    return await refusal(session, address_key, Purpose.ANSWER)


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


async def may_be_asked(session: AsyncSession, address_key: bytes, *, now: datetime) -> bool:
    """Whether whoever fills in a form may be asked to confirm an address where mail did not arrive: once a week, from a week after it failed on.

    Only a confirmation ends what bounces stopped (`suppression.end_of_bounces`): without it a mailbox that works again would stay unreachable for
    its owner. What counts are mails that left; how many forms may be sent with one address is limited by itself.
    """
    ago = now - ASKED_AGAIN_AFTER
    bounced = select(Suppression.at).where(Suppression.address_key == address_key, Suppression.reason.in_(schedule.BOUNCED), Suppression.at <= ago)
    asked = (
        select(ClaimMail.id)
        .join(Claim, (Claim.branch_id == ClaimMail.branch_id) & (Claim.id == ClaimMail.claim_id))
        # All branches, but named: the index begins with the branch.
        .where(Claim.branch_id.in_(select(Branch.id)), Claim.address_key == address_key, ClaimMail.kind == "confirm")
        .where(or_(ClaimMail.sent_at > ago, ClaimMail.marked_at > ago))
    )
    return bool(await session.scalar(select(bounced.exists() & ~asked.exists())))
