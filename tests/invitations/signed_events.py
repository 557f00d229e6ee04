"""A key that stands for SendGrid's, and deliveries signed with it."""

import base64
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reviews.invitations.feedback.sendgrid_events import SIGNATURE_HEADER, TIMESTAMP_HEADER

KEY = ec.derive_private_key(20_261_124, ec.SECP256R1())


def shown(key: Any) -> str:
    """The public half of a key, as SendGrid's settings page shows it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signed(body: bytes, at: datetime, key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, str]:
    """The headers of a delivery."""
    timestamp = str(int(at.timestamp()))
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    return {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: timestamp, "Content-Type": "application/json"}


def event(reference: str | None, kind: str, at: datetime, event_id: str = "e1", **more: Any) -> dict[str, Any]:
    """An event as SendGrid tells it."""
    told = {"email": "jan@example.com", "timestamp": int(at.timestamp()), "smtp-id": "<x@y>", "event": kind, "sg_event_id": event_id, **more}
    return told | ({"reference": reference} if reference is not None else {})


def body_of(*events: Any) -> bytes:
    """A delivery, with the line end behind it that SendGrid signs along."""
    return msgspec.json.encode(list(events)) + b"\r\n"
