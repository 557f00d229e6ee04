"""Connect to PostgreSQL; the same code for the embedded server and for any other."""

import contextlib
from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from psycopg import AsyncClientCursor, AsyncConnection
from sqlalchemy import URL, ClauseElement, Connection, Dialect, Executable, NullPool, Result, create_engine, make_url, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from reviews.errors import ConfigurationError

# Debian 12's version; nothing newer is used, so that managed servers do as well.
LEAST_SERVER_VERSION = 150000
# Limits on the server's side also hold for a process that hangs or was stopped: one old snapshot makes claiming up to thirteen times slower.
_OPTIONS = "-c timezone=UTC -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=30000"

_CONNECT_SECONDS = 10


def address(url: str) -> URL:
    """Return the SQLAlchemy address of a database, always through psycopg; raise ConfigurationError when it is no PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("REVIEWS_DATABASE_URL is no address; write postgresql://user:password@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigurationError("REVIEWS_DATABASE_URL must start with postgresql://")
    return parsed.set(drivername="postgresql+psycopg")


def connect(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Make an engine whose sessions speak UTC and never leave a transaction idle: an old snapshot is what slows the queues down."""
    return create_async_engine(
        address(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        # After a restart of the server the pool holds dead connections; without the ping each would fail one request.
        pool_pre_ping=True,
        hide_parameters=True,  # an error's words may reach a terminal or a log: never with a person's data
        connect_args={"options": _OPTIONS, "connect_timeout": _CONNECT_SECONDS},
    )


@contextlib.contextmanager
def one_look(url: str) -> Generator[Connection]:
    """Open one connection for a look at start, and close it: no pool keeps it open afterwards."""
    engine = create_engine(address(url), poolclass=NullPool, connect_args={"options": _OPTIONS, "connect_timeout": _CONNECT_SECONDS})
    with engine.connect() as connection:
        yield connection


def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Make the session factory; web, worker and commands open one transaction with `async with maker.begin() as session`."""
    # Rows are still read after the commit; expired ones would each start a query, which async sessions refuse.
    return async_sessionmaker(engine, expire_on_commit=False)


async def check_durability(engine: AsyncEngine) -> None:
    """Refuse a server that is too old or that forgets what it acknowledged."""
    async with engine.connect() as connection:
        row = (
            await connection.execute(
                text("SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('synchronous_commit')")
            )
        ).one()
    if row[0] < LEAST_SERVER_VERSION:
        raise ConfigurationError("the database server must be PostgreSQL 15 or newer")
    # Only `off` acknowledges before the own disk has it; `local` and the values for replicas are as durable as `on` on this server.
    if row[1] != "on" or row[2] == "off":
        raise ConfigurationError("the database server runs with fsync or synchronous_commit off: it can lose what it acknowledged; switch both on")


async def autocommitting(session: AsyncSession) -> AsyncSession:
    """Let a session commit each message by itself."""
    await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


async def send(session: AsyncSession, statements: Sequence[Executable], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Send statements as one message, which is one transaction of its own, and return all the rows that they tell, one after the other.

    They are SQLAlchemy's, written out once in the life of a process, and share their parameters by name.
    """
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, AsyncConnection)
    told: list[tuple[Any, ...]] = []
    async with AsyncClientCursor(raw) as cursor:
        await cursor.execute(";".join(_text(statement, connection.dialect) for statement in statements).encode(), parameters)
        while True:
            told += [row async for row in cursor]
            if not cursor.nextset():
                return told


@lru_cache(maxsize=32)
def _text(statement: Executable, dialect: Dialect) -> str:
    assert isinstance(statement, ClauseElement)
    return str(statement.compile(dialect=dialect))


def rowcount_of(result: Result[Any]) -> int:
    """Return how many rows a statement changed; sessions type their results by the rows that come back, and those have no count."""
    assert isinstance(result, CursorResult)
    return result.rowcount
