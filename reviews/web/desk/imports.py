"""The desk's pages for spreadsheets: choose a file, say which column is which, try it, take it in. The same code as `reviews import`."""

import asyncio
import io
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.database.tables import Branch, Import
from reviews.errors import ConflictError, InvalidError, NotFoundError
from reviews.invitations.intake.sheets import preview, uploads
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.importing import Opener
from reviews.invitations.intake.sheets.messages import SHOWN, remark
from reviews.invitations.intake.sheets.preview import Preview, Sample
from reviews.moderation.users import Manager
from reviews.proofs.intake import clean_name
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest, context_of, fetch, let_go
from reviews.web.customer import branch_view
from reviews.web.desk import page as desk
from reviews.web.desk import words
from reviews.web.session import Login

_SMALL_CHANGE: Final = 100_000
"""Bytes of an upload that are not the file: the other fields, and the boundaries between parts."""

KINDS: Final = {"purchase": "aankoop", "repair": "reparatie"}
TYPES: Final = {
    "job.completed": "afgerond",
    "job.cancelled": "geannuleerd",
    "job.credited": "gecrediteerd",
    "job.reopened": "heropend",
    "case.opened": "klacht geopend",
    "case.closed": "klacht gesloten",
}
BASES: Final = {"customer": "eigen klant, kon zich afmelden bij de verkoop"}
ORDERS: Final = {"day-month": "dag-maand-jaar", "month-day": "maand-dag-jaar"}
STATES: Final = {
    "draft": ("look", "kolommen nakijken"),
    "waiting": ("", "wacht op zijn beurt"),
    "claimed": ("", "wordt gelezen"),
    "dead": ("bad", "niet gelukt"),
}


def state_of(row: Import) -> tuple[str, str]:
    """Return tone and words for how a file stands."""
    if row.state != "done":
        return STATES[row.state]
    return ("look", "proefronde klaar") if row.dry_run else ("good", "ingelezen")


