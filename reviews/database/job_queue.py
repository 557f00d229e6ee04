"""Claim what is due, once: the one module that moves rows between *waiting*, *claimed* and what comes after.

A row of the domain is its own place in the queue (`reviews.database.tables.Due`). The life of a claimed row:

1. `claim_due` takes a batch with SKIP LOCKED, raises `attempt` and sets a lease: two workers never get the same row.
2. `mark` sets the durable mark, in a transaction of its own, just before something is sent that cannot be taken back.
3. `settle` stores the outcome, fenced by `attempt`: a worker that slept through its lease changes nothing any more.
4. `sweep` finds leases that ran out. Without a mark nothing has left, so the row waits again; with a mark nobody can know, so it becomes
   `unknown` and waits for a person. What failed too often without a mark ends `dead`, visible, instead of blocking the rest.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, TableValuedAlias, and_, bindparam, case, column, func, literal_column, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from reviews.database import bulk
from reviews.database.engine import rowcount_of
from reviews.database.tables import Alert, ClaimMail, Duty, Import, InboundMail, Invitation, Proof, Publication, Reminder, WebhookDelivery
from reviews.database.tables.base import Base

PAUSES = (timedelta(seconds=5), *(timedelta(minutes=minutes) for minutes in (5, 30, 120, 300, 600, 840, 1200, 1440)))
"""The pauses between tries: 75 h 35 min 5 s in all, for ten tries (Standard Webhooks); the last one repeats."""

MOST_TRIES = len(PAUSES) + 1
"""At once, and then after each pause."""

HALTED_PAUSE = timedelta(minutes=15)
"""How long what waits for a channel that a person must mend is left alone."""

READER_PAUSE = timedelta(seconds=30)
"""How long a document waits that found no reader, or whose store is away."""

JITTER = 0.1
"""The share of a pause that is added at most, so that what failed together is not tried again together."""

BATCH = 20
"""Rows per claim: six times the throughput of one by one, and few rows to hand back after a crash."""


Key = tuple[uuid.UUID | str, ...]
"""A primary key, its columns in their order: mostly the branch, then the row."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A table that is a queue: the state in which its rows wait, and at which attempt a row that loses its worker is given up."""

    rows: type[Base]
    waiting: str = "waiting"
    most_attempts: int = 100

    @property
    def table(self) -> Table:
        """Return the table behind the rows."""
        table = self.rows.__table__
        assert isinstance(table, Table)
        return table

    @property
    def reason(self) -> str:
        """Return the column that says why a row is as it is."""
        return "reason" if "reason" in self.table.c else "failure"

    @property
    def attempts(self) -> ColumnElement[int]:
        """Return how often a row was tried since it was last asked for; the number in `attempt` fences leases and only ever grows."""
        own = self.table.c
        return own.attempt - own.attempts_before if "attempts_before" in own else own.attempt

    def key(self) -> tuple[Any, ...]:
        """Return the columns of the primary key."""
        return tuple(self.table.primary_key.columns)


