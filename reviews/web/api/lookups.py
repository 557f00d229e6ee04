"""What machines may ask: may this person be invited, and how far have a branch's jobs come."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.database.tables import Branch, Claim
from reviews.errors import InvalidError
from reviews.invitations.intake import sources
from reviews.invitations.intake.sources import Caller
from reviews.invitations.oversight import ledger
from reviews.invitations.planning import invitable_now
from reviews.local import LOCAL
from reviews.validation import address_errors, field_error
from reviews.web.api import bodies
from reviews.web.context import AppContext, AppRequest

_PERIOD: Final = timedelta(days=90)
"""How far back the figures reach when no period is named."""


class PersonQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a source asks about; without a branch all of its own are meant."""

    email: str
    branch: str | None = None


@get("/people", name="machine:people", opt={"needs": ("email",), "takes": ("branch",)})
async def people(
    email: FromQuery[str],
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
    branch: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """Say whether a person may be invited now and why not, and nothing about who invited them when."""
    return await _standing(PersonQuestion(email, branch), caller, session, app_context, now)


@post("/people", name="machine:ask_person", status_code=HTTP_200_OK)
async def ask_person(
    request: AppRequest,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
) -> dict[str, Any]:
    """Say the same, to a source that keeps addresses out of the logs of what stands between: an address in a body is in none."""
    question = validation.read(await bodies.read_json(request), PersonQuestion)
    return await _standing(question, caller, session, app_context, now)


async def _standing(question: PersonQuestion, caller: Caller, session: AsyncSession, app_context: AppContext, now: datetime) -> dict[str, Any]:
    found = address_errors("email", question.email)
    if found:
        raise InvalidError(found)
    branches = await _branches(session, caller, question.branch)
    key = app_context.key_ring_of(caller).address_key(question.email)
    stands = await invitable_now.of(session, key, branches, horizon=app_context.horizon, now=now)
    return {
        "may": stands.may,
        "reason": stands.reason,
        "detail": stands.reason.sentence if stands.reason else None,
        "until": stands.until.astimezone(LOCAL).isoformat() if stands.until else None,
        **bodies.suggestions(question.email),
    }


async def _branches(session: AsyncSession, caller: Caller, slug: str | None) -> list[Branch]:
    return [await sources.branch_for(session, caller, slug)] if slug else await sources.branches_of(session, caller)


@get("/statistics", name="machine:statistics", opt={"takes": ("branch", "from", "to")})
async def statistics(
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    branch: FromQuery[str | None] = None,
    first: Annotated[str | None, QueryParameter(name="from")] = None,
    last: Annotated[str | None, QueryParameter(name="to")] = None,
) -> dict[str, Any]:
    """Return the funnel of the jobs that were reported between two local days, both included, and what became of the claims of those days."""
    owners = await _branches(session, caller, branch)
    until = bodies.day_of("to", last) or now.astimezone(LOCAL).date()
    # min: a period that would begin before the year 1 raises OverflowError.
    since = bodies.day_of("from", first) or until - min(_PERIOD, until - date.min)
    # Far days overflow: there is no day after 9999-12-31.
    if since > until or until.year > now.year + 1:
        raise InvalidError([field_error("to", "wrong_period")])
    start, end = ledger.period(since, until)
    sums = await ledger.sums(session, [owner.id for owner in owners], start, end)
    return {
        "branch": branch,
        "from": since.isoformat(),
        "to": until.isoformat(),
        "jobs": sums.jobs,
        **{group: sums.of(group) for group in ledger.GROUPS},
        "reviewed": sum(line.jobs for line in sums.lines if line.state == "reviewed"),
        "skipped_by_reason": _by_reason(sums),
        "closes": sums.closes,
        "claims": await _claims(session, owners, start, end),
    }


def _by_reason(sums: ledger.Sums) -> dict[str, int]:
    counted: dict[str, int] = {}
    for line in sums.lines:
        if line.group == "skipped":
            reason = line.reason or line.state
            counted[reason] = counted.get(reason, 0) + line.jobs
    return counted


async def _claims(session: AsyncSession, owners: list[Branch], since: datetime, until: datetime) -> dict[str, int]:
    """Count claims by their state: how many of what was submitted was approved or refused."""
    rows = await session.execute(
        select(Claim.state, func.count())
        .where(Claim.branch_id.in_([owner.id for owner in owners]), Claim.submitted_at >= since, Claim.submitted_at < until)
        .group_by(Claim.state)
    )
    return {state: many for state, many in rows}  # noqa: C416 - a row is no pair to dict()


routes = [people, ask_person, statistics]
