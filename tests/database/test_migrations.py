import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from reviews.database import migrate, revisions
from reviews.errors import ConfigurationError


def test_the_schema_is_what_the_tables_say(database: str) -> None:
    command.check(migrate.configuration(database))


def test_down_leads_to_an_empty_database_and_up_again_back(database: str) -> None:
    command.downgrade(migrate.configuration(database), "base")
    assert revisions.present(database) is None
    with pytest.raises(ConfigurationError, match="reviews migrate"):
        revisions.check(database)

    migrate.migrate(database)
    revisions.check(database)


def test_several_processes_may_migrate_at_once(database: str) -> None:
    command.downgrade(migrate.configuration(database), "base")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_in_a_process, [database] * 3))

    assert revisions.present(database) == revisions.newest()


def _in_a_process(url: str) -> None:
    code = "import sys; from reviews.database import migrate; migrate.migrate(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, url], check=True, timeout=120)


def test_a_migration_runs_on_the_database_it_was_given_and_no_other(database: str, server: str) -> None:
    command.downgrade(migrate.configuration(database), "base")
    other = make_url(server)

    with psycopg.connect(host=str(other.query["host"]), user=other.username, dbname=other.database) as connection:
        row = connection.execute("SELECT count(*) FROM branches").fetchone()
    assert row == (0,)


def test_a_database_of_a_version_before_the_first_release_is_told_what_to_do(database: str) -> None:
    url = make_url(database)
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")

    with pytest.raises(ConfigurationError, match="begin with an empty one"):
        migrate.migrate(database)


def test_the_newest_revision_is_the_one_that_alembic_would_bring(database: str) -> None:
    assert revisions.newest() == ScriptDirectory.from_config(migrate.configuration(database)).get_current_head()
