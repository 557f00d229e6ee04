"""Play what may become of an invitation, for test sources only: each outcome goes the way that it goes in life.

An attempt is claimed, looked at once more, marked and settled as the dispatcher does it; what a mail server or the platform tells later is taken
in as ever. So the cap, a wish or a cancelled job get in between here too. Only the hour is not waited for.
"""

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS, Claimed
from reviews.database.tables import Branch, Invitation, new_id
from reviews.errors import NotFoundError, NotPlayableError
from reviews.handover import settling
from reviews.handover.outcomes import INVITED_RECENTLY, Outcome, Refused, Retry, Sent, Unknown
from reviews.handover.settling import OutcomeWrite, Patience
from reviews.invitations.feedback import delivery_effects, feed
from reviews.invitations.feedback.delivery_effects import Suppress
from reviews.invitations.feedback.delivery_events import DeliveryEvent
from reviews.invitations.feedback.feed import ReadReview
from reviews.invitations.oversight import actions
from reviews.invitations.sending import history, preflight
from reviews.reasons import DeliveryKind, OutcomeCode, PlanReason

_LEASE: Final = timedelta(minutes=1)
_WAITING: Final = ("planned",)
_ARRIVED: Final = ("sent", "reviewed")


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What a play needs beside its invitation; `suppress` stops all mail to an address, as the feedback of life does."""

    session: AsyncSession
    branch_ids: Collection[uuid.UUID]
    suppress: Suppress
    now: datetime


class Played(msgspec.Struct, frozen=True):
    """An outcome: how it is played, from which states, and which webhooks tell of it."""

    play: Callable[[Stage, Invitation], Awaitable[None]]
    states: tuple[str, ...]
    webhooks: tuple[str, ...]


Write = Callable[[Claimed, Invitation, datetime], OutcomeWrite]


def _by(channel_codes: Mapping[str, OutcomeCode], kind: Callable[[OutcomeCode], Outcome]) -> Write:
    """Let a hand-over end as this channel ends it."""

    def write(claimed: Claimed, row: Invitation, now: datetime) -> OutcomeWrite:
        return _settled(claimed, row, kind(channel_codes[row.channel]), now)

    return write


def _settled(claimed: Claimed, row: Invitation, outcome: Outcome, now: datetime) -> OutcomeWrite:
    patience = Patience(row.tries + 1, waiting=INVITATIONS.waiting, most=job_queue.MOST_TRIES, until=row.send_before, spread_by=row.id)
    return settling.written(claimed, outcome, patience, now=now)


def _sent(claimed: Claimed, row: Invitation, now: datetime) -> OutcomeWrite:
    return _settled(claimed, row, Sent(), now)


def _skipped(claimed: Claimed, _row: Invitation, _now: datetime) -> OutcomeWrite:
    return OutcomeWrite(claimed, "skipped", INVITED_RECENTLY, unmark=True)


def _expired(claimed: Claimed, _row: Invitation, _now: datetime) -> OutcomeWrite:
    return OutcomeWrite(claimed, "expired", PlanReason.TOO_LATE, unmark=True)


def _dead(claimed: Claimed, row: Invitation, _now: datetime) -> OutcomeWrite:
    return OutcomeWrite(claimed, "dead", _ERRORS[row.channel], tries=job_queue.MOST_TRIES, unmark=True)


_UNKNOWNS: Final = {"platform": OutcomeCode.PLATFORM_TIMEOUT, "mail": OutcomeCode.REPLY_LOST}
_REFUSALS: Final = {"platform": OutcomeCode.MAIL_BLACKLISTED, "mail": OutcomeCode.RECIPIENT_REFUSED}
_ERRORS: Final = {"platform": OutcomeCode.PLATFORM_ERROR, "mail": OutcomeCode.SMTP_UNREACHABLE}


def _attempt(write: Write) -> Callable[[Stage, Invitation], Awaitable[None]]:
    """Make one try that ends like this, unless the last check ends it otherwise."""

    async def play(stage: Stage, row: Invitation) -> None:
        mine = select(*INVITATIONS.key()).where(Invitation.branch_id == row.branch_id, Invitation.id == row.id).with_for_update()
        [claimed] = await job_queue.claim(stage.session, INVITATIONS, mine, now=stage.now, lease=_LEASE)
        _, endings = await preflight.check(stage.session, [claimed], now=stage.now)
        # An ending that lets it wait is about the hour.
        ending = next((one for one in endings if one.state != INVITATIONS.waiting), None)
        await job_queue.mark(stage.session, INVITATIONS, claimed, now=stage.now, until=stage.now + _LEASE)
        await _store(stage, row, ending or write(claimed, row, stage.now))

    return play


async def _store(stage: Stage, row: Invitation, ending: OutcomeWrite) -> None:
    """Store the outcome and its line of history, as the worker does."""
    sent = {"sent_at": stage.now} if ending.state == "sent" else {}
    await settling.settle(stage.session, INVITATIONS, ending, tries=row.tries if ending.tries is None else ending.tries, **sent)
    line = history.event(row.branch_id, row.id, stage.now, ending.state, ending.reason, "worker", due_at=ending.due_at)
    stage.session.add(line)


def _told_later(kind: DeliveryKind) -> Callable[[Stage, Invitation], Awaitable[None]]:
    """Let a mail server report something about the invitation's mail."""

    async def play(stage: Stage, row: Invitation) -> None:
        told = DeliveryEvent(reference=row.reference, kind=kind, at=stage.now, provider="bounce", event_id=str(new_id()), status=None)
        await delivery_effects.note(stage.session, [told], suppress=stage.suppress, now=stage.now)

    return play


