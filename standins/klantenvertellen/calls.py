"""The REST API, as programs call it."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from standins.klantenvertellen import answers, invitations, questions, reading, submission
from standins.klantenvertellen.answers import RefusedError, invalid, required, unauthorized
from standins.klantenvertellen.book import Location, Review
from standins.klantenvertellen.desk import Desk, desk_of

_TOKEN = "X-Publication-Api-Token"  # noqa: S105 - the name of a header
Call = Request[Any, Any, State]


@post("/v1/invite/external", status_code=HTTP_200_OK)
async def invite(request: Call, state: State) -> dict[str, str]:
    """Schedule an invitation."""
    desk = desk_of(state)
    invitations.accept(desk.book, _object(await request.body()), _token(request))
    desk.work_to_do()
    return answers.OK


@get("/v1/publication/review/external")
async def reviews(request: Call, state: State) -> object:
    """Return a location with a page of its reviews."""
    desk = desk_of(state)
    location = _location_of_query(request, desk)
    return reading.page(desk.book, location, dict(request.query_params), host=desk.host, turn=desk.next_turn())


@get("/v1/publication/review/external/location/statistics")
async def statistics(request: Call, state: State) -> object:
    """Return the averages of a location."""
    desk = desk_of(state)
    return reading.statistics(desk.book, _location_of_query(request, desk), host=desk.host)


@get("/v1/publication/review/locations/latest")
async def latest(request: Call, state: State) -> object:
    """Return the locations with activity; a partner's token is needed."""
    desk = desk_of(state)
    if not desk.partner_token or _token(request) != desk.partner_token:
        raise unauthorized()
    return reading.latest(desk.book, dict(request.query_params), host=desk.host)


@get("/v1/publication/review/removed/latest")
async def removed(request: Call, state: State) -> object:
    """Return removed reviews of the tenant, other people's locations among them."""
    desk = desk_of(state)
    token = _token(request)
    location = next((one for one in desk.book.pages.locations.values() if one.token == token), None)
    if location is None:
        raise unauthorized()
    return reading.removed(desk.book, location.tenant_id, dict(request.query_params))


@put("/v1/publication/review/response")
async def respond(request: Call, state: State) -> dict[str, str]:
    """Answer a review in public or in private."""
    desk = desk_of(state)
    body = _object(await request.body())
    review = _review_of(body, request, desk)
    response = body.get("response")
    if not isinstance(response, str) or not response.strip():
        raise required("response")
    if body.get("reviewResponseType") not in ("PUBLIC", "PRIVATE"):
        raise invalid("reviewResponseType", "must be PUBLIC or PRIVATE")
    if body["reviewResponseType"] == "PUBLIC":
        review.comments = response
        review.updated_at = desk.book.moments.now()
    desk.book.changed = True
    return answers.OK


@put("/v1/publication/review/changerequest")
async def request_change(request: Call, state: State) -> dict[str, str]:
    """Ask the reviewer to change the review."""
    desk = desk_of(state)
    _review_of(_object(await request.body()), request, desk).change_requests += 1
    desk.book.changed = True
    return answers.OK


@put("/v1/publication/review/abuse")
async def report_abuse(request: Call, state: State) -> dict[str, str]:
    """Report a review."""
    desk = desk_of(state)
    body = _object(await request.body())
    review = _review_of(body, request, desk)
    reason = body.get("abuseReason")
    if not isinstance(reason, str) or not reason.strip():
        raise required("abuseReason")
    review.abuse_reasons.append(reason)
    desk.book.changed = True
    return answers.OK


@get("/v1/publication/question/{location_id:str}")
async def questionnaire(request: Call, state: State, location_id: FromPath[str]) -> object:
    """Return the location's questionnaire."""
    desk = desk_of(state)
    invitations.authorize(desk.book, location_id, _token(request))
    return questions.questionnaire(request.query_params.get("locale", "nl"), desk.host)


@post("/v1/publication/review/{location_id:str}", status_code=HTTP_200_OK)
async def submit(request: Call, state: State, location_id: FromPath[str]) -> dict[str, str]:
    """Take in a review that was filled in on the caller's own form."""
    desk = desk_of(state)
    location = invitations.authorize(desk.book, location_id, _token(request))
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", "multipart/form-data is needed", "UNSUPPORTED_MEDIA_TYPE")
    form = await request.form()
    part = form.get("data")
    filename, raw = (part.filename, await part.read()) if isinstance(part, UploadFile) else ("", b"")
    submission.own_form(desk.book, location, filename, raw)
    return answers.OK


def refuse(_request: Call, problem: RefusedError) -> Response[bytes]:
    """Turn a refusal into the platform's error body."""
    return answers.refusal(problem)


def _token(request: Call) -> str | None:
    return request.headers.get(_TOKEN)


def _location_of_query(request: Call, desk: Desk) -> Location:
    return invitations.authorize(desk.book, request.query_params.get("locationId", ""), _token(request))


def _object(raw: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid("body", "is not a JSON object") from None


def _review_of(body: dict[str, object], request: Call, desk: Desk) -> Review:
    location = invitations.authorize(desk.book, str(body.get("locationId") or ""), _token(request))
    if body.get("tenantId") != location.tenant_id:
        raise invalid("tenantId", "is not the location's")
    review = desk.book.review(str(body.get("reviewId") or ""))
    if review is None or review.location_id != location.location_id:
        raise invalid("reviewId", "is unknown")
    return review


HANDLERS = [invite, reviews, statistics, latest, removed, respond, request_change, report_abuse, questionnaire, submit]
