"""Ask a branch whether a credit was of the whole job, where the credits themselves leave that unclear.

The question stands from the first such credit on, once for each job. Whoever answers settles it; without an answer the invitation goes on by
itself once the working days are over that the plan waits (`schedule.Horizon`), and the question ends with it.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, InvitationEvent, Job, Source, Trigger, new_id
from reviews.errors import AlreadyAnsweredError, ConflictError
from reviews.invitations.intake import event_locks, sources, trigger
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.job_history import IncomingEvent
from reviews.invitations.oversight import actions
from reviews.invitations.planning.schedule import WAITING, Horizon
from reviews.invitations.sending import history
from reviews.keys import KeyRing
from reviews.local import LOCAL


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A job of which it is asked whether all of it was credited; the invitation that waits for it, and since when."""

    branch_id: uuid.UUID
    invitation_id: uuid.UUID
    number: str
    asked_at: datetime


def _is_open() -> ColumnElement[bool]:
    return and_(Job.credit_asked_at.is_not(None), Invitation.state.in_(WAITING))


async def standing(session: AsyncSession, branch_ids: Sequence[uuid.UUID] | None = None, *, limit: int | None = None) -> list[Question]:
    """Return the questions that stand, the oldest first; those of all branches where none are named."""
    query = (
        select(Job.branch_id, Invitation.id, Job.number, Job.credit_asked_at)
        .join(Invitation, and_(Invitation.branch_id == Job.branch_id, Invitation.job_id == Job.id))
        .where(_is_open())
        .order_by(Job.credit_asked_at, Job.id)
        .limit(limit)
    )
    rows = await session.execute(query if branch_ids is None else query.where(Job.branch_id.in_(branch_ids)))
    return [Question(branch_id=branch_id, invitation_id=row_id, number=number, asked_at=at) for branch_id, row_id, number, at in rows if at]


def days_of(questions: Sequence[Question]) -> set[tuple[uuid.UUID, date]]:
    """Return the branches with the local days on which they were asked something: one notice for each, however many credits came in."""
    return {(one.branch_id, one.asked_at.astimezone(LOCAL).date()) for one in questions}


def is_asked(job: Job, row: Invitation) -> bool:
    """Whether a question about a job stands."""
    return job.credit_asked_at is not None and row.state in WAITING


async def answer(
    session: AsyncSession,
    invitation_id: uuid.UUID,
    *,
    whole: bool,
    branch_ids: Sequence[uuid.UUID],
    actor: str,
    key_ring: KeyRing,
    horizon: Horizon,
    now: datetime,
) -> Invitation:
    """Take in what a person says: the whole job was credited, and nobody is invited, or a part of it was, and the invitation goes on.

    The answer is an event of the job like any other, so that the job stays what all its events add up to. Raise AlreadyAnsweredError when
    somebody was first, ConflictError when nothing is asked (any more).
    """
    row = await actions.find(session, invitation_id, branch_ids=branch_ids)
    branch = await session.get_one(Branch, row.branch_id)
    source_id = await sources.for_desk(session, branch, now=now)
    number = (await session.get_one(Job, {"branch_id": row.branch_id, "id": row.job_id})).number
    event = Event(event_id=f"desk-{new_id()}", type="job.credited", branch=branch.slug, number=number, occurred_at=now, final=whole)
    job = await _locked(session, row, IncomingEvent(branch, source_id, event, about=row.job_id))
    if not is_asked(job, row):
        raise await _answered(session, row) or ConflictError("nothing is asked about this job")
    last = await session.scalar(select(func.max(Trigger.occurred_at)).where(Trigger.branch_id == job.branch_id, Trigger.job_id == job.id))
    # After all that was told, whatever the clocks of sources say: it answers all of it.
    event = msgspec.structs.replace(event, occurred_at=max(now, last + timedelta(microseconds=1)) if last else now)
    await trigger.accept_all(session, [IncomingEvent(branch, source_id, event, about=job.id)], key_ring=key_ring, horizon=horizon, now=now)
    await session.refresh(row)
    session.add(history.event(row.branch_id, row.id, now, row.state, row.reason, actor, due_at=row.due_at))
    await session.flush()
    return row


async def _locked(session: AsyncSession, row: Invitation, incoming: IncomingEvent) -> Job:
    """Return the job once nobody else can tell anything of it, with it and its invitation as they are by then.

    By the locks of events, which come before those of rows: two people answer at once now and then, and the first one's word stands.
    """
    await event_locks.take(session, [incoming])
    job = await session.get_one(Job, {"branch_id": row.branch_id, "id": row.job_id}, populate_existing=True, with_for_update={"key_share": True})
    await session.refresh(row)
    return job


async def _answered(session: AsyncSession, row: Invitation) -> AlreadyAnsweredError | None:
    """Return who answered what, where a person's answer is what was told last of the job's credits."""
    told = select(Trigger.received_at, Trigger.payload, Source.kind).join(Source, Source.id == Trigger.source_id)
    of_job = Trigger.branch_id == row.branch_id, Trigger.job_id == row.job_id, Trigger.type == "job.credited"
    last = (await session.execute(told.where(*of_job).order_by(Trigger.occurred_at.desc(), Trigger.id.desc()).limit(1))).one_or_none()
    if last is None or last.kind != "desk":
        return None
    lines = select(InvitationEvent.actor).where(InvitationEvent.branch_id == row.branch_id, InvitationEvent.invitation_id == row.id)
    by = await session.scalar(lines.where(InvitationEvent.at == last.received_at, InvitationEvent.actor != "policy").limit(1))
    return AlreadyAnsweredError(by, last.received_at, whole=last.payload["final"]) if by else None
