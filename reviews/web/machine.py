"""The door for machines: `/api/v1`, a bearer key per source, JSON in and out, all mistakes at once."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, cast

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import EventIdReusedError, InvalidError, MalformedError, Mistake, ReviewsError, UnauthorizedError
from reviews.invitations import events, hands, schedule, sources, trigger
from reviews.invitations.events import Event
from reviews.invitations.policy import LOCAL, SENTENCES
from reviews.invitations.sources import Caller
from reviews.mistakes import mistake
from reviews.privacy import suppression
from reviews.settings import Settings
from reviews.tables import Branch, Invitation, Job
from reviews.web.house import House, Visit


def horizon_of(settings: Settings) -> schedule.Horizon:
    """Return how far back and how far ahead invitations reach."""
    return schedule.Horizon.of_days(job_max_age=settings.job_max_age_days, send_before=settings.send_before_days)


async def caller(request: Visit, session: NamedDependency[AsyncSession], now: NamedDependency[datetime]) -> Caller:
    """Return the source whose bearer key a request shows."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key:
        raise UnauthorizedError("show the key of this source: Authorization: Bearer …")
    return await sources.caller_with(session, key.strip(), now=now)


async def _body(request: Visit) -> Any:
    try:
        return msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedError("the body is no valid JSON (UTF-8)") from None


@post("/triggers", name="machine:trigger", status_code=HTTP_202_ACCEPTED)
async def tell(
    request: Visit,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    house: NamedDependency[House],
) -> Response[dict[str, Any]]:
    """Take in one trigger: 202 the first time, 200 with the same answer ever after, 409 when its id stood for something else."""
    event = events.read(await _body(request), now=now)
    branch = await sources.branch_for(session, caller, event.branch)
    [answer] = await trigger.accept(session, branch, caller.source_id, [event], seal=house.seal, horizon=horizon_of(house.settings), now=now)
    if isinstance(answer, EventIdReusedError):
        raise answer
    return Response(answer.body, status_code=HTTP_202_ACCEPTED if answer.fresh else HTTP_200_OK)


@post("/triggers/batch", name="machine:batch", status_code=HTTP_200_OK)
async def tell_many(
    request: Visit,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    house: NamedDependency[House],
) -> dict[str, Any]:
    """Take in a list of triggers and answer each in its place; a bad one does not stop the rest."""
    raw = _rows(await _body(request), house.settings.batch_max)
    results: list[dict[str, Any]] = [{} for _ in raw]
    good: dict[str, list[tuple[int, Event]]] = {}
    for place, row in enumerate(raw):
        try:
            event = events.read(row, now=now)
            good.setdefault(event.branch, []).append((place, event))
        except InvalidError as problem:
            results[place] = _failed(_id_in(row), problem)
    branches: dict[str, Branch] = {}
    for slug, rows in good.items():
        try:
            branches[slug] = await sources.branch_for(session, caller, slug)
        except ReviewsError as problem:
            for place, event in rows:
                results[place] = _failed(event.event_id, problem)
    await trigger.take_turn(session, [branch.id for branch in branches.values()])
    for slug, branch in branches.items():
        places, told = zip(*good[slug], strict=True)
        answers = await trigger.accept(session, branch, caller.source_id, told, seal=house.seal, horizon=horizon_of(house.settings), now=now)
        for place, event, answer in zip(places, told, answers, strict=True):
            results[place] = _result(event, answer)
    return {"results": results}


def _rows(body: Any, most: int) -> list[Any]:
    """Return the rows of a batch; the body must be `{"triggers": [...]}` and nothing else."""
    if not isinstance(body, dict):
        raise InvalidError([mistake("body", "not_an_object")])
    given = cast("dict[str, Any]", body)
    found = [mistake(name, "unknown_field") for name in given if name != "triggers"]
    try:
        rows = msgspec.convert(given.get("triggers"), list[Any])
    except msgspec.ValidationError:
        raise InvalidError([*found, mistake("triggers", "missing")]) from None
    if len(rows) > most:
        found.append(mistake("triggers", "too_many"))
    if found:
        raise InvalidError(found)
    return rows


def _id_in(row: Any) -> str | None:
    found = row.get("event_id") if isinstance(row, dict) else None
    return found if isinstance(found, str) else None


