"""Take in what mail servers report later: store it, settle what it proves, and stop mail to addresses that do not want or accept it.

Events do not arrive in the order in which things happened, and each may come twice. So each is stored once, and changes a state only where
nothing newer says otherwise:

==============================================  =====================================================================================
event                                           what follows
==============================================  =====================================================================================
accepted, delivered, complaint, unsubscribe     an unknown, or one that waits for another try, is *sent*: it left after all
bounce, dropped                                 the invitation is *refused* (`bounced`, `dropped`), for good
soft_bounce                                     it waits a day and is tried again; at the last of them (`most_soft_bounces` for one person
                                                in 90 days) it is *refused* and mail to the address stops
blocked                                         it waits a day and is tried again, ten times in all; it never counts against the address
forward_failed                                  the customer's own server took it and forwarded it in vain: an arrival, never mailed again
deferred, opened, clicked                       nothing: an opening is an indication, kept and shown, and used by no rule
==============================================  =====================================================================================

A hard bounce, a complaint and an unsubscription stop all mail of every branch to the address at once. A claim mail that bounced is *refused*,
and can be sent again like any refused claim mail; it stops no invitations, because its address may be a typing error. A complaint about one
does.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import job_queue
from reviews.database.tables import Branch, Claim, ClaimMail, Invitation, MailEvent, Person, Reminder, new_id
from reviews.invitations.feedback import past_bounces
from reviews.invitations.feedback.delivery_events import ARRIVALS, FAILURES, DeliveryEvent, Stop
from reviews.invitations.planning import schedule
from reviews.invitations.sending import history
from reviews.reasons import DeliveryKind, OutcomeCode, PlanReason, Reason

ACTOR: Final = "mail"
MOST_SOFT_BOUNCES: Final = 3
SOFT_BOUNCE_PAUSE: Final = timedelta(days=1)
_SKEW: Final = timedelta(minutes=5)
_REASONS: Final[dict[str, Reason]] = {
    DeliveryKind.BOUNCE: OutcomeCode.BOUNCED,
    DeliveryKind.SOFT_BOUNCE: OutcomeCode.BOUNCED,
    DeliveryKind.BLOCKED: OutcomeCode.POLICY_REFUSED,
    DeliveryKind.DROPPED: DeliveryKind.DROPPED,
}
_TRIED_AGAIN: Final = frozenset({DeliveryKind.SOFT_BOUNCE, DeliveryKind.BLOCKED})
_IN_DOUBT: Final = ("claimed", "sent", "unknown")
_REMINDER: Final = ".r"
_LETTER: Final = "c."


class Suppress(Protocol):
    """Stops all mail to an address at every branch."""

    async def __call__(self, session: AsyncSession, address_key: bytes, *, reason: str, origin: str, now: datetime) -> int:
        """Keep the reason, and cancel all that waits for the address."""
        ...


@dataclass(slots=True)
class Effect:
    """How many events were new (`noted`), were known already, and were about no mail of ours (`unrelated`)."""

    noted: int = 0
    known: int = 0
    unrelated: int = 0


@dataclass(frozen=True, slots=True)
class _Mail:
    """The mail that an event is about; `part` says whether it is an invitation, its reminder, or a claim mail (`letter`)."""

    part: str
    branch_id: uuid.UUID
    id: uuid.UUID
    address_key: bytes
    person_id: uuid.UUID | None = None

    @property
    def invitation_id(self) -> uuid.UUID | None:
        """Return the invitation that the mail belongs to."""
        return None if self.part == "letter" else self.id


def reminder_reference(reference: str) -> str:
    """Return the reference of the reminder of an invitation with this reference."""
    return f"{reference}{_REMINDER}"


def claim_mail_reference(claim_mail_id: uuid.UUID) -> str:
    """Return the reference of a claim mail."""
    return f"{_LETTER}{claim_mail_id.hex}"


async def note(
    session: AsyncSession, delivery_event: Sequence[DeliveryEvent], *, suppress: Suppress, now: datetime, most_soft_bounces: int = MOST_SOFT_BOUNCES
) -> Effect:
    """Take in events of any number of mails, oldest first; the same twice changes nothing.

    The people concerned are locked first, in the order and the way in which the dispatcher locks them before its marks.
    """
    mails = await _mails(session, {one.reference for one in delivery_event})
    people = {mail.person_id for mail in mails.values() if mail.person_id}
    await session.execute(select(Person.id).where(Person.id.in_(people)).order_by(Person.address_key).with_for_update(key_share=True))
    count = Effect()
    for one in sorted(delivery_event, key=_moment):
        mail = mails.get(one.reference)
        if mail is None:
            count.unrelated += 1
        elif not await _keep(session, mail, told := one.as_about(mail.address_key), now):
            count.known += 1
        else:
            count.noted += 1
            await _follow(session, mail, told, suppress, now, most_soft_bounces)
    return count


async def of_invitation(session: AsyncSession, row: Invitation) -> list[MailEvent]:
    """Return all events of an invitation's mails, in the order in which they happened."""
    found = await session.scalars(
        select(MailEvent)
        .where(MailEvent.branch_id == row.branch_id, MailEvent.invitation_id == row.id)
        .order_by(MailEvent.at, MailEvent.received_at, MailEvent.id)
    )
    return list(found)


