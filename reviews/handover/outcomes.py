"""What became of one attempt to hand something over, told apart in three classes and never two.

*Not sent* (`Refused`, `Retry`, `Halt`) and *unknown* differ: repeating an unknown is how people get two mails. The adapters map what a
server did to these values; the flows decide what follows. Codes come from the closed list in
`reasons`; `detail` is for a person's eyes.

How an adapter for mail answers (RFC 5321; Jepsen's old rule that a failure and an unknown are not the same):

====================================================================  =========
the server                                                            outcome
====================================================================  =========
refuses the connection, closes, stalls or says 421 before 354         `Retry`
offers no STARTTLS, a bad certificate, or refuses the login           `Halt`
answers MAIL, RCPT, DATA or the final dot with 4xx                    `Retry`
answers RCPT, DATA or the final dot with 5xx                          `Refused`
answers MAIL with 5xx, or any of them because of us (`OURS`)          `Retry`
answers any of them with 5xx because the mailbox is full              `Retry`
closes, resets, stalls or says anything else before 354               `Retry`
dies in the middle of the body                                        `Unknown`
takes the final dot, then closes, resets, stalls or talks garbage     `Unknown`
says 421 after the final dot: it may have queued the mail just before `Unknown`
says 250 after the final dot, whatever happens to QUIT                `Sent`
====================================================================  =========

How an adapter for the review platform answers:

====================================================================  =========
the platform                                                          outcome
====================================================================  =========
200 with ``{"code": "OK"}``                                           `Sent`
cannot be reached, 429, 5xx other than 504                            `Retry`
fails in any way before the body of our call                          `Retry`
is slow beyond our patience, drops the line, 504, half an answer      `Unknown`
200 with plain ``OK``, nothing, or HTML; another 2xx                  `Unknown`
401, 403, 404, or moved for good                                      `Halt`
any other 4xx                                                         `Refused`
====================================================================  =========
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import msgspec

from reviews.reasons import DeliveryKind, HttpAnswer, OutcomeCode, Reason, SkipReason

Mark = Callable[[], Awaitable[bool]]
"""Writes durably that something is about to leave; False when the attempt is no longer ours to make. Awaited just before the point of no return."""


class Sent(msgspec.Struct, frozen=True):
    """Accepted by the other side: ours to repeat no more. It does not mean delivered."""

    reference: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """Certainly not sent, and the same attempt will be refused again: final. The other side may refuse for a reason that our policy has too."""

    code: OutcomeCode | SkipReason
    detail: str = ""


class Retry(msgspec.Struct, frozen=True):
    """Certainly not sent, and worth another attempt; no sooner than `after` when the other side named a time.

    `blocked_by` names the list by which a mail server turned us away, when it told that.
    """

    code: Reason | HttpAnswer
    after: timedelta | None = None
    blocked_by: str | None = None


class Unknown(msgspec.Struct, frozen=True):
    """Sent or not: nobody can tell from here. Parked for a person, never repeated by itself."""

    code: OutcomeCode


class Halt(msgspec.Struct, frozen=True):
    """Certainly not sent, and nothing will be until a person mends the channel: stop it, tell, keep its queue."""

    code: OutcomeCode


Outcome = Sent | Refused | Retry | Unknown | Halt

OURS: Final[frozenset[Reason]] = frozenset(
    {
        OutcomeCode.BLOCK_LISTED,
        OutcomeCode.POLICY_REFUSED,
        OutcomeCode.NOT_AUTHENTICATED,
        OutcomeCode.NOT_ROUTED,
        OutcomeCode.SENDER_REFUSED,
        DeliveryKind.BLOCKED,
    }
)
"""Codes by which the other side turned *us* away, and not the address or this one mail: the next mails will fare the same until we mend it.

A line of history carries the same code as its reason, whether the refusal came at once or in a later report.
"""

INVITED_RECENTLY: Final = SkipReason.INVITED_RECENTLY
"""Code of a `Refused` by the platform's 30-day rule. After an unknown attempt of our own it means that the attempt had succeeded."""

PLATFORM_ERROR: Final = OutcomeCode.PLATFORM_ERROR
"""Code of a `Retry` after a server error of the platform: almost certainly nothing was placed; "already placed" at the next try says otherwise."""

NOT_MARKED: Final = OutcomeCode.NOT_MARKED
"""Code of a `Retry` whose durable mark was not granted just before the hand-over: the attempt was no longer ours to make."""

NO_SUCH_MAILBOX: Final = OutcomeCode.NO_SUCH_MAILBOX
"""Code of a `Refused` by which a mail server says that the address itself is at fault (5.1.1 and its like): a hard bounce at the door."""

MAILBOX_FULL: Final = OutcomeCode.MAILBOX_FULL
"""Code of a `Retry` by which a mail server says that the mailbox is full (5.2.2 and its like): a soft bounce at the door."""
