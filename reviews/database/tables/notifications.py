"""What the service reports without being asked: webhook endpoints with their deliveries, and alerts for people at the desk."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Due, Owned, contact, new_id, plain, pseudonym, queue, secret, staff


class WebhookEndpoint(Base):
    """An address to which a source wants its branches' events delivered.

    While `previous_until` lasts both secrets sign. `announced_until` is the moment up to which the history was searched for events.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("source_id", "url"),)
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    url: Mapped[str] = plain()
    types: Mapped[list[str]] = plain()
    sealed_secret: Mapped[bytes] = secret()
    sealed_before: Mapped[bytes | None] = secret()
    previous_until: Mapped[datetime | None] = plain()
    announced_until: Mapped[datetime] = plain()
    created_at: Mapped[datetime] = plain()
    disabled_at: Mapped[datetime | None] = plain()


class WebhookDelivery(Owned, Due, Base):
    """One event for one endpoint, repeated until it is taken; the receiver knows a repetition by its id."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        # The history is read again with an overlap of ten minutes; this constraint drops what was found before (docs/decisions/0025).
        UniqueConstraint("branch_id", "endpoint_id", "type", "subject"),
        CheckConstraint("state IN ('waiting', 'claimed', 'delivered', 'dead')", name="state"),
        *queue("webhook_deliveries", "waiting"),
    )
    endpoint_id: Mapped[uuid.UUID] = plain(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    type: Mapped[str] = plain()
    subject: Mapped[uuid.UUID] = pseudonym()
    payload: Mapped[dict[str, Any]] = contact()
    failure: Mapped[str | None] = plain()
    delivered_at: Mapped[datetime | None] = plain()
    created_at: Mapped[datetime] = plain()


class Alert(Due, Base):
    """A mail to a person at the desk about something that has stopped; sent once each time that it stops."""

    __tablename__ = "alerts"
    __table_args__ = (
        # This is what sends an alert once: the look each minute inserts it again and meets the constraint.
        UniqueConstraint("user_id", "kind", "subject", "since"),
        CheckConstraint("state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'over', 'dead')", name="state"),
        Index("ix_alerts_lasting", "subject", postgresql_where=text("kind = 'unknown_waiting' AND state <> 'over'")),
        *queue("alerts", "waiting"),
    )
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = staff(ForeignKey("users.id"))
    kind: Mapped[str] = plain()
    subject: Mapped[uuid.UUID] = plain()
    since: Mapped[datetime] = plain()
    message_id: Mapped[str] = plain()
    failure: Mapped[str | None] = plain()
    created_at: Mapped[datetime] = plain()
    sent_at: Mapped[datetime | None] = staff()
