"""Read what SendGrid reports about our mails (its Event Webhook), once its signature proves that SendGrid sent it.

The signature is ECDSA over P-256 and SHA-256, of the timestamp's own characters followed by the body's own bytes: a body that was parsed and
written again, or lost the line end behind it, no longer fits.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from reviews.errors import ConfigurationError, MalformedError
from reviews.invitations.feedback import refusals
from reviews.invitations.feedback.delivery_events import DeliveryEvent, Stop, status_in
from reviews.invitations.feedback.refusals import Blame, Refusal
from reviews.reasons import DeliveryKind, OutcomeCode

REFERENCE: Final = "reference"
"""The custom argument that goes with each mail and comes back on each event of it."""

SIGNATURE_HEADER: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER: Final = "X-Twilio-Email-Event-Webhook-Timestamp"
WINDOW: Final = timedelta(seconds=300)
"""How far the moment of signing may lie from ours, before or after (Standard Webhooks)."""

_KINDS: Final[dict[str, DeliveryKind]] = {
    "processed": DeliveryKind.ACCEPTED,
    "delivered": DeliveryKind.DELIVERED,
    "deferred": DeliveryKind.DEFERRED,
    "bounce": DeliveryKind.BOUNCE,
    "blocked": DeliveryKind.BLOCKED,
    "dropped": DeliveryKind.DROPPED,
    "spamreport": DeliveryKind.COMPLAINT,
    "unsubscribe": DeliveryKind.UNSUBSCRIBE,
    "group_unsubscribe": DeliveryKind.UNSUBSCRIBE,
    "open": DeliveryKind.OPENED,
    "click": DeliveryKind.CLICKED,
}
_DROPPED: Final[dict[str, Stop]] = {
    "bounced address": "hard_bounce",
    "invalid": "hard_bounce",
    "unsubscribed address": "unsubscribe",
    "spam reporting address": "complaint",
}
# The year 2100 in Unix seconds: far above it datetime raises.
_LATEST: Final = 4_102_444_800


class _Event(msgspec.Struct):
    """What we look at in an event; SendGrid adds fields as it likes, and custom arguments stand among its own."""

    event: str
    timestamp: Annotated[int, msgspec.Meta(gt=0, lt=_LATEST)]
    sg_event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reference: Annotated[str, msgspec.Meta(max_length=100)] | None = msgspec.field(name=REFERENCE, default=None)
    # Any: whatever stands in these must not make the whole event unreadable.
    type: Any = None
    status: Any = None
    reason: Any = None
    bounce_classification: Any = None
    sg_machine_open: Any = None


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The events in one delivery; `skipped` counts those that are not about a mail of ours, or that can't be read."""

    delivery_event: list[DeliveryEvent]
    skipped: int


def read_key(text: str) -> ec.EllipticCurvePublicKey:
    """Read SendGrid's verification key (base64 of DER); raise ConfigurationError for anything else."""
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise ConfigurationError("REVIEWS_SENDGRID_WEBHOOK_KEY is not the verification key that SendGrid shows (base64 of a public key)") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigurationError("REVIEWS_SENDGRID_WEBHOOK_KEY must be a P-256 key, as SendGrid shows it")
    return key


def is_genuine(key: ec.EllipticCurvePublicKey, *, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether SendGrid signed this body, no longer ago than `WINDOW`."""
    signature, timestamp = headers.get(SIGNATURE_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    # int() would take spaces, signs and other scripts' figures as well.
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        return False
    try:
        # Over the bytes as they came: JSON that is written again need not be the same.
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()


def read(body: bytes) -> EventBatch:
    """Return the events in a body; raise MalformedError when it is no list of events at all."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedError("the body is no valid JSON") from None
    if not isinstance(raw, list):
        raise MalformedError("the body is no list of events")
    events: list[Any] = raw
    delivery_event = [told for told in map(_delivery_event, events) if told is not None]
    return EventBatch(delivery_event, len(events) - len(delivery_event))


def _delivery_event(raw: Any) -> DeliveryEvent | None:
    """Return what one event reports, or None when it is not about a mail of ours, or of a kind that we do not know."""
    try:
        event = msgspec.convert(raw, _Event)
    except msgspec.ValidationError:
        return None
    kind = _kind(event)
    # PostgreSQL keeps no NUL in a text.
    if kind is None or not event.reference or "\0" in f"{event.sg_event_id}{event.reference}":
        return None
    found = _failure(event) if kind in {DeliveryKind.BOUNCE, DeliveryKind.BLOCKED} else Refusal(Blame.NEITHER)
    return DeliveryEvent(
        reference=event.reference,
        kind=found.kind if kind in {DeliveryKind.BOUNCE, DeliveryKind.BLOCKED} else kind,
        at=datetime.fromtimestamp(event.timestamp, UTC),
        provider="sendgrid",
        event_id=event.sg_event_id,
        status=status_in(str(event.status or ""), str(event.reason or "")),
        cause=_DROPPED.get(str(event.reason or "").strip().casefold()) if kind is DeliveryKind.DROPPED else None,
        code=found.code,
        blocked_by=found.blocked_by,
    )


def _kind(event: _Event) -> DeliveryKind | None:
    """Return of which kind an event is by its name; SendGrid marks openings by machines."""
    if event.event == "open" and event.sg_machine_open is True:
        return DeliveryKind.OPENED_BY_MACHINE
    return _KINDS.get(event.event)


def _failure(event: _Event) -> Refusal:
    """Return whose fault a bounce is: by the code and the words of the server that refused, and then by what SendGrid makes of them.

    SendGrid calls a bounce what it takes for final, and blocked what it takes for our fault; neither makes an address bad by itself.
    """
    words = f"{event.reason or ''} ({event.bounce_classification or ''})"
    blocked = event.event == "blocked" or event.type == "blocked"
    final = event.event == "bounce" and event.type in (None, "bounce")
    status = status_in(str(event.status or ""), words)
    found = refusals.read(status or ("5.0.0" if final and not refusals.has_reply(words) else None), words)
    if blocked and found.blame is not Blame.OURS and not status:
        return Refusal(Blame.OURS, OutcomeCode.POLICY_REFUSED)
    return found if final or found.blame is not Blame.ADDRESS else Refusal(Blame.NEITHER)
