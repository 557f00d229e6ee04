"""Wait for the body of a request no longer than somebody needs who means it (CWE-400): a bad line is patient enough, a hanging one is cut."""

import asyncio

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from reviews.errors import TooSlowError
from reviews.web.context import context_in


def cut_slow_bodies(app: ASGIApp) -> ASGIApp:
    """Raise TooSlowError in whoever reads a body that is behind its least speed, once a first grace is over."""

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            settings = context_in(scope["litestar_app"]).settings
            receive = _InTime(receive, grace=settings.body_grace_seconds, speed=settings.body_bytes_per_second)
        await app(scope, receive, send)

    return patient


class _InTime:
    """Receives the parts of one body, as long as all of it so far came at `speed` bytes a second, `grace` seconds apart."""

    def __init__(self, receive: Receive, *, grace: float, speed: int) -> None:
        self._receive, self._grace, self._speed = receive, grace, speed
        self._started: float | None = None
        self._bytes = 0
        self._whole = False

    async def __call__(self) -> HTTPReceiveMessage | WebSocketReceiveMessage:
        # Behind the body only the end of the connection is waited for, as long as it takes.
        if self._whole:
            return await self._receive()
        # The clock starts when somebody begins to read, so that a handler that looks something up first takes nobody's time.
        self._started = self._started or asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self._started + self._grace + self._bytes / self._speed):
                message = await self._receive()
        except TimeoutError:
            raise TooSlowError("the body comes in too slowly") from None
        if message["type"] == "http.request":
            self._bytes += len(message["body"])
            self._whole = not message["more_body"]
        return message
