"""A database as it is after years: thousands of rows in each table that grows, nearly all of them done with, and nothing due.

Row number n of every table points at row number n of the others, at the same branch; so what joins tables finds something. Values are made by the
types of the columns, and by name only where a constraint or a state asks for it: a new table or column is filled by itself.
"""

import json
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from reviews.database.engine import address
from reviews.database.tables import Base
from tests import cast

BRANCHES: Final = 50

SMALL: Final = frozenset(
    {
        "branches",
        "channel_halts",
        "duties",
        "mail_patterns",
        "platform_paces",
        "service_faults",
        "service_presence",
        "source_branches",
        "source_keys",
        "sources",
        "user_branches",
        "users",
        "webhook_endpoints",
    }
)
"""Tables whose rows somebody adds by hand: a few for each branch, whatever the years bring. All others grow."""

GROWING: Final = frozenset(Base.metadata.tables) - SMALL

LONG: Final = frozenset({"invitation_events", "jobs", "triggers"})
"""Tables with a BRIN index over their moments, forty times as long: such an index is of use from some thousand pages on."""

_DONE: Final = {
    "alerts": "sent", "claim_mails": "sent", "claims": "published", "duties": "waiting", "imports": "done", "inbound_mails": "dismissed",
    "invitations": "sent", "jobs": "completed", "proofs": "judged", "publications": "sent", "reminders": "sent", "webhook_deliveries": "delivered",
}  # fmt: skip


def _json(value: Any) -> str:
    return f"'{json.dumps(value).replace('%', '%%')}'"


_PAST: Final = "now() - n * interval '1 hour'"
_BRANCH: Final = f"lpad(to_hex(n %% {BRANCHES} + 1), 32, '0')::uuid"
_BY_NAME: Final = {
    "branch_id": _BRANCH, "rating": "9", "kind": "'api'", "role": "'manager'", "outcome": "'accept'", "choice": "'approve'", "route": "'invitation'",
    "channel": "'mail'", "state": "'done'", "lease_until": "NULL", "disabled_at": "NULL", "revoked_at": "NULL", "restricted_at": "NULL",
    "storage_key": "NULL", "credit_asked_at": "NULL", "refused_key": "NULL", "failure": "NULL", "expires_at": "now() + interval '1 day'",
    "silent_after_hours": "1000000",
}  # fmt: skip
_BY_TABLE: Final = {
    "bases.kind": "'customer'",
    "branches.id": "lpad(to_hex(n), 32, '0')::uuid",
    "branches.identity": _json(cast.UTRECHT),
    "branches.platform_tenant": "'klantenvertellen'",
    "branches.rules": _json(msgspec.to_builtins(cast.ANY_HOUR)),
    "branches.slug": "'b' || n",
    "branches.active": "true",
    "claim_mails.kind": "'published'",
    "duties.due_at": "now() + interval '1 day'",
    "duties.name": f"CASE WHEN n <= {BRANCHES} THEN 'feed' ELSE 'ledger_closed' END",
    "inbound_mails.fields": "'{}'",
    "inbound_mails.subject": "''",
    "jobs.kind": "'purchase'",
    "proofs.storage_key": "'k' || n",
    "rate_counters.window_start": "now()",
    "decisions.decided_at": f"{_PAST} - interval '1 day'",
    "publications.published_at": f"{_PAST} - interval '1 day'",
    "told_lines.refusals": "'[]'",
    "told_lines.taken": "'[]'",
    "told_wishes.state": "'counts'",
    "told_wishes.waits_for": "NULL",
    "suppressions.at": f"{_PAST} - interval '1 day'",
    "webhook_deliveries.type": "'claim.submitted'",
    "webhook_endpoints.announced_until": "now() - interval '1 hour'",
    "webhook_endpoints.created_at": "now() - interval '1 year'",
    "webhook_endpoints.types": """'["invitation.sent", "claim.submitted", "claim.decided", "claim.published", "person.suppressed"]'""",
    "reviews.reference": "NULL",
}
_BY_TYPE: Final = (
    (Uuid, "lpad(to_hex(n), 32, '0')::uuid"),
    (DateTime, _PAST),
    (Date, "current_date - n"),
    (LargeBinary, "sha256(n::text::bytea)"),
    (Boolean, "false"),
    (Integer, "n"),
    (Numeric, "n"),
)


def fill(url: str, rows: int) -> None:
    """Fill the database, and do what autovacuum does in life: without it a BRIN index covers nothing that is new."""
    with psycopg.connect(address(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as connection:
        # Rows that point at each other are written in any order; constraints of one row hold all the same.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for table in Base.metadata.tables.values():
            connection.execute(_insert(table), {"many": many_of(table.name, rows)})
        connection.execute("VACUUM ANALYZE")


def many_of(table: str, rows: int) -> int:
    """Return how many rows of a table `fill` makes."""
    if table == "channel_halts":
        return 0  # a channel that stands still would hold back what the tests let wait
    if table in SMALL:
        return BRANCHES * 2 if table == "duties" else BRANCHES
    return rows * 40 if table in LONG else rows


def _insert(table: Table) -> Any:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(table.name, column) for column in table.columns)
    return f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM generate_series(1, %(many)s::int) n"  # noqa: S608 - names from our own tables


def _value(table: str, column: Column[Any]) -> str:
    if (given := _BY_TABLE.get(f"{table}.{column.name}")) is not None:
        return given
    if column.name == "state" and table in _DONE:
        return f"'{_DONE[table]}'"
    if column.name in _BY_NAME and not (_BY_NAME[column.name] == "NULL" and not column.nullable):
        return _BY_NAME[column.name]
    if isinstance(column.type, JSONB):
        return "'[]'" if column.type.python_type is list else "'{}'"
    return next((value for kind, value in _BY_TYPE if isinstance(column.type, kind)), "'x' || n")
