"""Say what a mail server's reply that is no acceptance means for the mail, by where it came and what it said."""

import re
from datetime import timedelta
from typing import Final, Literal

from aiosmtplib import SMTPResponseException

from reviews.handover.outcomes import NO_SUCH_MAILBOX, Halt, Outcome, Refused, Retry, Unknown
from reviews.invitations.feedback import refusals
from reviews.invitations.feedback.refusals import Blame, Refusal
from reviews.invitations.sending.mail_message import MailMessage
from reviews.reasons import OutcomeCode

Step = Literal["sender", "recipient", "data", "final"]
"""What a reply answers: MAIL, RCPT, DATA, or the final dot."""

LOST: Final = Retry(OutcomeCode.SMTP_LOST)
"""The one refusal that says nothing about the mail, only about its connection."""

OURS_PAUSE: Final = timedelta(days=1)
"""How long a mail waits that was turned away because of us: a list changes its mind within days, and thinks less of who asks more often.

As long waits one for a full mailbox, which a report would call a soft bounce.
"""

_DETAIL_LENGTH: Final = 200
_DEFERRED: Final = {"sender": OutcomeCode.SENDER_DEFERRED, "recipient": OutcomeCode.RECIPIENT_DEFERRED}


def greeting(problem: SMTPResponseException) -> Outcome:
    """Classify a greeting that is none: it is about the server or about us ("no service here"), so that the mail waits and nobody is refused."""
    found = _read(problem)
    if found.code:
        return Retry(found.code, blocked_by=found.blocked_by)
    return Retry(OutcomeCode.SMTP_BUSY) if problem.code < 500 else Retry(OutcomeCode.SMTP_TURNED_AWAY)


def refusal(step: Step, problem: SMTPResponseException, message: MailMessage) -> Outcome:
    """Classify a reply to one of the four steps of a mail.

    421 ends the connection (RFC 5321, 3.8). Before the final dot nothing was handed over; there, a server that shuts down may have queued the
    mail just before. A code outside 4xx and 5xx means nothing, with the same difference.
    """
    if problem.code == 421 and step == "final":
        return Unknown(OutcomeCode.REPLY_LOST)
    if not 400 <= problem.code < 600:
        return Unknown(OutcomeCode.REPLY_UNCLEAR) if step == "final" else LOST
    if problem.code in (530, 535):
        return Halt(OutcomeCode.LOGIN_REQUIRED)
    found = _read(problem)
    # What turns us away turns away the next mail too: it waits until we have mended that, and nobody is refused for it; nor for a full mailbox.
    if found.code or (step == "sender" and problem.code >= 500):
        return Retry(found.code or OutcomeCode.SENDER_REFUSED, OURS_PAUSE if problem.code >= 500 else None, found.blocked_by)
    return _about_the_mail(step, problem, found, message)


def _about_the_mail(step: Step, problem: SMTPResponseException, found: Refusal, message: MailMessage) -> Outcome:
    if problem.code == 421:
        return LOST
    if problem.code < 500:
        return Retry(_DEFERRED.get(step, OutcomeCode.MESSAGE_DEFERRED))
    detail = _detail(problem, message)
    if found.blame is Blame.ADDRESS:
        return Refused(NO_SUCH_MAILBOX, detail)
    return Refused(OutcomeCode.RECIPIENT_REFUSED if step == "recipient" else OutcomeCode.MESSAGE_REFUSED, detail)


def _read(problem: SMTPResponseException) -> Refusal:
    return refusals.read(None, f"{problem.code} {problem.message}")


def _detail(problem: SMTPResponseException, message: MailMessage) -> str:
    """Return the server's words for people at the desk: on one line, shortened, without the address."""
    words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", f"{problem.code} {problem.message}")
    return re.sub(re.escape(message.to_address), "…", words, flags=re.IGNORECASE)[:_DETAIL_LENGTH]
