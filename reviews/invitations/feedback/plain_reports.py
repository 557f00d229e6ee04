"""Read reports that are written for people: older Exim, qmail, hMailServer, and any report that somebody forwarded as text.

Which mail such a report is about its tag says for certain (`bounce_reports`); the words only have to say that it is a report, and what happened. An
answer from a holiday comes back to the same address and may hold any words: so the sender, or a sentence that only programs write, must say that a
mail server wrote it.
"""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

from reviews.invitations.feedback import refusals, report_parts
from reviews.invitations.feedback.delivery_events import status_in
from reviews.invitations.feedback.refusals import Blame, Refusal
from reviews.reasons import DeliveryKind

_LONGEST: Final = 20_000
_MOST_ADDRESSES: Final = 200

_BY_A_SERVER: Final = re.compile(
    r"mailer-?daemon|postmaster|mail delivery (?:sub)?system|mail deliver|mail system|bounce|onbestelbaar", re.IGNORECASE
)
# Sentences that only programs write.
_PROGRAM: Final = re.compile(
    r"this is the qmail-send program|this message was created automatically by mail delivery software"
    r"|did not reach some or all of the intended recipients|this is the mail system at host|from: .{0,60}(?:mailer-daemon|postmaster)@",
    re.IGNORECASE,
)
_GIVEN_UP: Final = re.compile(
    r"permanent (?:error|failure|fatal)|could(?: not|n't) be (?:delivered|reached)|did not reach|undeliverable"
    r"|deliver\w* (?:has )?(?:permanently )?fail|fail\w* to deliver|not able to deliver|wasn't able to deliver|unable to deliver"
    r"|given up|giving up|returned to sender"
    r"|onbestelbaar|(?:niet|kon) (?:worden )?(?:bezorgd|afgeleverd)",
    re.IGNORECASE,
)
_STILL_TRYING: Final = re.compile(
    r"(?:will|shall) (?:be retried|keep trying|continue|retry)|no action is required|still (?:trying|being)|not yet been delivered|has been delayed"
    r"|message delayed|will be repeated",
    re.IGNORECASE,
)
# Where our own mail begins: its words say nothing about what happened.
_QUOTED: Final = re.compile(
    r"^[-> ]*(?:-{3,} ?(?:this is a copy|below this line|original message|the header|message header|returned message|oorspronkelijk).*"
    r"|list-unsubscribe:.*|feedback-id:.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def addresses(mail: Message) -> Iterator[str]:
    """Yield the addresses that stand in the text of a mail: a forwarded report names our tag nowhere else."""
    for number, found in enumerate(report_parts.ADDRESS.finditer(_text(mail))):
        if number >= _MOST_ADDRESSES:
            return
        yield found[0].strip("'`.[]{}")


def read(mail: Message) -> tuple[DeliveryKind, str | None, Refusal] | None:
    """Return what happened to the mail that a report for people is about, with its status code and whose fault it was; None for any other mail."""
    text = _text(mail)
    failed_recipients = bool(mail.get("X-Failed-Recipients"))
    if not failed_recipients and not _is_report(mail, text):
        return None
    told = " ".join(_QUOTED.split(text, maxsplit=1)[0].split())
    if not failed_recipients and not _GIVEN_UP.search(told):
        return (DeliveryKind.DEFERRED, status_in(told), Refusal(Blame.NEITHER)) if _STILL_TRYING.search(told) else None
    return _failure(told)


def _failure(told: str) -> tuple[DeliveryKind, str | None, Refusal]:
    status = status_in(told)
    # Without any code the report itself says that the server gave up.
    found = refusals.read(status or (None if refusals.has_reply(told) else "5.0.0"), told)
    return found.kind, status, found


def _is_report(mail: Message, text: str) -> bool:
    """Whether a mail server wrote it: its sender says so and a sentence that it gave up or goes on, or a sentence that only programs write."""
    if _PROGRAM.search(text):
        return True
    by = " ".join(report_parts.header(mail, name) for name in ("From", "Sender"))
    return bool(_BY_A_SERVER.search(by) and (_GIVEN_UP.search(text) or _STILL_TRYING.search(text)))


def _text(mail: Message) -> str:
    """Return the subject and the first text of a mail."""
    for part in report_parts.own(mail, "text/plain"):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            return f"{report_parts.header(mail, 'Subject')}\n{content[:_LONGEST].decode('utf-8', 'replace')}"
    return ""
