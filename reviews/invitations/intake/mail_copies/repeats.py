"""Find the copies of one mail: sent again, or brought by two addresses of a branch, they are one, whatever the servers wrote around them.

A branch that sends an invoice again to a corrected address tells that address: of two copies that name two customers each counts. One that names
none, because it went to us or to a colleague, is a copy of any; but put aside by a person it hides only what names none either.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, true
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

    Of two copies the one that can be taken in counts, or else the one that names the customer, also when the other came first: that one then
    waits for nobody any more.
    """
    if mail.content_digest is None or isinstance(outcome, Discard):
        return outcome
    # Before any lock of a job: whoever settles the other copy by hand holds its row and takes those next.
    await locks.take(session, Lock.MAIL_COPY, mail.content_digest.hex())
    others = await _others(session, mail)
    before = [one for one in others if one.state not in _WAITING or (isinstance(outcome, NeedsReview) and _says_as_much(one, mail))]
    if before:
        mail.trigger_id = next((one.trigger_id for one in before if one.trigger_id), None)
        return Discard(ReviewReason.REPEAT)
    for one in others:
        one.state, one.reason, one.settled_at = "dismissed", ReviewReason.REPEAT.value, now
    return outcome


def _says_as_much(one: InboundMail, mail: InboundMail) -> bool:
    return one.customer_digest is not None or mail.customer_digest is None


async def _others(session: AsyncSession, mail: InboundMail) -> Sequence[InboundMail]:
    """Return the other copies that count, locked; what was put aside by itself is put aside again."""
    same = InboundMail.branch_id == mail.branch_id, InboundMail.content_digest == mail.content_digest, InboundMail.id != mail.id
    theirs = InboundMail.customer_digest
    by_hand = InboundMail.reason == ReviewReason.BY_HAND.value
    customer: ColumnElement[bool] = true()
    if mail.customer_digest:
        # Whoever put aside a copy that named no customer did not see this one.
        customer = or_(theirs == mail.customer_digest, and_(theirs.is_(None), InboundMail.reason.is_distinct_from(ReviewReason.BY_HAND.value)))
    counts = or_(InboundMail.state.in_(("told", *_WAITING)), by_hand)
    copies = select(InboundMail).where(*same, customer, counts)
    return (await session.scalars(copies.order_by(InboundMail.id).with_for_update())).all()
