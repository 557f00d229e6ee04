"""Webhooks of programs that can't show a key: a mail service that passes mail copies on, and SendGrid with events of our own mail.

The first is let in by the secret in the address, the second by a signature over the body. No handler here holds a transaction while a body
arrives: a mail may take minutes. What is answered with 2xx is durable by then.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import structlog
from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import InvalidError, NotFoundError, ReviewsError
from reviews.invitations.feedback import delivery_effects, sendgrid_events
from reviews.invitations.feedback.bounce_reports import BounceMailbox
from reviews.invitations.intake.mail_copies.inbound import Intake
from reviews.privacy import suppression
from reviews.validation import field_error
from reviews.web.api import bodies
from reviews.web.context import AppContext, AppRequest
from reviews.web.errors import ForgedError

PLAIN: Final = frozenset({"message/rfc822", "application/octet-stream", "text/plain", ""})
FIELDS: Final = frozenset({"email", "message", "body-mime"})
"""What mail services call the field with the whole mail (SendGrid's Inbound Parse with *raw* on: `email`; Mailgun: `body-mime`)."""
OVERHEAD: Final = 1_000_000
"""Bytes that a form may add to the mail within it."""
EVENTS_BYTES: Final = 2_000_000
"""The largest delivery of events; SendGrid's own limit is below 1 MB."""
_MOST_PARTS: Final = 100
_REPORT: Final = re.compile(rb"multipart/report|message/(?:feedback-report|delivery-status)", re.IGNORECASE)
_HEAD: Final = 64_000
"""Bytes of a mail in which a report says that it is one, or names a tag of ours; other mails are taken apart in the readers only."""

log = structlog.get_logger("reviews.hooks")


class NotAMailError(ReviewsError):
    """The body is of a type in which no mail comes."""

    status = 415
    slug = "not_a_mail"


@post("/inbound/{secret:str}", name="hooks:inbound", status_code=HTTP_202_ACCEPTED)
async def take_mail(
    request: AppRequest, secret: FromPath[str], app_context: NamedDependency[AppContext], branch: FromQuery[str | None] = None
) -> Response[Any]:
    """Take in a copy of a mail, raw or as the field of a form: 202 when it is kept, 200 when it was kept before.

    Nothing is answered before the secret is known; `branch` names the branch where a source has several.
    """
    return await _taken(request, secret, app_context, branch)


@post("/inbound", name="hooks:inbound_by_header", status_code=HTTP_202_ACCEPTED)
async def take_mail_by_header(request: AppRequest, app_context: NamedDependency[AppContext], branch: FromQuery[str | None] = None) -> Response[Any]:
    """Do the same for a sender that can show the secret as a bearer key: then it stands in no address, and in no proxy's log."""
    return await _taken(request, bodies.key_of(request), app_context, branch)


async def _taken(request: AppRequest, secret: str, app_context: AppContext, branch: str | None) -> Response[Any]:
    intake = Intake(app_context.maker, app_context.store, app_context.clock, app_context.settings.inbound_per_minute)
    # Before the body is read: without a secret nobody makes us take in megabytes.
    owner = await intake.whose(secret, branch=branch)
    raw = await _mail_in(request)
    # The body's limit leaves room for the rest of a form, so the mail itself is measured again.
    if len(raw) > app_context.settings.inbound_max_mb * 1_000_000:
        raise RequestEntityTooLarge
    if await _note_report(app_context, raw):
        return Response({"outcome": "bounce"}, status_code=HTTP_200_OK)
    receipt = await intake.receive(owner, raw)
    return Response({"id": str(receipt.id), "outcome": receipt.state}, status_code=HTTP_202_ACCEPTED if receipt.fresh else HTTP_200_OK)


async def _note_report(app_context: AppContext, raw: bytes) -> bool:
    """Whether a mail is a report about a mail of ours, by the tag in its address; what it reports is then stored at once."""
    address = app_context.settings.bounce_address
    if not address or not (_REPORT.search(raw, 0, _HEAD) or f"{address.partition('@')[0]}+".casefold().encode() in raw[:_HEAD].lower()):
        return False
    now = app_context.clock.now()
    told = BounceMailbox(address, app_context.key_ring).read(raw, now=now)
    if told is not None:
        async with app_context.maker.begin() as session:
            most = app_context.settings.soft_bounces
            await delivery_effects.note(session, [told], suppress=suppression.suppress, now=now, most_soft_bounces=most)
    return told is not None


async def _mail_in(request: AppRequest) -> bytes:
    """Return the bytes of the mail in a request; raise NotAMailError, or InvalidError when there is no mail in it."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.casefold() == "multipart/form-data":
        raw = _field_in(await request.body(), options.get("boundary", ""))
    elif kind.casefold() in PLAIN:
        raw = await request.body()
    else:
        raise NotAMailError("send the mail as message/rfc822, or in the field `email` of a form")
    if not raw.strip():
        raise InvalidError([field_error("email", "missing")])
    return raw


def _field_in(body: bytes, boundary: str) -> bytes:
    """Return the field of a form that holds the mail, byte for byte: mail services send it in whatever characters its sender used."""
    found, wanted = bytearray(), False
    try:
        for event in _events(body, boundary):
            if isinstance(event, MultipartSegment):
                # Only the first such field: two would be put together to a mail that nobody sent.
                wanted = not found and event.name in FIELDS
            elif wanted and event is not None:
                found += event
    except (MultipartError, ValueError):
        raise ClientException("the form can't be read") from None
    return bytes(found)


def _events(body: bytes, boundary: str) -> Iterator[Any]:
    with PushMultipartParser(boundary, max_segment_count=_MOST_PARTS) as parser:
        yield from parser.parse(body)


@post("/sendgrid/events", name="hooks:sendgrid", status_code=HTTP_200_OK, request_max_body_size=EVENTS_BYTES)
async def sendgrid_told(
    request: AppRequest, session: NamedDependency[AsyncSession], now: NamedDependency[datetime], app_context: NamedDependency[AppContext]
) -> dict[str, int]:
    """Take in events that SendGrid signed; 401 for what it did not sign, or not lately. The same delivery twice changes nothing."""
    key = app_context.settings.sendgrid_webhook_key.get_secret_value()
    if not key:
        raise NotFoundError("the event webhook of SendGrid is not set up")
    # The bytes as they came: the signature is over them.
    body = await request.body()
    if not sendgrid_events.is_genuine(sendgrid_events.read_key(key), headers=request.headers, body=body, now=now):
        raise ForgedError("the signature does not fit the body, or is not of the last five minutes")
    reading = sendgrid_events.read(body)
    most = app_context.settings.soft_bounces
    noted = await delivery_effects.note(session, reading.delivery_event, suppress=suppression.suppress, now=now, most_soft_bounces=most)
    told = {"noted": noted.noted, "known": noted.known, "ignored": noted.unrelated + reading.skipped}
    log.info("sendgrid_told", **told)
    return told


routes: Final = [take_mail, take_mail_by_header, sendgrid_told]


def router(*, most_bytes: int) -> Router:
    """Return the router of these handlers; `most_bytes` is the largest mail."""
    return Router(path="/hooks", route_handlers=routes, request_max_body_size=most_bytes + OVERHEAD, opt={"machine": True})
