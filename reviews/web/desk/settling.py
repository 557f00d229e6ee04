"""Settle many unknowns at the desk: which they are, how many and who, one answer for all, and the way back for some minutes."""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch
from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.invitations.oversight import attention, settling_many
from reviews.invitations.oversight.attention import Standstill
from reviews.invitations.oversight.settling_many import Answer, Batch, Settlement, Which
from reviews.local import LOCAL
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page, words
from reviews.web.desk.invitation_list import branch_choices
from reviews.web.session import Login

_SHOWN: Final = 50
_PAGE: Final = "/desk/invitations/settle"
_FIELDS: Final = ("vestiging", "kanaal", "van", "tot")

_ANSWER_FIRST: Final = "Kies eerst wat u vond."
_OTHER_NUMBER: Final = "Er is niets vastgelegd: intussen zijn het er meer of minder. Kijk hieronder opnieuw."
_TOO_OLD: Final = "Er is niets vastgelegd: zij zijn te oud om nog te vragen."
_TOO_LATE: Final = "Dat kan niet meer ongedaan worden gemaakt."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which unknowns somebody means, as the form says it; empty asks for all."""

    branch: str
    channel: str
    since: str
    until: str

    @property
    def query(self) -> str:
        """Return it as the end of an address."""
        return urlencode({name: value for name, value in zip(_FIELDS, (self.branch, self.channel, self.since, self.until), strict=True) if value})


def asked_in(fields: Any) -> Asked:
    """Read what is meant from an address or a form; what makes no sense asks for all."""
    said = {name: str(fields.get(name, "")).strip() for name in _FIELDS}
    channel = said["kanaal"] if said["kanaal"] in words.WAYS else ""
    since, until = (text if local(text) else "" for text in (said["van"], said["tot"]))
    return Asked(branch=said["vestiging"][:100], channel=channel, since=since, until=until)


def local(text: str) -> datetime | None:
    """Return a moment as browsers send it, 2026-11-24T18:00 by the clock on the wall; None for anything else."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=LOCAL)
    except ValueError:
        return None
    return moment if 2000 <= moment.year < 2200 else None


async def _which(session: AsyncSession, login: Login, asked: Asked) -> Which:
    theirs = select(Branch.id).where(Branch.id.in_(login.manager.branch_ids))
    ids = await session.scalars(theirs.where(Branch.slug == asked.branch) if asked.branch else theirs)
    return Which(branch_ids=tuple(ids), channel=asked.channel or None, since=local(asked.since), until=local(asked.until))


@get("/invitations/settle", name="manager:settle_many")
async def show_unknowns(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Show which unknowns would be settled, and what became of those that somebody just did."""
    return await _page(request, session, login, app_context, asked_in(request.query_params), now)


async def _page(
    request: AppRequest, session: AsyncSession, login: Login, app_context: AppContext, asked: Asked, now: datetime, error: str = ""
) -> Template:
    batch = await _batch(session, login, request.query_params.get("klaar", ""))
    undo = timedelta(minutes=app_context.settings.undo_minutes)
    return page.page(
        request,
        "settling",
        login,
        status=409 if error else 200,
        place="invitations",
        asked=asked,
        found=await settling_many.preview(session, await _which(session, login, asked), shown=_SHOWN),
        choices=await branch_choices(session, login.manager),
        halted=await _halted(session, login, asked),
        batch=batch,
        undo_until=batch.at + undo if batch and batch.undoable and now - batch.at <= undo else None,
        earliest=now + undo,
        error=error,
        words=words,
        name_of=branch_view.name_of,
    )


async def _halted(session: AsyncSession, login: Login, asked: Asked) -> list[Standstill]:
    """Return what of that which is meant stands still: whatever is settled, nothing of it leaves before that is over."""
    standing = await attention.standstills(session, list(login.manager.branch_ids))
    return [halt for halt in standing if asked.channel in {"", halt.channel} and (not asked.branch or halt.branch in {None, asked.branch})]


async def _batch(session: AsyncSession, login: Login, text: str) -> Batch | None:
    """Return what this person settled at a moment, if it was anything."""
    at = moment_in(text)
    if at is None:
        return None
    try:
        return await settling_many.batch(session, at, actor=login.manager.actor, branch_ids=list(login.manager.branch_ids))
    except NotFoundError:
        return None


def moment_in(text: str) -> datetime | None:
    """Return a moment with its offset, as our own page wrote it; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@post("/invitations/settle", status_code=200, name="manager:settle_all")
async def settle_all(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Settle all that was previewed by one answer; nothing where they are no longer as many."""
    form = await forms.of_login(request, login.form_token)
    asked, answer = asked_in(form), form.get("answer", "")
    if answer not in words.ANSWERS:
        return await _page(request, session, login, app_context, asked, now, _ANSWER_FIRST)
    undo = timedelta(minutes=app_context.settings.undo_minutes)
    settlement = Settlement(answer=msgspec.convert(answer, Answer), actor=login.manager.actor, now=now, undo=undo, horizon=app_context.horizon)
    expected = int(form["aantal"]) if form.get("aantal", "").isdecimal() else -1
    try:
        settled = await settling_many.settle(session, await _which(session, login, asked), settlement, expected=expected)
    except ConflictError:
        return await _page(request, session, login, app_context, asked, now, _OTHER_NUMBER)
    if not settled:
        return await _page(request, session, login, app_context, asked, now, _TOO_OLD)
    return pages.see_other(f"{_PAGE}?{asked.query}&{urlencode({'klaar': now.isoformat()})}")


@post("/invitations/settle/undo", status_code=200, name="manager:undo_all")
async def undo_all(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take back what this person settled at a moment, as far as nothing came since."""
    form = await forms.of_login(request, login.form_token)
    asked, at = asked_in(form), moment_in(form.get("klaar", ""))
    undo = timedelta(minutes=app_context.settings.undo_minutes)
    if at is None:
        return await _page(request, session, login, app_context, asked, now, _TOO_LATE)
    try:
        await settling_many.undo(session, at, actor=login.manager.actor, branch_ids=list(login.manager.branch_ids), now=now, within=undo)
    except TooLateError:
        return await _page(request, session, login, app_context, asked, now, _TOO_LATE)
    return pages.see_other(f"{_PAGE}?{asked.query}&{urlencode({'klaar': at.isoformat()})}")


routes: Final = [show_unknowns, settle_all, undo_all]
