"""Health for whoever watches: alive, ready, and the meters behind a key."""

import hmac
import secrets
from collections import Counter
from datetime import datetime
from typing import Any, Final

import structlog
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import faults, job_queue, revisions
from reviews.web.context import AppContext, AppRequest
from reviews.web.observing import Meters

log: Final = structlog.get_logger("reviews.web")


@get("/health/live", name="health:live")
async def live() -> dict[str, str]:
    """Answer: the process is up."""
    return {"status": "ok"}


@get("/health/ready", name="health:ready")
async def ready(app_context: NamedDependency[AppContext], now: NamedDependency[datetime]) -> Response[dict[str, Any]]:
    """Answer whether requests can be served, and if not what is wrong: 503 with the reasons.

    How long the queues wait is shown beside it and decides nothing: a halted branch or a missing mail server is no fault of this process, and
    a restart would help neither. Nor do the faults: by a clock that lies this process goes on serving, with the time on which it and the database
    agreed last, so that what comes in is kept; what the background process leaves undone meanwhile is said here.
    Documents wait where walls are missing around their readers, and all else goes on.
    """
    reasons, waits, standing = await _database(app_context, now)
    reasons += await _storage(app_context)
    body = {
        "status": "unavailable" if reasons else "ok",
        "reasons": reasons,
        "faults": standing,
        "oldest_due_seconds": waits,
        "missing_walls": await app_context.missing_walls(),
    }
    return Response(body, status_code=503 if reasons else 200)


async def _database(app_context: AppContext, now: datetime) -> tuple[list[str], dict[str, int], list[str]]:
    try:
        async with app_context.maker.begin() as session:
            found = await session.scalar(text("SELECT version_num FROM alembic_version"))
            # A server that takes over as a replica answers every question and takes nothing.
            if await session.scalar(text("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")):
                return ["database_read_only"], {}, []
            waits = await queue_ages(session, now)
            standing = sorted({fault.name for fault in await faults.standing(session)})
    except (SQLAlchemyError, OSError) as problem:
        log.warning("database_not_ready", kind=type(problem).__qualname__)
        return ["database_unreachable"], {}, []
    return [] if found == revisions.newest() else ["schema_not_newest"], waits, standing


async def queue_ages(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Return for each queue how many seconds its oldest due row has been waiting."""
    return {queue.table.name: round((await job_queue.oldest_due(session, queue, now=now)).total_seconds()) for queue in job_queue.ALL}


async def _storage(app_context: AppContext) -> list[str]:
    probe = f"health/{secrets.token_hex(8)}"
    try:
        # Written and not only asked: a disk that is full or read-only answers questions.
        await app_context.store.put(probe, b"probe")
        await app_context.store.delete(probe)
    except OSError as problem:
        log.warning("storage_not_ready", kind=type(problem).__qualname__)
        return ["storage_not_writable"]
    return []


@get("/metrics", name="health:metrics")
async def metrics(
    request: AppRequest, app_context: NamedDependency[AppContext], session: NamedDependency[AsyncSession], now: NamedDependency[datetime]
) -> Response[bytes]:
    """Print the meters for Prometheus; without the key there is no such page."""
    key = app_context.settings.metrics_key.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    # Without a key in the settings nothing fits, not even an empty one.
    if not key or not hmac.compare_digest(given.encode(), key.encode()):
        raise NotFoundException
    meters = request.app.state["meters"]
    assert isinstance(meters, Meters)
    # Made for each answer: the ages are the database's, and several processes would each keep old ones.
    ages = CollectorRegistry()
    gauge = Gauge("reviews_oldest_due_seconds", "How long the oldest due row of a queue has been waiting", ["queue"], registry=ages)
    for queue, seconds in (await queue_ages(session, now)).items():
        gauge.labels(queue).set(seconds)
    present = Gauge("reviews_fault", "On how many processes a fault stands", ["fault"], registry=ages)
    standing = Counter(fault.name for fault in await faults.standing(session))
    for name in faults.SENTENCES:
        present.labels(name).set(standing[name])
    return Response(generate_latest(meters.registry) + generate_latest(ages), headers={"Content-Type": CONTENT_TYPE_LATEST})


routes: Final = [live, ready, metrics]
