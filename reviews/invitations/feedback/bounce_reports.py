"""Read what mail servers send back to the envelope's sender: delivery reports (RFC 3464) and complaints (RFC 5965).

Each mail leaves with an envelope sender of its own, `bounces+<reference>.<tag>@…` (VERP). Only we can make the tag, so that nobody can stop
somebody else's mail by a made-up report; and because the address says which mail is meant, nothing need be guessed from the words of a
hundred kinds of mail servers. Reports that are written for people alone are read too (`plain_reports`). What is no report, such as an
out-of-office reply, is ignored.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import Final

from reviews.invitations.feedback import plain_reports, refusals, report_parts
from reviews.invitations.feedback.delivery_events import DeliveryEvent, status_in
from reviews.invitations.feedback.refusals import Blame, Refusal
from reviews.keys import KeyRing
from reviews.reasons import DeliveryKind

_LARGEST: Final = 1_000_000
_LONGEST_LOCAL_PART: Final = 64
# Lower case only: mail servers may fold the case of a local part.
_TOKEN: Final = re.compile(r"([0-9a-z]+(?:\.[0-9a-z]+)?)\.([a-z2-7]{12})")
# What the last mail server wrote comes before what the sender did.
_DELIVERED_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Original-Recipient", "Final-Recipient")
_ACTIONS: Final = {
    "delivered": DeliveryKind.DELIVERED,
    "relayed": DeliveryKind.ACCEPTED,
    "expanded": DeliveryKind.ACCEPTED,
    "delayed": DeliveryKind.DEFERRED,
}
_ACTION: Final = re.compile(r"[a-z]+")
_NOBODY: Final = Refusal(Blame.NEITHER)
_Told = tuple[DeliveryKind, str | None, Refusal]
_MOST_ADDRESSES: Final = 20
_SKEW: Final = timedelta(days=1)
# compat32: under the newer policies a malformed header can raise when it is read.
_FIELDS: Final = BytesHeaderParser(policy=policy.compat32)


def sender_for(reference: str, address: str, key_ring: KeyRing) -> str | None:
    """Return the envelope sender of one mail; None when no bounce address is set, or when it leaves too little room (RFC 5321, 64 octets)."""
    name, _, domain = address.partition("@")
    local_part = f"{name}+{reference}.{key_ring.bounce_tag(reference)}"
    return f"{local_part}@{domain}" if domain and len(local_part) <= _LONGEST_LOCAL_PART else None


@dataclass(frozen=True, slots=True)
class BounceMailbox:
    """The mailbox that reports come to: its plain address, such as bounces@reviews.example; an empty one takes nothing."""

    address: str
    key_ring: KeyRing

    def takes(self, recipient: str) -> bool:
        """Whether a recipient is this mailbox, with or without a reference behind the plus sign."""
        name, _, domain = self.address.casefold().partition("@")
        local_part, _, host = recipient.strip().strip("<>").casefold().partition("@")
        return bool(domain) and host == domain and local_part.partition("+")[0] == name

    def reference_in(self, recipients: Iterable[str]) -> str | None:
        """Return the reference of the first recipient whose tag is ours."""
        for recipient in filter(self.takes, recipients):
            token = _TOKEN.fullmatch(recipient.strip().strip("<>").casefold().partition("@")[0].partition("+")[2])
            # In constant time: a guess must not learn how much of a tag was right.
            if token and hmac.compare_digest(self.key_ring.bounce_tag(token[1]), token[2]):
                return token[1]
        return None

    def read(self, raw: bytes, *, recipients: Sequence[str] = (), now: datetime) -> DeliveryEvent | None:
        """Return what a mail to this mailbox reports; None when it is no report, is forged, or can't be read.

        `recipients` are those of the envelope; without them the headers are asked, which a mail server writes at delivery.
        """
        if len(raw) > _LARGEST:
            return None
        try:
            mail = message_from_bytes(raw, policy=policy.compat32)
        except RecursionError:  # mails within mails within mails: no mail server reports so
            return None
        # Before any part is looked at: without a tag of ours it is nobody's report.
        reference = self.reference_in([*recipients, *_recipients(mail), *plain_reports.addresses(mail)])
        if reference is None:
            return None
        told = _complaint(mail) or _report(mail) or (None if _is_for_programs(mail) else plain_reports.read(mail))
        if told is None:
            return None
        kind, status, found = told
        return DeliveryEvent(
            reference=reference,
            kind=kind,
            at=_moment(mail, now),
            provider="bounce",
            event_id=_event_id(reference, mail, raw),
            status=status,
            code=found.code,
            blocked_by=found.blocked_by,
            about=tuple(self.key_ring.address_key(address) for address in _failed(mail)),
        )


def _recipients(mail: Message) -> Iterator[str]:
    """Yield the addresses that the headers name as the mail's recipients, those of the delivery first."""
    for name in _DELIVERED_TO:
        for value in report_parts.headers(mail, name):
            yield from report_parts.ADDRESS.findall(value)


