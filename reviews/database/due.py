"""Ask in one statement what is due: how the background process finds out whether any of its loops has something to do.

Each loop says by an EXISTS whether there is work for it. Each of them is answered by a partial index that holds only what waits, so an answer
costs the same however much was ever done. Nothing listens for NOTIFY: a pooler would not pass it on (docs/decisions/0033).
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, bindparam, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews.clock import Clock
from reviews.database.job_queue import Queue

NOW: Final = bindparam("now", type_=DateTime(timezone=True))
"""The moment of the question, in each of its parts."""


def is_due(queue: Queue, *only: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a row waits whose moment has come; with `only` none but those."""
    return exists().where(in_state(queue.table.c.state, queue.waiting), queue.table.c.due_at <= NOW, *only)


def is_lost(queue: Queue) -> ColumnElement[bool]:
    """Whether a lease ran out."""
    return exists().where(in_state(queue.table.c.state, "claimed"), queue.table.c.lease_until < NOW)


def in_state(column: Any, state: str) -> ColumnElement[bool]:
    """Compare with a state that stands in the statement itself: for a parameter a plan that is kept could not use a partial index."""
    compared: ColumnElement[bool] = column == literal_column(f"'{state}'")
    return compared


class DueQuestion:
    """The one question for all, built once; its answers are the names under which the parts were given."""

    def __init__(self, engine: AsyncEngine, clock: Clock, parts: Mapping[str, ColumnElement[bool]]) -> None:
        # One message to the server instead of three.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock
        self._statement = select(*(part.label(name) for name, part in parts.items()))

    async def ask(self) -> list[str]:
        """Return the names of what is due now."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(self._statement, {"now": self._clock.now()})).mappings().one()
        return [name for name, is_due in row.items() if is_due]
