"""Jobs, and what sources report about them: over the API, in spreadsheets and by copies of mails."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Due, Owned, contact, content, new_id, owned, plain, pseudonym, queue, spelled, staff


class Job(Owned, Base):
    """An opdracht, as all triggers about it together describe it."""

    __tablename__ = "jobs"
    __table_args__ = (
        # What one job is (docs/decisions/0035): a number alone is used again, by another kind and in another year.
        UniqueConstraint("branch_id", "identity"),
        Index("ix_jobs_number", "branch_id", "number_key"),
        Index("ix_jobs_person", "person_id"),
        Index("ix_jobs_completed", "branch_id", "completed_at"),
        # BRIN: jobs are stored in order of time; the ledger of a month reads a month.
        Index("ix_jobs_created", "created_at", postgresql_using="brin"),
        Index("ix_jobs_credit_asked", "branch_id", "credit_asked_at", postgresql_where=text("credit_asked_at IS NOT NULL")),
        Index("ix_jobs_spelled", "branch_id", text(spelled("number"))),
    )
    number: Mapped[str] = contact()
    number_key: Mapped[str] = contact()
    identity: Mapped[str] = contact()
    kind: Mapped[str] = contact()
    state: Mapped[str] = plain()
    completed_at: Mapped[datetime | None] = contact()
    person_id: Mapped[uuid.UUID | None] = pseudonym(ForeignKey("people.id"))
    customer_name: Mapped[str | None] = contact()
    email: Mapped[str | None] = contact()
    postcode: Mapped[str | None] = contact()
    house_number: Mapped[str | None] = contact()
    total: Mapped[Decimal | None] = contact()
    credited: Mapped[Decimal | None] = contact()
    credit_asked_at: Mapped[datetime | None] = plain()
    created_at: Mapped[datetime] = plain()


class Trigger(Owned, Base):
    """A melding exactly as it came, with the answer it got, so that the same event gets the same answer again."""

    __tablename__ = "triggers"
    __table_args__ = (
        UniqueConstraint("branch_id", "source_id", "event_id"),
        owned("jobs", "job_id"),
        Index("ix_triggers_job", "branch_id", "job_id"),
        Index("ix_triggers_event", "source_id", "event_id"),
        Index("ix_triggers_source_job", "branch_id", "source_id", "source_job_id", postgresql_where=text("source_job_id IS NOT NULL")),
        # BRIN: triggers are stored in order of arrival; the index stays at a few kilobytes.
        Index("ix_triggers_received", "received_at", postgresql_using="brin"),
    )
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    event_id: Mapped[str] = plain()
    job_id: Mapped[uuid.UUID] = pseudonym()
    source_job_id: Mapped[str | None] = contact()
    type: Mapped[str] = plain()
    occurred_at: Mapped[datetime] = contact()
    received_at: Mapped[datetime] = plain()
    digest: Mapped[bytes] = pseudonym()
    payload: Mapped[dict[str, Any]] = contact()
    answer: Mapped[dict[str, Any]] = pseudonym()


class ToldLines(Base):
    """Lines that a source told about a branch in one transaction, and what became of them: jobs + repeats + refused = told.

    `branch_id` is empty where the lines name no branch that the source may speak for. `taken` are the ids of those that are stored as triggers.
    """

    __tablename__ = "told_lines"
    __table_args__ = (
        Index("ix_told_lines_branch", "branch_id", "at"),
        # BRIN: rows come in order of time.
        Index("ix_told_lines_at", "at", postgresql_using="brin"),
    )
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    branch_id: Mapped[uuid.UUID | None] = plain(ForeignKey("branches.id"))
    at: Mapped[datetime] = plain()
    told: Mapped[int] = plain()
    jobs: Mapped[int] = plain()
    repeats: Mapped[int] = plain()
    refused: Mapped[int] = plain()
    taken: Mapped[list[str]] = plain()
    refusals: Mapped[list[dict[str, Any]]] = contact()


class OpenCase(Owned, Base):
    """A service case about a job; while it is open the invitation waits, 30 days at most."""

    __tablename__ = "open_cases"
    __table_args__ = (UniqueConstraint("branch_id", "job_id"), owned("jobs", "job_id"))
    job_id: Mapped[uuid.UUID] = pseudonym()
    opened_at: Mapped[datetime] = contact()
    closed_at: Mapped[datetime | None] = contact()


class Import(Owned, Due, Base):
    """A spreadsheet of jobs: its progress, what became of its rows, and which were refused and why. The file goes when it is done."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'waiting', 'claimed', 'done', 'dead')", name="state"),
        Index("ix_imports_kept", "created_at", postgresql_where=text("storage_key IS NOT NULL OR refused_key IS NOT NULL")),
        *queue("imports", "waiting"),
    )
    file_name: Mapped[str] = plain()
    digest: Mapped[bytes] = plain()
    storage_key: Mapped[str | None] = plain()
    mapping: Mapped[dict[str, Any]] = plain()
    sample: Mapped[dict[str, Any]] = contact(default=dict, server_default="{}")
    dry_run: Mapped[bool] = plain()
    lines: Mapped[int] = plain(default=0, server_default="0")
    read: Mapped[int] = plain(default=0, server_default="0")
    counts: Mapped[dict[str, Any]] = plain(default=dict, server_default="{}")
    refused_key: Mapped[str | None] = plain()
    failure: Mapped[str | None] = plain()
    by: Mapped[str] = staff()
    created_at: Mapped[datetime] = plain()
    done_at: Mapped[datetime | None] = plain()


class InboundMail(Owned, Due, Base):
    """A copy of a mail that a branch's program sent to its customer, kept until it became a trigger or a person has looked at it."""

    __tablename__ = "inbound_mails"
    __table_args__ = (
        # Two addresses of a branch may bring the same bytes; that they are one copy is found out when they are read (`content_digest`).
        UniqueConstraint("branch_id", "source_id", "digest"),
        Index("ix_inbound_mails_content", "branch_id", "content_digest"),
        CheckConstraint("state IN ('waiting', 'claimed', 'told', 'unrecognised', 'dismissed', 'dead')", name="state"),
        Index("ix_inbound_mails_review", "branch_id", "received_at", postgresql_where=text("state IN ('unrecognised', 'dead')")),
        Index("ix_inbound_mails_kept", "settled_at", postgresql_where=text("storage_key IS NOT NULL OR fields <> '{}' OR subject <> ''")),
        *queue("inbound_mails", "waiting"),
    )
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    digest: Mapped[bytes] = pseudonym()
    content_digest: Mapped[bytes | None] = pseudonym()
    customer_digest: Mapped[bytes | None] = pseudonym()
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


class MailPattern(Owned, Base):
    """A kind of mail from a branch's own program, known by sender and start of subject, and what it reports. A person teaches it."""

    __tablename__ = "mail_patterns"
    __table_args__ = (UniqueConstraint("branch_id", "sender", "subject"),)
    sender: Mapped[str] = staff()
    subject: Mapped[str] = plain()
    tells: Mapped[str] = plain()
    kind: Mapped[str | None] = plain()
    taught_by: Mapped[str] = staff()
    taught_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()
