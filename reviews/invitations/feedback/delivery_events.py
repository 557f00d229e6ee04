"""What a mail server may report later about a mail of ours, in our own terms (pure).

A bounce is *hard* when the address itself is at fault: then no mail of ours goes there any more. A full mailbox, a busy server or a filter that
dislikes us says nothing about the address, whatever the class of its code: that is a *soft* bounce (RFC 3463; SendGrid calls it "blocked").
"""

import re
from datetime import datetime
from typing import Final, Literal

import msgspec

from reviews.reasons import DeliveryKind

Stop = Literal["hard_bounce", "soft_bounces", "complaint", "unsubscribe"]
"""Why all mail to an address stops, as a suppression keeps it."""

ARRIVALS: Final = frozenset({DeliveryKind.ACCEPTED, DeliveryKind.DELIVERED, DeliveryKind.COMPLAINT, DeliveryKind.UNSUBSCRIBE})
"""Events that prove that a mail left; an opening proves nothing, since programs open mails too."""

FAILURES: Final = frozenset({DeliveryKind.BOUNCE, DeliveryKind.SOFT_BOUNCE, DeliveryKind.DROPPED})
"""Events that prove that a mail reached nobody."""

_STOPS: Final[dict[DeliveryKind, Stop]] = {
    DeliveryKind.BOUNCE: "hard_bounce",
    DeliveryKind.COMPLAINT: "complaint",
    DeliveryKind.UNSUBSCRIBE: "unsubscribe",
}
# Not within an IP address or a version, which stand in servers' answers too.
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
# The address or its domain does not exist, has moved or is switched off. 5.2.2 (full) and 5.7.x (policy) are not the address's fault.
_HARD_STATUS: Final = re.compile(r"5\.1\.(?:0|1|2|3|4|6|9|10)|5\.2\.1|5\.4\.(?:1|4|310)|5\.0\.0")
_HARD_REPLY: Final = frozenset({"550", "551", "553"})


class DeliveryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a mail server or mail service reported about one mail.

    `reference` names the mail: that of the invitation, with `.r` behind it for its reminder, or `c.` and the id of a claim mail.
    `event_id` is the provider's own, by which a repetition is known. `cause` says why all mail to the address stops where the kind does not.
    """

    reference: str
    kind: DeliveryKind
    at: datetime
    provider: Literal["sendgrid", "bounce"]
    event_id: str
    status: str | None = None
    cause: Stop | None = None

    @property
    def stops(self) -> Stop | None:
        """Return why no mail goes to this address any more, or None when this event is no reason."""
        return self.cause or _STOPS.get(self.kind)


def status_in(*texts: str | None) -> str | None:
    """Return the first enhanced status code (RFC 3463) that stands in these texts; a bare class such as 5.0.0 only when there is no better."""
    found = [match.group() for text in texts for match in _STATUS.finditer(text or "")]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else None)


def is_hard(status: str | None, words: str = "") -> bool:
    """Whether a final failure is the fault of the address itself, by its status code and the server's words.

    Bad mailbox, bad domain, moved, disabled, no such host. The server's words are asked where the code says no more than "failed".
    """
    best = status_in(status, words)
    if best and not best.endswith(".0.0"):
        return _HARD_STATUS.fullmatch(best) is not None
    reply = _REPLY.search(words)
    if reply:
        return reply.group() in _HARD_REPLY
    return best == "5.0.0"
