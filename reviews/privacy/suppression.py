"""Niet-mailen: a person's wish stops all mail, at once, at every branch, for ever."""

import uuid
from datetime import datetime
from typing import Annotated, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from reviews import validation
from reviews.database.engine import rowcount_of
from reviews.database.tables import Branch, Claim, ClaimMail, Invitation, Person, Publication, Reminder, Suppression
from reviews.invitations.planning import replanning, schedule
from reviews.invitations.sending import no_mail
from reviews.reasons import SkipReason

TOLD_BRANCH: Final = "told_branch"
"""The reason of a suppression that a source passed on: whoever told it may take it back, unless the person has said so themselves."""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a source passes on: somebody told a branch that they want no mail; `why` is the branch's own note."""

    email: str
    why: Annotated[str, msgspec.Meta(max_length=200)] | None = None


def read(raw: object) -> Wish:
    """Return what a source sent as a wish; raise InvalidError with all that is wrong with it."""
    return validation.read(raw, Wish, lambda wish: validation.address_errors("email", wish.email) + validation.text_errors("why", wish.why))


async def suppress(session: AsyncSession, address_key: bytes, *, reason: str, origin: str, now: datetime) -> int:
    """Stop all mail to an address and cancel what waits for it; return how many invitations were stopped. Doing it twice changes nothing.

    The person's row is locked first, as the dispatcher does before its mark, and then the address, as all else that would mail it does
    (`no_mail.refusal_at_mark`): a mail is either marked before the wish was stored, or it never leaves (art. 21(3) GDPR: the objection is
    final). A person's own wish replaces what a source passed on, and both what a mail server reported; nothing replaces a person's.
    """
    person_id = await session.scalar(select(Person.id).where(Person.address_key == address_key).with_for_update())
    await no_mail.lock(session, address_key)
    new = insert(Suppression).values(address_key=address_key, reason=reason, origin=origin, at=now)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["address_key"],
            set_={name: new.excluded[name] for name in ("reason", "origin", "at")},
            # Otherwise a bounce that comes later would turn an opt-out into an address that may be tried again, and what a branch passes on
            # would take a person's own word for one that the branch may take back.
            where=_rank(Suppression.reason) < _rank(new.excluded.reason),
        )
    )
    told = SkipReason.UNDELIVERABLE if reason in schedule.BOUNCED else SkipReason.SUPPRESSED
    await _keep_back(session, address_key, told)
    return await schedule.cancel_for(session, person_id, reason=told, now=now) if person_id else 0


async def end_of_bounces(session: AsyncSession, address_key: bytes, *, horizon: schedule.Horizon, now: datetime) -> bool:
    """End a stop that only a mail server asked for, because the person just proved that mail arrives; what waited for it is planned again.

    False when there was none, or when the person asked for it: a wish is never ended by a click that says something else.
    """
    person_id = await session.scalar(select(Person.id).where(Person.address_key == address_key).with_for_update())
    gone = delete(Suppression).where(Suppression.address_key == address_key, Suppression.reason.in_(schedule.BOUNCED))
    ended = rowcount_of(await session.execute(gone)) == 1
    if ended and person_id:
        await replanning.replan_person(session, person_id, after=SkipReason.UNDELIVERABLE, horizon=horizon, now=now)
    return ended


async def of_person(session: AsyncSession, person_id: uuid.UUID | None) -> Suppression | None:
    """Return why mail to a person stands still, since when and by whom; None where it does not."""
    mine = select(Suppression).join(Person, Person.address_key == Suppression.address_key).where(Person.id == person_id)
    return await session.scalar(mine) if person_id else None


def _rank(reason: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[int]:
    """Return how much a reason weighs: what a mail server reported, what a source passed on, what the person said."""
    return case((reason.in_(schedule.BOUNCED), 0), (reason == TOLD_BRANCH, 1), else_=2)


async def _keep_back(session: AsyncSession, address_key: bytes, reason: SkipReason) -> None:
    """End the answers to forms that wait for an address; of one that a worker holds without its mark, the mark then fails by its fence."""
    waiting = or_(ClaimMail.state == "waiting", and_(ClaimMail.state == "claimed", ClaimMail.marked_at.is_(None)))
    mine = tuple_(ClaimMail.branch_id, ClaimMail.claim_id).in_(_claims_of(address_key))
    await session.execute(
        update(ClaimMail).where(mine, waiting).values(state="refused", failure=reason, lease_until=None).execution_options(synchronize_session=False)
    )


def _claims_of(address_key: bytes) -> Select[uuid.UUID, uuid.UUID]:
    # All branches, but named: the index begins with the branch.
    return select(Claim.branch_id, Claim.id).where(Claim.branch_id.in_(select(Branch.id)), Claim.address_key == address_key)


async def under_way(session: AsyncSession, address_key: bytes) -> bool:
    """Whether a mail to an address has its mark and no outcome yet, so that nothing can stop it any more.

    Of all that mails a customer: invitations, their reminders, mails about a claim, and approved reviews whose writer the platform invites.
    Ask in the transaction of `suppress`, whose locks keep further marks out: then the answer no stays true.
    """
    mine = select(Invitation.id).join(Person, Person.id == Invitation.person_id).where(Person.address_key == address_key)
    mailed = exists(mine.where(Invitation.state == "claimed", Invitation.marked_at.is_not(None)))
    leaving = Reminder.invitation_id.in_(mine), Reminder.state == "claimed", Reminder.marked_at.is_not(None)
    answers = tuple_(ClaimMail.branch_id, ClaimMail.claim_id).in_(_claims_of(address_key))
    answered = answers, ClaimMail.state == "claimed", ClaimMail.marked_at.is_not(None)
    reviews = tuple_(Publication.branch_id, Publication.claim_id).in_(_claims_of(address_key)), Publication.route == "invitation"
    invited = *reviews, Publication.state == "claimed", Publication.marked_at.is_not(None)
    anything = mailed | exists().where(*leaving) | exists().where(*answered) | exists().where(*invited)
    return bool(await session.scalar(select(anything)))
