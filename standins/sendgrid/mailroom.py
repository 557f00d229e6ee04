"""What the stand-in keeps, and its routes: SendGrid's own, and the controls under /simulator."""

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from standins.klantenvertellen.faults import Fault, Faults
from standins.moments import Moments

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"


class Event(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What became of a mail: `mail` is its place in the list of mails, from 0; `more` goes into the event as it is."""

    mail: int = 0
    event: str
    more: dict[str, Any] = {}
    event_id: str | None = None


@dataclass
class Mailroom:
    """All mails taken so far, the faults in force, and the key that events are signed with."""

    api_key: str
    webhook: str = ""
    faults: Faults = field(default_factory=Faults)
    mails: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    moments: Moments = field(default_factory=Moments)
    signing_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def verification_key(self) -> str:
        """Return the public key as SendGrid's settings page shows it."""
        return base64.b64encode(self.signing_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def event_of(self, told: Event) -> dict[str, Any]:
        """Return an event about a mail; its custom arguments stand among the event's own fields."""
        mail = self.mails[told.mail]
        person = mail["body"]["personalizations"][0]
        return {
            "email": person["to"][0]["email"],
            "timestamp": int(self.moments.now().timestamp()),
            "smtp-id": mail["body"].get("headers", {}).get("Message-ID", ""),
            "event": told.event,
            "sg_event_id": told.event_id or uuid4().hex,
            "sg_message_id": f"{mail['id']}.recvd-0",
            **person.get("custom_args", {}),
            **told.more,
        }

    async def tell(self, events: list[dict[str, Any]]) -> int:
        """Post signed events to the webhook; return the status of its answer."""
        # SendGrid's bodies end so, and its signature is over the line end too.
        body = msgspec.json.encode(events) + b"\r\n"
        timestamp = str(int(self.moments.now().timestamp()))
        signature = self.signing_key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: timestamp, "Content-Type": "application/json"}
        async with httpx2.AsyncClient(trust_env=False) as client:
            return (await client.post(self.webhook, content=body, headers=headers)).status_code


def mailroom_of(state: State) -> Mailroom:
    """Return the mailroom of this program."""
    room = state["mailroom"]
    assert isinstance(room, Mailroom)
    return room


def _errors(message: str, name: str | None = None) -> dict[str, Any]:
    return {"errors": [{"message": message, "field": name, "help": None}]}


def _may(request: Request[Any, Any, State], room: Mailroom) -> bool:
    return request.headers.get("authorization") == f"Bearer {room.api_key}"


@post("/v3/mail/send")
async def take_mail(request: Request[Any, Any, State], state: State) -> Response[Any]:
    """Take a mail: 202 and its id, 401 without the key, 400 for what is no mail."""
    room = mailroom_of(state)
    if not _may(request, room):
        return Response(_errors("The provided authorization grant is invalid, expired, or revoked"), status_code=401)
    body = msgspec.json.decode(await request.body())
    if not body.get("personalizations") or not body.get("content"):
        return Response(_errors("The personalizations field is required", "personalizations"), status_code=400)
    mail_id = uuid4().hex[:22]
    room.mails.append({"id": mail_id, "body": body, "headers": dict(request.headers)})
    return Response(b"", status_code=202, headers={"X-Message-Id": mail_id})


@get("/v3/scopes")
async def scopes(request: Request[Any, Any, State], state: State) -> Response[Any]:
    """Return what the key may do."""
    if not _may(request, mailroom_of(state)):
        return Response(_errors("access forbidden"), status_code=403)
    return Response({"scopes": ["mail.send", "user.webhooks.event.settings.read"]})


@get("/simulator/state", sync_to_thread=False)
def state_now(state: State) -> dict[str, Any]:
    """Return everything, the verification key too."""
    room = mailroom_of(state)
    return {"mails": room.mails, "verification_key": room.verification_key(), "faults_played": room.faults.played}


@post("/simulator/faults", status_code=HTTP_201_CREATED, sync_to_thread=False)
def add_fault(state: State, data: JSONBody[Fault]) -> Fault:
    """Do something wrong from now on; the call is `send` or `scopes`."""
    mailroom_of(state).faults.add(data)
    return data


@post("/simulator/events", status_code=HTTP_200_OK)
async def tell(state: State, data: JSONBody[list[Event]]) -> dict[str, int]:
    """Post events about mails, signed, to the webhook."""
    room = mailroom_of(state)
    return {"status": await room.tell([room.event_of(one) for one in data])}


@delete("/simulator", status_code=HTTP_200_OK, sync_to_thread=False)
def forget(state: State) -> dict[str, int]:
    """Delete all mails and faults."""
    room = mailroom_of(state)
    room.faults.clear()
    thrown, room.mails = len(room.mails), []
    return {"thrown": thrown}


HANDLERS = [take_mail, scopes, state_now, add_fault, tell, forget]
