"""The door for what sources tell: `POST /api/v1/triggers`, one at a time or in batches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, cast

import msgspec
import structlog
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import test_mode
from reviews.errors import InvalidError, ReviewsError
from reviews.invitations.intake import clock_skew, event_model, sources, told_lines, trigger
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.sources import Caller
from reviews.invitations.intake.told_lines import Line
from reviews.invitations.intake.trigger import Answer, Call
from reviews.validation import field_error
from reviews.web import observing
from reviews.web.api import bodies
from reviews.web.api.trigger_batches import batches_in
from reviews.web.context import AppContext, AppRequest

_ROW: Final = "triggers"

log = structlog.get_logger("reviews.web")


@post("/triggers", name="machine:trigger", status_code=HTTP_202_ACCEPTED)
async def tell(request: AppRequest, app_context: NamedDependency[AppContext]) -> Response[dict[str, Any]]:
    """Take in one trigger: 202 the first time, 200 with the same answer ever after, 409 when its id stood for something else.

    Its transaction is that of the group that it is taken in with, key and all.
    """
    now, key = app_context.clock.now(), bodies.key_of(request)
    if await batches_in(request.app).admit(key):
        observing.leave_out(request.scope)
    reading, body = clock_skew.SkewReading(), None
    try:
        body = await bodies.read_json(request)
        reading = clock_skew.read([bodies.field(body, "occurred_at")], request.headers.get("date"), now=now)
        event = event_model.read(body, now=now)
    except ReviewsError as problem:
        await _refuse(app_context, key, (body, reading), problem, now)
    answer = await batches_in(request.app).tell(key, event, reading)
    return Response(answer.body, status_code=HTTP_202_ACCEPTED if answer.fresh else HTTP_200_OK)


async def _refuse(app_context: AppContext, key: str, shown: tuple[Any, clock_skew.SkewReading], problem: ReviewsError, now: datetime) -> NoReturn:
    """Tell what is wrong to those only whose key we know, and keep what the event shows of their clock, and that it was told."""
    body, reading = shown
    async with app_context.maker.begin() as session:
        caller = await sources.caller_with(session, key, now=now)
        await clock_skew.note(session, caller, reading, now=now)
        if caller.test:
            await test_mode.enter(session, caller.source_id)
        await told_lines.note_refused(session, [await _line(session, caller, body, problem.slug)], now=now)
    raise problem


async def _line(session: AsyncSession, caller: Caller, body: Any, reason: str) -> Line:
    """Return what a trigger that could not be read says of itself, as far as it is text."""
    told = {name: bodies.field(body, name) for name in ("event_id", "number", "branch")}
    said = {name: told_lines.printable(value) if isinstance(value, str) else None for name, value in told.items()}
    branch = (await sources.branches_called(session, [said["branch"]])).get(said["branch"]) if said["branch"] else None
    place = caller.source_id, branch.id if branch and caller.may(branch.id) else None
    return Line(place, said["event_id"], reason=reason, number=said["number"])


@post("/triggers/batch", name="machine:batch", status_code=HTTP_200_OK)
async def tell_many(
    request: AppRequest,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
) -> dict[str, Any]:
    """Take in a list of triggers and answer each in its place; a bad one does not stop the rest."""
    raw = _rows(await bodies.read_json(request), app_context.settings.batch_max)
    reading = clock_skew.read((bodies.field(row, "occurred_at") for row in raw), request.headers.get("date"), now=now)
    results: list[dict[str, Any]] = [{} for _ in raw]
    good, refused = list[tuple[int, Event]](), list[Line]()
    for place, row in enumerate(raw):
        try:
            good.append((place, event_model.read(row, now=now)))
        except InvalidError as problem:
            results[place] = _failed(_id_in(row), problem)
            refused.append(await _line(session, caller, row, problem.slug))
    await told_lines.note_refused(session, refused, now=now)
    for (place, event), answer in zip(good, await _tell_all(session, app_context, caller, good, reading, now), strict=True):
        results[place] = _result(event, answer)
    return {"results": results}


async def _tell_all(
    session: AsyncSession, app_context: AppContext, caller: Caller, good: Sequence[tuple[int, Event]], reading: clock_skew.SkewReading, now: datetime
) -> list[Answer | ReviewsError]:
    """Take in all events together; when the database refuses one of them, each alone, so that it fails alone."""

    async def tell_some(events: Sequence[Event]) -> list[Answer | ReviewsError]:
        async with session.begin_nested():
            call = Call(caller, events, reading)
            return await trigger.tell(session, [call], key_ring=app_context.key_ring_of(caller), horizon=app_context.horizon, now=now)

    try:
        return await tell_some([event for _, event in good])
    except (DataError, IntegrityError) as problem:
        log.warning("batch_refused_by_database", rows=len(good), kind=type(problem).__qualname__)
    answers: list[Answer | ReviewsError] = []
    for _, event in good:
        try:
            answers += await tell_some([event])
        except (DataError, IntegrityError):
            refusal = ReviewsError("the database refuses this event")
            answers.append(refusal)
            line = await _line(session, caller, msgspec.to_builtins(event), refusal.slug)
            await told_lines.note_refused(session, [line], now=now)
    return answers


def _rows(body: Any, most: int) -> list[Any]:
    """Return the rows of a batch; the body must be `{"triggers": [...]}` and nothing else."""
    if not isinstance(body, dict):
        raise InvalidError([field_error("body", "not_an_object")])
    given = cast("dict[str, Any]", body)
    found = [field_error(name, "unknown_field") for name in given if name != _ROW]
    rows = given.get(_ROW)
    if not isinstance(rows, list):
        raise InvalidError([*found, field_error(_ROW, "missing")])
    if len(rows) > most:
        found.append(field_error(_ROW, "too_many"))
    if found:
        raise InvalidError(found)
    return rows


def _id_in(row: Any) -> str | None:
    found = bodies.field(row, "event_id")
    return found if isinstance(found, str) else None


def _failed(event_id: str | None, problem: ReviewsError) -> dict[str, Any]:
    errors = [{"field": one.field, "code": one.code, "detail": one.detail} for one in problem.errors]
    return {"event_id": event_id, "status": problem.status, "outcome": "refused", "reason": problem.slug, "errors": errors}


def _result(event: Event, answer: Answer | ReviewsError) -> dict[str, Any]:
    if isinstance(answer, ReviewsError):
        return _failed(event.event_id, answer)
    return {"event_id": event.event_id, "status": HTTP_202_ACCEPTED if answer.fresh else HTTP_200_OK, **answer.body}


routes = [tell, tell_many]
