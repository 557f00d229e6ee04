"""What every test may ask for: a real PostgreSQL, sessions on it, the cast."""

import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from reviews.adapters import postgres
from reviews.adapters.documents.sandbox import Sandbox
from reviews.database import migrate
from reviews.database.engine import address
from reviews.database.tables import Branch, User
from reviews.keys import KeyRing
from reviews.proofs.reading import ReadingLimits
from tests import cast, network, transactions

_clones = count(1)

sys.addaudithook(network.guard)
transactions.watch()

# How long an example takes says something about the machine, and nothing about the code: timings are for benchmarks.
settings.register_profile("reviews", deadline=None)
settings.load_profile("reviews")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in which order the tests ran, also when pytest is quiet about its plugins."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"order of the tests: --randomly-seed={seed}")


@pytest.fixture(autouse=True)
def stays_here() -> Generator[None]:
    """Fail a test that reached for another machine, also when the code under test swallowed the refusal."""
    yield
    network.settle()


@pytest.fixture(autouse=True)
def reaches_out_alone() -> Generator[None]:
    """Fail a test in which the product asked the store or the network for something while a transaction of its own was open."""
    yield
    transactions.settle()


@pytest.fixture(scope="session")
def server() -> Generator[str]:
    """The address of a PostgreSQL of our own, in memory where the machine has such a place; its database is migrated and empty."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="reviews-tests-", dir=memory if memory.is_dir() else None))
    folder.chmod(0o755)
    try:
        with postgres.serving(folder / "db") as url:
            migrate.migrate(url)
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def session(server: str) -> AsyncGenerator[AsyncSession]:
    """A session whose work is undone after the test, also what it committed."""
    engine = create_async_engine(address(server), poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        await transaction.rollback()
    await engine.dispose()


@pytest.fixture
def database(server: str) -> Generator[str]:
    """The address of a database of the test's own, for what really commits, takes locks, or runs in other processes."""
    name = f"clone_{next(_clones)}"
    url = address(server)
    admin = {"host": str(url.query["host"]), "user": url.username, "dbname": "postgres", "autocommit": True}
    with psycopg.connect(**admin) as connection:  # type: ignore[arg-type]  # psycopg types its keywords one by one
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(name), sql.Identifier(str(url.database)))
        )
    yield url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(**admin) as connection:  # type: ignore[arg-type]
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def maker(database: str) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    """A maker of sessions on a database of the test's own."""
    engine = create_async_engine(address(database), poolclass=NullPool)
    yield async_sessionmaker(engine, expire_on_commit=False)
    await engine.dispose()


@pytest.fixture(scope="session")
def key_ring() -> KeyRing:
    return KeyRing("a secret that only the tests know, long enough")


@pytest.fixture(scope="session")
def sandbox() -> Generator[Sandbox]:
    """One sandbox for all tests: its readers take seconds to load."""
    box = Sandbox(ReadingLimits(seconds=120), children=1)
    yield box
    box.close()


@pytest.fixture
def now() -> datetime:
    """A Tuesday afternoon in winter time."""
    return datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


@pytest.fixture
async def utrecht(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Branch:
    return await cast.utrecht(session, key_ring, now=now)


@pytest.fixture
async def groningen(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Branch:
    return await cast.groningen(session, key_ring, now=now)


@pytest.fixture
async def noor(session: AsyncSession, utrecht: Branch, now: datetime) -> User:
    return await cast.manager(session, "noor@utrecht.example", "Noor", utrecht, now=now)


@pytest.fixture
async def bas(session: AsyncSession, groningen: Branch, now: datetime) -> User:
    return await cast.manager(session, "bas@groningen.example", "Bas", groningen, now=now)
