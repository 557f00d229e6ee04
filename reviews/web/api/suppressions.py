"""Opt-outs that sources pass on, and take back: `POST /api/v1/suppressions` and `/suppressions/withdraw`."""

from datetime import datetime
from typing import Any, Final

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.invitations.intake.sources import Caller
from reviews.privacy import suppression, told_wishes
from reviews.web.api import bodies
from reviews.web.context import AppContext, AppRequest


@post("/suppressions", name="machine:suppress", status_code=HTTP_200_OK)
async def suppress(
    request: AppRequest,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
) -> Response[Any]:
    """Stop all mail to a customer who asked a branch for that: 200 when it counts, 202 when it waits for head office."""
    wish = suppression.read(await bodies.read_json(request))
    key, most = app_context.key_ring_of(caller).address_key(wish.email), app_context.settings.suppressions_per_day
    told = await told_wishes.tell(session, caller, wish, address_key=key, per_day=most, now=now)
    answer = {"suppressed": told.counts, "waits_for": told.waits_for, "stopped_invitations": told.stopped, **bodies.suggestions(wish.email)}
    return Response(answer, status_code=HTTP_200_OK if told.counts else HTTP_202_ACCEPTED)


@post("/suppressions/withdraw", name="machine:withdraw_suppression", status_code=HTTP_200_OK)
async def withdraw(
    request: AppRequest,
    caller: NamedDependency[Caller],
    session: NamedDependency[AsyncSession],
    now: NamedDependency[datetime],
    app_context: NamedDependency[AppContext],
) -> dict[str, Any]:
    """Take back what this source told: 404 where it told nothing. What a person said themselves, or another source told, stays."""
    wish = suppression.read(await bodies.read_json(request))
    key, by = app_context.key_ring_of(caller).address_key(wish.email), f"source:{caller.name}"
    still = await told_wishes.withdraw(session, caller.source_id, key, by=by, horizon=app_context.horizon, now=now)
    return {"withdrawn": True, "suppressed": still}


routes: Final = [suppress, withdraw]
