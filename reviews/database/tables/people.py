"""People: who can be written to, who must not be, and on which legal basis."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Owned, contact, new_id, owned, plain, pseudonym


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