async def _reviewed(stage: Stage, row: Invitation) -> None:
    """Let a review with the invitation's reference be read back."""
    branch = await stage.session.get_one(Branch, row.branch_id)
    review = ReadReview(
        review_id=f"test-{row.reference}",
        reference=row.reference,
        author=None,
        rating=8,
        headline=None,
        opinion=None,
        recommends=True,
        reply=None,
        written_at=stage.now,
        changed_at=stage.now,
    )
    await feed.keep(stage.session, branch, [review], now=stage.now)


async def _cancelled(stage: Stage, row: Invitation) -> None:
    """Let somebody at the desk cancel it."""
    await actions.change(stage.session, row.id, action="cancel", branch_ids=[row.branch_id], actor="operator", now=stage.now)


OUTCOMES: Final[dict[str, Played]] = {
    "sent": Played(_attempt(_sent), _WAITING, ("invitation.sent",)),
    "unknown": Played(_attempt(_by(_UNKNOWNS, Unknown)), _WAITING, ("invitation.unknown",)),
    "refused": Played(_attempt(_by(_REFUSALS, Refused)), _WAITING, ("invitation.refused",)),
    "delayed": Played(_attempt(_by(_ERRORS, Retry)), _WAITING, ("invitation.planned",)),
    "dead": Played(_attempt(_dead), _WAITING, ("invitation.refused",)),
    "skipped": Played(_attempt(_skipped), _WAITING, ("invitation.skipped",)),
    "expired": Played(_attempt(_expired), _WAITING, ("invitation.skipped",)),
    "cancelled": Played(_cancelled, ("planned", "held"), ("invitation.skipped",)),
    "bounced": Played(_told_later(DeliveryKind.BOUNCE), ("sent", "unknown"), ("invitation.refused", "person.suppressed")),
    "complaint": Played(_told_later(DeliveryKind.COMPLAINT), _ARRIVED, ("person.suppressed",)),
    "unsubscribed": Played(_told_later(DeliveryKind.UNSUBSCRIBE), _ARRIVED, ("person.suppressed",)),
    "reviewed": Played(_reviewed, ("sent", "unknown"), ("invitation.reviewed",)),
}
"""All that can be played, in the order in which it is worth trying."""


async def play(stage: Stage, job_id: uuid.UUID, outcome: str) -> Invitation:
    """Play one of `OUTCOMES` for the invitation of a job and return it as it is then.

    Raise NotFoundError when none of these branches has such a job, NotPlayableError when this outcome can't follow on the invitation's state.
    """
    mine = select(Invitation).where(Invitation.branch_id.in_(stage.branch_ids), Invitation.job_id == job_id).with_for_update()
    row = await stage.session.scalar(mine.execution_options(populate_existing=True))
    if row is None:
        raise NotFoundError("there is no such job")
    if row.state not in OUTCOMES[outcome].states:
        raise NotPlayableError(f"the invitation is {row.state}")
    await OUTCOMES[outcome].play(stage, row)
    await stage.session.flush()
    await stage.session.refresh(row)
    return row