def _moment(one: DeliveryEvent) -> datetime:
    return one.at


async def _mails(session: AsyncSession, references: Iterable[str]) -> dict[str, _Mail]:
    """Find the mails by their references, over all branches."""
    claim_mails = {claim_mail_reference(claim_mail_id): claim_mail_id for claim_mail_id in map(_claim_mail_id, references) if claim_mail_id}
    plain = {reference.removesuffix(_REMINDER) for reference in references if reference not in claim_mails}
    mails: dict[str, _Mail] = {}
    # All of them, but named: the indexes begin with the branch.
    branches = select(Branch.id)
    invited = await session.execute(
        select(Invitation.reference, Invitation.branch_id, Invitation.id, Person.address_key, Person.id)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.branch_id.in_(branches), Invitation.reference.in_(plain))
    )
    for reference, branch_id, found, address_key, person_id in invited:
        mails[reference] = _Mail("invitation", branch_id, found, address_key, person_id)
        mails[reminder_reference(reference)] = _Mail("reminder", branch_id, found, address_key, person_id)
    if claim_mails:
        written = await session.execute(
            select(ClaimMail.branch_id, ClaimMail.id, Claim.address_key)
            .join(Claim, (Claim.branch_id == ClaimMail.branch_id) & (Claim.id == ClaimMail.claim_id))
            .where(ClaimMail.branch_id.in_(branches), ClaimMail.id.in_(claim_mails.values()))
        )
        mails |= {claim_mail_reference(found): _Mail("letter", branch_id, found, address_key) for branch_id, found, address_key in written}
    return mails


def _claim_mail_id(reference: str) -> uuid.UUID | None:
    if not reference.startswith(_LETTER):
        return None
    try:
        return uuid.UUID(hex=reference.removeprefix(_LETTER))
    except ValueError:
        return None


async def _keep(session: AsyncSession, mail: _Mail, one: DeliveryEvent, now: datetime) -> bool:
    """Store an event; False when it was stored before."""
    row = insert(MailEvent).values(
        branch_id=mail.branch_id,
        id=new_id(),
        invitation_id=mail.invitation_id,
        provider=one.provider,
        event_id=one.event_id,
        kind=one.kind,
        at=one.at,
        received_at=now,
        status=one.status,
    )
    fresh = row.on_conflict_do_nothing(index_elements=["branch_id", "provider", "event_id"]).returning(MailEvent.id)
    return await session.scalar(fresh) is not None


async def _follow(session: AsyncSession, mail: _Mail, one: DeliveryEvent, suppress: Suppress, now: datetime, most: int) -> None:
    """Apply what an event proves: the state first, so that the suppression that follows finds it settled."""
    stop: Stop | None = one.stops
    if one.kind is DeliveryKind.SOFT_BOUNCE and await past_bounces.soft(session, mail.address_key, mail.person_id, now=now) >= most:
        stop = "soft_bounces"
    if stop in schedule.BOUNCED and await _says_nothing_now(session, mail, one):
        stop = None
    if mail.part == "letter":
        await _settle_claim_mail(session, mail, one)
        stop = None if one.kind in FAILURES else stop
    elif mail.part == "reminder":
        await _settle_reminder(session, mail, one)
    else:
        await _settle_invitation(session, mail, one, now, last=stop is not None)
    if stop:
        # The suppression goes by SQL to what waits, and must see the state that was just set.
        await session.flush()
        await suppress(session, mail.address_key, reason=stop, origin=one.provider, now=now)


async def _says_nothing_now(session: AsyncSession, mail: _Mail, one: DeliveryEvent) -> bool:
    """Whether a bounce says nothing about the address any more: it was confirmed since, or what a mail service now drops was our own fault."""
    if await past_bounces.confirmed_after(session, mail.address_key, one.at):
        return True
    return one.kind is DeliveryKind.DROPPED and await past_bounces.was_blocked(session, mail.person_id)


