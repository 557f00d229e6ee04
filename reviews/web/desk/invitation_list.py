"""The desk's second page: what became of each job's invitation, what waits for a person on top, and a way to find any one of them."""

import re
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Template
from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, Job, Reminder
from reviews.database.tables.base import spelled
from reviews.invitations.oversight import attention, ledger
from reviews.moderation.users import Manager
from reviews.web.context import AppRequest
from reviews.web.customer import branch_view
from reviews.web.desk import page, words
from reviews.web.session import Login

_SHOWN: Final = 50
_UNKNOWNS: Final = 10


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which invitations somebody asks for; None and empty ask for all. `before` is the last id of the page before."""

    state: str | None = None
    reason: str | None = None
    branch: str | None = None
    number: str | None = None
    first: date | None = None
    last: date | None = None
    before: UUID | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for but the newest."""
        return any(getattr(self, name) is not None for name in self.__struct_fields__)

    def query(self, before: UUID) -> str:
        """Return the end of the address of the page after this one."""
        asked = {
            "staat": self.state,
            "reden": self.reason,
            "vestiging": self.branch,
            "nummer": self.number,
            "van": self.first,
            "tot": self.last,
            "voor": before,
        }
        return urlencode({name: value for name, value in asked.items() if value is not None})


def wanted(request: AppRequest) -> Wanted:
    """Read what somebody asks for from the address; what makes no sense asks for nothing."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("staat", "reden", "vestiging", "nummer", "van", "tot", "voor")}
    return Wanted(
        state=asked["staat"] if asked["staat"] in words.INVITATION_STATES else None,
        reason=asked["reden"][:100] or None,
        branch=asked["vestiging"][:100] or None,
        number=asked["nummer"][:120] or None,
        first=day_in(asked["van"]),
        last=day_in(asked["tot"]),
        before=id_in(asked["voor"]),
    )


def day_in(text: str) -> date | None:
    """Return a day as browsers send it, 2026-11-24; None for anything else and for days that no ledger has."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def id_in(text: str) -> UUID | None:
    """Return an id that stands in an address; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


@get("/invitations", name="manager:invitations")
async def show_invitations(
    request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login], now: NamedDependency[datetime]
) -> Template:
    """Show the newest invitations with their state and reason, and how many are in each state, so that nobody is left out unnoticed."""
    asked = wanted(request)
    rows = await _newest(session, login.manager, asked)
    return page.page(
        request,
        "invitations",
        login,
        place="invitations",
        counts=await _counts(session, login.manager),
        unknown=[] if asked.narrowed else await _longest_unknown(session, login.manager),
        reminders=[] if asked.narrowed else await _unknown_reminders(session, login.manager),
        attention=await attention.needed(session, list(login.manager.branch_ids), now=now),
        rows=rows[:_SHOWN],
        older=rows[_SHOWN - 1][0].id if len(rows) > _SHOWN else None,
        asked=asked,
        choices=await branch_choices(session, login.manager),
        now=now,
        words=words,
        name_of=branch_view.name_of,
    )


async def branch_choices(session: AsyncSession, manager: Manager) -> list[tuple[str, str]]:
    """Return the branches of a manager as (slug, name), in the order of their names."""
    rows = await session.scalars(select(Branch).where(Branch.id.in_(manager.branch_ids)))
    return sorted(((branch.slug, branch_view.name_of(branch)) for branch in rows), key=_name)


def _name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


async def _counts(session: AsyncSession, manager: Manager) -> dict[str, int]:
    rows = await session.execute(
        select(Invitation.state, func.count()).where(Invitation.branch_id.in_(manager.branch_ids)).group_by(Invitation.state)
    )
    counted = {kept: many for kept, many in rows}  # noqa: C416 - a Result is no iterable of pairs to the type checkers
    return {state: counted[state] for state in words.INVITATION_STATES if state in counted}


Found = list[tuple[Invitation, Job, Branch]]


def _theirs(manager: Manager) -> Select[Invitation, Job, Branch]:
    return (
        select(Invitation, Job, Branch)
        .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
        .join(Branch, Branch.id == Invitation.branch_id)
        .where(Invitation.branch_id.in_(manager.branch_ids))
    )


async def _longest_unknown(session: AsyncSession, manager: Manager) -> Found:
    query = _theirs(manager).where(Invitation.state == "unknown").order_by(Invitation.marked_at).limit(_UNKNOWNS)
    return [(invitation, job, branch) for invitation, job, branch in await session.execute(query)]


async def _unknown_reminders(session: AsyncSession, manager: Manager) -> Found:
    theirs = (Reminder.branch_id == Invitation.branch_id) & (Reminder.invitation_id == Invitation.id)
    query = _theirs(manager).join(Reminder, theirs).where(Reminder.state == "unknown").order_by(Reminder.marked_at).limit(_UNKNOWNS)
    return [(invitation, job, branch) for invitation, job, branch in await session.execute(query)]


async def _newest(session: AsyncSession, manager: Manager, asked: Wanted) -> Found:
    # One more than shown says whether there is a next page.
    query = _theirs(manager).order_by(Invitation.id.desc()).limit(_SHOWN + 1)
    if asked.state:
        query = query.where(Invitation.state == asked.state)
    if asked.reason:
        query = query.where(Invitation.reason.is_(None) if asked.reason == "-" else Invitation.reason == asked.reason)
    if asked.branch:
        query = query.where(Branch.slug == asked.branch)
    if asked.number:
        # People leave out dashes and spaces of a number.
        asked_for = re.sub(r"[^a-z0-9]", "", asked.number.lower())
        query = query.where(literal_column(spelled("jobs.number")) == asked_for)
    if asked.first:
        query = query.where(Job.created_at >= ledger.period(asked.first, asked.first)[0])
    if asked.last:
        query = query.where(Job.created_at < ledger.period(asked.last, asked.last)[1])
    if asked.before:
        query = query.where(Invitation.id < asked.before)
    return [(invitation, job, branch) for invitation, job, branch in await session.execute(query)]


routes: Final = [show_invitations]
