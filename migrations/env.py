"""Run migrations: one process at a time, with a bounded wait for table locks.

The lock is tried in a loop on a connection of its own: a blocking advisory lock hangs for ever together with CREATE INDEX CONCURRENTLY.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, pool, text

# Any fixed number does, as long as it never changes: an older program must meet the same lock.
_LOCK = 7_262_017
# With an end: a deploy that waits behind a stuck one must fail and say so.
_PATIENCE_SECONDS = 120.0


@contextmanager
def _alone(engine: Engine) -> Generator[None]:
    # AUTOCOMMIT: a waiting transaction would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for every older snapshot.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as lock:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not lock.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
            if time.monotonic() > until:
                message = "another process has been migrating for two minutes; look at it before trying again"
                raise TimeoutError(message)
            time.sleep(0.1)  # Alembic is synchronous
        try:
            yield
        finally:
            lock.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


def _migrate(connection: Connection) -> None:
    # A migration that waits for a table blocks everybody who comes after it: it gives up instead, and can be run again.
    connection.execute(text("SET lock_timeout = '10s'"))
    # Ends the transaction that SET began; otherwise Alembic would join it, and all migrations would share one transaction.
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        compare_type=True,
        compare_server_default=True,
        # One revision may need AUTOCOMMIT (an index built concurrently) while the ones before it must be committed.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _run() -> None:
    address = context.config.attributes["address"]
    # No pool: the lock ends with its connection, which must really close.
    engine = create_engine(address, poolclass=pool.NullPool)
    with _alone(engine), engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


_run()
