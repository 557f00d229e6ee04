"""A source's endpoints, their secrets, and how a secret is changed without losing a message."""

import base64
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.database import test_mode
from reviews.database.tables import Source, WebhookDelivery, WebhookEndpoint, new_id
from reviews.errors import FieldError, InvalidError, NotFoundError
from reviews.keys import KeyRing

TYPES = (
    "invitation.planned", "invitation.sent", "invitation.skipped", "invitation.unknown", "invitation.refused", "invitation.reviewed",
    "claim.submitted", "claim.decided", "claim.published", "person.suppressed",
)  # fmt: skip
ROTATION = timedelta(hours=24)
"""How long the secret before still signs beside the new one."""

_LONGEST = 500


class Made(msgspec.Struct, frozen=True):
    """A new endpoint or secret; the secret is shown this once."""

    id: uuid.UUID
    secret: str

    def __repr__(self) -> str:
        """Name the endpoint without its secret."""
        return f"Made({self.id})"


def new_secret() -> str:
    """Return 192 random bits as Standard Webhooks writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


async def add(session: AsyncSession, source: str, url: str, types: Sequence[str], *, key_ring: KeyRing, now: datetime) -> Made:
    """Add an endpoint for these types, all when none is named; raise InvalidError with all that is wrong. What was before is not sent."""
    found = [*_address_errors(url), *(validation.field_error("type", "wrong_value") for kind in types if kind not in TYPES)]
    if found:
        raise InvalidError(found)
    owner = await session.scalar(select(Source).where(Source.name == source))
    if owner is None:
        raise NotFoundError(f"there is no source {source}; see `reviews keys list`")
    if await session.scalar(select(WebhookEndpoint.id).where(WebhookEndpoint.source_id == owner.id, WebhookEndpoint.url == url)):
        raise InvalidError([FieldError("url", "known", "Dit adres staat er al; `reviews webhooks list` toont het.")])
    secret = new_secret()
    row = WebhookEndpoint(
        id=new_id(),
        source_id=owner.id,
        url=url,
        types=list(types or TYPES),
        sealed_secret=key_ring.encrypt(secret),
        # From now on: a new endpoint is not flooded with years of history.
        announced_until=now,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return Made(row.id, secret)


def _address_errors(url: str) -> list[FieldError]:
    """Return what is wrong with an address; whether it is a public one is looked up at each call, for names can move."""
    wrong = [FieldError("url", "wrong_value", "Geef een volledig adres, zoals https://crm.example.nl/reviews.")]
    if len(url) > _LONGEST or not url.isprintable() or not url.isascii():
        return wrong
    try:
        parts = urlsplit(url)
        # Asked here, within the try: it raises only when it is asked for.
        port = parts.port
    except ValueError:
        return wrong
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        return wrong
    # A password in an address would be shown in lists and stand in logs.
    if parts.username or parts.password or parts.fragment:
        return [FieldError("url", "wrong_value", "Een adres met naam, wachtwoord of # kan niet; de handtekening bewijst wie wij zijn.")]
    return []


async def rotate(session: AsyncSession, endpoint_id: uuid.UUID, *, key_ring: KeyRing, now: datetime) -> Made:
    """Give an endpoint a new secret; for a day both sign, so that the receiver can change over without losing anything."""
    row = await _one(session, endpoint_id)
    secret = new_secret()
    row.sealed_before, row.previous_until, row.sealed_secret = row.sealed_secret, now + ROTATION, key_ring.encrypt(secret)
    await session.flush()
    return Made(row.id, secret)


async def disable(session: AsyncSession, endpoint_id: uuid.UUID, *, now: datetime) -> None:
    """Stop sending to an endpoint; what waits for it stays and is sent after `enable`."""
    row = await _one(session, endpoint_id)
    row.disabled_at = row.disabled_at or now
    await session.flush()


async def enable(session: AsyncSession, endpoint_id: uuid.UUID) -> None:
    """Send to an endpoint again, including all that happened while it was off."""
    (await _one(session, endpoint_id)).disabled_at = None
    await session.flush()


async def _one(session: AsyncSession, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    row = await session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update())
    if row is None:
        raise NotFoundError("there is no such endpoint; see `reviews webhooks list`")
    return row


async def replay(session: AsyncSession, endpoint_id: uuid.UUID, *, now: datetime, delivery_id: uuid.UUID | None = None) -> int:
    """Send again what was given up, or one message whatever became of it; return how many wait now. The id stays, so that receivers know it."""
    owner = await session.get_one(Source, (await _one(session, endpoint_id)).source_id)
    again = update(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if delivery_id:
        again = again.where(WebhookDelivery.id == delivery_id, WebhookDelivery.state.in_(["dead", "delivered"]))
    else:
        again = again.where(WebhookDelivery.state == "dead")
    async with test_mode.where_told(session, owner):
        rows = await session.scalars(again.values(state="waiting", due_at=now, attempt=0).returning(WebhookDelivery.id))
        return len(rows.all())


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and how its deliveries go."""

    id: uuid.UUID
    source: str
    test: bool
    url: str
    types: tuple[str, ...]
    disabled_at: datetime | None
    waiting: int
    dead: int
    last_delivered_at: datetime | None
    last_failure: str | None


async def listed(session: AsyncSession) -> list[Shown]:
    """Return all endpoints, oldest first, those of test sources last."""
    rows = await session.execute(
        select(WebhookEndpoint, Source).join(Source, Source.id == WebhookEndpoint.source_id).order_by(Source.test, WebhookEndpoint.created_at)
    )
    found: list[Shown] = []
    for row, source in rows.all():
        async with test_mode.where_told(session, source):
            found.append(await _shown(session, row, source))
    return found


async def _shown(session: AsyncSession, row: WebhookEndpoint, source: Source) -> Shown:
    mine = WebhookDelivery.endpoint_id == row.id
    counted = await session.execute(select(WebhookDelivery.state, func.count()).where(mine).group_by(WebhookDelivery.state))
    states = {state: many for state, many in counted}  # noqa: C416 - a Result is no iterable of pairs to the type checkers
    last = select(func.max(WebhookDelivery.delivered_at)).where(mine)
    failure = select(WebhookDelivery.failure).where(mine, WebhookDelivery.failure.is_not(None)).order_by(WebhookDelivery.id.desc()).limit(1)
    return Shown(
        id=row.id,
        source=source.name,
        test=source.test,
        url=row.url,
        types=tuple(row.types),
        disabled_at=row.disabled_at,
        waiting=states.get("waiting", 0) + states.get("claimed", 0),
        dead=states.get("dead", 0),
        last_delivered_at=await session.scalar(last),
        last_failure=await session.scalar(failure),
    )
