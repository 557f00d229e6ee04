"""Notice a proxy that the settings do not name: all who come through it would count as one visitor for every limit."""

import asyncio
import contextlib
import ipaddress
import time
from typing import Final

import structlog
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.exc import SQLAlchemyError

from reviews.database import faults
from reviews.web.context import AppContext, context_in

log: Final = structlog.get_logger("reviews.web")
_EVERY: Final = 60.0


class ProxyWatch:
    """Tells of a proxy that is not trusted: in the log once, and to the administrator as a fault for as long as requests come through it."""

    def __init__(self) -> None:
        self._said_at: float | None = None
        self._reporting: asyncio.Task[None] | None = None

    def look(self, scope: Scope) -> None:
        """Look at where a request came from; no request waits for what is told of it."""
        if (peer := _stranger_between(scope)) is None:
            return
        if self._said_at is None:
            log.warning("proxy_not_trusted", peer=peer)
        elif time.monotonic() - self._said_at < _EVERY:
            return
        self._said_at = time.monotonic()
        self._reporting = asyncio.create_task(_report(context_in(scope["litestar_app"]), peer))


async def _report(app_context: AppContext, peer: str) -> None:
    # A database that is away is told of elsewhere.
    with contextlib.suppress(SQLAlchemyError, OSError):
        async with app_context.maker.begin() as session:
            await faults.report(session, faults.PROXY, peer)


def _stranger_between(scope: Scope) -> str | None:
    """Return the address of a peer that passes requests on and is not trusted.

    The port is 0 where the server has replaced a trusted proxy's address by its visitor's. From a public address anybody may send the header;
    from one of the own network it is what a proxy sends.
    """
    client = scope["client"]
    if not client or not client[1] or "x-forwarded-for" not in Headers.from_scope(scope):
        return None
    try:
        return client[0] if ipaddress.ip_address(client[0]).is_private else None
    except ValueError:
        return None


def notice_proxy(app: ASGIApp) -> ASGIApp:
    """Look at each request on its way in."""

    async def noticing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            watch = scope["litestar_app"].state["proxies"]
            assert isinstance(watch, ProxyWatch)
            watch.look(scope)
        await app(scope, receive, send)

    return noticing
