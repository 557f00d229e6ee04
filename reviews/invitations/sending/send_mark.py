"""Beside step 4: set the marks and store the outcomes of several invitations in one transaction.

All of it is one message to the server and one implicit transaction. Its statements stand in this order, and each sees what was committed before it:

1. The people of those that ask for a mark are locked, in the order in which triggers lock them: two workers with two invitations of one
   person, or a worker and an opt-out, come one after the other. Everybody locks people before invitations, and those by their ids: an opt-out
   must not be what a deadlock undoes.
2. Outcomes are stored, each fenced by its attempt, with their lines of history.
3. Marks are set (`job_queue.marking`), each fenced by its attempt, where the person still wants it and got nothing else meanwhile.

A message, because here each mail pays: three statements through SQLAlchemy, and a BEGIN and a COMMIT around them, are five ways to the server.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, any_, bindparam, case, column, exists, func, insert, literal_column, not_, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import ARRAY, Boolean, DateTime, String, Uuid

from reviews.database import bulk, engine, job_queue
from reviews.database.job_queue import INVITATIONS, Claimed, Key
from reviews.database.tables import Invitation, InvitationEvent, Person, Suppression, new_id
from reviews.handover.settling import OutcomeWrite
from reviews.invitations.planning import schedule
from reviews.invitations.sending import history


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """A wish to mark: not when the person got something else after `since`; the lease then lasts until `until`."""

    claimed: Claimed
    person_id: uuid.UUID
    since: datetime
    until: datetime


async def write(session: AsyncSession, asked: Sequence[OutcomeWrite | MarkRequest], *, now: datetime) -> list[bool]:
    """Store what is asked for and return of each whether it was done; the session commits by itself (`engine.autocommitting`).

    Of one person's invitations only the first gets its mark.
    """
    endings = sorted((one for one in asked if isinstance(one, OutcomeWrite)), key=_place)
    first = {one.person_id: one for one in reversed(asked) if isinstance(one, MarkRequest)}
    marks = sorted(first.values(), key=_place)
    statements = [*([_LOCK] if marks else []), *([_SETTLE] if endings else []), *([_MARK] if marks else [])]
    parameters = {
        "now": now,
        "endings": bulk.folded([_ending(one, now) for one in endings]),
        "marks": bulk.folded([job_queue.mark_row(INVITATIONS, one.claimed, until=one.until, since=one.since) for one in marks]),
        "people": list(first),
        "left": list(schedule.LEFT),
    }
    done: set[tuple[Key, int]] = {((branch_id, row_id), attempt) for branch_id, row_id, attempt in await engine.send(session, statements, parameters)}
    return [(one.claimed.key, one.claimed.attempt) in done for one in asked]


def _place(one: OutcomeWrite | MarkRequest) -> uuid.UUID:
    """Return where an invitation stands in the order in which all lock them."""
    return one.claimed.id


def _ending(one: OutcomeWrite, now: datetime) -> dict[str, Any]:
    """Return a row of `_SETTLE`. Row and line tell the same moment of sending."""
    return {
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
        "blocked_by": one.blocked_by,
        "line": new_id(),
        "digest": history.digest(one.claimed.id, now, one.state, one.reason, one.due_at, "worker", one.blocked_by).hex(),
    }


_i, _now = INVITATIONS.table.c, bindparam("now", type_=DateTime(timezone=True))

_LOCK: Final[Select[*tuple[Any, ...]]] = (
    select(null().label("branch_id"), Person.id, literal_column("0"))
    .where(Person.id == any_(bindparam("people", type_=ARRAY(Uuid))))
    .order_by(Person.address_key)
    .with_for_update(key_share=True)
)


def _settling() -> Select[*tuple[Any, ...]]:
    same = (column(name, _i[name].type) for name in ("branch_id", "id", "attempt", "state", "reason", "due_at", "sent_at", "tries"))
    told = (column("certain", Boolean), column("unmark", Boolean), column("blocked_by", String), column("line", Uuid), column("digest", String))
    rows = bulk.told("endings", *same, *told)
    w = select(*rows.c).cte("wanted").prefix_with("MATERIALIZED")
    found_out = and_(w.c.certain, _i.state == literal_column("'unknown'"))
    settled = (
        update(INVITATIONS.table)
        .where(_i.branch_id == w.c.branch_id, _i.id == w.c.id, _i.attempt == w.c.attempt, or_(_i.state == literal_column("'claimed'"), found_out))
        .values(
            state=w.c.state,
            reason=w.c.reason,
            due_at=func.coalesce(w.c.due_at, _i.due_at),
            sent_at=func.coalesce(w.c.sent_at, _i.sent_at),
            tries=func.coalesce(w.c.tries, _i.tries),
            marked_at=case((w.c.unmark, null()), else_=_i.marked_at),
            lease_until=null(),
        )
        .returning(_i.branch_id, _i.id, _i.attempt)
        .cte("settled")
    )
    line = select(
        w.c.branch_id, w.c.line, w.c.id, _now, w.c.state, w.c.reason, w.c.due_at, w.c.blocked_by, literal_column("'worker'"),
        func.decode(w.c.digest, literal_column("'hex'")),
    ).join_from(settled, w, and_(w.c.branch_id == settled.c.branch_id, w.c.id == settled.c.id))  # fmt: skip
    names = ["branch_id", "id", "invitation_id", "at", "state", "reason", "due_at", "blocked_by", "actor", "digest"]
    history_line = insert(InvitationEvent.__table__).from_select(names, line, include_defaults=False).cte("line")  # type: ignore[arg-type]  # a Table
    return select(*settled.c).add_cte(history_line)


_SETTLE: Final = _settling()

# What a row must fulfil is asked in scalar subqueries, which are looked up row by row: as EXISTS the same questions were joined over all people,
# at 65 ms a message instead of 5.
_other = aliased(Invitation)
_wanted = (
    select(and_(Person.restricted_at.is_(None), not_(exists().where(Suppression.address_key == Person.address_key))))
    .where(Person.id == _i.person_id)
    .correlate(INVITATIONS.table)
    .scalar_subquery()
)
_asked = job_queue.marks(INVITATIONS)
_left_since = and_(_other.state == any_(bindparam("left", type_=ARRAY(String))), _other.marked_at > _asked.c.since)
_another = exists().where(_other.person_id == _i.person_id, _other.id != _i.id, _left_since).correlate(INVITATIONS.table, _asked)
_nothing_else = select(not_(_another)).scalar_subquery()
_MARK: Final = job_queue.marking(INVITATIONS, and_(_wanted, _nothing_else))