def _failed(event_id: str | None, problem: ReviewsError) -> dict[str, Any]:
    mistakes: Sequence[Mistake] = problem.mistakes if isinstance(problem, InvalidError) else ()
    errors = [{"field": found.field, "code": found.code, "detail": found.detail} for found in mistakes]
    return {"event_id": event_id, "status": problem.status, "outcome": "refused", "reason": problem.slug, "errors": errors}


def _result(event: Event, answer: trigger.Answer | EventIdReusedError) -> dict[str, Any]:
    if isinstance(answer, EventIdReusedError):
        return _failed(event.event_id, answer)
    return {"event_id": event.event_id, "status": HTTP_202_ACCEPTED if answer.fresh else HTTP_200_OK, **answer.body}


@get("/jobs", name="machine:jobs")
async def jobs(
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    branch: FromQuery[str],
    number: FromQuery[str],
) -> dict[str, Any]:
    """Return the job with a number at a branch, with its invitation; an empty list when there is none."""
    owner = await sources.branch_for(session, caller, branch)
    rows = await session.execute(
        select(Job, Invitation)
        .outerjoin(Invitation, (Invitation.branch_id == Job.branch_id) & (Invitation.job_id == Job.id))
        .where(Job.branch_id == owner.id, Job.number_key == events.number_key(number))
    )
    return {"jobs": [_job(owner, job, invitation) for job, invitation in rows]}


def _job(branch: Branch, job: Job, invitation: Invitation | None) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "branch": branch.slug,
        "number": job.number,
        "kind": job.kind,
        "state": job.state,
        "completed_at": _local(job.completed_at),
        "invitation": _invitation(branch, invitation) if invitation else None,
    }


def _invitation(branch: Branch, row: Invitation) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "branch": branch.slug,
        "job_id": str(row.job_id),
        "state": row.state,
        "reason": row.reason,
        "detail": SENTENCES.get(row.reason or ""),
        "send_at": _local(row.due_at),
        "sent_at": _local(row.sent_at),
        "reviewed_at": _local(row.reviewed_at),
        "channel": row.channel,
        "rules_version": row.rules_version,
    }


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(LOCAL).isoformat() if moment else None


@get("/invitations", name="machine:invitations")
async def invitations(
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    branch: FromQuery[str],
    invitation_state: Annotated[str | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[uuid.UUID | None] = None,
) -> dict[str, Any]:
    """Return invitations of a branch in the order in which they were made, 100 at a time; `cursor` is the last id of the page before."""
    owner = await sources.branch_for(session, caller, branch)
    rows = await hands.listed(session, [owner.id], state=invitation_state, after=cursor, limit=101)
    page = rows[:100]
    return {"invitations": [_invitation(owner, row) for row in page], "cursor": str(page[-1].id) if len(rows) > len(page) else None}


@get("/invitations/{invitation_id:uuid}", name="machine:invitation")
async def invitation(invitation_id: FromPath[uuid.UUID], caller: NamedDependency[Caller], session: NamedDependency[AsyncSession]) -> dict[str, Any]:
    """Return an invitation with all that happened to it."""
    branches = {branch.id: branch for branch in await sources.branches_of(session, caller)}
    row = await hands.find(session, invitation_id, branch_ids=list(branches))
    past = [
        {"at": _local(event.at), "state": event.state, "reason": event.reason, "actor": event.actor} for event in await hands.past_of(session, row)
    ]
    return {**_invitation(branches[row.branch_id], row), "history": past}


@post("/invitations/{invitation_id:uuid}/{hand:str}", name="machine:hand", status_code=HTTP_200_OK)
async def change(
    invitation_id: FromPath[uuid.UUID],
    hand: FromPath[str],
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
) -> dict[str, Any]:
    """Hold, release or cancel an invitation; 409 when it has left."""
    branches = {branch.id: branch for branch in await sources.branches_of(session, caller)}
    row = await hands.change(session, invitation_id, hand=hand, branch_ids=list(branches), actor=f"source:{caller.name}", now=now)
    return _invitation(branches[row.branch_id], row)


@post("/suppressions", name="machine:suppress", status_code=HTTP_200_OK)
async def suppress(
    request: Visit,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    house: NamedDependency[House],
) -> dict[str, Any]:
    """Stop all mail to a person who told a branch so; only the person lifts it again."""
    wish = suppression.read(await _body(request))
    stopped = await suppression.suppress(session, house.seal.address_key(wish.email), reason="told_branch", origin=caller.name, now=now)
    return {"suppressed": True, "stopped_invitations": stopped}


routes = [tell, tell_many, jobs, invitations, invitation, change, suppress]
