"""Forms that only our own pages can send: checked by the request's origin, and by a token that the page and the browser share.

Two checks, because each alone has gaps: browsers say where a request comes from (Fetch Metadata, Origin), and a form carries a token.
At the desk the token belongs to the login. Customers have no login, so theirs is a signature over a random cookie (a signed double submit).
What machines call, and the one-tap opt-out of RFC 8058, is exempt: the handler says `opt={"machine": True}`.
"""

import hmac
import secrets
from typing import Final

from litestar.datastructures import Cookie, Headers, UploadFile
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import ClientException
from litestar.types import ASGIApp, Receive, Scope, Send

from reviews.errors import ForbiddenError
from reviews.web.context import AppRequest, context_of, let_go

FIELD: Final = "form_token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_FIELDS: Final = 200
# In front of what is signed, so that no signature of another kind fits a form.
_STATEMENT: Final = b"a form of the review service: "


def refuse_other_sites(app: ASGIApp) -> ASGIApp:
    """Refuse what another site makes a browser send here."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE and not scope["route_handler"].opt.get("machine"):
            check_origin(Headers.from_scope(scope))
        await app(scope, receive, send)

    return guarded


def check_origin(headers: Headers) -> None:
    """Raise ForbiddenError when a browser says that another site is behind this request."""
    # Absent in old browsers and in programs: for those the token alone must do. `none` is typed in or a bookmark.
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForbiddenError("the request comes from another site")
    origin = headers.get("origin")
    # The origin `null`, as of a sandboxed frame, matches no host.
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        raise ForbiddenError("the request comes from another origin")


def cookie_name(request: AppRequest, name: str) -> str:
    """Return a cookie's name; over https the prefix `__Host-` keeps other hosts of the domain from planting it."""
    return f"__Host-{name}" if context_of(request).secure else name


def cookie(request: AppRequest, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    """Make a cookie that scripts can't read and other sites' forms don't send."""
    return Cookie(
        key=cookie_name(request, name), value=value, path="/", httponly=True, secure=context_of(request).secure, samesite="lax", max_age=max_age
    )


def token_for(request: AppRequest) -> tuple[str, list[Cookie]]:
    """Return the token for the forms of a page without login, and the cookie to set when the browser has none yet."""
    known = request.cookies.get(cookie_name(request, "form"))
    nonce = known or secrets.token_urlsafe(24)
    return context_of(request).key_ring.sign_text(_said(nonce)), [] if known else [cookie(request, "form", nonce)]


def check_cookie(request: AppRequest) -> None:
    """Raise ForbiddenError for a browser that never opened a page of ours; asked before its body is read, the token after it."""
    if not request.cookies.get(cookie_name(request, "form")):
        raise ForbiddenError("the form was not made by our own page")


def check_token(request: AppRequest, form: dict[str, str]) -> None:
    """Raise ForbiddenError unless the form was made for this browser."""
    nonce = request.cookies.get(cookie_name(request, "form"), "")
    if not nonce or not context_of(request).key_ring.verify_text(_said(nonce), form.get(FIELD, "")):
        raise ForbiddenError("the form was not made by our own page")


async def of_browser(request: AppRequest) -> dict[str, str]:
    """Read a form of a page without login; raise ForbiddenError unless it was made for this browser."""
    check_cookie(request)
    form = await read_fields(request)
    check_token(request, form)
    return form


async def of_login(request: AppRequest, expected: str) -> dict[str, str]:
    """Read a form of the desk; raise ForbiddenError unless it was made for this login."""
    form = await read_fields(request)
    check_session_token(expected, form)
    return form


def check_session_token(expected: str, form: dict[str, str]) -> None:
    """Raise ForbiddenError unless the form was made for this login."""
    # In constant time, over bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(expected.encode(), form.get(FIELD, "").encode()):
        raise ForbiddenError("the form does not belong to this login")


def _said(nonce: str) -> bytes:
    return _STATEMENT + nonce.encode()


async def read_fields(request: AppRequest) -> dict[str, str]:
    """Return the text fields of a form; the last one counts where a name comes twice. A body that can't be read is a 400."""
    return {name: value for name, value in await _all_fields(request) if isinstance(value, str)}


async def read_uploads(request: AppRequest, field: str) -> tuple[dict[str, str], list[UploadFile]]:
    """Return the text fields of a form and the files that were chosen in `field`, in their order.

    Where nothing was chosen a browser sends an empty part without a name, which is a text and no file.
    """
    fields = await _all_fields(request)
    return {name: value for name, value in fields if isinstance(value, str)}, [
        value for name, value in fields if name == field and isinstance(value, UploadFile)
    ]


async def _all_fields(request: AppRequest) -> list[tuple[str, object]]:
    await let_go(request)
    # A form without files is counted before it is taken apart; one with files is bounded by Litestar's own limit of parts.
    if request.content_type[0] == RequestEncodingType.URL_ENCODED and (await request.body()).count(b"&") >= MOST_FIELDS:
        raise ClientException("the form has more fields than any of ours")
    try:
        form = await request.form()
    # Litestar answers a field that is not UTF-8, or names an unknown character set, with a 500.
    except (UnicodeDecodeError, LookupError):
        raise ClientException("the form is not in a character set that we can read") from None
    fields: list[tuple[str, object]] = list(form.multi_items())
    # PostgreSQL keeps no NUL in a text.
    if any("\0" in value for _, value in fields if isinstance(value, str)):
        raise ClientException("the form holds a NUL character")
    return fields
