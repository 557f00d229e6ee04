"""People: who can be written to, who must not be, and on which legal basis."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Owned, contact, content, new_id, owned, plain, pseudonym, staff


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
    """Niet-mailen: kept as a pseudonym instead of the address, for ever and for all branches; only the person lifts it."""

    __tablename__ = "suppressions"
    __table_args__ = (Index("ix_suppressions_at", "at"),)
    address_key: Mapped[bytes] = pseudonym(primary_key=True)
    reason: Mapped[str] = plain()
    origin: Mapped[str] = plain()
    at: Mapped[datetime] = pseudonym()


class ToldWish(Base):
    """An opt-out that a source passed on: who told it, when and why, and whether it counts or waits for head office.

    The address itself is kept only while somebody has to look at it. `decided_by` is None where it counted by itself.
    """

    __tablename__ = "told_wishes"
    __table_args__ = (
        CheckConstraint("state IN ('counts', 'waits', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'waits') = (waits_for IS NOT NULL)", name="waits_for_something"),
        Index("ix_told_wishes_source", "source_id", "told_at"),
        Index("ix_told_wishes_waiting", "told_at", postgresql_where=text("state = 'waits'")),
    )
    address_key: Mapped[bytes] = pseudonym(primary_key=True)
    source_id: Mapped[uuid.UUID] = plain(ForeignKey("sources.id"), primary_key=True)
    state: Mapped[str] = plain()
    waits_for: Mapped[str | None] = plain()
    email: Mapped[str | None] = contact()
    why: Mapped[str | None] = content()
    told_at: Mapped[datetime] = pseudonym()
    decided_at: Mapped[datetime | None] = plain()
    decided_by: Mapped[str | None] = staff()


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
