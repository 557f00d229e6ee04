"""Flow A: people, jobs, triggers, invitations with their history and legal basis, reviews read back."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.tables.walls import Base, Due, Owned, contact, content, new_id, owned, plain, pseudonym, queue, spelled, staff


class Person(Base):
    """A customer of the franchise: the cap and the opt-out count over all branches."""

    __tablename__ = "people"
    id: Mapped[uuid.UUID] = pseudonym(primary_key=True, default=new_id)
    address_key: Mapped[bytes] = pseudonym(unique=True)
    email: Mapped[str] = contact()
    name: Mapped[str] = contact()
    language: Mapped[str] = contact(default="nl")
    created_at: Mapped[datetime] = contact()
    last_contact_at: Mapped[datetime] = contact()


class Suppression(Base):
    """Niet-mailen: kept without the address, for ever and for all branches; only the person lifts it."""

    __tablename__ = "suppressions"
    address_key: Mapped[bytes] = pseudonym(primary_key=True)
    reason: Mapped[str] = plain()
    origin: Mapped[str] = plain()
    at: Mapped[datetime] = pseudonym()


class Job(Owned, Base):
    """An opdracht as the triggers about it add up to."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("branch_id", "number_key"),
        Index("ix_jobs_person", "person_id"),
        Index("ix_jobs_completed", "branch_id", "completed_at"),
        Index("ix_jobs_spelled", "branch_id", text(spelled("number"))),
    )
    number: Mapped[str] = contact()
    number_key: Mapped[str] = contact()
    kind: Mapped[str] = contact()
    state: Mapped[str] = plain()
    completed_at: Mapped[datetime | None] = contact()
    person_id: Mapped[uuid.UUID | None] = pseudonym(ForeignKey("people.id"))
    customer_name: Mapped[str | None] = contact()
    email: Mapped[str | None] = contact()
    postcode: Mapped[str | None] = contact()
    house_number: Mapped[str | None] = contact()
    total: Mapped[Decimal | None] = contact()
    created_at: Mapped[datetime] = plain()


class Trigger(Owned, Base):
    """A melding exactly as it came, with the answer it got: the same event gets the same answer."""

    __tablename__ = "triggers"
    __table_args__ = (
        UniqueConstraint("branch_id", "source_id", "event_id"),
        owned("jobs", "job_id"),
        Index("ix_triggers_job", "branch_id", "job_id"),
        Index("ix_triggers_event", "source_id", "event_id"),
    )
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    event_id: Mapped[str] = plain()
    job_id: Mapped[uuid.UUID] = pseudonym()
    type: Mapped[str] = plain()
    occurred_at: Mapped[datetime] = contact()
    received_at: Mapped[datetime] = plain()
    digest: Mapped[bytes] = pseudonym()
    payload: Mapped[dict[str, Any]] = contact()
    answer: Mapped[dict[str, Any]] = pseudonym()


class OpenCase(Owned, Base):
    """A service case about a job; while it is open the invitation waits, 30 days at most."""

    __tablename__ = "open_cases"
    __table_args__ = (UniqueConstraint("branch_id", "job_id"), owned("jobs", "job_id"))
    job_id: Mapped[uuid.UUID] = pseudonym()
    opened_at: Mapped[datetime] = contact()
    closed_at: Mapped[datetime | None] = contact()


class Basis(Owned, Base):
    """The legal basis of an invitation: which entity may ask, by which text, since when, from which event."""

    __tablename__ = "bases"
    __table_args__ = (
        UniqueConstraint("branch_id", "trigger_id"),
        owned("jobs", "job_id"),
        CheckConstraint("kind IN ('customer', 'consent')", name="kind"),
    )
    job_id: Mapped[uuid.UUID] = pseudonym()
    trigger_id: Mapped[uuid.UUID] = pseudonym()
    kind: Mapped[str] = contact()
    entity: Mapped[str] = plain()
    text_version: Mapped[str] = plain()
    given_at: Mapped[datetime] = contact()


class Invitation(Owned, Due, Base):
    """The one uitnodiging of a job, or the reason why there is none: skips are rows too."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("branch_id", "job_id"),
        UniqueConstraint("branch_id", "reference"),
        owned("jobs", "job_id"),
        owned("bases", "basis_id"),
        CheckConstraint("state IN ('skipped', 'cancelled') OR (basis_id IS NOT NULL AND person_id IS NOT NULL)", name="no_mail_without_basis"),
        CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'reviewed', 'held', 'cancelled', 'expired', 'refused', 'unknown', 'skipped', 'dead')",
            name="state",
        ),
        CheckConstraint("state NOT IN ('sent', 'reviewed', 'unknown') OR marked_at IS NOT NULL", name="nothing_leaves_unmarked"),
        Index("ix_invitations_person", "person_id"),
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
    created_at: Mapped[datetime] = plain()


class InvitationEvent(Owned, Base):
    """One step in the history of an invitation; nothing is ever overwritten here."""

    __tablename__ = "invitation_events"
    __table_args__ = (
        owned("invitations", "invitation_id"),
        Index("ix_invitation_events_invitation", "branch_id", "invitation_id"),
    )
    invitation_id: Mapped[uuid.UUID] = pseudonym()
    at: Mapped[datetime] = contact()
    state: Mapped[str] = plain()
    reason: Mapped[str | None] = plain()
    actor: Mapped[str] = staff()


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
