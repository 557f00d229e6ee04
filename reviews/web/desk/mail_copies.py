"""The desk's page of mail copies: what waits for a person and why, what was read of it, and what a person answers and teaches."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec import ValidationError, convert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, InboundMail
from reviews.errors import ConflictError, FieldError, InvalidError, NotFoundError
from reviews.invitations.intake.mail_copies import classify, review
from reviews.invitations.intake.mail_copies.review import Meaning, ReviewAnswer, Viewer
from reviews.texts import addresses
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest, fetch
from reviews.web.customer import branch_view
from reviews.web.desk import mail_copy_words, page
from reviews.web.session import Login

_LONGEST: Final = 200


def _viewer(login: Login) -> Viewer:
    return Viewer(frozenset(login.manager.branch_ids), login.manager.role == "office", login.manager.name)


@get("/mails", name="manager:mail_copies")
async def show_mails(request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show the newest copies of mails, those that wait for a person first, and what was taught."""
    chosen = request.query_params.get("staat")
    state = chosen if chosen in {"unrecognised", "told", "dismissed"} else None
    viewer = _viewer(login)
    return page.page(
        request,
        "mails",
        login,
        place="sources",
        rows=await review.listed(session, viewer, state=state),
        counts=await review.counts(session, viewer),
        patterns=await review.patterns(session, viewer),
        state=state,
        words=mail_copy_words,
        name_of=branch_view.name_of,
    )


@get("/mails/{mail_id:uuid}", name="manager:mail_copy")
async def show_mail(request: AppRequest, mail_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show one mail: what was read of it, its text, the pages of its document, and the form that settles it."""
    return await _mail_page(request, session, login, mail_id)


async def _mail_page(
    request: AppRequest,
    session: AsyncSession,
    login: Login,
    mail_id: UUID,
    *,
    status: int = 200,
    sentence: str = "",
    errors: Sequence[FieldError] = (),
    form: dict[str, str] | None = None,
) -> Template:
    mail = await review.find(session, _viewer(login), mail_id)
    names = await session.execute(select(Branch).where(Branch.slug.in_(mail.fields.get("several", []))).order_by(Branch.slug))
    filled = form or _prefilled(mail)
    return page.page(
        request,
        "mail",
        login,
        status=status,
        place="sources",
        mail=mail,
        branch=await session.get_one(Branch, mail.branch_id),
        choices=list(names.scalars()),
        waits=mail.state in review.WAITING,
        form=filled,
        meant=addresses.near_miss(filled.get("email", "")),
        sentence=sentence,
        errors={found.field: found.detail for found in errors},
        words=mail_copy_words,
        name_of=branch_view.name_of,
    )


def _prefilled(mail: InboundMail) -> dict[str, str]:
    """Return the form as it is filled in beforehand: what was read; a credit note concerns the invoice that it names."""
    read = mail.fields
    number = read.get("credited") if read.get("kind") == "creditnota" else read.get("number")
    return {
        "meaning": mail_copy_words.likely(read.get("kind", "")),
        "number": number or "",
        "name": read.get("name") or "",
        "email": read.get("email") or "",
        "date": read.get("date") or "",
        "sender": mail.sender,
        "subject": classify.usual_subject(mail.subject),
    }


@post("/mails/{mail_id:uuid}", status_code=200, name="manager:settle_mail_copy")
async def settle_mail(
    request: AppRequest,
    mail_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Settle a mail by a person's answer; it is settled once."""
    form = await forms.of_login(request, login.form_token)
    try:
        async with session.begin_nested():
            said = _said(form)
            await review.settle(session, _viewer(login), mail_id, said, key_ring=app_context.key_ring, horizon=app_context.horizon, now=now)
    except InvalidError as problem:
        # The savepoint was undone in the database, and objects still hold what was set within it.
        session.expire_all()
        return await _mail_page(request, session, login, mail_id, status=422, errors=problem.errors, form=form)
    except ConflictError as problem:
        return await _mail_page(request, session, login, mail_id, status=409, sentence=str(problem))
    return pages.see_other("/desk/mails")


def _said(form: dict[str, str]) -> ReviewAnswer:
    """Return what a form says; raise InvalidError when it does not say what the mail means."""
    try:
        meaning: Meaning = convert(form.get("meaning"), Meaning)
    except ValidationError:
        raise InvalidError([FieldError("meaning", "missing", review.SENTENCES["meaning"])]) from None
    given = {name: form.get(name, "").strip()[:_LONGEST] for name in ("number", "name", "email", "branch", "sender", "subject")}
    return ReviewAnswer(
        meaning=meaning,
        number=given["number"],
        name=given["name"],
        email=given["email"],
        dated_on=_day(form.get("date", "")),
        branch=given["branch"],
        teach=(given["sender"], given["subject"]) if form.get("teach") else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@post("/mails/patterns/{pattern_id:uuid}/forget", status_code=200, name="manager:forget_mail_pattern")
async def forget_pattern(
    request: AppRequest, pattern_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Response[Any]:
    """Delete what was taught about a kind of mail; from now on such mails wait for a person again."""
    await forms.of_login(request, login.form_token)
    await review.forget(session, _viewer(login), pattern_id)
    return pages.see_other("/desk/mails")


@get("/mails/{mail_id:uuid}/pages/{number:int}", name="manager:mail_copy_page")
async def show_page(
    request: AppRequest, mail_id: FromPath[UUID], number: FromPath[int], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Response[bytes]:
    """Show the picture that our reader drew of a page; nobody ever gets the bytes that came in."""
    mail = await review.find(session, _viewer(login), mail_id)
    keys: list[str] = mail.fields.get("pages", [])
    if not 0 < number <= len(keys):
        raise NotFoundError("there is no such page")
    return Response(await fetch(request, keys[number - 1]), media_type="image/webp", headers={"Content-Disposition": "inline"})


routes: Final = [show_mails, show_mail, settle_mail, forget_pattern, show_page]
