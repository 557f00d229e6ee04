"""What a mail server may report later about a mail of ours, in our own terms (pure).

A *bounce* is the fault of the address itself: then no mail of ours goes there any more. *Blocked* is our own: a list, a policy or a check of the
sender, which says nothing about the address. A full mailbox or a busy server is neither's: a *soft bounce* (`refusals` tells them apart).

What a report says of another address than the one we mailed is none of these: the customer's own server took the mail and forwarded it, and only that
failed. Mailing again would have it fail again, and the next report would come to us too (`as_about`).
"""

import re
from datetime import datetime
from typing import Final, Literal

import msgspec

from reviews.reasons import DeliveryKind, OutcomeCode

Stop = Literal["hard_bounce", "soft_bounces", "complaint", "unsubscribe"]
"""Why all mail to an address stops, as a suppression keeps it."""

ARRIVALS: Final = frozenset(
    {DeliveryKind.ACCEPTED, DeliveryKind.DELIVERED, DeliveryKind.FORWARD_FAILED, DeliveryKind.COMPLAINT, DeliveryKind.UNSUBSCRIBE}
)
"""Events that prove that a mail left; an opening proves nothing, since programs open mails too."""

FAILURES: Final = frozenset({DeliveryKind.BOUNCE, DeliveryKind.SOFT_BOUNCE, DeliveryKind.BLOCKED, DeliveryKind.DROPPED})
"""Events that prove that a mail reached nobody."""

_STOPS: Final[dict[DeliveryKind, Stop]] = {
    DeliveryKind.BOUNCE: "hard_bounce",
    DeliveryKind.COMPLAINT: "complaint",
    DeliveryKind.UNSUBSCRIBE: "unsubscribe",
}
# Not within an IP address or a version, which stand in servers' answers too.
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


class DeliveryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a mail server or mail service reported about one mail.

    `reference` names the mail: that of the invitation, with `.r` behind it for its reminder, or `c.` and the id of a claim mail.
    `event_id` is the provider's own, by which a repetition is known. `cause` says why all mail to the address stops where the kind does not.
    `code` says why a mail was *blocked*, and `blocked_by` by which list, if that was told. `about` are the pseudonyms of the addresses that failed
    by the words of the report; empty where it names none.
    """

    reference: str
    kind: DeliveryKind
    at: datetime
    provider: Literal["sendgrid", "bounce"]
    event_id: str
    status: str | None = None
    cause: Stop | None = None
    code: OutcomeCode | None = None
    blocked_by: str | None = None
    about: tuple[bytes, ...] = ()

    def as_about(self, mailed: bytes) -> "DeliveryEvent":
        """Return the event as it is for the address that we mailed: that of another address only says that forwarding failed."""
        if self.kind not in FAILURES or not self.about or mailed in self.about:
            return self
        return msgspec.structs.replace(self, kind=DeliveryKind.FORWARD_FAILED, cause=None, code=None, blocked_by=None)

    @property
    def stops(self) -> Stop | None:
        """Return why no mail goes to this address any more, or None when this event is no reason."""
        return self.cause or _STOPS.get(self.kind)


def status_in(*texts: str | None) -> str | None:
    """Return the first enhanced status code (RFC 3463) that stands in these texts; a bare class such as 5.0.0 only when there is no better."""
    found = [match.group() for text in texts for match in _STATUS.finditer(text or "")]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else None)
