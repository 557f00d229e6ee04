"""Branches, their sources, the people at the desk, and what the service keeps about itself."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, new_id, plain, pseudonym, queue, secret, staff


class Branch(Base):
    """A vestiging: its identity as its documents print it, its rules, its location on the platform, its own text in the invitation."""

    __tablename__ = "branches"
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    slug: Mapped[str] = plain(unique=True)
    identity: Mapped[dict[str, object]] = plain()
    rules: Mapped[dict[str, Any]] = plain()
    rules_version: Mapped[int] = plain(default=1)
    active: Mapped[bool] = plain(default=True)
    platform_location: Mapped[str | None] = plain()
    platform_tenant: Mapped[str] = plain(default="klantenvertellen")
    platform_token: Mapped[bytes | None] = secret()
    letter_words: Mapped[dict[str, Any]] = plain(default=dict, server_default="{}")
    created_at: Mapped[datetime] = plain()


class ChannelHalt(Base):
    """A channel that stands still, of one branch or, without one, of the whole house.

    `reason` is a code that has a sentence; `blocked_by` names the list by which we were turned away. From `probe_at` on one invitation may try
    whether the channel works again; None where only a person can mend it. `probes` is how many tried in vain.
    """

    __tablename__ = "channel_halts"
    __table_args__ = (
        UniqueConstraint("channel", "branch_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("channel IN ('platform', 'mail')", name="channel"),
    )
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    channel: Mapped[str] = plain()
    branch_id: Mapped[uuid.UUID | None] = plain(ForeignKey("branches.id"))
    reason: Mapped[str] = plain()
    since: Mapped[datetime] = plain()
    blocked_by: Mapped[str | None] = plain()
    probe_at: Mapped[datetime | None] = plain()
    probes: Mapped[int] = plain(default=0, server_default="0")


class RuleVersion(Base):
    """The rules of a branch as they once were, so that each outcome can be explained by the rules of its day.

    `replanned_at` is when what waited had been planned by them, None while that is still to be done; `replanned_to` is the invitation up to
    which it was.
    """

    __tablename__ = "rule_versions"
    __table_args__ = (Index("ix_rule_versions_new", "since", "branch_id", postgresql_where=text("replanned_at IS NULL")),)
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)
    version: Mapped[int] = plain(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]] = plain()
    since: Mapped[datetime] = plain()
    replanned_at: Mapped[datetime | None] = plain()
    replanned_to: Mapped[uuid.UUID | None] = plain()


class Source(Base):
    """A system that reports jobs: by calls with a key, by files, or by copies of its mail.

    `skew_seconds` is how far its clock was last found ahead of ours; `silent_after_hours` is when its silence becomes a warning. What a `test` one
    tells is kept apart (`reviews.database.test_mode`).
    """

    __tablename__ = "sources"
    __table_args__ = (CheckConstraint("kind IN ('api', 'file', 'mail', 'desk')", name="kind"),)
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    name: Mapped[str] = plain(unique=True)
    kind: Mapped[str] = plain(default="api", server_default="api")
    all_branches: Mapped[bool] = plain()
    test: Mapped[bool] = plain(default=False, server_default="false")
    inbound_digest: Mapped[bytes | None] = secret(unique=True)
    silent_after_hours: Mapped[int | None] = plain()
    skew_seconds: Mapped[int | None] = plain()
    skew_at: Mapped[datetime | None] = plain()
    created_at: Mapped[datetime] = plain()
    last_seen_at: Mapped[datetime | None] = plain()


class SourceBranch(Base):
    """A branch for which a source may report jobs."""

    __tablename__ = "source_branches"
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"), primary_key=True)
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)


class SourceKey(Base):
    """A bearer key of a source; only its digest is kept."""

    __tablename__ = "source_keys"
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"))
    digest: Mapped[bytes] = secret(unique=True)
    hint: Mapped[str] = plain()
    created_at: Mapped[datetime] = plain()
    revoked_at: Mapped[datetime | None] = plain()


class User(Base):
    """Somebody who logs in at the desk."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('manager', 'office')", name="role"),)
    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id)
    email: Mapped[str] = staff(unique=True)
    name: Mapped[str] = staff()
    role: Mapped[str] = staff()
    password_hash: Mapped[str | None] = secret()
    setup_digest: Mapped[bytes | None] = secret()
    setup_until: Mapped[datetime | None] = plain()
    created_at: Mapped[datetime] = plain()
    disabled_at: Mapped[datetime | None] = staff()


class UserBranch(Base):
    """A branch that a manager decides for."""

    __tablename__ = "user_branches"
    user_id: Mapped[uuid.UUID] = staff(ForeignKey("users.id"), primary_key=True)
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)


class DeskSession(Base):
    """A login; the cookie holds the token, the row only its digest."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_expires", "expires_at"),)
    digest: Mapped[bytes] = secret(primary_key=True)
    user_id: Mapped[uuid.UUID] = staff(ForeignKey("users.id"))
    form_token: Mapped[str] = secret()
    created_at: Mapped[datetime] = staff()
    expires_at: Mapped[datetime] = plain()


class RateCounter(Base):
    """How often something was tried in a window; shared by all processes, kept over restarts."""

    __tablename__ = "rate_counters"
    __table_args__ = (Index("ix_rate_counters_window", "window_start"),)
    rule: Mapped[str] = plain(primary_key=True)
    key: Mapped[bytes] = pseudonym(primary_key=True)
    window_start: Mapped[datetime] = plain(primary_key=True)
    count: Mapped[int] = plain()


class PlatformPace(Base):
    """When the next call with a token may be made, for all processes together; the token stands here as its digest."""

    __tablename__ = "platform_paces"
    token_digest: Mapped[bytes] = secret(primary_key=True)
    free_at: Mapped[datetime] = plain()
    held_until: Mapped[datetime | None] = plain()


class AuditEntry(Base):
    """One link in a branch's chain of what people and machine decided; each hash covers the one before."""

    __tablename__ = "audit"
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)
    position: Mapped[int] = plain(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = plain()
    actor: Mapped[str] = staff()
    action: Mapped[str] = plain()
    subject: Mapped[str] = pseudonym()
    evidence: Mapped[dict[str, Any]] = plain()
    previous_hash: Mapped[bytes] = plain()
    hash: Mapped[bytes] = plain()


class ServiceFault(Base):
    """Something of the service itself that is out of order, as the process that has it says; by the database's own clock."""

    __tablename__ = "service_faults"
    name: Mapped[str] = plain(primary_key=True)
    process: Mapped[str] = plain(primary_key=True)
    since: Mapped[datetime] = plain()
    seen_at: Mapped[datetime] = plain()
    detail: Mapped[str] = plain()


class ServicePresence(Base):
    """That a kind of process is there: since when without a break, and when it said so last; by the database's own clock."""

    __tablename__ = "service_presence"
    name: Mapped[str] = plain(primary_key=True)
    since: Mapped[datetime] = plain()
    seen_at: Mapped[datetime] = plain()


class Duty(Base):
    """A periodic duty of a branch, claimed like any other row: after a stop it runs late once, never twice."""

    __tablename__ = "duties"
    __table_args__ = queue("duties", "waiting")
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)
    name: Mapped[str] = plain(primary_key=True)
    state: Mapped[str] = plain()
    due_at: Mapped[datetime] = plain()
    lease_until: Mapped[datetime | None] = plain()
    attempt: Mapped[int] = plain(default=0, server_default="0")
    marked_at: Mapped[datetime | None] = plain()
    done_at: Mapped[datetime | None] = plain()
    failure: Mapped[str | None] = plain()
