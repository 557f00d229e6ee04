"""Find the copies of one mail: sent again, or brought by two addresses of a branch, they are one, whatever the servers wrote around them.

A branch that sends an invoice again to a corrected address tells that address: of two copies that name two customers each counts. One that names
none, because it went to us or to a colleague, is a copy of any.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import locks
from reviews.database.locks import Lock
from reviews.database.tables import InboundMail
from reviews.invitations.intake.mail_copies.model import Accept, Discard, MailCopy, NeedsReview, ReviewReason

_WAITING: Final = ("unrecognised", "dead")


def digests_of(copy: MailCopy, branch: str | None, email: str) -> dict[str, bytes | None]:
    """Return by what copies of one mail at one branch are known, as columns of its row; the customer's address cannot be guessed from its own."""
    if not copy.content:
        return {"content_digest": None, "customer_digest": None}
    # The same general terms may hang at every invoice that stands in the text: documents without a number do not tell mails apart.
    content = copy.content if any(paper.number for paper in copy.papers) else f"{copy.content}\n{copy.subject}\n{copy.text}"
    customer = _digest(f"{content}\n{email}") if email else None
    return {"content_digest": _digest(f"{content}\n{branch or ''}"), "customer_digest": customer}


def _digest(said: str) -> bytes:
    return hashlib.sha256(said.encode("utf-8", "replace")).digest()


async def apart(
    session: AsyncSession, mail: InboundMail, outcome: Accept | NeedsReview | Discard, *, now: datetime
) -> Accept | NeedsReview | Discard:
    """Return what a mail reports, or that it is a repeat of one that was taken in, waits for a person, or was put aside by one.

    Of two copies the one that can be taken in counts, also when the other came first: that one then waits for nobody any more.
    """
    if mail.content_digest is None or isinstance(outcome, Discard):
        return outcome
    # Before any lock of a job: whoever settles the other copy by hand holds its row and takes those next.
    await locks.take(session, Lock.MAIL_COPY, mail.content_digest.hex())
    others = await _others(session, mail)
    settled = [one for one in others if one.state not in _WAITING]
    if settled or (others and isinstance(outcome, NeedsReview)):
        mail.trigger_id = (settled or others)[0].trigger_id
        return Discard(ReviewReason.REPEAT)
    for one in others:
        one.state, one.reason, one.settled_at = "dismissed", ReviewReason.REPEAT.value, now
    return outcome


async def _others(session: AsyncSession, mail: InboundMail) -> Sequence[InboundMail]:
    """Return the other copies that count, locked; what was put aside by itself is put aside again."""
    same = InboundMail.branch_id == mail.branch_id, InboundMail.content_digest == mail.content_digest, InboundMail.id != mail.id
    theirs = InboundMail.customer_digest
    customer = or_(theirs.is_(None), theirs == mail.customer_digest) if mail.customer_digest else true()
    counts = or_(InboundMail.state.in_(("told", *_WAITING)), InboundMail.reason == ReviewReason.BY_HAND.value)
    return (await session.scalars(select(InboundMail).where(*same, customer, counts).order_by(InboundMail.id).with_for_update())).all()
