"""What is answered when the database or the disk is away: that it is our trouble, and when to ask again."""

import asyncio
import contextlib
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from reviews import settings
from reviews.adapters.storage import open_store
from reviews.app import create_app
from reviews.database.engine import address
from reviews.settings import Settings
from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_invitations import Ask, ask
from tests.web.conftest import BASE, Door, settings_for_tests

__all__ = ["ask"]

SERVE = (sys.executable, "-m", "reviews.cli", "serve")


@contextlib.asynccontextmanager
async def visiting(app: Litestar, base: str = BASE) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


async def test_without_a_database_programs_are_told_to_come_back_and_people_that_it_is_our_trouble(door: Door, tmp_path: Path) -> None:
    nobody = create_async_engine(address(f"postgresql://nobody@/nothing?host={tmp_path}"))
    app = create_app(settings_for_tests(tmp_path), engine=nobody, store=door.store, key_ring=door.key_ring, clock=door.clock)

    async with visiting(app) as client:
        told = await client.post("/api/v1/triggers", json=raw(), headers={"Authorization": "Bearer rk_some"})
        page = await client.get("/utrecht")
        ready = await client.get("/health/ready")

    assert (told.status_code, told.json()["type"], told.headers["retry-after"]) == (503, "unavailable", "5")
    assert (page.status_code, "Even niet bereikbaar" in page.text) == (503, True)
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["database_unreachable"])


async def test_the_log_says_that_something_was_away_and_calls_it_no_failure(door: Door, tmp_path: Path) -> None:
    nobody = create_async_engine(address(f"postgresql://nobody@/nothing?host={tmp_path}"))
    app = create_app(settings_for_tests(tmp_path), engine=nobody, store=door.store, key_ring=door.key_ring, clock=door.clock)

    with capture_logs() as logs:
        async with visiting(app) as client:
            await client.get("/utrecht")

    assert [(log["log_level"], log["event"]) for log in logs] == [("warning", "unavailable"), ("info", "request")]
    assert logs[0]["kind"] == "OperationalError"
    # A number also where the log is text.
    assert repr(logs[1]["status"]) == "503"


async def test_a_database_that_only_reads_is_not_ready_and_takes_nothing(door: Door, ask: Ask) -> None:
    async with door.maker.begin() as session:
        name = await session.scalar(text("SELECT current_database()"))
        await session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))

    told = await ask("POST", "/api/v1/triggers", json=raw())
    ready = await (await door.visitor()).get("/health/ready")

    assert (told.status_code, told.headers["retry-after"]) == (503, "5")
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["database_read_only"])


async def test_a_store_that_takes_nothing_is_not_ready(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = open_store("", folder=folder)
    folder.rmdir()
    folder.write_text("a file where a folder should be")
    engine = door.maker.kw["bind"]
    app = create_app(settings_for_tests(tmp_path), engine=engine, store=store, key_ring=door.key_ring, clock=door.clock)

    async with visiting(app) as client:
        ready = await client.get("/health/ready")

    assert (ready.status_code, ready.json()["reasons"]) == (503, ["storage_not_writable"])


async def test_a_body_that_does_not_come_is_cut(door: Door, tmp_path: Path) -> None:
    chosen = settings_for_tests(tmp_path).model_copy(update={"body_grace_seconds": 0.01})
    app = create_app(chosen, engine=door.maker.kw["bind"], store=door.store, key_ring=door.key_ring, clock=door.clock)

    async def drip() -> AsyncGenerator[bytes]:
        yield b"email=jan"
        await asyncio.Event().wait()

    async with visiting(app) as client:
        await client.get("/desk/login")
        answer = await client.post("/desk/login", content=drip(), headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert "Dit duurde te lang" in answer.text


@pytest.mark.parametrize(("base", "says"), [("https://reviews.example", "max-age=31536000; includeSubDomains"), (BASE, None)])
async def test_over_https_a_browser_is_told_to_stay_there(door: Door, tmp_path: Path, base: str, says: str | None) -> None:
    chosen = settings_for_tests(tmp_path).model_copy(update={"base_url": base})
    app = create_app(chosen, engine=door.maker.kw["bind"], store=door.store, key_ring=door.key_ring, clock=door.clock)

    async with visiting(app, base) as client:
        answers = [await client.get(path) for path in ("/", "/desk/login", "/nergens/te/vinden", "/health/live")]

    assert [answer.headers.get("strict-transport-security") for answer in answers] == [says] * 4


def test_whose_word_is_believed_about_addresses_is_named() -> None:
    with pytest.raises(ValueError, match="must name the addresses"):
        Settings(trusted_proxies="*")


async def test_what_cannot_be_a_file_and_a_day_without_midnight_are_no_failure_of_ours(door: Door, ask: Ask) -> None:
    assert (await (await door.visitor()).get("/static/" + "a" * 300)).status_code == 404
    for day in ("0001-01-01", "9999-12-31"):
        answer = await ask("GET", f"/api/v1/statistics?from={day}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_a_day")


def test_told_to_stop_the_web_process_stops_the_database_that_it_started() -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="reviews-stops-", dir=memory if memory.is_dir() else None) as folder:
        # The server runs as another user when root starts it, and must get in.
        Path(folder).chmod(0o755)
        environment = settings.environment(DATA_DIR=f"{folder}/data", DATABASE_URL="")
        with subprocess.Popen([*SERVE, "--port", "0"], cwd=settings.PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as web:
            assert web.stdout is not None
            line = web.stdout.readline()
            running = list(Path(folder).rglob("postmaster.pid"))
            web.send_signal(signal.SIGTERM)
            code = web.wait(timeout=60)
        left = list(Path(folder).rglob("postmaster.pid"))

    assert re.match(r"reviews op http://127\.0\.0\.1:\d+", line)
    assert (code, len(running), left) == (0, 1, [])
