"""Health for whoever watches: alive, ready, and the meters behind a key."""

import hmac
import math
from collections import Counter
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import faults
from reviews.web.api.readiness import ReadinessCheck, queue_ages
from reviews.web.context import AppContext, AppRequest
from reviews.web.observing import Meters


@get("/health/live", name="health:live")
async def live() -> dict[str, str]:
    """Answer: the process is up."""
    return {"status": "ok"}


@get("/health/ready", name="health:ready")
async def ready(request: AppRequest, app_context: NamedDependency[AppContext], now: NamedDependency[datetime]) -> Response[dict[str, Any]]:
    """Answer whether requests can be served, and if not why: 503 with the reasons. Whoever has the key of the meters is told the rest as well."""
    check = request.app.state["readiness"]
    assert isinstance(check, ReadinessCheck)
    found = await check.state(app_context, now)
    told = msgspec.to_builtins(found) if _has_key(request, app_context) else {"reasons": found.reasons}
    if not found.reasons:
        return Response({"status": "ok", **told})
    # Before it looks again, the answer is the same.
    return Response({"status": "unavailable", **told}, status_code=503, headers={"Retry-After": str(max(1, math.ceil(check.every)))})


def _has_key(request: AppRequest, app_context: AppContext) -> bool:
    key = app_context.settings.metrics_key.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    # Without a key in the settings nothing fits, not even an empty one.
    return bool(key) and hmac.compare_digest(given.encode(), key.encode())


@get("/metrics", name="health:metrics")
async def metrics(
    request: AppRequest, app_context: NamedDependency[AppContext], session: NamedDependency[AsyncSession], now: NamedDependency[datetime]
) -> Response[bytes]:
    """Print the meters for Prometheus; without the key there is no such page."""
    if not _has_key(request, app_context):
        raise NotFoundException
    meters = request.app.state["meters"]
    assert isinstance(meters, Meters)
    # Made for each answer: the ages are the database's, and several processes would each keep old ones.
    ages = CollectorRegistry()
    gauge = Gauge("reviews_oldest_due_seconds", "How long the oldest due row of a queue has been waiting", ["queue"], registry=ages)
    for queue, seconds in (await queue_ages(session, now)).items():
        gauge.labels(queue).set(seconds)
    lag = Gauge("reviews_event_loop_lag_seconds", "The longest that the event loop was held up in the last minute", registry=ages)
    lag.set(meters.lag.longest)
    present = Gauge("reviews_fault", "On how many processes a fault stands", ["fault"], registry=ages)
    standing = Counter(fault.name for fault in await faults.standing(session))
    for name in faults.SENTENCES:
        present.labels(name).set(standing[name])
    return Response(generate_latest(meters.registry) + generate_latest(ages), headers={"Content-Type": CONTENT_TYPE_LATEST})


routes: Final = [live, ready, metrics]
