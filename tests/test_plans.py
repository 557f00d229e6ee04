"""What runs by itself, and what each page asks, reads no whole table that grows.

The statements are those that the real worker and the real web process send; none is listed here, so a new one is looked at by itself. The plans
are PostgreSQL's for a database as it is after years.
"""

import uuid
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import psycopg
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from psycopg import sql
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews import worker
from reviews.adapters.storage import ObjectFolder, open_store
from reviews.app import create_app
from reviews.clock import SystemClock
from reviews.database import engine as engines
from reviews.database.engine import address
from reviews.database.tables import Branch, Claim, Invitation, User
from reviews.invitations.intake import sources
from reviews.keys import KeyRing
from reviews.moderation import users
from reviews.settings import Settings
from reviews.web.context import context_in
from tests import filled
from tests.web.conftest import BASE, settings_for_tests

ROWS: Final = 2500
ASKED: Final = {"branch": "b1", "number": "x50", "email": "x50@post.example"}
METERS: Final = "the key of the meters"

ROW: Final = 50
"""The row of each table that pages are asked about; the manager of its branch has the same number."""


Seen = dict[str, Any]
"""Statements as the driver gets them, each with the parameters of one time."""


@pytest.fixture(scope="module")
def after_years(server: str) -> Generator[str]:
    """The address of a database as it is after years; tests only look at it, or at their own changes."""
    url = address(server)
    admin = {"host": str(url.query["host"]), "user": url.username, "dbname": "postgres", "autocommit": True}
    with psycopg.connect(**admin) as connection:  # type: ignore[arg-type]  # psycopg types its keywords one by one
        connection.execute(sql.SQL("CREATE DATABASE after_years TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(str(url.database))))
    made = url.set(database="after_years").render_as_string(hide_password=False)
    filled.fill(made, rows=ROWS)
    yield made
    with psycopg.connect(**admin) as connection:  # type: ignore[arg-type]
        connection.execute("DROP DATABASE after_years WITH (FORCE)")


@pytest.fixture
async def engine(after_years: str) -> AsyncGenerator[AsyncEngine]:
    engine = engines.connect(after_years)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> ObjectFolder:
    return open_store("", folder=tmp_path)


@contextmanager
def watched(engine: AsyncEngine) -> Generator[Seen]:
    """Note what is sent to the database as long as the block lasts."""
    seen: Seen = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


def reads_too_much(url: str, seen: Seen) -> list[str]:
    """Return where a growing table or an index of it is read from end to end, or as much as a branch has is read and thrown away, and why."""
    found = list[str]()
    with psycopg.connect(address(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        leading: dict[str, str] = dict(connection.execute(_LEADING).fetchall())
        for statement, parameters in seen.items():
            if (verb := statement.split()[0].upper()) in {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}:
                # What was inserted is there by now.
                how = b"EXPLAIN (VERBOSE, FORMAT JSON) " if verb == "INSERT" else b"EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) "
                [(plan,)] = connection.execute(how + statement.encode(), parameters).fetchall()
                found += [f"{what}: {' '.join(statement.split())}" for what in _excesses(plan[0]["Plan"], leading)]
            connection.rollback()
    return found


# By what an index of a growing table is looked up at least, but for those that hold only a few of its rows.
_LEADING: Final = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE indpred IS NULL AND relnamespace = 'public'::regnamespace
"""


def _excesses(node: dict[str, Any], leading: dict[str, str]) -> Iterator[str]:
    # What test sources tell stays for thirty days: those tables do not grow.
    table = node.get("Relation Name") if node.get("Schema") != "test_mode" else None
    thrown_away = node.get("Rows Removed by Filter", 0) * node.get("Actual Loops", 0)
    if table in filled.GROWING and node["Node Type"] == "Seq Scan":
        yield f"the whole of {table}"
    elif table in filled.GROWING and thrown_away > filled.many_of(table, ROWS) / filled.BRANCHES / 2:
        yield f"{thrown_away:.0f} rows of {table} thrown away"
    # Since PostgreSQL 18 an index may be walked without its first column; 15 cannot, and reads the table.
    if (first := leading.get(node.get("Index Name", ""))) and first not in node.get("Index Cond", first):
        yield f"{node['Index Name']} without {first}"
    for below in node.get("Plans", ()):
        yield from _excesses(below, leading)


async def test_a_round_of_the_background_process_reads_no_whole_table(
    after_years: str, engine: AsyncEngine, store: ObjectFolder, key_ring: KeyRing
) -> None:
    chosen = Settings(smtp_url="smtp://127.0.0.1:9")  # type: ignore[arg-type]  # pydantic makes the secret
    async with worker.assembled(chosen, engine, store, key_ring, SystemClock()) as loops:
        with watched(engine) as seen:
            done = {one.name: await one.step() for one in loops}
            asked = await worker.asking(engine, SystemClock(), loops)()

    assert not any(done.values()), done
    assert not asked
    assert len(seen) > 40
    assert reads_too_much(after_years, seen) == []


@pytest.fixture
def web(engine: AsyncEngine, store: ObjectFolder, key_ring: KeyRing, tmp_path: Path) -> Litestar:
    return create_app(settings_for_tests(tmp_path), engine=engine, store=store, key_ring=key_ring, clock=SystemClock())


def pages(app: Litestar) -> list[str]:
    """Return the address of each page that there is, with what it needs filled in from a row."""
    routes = [route for route in app.routes if isinstance(route, HTTPRoute) and "GET" in route.methods and not route.path.startswith("/static")]
    return sorted(_address(route) for route in routes)


def _address(route: HTTPRoute) -> str:
    path = "/".join(_filled(part) for part in route.path_format.split("/"))
    needs = [name for handler in route.route_handlers for name in handler.opt.get("needs", ())]
    return f"{path}?{urlencode({name: ASKED[name] for name in needs})}" if needs else path


def _filled(part: str) -> str:
    if not part.startswith("{"):
        return part
    name = part.strip("{}")
    return str(uuid.UUID(int=ROW)) if name.endswith("_id") else {"number": "1", "slug": "b1", "branch": "b1"}.get(name, "nothing")


async def _visit(web: Litestar, paths: list[str], *, role: str) -> dict[str, int]:
    """Open pages as somebody of the desk, and what programs ask with the key of one; return the status of each."""
    app_context, clock = context_in(web), SystemClock()
    async with app_context.maker.begin() as session:
        user = await session.get_one(User, uuid.UUID(int=ROW))
        user.role = role
        token = await users.open_session(session, user.id, now=clock.now(), hours=12)
        branch = (await session.scalars(select(Branch).where(Branch.slug == ASKED["branch"]))).one()
        key = await sources.add_key(session, "program", [branch], now=clock.now())
    keys = {True: key, False: METERS}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=BASE, cookies={"session": token}) as client:  # type: ignore[arg-type]  # plainer types
        return {path: (await client.get(path, headers={"authorization": f"Bearer {keys['/api/' in path]}"})).status_code for path in paths}


async def test_no_page_of_a_branch_reads_a_whole_table(after_years: str, engine: AsyncEngine, web: Litestar) -> None:
    with watched(engine) as seen:
        answers = await _visit(web, pages(web), role="manager")

    assert max(answers.values()) < 422, answers
    assert len([path for path, status in answers.items() if status == 200]) > 25
    assert reads_too_much(after_years, seen) == []


# Lists and sums over all branches and years: what they show is all of it.
OVER_ALL: Final = ("/desk/imports", "/desk/invitations", "/desk/ledger", "/desk/ledger.csv", "/desk/mails", "/desk/sources")


async def test_no_other_page_of_head_office_reads_a_whole_table(after_years: str, engine: AsyncEngine, web: Litestar) -> None:
    paths = [path for path in pages(web) if path not in OVER_ALL]
    with watched(engine) as seen:
        answers = await _visit(web, paths, role="office")

    assert len(answers) == len(pages(web)) - len(OVER_ALL)
    assert max(answers.values()) < 422, answers
    assert reads_too_much(after_years, seen) == []


async def test_what_reads_too_much_is_found(after_years: str, engine: AsyncEngine) -> None:
    with watched(engine) as seen:
        async with engine.begin() as connection:
            await connection.execute(select(Invitation.id).where(Invitation.message_id == "x"))
            await connection.execute(select(Claim.id).where(Claim.state == "checking"))
            await connection.execute(select(Claim.id).where(Claim.branch_id == uuid.UUID(int=1), Claim.name == "x"))
            await connection.execute(select(Branch.id).where(Branch.slug != "x"))

    assert [found.partition(":")[0] for found in reads_too_much(after_years, seen)] == [
        "the whole of invitations",
        "ix_claims_state without branch_id",
        "50 rows of claims thrown away",
    ]
