"""Opt-outs that sources passed on, for head office: which wait, who told them, when and why; what was decided, and the way back."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.database.tables import Source, Suppression, ToldWish
from reviews.errors import ConflictError, ForbiddenError, NotFoundError
from reviews.moderation import users
from reviews.privacy import told_wishes
from reviews.privacy.told_wishes import Passed
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.desk import page, words
from reviews.web.desk.settling import moment_in
from reviews.web.session import Login

_PAGE: Final = "/desk/opt-outs"
_SHOWN: Final = 50
_BULK: Final = ("allow", "decline")

_CHOOSE: Final = "Er is niets vastgelegd: kies wat er met de afmelding moet gebeuren."
_ELSE: Final = "Er is niets vastgelegd: hierover is intussen iets anders besloten. Hieronder staat hoe het nu is."
_OTHER_NUMBER: Final = "Er is niets vastgelegd: intussen wachten er meer of minder. Kijk hieronder opnieuw."


class Sought(msgspec.Struct, frozen=True):
    """What was told of an address that somebody typed, and what stands about it."""

    email: str
    told: list[Passed]
    standing: Suppression | None


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision of head office about one opt-out of a source, or about all that wait of it: then `key` is None and `many` is how many were shown."""

    source: Source
    choice: str
    key: bytes | None
    many: int


def _check_office(login: Login) -> None:
    if login.manager.role != "office":
        raise ForbiddenError("only the central organisation decides about opt-outs that were passed on")


@get("/opt-outs", name="manager:opt_outs")
async def show_opt_outs(request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show which opt-outs wait, what was decided lately, and what became of those that this person just decided about."""
    _check_office(login)
    return await _page(request, session, login)


async def _page(request: AppRequest, session: AsyncSession, login: Login, *, error: str = "", sought: Sought | None = None) -> Template:
    done = await _just_decided(session, login, request.query_params.get("klaar", ""))
    lately = await told_wishes.decided(session, limit=_SHOWN)
    acted = [one.wish.decided_by or "" for one in [*lately, *done, *(sought.told if sought else [])]]
    return page.page(
        request,
        "opt_outs",
        login,
        status=409 if error else 200,
        place="sources",
        queued=await told_wishes.queued(session),
        waiting=await told_wishes.waiting(session, limit=_SHOWN),
        lately=lately,
        done=done,
        still=await session.get(Suppression, done[0].wish.address_key) if done else None,
        sought=sought,
        names=await users.names_of(session, acted),
        error=error,
        words=words,
    )


async def _just_decided(session: AsyncSession, login: Login, text: str) -> list[Passed]:
    """Return what this person decided about at a moment, as far as nothing came since."""
    at = moment_in(text)
    if at is None:
        return []
    mine = ToldWish.decided_at == at, ToldWish.decided_by == login.manager.actor
    return await told_wishes.decided(session, *mine, limit=10_000)


@post("/opt-outs/find", status_code=200, name="manager:find_opt_out")
async def find_opt_out(
    request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login], app_context: NamedDependency[AppContext]
) -> Template:
    """Show what was told of an address; by POST, so that the address stands in no history of a browser and no log of a proxy."""
    form = await forms.of_login(request, login.form_token)
    _check_office(login)
    email = form.get("email", "").strip()
    if wrong := validation.address_errors("email", email):
        return await _page(request, session, login, error=wrong[0].detail)
    key = app_context.key_ring.address_key(email)
    told = [Passed(wish, source, email) for wish, source in await told_wishes.of_address(session, key)]
    return await _page(request, session, login, sought=Sought(email, told, await session.get(Suppression, key)))


@post("/opt-outs/{source_id:uuid}", status_code=200, name="manager:opt_out")
async def decide(
    request: AppRequest,
    source_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Let an opt-out count, put it aside, or take that back; or decide about all that wait of a source, where they are still as many."""
    form = await forms.of_login(request, login.form_token)
    _check_office(login)
    source = await session.get(Source, source_id)
    if source is None:
        raise NotFoundError("there is no such source")
    deed = _deed_in(form, source)
    if deed is None:
        return await _page(request, session, login, error=_CHOOSE)
    try:
        async with session.begin_nested():
            await _do(session, deed, login.manager.actor, app_context, now)
    except (NotFoundError, ConflictError):
        return await _page(request, session, login, error=_ELSE if deed.key else _OTHER_NUMBER)
    return pages.see_other(f"{_PAGE}?{urlencode({'klaar': now.isoformat()})}")


def _deed_in(form: dict[str, str], source: Source) -> Deed | None:
    """Read a decision from a form of ours; None for what no form of ours sends."""
    choice, many = form.get("choice", ""), form.get("aantal", "")
    try:
        key = bytes.fromhex(form.get("key", "")) or None
    except ValueError:
        return None
    known = choice in {*_BULK, "withdraw", "overturn"} if key else choice in _BULK
    return Deed(source=source, choice=choice, key=key, many=int(many) if many.isdecimal() and len(many) < 10 else 0) if known else None


async def _do(session: AsyncSession, deed: Deed, by: str, app_context: AppContext, now: datetime) -> None:
    """Carry a decision out; raise NotFoundError or ConflictError where the opt-out is not (any more) what its page showed."""
    if deed.choice == "withdraw" and deed.key:
        await told_wishes.withdraw(session, deed.source.id, deed.key, by=by, horizon=app_context.horizon, now=now)
    elif deed.choice == "overturn" and deed.key:
        await told_wishes.overturn(session, deed.source.id, deed.key, by=by, now=now)
    else:
        keys = [deed.key] if deed.key else []
        many = await told_wishes.decide(session, deed.source.name, keys, allow=deed.choice == "allow", by=by, now=now)
        if many != (1 if deed.key else deed.many):
            raise ConflictError("other opt-outs wait than were shown")


routes: Final = [show_opt_outs, find_opt_out, decide]
