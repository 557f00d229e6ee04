"""Make pages: which language, which form token, fragment or whole."""

from typing import Any

from babel.core import negotiate_locale
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from reviews.errors import TooManyError
from reviews.languages import DEFAULT, LANGUAGES
from reviews.web import forms
from reviews.web.context import AppRequest


def language_of(request: AppRequest) -> str:
    """Return the first language that this browser asks for and we speak; Dutch when there is none."""
    asked: list[tuple[float, str]] = []
    # Ten at most: the header is as long as its sender likes.
    for choice in request.headers.get("accept-language", "").split(",")[:10]:
        name, _, weight = choice.strip().partition(";q=")
        asked.append((_weight(weight), name.replace("-", "_")))
    # Weight 0 means "not this one" (RFC 9110, 12.4.2).
    wanted = [name for weight, name in sorted(asked, key=_heaviest) if weight > 0 and name.replace("_", "").isalnum()]
    return negotiate_locale(wanted, LANGUAGES) or DEFAULT


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _heaviest(choice: tuple[float, str]) -> float:
    return -choice[0]


def page(
    request: AppRequest, name: str, *, status: int = 200, language: str | None = None, cookies: list[Cookie] | None = None, **context: Any
) -> Template:
    """Make a page for somebody without a login, with the token that its forms need."""
    token, fresh = forms.token_for(request)
    return Template(
        name,
        context={"language": language or language_of(request), "form_token": token, "manager": None, "limit": None, **context},
        status_code=status,
        cookies=[*fresh, *(cookies or [])],
        media_type="text/html",
    )


def limited(request: AppRequest, name: str, limit: TooManyError, **context: Any) -> Template:
    """Make the page of a form that came too often: it keeps what was typed, and says when the next try is taken."""
    made = page(request, name, status=429, limit=limit, **context)
    made.headers["Retry-After"] = str(limit.retry_after)
    return made


def wants_fragment(request: AppRequest) -> bool:
    """Whether htmx asks, so that the inner part of the page is enough."""
    return request.headers.get("hx-request") == "true"


def see_other(path: str, *, cookies: list[Cookie] | None = None) -> Redirect:
    """Redirect the browser to a page of our own after a form; never to an address from the request."""
    return Redirect(path, status_code=303, cookies=cookies)