@get("/imports", name="manager:imports")
async def show_imports(request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Template:
    """Show the newest files, and where to bring another."""
    return await _imports_page(request, session, login)


async def _imports_page(request: AppRequest, session: AsyncSession, login: Login, *, error: str = "", status: int = 200) -> Template:
    own = await _own(session, login.manager)
    names = {branch.id: branch_view.name_of(branch) for branch in own}
    rows = await uploads.newest(session, login.manager.branch_ids)
    return desk.page(
        request,
        "imports",
        login,
        status=status,
        place="sources",
        own=[(branch.slug, names[branch.id]) for branch in own],
        rows=[(row, names[row.branch_id], state_of(row), uploads.counts_of(row)) for row in rows],
        error=error,
    )


async def _own(session: AsyncSession, manager: Manager) -> list[Branch]:
    return list(await session.scalars(select(Branch).where(Branch.id.in_(manager.branch_ids)).order_by(Branch.slug)))


@post("/imports", status_code=200, name="manager:upload")
async def upload(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep a file as a draft; what is too large is refused by what the browser says of it, before it is read."""
    most = app_context.settings.import_max_mb
    if _length(request) > most * 1_000_000 + _SMALL_CHANGE:
        return await _imports_page(request, session, login, error=remark("file", "too_large", megabytes=most).detail, status=413)
    form, chosen = await forms.read_uploads(request, "file")
    forms.check_session_token(login.form_token, form)
    branch = next((one for one in await _own(session, login.manager) if one.slug == form.get("branch")), None)
    if branch is None:
        return await _imports_page(request, session, login, error="Kies een vestiging.", status=422)
    if not chosen:
        return await _imports_page(request, session, login, error="Kies een bestand.", status=422)
    data = await chosen[0].read()
    # Reading the file, and keeping it, may take seconds.
    await let_go(request)
    try:
        sample = await asyncio.to_thread(_sample, data, app_context.opener)
    except InvalidError as problem:
        return await _imports_page(request, session, login, error=problem.errors[0].detail, status=422)
    by = login.manager.actor
    name = clean_name(chosen[0].filename) or "bestand"
    row = await uploads.keep(session, app_context.store, branch.id, data, sample, file_name=name, by=by, now=now)
    return pages.see_other(f"/desk/imports/{row.id}")


def _sample(data: bytes, opener: Opener) -> Sample:
    return preview.sample_of(opener(io.BytesIO(data)))


def _length(request: AppRequest) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 16 else 0


@get("/imports/{import_id:uuid}", name="manager:import")
async def show_import(
    request: AppRequest, import_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Template:
    """Show a file: its columns while it is a draft, how far it is, what became of its lines."""
    row = await uploads.find(session, import_id, login.manager.branch_ids)
    return await _import_page(request, session, login, row)


async def _import_page(
    request: AppRequest, session: AsyncSession, login: Login, row: Import, *, pointed: Pointed | None = None, error: str = ""
) -> Template:
    branch = await session.get_one(Branch, row.branch_id)
    again = row.state == "done" and row.dry_run and request.query_params.get("kolommen") == "1"
    choosing = row.storage_key is not None and (row.state == "draft" or again or pointed is not None)
    page = desk.page(
        request,
        "import",
        login,
        status=422 if error else 200,
        place="sources",
        row=row,
        branch=branch_view.name_of(branch),
        state=state_of(row),
        counts=uploads.counts_of(row),
        first=row.counts.get("first", []),
        noted=row.counts.get("noted", 0),
        notes=row.counts.get("notes", []),
        preview=_preview(row, pointed or uploads.pointed_of(row), branch, context_of(request).clock.now()) if choosing else None,
        types=TYPES,
        fields=SHOWN,
        kinds=KINDS,
        bases=BASES,
        orders=ORDERS,
        words=words,
        error=error,
    )
    page.headers.pop("HX-Push-Url", None)  # the page asks for itself while it is read; that is no step back in the browser
    return page


def _preview(row: Import, pointed: Pointed, branch: Branch, now: datetime) -> Preview:
    reader = preview.Reader(branch.slug, frozenset(naming.of(branch.identity).trade_names), now)
    return preview.preview(uploads.sample_of(row), pointed, reader)


@post("/imports/{import_id:uuid}/start", status_code=200, name="manager:start_import")
async def start(
    request: AppRequest,
    import_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Queue a file for a trial with the columns that were chosen, or for the real import after its trial; or show how it is understood with them."""
    form = await forms.of_login(request, login.form_token)
    row = await uploads.find(session, import_id, login.manager.branch_ids, lock=True)
    real = form.get("how") == "real"
    pointed, error = (uploads.pointed_of(row), "") if real else _chosen(form)
    if not real and not error and row.storage_key is not None:
        branch = await session.get_one(Branch, row.branch_id)
        error = " ".join(found.detail for found in _preview(row, pointed, branch, now).errors)
    if error or form.get("how") == "look":
        return await _import_page(request, session, login, row, pointed=pointed, error=error)
    try:
        uploads.start(row, pointed, dry_run=not real, now=now)
    except ConflictError as problem:
        return desk.page(request, "imports", login, status=409, place="sources", own=[], rows=[], error=str(problem))
    return pages.see_other(f"/desk/imports/{row.id}")


def _chosen(form: dict[str, str]) -> tuple[Pointed, str]:
    """Return the columns that were chosen, and a sentence when one of ours was chosen twice."""
    chosen: dict[str, str] = {}
    twice = ""
    for name, field in form.items():
        place = name.removeprefix("column-")
        if name == place or not place.isdecimal() or field not in SHOWN:
            continue
        if field in chosen:
            twice = f"U koos '{SHOWN[field]}' voor meer dan een kolom; kies er een."
        chosen[field] = f"#{int(place) + 1}"
    constants = {field: form[field] for field, known in (("kind", KINDS), ("basis", BASES)) if form.get(field) in known}
    order = form.get("order")
    # The type checkers don't narrow a text by `in`.
    return Pointed(chosen, constants, order if order in {"day-month", "month-day"} else None, only=True), twice  # type: ignore[arg-type]


@post("/imports/{import_id:uuid}/discard", status_code=200, name="manager:discard_import")
async def discard(
    request: AppRequest,
    import_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
) -> Response[Any]:
    """Delete a file and its refused lines; what was taken in already stays."""
    await forms.of_login(request, login.form_token)
    row = await uploads.find(session, import_id, login.manager.branch_ids, lock=True)
    try:
        gone = await uploads.discard(session, row)
    except ConflictError as problem:
        return await _imports_page(request, session, login, error=str(problem), status=409)
    # Before the bytes go: a row without bytes is a lost file, bytes without a row are swept.
    await session.commit()
    for key in gone:
        await app_context.store.delete(key)
    return pages.see_other("/desk/imports")


@get("/imports/{import_id:uuid}/refused", name="manager:refused_lines")
async def download(
    request: AppRequest, import_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Response[bytes]:
    """Return the refused lines as a CSV, to be corrected and imported again."""
    row = await uploads.find(session, import_id, login.manager.branch_ids)
    if row.refused_key is None:
        raise NotFoundError("no lines were refused, or they are gone")
    data = await fetch(request, row.refused_key)
    return Response(data, media_type=desk.CSV, headers=desk.as_file(f"geweigerd-{row.created_at:%Y%m%d}-{str(row.id)[-6:]}.csv"))


routes: Final = [show_import, start, discard, download]
"""All but `show_imports` and `upload`: the latter takes larger bodies than the rest, and both have one address."""
