"""The walls of the schema, read off the metadata for every table that there is and will be."""

from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, Table, UniqueConstraint, Uuid

from reviews.database.tables import Base, Privacy, new_id

TABLES = list(Base.metadata.tables.values())
COLUMNS = [column for table in TABLES for column in table.columns]
NOT_OF_A_BRANCH = {
    "branches",
    "people",
    "sources",
    "source_keys",
    "suppressions",
    "told_wishes",
    "users",
    "sessions",
    "rate_counters",
    "platform_paces",
    "alerts",
    "channel_halts",
    "webhook_endpoints",
    "service_faults",
    "service_presence",
    "told_lines",
}
"""Tables whose rows belong to the franchise or to a person of it."""


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_each_column_says_its_privacy_class(column: Column[object]) -> None:
    assert column.info.get("privacy") in set(Privacy)


@pytest.mark.parametrize("table", [table for table in TABLES if table.name not in NOT_OF_A_BRANCH], ids=str)
def test_what_belongs_to_a_branch_carries_it_in_its_key_and_in_each_unique_constraint(table: Table) -> None:
    assert "branch_id" in table.primary_key.columns
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert "branch_id" in constraint.columns, constraint.name
    assert not [index.name for index in table.indexes if index.unique and "branch_id" not in index.columns]


@pytest.mark.parametrize("table", [table for table in TABLES if "id" in table.columns and "branch_id" in table.primary_key.columns], ids=str)
def test_the_branch_leads_the_key(table: Table) -> None:
    assert next(column.name for column in table.primary_key.columns) == "branch_id"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_no_key_is_a_sequence(table: Table) -> None:
    for column in table.primary_key.columns:
        assert not column.identity
        if isinstance(column.type, Integer):
            assert column.autoincrement is False
        if column.name == "id":
            assert isinstance(column.type, Uuid)
            assert column.default is not None


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_row_points_at_no_row_of_another_branch(table: Table) -> None:
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table
        if "branch_id" in target.primary_key.columns:
            assert "branch_id" in constraint.columns, constraint.name


def test_ids_are_uuid7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]

    assert {made.version for made in ids} == {7}
    assert all(isinstance(made, UUID) for made in ids)
    assert [made.int >> 80 for made in ids] == sorted(made.int >> 80 for made in ids)
