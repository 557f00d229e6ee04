"""`reviews serve --reload`: who changes what a page is made of sees it on the same address."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
import uvicorn
from jinja2 import FileSystemLoader

from reviews import settings
from reviews.adapters.templates import STATIC, TEMPLATES, environment
from reviews.commands.reloading import CODE, WATCHED_FOLDERS, Reloader

Web = subprocess.Popen[str]
PATIENCE = 240
"""Seconds after which the process is given up, so that a test that waits for it ends red and not never."""


@pytest.fixture
def web(database: str, tmp_path: Path) -> Generator[Web]:
    """A web process that reloads, on a database of its own."""
    chosen = settings.environment(DATABASE_URL=database, DATA_DIR=str(tmp_path))
    command = [sys.executable, "-m", "reviews.cli", "serve", "--reload", "--port", "0"]
    with subprocess.Popen(command, env=chosen, stdout=subprocess.PIPE, text=True, start_new_session=True) as program:
        patience = threading.Timer(PATIENCE, os.killpg, [program.pid, signal.SIGKILL])
        patience.start()
        yield program
        patience.cancel()
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)


def address_told_by(web: Web) -> str:
    assert web.stdout is not None
    return web.stdout.readline().strip().removeprefix("reviews op ")


def test_a_change_starts_the_web_process_again_on_the_same_address(web: Web) -> None:
    before = address_told_by(web)
    assert httpx.get(f"{before}/health/live").status_code == 200

    (TEMPLATES / "email" / "invitation" / "body.html").touch()

    assert address_told_by(web) == before
    assert httpx.get(f"{before}/health/live").status_code == 200
    web.send_signal(signal.SIGTERM)
    assert web.wait(60) == 0


def test_a_page_is_read_anew_when_its_template_has_changed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    shown: dict[bool, list[str]] = {}
    for reload in (False, True):
        templates = environment(base_url="https://reviews.example", reload=reload)
        templates.loader = FileSystemLoader(tmp_path)
        for moment in (1, 2):
            page.write_text(str(moment))
            os.utime(page, (moment, moment))
            shown.setdefault(reload, []).append(templates.get_template("page.html").render())

    assert shown == {False: ["1", "1"], True: ["1", "2"]}


def test_all_that_is_kept_in_memory_is_watched() -> None:
    config = uvicorn.Config("", log_config=None, reload=True, reload_dirs=[str(folder) for folder in WATCHED_FOLDERS])

    watched = set(Reloader(config, print, []).iter_py_files())

    assert {
        CODE / "web" / "pages.py",
        CODE / "locales" / "de.po",
        TEMPLATES / "email" / "invitation" / "subject.txt",
    } <= watched
    assert set(STATIC.glob("*.css")) | set(STATIC.glob("*.js")) <= watched
