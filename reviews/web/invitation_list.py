"""The desk's second page: what became of each job's invitation, and the hand that settles an unknown one."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import ConflictError
from reviews.invitations import hands
from reviews.moderation.users import Manager
from reviews.tables import Branch, Invitation, InvitationEvent, Job
from reviews.web import branches, desk, desk_words, forms, pages
from reviews.web.house import Visit
from reviews.web.session import Login

_SHOWN: Final = 100


@get("/invitations", name="manager:invitations")
async def show_invitations(request: Visit, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show the newest invitations with their state and reason, and how many stand in each state: nobody is left out unseen."""
    chosen = request.query_params.get("staat")
    state = chosen if chosen in desk_words.INVITATION_STATES else None
    return desk.page(
        request,
        "invitations",
        login,
        place="invitations",
        counts=await _counts(session, login.manager),
        rows=await _newest(session, login.manager, state),
        state=state,
        words=desk_words,
        name_of=branches.name_of,
    )


async def _counts(session: AsyncSession, manager: Manager) -> dict[str, int]:
    rows = await session.execute(
        select(Invitation.state, func.count()).where(Invitation.branch_id.in_(manager.branch_ids)).group_by(Invitation.state)
    )
    counted = {kept: many for kept, many in rows}  # noqa: C416 - a Result is no iterable of pairs to the type checkers
    return {state: counted[state] for state in desk_words.INVITATION_STATES if state in counted}


async def _newest(session: AsyncSession, manager: Manager, state: str | None) -> list[tuple[Invitation, Job, Branch]]:
    query = (
        select(Invitation, Job, Branch)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Branch, Branch.id == Invitation.branch_id)
        .where(Invitation.branch_id.in_(manager.branch_ids))
        .order_by(Invitation.id.desc())
        .limit(_SHOWN)
    )
    if state:
        query = query.where(Invitation.state == state)
    return [(invitation, job, branch) for invitation, job, branch in await session.execute(query)]


@get("/invitations/{invitation_id:uuid}", name="manager:invitation")
async def show_invitation(
    request: Visit, invitation_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Template:
    """Show one invitation with all that happened to it."""
    return await _invitation_page(request, session, login, invitation_id)


async def _invitation_page(visit: Visit, session: AsyncSession, login: Login, invitation_id: UUID, *, mistake: str = "") -> Template:
    row = await hands.find(session, invitation_id, branch_ids=list(login.manager.branch_ids))
    past: list[InvitationEvent] = await hands.past_of(session, row)
    return desk.page(
        visit,
        "invitation",
        login,
        status=409 if mistake else 200,
        place="invitations",
        row=row,
        job=await session.get_one(Job, {"branch_id": row.branch_id, "id": row.job_id}),
        past=past,
        mistake=mistake,
        words=desk_words,
    )


@post("/invitations/{invitation_id:uuid}/settle", status_code=200, name="manager:settle")
async def settle(
    request: Visit,
    invitation_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """End an unknown by what somebody found out: it was sent, or it was not. Nothing is sent again by this."""
    form = await forms.read_fields(request)
    forms.check_session_token(login.form_token, form)
    if form.get("sent") not in {"yes", "no"}:
        return await _invitation_page(request, session, login, invitation_id, mistake="Kies of zij is verstuurd of niet.")
    try:
        await hands.settle(
            session,
            invitation_id,
            was_sent=form["sent"] == "yes",
            branch_ids=list(login.manager.branch_ids),
            actor=f"user:{login.manager.user_id}",
            now=now,
        )
    except ConflictError:
        return await _invitation_page(
            request, session, login, invitation_id, mistake="Deze uitnodiging is niet (meer) onbekend. Hieronder staat hoe het nu is."
        )
    return pages.see_other(f"/desk/invitations/{invitation_id}")


routes: Final = [show_invitations, show_invitation, settle]
