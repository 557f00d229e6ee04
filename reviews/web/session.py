"""Log in at the desk, set a password by a one-time link, and log out.

Litestar's own sessions adopt whatever id a browser sends, so a planted cookie would be logged in with its victim. Here the cookie holds a
token that only a login makes, and the database knows its digest: a token that we did not give out means nothing (OWASP ASVS 7.2.4).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import faults, rate_limits
from reviews.errors import InvalidError, TooManyError
from reviews.invitations.oversight import attention
from reviews.invitations.oversight.attention import Waiting
from reviews.keys import digest
from reviews.moderation import users
from reviews.moderation.users import Manager
from reviews.web import forms, known_browser, pages
from reviews.web.context import AppRequest, context_of
from reviews.web.errors import NotLoggedInError

WINDOW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Login:
    """Who is at the desk, the token that their forms must carry, what waits for them, and what is out of order, in sentences."""

    manager: Manager
    form_token: str
    waiting: Waiting
    faults: tuple[str, ...]


async def provide_login(request: AppRequest, session: NamedDependency[AsyncSession], now: NamedDependency[datetime]) -> Login:
    """Return who is logged in; raise NotLoggedInError for anybody else."""
    token = _token(request)
    found = await users.manager_of(session, token, now=now) if token else None
    if not found:
        raise NotLoggedInError("nobody is logged in with this cookie")
    manager, form_token = found
    everywhere = manager.role == "office"
    names = dict.fromkeys(fault.name for fault in await faults.standing(session))
    told = tuple(faults.SENTENCES[name] for name in names if everywhere or name in faults.FOR_EVERYBODY)
    return Login(manager, form_token, await attention.waiting(session, list(manager.branch_ids), everywhere=everywhere), told)


def _token(request: AppRequest) -> str:
    return request.cookies.get(forms.cookie_name(request, "session"), "")


def session_cookie(request: AppRequest, token: str) -> Cookie:
    """Make the cookie of a login; an empty token ends it."""
    hours = context_of(request).settings.session_hours
    return forms.cookie(request, "session", token, max_age=hours * 3600 if token else 0)


def caller(request: AppRequest) -> bytes:
    """Return what limits count a network address by; a proxy's header is believed only where settings name that proxy."""
    return counted(request, _network(request.client.host) if request.client else "unknown")


def _network(host: str) -> str:
    """Return what an address counts as: an IPv6 customer holds a whole /64 (RFC 6177), and may call from each address of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        # An IPv4 caller of a socket for both counts as what it is.
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return host


def counted(request: AppRequest, what: str) -> bytes:
    """Return the pseudonym of anything that is counted, however long or odd it is."""
    # Keyed, so that the table of counters names no address.
    return context_of(request).key_ring.address_key(f"{digest(what).hex()}@counted")


@get("/desk/login", name="session:login")
async def show_login(request: AppRequest) -> Template:
    """Show the login form."""
    return pages.page(request, "desk/login.html", language="nl", email="", failed=False)


@post("/desk/login", status_code=200, name="session:log_in")
async def log_in(request: AppRequest, session: NamedDependency[AsyncSession], now: NamedDependency[datetime]) -> Response[Any]:
    """Open a login under a new token; an unknown address gets the same answer as a wrong password, and as late."""
    form = await forms.of_browser(request)
    email = form.get("email", "").strip()
    try:
        await _count_try(request, session, email, now)
    except TooManyError as limit:
        await session.rollback()
        return pages.limited(request, "desk/login.html", limit, language="nl", email=email, failed=False)
    manager = await users.authenticate(session, email, form.get("password", ""))
    if manager is None:
        return pages.page(request, "desk/login.html", status=422, language="nl", email=email, failed=True)
    return await _start(request, session, manager, email, now)


async def _count_try(request: AppRequest, session: AsyncSession, email: str, now: datetime) -> None:
    """Count a login; raise TooManyError when there are too many. A browser that logged in as this account before has a count of its own."""
    most = context_of(request).settings.logins_per_5_minutes
    if known := known_browser.of(request, email, await users.password_mark(session, email)):
        await rate_limits.count(session, "login_known_browser", known, window=WINDOW, most=most, now=now)
        return
    # Both: one address may try many accounts, and many addresses one account.
    await rate_limits.count(session, "login_address", caller(request), window=WINDOW, most=most, now=now)
    await rate_limits.count(session, "login_account", counted(request, email.casefold()), window=WINDOW, most=most, now=now)


async def _start(request: AppRequest, session: AsyncSession, manager: Manager, email: str, now: datetime) -> Redirect:
    await users.close_session(session, _token(request))
    known = known_browser.mark(request, email, await users.password_mark(session, email))
    token = await users.open_session(session, manager.user_id, now=now, hours=context_of(request).settings.session_hours)
    return pages.see_other("/desk", cookies=[session_cookie(request, token), known])


@get("/desk/start/{token:str}", name="session:start")
async def show_start(request: AppRequest, token: FromPath[str]) -> Template:
    """Show the form that sets a password; opening the link uses nothing up, because mail scanners open links."""
    return pages.page(request, "desk/start.html", language="nl", token=token, error=None, least=users.LEAST_PASSWORD)


@post("/desk/start/{token:str}", status_code=200, name="session:set_password")
async def set_password(
    request: AppRequest, token: FromPath[str], session: NamedDependency[AsyncSession], now: NamedDependency[datetime]
) -> Response[Any]:
    """Set the password and lead to the login, which is where a new session begins."""
    form = await forms.of_browser(request)
    await rate_limits.count(session, "password_link", caller(request), window=WINDOW, most=context_of(request).settings.logins_per_5_minutes, now=now)
    password = form.get("password", "")
    error = "De twee wachtwoorden zijn niet gelijk." if password != form.get("again", "") else None
    if error is None:
        try:
            await users.set_password(session, token, password, now=now)
        except InvalidError as problem:
            error = problem.errors[0].detail
        else:
            return pages.see_other("/desk/login")
    return pages.page(request, "desk/start.html", status=422, language="nl", token=token, error=error, least=users.LEAST_PASSWORD)


@post("/desk/logout", status_code=200, name="session:log_out")
async def log_out(request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login]) -> Redirect:
    """End the login here and in the browser."""
    await forms.of_login(request, login.form_token)
    await users.close_session(session, _token(request))
    return pages.see_other("/desk/login", cookies=[session_cookie(request, "")])


routes: Final = [
    Router(path="/", route_handlers=[show_login, log_in, show_start, set_password]),
    Router(path="/", route_handlers=[log_out], dependencies={"login": Provide(provide_login)}),
]
