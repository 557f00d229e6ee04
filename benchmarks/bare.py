"""The same rows as a trigger leaves, by bare statements of the driver: the limit that the triggers are held against."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Insert, create_engine, insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from benchmarks import fixtures
from reviews.database.tables import Basis, Invitation, InvitationEvent, Job, Person, Trigger, new_id
from reviews.database.tables.base import Base

_TABLES: tuple[type[Base], ...] = (Person, Job, Basis, Invitation, InvitationEvent, Trigger)


def statements() -> list[str]:
    """Return one insert for each table that a trigger writes, with named parameters."""
    return [str(_insert(table).compile(dialect=create_engine("postgresql+psycopg://").dialect)) for table in _TABLES]


def copied(batch: list[list[dict[str, Any]]]) -> list[tuple[str, bytes]]:
    """Return one COPY for each table that a trigger writes, and the rows of a batch as its text: the fastest that the server takes rows."""
    found: list[tuple[str, bytes]] = []
    for place, table in enumerate(_TABLES):
        columns = list(_columns(table))
        lines = ["\t".join(_text(rows[place][column]) for column in columns) for rows in batch]
        found.append((f"COPY {table.__tablename__} ({', '.join(columns)}) FROM STDIN", "".join(f"{line}\n" for line in lines).encode()))
    return found


def _text(value: Any) -> str:
    """Write a value as COPY reads it."""
    match value:
        case None:
            return r"\N"
        case Jsonb():
            return json.dumps(value.obj).replace("\\", r"\\")
        case bytes():
            return r"\\x" + value.hex()
        case _:
            return str(value)


def _insert(table: type[Base]) -> Insert:
    return insert(table).values(_columns(table))


def _columns(table: type[Base]) -> dict[str, Any]:
    """Return the columns of a table with what stands in them when nobody says anything."""
    defaults = {column.name: column.default for column in table.__table__.columns}
    return {name: default.arg if isinstance(default, ScalarElementColumnDefault) else None for name, default in defaults.items()}


def rows(number: int, branch_id: UUID, source_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Return the row of each table for one trigger, in the order of `statements`."""
    ids = {name: new_id() for name in ("person", "job", "trigger", "basis", "invitation")}
    told = fixtures.told(number, now)
    shared = {"branch_id": branch_id, "created_at": now, "job_id": ids["job"], "person_id": ids["person"]}
    written = [
        {
            "id": ids["person"], "address_key": ids["person"].bytes, "email": told["customer"]["email"], "name": "J. de Vries", "language": "nl",
            "created_at": now, "last_contact_at": now,
        },
        {
            **shared, "id": ids["job"], "number": told["number"], "number_key": told["number"], "identity": told["number"],
            "kind": "purchase", "state": "completed",
            "completed_at": now, "customer_name": "J. de Vries", "email": told["customer"]["email"], "postcode": "3511 AB", "house_number": "12",
            "total": told["total"],
        },
        {
            **shared, "id": ids["basis"], "trigger_id": ids["trigger"], "kind": "customer", "entity": "Noorderlicht", "text_version": "v",
            "given_at": now,
        },
        {
            **shared, "id": ids["invitation"], "basis_id": ids["basis"], "channel": "mail", "reason": None, "rules_version": 1,
            "evidence": Jsonb({"job": told, "because": ["delay"]}), "reference": ids["invitation"].hex, "send_before": now,
            "message_id": ids["invitation"].hex,
            "message_at": None, "sent_at": None, "reviewed_at": None, "state": "planned", "due_at": now, "lease_until": None, "attempt": 0,
            "marked_at": None,
        },
        {
            **shared, "id": new_id(), "invitation_id": ids["invitation"], "at": now, "state": "planned", "reason": None, "due_at": now,
            "actor": "policy", "digest": ids["invitation"].bytes,
        },
        {
            **shared, "id": ids["trigger"], "source_id": source_id, "event_id": told["event_id"], "type": told["type"], "occurred_at": now,
            "received_at": now, "digest": ids["trigger"].bytes, "payload": Jsonb(told),
            "answer": Jsonb({"outcome": "planned", "job_id": str(ids["job"])}),
        },
    ]  # fmt: skip
    return [_columns(table) | row for table, row in zip(_TABLES, written, strict=True)]
