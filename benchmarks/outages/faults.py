"""What fails in turn, each for some seconds: the database in three ways, the disk of the store in two, and the web process.

The store lies on a small file system in memory of its own, which really is full (ENOSPC) or read-only (EROFS). Only root can make one; for
anybody else the store's folder is closed instead (EACCES).
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import psycopg

from benchmarks.fixtures import Ground, Program
from reviews.adapters import postgres
from reviews.database import engine as database

STORE_MB: Final = 1024
"""Room for the proofs of an hour and the pictures of their pages."""

_AGAIN: Final = 0.5


@dataclass
class Scene:
    """What can fail: the database and the store of a ground, and its web process, which always comes back at the same port."""

    laid: Ground
    stack: ExitStack
    store: Path
    web: Program
    address: str
    settings: dict[str, str]

    def start_web(self) -> None:
        """Start the web process anew where it was, and wait until it answers."""
        self.web = self.laid.start("-m", "reviews.cli", "serve", "--port", self.address.rpartition(":")[2], **self.settings)
        self.web.after("reviews op ")


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them: what readiness says meanwhile, and of which kind of request the first good answer shows that all goes on again."""

    name: str
    ready: frozenset[str]
    kind: str
    standing: Callable[[Scene], AbstractContextManager[None]]


def all_of_them() -> list[Fault]:
    """Return the faults that this user can make, in their order."""
    unwritable = frozenset({"503 storage_not_writable"})
    stores = [("store full (ENOSPC)", _store_full), ("store read-only (EROFS)", _store_read_only)]
    return [
        Fault("database stopped", frozenset({"503 database_unreachable"}), "trigger", _database_stopped),
        Fault("backends terminated", frozenset({"200", "503 database_unreachable"}), "trigger", _backends_terminated),
        Fault("database read-only", frozenset({"503 database_read_only"}), "trigger", _database_read_only),
        *(
            Fault(name, unwritable, "upload", standing)
            for name, standing in (stores if os.getuid() == 0 else [("store closed (EACCES)", _store_closed)])
        ),
        Fault("web process killed", frozenset({"no answer"}), "trigger", _web_killed),
    ]


@contextlib.contextmanager
def store_of_its_own(folder: Path) -> Generator[Path]:
    """Yield a folder for proofs; for root it is a small file system in memory."""
    folder.mkdir()
    if os.getuid() != 0:
        yield folder
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={STORE_MB}m,mode=700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def _database_stopped(scene: Scene) -> Generator[None]:
    """Stop the server as `pg_ctl stop -m immediate` does: all connections break, what was not flushed is recovered at the start."""
    os.kill(int((scene.laid.folder / "database" / "pg" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGQUIT)
    yield
    scene.stack.enter_context(postgres.serving(scene.laid.folder / "database"))


@contextlib.contextmanager
def _backends_terminated(scene: Scene) -> Generator[None]:
    """Break all connections, again and again: those in the middle of a commit too."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with _repeated(lambda: _tell_server(scene, others)):
        yield


@contextlib.contextmanager
def _database_read_only(scene: Scene) -> Generator[None]:
    """Let the server take nothing, from the next transaction of every connection on."""
    _tell_server(scene, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        _tell_server(scene, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")


def _tell_server(scene: Scene, *statements: str) -> None:
    url = database.address(scene.laid.url)
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextlib.contextmanager
def _store_full(scene: Scene) -> Generator[None]:
    """Fill the file system of the store to its last page, and what is set free meanwhile too."""
    filler = scene.store / "filler"
    try:
        with _repeated(lambda: _fill(filler)):
            yield
    finally:
        filler.unlink()


def _fill(filler: Path) -> None:
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


@contextlib.contextmanager
def _store_read_only(scene: Scene) -> Generator[None]:
    _remount(scene.store, "ro")
    try:
        yield
    finally:
        _remount(scene.store, "rw")


def _remount(folder: Path, mode: str) -> None:
    # The kernel refuses while a file is open for writing.
    while subprocess.run(["mount", "-o", f"remount,{mode}", folder], check=False, capture_output=True).returncode:
        Event().wait(0.01)


@contextlib.contextmanager
def _store_closed(scene: Scene) -> Generator[None]:
    folders = [scene.store, *(place for place in scene.store.rglob("*") if place.is_dir())]
    for folder in reversed(folders):
        folder.chmod(0o500)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(0o700)


@contextlib.contextmanager
def _web_killed(scene: Scene) -> Generator[None]:
    scene.web.end(signal.SIGKILL)
    yield
    scene.start_web()


@contextlib.contextmanager
def _repeated(act: Callable[[], Any]) -> Generator[None]:
    """Act at once, and again and again until the end."""
    over = Event()

    def go_on() -> None:
        while not over.wait(_AGAIN):
            act()

    act()
    thread = Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