INVITATIONS = Queue(Invitation, waiting="planned")
REMINDERS = Queue(Reminder)
CLAIM_MAILS = Queue(ClaimMail)
# A file that kills its reader may do so each time: after three attempts a person looks (docs/decisions/0009).
PROOFS = Queue(Proof, most_attempts=3)
PUBLICATIONS = Queue(Publication)
# A duty is never given up: nobody would notice that it stopped.
DUTIES = Queue(Duty, most_attempts=1_000_000)
WEBHOOKS = Queue(WebhookDelivery)
ALERTS = Queue(Alert)
# Like proofs these can fail by their content each time; the others fail by the outside world, which mends itself.
INBOUND = Queue(InboundMail, most_attempts=5)
IMPORTS = Queue(Import, most_attempts=5)
ALL = (INVITATIONS, REMINDERS, CLAIM_MAILS, PROOFS, PUBLICATIONS, DUTIES, WEBHOOKS, ALERTS, INBOUND, IMPORTS)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this worker holds: its primary key, and the attempt number that fences each write."""

    key: Key
    attempt: int

    @property
    def branch_id(self) -> uuid.UUID:
        """Return the owning branch: it leads every key but that of an alert, which belongs to a person at the desk."""
        first = self.key[0]
        assert isinstance(first, uuid.UUID)
        return first

    @property
    def id(self) -> uuid.UUID:
        """Return the row's own id: it ends every key but that of a duty, which is known by its name."""
        last = self.key[-1]
        assert isinstance(last, uuid.UUID)
        return last


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: keys that wait again, that nobody can know about, and that are given up."""

    returned: int
    unknown: tuple[Claimed, ...]
    dead: tuple[Claimed, ...]


async def claim_due(
    session: AsyncSession,
    queue: Queue,
    *,
    now: datetime,
    lease: timedelta,
    limit: int = BATCH,
    branches: Sequence[uuid.UUID] | None = None,
    only: ColumnElement[bool] | None = None,
) -> list[Claimed]:
    """Claim up to `limit` rows that are due, oldest first, for as long as `lease`; with `branches` only theirs, with `only` no others."""
    table = queue.table
    due = select(*queue.key()).where(table.c.state == queue.waiting, table.c.due_at <= now)
    if branches is not None:
        due = due.where(table.c.branch_id.in_(branches))
    if only is not None:
        due = due.where(only)
    # SKIP LOCKED: another worker's rows are passed over; waiting for them would make workers queue up behind each other.
    return await claim(session, queue, due.order_by(table.c.due_at).limit(limit).with_for_update(skip_locked=True), now=now, lease=lease)


async def claim(
    session: AsyncSession,
    queue: Queue,
    due: Select[*tuple[Any, ...]],
    *,
    now: datetime,
    lease: timedelta,
    parameters: Mapping[str, Any] | None = None,
) -> list[Claimed]:
    """Claim the rows whose keys `due` selects and locks, oldest first; `parameters` are what its own bound names stand for."""
    table = queue.table
    # MATERIALIZED: inlined, the subquery with LIMIT could run more than once and lock more rows than it returns.
    chosen = due.cte("due").prefix_with("MATERIALIZED", dialect="postgresql")
    statement = (
        update(table)
        .where(tuple_(*queue.key()).in_(select(*chosen.c)))
        .values(state="claimed", lease_until=now + lease, attempt=table.c.attempt + 1, marked_at=None)
        .returning(*queue.key(), table.c.attempt, table.c.due_at)
    )
    rows = [tuple(row) for row in await session.execute(statement, parameters)]
    # RETURNING promises no order.
    rows.sort(key=_oldest_first)
    return [Claimed(row[:-2], row[-2]) for row in rows]


def _oldest_first(row: tuple[Any, ...]) -> tuple[datetime, str]:
    return row[-1], str(row[:-2])  # the key as text: columns of different types do not compare


def _held(queue: Queue, claimed: Claimed, states: Sequence[str]) -> Any:
    table = queue.table
    return and_(
        *(column == value for column, value in zip(queue.key(), claimed.key, strict=True)),
        table.c.state.in_(states),
        # The fence: a later claim has raised `attempt`, so a late write of ours matches no row.
        table.c.attempt == claimed.attempt,
    )


def pause_after(attempt: int, at_least: timedelta | None = None) -> timedelta:
    """Return how long a row waits after this attempt: no shorter than the other side asked for."""
    return max(at_least or timedelta(), PAUSES[min(attempt, len(PAUSES)) - 1])


def spread(pause: timedelta, row_id: uuid.UUID) -> timedelta:
    """Lengthen a pause by its jitter, which hangs on the random end of the row's id: at most a tenth, and the same at each look."""
    # Taken from the id and not drawn: a look at the desk and the worker must name the same moment.
    return pause * (1 + JITTER * (row_id.int & 0xFFFF) / 0xFFFF)


async def renew(session: AsyncSession, queue: Queue, claimed: Claimed, *, until: datetime) -> bool:
    """Lengthen our lease; False when the row is no longer ours."""
    return await _change(session, queue, claimed, {"lease_until": until})


async def mark(session: AsyncSession, queue: Queue, claimed: Claimed, *, now: datetime, until: datetime) -> bool:
    """Set the durable mark just before something is sent that cannot be taken back, with a lease that covers the sending.

    False, and nothing set, when the row is no longer ours.
    """
    done = await session.execute(marking(queue), {"marks": bulk.folded([mark_row(queue, claimed, until=until)]), "now": now})
    return bool(done.all())


def mark_row(queue: Queue, claimed: Claimed, *, until: datetime, since: datetime | None = None) -> dict[str, Any]:
    """Return one of the rows that `marking` takes as JSON by the name of `marks`; `since` is for what its `only` asks."""
    key = {own.name: value for own, value in zip(queue.key(), claimed.key, strict=True)}
    return {**key, "attempt": claimed.attempt, "until": until, "since": since}


