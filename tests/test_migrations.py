import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from reviews import migrating, revisions
from reviews.errors import ConfigurationError


def test_the_schema_is_what_the_tables_say(database: str) -> None:
    command.check(migrating.configuration(database))


def test_down_leads_to_an_empty_database_and_up_again_back(database: str) -> None:
    command.downgrade(migrating.configuration(database), "base")
    assert revisions.present(database) is None
    with pytest.raises(ConfigurationError, match="reviews migrate"):
        revisions.check(database)

    migrating.migrate(database)
    revisions.check(database)


def test_several_processes_may_migrate_at_once(database: str) -> None:
    command.downgrade(migrating.configuration(database), "base")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_in_a_process, [database] * 3))

    assert revisions.present(database) == revisions.newest()


def _in_a_process(url: str) -> None:
    code = "import sys; from reviews import migrating; migrating.migrate(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, url], check=True, timeout=120)


def test_the_newest_revision_is_the_one_that_alembic_would_bring(database: str) -> None:
    assert revisions.newest() == ScriptDirectory.from_config(migrating.configuration(database)).get_current_head()


def test_a_migration_runs_on_the_database_it_was_given_and_no_other(database: str, server: str) -> None:
    command.downgrade(migrating.configuration(database), "base")
    other = make_url(server)

    with psycopg.connect(host=str(other.query["host"]), user=other.username, dbname=other.database) as connection:
        row = connection.execute("SELECT count(*) FROM branches").fetchone()
    assert row == (0,)


def test_a_proof_of_the_schema_before_is_one_of_one_file(database: str) -> None:
    command.downgrade(migrating.configuration(database), "0001")
    url = make_url(database)
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        connection.execute(OLD_PROOF)

    migrating.migrate(database)

    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        row = connection.execute("SELECT parts, redacted_keys, traits FROM proofs").fetchone()
    assert row == ([{"key": "a/b", "media_type": "image/png", "size": 7, "sha256": "00ff"}], [], {})
    command.downgrade(migrating.configuration(database), "0001")


OLD_PROOF = """
WITH branch AS (
    INSERT INTO branches (id, slug, identity, rules, rules_version, active, platform_tenant, created_at)
    VALUES (gen_random_uuid(), 'utrecht', '{}', '{}', 1, true, 'klantenvertellen', now()) RETURNING id
), claim AS (
    INSERT INTO claims (branch_id, id, token_digest, form_digest, address_key, state, round, name, email, language, submitted_at)
    SELECT id, gen_random_uuid(), 'x', 'x', 'x', 'checking', 1, 'Jan', 'jan@example.com', 'nl', now() FROM branch RETURNING branch_id, id
)
INSERT INTO proofs (branch_id, id, claim_id, storage_key, file_name, media_type, size, sha256, page_keys, uploaded_at, state, due_at)
SELECT branch_id, gen_random_uuid(), id, 'a/b', 'bon.png', 'image/png', 7, '\\x00ff', '[]', now(), 'waiting', now() FROM claim
"""
