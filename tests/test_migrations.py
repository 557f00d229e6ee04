import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command
from sqlalchemy.engine import make_url

from reviews import migrating
from reviews.errors import ConfigurationError


def test_the_schema_is_what_the_tables_say(database: str) -> None:
    command.check(migrating.configuration(database))


def test_down_leads_to_an_empty_database_and_up_again_back(database: str) -> None:
    command.downgrade(migrating.configuration(database), "base")
    assert migrating.present(database) is None
    with pytest.raises(ConfigurationError, match="reviews migrate"):
        migrating.check(database)

    migrating.migrate(database)
    migrating.check(database)


def test_several_processes_may_migrate_at_once(database: str) -> None:
    command.downgrade(migrating.configuration(database), "base")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_in_a_process, [database] * 3))

    assert migrating.present(database) == migrating.newest()


def _in_a_process(url: str) -> None:
    code = "import sys; from reviews import migrating; migrating.migrate(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, url], check=True, timeout=120)


def test_a_migration_runs_on_the_database_it_was_given_and_no_other(database: str, server: str) -> None:
    command.downgrade(migrating.configuration(database), "base")
    other = make_url(server)

    with psycopg.connect(host=str(other.query["host"]), user=other.username, dbname=other.database) as connection:
        row = connection.execute("SELECT count(*) FROM branches").fetchone()
    assert row == (0,)
