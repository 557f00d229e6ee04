"""Write and find many rows with one statement and one parameter, however many rows there are.

The rows go over as one JSON list that the server unfolds into the table's own types. A statement of its own per row costs client and server
several times as much, and a list of VALUES is a new statement to plan for each number of rows (docs/decisions/0027).
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Select,
    String,
    TableValuedAlias,
    any_,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.dialects.postgresql import Insert as Upsert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from reviews.database.tables.base import Base


async def write(session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that all name the same columns; a column that they don't name gets its default."""
    if rows:
        # from_select knows no column defaults, so they are put into the rows; the first row names the columns of all.
        given = _defaults(table)
        await session.execute(_insert(table, tuple({**given, **rows[0]})), {"rows": folded([{**given, **row} for row in rows])})


def among(name: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Select rows by a list that goes over as one array: unlike IN, it is the same statement, once prepared, for any number of values."""
    # unique: two lists in one statement must not share a parameter name.
    return name == any_(bindparam(None, list(values), type_=ARRAY(name.type), unique=True))


def folded(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as the JSON list that the statements here take as `rows`."""
    return msgspec.json.encode([{name: _plain(value) for name, value in row.items()} for row in rows]).decode()


def told(parameter: str, *columns: ColumnClause[Any]) -> TableValuedAlias:
    """Return the JSON list of rows that goes over as a parameter as a table of these columns."""
    rows = func.json_to_recordset(cast(bindparam(parameter, type_=String), JSON))
    return rows.table_valued(*columns, name=parameter).render_derived(with_types=True)


def _plain(value: Any) -> Any:
    """Return bytes as PostgreSQL reads them from text; msgspec writes all else so that it can be read back."""
    # The hex form of bytea; base64, which msgspec would write, would be stored as those very letters.
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


@cache
def _defaults(table: type[Base]) -> dict[str, Any]:
    """Return the plain defaults that SQLAlchemy, and not the server, would put in."""
    defaults = {column.name: column.default for column in table.__table__.columns}
    # Defaults that call Python (a new id, for instance) are left out: one call, cached here, would give all rows the same value.
    return {name: default.arg for name, default in defaults.items() if isinstance(default, ScalarElementColumnDefault)}


@cache
def _insert(table: type[Base], names: tuple[str, ...]) -> Insert:
    return insert(Base.metadata.tables[table.__tablename__]).from_select(list(names), _unfolded(table, names), include_defaults=False)


@cache
def upsert_of(table: type[Base], names: tuple[str, ...]) -> Upsert:
    """Return an insert of rows with these columns, to which `on_conflict_do_update` can be added; it keeps the order of the rows."""
    return upsert(Base.metadata.tables[table.__tablename__]).from_select(list(names), _unfolded(table, names), include_defaults=False)


def _unfolded(table: type[Base], names: tuple[str, ...]) -> Select[Any]:
    # The row type of the table itself, so that the server converts the JSON by the table's own types.
    blank: ColumnElement[Any] = literal_column(f"NULL::{table.__tablename__}")
    told = func.json_populate_recordset(blank, cast(bindparam("rows", type_=String), JSON)).table_valued(*map(column, names)).alias("told")
    return select(*(told.c[name] for name in names))
