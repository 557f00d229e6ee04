"""Tell endpoints what was promised to them: signed, at least once, until they say yes or 75 hours have passed.

A webhook may be told twice, unlike a mail: its id is the same each time, and a receiver keeps it (Standard Webhooks, *idempotency*). So there
is no unknown here; what is not certainly taken is told again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from standardwebhooks import Webhook

from reviews.clock import Clock
from reviews.database import job_queue
from reviews.database.job_queue import WEBHOOKS, Claimed
from reviews.database.tables import WebhookDelivery, WebhookEndpoint
from reviews.invitations.reasons import Reason
from reviews.keys import KeyRing

MOST_ATTEMPTS = len(job_queue.PAUSES) + 1
"""At once, and then after each pause: 75 hours in all."""

GONE = 410
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
        now = self.clock.now()
        async with self.maker.begin() as session:
            silent = select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_at.is_not(None))
            listening = WebhookDelivery.endpoint_id.not_in(silent)
            claimed = await job_queue.claim_due(session, WEBHOOKS, now=now, lease=self.lease, only=listening)
        if not claimed:
            return 0
        async with self.maker.begin() as session:
            ready = await _ready(session, claimed)
        for one in ready:
            await self._tell(one)
        return len(claimed)

    async def _tell(self, one: "_Ready") -> None:
        now = self.clock.now()
        async with self.maker.begin() as session:
            if not await job_queue.renew(session, WEBHOOKS, one.claimed, until=now + self.lease):
                return
        body = json.dumps(one.payload, ensure_ascii=False, separators=(",", ":")).encode()
        reply = await self.poster.post(one.url, headers=self._headers(one, body, now), body=body)
        async with self.maker.begin() as session:
            await _settle(session, one, reply, now=self.clock.now())

    def _headers(self, one: "_Ready", body: bytes, now: datetime) -> dict[str, str]:
        """Return the id, the time and a signature by each secret that counts now."""
        name = f"msg_{one.claimed.key[1].hex}"
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

    claimed: Claimed
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    endpoint_id: Any
    payload: dict[str, Any]


async def _ready(session: AsyncSession, claimed: list[Claimed]) -> list[_Ready]:
    rows = await session.execute(
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(tuple_(WebhookDelivery.branch_id, WebhookDelivery.id).in_([one.key for one in claimed]))
    )
    found = {(delivery.branch_id, delivery.id): (delivery, endpoint) for delivery, endpoint in rows}
    return [_one(held, *found[held.key]) for held in claimed if held.key in found]


def _one(held: Claimed, delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> _Ready:
    return _Ready(held, endpoint.url, endpoint.sealed_secret, endpoint.sealed_before, endpoint.previous_until, endpoint.id, delivery.payload)


async def _settle(session: AsyncSession, one: _Ready, reply: Reply, *, now: datetime) -> None:
    if reply.taken:
        await job_queue.settle(session, WEBHOOKS, one.claimed, {"state": "delivered", "delivered_at": now, "failure": None})
        return
    failure = reply.failure or f"http_{reply.status}"
    due_at = now + job_queue.pause_after(one.claimed.attempt, at_least=reply.after)
    if (
        await job_queue.give_back(session, WEBHOOKS, one.claimed, due_at=due_at, values={"failure": failure}, most=MOST_ATTEMPTS)
        and reply.status == GONE
    ):
        await session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == one.endpoint_id).values(disabled_at=now))
