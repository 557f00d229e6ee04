"""A server that forgets what it acknowledged is refused before anything is entrusted to it."""

import shutil
from collections.abc import Generator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from reviews.adapters import postgres
from reviews.database import engine
from reviews.errors import ConfigurationError


@pytest.fixture
def own_server() -> Generator[str]:
    """The address of a server of the test's own, for what is set for a whole server."""
    folder = Path(mkdtemp(prefix="reviews-pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    folder.chmod(0o755)
    with postgres.serving(folder / "database") as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


def _order(url: str, *statements: str) -> None:
    found = engine.address(url)
    with psycopg.connect(host=str(found.query["host"]), user=found.username, dbname=found.database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def _check(url: str) -> None:
    made = engine.connect(url)
    try:
        await engine.check_durability(made)
    finally:
        await made.dispose()


async def test_a_server_that_keeps_what_it_acknowledges_is_taken(database: str) -> None:
    await _check(database)


@pytest.mark.parametrize(("value", "taken"), [("off", False), ("local", True), ("remote_apply", True)])
async def test_commits_that_are_not_waited_for_are_refused(database: str, value: str, taken: bool) -> None:
    _order(database, f"ALTER DATABASE {engine.address(database).database} SET synchronous_commit = {value}")

    if taken:
        await _check(database)
    else:
        with pytest.raises(ConfigurationError, match="synchronous_commit off"):
            await _check(database)


async def test_a_server_that_does_not_wait_for_its_disk_is_refused(own_server: str) -> None:
    _order(own_server, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    with pytest.raises(ConfigurationError, match="fsync"):
        await _check(own_server)