async def _settle_invitation(session: AsyncSession, mail: _Mail, one: DeliveryEvent, now: datetime, *, last: bool) -> None:
    if one.kind not in ARRIVALS | FAILURES:
        return
    key = {"branch_id": mail.branch_id, "id": mail.id}
    row = await session.get_one(Invitation, key, with_for_update=True, populate_existing=True)
    if one.kind in ARRIVALS:
        if _is_open(row) and not await _failed_since(session, mail, one):
            left_at = row.marked_at or now
            _change(session, row, now, "sent", one.kind, sent_at=left_at, marked_at=left_at)
    elif one.kind in _TRIED_AGAIN and not last and _may_try_again(row, one, now):
        # Only a bounce of this try: one that comes late may be of the try before.
        if row.state in _IN_DOUBT and row.marked_at and one.at >= row.marked_at - _SKEW:
            later = {"due_at": now + SOFT_BOUNCE_PAUSE, "tries": row.tries + 1, "marked_at": None, "sent_at": None}
            _change(session, row, now, "planned", one.code or one.kind, blocked_by=one.blocked_by, **later)
    elif _is_open(row) or row.state in {"claimed", "sent"}:
        _change(session, row, now, "refused", _reason(one), blocked_by=one.blocked_by)


def _may_try_again(row: Invitation, one: DeliveryEvent, now: datetime) -> bool:
    """Whether another day is not too late, and not one too many while a list or a filter keeps us out."""
    return now + SOFT_BOUNCE_PAUSE <= row.send_before and (one.kind is DeliveryKind.SOFT_BOUNCE or row.tries + 1 < job_queue.MOST_TRIES)


def _reason(one: DeliveryEvent) -> Reason:
    return one.code or _REASONS[one.kind]


def _is_open(row: Invitation) -> bool:
    """Whether it was tried and is not known to have left: an unknown, one on its way, or one that waits for another try."""
    if row.state == "claimed":
        return row.marked_at is not None
    return (
        row.state == "unknown"
        or (row.state in {"planned", "held"} and row.attempt > 0)
        or (row.state, row.reason) == ("cancelled", PlanReason.NOT_SENT)
    )


async def _failed_since(session: AsyncSession, mail: _Mail, one: DeliveryEvent) -> bool:
    """Whether the mail failed at the moment of this event or after it: then the event belongs to the try that failed."""
    failed = select(MailEvent.id).where(
        MailEvent.branch_id == mail.branch_id, MailEvent.invitation_id == mail.id, MailEvent.kind.in_(FAILURES), MailEvent.at >= one.at
    )
    return bool(await session.scalar(select(failed.exists())))


def _change(
    session: AsyncSession, row: Invitation, now: datetime, state: str, reason: Reason, *, blocked_by: str | None = None, **values: Any
) -> None:
    """Give an invitation its new state, even while a worker has claimed it: the worker's own outcome then no longer applies (its fence)."""
    for name, value in {"state": state, "reason": reason, "lease_until": None, **values}.items():
        setattr(row, name, value)
    due_at = row.due_at if state == "planned" else None
    session.add(history.event(row.branch_id, row.id, now, state, reason, ACTOR, due_at=due_at, blocked_by=blocked_by))


async def _settle_reminder(session: AsyncSession, mail: _Mail, one: DeliveryEvent) -> None:
    """Settle a reminder; it is never tried again, because nobody misses an invitation by it."""
    mine = update(Reminder).where(Reminder.branch_id == mail.branch_id, Reminder.invitation_id == mail.id)
    if one.kind in ARRIVALS:
        await session.execute(mine.where(Reminder.state == "unknown").values(state="sent", reason=None, sent_at=one.at))
    elif one.kind in FAILURES:
        values = {"state": "refused", "reason": _reason(one), "lease_until": None}
        await session.execute(mine.where(Reminder.state.in_(_IN_DOUBT), Reminder.marked_at.is_not(None)).values(**values))


async def _settle_claim_mail(session: AsyncSession, mail: _Mail, one: DeliveryEvent) -> None:
    mine = update(ClaimMail).where(ClaimMail.branch_id == mail.branch_id, ClaimMail.id == mail.id)
    if one.kind in ARRIVALS:
        await session.execute(mine.where(ClaimMail.state == "unknown").values(state="sent", failure=None, sent_at=one.at))
    elif one.kind in FAILURES:
        values = {"state": "refused", "failure": _reason(one), "lease_until": None}
        await session.execute(mine.where(ClaimMail.state.in_(_IN_DOUBT), ClaimMail.marked_at.is_not(None)).values(**values))
