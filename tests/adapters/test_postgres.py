"""The embedded server: started once, shared, found again after a kill, and no port opened."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from reviews.adapters import postgres
from reviews.database.engine import address
from reviews.errors import ConfigurationError


@pytest.fixture
def folder() -> Path:
    place = Path(mkdtemp(prefix="reviews-pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    place.chmod(0o755)
    return place / "database"


def ask(url: str, question: str) -> object:
    found = address(url)
    with psycopg.connect(host=str(found.query["host"]), user=found.username, dbname=found.database) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def pid_of(folder: Path) -> int:
    return int(next(folder.rglob("postmaster.pid")).read_text().split("\n", 1)[0])


def test_the_first_start_makes_a_database_with_checksums_and_plain_collation(folder: Path) -> None:
    with postgres.serving(folder) as url:
        assert ask(url, "SHOW data_checksums") == "on"
        assert ask(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        assert ask(url, "SHOW listen_addresses") == ""
        assert ask(url, "SHOW fsync") == "on"


def test_the_last_one_to_leave_stops_the_server_and_what_was_written_stays(folder: Path) -> None:
    with postgres.serving(folder) as url, postgres.serving(folder) as same:
        assert url == same
        found = address(url)
        with psycopg.connect(host=str(found.query["host"]), user=found.username, dbname=found.database) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert not list(folder.rglob("postmaster.pid"))

    with postgres.serving(folder) as url:
        assert ask(url, "SELECT answer FROM kept") == 42


def test_a_process_that_was_killed_is_no_obstacle_to_the_next(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reviews.adapters import postgres\n"
        "with postgres.serving(Path(sys.argv[1])): print('on', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "on\n"
        user.kill()

    with postgres.serving(folder) as url:
        assert ask(url, "SELECT 1") == 1
    assert not list(folder.rglob("postmaster.pid"))


def test_a_server_that_was_killed_starts_again(folder: Path) -> None:
    with postgres.serving(folder):
        os.kill(pid_of(folder), signal.SIGKILL)

    with postgres.serving(folder) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_stale_pid_of_a_living_process_is_no_obstacle(folder: Path) -> None:
    with postgres.serving(folder):
        place = next(folder.rglob("postmaster.pid"))
        lines = place.read_text().split("\n")
    place.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with postgres.serving(folder) as url:
        assert ask(url, "SELECT 1") == 1


def test_two_processes_may_start_at_once(folder: Path) -> None:
    code = "import sys; from pathlib import Path; from reviews.adapters import postgres\nwith postgres.serving(Path(sys.argv[1])) as url: print(url)"
    users = [subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(3)]

    said = {user.communicate(timeout=120)[0] for user in users}
    assert [user.returncode for user in users] == [0, 0, 0]
    assert len(said) == 1


def test_a_folder_of_another_version_is_left_alone_with_a_clear_sentence(folder: Path) -> None:
    with postgres.serving(folder):
        pass
    version = next(folder.rglob("pg/PG_VERSION"))
    version.write_text("15\n")

    with pytest.raises(ConfigurationError, match=r"was made by PostgreSQL 15.*pg_dump"), postgres.serving(folder):
        pass
