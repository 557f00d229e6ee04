"""The desk's page of our mails: each as its reader gets it, per kind and language, and the one paragraph that a branch may write itself."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import languages
from reviews.branches import own_text
from reviews.branches.rules import Kind
from reviews.database.tables import Branch, Invitation, Job, Person
from reviews.errors import InvalidError, NotFoundError
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import parcel_of
from reviews.languages import LANGUAGES
from reviews.moderation.users import Manager
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page
from reviews.web.desk import words as desk_words
from reviews.web.session import Login

LANGUAGE_NAMES: Final = {code: language.name for code, language in LANGUAGES.items()}
# An address key that nobody has: the opt-out link of a sample stops no mail.
_NOBODY: Final = bytes(32)
_NOTHING: Final = UUID(int=0)


class Variant(msgspec.Struct, frozen=True):
    """Which mail is looked at; how it stands in an address is `soort`, `taal` and `brief`."""

    kind: Kind
    language: str
    which: Literal["invitation", "reminder"]

    @property
    def query(self) -> str:
        """Return it as the query of an address."""
        return f"soort={self.kind}&taal={self.language}&brief={self.which}"


def _variant(asked: dict[str, str]) -> Variant:
    language = asked.get("taal", "")
    return Variant(
        "repair" if asked.get("soort") == "repair" else "purchase",
        languages.spoken(language),
        "reminder" if asked.get("brief") == "reminder" else "invitation",
    )


@get("/letters", name="manager:letters")
async def list_letters(request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show the branches, and in which mails each has words of its own."""
    query = select(Branch).where(Branch.id.in_(login.manager.branch_ids)).order_by(Branch.slug)
    rows = [(branch, branch_view.name_of(branch), _own(branch)) for branch in await session.scalars(query)]
    return page.page(request, "letters", login, place="rules", rows=rows, languages=LANGUAGE_NAMES, kinds=desk_words.KINDS)


def _own(branch: Branch) -> list[tuple[str, str]]:
    return [(kind, language) for kind in own_text.KINDS for language in LANGUAGES if own_text.of(branch.letter_words, kind, language)]


@get("/letters/{slug:str}", name="manager:letter")
async def show_letter(
    request: AppRequest,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Show one mail of a branch with its headers, both its sides, and the form for the branch's own paragraph."""
    branch = await _branch(session, login.manager, slug)
    asked = dict(request.query_params)
    variant = _variant(asked)
    return _letter_page(request, login, branch, variant, _sample(app_context, branch, variant, now), saved=asked.get("bewaard") == "1")


async def _branch(session: AsyncSession, manager: Manager, slug: str) -> Branch:
    branch = await branch_view.by_slug(session, slug)
    if branch.id not in manager.branch_ids:
        raise NotFoundError("not a branch of this manager")
    return branch


def _letter_page(request: AppRequest, login: Login, branch: Branch, variant: Variant, letter: MailMessage, **context: Any) -> Template:
    own = own_text.of(branch.letter_words, variant.kind, variant.language)
    shown = {"words": own, "errors": [], "saved": False, **context}
    return page.page(
        request,
        "letter",
        login,
        status=422 if shown["errors"] else 200,
        place="rules",
        branch=branch,
        branch_name=branch_view.name_of(branch),
        variant=variant,
        variants=[(kind, language) for kind in own_text.KINDS for language in LANGUAGES],
        letter=letter,
        own=own,
        longest=own_text.LONGEST,
        languages=LANGUAGE_NAMES,
        kinds=desk_words.KINDS,
        **shown,
    )


@get("/letters/{slug:str}/mail", name="manager:mail", opt={"letter": True})
async def show_mail(
    request: AppRequest,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Show the HTML alone, for the frame on the page; it runs nothing, loads nothing and its links lead nowhere (`headers.LETTER_POLICY`)."""
    branch = await _branch(session, login.manager, slug)
    letter = _sample(app_context, branch, _variant(dict(request.query_params)), now)
    return Response(letter.html or "", media_type="text/html")


@post("/letters/{slug:str}", status_code=200, name="manager:write_letter")
async def write_letter(
    request: AppRequest,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template | Redirect:
    """Store a branch's own paragraph, or go back to the standard one; the record says who did it."""
    form = await forms.of_login(request, login.form_token)
    branch, variant = await _branch(session, login.manager, slug), _variant(form)
    try:
        words = "" if form.get("wat") == "herstel" else own_text.read(form.get("words", ""))
    except InvalidError as problem:
        letter = _sample(app_context, branch, variant, now)
        return _letter_page(request, login, branch, variant, letter, words=form.get("words", ""), errors=problem.errors)
    actor = login.manager.actor
    await own_text.change(session, branch, variant.kind, variant.language, words, actor=actor, now=now)
    return pages.see_other(f"/desk/letters/{branch.slug}?{variant.query}&bewaard=1")


def _sample(app_context: AppContext, branch: Branch, variant: Variant, now: datetime) -> MailMessage:
    """Write the mail to nobody: its links open nothing of anybody."""
    job = Job(kind=variant.kind, completed_at=now - timedelta(days=10))
    nobody = Person(name="J. de Vries", email="klant@example.com", language=variant.language, address_key=_NOBODY)
    parcel = parcel_of(branch, job, nobody, Invitation(id=_NOTHING, reference="voorbeeld", message_id="voorbeeld"), message_at=now)
    return app_context.writer.asking(variant.which, parcel, link=f"{app_context.settings.base_url}/{branch.slug}")


routes: Final = [list_letters, show_letter, show_mail, write_letter]
