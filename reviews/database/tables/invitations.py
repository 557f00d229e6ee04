"""Invitations: each with its history and reminder, what mail servers reported, and the reviews that were read back."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Due, Owned, contact, content, owned, plain, pseudonym, queue, staff


class Invitation(Owned, Due, Base):
    """The one uitnodiging of a job, or the reason why there is none: skips are rows too."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("branch_id", "job_id"),
        UniqueConstraint("branch_id", "reference"),
        owned("jobs", "job_id"),
        owned("bases", "basis_id"),
        # In the schema and not only in code: art. 11.7 Tw puts the burden of proof on the sender.
        CheckConstraint("state IN ('skipped', 'cancelled') OR (basis_id IS NOT NULL AND person_id IS NOT NULL)", name="no_mail_without_basis"),
        CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'reviewed', 'held', 'cancelled', 'expired', 'refused', 'unknown', 'skipped', 'dead')",
            name="state",
        ),
        # docs/decisions/0007 as a constraint: no row can say that something was sent without the mark that was set before.
        CheckConstraint("state NOT IN ('sent', 'reviewed', 'unknown') OR marked_at IS NOT NULL", name="nothing_leaves_unmarked"),
        Index("ix_invitations_person", "person_id"),
        Index("ix_invitations_turn", "branch_id", "channel", "due_at", postgresql_where=text("state = 'planned'")),
        Index("ix_invitations_mailed", "branch_id", "sent_at", postgresql_where=text("state = 'sent' AND channel = 'mail'")),
        Index("ix_invitations_left", "channel", "marked_at", postgresql_where=text("marked_at IS NOT NULL")),
        # What waits for a person: each page of the desk counts it.
        Index("ix_invitations_stuck", "branch_id", "state", "marked_at", postgresql_where=text("state IN ('unknown', 'dead')")),
        *queue("invitations", "planned"),
    )
    job_id: Mapped[uuid.UUID] = pseudonym()
    person_id: Mapped[uuid.UUID | None] = pseudonym(ForeignKey("people.id"))
    basis_id: Mapped[uuid.UUID | None] = pseudonym()
    channel: Mapped[str] = plain()
    reason: Mapped[str | None] = plain()
    rules_version: Mapped[int] = plain()
    evidence: Mapped[dict[str, Any]] = contact()
    reference: Mapped[str] = pseudonym()
    send_before: Mapped[datetime] = plain()
    message_id: Mapped[str] = pseudonym()
    message_at: Mapped[datetime | None] = plain()
    sent_at: Mapped[datetime | None] = contact()
    reviewed_at: Mapped[datetime | None] = contact()
    tries: Mapped[int] = plain(default=0, server_default="0")
    created_at: Mapped[datetime] = plain()


class InvitationEvent(Owned, Base):
    """One step in the history of an invitation; nothing is ever overwritten here."""

    __tablename__ = "invitation_events"
    __table_args__ = (
        owned("invitations", "invitation_id"),
        Index("ix_invitation_events_invitation", "branch_id", "invitation_id"),
        # BRIN: lines come in order of time, so a few kilobytes index them all (docs/decisions/0025).
        Index("ix_invitation_events_at", "at", postgresql_using="brin"),
    )
    invitation_id: Mapped[uuid.UUID] = pseudonym()
    at: Mapped[datetime] = contact()
    state: Mapped[str] = plain()
    reason: Mapped[str | None] = plain()
    due_at: Mapped[datetime | None] = plain()
    blocked_by: Mapped[str | None] = plain()
    actor: Mapped[str] = staff()
    digest: Mapped[bytes] = pseudonym()


class Reminder(Owned, Due, Base):
    """The one herinnering of an invitation that we mailed, or the reason why there is none; the platform's own reminders are not ours."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("branch_id", "invitation_id"),
        owned("invitations", "invitation_id"),
        CheckConstraint("state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'skipped', 'expired', 'dead')", name="state"),
        Index("ix_reminders_unknown", "branch_id", postgresql_where=text("state = 'unknown'")),
        *queue("reminders", "waiting"),
    )
    invitation_id: Mapped[uuid.UUID] = pseudonym()
    reason: Mapped[str | None] = plain()
    send_before: Mapped[datetime] = plain()
    message_id: Mapped[str] = pseudonym()
    message_at: Mapped[datetime | None] = plain()
    sent_at: Mapped[datetime | None] = contact()
    created_at: Mapped[datetime] = plain()


class MailEvent(Owned, Base):
    """What a mail server reported later about a mail of ours: delivered, bounced, complained about. An opening is only an indication."""

    __tablename__ = "mail_events"
    __table_args__ = (
        UniqueConstraint("branch_id", "provider", "event_id"),
        owned("invitations", "invitation_id"),
        Index("ix_mail_events_invitation", "branch_id", "invitation_id"),
    )
    invitation_id: Mapped[uuid.UUID | None] = pseudonym()
    provider: Mapped[str] = plain()
    event_id: Mapped[str] = pseudonym()
    kind: Mapped[str] = plain()
    at: Mapped[datetime] = contact()
    received_at: Mapped[datetime] = plain()
    status: Mapped[str | None] = plain()


class Review(Owned, Base):
    """A review read back from the platform; `removed_at` when the platform removed it."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("branch_id", "tenant", "review_id"),
        owned("invitations", "invitation_id"),
        Index("ix_reviews_reference", "branch_id", "reference"),
    )
    tenant: Mapped[str] = plain()
    review_id: Mapped[str] = pseudonym()
    invitation_id: Mapped[uuid.UUID | None] = pseudonym()
    reference: Mapped[str | None] = pseudonym()
    author: Mapped[str | None] = contact()
    rating: Mapped[Decimal | None] = content()
    headline: Mapped[str | None] = content()
    opinion: Mapped[str | None] = content()
    recommends: Mapped[bool | None] = content()
    reply: Mapped[str | None] = content()
    written_at: Mapped[datetime | None] = contact()
    changed_at: Mapped[datetime | None] = plain()
    removed_at: Mapped[datetime | None] = plain()


class PlatformFigures(Base):
    """What the platform itself says of a branch, once a day: its averages and how many reviews they rest on."""

    __tablename__ = "platform_figures"
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)
    day: Mapped[date] = plain(primary_key=True)
    average: Mapped[Decimal | None] = plain()
    reviews: Mapped[int] = plain()
    recommended: Mapped[int | None] = plain()
    year_average: Mapped[Decimal | None] = plain()
    year_reviews: Mapped[int | None] = plain()
    read_at: Mapped[datetime] = plain()
