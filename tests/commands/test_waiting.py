"""What a process or command does when the database is away, refuses it, or is not what it must be: one sentence, and never a traceback."""

import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from structlog.testing import capture_logs

from reviews import settings
from reviews.commands import waiting
from reviews.database import outage
from reviews.database.engine import address, one_look

AWAY = "the database is away, full or only reads"
REFUSED = "the database refuses us"


def away(
    words: str = 'connection failed: connection to server at "10.0.0.9", port 5432 failed: Connection refused\n\tIs the server running?',
) -> Exception:
    return OperationalError("SELECT 1", {}, psycopg.OperationalError(words))


class Looks:
    """What is found, look by look."""

    def __init__(self, *found: Exception | str) -> None:
        self.found, self.waited = list(found), list[float]()

    def __call__(self) -> str:
        match self.found.pop(0):
            case str(answer):
                return answer
            case problem:
                raise problem


def test_the_pauses_grow_to_half_a_minute() -> None:
    assert list(islice(waiting.pauses(), 8)) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_database_that_is_away_is_waited_for_with_one_line_per_change() -> None:
    looks = Looks(away(), away(), away("connection failed: FATAL:  the database system is starting up"), away(), "there")

    with capture_logs() as lines:
        assert waiting.until_there(looks, wait=looks.waited.append) == "there"

    assert looks.waited == [1, 2, 4, 8]
    assert [line["event"] for line in lines] == ["waiting_for_database"] * 3 + ["database_is_there"]
    assert "Connection refused): try again" in lines[0]["said"]
    assert "the database system is starting up): try again" in lines[1]["said"]


@pytest.mark.parametrize(
    "words",
    [
        'FATAL:  password authentication failed for user "x"',
        'FATAL:  database "x" does not exist',
        'FATAL:  no pg_hba.conf entry for host "10.0.0.9"',
        "fe_sendauth: no password supplied",
        "server does not support SSL, but SSL was required",
    ],
)
def test_what_waiting_does_not_mend_is_said_at_once(words: str) -> None:
    looks = Looks(away(f'connection failed: connection to server at "10.0.0.9", port 5432 failed: {words}'))

    with pytest.raises(OperationalError) as raised:
        waiting.until_there(looks, wait=looks.waited.append)

    assert looks.waited == []
    assert str(outage.told(raised.value)).startswith(REFUSED)


@contextmanager
def process(*words: str, url: str, folder: Path) -> Generator["subprocess.Popen[str]"]:
    """A command as a process of its own; it is killed after two minutes, so that nobody waits for ever for what it says."""
    changed = {"DATABASE_URL": url, "DATA_DIR": str(folder), "SECRET_KEY": "a secret that only this test knows, long enough"}
    with subprocess.Popen(
        [sys.executable, "-m", "reviews.cli", *words],
        env=settings.environment(**changed),
        cwd=settings.PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        too_long = threading.Timer(120, running.kill)
        too_long.start()
        try:
            yield running
        finally:
            too_long.cancel()
            running.kill()


def line_with(stream: object, words: str) -> str:
    """Return the first line that says this; the end of the stream fails the test."""
    lines: list[str] = []
    for line in stream:  # type: ignore[attr-defined]  # typeshed types Popen's pipes as optional
        lines.append(line)
        if words in line:
            return str(line)
    raise AssertionError(lines)


def on_socket(url: str, folder: Path) -> str:
    """Return the address of the same database by another socket folder, in which nothing answers yet."""
    folder.mkdir(exist_ok=True)
    return _at(address(url), host=str(folder))


def _at(url: URL, **query: str) -> str:
    return url.update_query_dict(query).render_as_string(hide_password=False)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("work",)], ids=" ".join)
def test_a_process_that_starts_without_a_database_is_ended_in_order_by_sigterm(command: Sequence[str], database: str, tmp_path: Path) -> None:
    with process(*command, url=on_socket(database, tmp_path / "s"), folder=tmp_path) as running:
        line = line_with(running.stderr, "waiting_for_database")
        running.send_signal(signal.SIGTERM)
        _, rest = running.communicate(timeout=60)

    assert AWAY in line
    assert (running.returncode, "Traceback" in rest) == (0, False)


@pytest.mark.parametrize(("command", "ready"), [(("serve", "--port", "0"), "database_is_there"), (("work",), "worker_ready")], ids=str)
def test_a_process_that_starts_without_a_database_begins_once_it_is_there(command: Sequence[str], ready: str, database: str, tmp_path: Path) -> None:
    with process(*command, url=on_socket(database, tmp_path / "s"), folder=tmp_path) as running:
        line_with(running.stderr, "waiting_for_database")
        socket = Path(str(address(database).query["host"])) / ".s.PGSQL.5432"
        (tmp_path / "s" / ".s.PGSQL.5432").symlink_to(socket)
        line_with(running.stderr, ready)
        if command[0] == "serve":
            line_with(running.stdout, "reviews op http://")
        running.send_signal(signal.SIGTERM)
        _, rest = running.communicate(timeout=60)

    assert (running.returncode, "Traceback" in rest) == (0, False)


def ended(*words: str, url: str, folder: Path) -> str:
    """Run a command that must end with 2 and one line, and return that line."""
    with process(*words, url=url, folder=folder) as running:
        out, said = running.communicate(timeout=120)
    assert (running.returncode, out, "Traceback" in said) == (2, "", False), said
    [line] = said.splitlines()
    return line


COMMANDS = [
    ("invitations", "list"),
    ("migrate",),
    ("work", "--once"),
    ("keys", "add", "erp"),
    ("audit", "verify"),
    ("audit", "export"),
    ("branches", "list"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_without_a_database_says_so_in_one_line(command: Sequence[str], database: str, tmp_path: Path) -> None:
    assert ended(*command, url=on_socket(database, tmp_path / "s"), folder=tmp_path).startswith(AWAY)


@pytest.mark.parametrize("command", [*COMMANDS[:2], ("work",), ("serve", "--port", "0")], ids=" ".join)
def test_a_database_that_refuses_us_is_told_at_once_also_to_a_process(command: Sequence[str], database: str, tmp_path: Path) -> None:
    nobody = address(database).set(database="nothing_of_the_kind").render_as_string(hide_password=False)

    line = ended(*command, url=nobody, folder=tmp_path)

    assert line.startswith(REFUSED)
    assert 'database "nothing_of_the_kind" does not exist' in line


@pytest.mark.parametrize("command", [("users", "list"), ("work",)], ids=" ".join)
def test_an_old_schema_is_told_at_once_also_to_a_process(command: Sequence[str], database: str, tmp_path: Path) -> None:
    with one_look(database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0100' || 'x'")
        connection.commit()

    assert "run `reviews migrate`" in ended(*command, url=database, folder=tmp_path)


def test_a_command_that_writes_to_a_database_that_only_reads_says_so(database: str, tmp_path: Path) -> None:
    name = address(database).database
    with one_look(database) as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.commit()

    line = ended("keys", "add", "erp", url=database, folder=tmp_path)

    assert line.startswith(AWAY)
    assert "read-only transaction" in line


def test_an_error_of_ours_is_none_of_these(database: str) -> None:
    with one_look(database) as connection, pytest.raises(SQLAlchemyError) as raised:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    assert outage.told(raised.value) is None


def test_an_address_that_cannot_be_listened_on_is_wrong_use(database: str, tmp_path: Path) -> None:
    with process("serve", "--host", "203.0.113.9", url=database, folder=tmp_path) as running:
        _, said = running.communicate(timeout=60)

    assert (running.returncode, "cannot listen on 203.0.113.9" in said, "Traceback" in said) == (2, True, False)
