"""What of the invitations waits for a person, or stands still: counted for the desk, the probes and `doctor`."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.database import channel_halts, due
from reviews.database.tables import Branch, ChannelHalt, Duty, InboundMail, Invitation, Reminder, ToldWish
from reviews.invitations.intake.mail_copies import review
from reviews.invitations.intake.mail_copies.review import Viewer
from reviews.invitations.oversight import credit_questions
from reviews.invitations.oversight.credit_questions import Question

PATIENCE: Final = timedelta(minutes=15)
"""How long something may be unknown or due before somebody should look."""


SHOWN: Final = 20
"""So many questions are shown by themselves; the next ones follow when these are answered."""


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A branch whose reviews can't be read back; `since` is the last time that it worked, None when it never did."""

    branch: str
    failure: str
    since: datetime | None


class Standstill(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that stands still: of a branch, by slug and name, or of all where there is none. At `probe_at` one invitation tries it again."""

    channel: str
    branch: str | None
    name: str | None
    reason: str
    blocked_by: str | None
    since: datetime
    probe_at: datetime | None


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """What needs a person now.

    `unknown` are those that have been so for longer than `PATIENCE`, the oldest since `unknown_since`; `late` is how long the oldest due
    invitation has been waiting; `halted` are the channels that stand still; `credits` are jobs of which it is asked whether all of it was credited,
    the oldest first and at most `SHOWN`.
    """

    unknown: int
    unknown_since: datetime | None
    dead: int
    late: timedelta
    halted: tuple[Standstill, ...]
    outages: tuple[Outage, ...]
    credits: tuple[Question, ...] = ()

    @property
    def any(self) -> bool:
        """Whether somebody should look."""
        return bool(self.unknown or self.dead or self.halted or self.outages or self.credits or self.late > PATIENCE)


async def needed(session: AsyncSession, branch_ids: Sequence[uuid.UUID], *, now: datetime) -> Attention:
    """Count what needs a person at these branches."""
    ours = Invitation.branch_id.in_(branch_ids)
    unknown, since = (
        await session.execute(
            select(func.count(), func.min(Invitation.marked_at)).where(
                ours, due.in_state(Invitation.state, "unknown"), Invitation.marked_at < now - PATIENCE
            )
        )
    ).one()
    # On a halted channel everything is late by itself: it is counted as halted.
    first = await session.scalar(
        select(func.min(Invitation.due_at)).where(
            ours, Invitation.state == "planned", Invitation.due_at <= now, not_(channel_halts.standing(Invitation.channel, Invitation.branch_id))
        )
    )
    return Attention(
        unknown=unknown,
        unknown_since=since,
        dead=await session.scalar(select(func.count()).select_from(Invitation).where(ours, due.in_state(Invitation.state, "dead"))) or 0,
        late=now - first if first else timedelta(),
        halted=await standstills(session, branch_ids),
        outages=await _outages(session, branch_ids),
        credits=tuple(await credit_questions.standing(session, branch_ids, limit=SHOWN)),
    )


async def standstills(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> tuple[Standstill, ...]:
    """Return the channels of these branches that stand still, those of the whole house first."""
    rows = await session.execute(
        select(ChannelHalt, Branch.slug, Branch.identity)
        .outerjoin(Branch, Branch.id == ChannelHalt.branch_id)
        .where(or_(ChannelHalt.branch_id.is_(None), ChannelHalt.branch_id.in_(branch_ids)))
        .order_by(Branch.slug.nulls_first(), ChannelHalt.channel)
    )
    return tuple(
        Standstill(
            channel=halt.channel,
            branch=slug,
            name=naming.of(identity).display_name if slug else None,
            reason=halt.reason,
            blocked_by=halt.blocked_by,
            since=halt.since,
            probe_at=halt.probe_at,
        )
        for halt, slug, identity in rows
    )


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits for somebody at the desk: invitations and reminders whose outcome is unknown, mails to review, and opt-outs for head office."""

    unknown: int
    mails: int
    opt_outs: int


async def waiting(session: AsyncSession, branch_ids: Sequence[uuid.UUID], *, everywhere: bool) -> Waiting:
    """Count what waits for somebody who sees these branches, in one statement: each page of the desk asks."""
    unknown = [
        select(func.count()).where(row.branch_id.in_(branch_ids), due.in_state(row.state, "unknown")).scalar_subquery()
        for row in (Invitation, Reminder)
    ]
    seen = review.seen_by(Viewer(frozenset(branch_ids), everywhere, ""))
    mails = select(func.count()).where(*seen, InboundMail.state.in_(review.WAITING)).scalar_subquery()
    opt_outs = select(func.count()).where(due.in_state(ToldWish.state, "waits"), literal(everywhere)).scalar_subquery()
    found = (await session.execute(select(unknown[0] + unknown[1], mails, opt_outs))).one()
    return Waiting(unknown=found[0], mails=found[1], opt_outs=found[2])


async def _outages(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> tuple[Outage, ...]:
    rows = await session.execute(
        select(Branch.slug, Duty.failure, Duty.done_at)
        .join(Branch, Branch.id == Duty.branch_id)
        .where(Duty.branch_id.in_(branch_ids), Duty.name == "feed", Duty.failure.is_not(None))
        .order_by(Branch.slug)
    )
    return tuple(Outage(branch=slug, failure=failure, since=done_at) for slug, failure, done_at in rows if failure)
