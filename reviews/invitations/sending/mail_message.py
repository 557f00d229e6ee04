"""One mail of ours before it is bytes, and what takes it out of the house. Whoever writes, shows or sends mail may know both."""

from datetime import datetime
from typing import Protocol

import msgspec

from reviews.handover.outcomes import Mark, Outcome
from reviews.texts import addresses


class MailMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person, before it is bytes.

    `message_id` (with its angle brackets) and `date` belong to the letter and not to the attempt: every attempt repeats them, so that a
    mailbox may recognise a second copy. `list_unsubscribe` holds the RFC 8058 address first, a mailto second; empty for mail that nobody can
    opt out of. `envelope_sender` is where bounces go, if not to `from_address`. By `reference`, which tells nothing about anybody, later news of
    the mail finds it back; it reaches no header.
    """

    from_name: str
    from_address: str
    to_address: str
    to_name: str | None = None
    reply_to: str | None = None
    subject: str
    text: str
    html: str | None = None
    message_id: str
    date: datetime
    list_unsubscribe: tuple[str, ...] = ()
    list_id: str | None = None
    feedback_id: str | None = None
    envelope_sender: str | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        """Write each address as mail servers know it, with A-labels for a domain beyond ASCII: here, so that no way out forgets it."""
        for name in ("from_address", "to_address", "reply_to", "envelope_sender"):
            if address := getattr(self, name):
                msgspec.structs.force_setattr(self, name, addresses.as_sent(address))

    def __repr__(self) -> str:
        """Name the letter by its id only: a person's data does not belong in a log."""
        return f"MailMessage({self.message_id!r})"

    @property
    def sender(self) -> str:
        """Return the sender on the envelope."""
        return self.envelope_sender or self.from_address


class MailTransport(Protocol):
    """What takes our mail out of the house: a mail server (`smtp`) or a mail service (`sendgrid`)."""

    async def send(self, message: MailMessage, /, *, mark: Mark) -> Outcome:
        """Send one letter, awaiting `mark` just before what cannot be taken back."""
        ...

    async def probe(self) -> Outcome:
        """Find out without sending anything whether letters would be taken: `Sent` when they would."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
