"""Take in bounces in the background process: reports that come by mail, and addresses that a mail server refused during SMTP."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.feedback.bounce_reports import BounceMailbox
from reviews.invitations.feedback.delivery_events import DeliveryEvent, status_in
from reviews.privacy import suppression
from reviews.reasons import DeliveryKind

log = structlog.get_logger("reviews.bounces")


@dataclass(frozen=True, slots=True)
class BounceDoor:
    """The address that bounce reports come to: each is read, and what it reports is stored at once."""

    mailbox: BounceMailbox
    maker: async_sessionmaker[AsyncSession]
    clock: Clock
    most_soft_bounces: int = delivery_effects.MOST_SOFT_BOUNCES

    async def takes(self, recipient: str) -> bool:
        """Whether this recipient is an address for bounces."""
        return self.mailbox.takes(recipient)

    async def receive(self, recipient: str, raw: bytes) -> None:
        """Take in one mail; one that reports nothing is accepted all the same, so that its sender does not repeat it."""
        now = self.clock.now()
        told = self.mailbox.read(raw, recipients=(recipient,), now=now)
        if told is None:
            log.info("bounce_ignored", bytes=len(raw))
            return
        await self._note(told, now)

    async def turned_away(self, reference: str, kind: DeliveryKind, words: str) -> None:
        """Take in a refusal during SMTP, which says what a report would have said: there is no such mailbox, or it is full."""
        now = self.clock.now()
        # A refusal has no id of its own; with the moment in it each refusal is an event that `note` stores once.
        event_id = f"{reference} at the door {now.isoformat()}"
        told = DeliveryEvent(reference=reference, kind=kind, at=now, provider="bounce", event_id=event_id, status=status_in(words))
        await self._note(told, now)

    async def _note(self, told: DeliveryEvent, now: datetime) -> None:
        async with self.maker.begin() as session:
            await delivery_effects.note(session, [told], suppress=suppression.suppress, now=now, most_soft_bounces=self.most_soft_bounces)
        log.info("bounce_noted", kind=told.kind, status=told.status)
