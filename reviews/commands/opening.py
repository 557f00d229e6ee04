"""What each command opens: settings, log, secret, database, store; and how it ends when the caller must put something right first."""

import asyncio
import contextlib
import errno
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from reviews import keys, logs, settings
from reviews.adapters import postgres
from reviews.adapters.storage import open_store
from reviews.clock import CheckedClock, SystemClock
from reviews.commands import waiting
from reviews.database import clock_guard, outage, revisions
from reviews.database import engine as database
from reviews.database.tables import Branch, ClaimMail, Publication
from reviews.errors import InvalidError, ReviewsError
from reviews.invitations.planning.schedule import Horizon
from reviews.keys import KeyRing
from reviews.settings import Settings
from reviews.storage import Store, StoreAwayError

T = TypeVar("T")
WRONG_USE = 2
_PLACE = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class OpenedService:
    """The parts that most commands need."""

    settings: Settings
    url: str
    key_ring: KeyRing
    clock: CheckedClock
    store: Store

    @property
    def horizon(self) -> Horizon:
        """Return how far back and how far ahead invitations reach, as configured."""
        return Horizon.of(self.settings)

    def engine(self) -> AsyncEngine:
        """Make an engine on the database; the caller disposes of it."""
        return database.connect(self.url)


@contextlib.contextmanager
def mended_by_hand() -> Generator[None]:
    """End the command with one sentence per error and exit code 2, instead of a traceback, when the caller must put something right."""
    try:
        yield
    except InvalidError as problem:
        for found in problem.errors:
            click.echo(f"{found.field}: {found.detail}", err=True)
        sys.exit(WRONG_USE)
    except ReviewsError as problem:
        click.echo(str(problem), err=True)
        sys.exit(WRONG_USE)
    except SQLAlchemyError as problem:
        if (sentence := outage.told(problem)) is None:
            raise
        click.echo(str(sentence), err=True)
        sys.exit(WRONG_USE)
    except StoreAwayError as problem:
        what = "look at REVIEWS_STORAGE_URL, make room, or mend the rights of that place"
        click.echo(f"the store of files is away ({problem.strerror}): {what}", err=True)
        sys.exit(WRONG_USE)
    except OSError as problem:
        if problem.errno not in _PLACE:
            raise
        click.echo(f"{problem.strerror}: {problem.filename or 'the data folder'}; make room, or mend the rights of that place", err=True)
        sys.exit(WRONG_USE)


def seal_of(chosen: Settings) -> KeyRing:
    """Return the keys derived from the secret in the settings, or from the one kept in the data folder."""
    return KeyRing(chosen.secret_key.get_secret_value() or keys.secret_in(chosen.data_dir))


@contextlib.contextmanager
def serving(chosen: Settings) -> Generator[str]:
    """Yield the address of the database: the one that is set, or the embedded server for as long as it is needed."""
    url = chosen.database_url.get_secret_value()
    if url:
        yield url
        return
    with postgres.serving(Path(chosen.data_dir) / "database") as embedded:
        yield embedded


def _bring_up(url: str) -> None:
    if revisions.present(url) != revisions.newest():
        from reviews.database import migrate  # noqa: PLC0415 - Alembic is a tenth of a second that a command without anything to migrate needn't wait for

        migrate.migrate(url)


def clock_beside(chosen: Settings, url: str) -> CheckedClock:
    """Return the clock of this machine, compared with that of the database."""
    clock = CheckedClock(SystemClock(), timedelta(seconds=chosen.clock_skew_seconds))
    clock_guard.compare_once(url, clock)
    return clock


def _look(chosen: Settings, url: str) -> CheckedClock:
    if chosen.database_url.get_secret_value():
        revisions.check(url)
    else:
        _bring_up(url)
    return clock_beside(chosen, url)


@contextlib.contextmanager
def opened(*, stays: bool = False) -> Generator[OpenedService]:
    """Open everything; refuse a database of another version, and migrate an embedded one on the way.

    A process that `stays` waits for a database that is away; a command that a person called says so and ends.
    """
    with mended_by_hand():
        chosen = settings.read()
        logs.configure(chosen)
        with serving(chosen) as url:
            look = partial(_look, chosen, url)
            clock = waiting.until_there(look) if stays else look()
            store = open_store(chosen.storage_url, folder=chosen.data_dir.resolve() / "proofs")
            yield OpenedService(chosen, url, seal_of(chosen), clock, store)


@contextlib.asynccontextmanager
async def transaction(parts: OpenedService) -> AsyncGenerator[AsyncSession]:
    """Open the one transaction of a command."""
    engine = parts.engine()
    try:
        async with database.sessions(engine).begin() as session:
            yield session
    finally:
        await engine.dispose()


def in_transaction(parts: OpenedService, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Run a command's work in one transaction and return what it returned."""

    async def within() -> T:
        async with transaction(parts) as session:
            return await work(session)

    return asyncio.run(within())


def show_list(read: Callable[[AsyncSession], Awaitable[Sequence[T]]], *, as_json: bool, line: Callable[[T], str]) -> None:
    """Run what a list command reads, and print it: one JSON list for programs, or a line for each."""
    with opened() as parts:
        rows = in_transaction(parts, read)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(rows), ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))


def in_columns(row: Mapping[str, str | None]) -> str:
    """Return a row as a line with tabs between its values, `-` where there is nothing."""
    return "\t".join(value or "-" for value in row.values())


def show_queued(table: type[ClaimMail] | type[Publication], column: str, state: str | None, *, as_json: bool) -> None:
    """List what waits or waited to leave, with one column of its own and without naming anybody."""

    async def read(session: AsyncSession) -> list[dict[str, str | None]]:
        own: InstrumentedAttribute[str] = getattr(table, column)
        query = (
            select(table.id, Branch.slug, table.state, own, table.failure, table.due_at).join(Branch, Branch.id == table.branch_id).order_by(table.id)
        )
        return [
            {"id": str(id_), "branch": slug, "state": now, column: told, "reason": reason, "due_at": due_at.isoformat()}
            for id_, slug, now, told, reason, due_at in await session.execute(query.where(table.state == state) if state else query)
        ]

    show_list(read, as_json=as_json, line=in_columns)
