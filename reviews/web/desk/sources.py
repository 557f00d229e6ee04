"""The desk's page of sources: who reports jobs, when each was last heard, and which have fallen silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Source, SourceBranch, Trigger
from reviews.errors import ForbiddenError, NotFoundError
from reviews.invitations.intake import sources
from reviews.invitations.intake.mail_copies import review
from reviews.invitations.intake.mail_copies.review import Viewer
from reviews.moderation.users import Manager
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page, test_sources
from reviews.web.session import Login

_LATELY: Final = timedelta(days=7)
_WORTH_TELLING: Final = 60
"""Seconds by which a source's clock may differ before the page says so."""

_LONGEST: Final = 24 * 366
KINDS: Final = {"api": "koppeling", "file": "bestanden", "mail": "mailkopieën", "desk": "antwoorden"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A source as the page shows it; `branches` is empty for one that speaks for all, `may_change` says whether this person may set its hours."""

    source: Source
    branches: tuple[str, ...]
    lately: int
    silent: bool
    skew: str
    may_change: bool


@get("/sources", name="manager:sources")
async def show_sources(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Show the sources of one's branches with when each was last heard."""
    rows = await _heard(session, login.manager, timedelta(hours=app_context.settings.silent_after_hours), now)
    manager = login.manager
    mails = await review.counts(session, Viewer(manager.branch_ids, manager.role == "office", manager.name))
    return page.page(
        request,
        "sources",
        login,
        place="sources",
        rows=rows,
        kinds=KINDS,
        tried=await test_sources.seen_by(session, manager),
        default=app_context.settings.silent_after_hours,
        unrecognised=mails.get("unrecognised", 0),
    )


async def _heard(session: AsyncSession, manager: Manager, after: timedelta, now: datetime) -> list[Heard]:
    found = await _visible(session, manager)
    silent = {source.id for source in await sources.silent(session, after, now)}
    lately = await _lately(session, manager, now - _LATELY)
    spoken_for = await _branches_of(session, [source.id for source in found])
    return [
        Heard(
            source=source,
            branches=tuple(branch_view.name_of(branch) for branch in spoken_for.get(source.id, ())),
            lately=lately.get(source.id, 0),
            silent=source.id in silent,
            skew=skew_of(source),
            may_change=_may_change(manager, source, spoken_for.get(source.id, [])),
        )
        for source in found
    ]


async def _visible(session: AsyncSession, manager: Manager) -> list[Source]:
    """Return the sources that speak for one of somebody's branches, or for all; those that only try things out stand elsewhere."""
    own = select(SourceBranch.source_id).where(SourceBranch.branch_id.in_(manager.branch_ids))
    return list(await session.scalars(select(Source).where(~Source.test, or_(Source.all_branches, Source.id.in_(own))).order_by(Source.name)))


async def _lately(session: AsyncSession, manager: Manager, since: datetime) -> dict[UUID, int]:
    """Return how many events each source sent about somebody's branches since a moment."""
    rows = await session.execute(
        select(Trigger.source_id, func.count())
        .where(Trigger.received_at >= since, Trigger.branch_id.in_(manager.branch_ids))
        .group_by(Trigger.source_id)
    )
    return {source_id: many for source_id, many in rows}  # noqa: C416 - a Result is no iterable of pairs to the type checkers


async def _branches_of(session: AsyncSession, source_ids: list[UUID]) -> dict[UUID, list[Branch]]:
    rows = await session.execute(
        select(SourceBranch.source_id, Branch)
        .join(Branch, Branch.id == SourceBranch.branch_id)
        .where(SourceBranch.source_id.in_(source_ids))
        .order_by(Branch.slug)
    )
    spoken_for: dict[UUID, list[Branch]] = {}
    for source_id, branch in rows:
        spoken_for.setdefault(source_id, []).append(branch)
    return spoken_for


def _may_change(manager: Manager, source: Source, spoken_for: list[Branch]) -> bool:
    """Whether somebody may set the hours of a source: head office any, a manager those that speak for nobody else's branch."""
    if manager.role == "office":
        return True
    return not source.all_branches and {branch.id for branch in spoken_for} <= manager.branch_ids


def skew_of(source: Source) -> str:
    """Return in words how far a source's clock is from ours, empty when the difference is small."""
    seconds = source.skew_seconds or 0
    if abs(seconds) < _WORTH_TELLING:
        return ""
    size = f"{abs(seconds) // 60} min" if abs(seconds) < 7200 else f"{abs(seconds) // 3600} uur"
    return f"klok loopt {size} {'voor' if seconds > 0 else 'achter'}"


@post("/sources/{source_id:uuid}", status_code=200, name="manager:source")
async def set_hours(
    request: AppRequest, source_id: FromPath[UUID], session: NamedDependency[AsyncSession], login: NamedDependency[Login]
) -> Response[str]:
    """Set after how many hours of silence a source is warned of; empty for the usual number."""
    form = await forms.of_login(request, login.form_token)
    source = next((one for one in await _visible(session, login.manager) if one.id == source_id), None)
    if source is None:
        raise NotFoundError("there is no such source")
    if not _may_change(login.manager, source, (await _branches_of(session, [source.id])).get(source.id, [])):
        raise ForbiddenError("only head office changes a source of other branches")
    hours = form.get("hours", "").strip()
    if not hours:
        source.silent_after_hours = None
    elif hours.isascii() and hours.isdigit() and 1 <= int(hours[:6]) <= _LONGEST:
        source.silent_after_hours = int(hours)
    return pages.see_other("/desk/sources")


routes: Final = [show_sources, set_hours, *test_sources.routes]
