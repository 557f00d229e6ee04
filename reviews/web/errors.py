"""Say what went wrong: problem details (RFC 9457) to machines, a page with a next step to people."""

import errno
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, NotFoundException

from reviews.errors import ReviewsError, TooManyError
from reviews.validation import in_english
from reviews.web import pages, unavailable
from reviews.web.context import AppRequest
from reviews.web.observing import request_id

MACHINE_PATHS: Final = ("/api/", "/hooks/", "/health/", "/metrics")
_SLUGS: Final = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    503: "unavailable",
}
_PAGES: Final = frozenset({400, 401, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503})
_AGAIN_SECONDS: Final = 5
"""After how long it is worth asking again when the database or the disk is away: a restart of either takes about that."""
DETAILS: Final[dict[str, tuple[str, str]]] = {
    "malformed": ("Dit verzoek is niet te lezen.", "This request can't be read."),
    "unauthorized": ("Geef een geldige sleutel mee: Authorization: Bearer …", "Send a valid key: Authorization: Bearer …"),
    "bad_signature": ("De handtekening klopt niet, of is ouder dan vijf minuten.", "The signature does not fit, or is older than five minutes."),
    "forbidden": ("Dit mag met deze sleutel niet.", "This key may not do this."),
    "not_found": ("Dit bestaat niet, of niet voor u.", "There is no such thing, or not for you."),
    "method_not_allowed": ("Dit adres kent deze methode niet.", "This address does not know this method."),
    "too_slow": ("De inhoud kwam te langzaam binnen.", "The body came in too slowly."),
    "conflict": ("De toestand is intussen veranderd.", "The state has changed meanwhile."),
    "too_large": ("De inhoud is te groot.", "The body is too large."),
    "unsupported_media_type": ("Stuur application/json.", "Send application/json."),
    "not_a_mail": (
        "Stuur de hele mail als message/rfc822, of in het veld email van een formulier.",
        "Send the whole mail as message/rfc822, or in the field email of a form.",
    ),
    "invalid": ("De inhoud klopt niet; zie errors.", "The body is not right; see errors."),
    "too_many_requests": ("Te veel verzoeken; wacht even.", "Too many requests; wait a moment."),
    "unavailable": ("Even niet bereikbaar.", "Unavailable for a moment."),
    "internal_error": ("Er ging bij ons iets mis.", "Something went wrong on our side."),
    "event_id_reused": ("Dit event_id kwam al eerder met een andere inhoud.", "This event_id came before with other content."),
    "number_of_another_customer": (
        "Dit nummer is al van een opdracht van een andere klant; zie errors.",
        "A job of another customer has this number already; see errors.",
    ),
    "number_of_several_jobs": (
        "Meer dan één opdracht heeft dit nummer; zie errors.",
        "More than one job has this number; see errors.",
    ),
    "not_from_this_state": (
        "Deze uitkomst kan niet volgen op de staat van de uitnodiging; zie GET /api/v1/test/outcomes.",
        "This outcome can't follow on the state of the invitation; see GET /api/v1/test/outcomes.",
    ),
    "too_late": ("Te laat: de uitnodiging is al weg.", "Too late: the invitation has left already."),
    "already_decided": ("Hierover is al besloten.", "This was decided already."),
}


class UninvitedOffError(ReviewsError):
    """The branch exists and takes no reviews without an invitation."""

    status = 404
    slug = "uninvited_off"


class ForgedError(ReviewsError):
    """What came in is not signed by whom it should be, or not lately."""

    status = 401
    slug = "bad_signature"


class NotLoggedInError(ReviewsError):
    """The desk is for people who logged in."""

    status = 401
    slug = "not_logged_in"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details as RFC 9457 has them; `errors` lists all that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = msgspec.field(default_factory=list)


def answer(request: AppRequest, exception: Exception) -> Response[Any]:
    """Answer any error in the caller's own terms."""
    status = _status(exception)
    headers = dict[str, str]()
    if isinstance(exception, TooManyError) or status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(exception.retry_after if isinstance(exception, TooManyError) else _AGAIN_SECONDS)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        # What is still to come of this body must not be taken for the next request.
        headers["Connection"] = "close"
    if request.scope["path"].startswith(MACHINE_PATHS):
        return _problem(request, exception, status, headers)
    if isinstance(exception, NotLoggedInError):
        return _to_login(request)
    shown = status if status in _PAGES else 500
    special = "uninvited_off" if isinstance(exception, UninvitedOffError) else str(shown)
    made = pages.page(request, "error.html", status=status, kind=special, request_id=request_id(request.scope), exception=exception)
    made.headers.update(headers)
    if pages.wants_fragment(request):
        # htmx would put the error page into the fragment that asked.
        made.headers["HX-Retarget"] = "body"
    return made


def _to_login(request: AppRequest) -> Response[Any]:
    """Redirect to the login; a part of a page can't be replaced by it, so htmx gets the order to leave the page."""
    if pages.wants_fragment(request):
        # With a 303 htmx would follow it and put the login form into the fragment.
        return Response("", headers={"HX-Redirect": "/desk/login"})
    return pages.see_other("/desk/login")


def _status(exception: Exception) -> int:
    if isinstance(exception, ReviewsError):
        return exception.status
    if unavailable.is_away(exception):
        return HTTPStatus.SERVICE_UNAVAILABLE
    # Litestar wraps what the file system says of a name that no file can have.
    if isinstance(exception.__cause__, OSError) and exception.__cause__.errno == errno.ENAMETOOLONG:
        return HTTPStatus.NOT_FOUND
    return exception.status_code if isinstance(exception, HTTPException) else 500


def _problem(request: AppRequest, exception: Exception, status: int, headers: dict[str, str]) -> Response[Any]:
    slug = exception.slug if isinstance(exception, ReviewsError) else _SLUGS.get(status, "internal_error")
    english = pages.language_of(request) == "en"
    errors = exception.errors if isinstance(exception, ReviewsError) else ()
    problem = Problem(
        type=slug,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=DETAILS.get(slug, DETAILS["internal_error"])[1 if english else 0],
        errors=[
            {"field": said.field, "code": said.code, "detail": said.detail}
            for said in ([in_english(error) for error in errors] if english else errors)
        ],
    )
    return Response(problem, status_code=status, media_type="application/problem+json", headers=headers)


HANDLERS: Final[dict[int | type[Exception], Any]] = {Exception: answer, HTTPException: answer, NotFoundException: answer, ReviewsError: answer}
