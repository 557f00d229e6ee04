"""Keep what test sources tell in tables of its own, which no query of the service names.

What a test source tells goes through the same code as everything else. Only where the statements look is different: the schema `test_mode` has a
table of the same form for each one of branches and customers, and a transaction of a test source looks there first (`search_path`). So it
reads and writes nothing real, and nothing real counts it: ledger, caps, meters, dispatcher and feed look in their own schema
(docs/decisions/0039).

Each test source has its own branches there: `branch_copies` gives it an id of its own for each branch that it may speak for, and the view
`branches` shows the real one, as it is now, under that id. Nothing can be stored there for any other branch.
"""

import contextlib
import uuid
from collections.abc import AsyncGenerator, Collection
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, TextClause, event, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, SessionTransaction

from reviews.database.engine import rowcount_of
from reviews.database.tables import Source

# `replace`: whoever looks there already looks there once. Local to the transaction, so that a pooled connection keeps nothing of it.
_LOOK: Final = text(
    "SELECT set_config('search_path', 'test_mode,' || replace(current_setting('search_path'), 'test_mode,', ''), true),"
    " set_config('reviews.test_source', :source, true)"
)
_LOOK_AWAY: Final = text("SELECT set_config('search_path', replace(current_setting('search_path'), 'test_mode,', ''), true)")
_COPY: Final = text(
    "INSERT INTO test_mode.branch_copies (source_id, branch_id) SELECT sources.id, branches.id FROM sources"
    " LEFT JOIN source_branches ON source_branches.source_id = sources.id"
    " JOIN branches ON sources.all_branches OR branches.id = source_branches.branch_id"
    " WHERE sources.test AND sources.id = ANY(:sources) ON CONFLICT DO NOTHING"
)
_COPIES: Final = text("SELECT source_id, id, branch_id FROM test_mode.branch_copies WHERE source_id = ANY(:sources)")
# Of a job all goes with it. Lines that were told, people and suppressions belong to no job, deliveries to none either.
_TIDY: Final = (
    text("DELETE FROM test_mode.jobs WHERE created_at < :before"),
    text("DELETE FROM test_mode.told_lines WHERE at < :before"),
    text("DELETE FROM test_mode.webhook_deliveries WHERE created_at < :before"),
    text("DELETE FROM test_mode.suppressions WHERE at < :before"),
    text("DELETE FROM test_mode.told_wishes WHERE told_at < :before"),
    text("DELETE FROM test_mode.people WHERE NOT EXISTS (SELECT FROM test_mode.jobs WHERE jobs.person_id = people.id)"),
)


async def enter(session: AsyncSession, source_id: uuid.UUID) -> None:
    """Let this session see what a test source told, and nothing else, from here on and in each of its later transactions."""
    source = str(source_id)
    await session.execute(_LOOK, {"source": source})
    event.listen(session.sync_session, "after_begin", partial(_look, source))


def _look(source: str, _session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    connection.execute(_LOOK, {"source": source})


@contextlib.asynccontextmanager
async def where_told(session: AsyncSession, source: Source) -> AsyncGenerator[None]:
    """Let a session see what a source told for as long as the block lasts, wherever that is; what an error leaves of it is the caller's."""
    if not source.test:
        yield
        return
    await session.flush()
    await session.execute(_LOOK, {"source": str(source.id)})
    yield
    await session.flush()
    await session.execute(_LOOK_AWAY)


class _TestSession(Session):
    """A session that looks at what test sources told, whichever."""


event.listen(_TestSession, "after_begin", partial(_look, ""))


def sessions(maker: async_sessionmaker[AsyncSession]) -> async_sessionmaker[AsyncSession]:
    """Make sessions on the same database that look at what test sources told, whichever."""
    looking: dict[str, Any] = {**maker.kw, "sync_session_class": _TestSession}
    return async_sessionmaker(**looking)


async def copy_branches(session: AsyncSession, source_ids: Collection[uuid.UUID]) -> None:
    """Give these test sources an id of their own for each branch that they may speak for and have none for yet."""
    await session.execute(_COPY, {"sources": list(source_ids)})


async def copies_of(session: AsyncSession, source_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, uuid.UUID]]:
    """Return for each of these test sources the real branches that it spoke for or may, by the ids that it knows them by."""
    found: dict[uuid.UUID, dict[uuid.UUID, uuid.UUID]] = {source_id: {} for source_id in source_ids}
    for source_id, copy_id, branch_id in await session.execute(_COPIES, {"sources": list(source_ids)}):
        found[source_id][copy_id] = branch_id
    return found


async def tidy(maker: async_sessionmaker[AsyncSession], *, before: datetime) -> int:
    """Delete what test sources told before a moment, with all that came of it; return how many rows that were, without those that went with them."""
    async with maker.begin() as session:
        return sum([await _deleted(session, statement, before) for statement in _TIDY])


async def _deleted(session: AsyncSession, statement: TextClause, before: datetime) -> int:
    named = {"before": before} if ":before" in statement.text else {}
    return rowcount_of(await session.execute(statement, named))
