"""Beside step 4: set the marks and store the outcomes of several invitations in one transaction.

All of it is one message to the server and one implicit transaction. Its statements stand in this order, and each sees what was committed before it:

1. The people of those that ask for a mark are locked, in the order in which triggers lock them: two workers with two invitations of one
   person, or a worker and an opt-out, come one after the other. Everybody locks people before invitations, and those by their ids: an opt-out
   must not be what a deadlock undoes.
2. Outcomes are stored, each fenced by its attempt, with their lines of history.
3. Marks are set, each fenced by its attempt, where the person still wants it and got nothing else meanwhile.

A message and not SQLAlchemy's statements, because here each mail pays: a third of the processor's time of the same statements one by one.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from psycopg import AsyncClientCursor, AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.job_queue import Claimed
from reviews.database.tables import new_id
from reviews.invitations.planning import schedule
from reviews.invitations.sending import history


@dataclass(frozen=True, slots=True)
class OutcomeWrite:
    """What becomes of a claimed invitation. A `certain` one also ends what a sweep called unknown meanwhile; `unmark` when nothing has left."""

    claimed: Claimed
    state: str
    reason: str | None = None
    due_at: datetime | None = None
    tries: int | None = None
    certain: bool = False
    unmark: bool = False


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """A wish to mark: not when the person got something else after `since`; the lease then lasts until `until`."""

    claimed: Claimed
    person_id: uuid.UUID
    since: datetime
    until: datetime


async def write(session: AsyncSession, asked: Sequence[OutcomeWrite | MarkRequest], *, now: datetime) -> list[bool]:
    """Store what is asked for and return of each whether it was done; the session commits by itself (`autocommitting`).

    Of one person's invitations only the first gets its mark.
    """
    endings = sorted((one for one in asked if isinstance(one, OutcomeWrite)), key=_place)
    first = {one.person_id: one for one in reversed(asked) if isinstance(one, MarkRequest)}
    statements: list[str] = []
    parameters: dict[str, Any] = {"now": now}
    if first:
        statements.append(_LOCK)
    if endings:
        statements.append(_SETTLE)
        parameters["endings"] = _settling(endings, now).decode()
    if first:
        statements.append(_MARK)
        parameters["markings"] = _marking(sorted(first.values(), key=_place)).decode()
        parameters["people"] = list(first)
        parameters["left"] = list(schedule.LEFT)
    done = await _send(session, ";".join(statements), parameters)
    return [(one.claimed.id, one.claimed.attempt) in done for one in asked]


def _place(one: OutcomeWrite | MarkRequest) -> uuid.UUID:
    """Return where an invitation stands in the order in which all lock them."""
    return one.claimed.id


async def autocommitting(session: AsyncSession) -> AsyncSession:
    """Let a session commit each message by itself."""
    await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


async def _send(session: AsyncSession, message: str, parameters: dict[str, Any]) -> set[tuple[uuid.UUID, int]]:
    """Send one message and return the rows that its statements told."""
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert isinstance(raw, AsyncConnection)
    told: set[tuple[uuid.UUID, int]] = set()
    async with AsyncClientCursor(raw) as cursor:
        await cursor.execute(message.encode(), parameters)
        told.update([row async for row in cursor])
        while cursor.nextset():
            told.update([row async for row in cursor])
    return told


def _settling(endings: Sequence[OutcomeWrite], now: datetime) -> bytes:
    """Return the rows of `_SETTLE` as JSON: one parameter is a tenth of the work of twelve. Row and line tell the same moment of sending."""
    return msgspec.json.encode(
        [
            {
                "branch_id": one.claimed.branch_id,
                "id": one.claimed.id,
                "attempt": one.claimed.attempt,
                "state": one.state,
                "reason": one.reason,
                "due_at": one.due_at,
                "sent_at": now if one.state == "sent" else None,
                "tries": one.tries,
                "certain": one.certain,
                "unmark": one.unmark,
                "line": new_id(),
                "digest": history.digest(one.claimed.id, now, one.state, one.reason, one.due_at, "worker").hex(),
            }
            for one in endings
        ]
    )


def _marking(markings: Sequence[MarkRequest]) -> bytes:
    """Return the rows of `_MARK` as JSON."""
    return msgspec.json.encode(
        [
            {
                "branch_id": one.claimed.branch_id,
                "id": one.claimed.id,
                "attempt": one.claimed.attempt,
                "since": one.since,
                "until": one.until,
            }
            for one in markings
        ]
    )


_SETTLE: Final = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(endings)s::json)
        AS w (branch_id uuid, id uuid, attempt int, state text, reason text, due_at timestamptz, sent_at timestamptz, tries int,
              certain bool, unmark bool, line uuid, digest text)
), settled AS (
    UPDATE invitations i
    SET state = w.state, reason = w.reason, due_at = coalesce(w.due_at, i.due_at), sent_at = coalesce(w.sent_at, i.sent_at),
        tries = coalesce(w.tries, i.tries), marked_at = CASE WHEN w.unmark THEN NULL ELSE i.marked_at END, lease_until = NULL
    FROM wanted w
    WHERE i.branch_id = w.branch_id AND i.id = w.id AND i.attempt = w.attempt AND (i.state = 'claimed' OR (w.certain AND i.state = 'unknown'))
    RETURNING i.branch_id, i.id, i.attempt
), told AS (
    INSERT INTO invitation_events (branch_id, id, invitation_id, at, state, reason, due_at, actor, digest)
    SELECT s.branch_id, w.line, s.id, %(now)s::timestamptz, w.state, w.reason, w.due_at, 'worker', decode(w.digest, 'hex')
    FROM settled s JOIN wanted w USING (branch_id, id)
)
SELECT id, attempt FROM settled
"""

_LOCK: Final = "SELECT id, 0 FROM people WHERE id = ANY(%(people)s::uuid[]) ORDER BY address_key FOR NO KEY UPDATE"

# What a row must fulfil is asked in scalar subqueries, which are looked up row by row: as EXISTS the same questions were joined over all people,
# at 65 ms a message instead of 5.
_MARK: Final = """
UPDATE invitations i
SET marked_at = %(now)s::timestamptz, lease_until = w.until
FROM json_to_recordset(%(markings)s::json) AS w (branch_id uuid, id uuid, attempt int, since timestamptz, until timestamptz)
WHERE i.branch_id = w.branch_id AND i.id = w.id AND i.attempt = w.attempt AND i.state = 'claimed'
    AND (SELECT p.restricted_at IS NULL AND NOT EXISTS (SELECT FROM suppressions s WHERE s.address_key = p.address_key)
         FROM people p WHERE p.id = i.person_id)
    AND (SELECT NOT EXISTS (SELECT FROM invitations o WHERE o.person_id = i.person_id AND o.id <> i.id
                            AND o.state = ANY(%(left)s::text[]) AND o.marked_at > w.since))
RETURNING i.id, i.attempt
"""
