"""What test sources tell has tables of its own, of the same form as the real ones."""

from typing import Any, LiteralString

import psycopg
import pytest
from sqlalchemy.engine import make_url

from reviews.database.tables import Base

HOUSE = {
    *("alerts", "branches", "platform_paces", "rate_counters", "service_faults", "service_presence", "sessions", "source_branches"),
    *("source_keys", "sources", "users", "webhook_endpoints"),
}
"""Tables that belong to the franchise, not to a branch or a customer: test sources have no copy of them."""

COPIED = sorted({table.name for table in Base.metadata.sorted_tables} - HOUSE)

COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""
RULES = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
INDEXES = "SELECT regexp_replace(indexdef, 'INDEX \\S+ ON \\S+ ', '') FROM pg_indexes WHERE schemaname = %s AND tablename = %s"


@pytest.fixture
def ask(server: str) -> Any:
    url = make_url(server)
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:

        def asked(statement: LiteralString, *named: str) -> list[Any]:
            return sorted(connection.execute(statement, named).fetchall(), key=str)

        yield asked


def real(rule: str) -> str:
    """A rule of a test table as the real one says it."""
    return rule.replace("test_mode.branch_copies(", "branches(").replace("test_mode.", "")


@pytest.mark.parametrize("table", COPIED)
def test_each_table_of_branches_and_customers_has_one_of_the_same_form_for_test_sources(ask: Any, table: str) -> None:
    assert ask(COLUMNS, f"test_mode.{table}") == ask(COLUMNS, table)
    assert ask(INDEXES, "test_mode", table) == ask(INDEXES, "public", table)
    rules, theirs = {rule for (rule,) in ask(RULES, table)}, {real(rule) for (rule,) in ask(RULES, f"test_mode.{table}")}
    assert theirs == rules


def test_nothing_else_stands_there_but_the_branches_as_test_sources_see_them(ask: Any) -> None:
    found = [name for (name,) in ask("SELECT relname FROM pg_class WHERE relnamespace = 'test_mode'::regnamespace AND relkind IN ('r', 'v')")]

    assert found == sorted([*COPIED, "branch_copies", "branches", "source_branches"])
    assert [row[:2] for row in ask(COLUMNS, "test_mode.branches")] == [row[:2] for row in ask(COLUMNS, "branches")]
