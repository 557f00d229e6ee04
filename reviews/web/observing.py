"""Log and count what happened: route templates, statuses and times, never addresses, queries, cookies or names."""

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncGenerator
from typing import Final
from uuid import uuid4

import structlog
from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from reviews.errors import ReviewsError
from reviews.lag import LagMeter
from reviews.web import unavailable

log: Final = structlog.get_logger("reviews.web")
UNMATCHED: Final = "unmatched"
_FRAMES: Final = 8


class Meters:
    """Counts and times of requests, by method, route template and status."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self.lag = LagMeter()
        self.requests = Counter("reviews_requests", "Requests answered", ["method", "route", "status"], registry=registry)
        self.seconds = Histogram("reviews_request_seconds", "Time to the first byte of the answer", ["method", "route"], registry=registry)


@contextlib.asynccontextmanager
async def measuring_lag(app: Litestar) -> AsyncGenerator[None]:
    """Measure how late the event loop is, as long as the application lives."""
    meters = app.state["meters"]
    assert isinstance(meters, Meters)
    task = asyncio.create_task(meters.lag.run())
    try:
        yield
    finally:
        task.cancel()


def start_watch(app: ASGIApp) -> ASGIApp:
    """Note when a request that found its route came in."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        # perf_counter and not the clock: a duration must not jump when the clock is set.
        scope["state"]["started"] = time.perf_counter()
        await app(scope, receive, send)

    return watched


def leave_out(scope: Scope) -> None:
    """Let a request count in no meter: a test source's says nothing of the service."""
    scope["state"]["metered"] = False


async def note(message: Message, scope: Scope) -> None:
    """Log and count one answer, and give it an id that a person can quote to us."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    message.setdefault("headers", [])
    MutableScopeHeaders.from_message(message)["X-Request-Id"] = request_id(scope)
    took = time.perf_counter() - scope["state"].get("started", time.perf_counter())
    # The template: a path holds tokens and ids, and each would be a series of its own in the meters.
    method, route, status = scope["method"], scope.get("path_template") or UNMATCHED, int(message["status"])
    # Each page asks for several: they would hide the pages among the requests.
    if route.startswith("/static"):
        return
    log.info("request", request_id=request_id(scope), method=method, route=route, status=status, ms=round(took * 1000))
    if not scope["state"].get("metered", True):
        return
    meters = scope["litestar_app"].state["meters"]
    assert isinstance(meters, Meters)
    meters.requests.labels(method, route, str(status)).inc()
    meters.seconds.labels(method, route).observe(took)


async def note_failure(exception: Exception, scope: Scope) -> None:
    """Log an unexpected error: its kind and the lines it came through, not its message, which may quote a person.

    What is away for a while is said shortly and as a warning: it comes with each request until it is back.
    """
    if isinstance(exception, ReviewsError) and exception.status < 500:
        return
    if isinstance(exception, HTTPException) and exception.status_code < 500:
        return
    if unavailable.is_away(exception):
        log.warning("unavailable", request_id=request_id(scope), kind=type(exception).__qualname__)
        return
    frames = [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(exception.__traceback__)]
    log.error("unhandled_error", request_id=request_id(scope), kind=type(exception).__qualname__, frames=frames[-_FRAMES:])


def request_id(scope: Scope) -> str:
    """Return the id of this request, made at the first question."""
    state = scope.setdefault("state", {})
    known = state.get("request_id")
    if not isinstance(known, str):
        known = state["request_id"] = uuid4().hex[:12]
    return known
