"""One invitation at the desk: all that happened to it, how its moment came about, and what a person can do with it now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from babel.dates import format_datetime
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Job
from reviews.errors import AlreadyAnsweredError, ConflictError, TooLateError
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.oversight import actions, attention, credit_questions
from reviews.invitations.planning import explaining
from reviews.local import LOCAL
from reviews.moderation import users
from reviews.privacy import suppression, told_wishes
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page, words
from reviews.web.session import Login

_SETTLE_FIRST: Final = "Kies of zij is verstuurd of niet."
_NOT_UNKNOWN: Final = "Deze uitnodiging is niet (meer) onbekend. Hieronder staat hoe het nu is."
_REMINDER_NOT_UNKNOWN: Final = "Van de herinnering is al bekend wat ermee gebeurde. Hieronder staat hoe het nu is."
_WHOLE_FIRST: Final = "Kies of alles is gecrediteerd, of een deel."
_NOT_ASKED: Final = "Over de creditering van deze opdracht is geen vraag (meer). Hieronder staat hoe het nu is."
_ANSWERED: Final = "{by} zei op {at} al dat {what} is gecrediteerd. Dat antwoord staat; hieronder staat hoe het nu is."
_TOO_LATE: Final = "Daarvoor is het te laat. Hieronder staat hoe het nu is."
_CANNOT: Final = "Dat kan niet (meer) met deze uitnodiging. Hieronder staat hoe het nu is."


class Settling(Protocol):
    """Settles something unknown of an invitation by a person's answer; raises ConflictError when it is not unknown."""

    async def __call__(
        self, session: AsyncSession, invitation_id: UUID, *, was_sent: bool, branch_ids: Sequence[UUID], actor: str, now: datetime
    ) -> object:
        """Store the answer."""
        ...


@get("/invitations/{invitation_id:uuid}", name="manager:invitation")
async def show_invitation(
    request: AppRequest,
    invitation_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Show one invitation with all that happened to it."""
    return await _page(request, session, login, app_context, invitation_id, now)


async def _page(
    request: AppRequest, session: AsyncSession, login: Login, app_context: AppContext, invitation_id: UUID, now: datetime, error: str = ""
) -> Template:
    row = await actions.find(session, invitation_id, branch_ids=list(login.manager.branch_ids))
    branch = await session.get_one(Branch, row.branch_id)
    past = await actions.past_of(session, row)
    context = await actions.context_of(session, row, horizon=app_context.horizon, now=now)
    job = await session.get_one(Job, {"branch_id": row.branch_id, "id": row.job_id})
    return page.page(
        request,
        "invitation",
        login,
        status=409 if error else 200,
        place="invitations",
        row=row,
        job=job,
        credit_asked=credit_questions.is_asked(job, row),
        branch=branch,
        still=words.standing_still(row.state, row.channel, branch.slug, await attention.standstills(session, [row.branch_id])),
        past=past,
        names=await users.names_of(session, (event.actor for event in past)),
        steps=explaining.to_manager(row.evidence),
        stopped=await suppression.of_person(session, row.person_id),
        delivery_events=await delivery_effects.of_invitation(session, row),
        reminder=await actions.reminder_of(session, row),
        told_wishes=await told_wishes.told_for(session, row.branch_id, row.person_id) if row.person_id else [],
        possible=actions.possible(row, context),
        error=error,
        now=now,
        words=words,
        name_of=branch_view.name_of,
    )


@post("/invitations/{invitation_id:uuid}/settle", status_code=200, name="manager:settle")
async def settle(
    request: AppRequest,
    invitation_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Settle an unknown by what somebody found out: it was sent, or it was not. Nothing is sent again by this."""
    return await _settled(request, session, login, app_context, invitation_id, now, by=actions.settle, otherwise=_NOT_UNKNOWN)


@post("/invitations/{invitation_id:uuid}/reminder", status_code=200, name="manager:settle_reminder")
async def settle_reminder(
    request: AppRequest,
    invitation_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Settle an unknown reminder by what somebody found out; no other one is sent."""
    return await _settled(request, session, login, app_context, invitation_id, now, by=actions.settle_reminder, otherwise=_REMINDER_NOT_UNKNOWN)


async def _settled(
    request: AppRequest,
    session: AsyncSession,
    login: Login,
    app_context: AppContext,
    invitation_id: UUID,
    now: datetime,
    *,
    by: Settling,
    otherwise: str,
) -> Response[Any]:
    """Settle something unknown by the form's answer; show a sentence where there is none, or where it is not unknown any more."""
    form = await forms.of_login(request, login.form_token)
    if form.get("sent") not in {"yes", "no"}:
        return await _page(request, session, login, app_context, invitation_id, now, _SETTLE_FIRST)
    by_whom = login.manager.actor
    try:
        await by(session, invitation_id, was_sent=form["sent"] == "yes", branch_ids=list(login.manager.branch_ids), actor=by_whom, now=now)
    except ConflictError:
        return await _page(request, session, login, app_context, invitation_id, now, otherwise)
    return pages.see_other(f"/desk/invitations/{invitation_id}")


@post("/invitations/{invitation_id:uuid}/credit", status_code=200, name="manager:credit")
async def answer_credit(
    request: AppRequest,
    invitation_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Say whether the whole job was credited: then nobody is invited; or a part of it, and the invitation goes on."""
    form = await forms.of_login(request, login.form_token)
    if form.get("whole") not in {"yes", "no"}:
        return await _page(request, session, login, app_context, invitation_id, now, _WHOLE_FIRST)
    try:
        await credit_questions.answer(
            session,
            invitation_id,
            whole=form["whole"] == "yes",
            branch_ids=list(login.manager.branch_ids),
            actor=login.manager.actor,
            key_ring=app_context.key_ring,
            horizon=app_context.horizon,
            now=now,
        )
    except AlreadyAnsweredError as first:
        return await _page(request, session, login, app_context, invitation_id, now, await _answer_of(session, first))
    except ConflictError:
        return await _page(request, session, login, app_context, invitation_id, now, _NOT_ASKED)
    return pages.see_other(f"/desk/invitations/{invitation_id}")


async def _answer_of(session: AsyncSession, first: AlreadyAnsweredError) -> str:
    by = words.actor_of(first.by, await users.names_of(session, [first.by]))
    at = format_datetime(first.at.astimezone(LOCAL), "d MMMM y, HH:mm", locale="nl")
    return _ANSWERED.format(by=f"{by[:1].upper()}{by[1:]}", at=at, what="alles" if first.whole else "een deel")


@post("/invitations/{invitation_id:uuid}/{action:str}", status_code=200, name="manager:action")
async def change(
    request: AppRequest,
    invitation_id: FromPath[UUID],
    action: FromPath[str],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Hold, release, cancel, send now or try again; doing so twice changes nothing."""
    await forms.of_login(request, login.form_token)
    try:
        await actions.change(
            session,
            invitation_id,
            action=action,
            branch_ids=list(login.manager.branch_ids),
            actor=login.manager.actor,
            now=now,
            horizon=app_context.horizon,
        )
    except TooLateError:
        return await _page(request, session, login, app_context, invitation_id, now, _TOO_LATE)
    except ConflictError:
        return await _page(request, session, login, app_context, invitation_id, now, _CANNOT)
    return pages.see_other(f"/desk/invitations/{invitation_id}")


routes: Final = [show_invitation, settle, settle_reminder, answer_credit, change]
