"""Tell endpoints what was promised to them: signed, at least once, until they say yes or 75 hours have passed.

A webhook may be told twice, unlike a mail: its id is the same each time, and a receiver keeps it (Standard Webhooks, *idempotency*). So there
is no unknown here; what is not certainly taken is told again.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from standardwebhooks import Webhook

from reviews.clock import Clock
from reviews.database import due, job_queue
from reviews.database.job_queue import WEBHOOKS, Claimed
from reviews.database.tables import WebhookDelivery, WebhookEndpoint
from reviews.handover import driver, settling
from reviews.handover.outcomes import Mark, Outcome, Retry, Sent
from reviews.handover.row_by_row import RowByRow
from reviews.handover.settling import Patience
from reviews.keys import KeyRing
from reviews.reasons import HttpAnswer, Reason

MOST_ATTEMPTS = job_queue.MOST_TRIES
"""At once, and then after each pause: 75 hours in all."""

GONE = "http_410"
"""The receiver's way to say: never again (Standard Webhooks)."""


class NoReply(Reason):
    """Why a call to an endpoint brought no status at all."""

    TIMEOUT = "timeout", "Het systeem antwoordde niet op tijd."
    UNREACHABLE = "unreachable", "Het systeem was niet bereikbaar, of zijn certificaat klopt niet."
    NOT_HTTPS = "not_https", "Het adres begint niet met https://."
    UNKNOWN_HOST = "unknown_host", "De naam in het adres bestaat niet."
    PRIVATE_ADDRESS = "private_address", "Het adres ligt in een eigen netwerk. Zet zijn naam in REVIEWS_WEBHOOK_HOSTS."


class Reply(msgspec.Struct, frozen=True):
    """What a call came to: a status, or else why there is none; `after` is how long the receiver asks us to wait."""

    status: int | None = None
    failure: NoReply | None = None
    after: timedelta | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Poster(Protocol):
    """What calls an address, if it is one that may be called."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post a body and return what came of it; nothing is raised and no redirect is followed."""
        ...


def is_due() -> ColumnElement[bool]:
    """Whether a delivery waits for an endpoint that is told things (`reviews.database.due`)."""
    return due.is_due(WEBHOOKS, _listening())


def _listening() -> ColumnElement[bool]:
    return WebhookDelivery.endpoint_id.not_in(select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_at.is_not(None)))


@dataclass(frozen=True, slots=True)
class Deliverer:
    """The webhooks' side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    poster: Poster
    key_ring: KeyRing
    clock: Clock
    lease: timedelta

    async def deliver_due(self) -> int:
        """Claim one batch and tell it, one after the other; return how many there were."""
        delivery_errand = RowByRow(self.maker, WEBHOOKS, self.clock, self.lease, _ready, self._tell, _settle, only=_listening())
        return await driver.run(delivery_errand)

    async def _tell(self, one: "_Ready", /, *, mark: Mark) -> Outcome:
        """Tell it, without the mark: a webhook may be told twice."""
        del mark
        body = json.dumps(one.payload, ensure_ascii=False, separators=(",", ":")).encode()
        reply = await self.poster.post(one.url, headers=self._headers(one, body, self.clock.now()), body=body)
        return Sent() if reply.taken else Retry(reply.failure or HttpAnswer(f"http_{reply.status}"), reply.after)

    def _headers(self, one: "_Ready", body: bytes, now: datetime) -> dict[str, str]:
        """Return the id, the time and a signature by each secret that counts now."""
        name = f"msg_{one.id.hex}"
        secrets = [one.secret] if one.previous_until is None or one.previous_until <= now else [one.secret, one.previous_secret]
        signed = [Webhook(self.key_ring.decrypt(secret)).sign(name, now, body.decode()) for secret in secrets if secret]
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }

    async def sweep(self) -> int:
        """Let what a lost worker held be told again; return how many that were."""
        async with self.maker.begin() as session:
            swept = await job_queue.sweep(session, WEBHOOKS, now=self.clock.now())
        return swept.returned + len(swept.dead)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A claimed delivery with all that telling it needs; its secrets stay sealed until they sign."""

    id: uuid.UUID
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    payload: dict[str, Any]


async def _ready(session: AsyncSession, claimed: Claimed, _: datetime) -> _Ready:
    delivery = await session.get_one(WebhookDelivery, claimed.key)
    endpoint = await session.get_one(WebhookEndpoint, delivery.endpoint_id)
    return _Ready(claimed.id, endpoint.url, endpoint.sealed_secret, endpoint.sealed_before, endpoint.previous_until, delivery.payload)


async def _settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Store what came of it; a receiver that says "gone" is told nothing any more."""
    write = settling.written(claimed, outcome, Patience(claimed.attempt, most=MOST_ATTEMPTS), now=now)
    told = {"state": "delivered", "delivered_at": now} if isinstance(outcome, Sent) else {}
    if await settling.settle(session, WEBHOOKS, write, **told) and write.reason == GONE:
        endpoint_id = select(WebhookDelivery.endpoint_id).where(WebhookDelivery.branch_id == claimed.branch_id, WebhookDelivery.id == claimed.id)
        gone = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id.scalar_subquery())
        await session.execute(gone.values(disabled_at=now))