def _complaint(mail: Message) -> _Told | None:
    """Read a feedback report (RFC 5965); `not-spam` withdraws a complaint and stops nothing."""
    for part in report_parts.own(mail, "message/feedback-report"):
        kinds = [str(block.get("Feedback-Type", "")).strip().casefold() for block in _blocks(part)]
        if any(kinds):
            return None if "not-spam" in kinds else (DeliveryKind.COMPLAINT, None, _NOBODY)
    return None


def _report(mail: Message) -> _Told | None:
    """Read a delivery report: what happened to the one recipient that each of our mails has."""
    for block in _status_blocks(mail):
        action = _action_of(block)
        words = " ".join(report_parts.header(block, "Diagnostic-Code").split())
        status = status_in(str(block.get("Status", "")), words)
        if action == "failed":
            found = refusals.read(status, words)
            return found.kind, status, found
        if action in _ACTIONS:
            return _ACTIONS[action], status, _NOBODY
    return None


def _failed(mail: Message) -> list[str]:
    """Return the addresses that a report says it could not reach: behind a customer's forwarding it is not the one that we mailed."""
    told = [block for block in _status_blocks(mail) if _action_of(block) == "failed"]
    named = [report_parts.header(block, "Final-Recipient") for block in told] or report_parts.headers(mail, "X-Failed-Recipients")
    return [found.strip("'`.[]{}") for text in named for found in report_parts.ADDRESS.findall(text)][:_MOST_ADDRESSES]


def _status_blocks(mail: Message) -> Iterator[Message]:
    for part in (*report_parts.own(mail, "message/delivery-status"), *report_parts.own(mail, "message/global-delivery-status")):
        yield from _blocks(part)


def _action_of(block: Message) -> str:
    # Some servers say more behind it: "Failed (permanent)".
    action = _ACTION.match(str(block.get("Action", "")).strip().casefold())
    return action[0] if action else ""


def _is_for_programs(mail: Message) -> bool:
    """Whether a report says in fields what happened: then its words say nothing that they don't."""
    kinds = ("message/delivery-status", "message/global-delivery-status", "message/feedback-report")
    return any(True for kind in kinds for _ in report_parts.own(mail, kind))


def _blocks(part: Message) -> list[Message]:
    """Return the blocks of fields in a report; some servers encode them, or call their own list of fields a text."""
    blocks = report_parts.inner(part)
    text = part.get_payload(decode=True) if not blocks else None
    if isinstance(text, bytes):
        blocks = [_FIELDS.parsebytes(piece) for piece in re.split(rb"\r?\n[ \t]*\r?\n", text.strip())]
    return [inner for block in blocks for inner in ([block] if block.keys() else _reread(block))]


def _reread(block: Message) -> list[Message]:
    """Read fields that begin after an empty line, where a parser sees a body."""
    text = block.get_payload(decode=True)
    return [_FIELDS.parsebytes(text.lstrip())] if isinstance(text, bytes) and text.strip() else []


def _moment(mail: Message, now: datetime) -> datetime:
    """Return when a report was written, in so far as its date can be believed."""
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, OverflowError):
        return now
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    # A false date would put the report before or after all others of its mail.
    return at.astimezone(UTC) if now - 30 * _SKEW < at <= now else now


def _event_id(reference: str, mail: Message, raw: bytes) -> str:
    """Return an id by which the same report is known again: its own, else what it says."""
    own = str(mail.get("Message-ID", "")).strip().encode(errors="replace")
    return hashlib.sha256(reference.encode() + b"\n" + (own or raw)).hexdigest()
