"""The demo's programs, each a process of its own: post office, platform simulator, web, background process."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import msgspec

from reviews import settings
from reviews.commands.processes import free_socket
from reviews.demo import seed
from reviews.errors import ConfigurationError

_READY_SECONDS = 90
_STOP_SECONDS = 30


@dataclass(slots=True)
class DemoProcesses:
    """The addresses of the running programs, and their processes."""

    web: str = ""
    post: str = ""
    post_pages: str = ""
    platform: str = ""
    programs: dict[str, subprocess.Popen[str]] = field(default_factory=dict[str, "subprocess.Popen[str]"])

    def ended(self) -> str | None:
        """Return the name of a program that ended by itself, or None."""
        return next((name for name, program in self.programs.items() if program.poll() is not None), None)


@contextlib.contextmanager
def running(data: Path, port: int, *, reload: bool = False) -> Generator[DemoProcesses]:
    """Start all programs on the data in a folder, each on the first free port, and stop them in the opposite order."""
    processes = DemoProcesses()
    try:
        _start_post_office(processes, data)
        _start_platform(processes, data)
        _start_web(processes, data, port, reload=reload)
        _start(processes, "work", ["-m", "reviews.cli", "work"], _environment(processes, data), data)
        yield processes
    finally:
        for program in reversed(processes.programs.values()):
            _stop(program)


def _start_post_office(processes: DemoProcesses, data: Path) -> None:
    lines = _start(processes, "post", ["-m", "standins.post_office", "--folder", str(data / "post")], {}, data)
    processes.post = _after(lines, "post: smtp://")
    processes.post_pages = _after(lines, "post: http://", keep="http://")


def _start_platform(processes: DemoProcesses, data: Path) -> None:
    locations = [
        {
            "location_id": branch["platform"]["location_id"],
            "token": branch["platform"]["token"],
            "name": branch["trade_names"][0],
            "city": branch["city"],
        }
        for branch in seed.BRANCHES
    ]
    arguments = ["--smtp", processes.post, "--state", str(data / "klantenvertellen"), "--locations", msgspec.json.encode(locations).decode()]
    lines = _start(processes, "klantenvertellen", ["-m", "standins.klantenvertellen", *arguments], {}, data)
    processes.platform = _after(lines, "klantenvertellen op ")


def _start_web(processes: DemoProcesses, data: Path, port: int, *, reload: bool) -> None:
    """Start the web process; links start with its address, so if its port was taken meanwhile it is started again on the next."""
    options = ["--reload"] if reload else []
    while True:
        with free_socket("127.0.0.1", port) as bound:
            port = bound.getsockname()[1]
        processes.web = f"http://127.0.0.1:{port}"
        lines = _start(processes, "serve", ["-m", "reviews.cli", "serve", "--port", str(port), *options], _environment(processes, data), data)
        if _after(lines, "reviews op ") == processes.web:
            return
        _stop(processes.programs.pop("serve"))
        port += 1


def _environment(processes: DemoProcesses, data: Path) -> dict[str, str]:
    return {
        "DATA_DIR": str(data),
        "BASE_URL": processes.web,
        "SMTP_URL": f"smtp://{processes.post}",
        "MAIL_FROM": "reviews@ambiance.example",
        "KLANTENVERTELLEN_URL": processes.platform,
        "KLANTENVERTELLEN_PACE_SECONDS": "0.05",
        "FEED_EVERY_MINUTES": "0.05",
        "CLAIMS_PER_HOUR": "200",
        # Long enough to look at a channel that stands still.
        "FUSE_PAUSE_MINUTES": "30",
        "DEMO_POST": processes.post_pages,
    }


def _start(processes: DemoProcesses, name: str, arguments: list[str], changed: dict[str, str], data: Path) -> "Queue[str]":
    """Start a program; its log goes to a file of its own, its printed lines come back one by one."""
    logs = data / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("a") as log:
        program = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *arguments],
            env=settings.environment(**changed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Ctrl-C in a terminal goes to the whole group: the demo itself stops its programs, in order.
            start_new_session=True,
        )
    processes.programs[name] = program
    lines: Queue[str] = Queue()
    # Read all the time, also when no line is awaited: a program that fills its pipe stops.
    threading.Thread(target=_read, args=(program, lines), daemon=True).start()
    return lines


def _read(program: "subprocess.Popen[str]", lines: "Queue[str]") -> None:
    assert program.stdout is not None
    for line in program.stdout:
        lines.put(line.strip())
    lines.put("")


def _after(lines: "Queue[str]", start: str, *, keep: str = "") -> str:
    """Wait for the line that starts like this and return the rest of it."""
    while True:
        try:
            line = lines.get(timeout=_READY_SECONDS)
        except Empty:
            line = ""
        if line.startswith(start):
            return keep + line.removeprefix(start)
        if not line:
            raise ConfigurationError(f"a program of the demo did not say {start!r}; look into the folder logs beside the demo's data")


def _stop(program: "subprocess.Popen[str]") -> None:
    """Ask a program to stop, and end it when it does not."""
    if program.poll() is None:
        program.send_signal(signal.SIGTERM)
    try:
        program.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
