"""Flow A: people, jobs, triggers, invitations with their history and legal basis, reviews read back."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Due, Owned, contact, content, new_id, owned, plain, pseudonym, queue, spelled, staff


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
    restricted_at: Mapped[datetime | None] = pseudonym()


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
        Index("ix_triggers_received", "received_at", postgresql_using="brin"),
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
        Index("ix_invitations_turn", "branch_id", "channel", "due_at", postgresql_where=text("state = 'planned'")),
        Index("ix_invitations_mailed", "branch_id", "sent_at", postgresql_where=text("state = 'sent' AND channel = 'mail'")),
        Index("ix_invitations_left", "channel", "marked_at", postgresql_where=text("marked_at IS NOT NULL")),
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
        Index("ix_invitation_events_at", "at", postgresql_using="brin"),
    )
    invitation_id: Mapped[uuid.UUID] = pseudonym()
    at: Mapped[datetime] = contact()
    state: Mapped[str] = plain()
    reason: Mapped[str | None] = plain()
    due_at: Mapped[datetime | None] = plain()
    actor: Mapped[str] = staff()
    digest: Mapped[bytes] = pseudonym()


class Reminder(Owned, Due, Base):
    """The one herinnering of an invitation that we mailed, or the reason why there is none; the platform's own reminders are not ours."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("branch_id", "invitation_id"),
        owned("invitations", "invitation_id"),
        CheckConstraint("state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'skipped', 'expired', 'dead')", name="state"),
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
    """What a mail server told later about a mail of ours: delivered, bounced, complained about. An opening is an indication, no more."""

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


class MailPattern(Owned, Base):
    """How a branch's own program writes: by its sender and the start of its subject, and what a mail of that kind tells. Taught by a person."""

    __tablename__ = "mail_patterns"
    __table_args__ = (UniqueConstraint("branch_id", "sender", "subject"),)
    sender: Mapped[str] = staff()
    subject: Mapped[str] = plain()
    tells: Mapped[str] = plain()
    kind: Mapped[str | None] = plain()
    taught_by: Mapped[str] = staff()
    taught_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class InboundMail(Owned, Due, Base):
    """A copy of a mail that a branch's program sent to its customer, until it has told what it had to tell or a person has looked at it."""

    __tablename__ = "inbound_mails"
    __table_args__ = (
        UniqueConstraint("branch_id", "digest"),
        CheckConstraint("state IN ('waiting', 'claimed', 'told', 'unrecognised', 'dismissed', 'dead')", name="state"),
        *queue("inbound_mails", "waiting"),
    )
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    digest: Mapped[bytes] = pseudonym()
    sender: Mapped[str] = contact()
    subject: Mapped[str] = content()
    size: Mapped[int] = plain()
    storage_key: Mapped[str | None] = plain()
    reason: Mapped[str | None] = plain()
    fields: Mapped[dict[str, Any]] = content(default=dict, server_default="{}")
    trigger_id: Mapped[uuid.UUID | None] = pseudonym()
    received_at: Mapped[datetime] = plain()
    settled_by: Mapped[str | None] = staff()
    settled_at: Mapped[datetime | None] = plain()


class Import(Owned, Due, Base):
    """A spreadsheet of jobs: how far it is, what became of its lines, and which were refused why. The file goes when it is done."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'waiting', 'claimed', 'done', 'dead')", name="state"),
        *queue("imports", "waiting"),
    )
    file_name: Mapped[str] = plain()
    digest: Mapped[bytes] = plain()
    storage_key: Mapped[str | None] = plain()
    mapping: Mapped[dict[str, Any]] = plain()
    dry_run: Mapped[bool] = plain()
    lines: Mapped[int] = plain(default=0, server_default="0")
    read: Mapped[int] = plain(default=0, server_default="0")
    counts: Mapped[dict[str, Any]] = plain(default=dict, server_default="{}")
    refused_key: Mapped[str | None] = plain()
    failure: Mapped[str | None] = plain()
    by: Mapped[str] = staff()
    created_at: Mapped[datetime] = plain()
    done_at: Mapped[datetime | None] = plain()


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
