"""What web and background process cost in a night in which nothing is due, beside a loop that asks the database nothing once a second.

Default settings but for a mail server, so that all loops are there. All are warm before they are watched; watched are processor (with their
children), memory (each shared page counted in parts, PSS) and what the database was asked, by its own log.
"""

import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Final

import psycopg

from benchmarks import fixtures
from benchmarks.fixtures import Ground, Program
from benchmarks.results import Result, compared

WARM, WATCHED = 20, 60
"""Seconds."""

_PROGRAMS: Final = {
    "bare": ("-m", "benchmarks.poller", "{url}", "SELECT 1"),
    "worker": ("-m", "reviews.cli", "work"),
    "web": ("-m", "reviews.cli", "serve", "--port", "0"),
}
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a process had used by a moment: seconds of processor, megabytes of memory, statements."""

    processor: float
    memory: float
    statements: int


def run() -> list[Result]:
    """Watch all three at the same time."""
    with fixtures.laid() as laid, ExitStack() as stack:
        _log_statements(laid)
        programs = {name: _start(laid, name, stack) for name in _PROGRAMS}
        sleep(WARM)
        before = {name: _seen(laid, name, program) for name, program in programs.items()}
        sleep(WATCHED)
        after = {name: _seen(laid, name, program) for name, program in programs.items()}
    return [result for name in ("worker", "web") for result in _results(name, before, after)]


def _results(name: str, before: dict[str, _Seen], after: dict[str, _Seen]) -> list[Result]:
    share = {each: 100 * (after[each].processor - before[each].processor) / WATCHED for each in before}
    asked = {each: 60 * (after[each].statements - before[each].statements) / WATCHED for each in before}
    suffix = "" if name == "worker" else f"_{name}"
    return [
        compared(f"idle{suffix}", "% of a core", share[name], share["bare"], f"{name}, nothing due / a bare loop that polls once a second"),
        compared(f"idle_asked_{name}", "statements/min", asked[name], asked["bare"], f"{name}, BEGIN and COMMIT counted / the same loop"),
        compared(f"idle_memory_{name}", "MB", after[name].memory, after["bare"].memory, f"{name}, PSS / the same loop"),
    ]


def _log_statements(laid: Ground) -> None:
    with psycopg.connect(_plain(laid), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_line_prefix = '<%a> '")
        connection.execute("ALTER DATABASE reviews SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")


def _plain(laid: Ground) -> str:
    return laid.url.replace("+psycopg", "")


def _start(laid: Ground, name: str, stack: ExitStack) -> Program:
    arguments = [argument.format(url=_plain(laid)) for argument in _PROGRAMS[name]]
    # Empty: the default. Nobody listens there, and nothing is sent.
    environment = laid.environment(POLL_SECONDS="", SMTP_URL="smtp://127.0.0.1:9")
    program = Program({**environment, "PGAPPNAME": name}, arguments)
    stack.callback(program.end, signal.SIGTERM)
    return program


def _seen(laid: Ground, name: str, program: Program) -> _Seen:
    processes = _with_children(program.pid)
    log = (laid.folder / "database" / "server.log").read_text(errors="replace")
    return _Seen(sum(map(_processor, processes)), sum(map(_memory, processes)), log.count(f"\n<{name}> LOG:"))


def _with_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(found for child in children for found in _with_children(int(child)))]


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
