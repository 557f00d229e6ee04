"""What test sources told, on pages of its own: nothing of it stands among what is real."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import test_mode
from reviews.database.tables import Branch, Invitation, Job, Source
from reviews.errors import NotFoundError
from reviews.moderation.users import Manager
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page, words
from reviews.web.session import Login

_SHOWN: Final = 100


class Tried(msgspec.Struct, frozen=True):
    """A test source as the page of sources shows it: how many jobs it told of somebody's branches."""

    source: Source
    jobs: int


async def seen_by(session: AsyncSession, manager: Manager) -> list[Tried]:
    """Return the test sources that speak for one of somebody's branches."""
    tests = list(await session.scalars(select(Source).where(Source.test).order_by(Source.name)))
    return [Tried(source, await _jobs(session, source, own)) for source in tests if (own := await _own(session, source, manager))]


async def _own(session: AsyncSession, source: Source, manager: Manager) -> list[UUID]:
    """Return somebody's branches by the ids that the source knows them by."""
    copies = (await test_mode.copies_of(session, [source.id]))[source.id]
    return [copy_id for copy_id, branch_id in copies.items() if branch_id in manager.branch_ids]


async def _jobs(session: AsyncSession, source: Source, own: Sequence[UUID]) -> int:
    async with test_mode.where_told(session, source):
        return await session.scalar(select(func.count()).select_from(Job).where(Job.branch_id.in_(own))) or 0


@get("/sources/{source_id:uuid}/test", name="manager:test_source")
async def show_test_source(
    request: AppRequest,
    source_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
) -> Template:
    """Show the newest jobs that a test source told of one's branches, each with what would have become of its invitation."""
    source = await session.scalar(select(Source).where(Source.id == source_id, Source.test))
    own = await _own(session, source, login.manager) if source else []
    if source is None or not own:
        raise NotFoundError("there is no such test source")
    async with test_mode.where_told(session, source):
        rows = (await session.execute(_newest(own))).all()
    return page.page(
        request,
        "test_source",
        login,
        place="sources",
        source=source,
        rows=rows,
        most=_SHOWN,
        days=app_context.settings.test_days,
        words=words,
        name_of=branch_view.name_of,
    )


def _newest(own: Sequence[UUID]) -> Select[Invitation, Job, Branch]:
    return (
        select(Invitation, Job, Branch)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Branch, Branch.id == Invitation.branch_id)
        .where(Invitation.branch_id.in_(own))
        .order_by(Invitation.id.desc())
        .limit(_SHOWN)
    )


routes: Final = [show_test_source]
