"""The API for machines: `/api/v1`, a bearer key per source, JSON in and out, all errors at once."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import test_mode
from reviews.database.tables import Branch, Invitation, Job
from reviews.errors import InvalidError
from reviews.invitations.intake import event_model, sources
from reviews.invitations.intake.sources import Caller
from reviews.invitations.oversight import actions
from reviews.local import LOCAL
from reviews.reasons import sentence_of
from reviews.validation import field_error
from reviews.web import observing
from reviews.web.api import bodies, lookups, suppressions, triggers
from reviews.web.context import AppContext, AppRequest
from reviews.web.desk.words import INVITATION_STATES


async def caller(request: AppRequest, session: NamedDependency[AsyncSession], now: NamedDependency[datetime]) -> Caller:
    """Return the source whose bearer key a request shows; from here on a test source sees its own."""
    found = await sources.caller_with(session, bodies.key_of(request), now=now)
    if found.test:
        observing.leave_out(request.scope)
        await test_mode.enter(session, found.source_id)
    return found


@get("/jobs", name="machine:jobs", opt={"needs": ("branch", "number")})
async def jobs(
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    branch: FromQuery[str],
    number: FromQuery[str],
) -> dict[str, Any]:
    """Return the job with a number at a branch, with its invitation; an empty list when there is none."""
    owner = await sources.branch_for(session, caller, branch)
    rows = await session.execute(
        select(Job, Invitation)
        .outerjoin(Invitation, (Invitation.branch_id == Job.branch_id) & (Invitation.job_id == Job.id))
        .where(Job.branch_id == owner.id, Job.number_key == event_model.number_key(number))
    )
    return {"jobs": [_job(owner, job, invitation) for job, invitation in rows]}


def _job(branch: Branch, job: Job, invitation: Invitation | None) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "branch": branch.slug,
        "number": job.number,
        "kind": job.kind,
        "state": job.state,
        "completed_at": _local(job.completed_at),
        "invitation": _invitation(branch, invitation) if invitation else None,
    }


def _invitation(branch: Branch, row: Invitation) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "branch": branch.slug,
        "job_id": str(row.job_id),
        "state": row.state,
        "reason": row.reason,
        "detail": sentence_of(row.reason),
        "send_at": _local(row.due_at),
        "sent_at": _local(row.sent_at),
        "reviewed_at": _local(row.reviewed_at),
        "channel": row.channel,
        "rules_version": row.rules_version,
    }


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(LOCAL).isoformat() if moment else None


@get("/invitations", name="machine:invitations", opt={"needs": ("branch",), "takes": ("state", "cursor")})
async def invitations(
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    branch: FromQuery[str],
    invitation_state: Annotated[str | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """Return invitations of a branch in the order in which they were made, 100 at a time; `cursor` is the last id of the page before."""
    owner = await sources.branch_for(session, caller, branch)
    if invitation_state is not None and invitation_state not in INVITATION_STATES:
        raise InvalidError([field_error("state", "not_a_choice", ", ".join(INVITATION_STATES))])
    rows = await actions.listed(session, [owner.id], state=invitation_state, after=bodies.id_of("cursor", cursor), limit=101)
    page = rows[:100]
    return {"invitations": [_invitation(owner, row) for row in page], "cursor": str(page[-1].id) if len(rows) > len(page) else None}


@get("/invitations/{invitation_id:uuid}", name="machine:invitation")
async def invitation(invitation_id: FromPath[uuid.UUID], caller: NamedDependency[Caller], session: NamedDependency[AsyncSession]) -> dict[str, Any]:
    """Return an invitation with all that happened to it."""
    branches = {branch.id: branch for branch in await sources.branches_of(session, caller)}
    row = await actions.find(session, invitation_id, branch_ids=list(branches))
    return await told(session, branches[row.branch_id], row)


async def told(session: AsyncSession, branch: Branch, row: Invitation) -> dict[str, Any]:
    """Return an invitation as machines get it, with all that happened to it."""
    past = [
        {"at": _local(event.at), "state": event.state, "reason": event.reason, "actor": event.actor} for event in await actions.past_of(session, row)
    ]
    return {**_invitation(branch, row), "history": past}


@post("/invitations/{invitation_id:uuid}/{action:str}", name="machine:action", status_code=HTTP_200_OK)
async def change(
    invitation_id: FromPath[uuid.UUID],
    action: FromPath[str],
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
) -> dict[str, Any]:
    """Change an invitation by one of `actions.ACTIONS`: 409 when it has left or the action is not possible."""
    branches = {branch.id: branch for branch in await sources.branches_of(session, caller)}
    row = await actions.change(
        session,
        invitation_id,
        action=action,
        branch_ids=list(branches),
        actor=f"source:{caller.name}",
        now=now,
        horizon=app_context.horizon,
    )
    return _invitation(branches[row.branch_id], row)


routes = [*triggers.routes, *lookups.routes, *suppressions.routes, jobs, invitations, invitation, change]