@cache
def marks(queue: Queue) -> TableValuedAlias:
    """Return the rows that `marking` takes, as a table."""
    table = queue.table
    more = {"attempt": table.c.attempt, "until": table.c.lease_until, "since": table.c.marked_at}
    return bulk.told("marks", *(column(own.name, own.type) for own in queue.key()), *(column(name, like.type) for name, like in more.items()))


@cache
def marking(queue: Queue, only: ColumnElement[bool] | None = None) -> ReturningUpdate[*tuple[Any, ...]]:
    """Return the one statement that sets marks, each fenced by its attempt, where `only` holds; it tells the rows that got theirs."""
    table, wanted = queue.table, marks(queue)
    ours = [own == wanted.c[own.name] for own in (*queue.key(), table.c.attempt)]
    held = and_(*ours, table.c.state == literal_column("'claimed'"), *(() if only is None else (only,)))
    return update(table).where(held).values(marked_at=bindparam("now"), lease_until=wanted.c.until).returning(*queue.key(), table.c.attempt)


async def settle(session: AsyncSession, queue: Queue, claimed: Claimed, values: Mapping[str, Any], *, certain: bool = False) -> bool:
    """Store the outcome of a claimed row and end its lease; False when the row is no longer ours and nothing was written.

    A `certain` outcome also ends what a sweep called unknown meanwhile: the same attempt has found out.
    """
    return await _change(session, queue, claimed, {"lease_until": None, **values}, states=("claimed", "unknown") if certain else ("claimed",))


async def give_back(
    session: AsyncSession,
    queue: Queue,
    claimed: Claimed,
    *,
    due_at: datetime,
    values: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> bool:
    """Let a row wait until `due_at`: nothing was sent, so its mark is cleared too; at attempt `most` the row becomes dead instead."""
    after = "dead" if most is not None and claimed.attempt >= most else queue.waiting
    return await settle(session, queue, claimed, {"state": after, "due_at": due_at, "marked_at": None, **(values or {})})


async def unclaim(session: AsyncSession, queue: Queue, claimed: Claimed, *, due_at: datetime, values: Mapping[str, Any] | None = None) -> bool:
    """Let a row wait until `due_at` as if it had not been claimed: what we could not begin is no attempt. The caller does nothing more with it."""
    # The next claim has the same number. That fences as before: an older claim has a lower one, and this one has ended.
    return await give_back(session, queue, claimed, due_at=due_at, values={"attempt": claimed.attempt - 1, **(values or {})})


async def _change(
    session: AsyncSession,
    queue: Queue,
    claimed: Claimed,
    values: Mapping[str, Any],
    *,
    states: Sequence[str] = ("claimed",),
) -> bool:
    return rowcount_of(await session.execute(update(queue.table).where(_held(queue, claimed, states)).values(**values))) == 1


async def sweep(session: AsyncSession, queue: Queue, *, now: datetime, limit: int = 500) -> Swept:
    """Take back up to `limit` rows whose lease ran out, and return what became of them."""
    table = queue.table
    expired = (
        select(*queue.key())
        .where(table.c.state == "claimed", table.c.lease_until < now)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("expired")
    )
    # The mark is asked first: a marked row is never dead, since something may have been sent.
    after = case((table.c.marked_at.is_not(None), "unknown"), (queue.attempts >= queue.most_attempts, "dead"), else_=queue.waiting)
    statement = (
        update(table)
        .where(tuple_(*queue.key()).in_(select(*expired.c)))
        .values(state=after, lease_until=None)
        .returning(*queue.key(), table.c.attempt, table.c.state)
    )
    rows: list[tuple[Any, ...]] = [tuple(row) for row in await session.execute(statement)]
    ended = {state: tuple(Claimed(row[:-2], row[-2]) for row in rows if row[-1] == state) for state in ("unknown", "dead")}
    return Swept(sum(row[-1] == queue.waiting for row in rows), ended["unknown"], ended["dead"])


async def oldest_due(session: AsyncSession, queue: Queue, *, now: datetime) -> timedelta:
    """Return how long the oldest due row has been waiting; zero when nothing is due. Readiness and doctor show it."""
    table = queue.table
    first = await session.scalar(select(func.min(table.c.due_at)).where(table.c.state == queue.waiting, table.c.due_at <= now))
    return now - first if first else timedelta()
