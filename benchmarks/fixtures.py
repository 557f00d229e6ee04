"""What the benchmarks and the long proofs stand on: a database of their own with one branch, its key, and processes that are ours to stop."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import settings
from reviews.adapters import postgres
from reviews.branches import config
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database import migrate
from reviews.database.tables import Branch
from reviews.demo import seed
from reviews.invitations.intake import sources
from reviews.keys import KeyRing, secret_in


@dataclass(frozen=True, slots=True)
class Ground:
    """A data folder with a running database, a branch that mails by itself at any hour, and a key for its program."""

    folder: Path
    url: str
    key: str

    def environment(self, **changed: str) -> dict[str, str]:
        """Return the environment for a process on this ground."""
        return settings.environment(**{"DATA_DIR": str(self.folder), "POLL_SECONDS": "0.1", **changed})

    def start(self, *arguments: str, **changed: str) -> "Program":
        """Start a process of ours on this ground."""
        return Program(self.environment(**changed), arguments)

    @contextlib.contextmanager
    def process(self, *arguments: str, **changed: str) -> Generator["Program"]:
        """Run a process of ours and stop it afterwards."""
        program = self.start(*arguments, **changed)
        try:
            yield program
        finally:
            program.end(signal.SIGTERM)


class Program:
    """A running process whose printed lines can be waited for."""

    def __init__(self, environment: dict[str, str], arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone, by itself or told to."""
        return self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def after(self, start: str) -> str:
        """Wait for the line that starts like this and return the rest of it."""
        while True:
            line = self._lines.get(timeout=60)
            if line.startswith(start):
                return line.removeprefix(start).strip()

    def end(self, signalled: signal.Signals) -> None:
        """Send a signal to the process and its children, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signalled)
        self._process.wait(60)


@contextlib.contextmanager
def laid(**rules: Any) -> Generator[Ground]:
    """Lay a ground in a folder of its own and clear it away afterwards; `rules` change the branch's."""
    folder = Path(tempfile.mkdtemp(prefix="reviews-bench-"))
    folder.chmod(0o755)
    try:
        with postgres.serving(folder / "database") as url:
            migrate.migrate(url)
            yield Ground(folder, url, asyncio.run(_settle(folder, url, rules)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _settle(folder: Path, url: str, rules: dict[str, Any]) -> str:
    now, key_ring = SystemClock().now(), KeyRing(secret_in(folder))
    engine = database.connect(url)
    async with database.sessions(engine).begin() as session:
        await config.add(session, config.read({**seed.BRANCHES[1], **rules}), key_ring=key_ring, now=now)
        key = await sources.add_key(session, "bench", [], now=now)
    await engine.dispose()
    return key


def told(number: int, now: datetime, *, days: float = 1) -> dict[str, Any]:
    """Return what a program tells about one of many jobs, each of a person of its own."""
    return {
        "event_id": f"bench-{number}",
        "type": "job.completed",
        "kind": "purchase",
        "branch": seed.BRANCHES[1]["slug"],
        "number": f"B{number}",
        "occurred_at": (now - timedelta(days=days)).isoformat(),
        "customer": {"name": "J. de Vries", "email": f"klant{number}@post.example", "postcode": "3511 AB", "house_number": "12", "language": "nl"},
        "total": "1234.56",
        "basis": "customer",
    }


async def branch_of(session: AsyncSession) -> Branch:
    """Return the ground's branch."""
    [branch] = await config.every(session)
    return branch


def body_of(number: int, now: datetime) -> bytes:
    """Return a trigger as it goes over the wire."""
    return msgspec.json.encode(told(number, now))
