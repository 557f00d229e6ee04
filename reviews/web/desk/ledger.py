"""The ledger at the desk: what became of every job of a period, as a sentence, a picture and a table, and as a file to keep."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream, Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch
from reviews.invitations.oversight import ledger, lines_told
from reviews.invitations.oversight.ledger import GROUPS, Sums
from reviews.local import LOCAL
from reviews.moderation import checkpoints
from reviews.moderation.users import Manager
from reviews.web.context import AppContext, AppRequest
from reviews.web.desk import ledger_csv, page, words
from reviews.web.desk.invitation_list import branch_choices, day_in
from reviews.web.session import Login


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of which branches and days somebody asks the ledger."""

    branch: str | None
    branch_ids: tuple[UUID, ...]
    first: date
    last: date

    @property
    def query(self) -> str:
        """Return it as the end of an address."""
        return f"van={self.first}&tot={self.last}" + (f"&vestiging={self.branch}" if self.branch else "")


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the picture: a group, how many jobs, and where it lies in parts of a thousand."""

    group: str
    jobs: int
    x: float
    width: float


async def _asked(request: AppRequest, session: AsyncSession, manager: Manager, now: datetime) -> Asked:
    """Read branch and period from the address; this quarter, and all branches, where it says nothing that makes sense."""
    first, last = ledger.quarter_of(now.astimezone(LOCAL).date())
    first, last = day_in(request.query_params.get("van", "")) or first, day_in(request.query_params.get("tot", "")) or last
    # Exchanged and not refused: what was meant is plain.
    if last < first:
        first, last = last, first
    theirs = select(Branch.id, Branch.slug).where(Branch.id.in_(manager.branch_ids))
    slugs = {slug: branch_id for branch_id, slug in await session.execute(theirs)}
    chosen = request.query_params.get("vestiging", "")
    branch = chosen if chosen in slugs else None
    return Asked(branch=branch, branch_ids=(slugs[branch],) if branch else tuple(slugs.values()), first=first, last=last)


@get("/ledger", name="manager:ledger")
async def show_ledger(
    request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login], now: NamedDependency[datetime]
) -> Template:
    """Show the sums of a period, and when the ledger was last checked."""
    asked = await _asked(request, session, login.manager, now)
    sums = await ledger.sums(session, asked.branch_ids, *ledger.period(asked.first, asked.last))
    told = await lines_told.days(
        session, asked.branch_ids, *ledger.period(asked.first, asked.last), everywhere=login.manager.role == "office" and not asked.branch
    )
    checks = await checkpoints.checks(session, asked.branch_ids)
    return page.page(
        request,
        "ledger",
        login,
        place="ledger",
        asked=asked,
        sums=sums,
        bars=bars(sums),
        told=told,
        groups=GROUPS,
        checked_at=min((check.at for check in checks), default=None) if len(checks) == len(asked.branch_ids) else None,
        doubted=[check for check in checks if check.findings],
        choices=await branch_choices(session, login.manager),
        words=words,
    )


def bars(sums: Sums) -> list[Bar]:
    """Return the groups side by side, each as wide as its share."""
    found, x = list[Bar](), 0.0
    for group in GROUPS:
        jobs = sums.of(group)
        if jobs:
            width = 1000 * jobs / sums.jobs
            found.append(Bar(group=group, jobs=jobs, x=round(x, 2), width=round(width, 2)))
            x += width
    return found


@get("/ledger.csv", name="manager:ledger-file")
async def send_ledger(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Stream:
    """Send the ledger of a period, one line per job."""
    asked = await _asked(request, session, login.manager, now)
    name = f"verantwoording-{asked.branch or 'alle'}-{asked.first}-{asked.last}.csv"
    return Stream(_file(app_context, asked), media_type=page.CSV, headers=page.as_file(name))


async def _file(app_context: AppContext, asked: Asked) -> AsyncIterator[str]:
    """Yield the lines in a transaction of its own: the request's transaction ends before the first byte leaves."""
    async with app_context.maker() as session:
        async for line in ledger_csv.lines(ledger.rows(session, asked.branch_ids, *ledger.period(asked.first, asked.last))):
            yield line


routes: Final = [show_ledger, send_ledger]
