"""What all tables share.

Rules that every table keeps, read off the metadata by `tests/database/test_tables.py`:

- each column states its privacy class in `info["privacy"]`;
- ids are UUIDv7 made in Python, never a sequence;
- what belongs to a branch carries `branch_id` in its key and in each unique constraint, and points only inside its branch;
- each promise is kept by a constraint: one invitation per job, no invitation without a legal basis, one decision per round.

Queues are rows of the domain (`Due`), claimed by `reviews.database.job_queue`.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7


class Privacy(StrEnum):
    """What a column says about a person; the rules for keeping, showing and erasing follow from it."""

    NONE = "none"
    PSEUDONYM = "pseudonym"  # points at a person without naming them
    CONTACT = "contact"  # name, address, what they bought
    CONTENT = "content"  # what a person wrote or uploaded
    STAFF = "staff"  # people of the franchise, and what they did
    SECRET = "secret"  # noqa: S105 - keys, digests of keys and of passwords: never shown, never exported


def new_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562): sortable by time, made without asking the database."""
    # Made here: a sequence would be one point that all branches share, and PostgreSQL 15 has no uuidv7().
    return uuid7()


def column_of(privacy: Privacy) -> Any:
    """Return a `mapped_column` whose columns carry this privacy class; SQLAlchemy infers the type from the annotation."""

    # Any on purpose: `mapped_column` is overloaded, and each use below states its type in `Mapped[…]`.
    def make(*args: Any, **options: Any) -> Any:
        return mapped_column(*args, info={"privacy": privacy}, **options)

    return make


plain, pseudonym, contact, content, staff, secret = (column_of(privacy) for privacy in Privacy)


class Base(DeclarativeBase):
    """What all tables share: names of constraints and the types of PostgreSQL."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        # Every moment is aware; a column without zone would silently take the session's.
        datetime: DateTime(timezone=True),
        uuid.UUID: Uuid(),
        Decimal: Numeric(12, 2),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
        dict[str, object]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        list[str]: JSONB(),
    }


class Owned:
    """A row that belongs to a branch: the branch leads its key, so that a database can be split by branch."""

    @declared_attr
    @classmethod
    def branch_id(cls) -> Mapped[uuid.UUID]:
        """Return the column of the owning branch."""
        # sort_order: the branch is the first column of each key and index, ahead of those that the class itself declares.
        column: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True, sort_order=-2)
        return column

    id: Mapped[uuid.UUID] = plain(primary_key=True, default=new_id, sort_order=-1)


class Due:
    """A row that waits for the background process; `reviews.database.job_queue` is the only writer of lease, attempt and mark.

    `marked_at` is the durable mark that is set just before something is sent: a row found with a mark and no outcome is *unknown*.
    """

    state: Mapped[str] = plain()
    due_at: Mapped[datetime] = plain()
    lease_until: Mapped[datetime | None] = plain()
    attempt: Mapped[int] = plain(default=0, server_default="0")
    marked_at: Mapped[datetime | None] = plain()


def owned(table: str, *columns: str) -> ForeignKeyConstraint:
    """Point at a row of the same branch."""
    return ForeignKeyConstraint(["branch_id", *columns], [f"{table}.branch_id", f"{table}.id"], ondelete="CASCADE")


def spelled(column: str) -> str:
    """Return in SQL the letters and digits of a document number, by which two spellings are one.

    Indexes hold this expression: PostgreSQL uses them only for a query that writes it in exactly this form.
    """
    return f"regexp_replace(lower({column}), '[^a-z0-9]', '', 'g')"


def queue(table: str, waiting: str) -> tuple[Index, Index]:
    """Index what is due and what is leased; both stay small, because most rows are neither."""
    return (
        # With `state` in a partial index no update is HOT; measured, a million changes still grew the table by only 8 %.
        Index(f"ix_{table}_due", "due_at", postgresql_where=text(f"state = '{waiting}'")),
        Index(f"ix_{table}_leased", "lease_until", postgresql_where=text("state = 'claimed'")),
    )
