"""The people whom jobs name: written once each, in one order, so that no two transactions wait for each other's."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from reviews.database import bulk
from reviews.database.tables import Person, new_id
from reviews.invitations.intake.job_history import JobHistory
from reviews.invitations.planning import schedule


async def write(session: AsyncSession, told: Sequence[JobHistory], *, now: datetime) -> dict[bytes, schedule.PersonRow]:
    """Write the people whom these jobs name; return what the plan must know of each, by the key of their address."""
    rows: dict[bytes, dict[str, Any]] = {}
    for history in told:
        if history.address_key is None or history.told is None or history.told.customer is None:
            continue
        before = rows.get(history.address_key)
        # ON CONFLICT may not touch a row twice: of several jobs of one person the latest contact is written.
        if before and before["last_contact_at"] >= history.told.occurred_at:
            continue
        rows[history.address_key] = {
            "id": new_id(),
            "address_key": history.address_key,
            "email": history.told.customer.email,
            "name": history.told.customer.name,
            "language": history.told.customer.language,
            "created_at": now,
            "last_contact_at": history.told.occurred_at,
        }
    return await _upsert(session, [rows[key] for key in sorted(rows)]) if rows else {}


async def _upsert(session: AsyncSession, rows: list[dict[str, Any]]) -> dict[bytes, schedule.PersonRow]:
    kept = await session.execute(_statement(tuple(rows[0])), {"rows": bulk.folded(rows)})
    return await schedule.people(session, {row.address_key: row.id for row in kept})


@cache
def _statement(names: tuple[str, ...]) -> ReturningInsert[uuid.UUID, bytes]:
    """Return the statement that writes people; a known one keeps the latest contact and gets the newest name, address and language."""
    new = bulk.upsert_of(Person, names)
    changed = {name: new.excluded[name] for name in ("email", "name", "language")}
    latest = func.greatest(Person.last_contact_at, new.excluded.last_contact_at)
    return new.on_conflict_do_update(index_elements=[Person.address_key], set_={**changed, "last_contact_at": latest}).returning(
        Person.id, Person.address_key
    )
