"""The pages that people see: the form behind an invitation, and a location's profile."""

from pathlib import Path
from typing import Annotated, Any, Final

import jinja2
from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK

from standins.klantenvertellen import questions, submission
from standins.klantenvertellen.answers import RefusedError
from standins.klantenvertellen.book import Book, Invitation, Location
from standins.klantenvertellen.desk import desk_of

_HERE: Final = Path(__file__).parent / "templates"
_POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_templates: Final = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined)
Code = Annotated[str, QueryParameter(name="code", max_length=200)]
Reference = Annotated[str, QueryParameter(name="reference_code", max_length=200)]
Lang = Annotated[str, QueryParameter(name="lang", max_length=5)]


@get("/", sync_to_thread=False)
def home(state: State) -> Response[str]:
    """List the locations."""
    pages = desk_of(state).book.pages
    counts = {one: sum(1 for review in pages.reviews if review.location_id == one) for one in pages.locations}
    return _page("home.html", locations=list(pages.locations.values()), counts=counts)


@get("/reviews/{location_id:str}/{slug:str}", sync_to_thread=False)
def profile(state: State, location_id: FromPath[str], slug: FromPath[str]) -> Response[str]:  # noqa: ARG001 - the slug is decoration
    """Show a location with its reviews, newest first."""
    book = desk_of(state).book
    location = _known_location(book, location_id)
    reviews = [review for review in reversed(book.pages.reviews) if review.location_id == location_id]
    return _page("profile.html", location=location, reviews=reviews)


@get("/add-review/{location_id:str}/{slug:str}", sync_to_thread=False)
def open_form(state: State, location_id: FromPath[str], slug: FromPath[str]) -> Response[str]:  # noqa: ARG001 - the slug is decoration
    """Explain that reviews without an invitation are written elsewhere."""
    return _page("closed.html", location=_known_location(desk_of(state).book, location_id), used=False)


@get("/invite-link/{location_id:str}/{slug:str}", sync_to_thread=False)
def form(
    state: State,
    location_id: FromPath[str],
    slug: FromPath[str],  # noqa: ARG001 - the slug is decoration
    code: Code = "",
    reference: Reference = "",
    lang: Lang = "nl",
) -> Response[str]:
    """Show the form behind an invitation, or behind a location's invite link; looking changes nothing."""
    book = desk_of(state).book
    invitation = _invitation(book, location_id, code, reference, lang)
    if invitation.review_id is not None:
        return _page("closed.html", location=_known_location(book, location_id), used=True)
    name = " ".join(part for part in (invitation.first_name, invitation.last_name) if part)
    return _form(book, invitation, {"name": name, "city": invitation.city}, mistake="", status=HTTP_200_OK)


@post("/invite-link/{location_id:str}/{slug:str}", status_code=HTTP_200_OK)
async def fill_in(
    request: Request[Any, Any, State],
    state: State,
    location_id: FromPath[str],
    slug: FromPath[str],  # noqa: ARG001 - the slug is decoration
    code: Code = "",
    reference: Reference = "",
    lang: Lang = "nl",
) -> Response[str]:
    """Publish what the person wrote, or show the form again with what is missing."""
    book = desk_of(state).book
    invitation = _invitation(book, location_id, code, reference, lang)
    filled_in = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    try:
        submission.by_invitation(book, invitation, filled_in)
    except RefusedError as problem:
        if problem.status == 409:
            return _page("closed.html", location=_known_location(book, location_id), used=True)
        return _form(book, invitation, filled_in, mistake=_in_dutch(problem), status=422)
    return _page("thanks.html", location=_known_location(book, location_id))


@get("/style.css", sync_to_thread=False)
def style() -> Response[str]:
    """Serve the style sheet."""
    return Response((_HERE / "style.css").read_text("utf-8"), media_type="text/css")


def _known_location(book: Book, location_id: str) -> Location:
    location = book.pages.locations.get(location_id)
    if location is None:
        raise NotFoundException(detail="Deze locatie kennen we niet.")
    return location


def _invitation(book: Book, location_id: str, code: str, reference: str, language: str) -> Invitation:
    """Return the invitation behind a code, or the one that the caller's own mail made by the invite link: no address is asked for there."""
    invitation = book.by_reference(location_id, reference, language) if reference and not code else book.invitation(location_id, code)
    if invitation is None:
        raise NotFoundException(detail="Deze uitnodiging kennen we niet. Gebruik de link uit uw mail.")
    return invitation


def _form(book: Book, invitation: Invitation, values: dict[str, str], *, mistake: str, status: int) -> Response[str]:
    location = book.pages.locations[invitation.location_id]
    return _page("form.html", status, location=location, invitation=invitation, questions=questions.QUESTIONS, values=values, mistake=mistake)


def _in_dutch(problem: RefusedError) -> str:
    if problem.detail_code == "REQUIRED_FIELD":
        return "Vul alle verplichte vragen in; er ontbreekt nog een antwoord."
    return "Een antwoord klopt niet. Kijk de vragen nog eens na."


def _page(template: str, status: int = HTTP_200_OK, **values: object) -> Response[str]:
    return Response(
        _templates.get_template(template).render(values),
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"},
    )


HANDLERS = [home, profile, open_form, form, fill_in, style]
