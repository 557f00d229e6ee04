"""On every kind of machine a reader that was taken over stays behind its walls, or there is no reading."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.specimens import INVOICE
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.settings import PROJECT, environment
from tests.adapters.documents import machine
from tests.proofs.taken_over import FORBIDDEN, READING

EVERYTHING = (*FORBIDDEN, *READING, "ask_about_a_file", "follow_a_link")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that everybody may write to; pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="reviews-walls-"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


def probe(folder: Path, *names: str, lacking: str = "", user: str = "", without_walls: str = "") -> dict[str, Any]:
    """Have readers that were taken over try something on a machine that lacks something; see `walls_probe`."""
    command = [sys.executable, "-m", "tests.adapters.documents.walls_probe", lacking, user, without_walls, *names]
    ran = subprocess.run(command, cwd=PROJECT, env={**environment(), "TMPDIR": str(folder)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.mark.parametrize(
    ("user", "lacking"),
    [
        pytest.param("", "", id="root", marks=as_root),
        pytest.param("user", "", id="user"),
        pytest.param("", "namespaces", id="root without namespaces", marks=as_root),
        pytest.param("user", "namespaces", id="user without namespaces"),
        pytest.param("", "landlock", id="root without Landlock", marks=as_root),
        pytest.param("user", "landlock", id="user without Landlock"),
        pytest.param("", "landlock,namespaces", id="root with neither", marks=as_root),
    ],
)
def test_a_reader_that_was_taken_over_touches_nothing_outside_itself(folder: Path, user: str, lacking: str) -> None:
    walls = machine.walls(user=user, lacking=lacking)

    told = probe(folder, *EVERYTHING, user=user, lacking=lacking)

    assert set(told["walls"]) == walls
    # Where this machine has nothing to put around the files of such a user, there is no reading.
    stopped = "PermissionError" if walls & machine.AROUND_FILES else "read nothing"
    assert {name: how for name, how in told["ended"].items() if how != stopped} == {}


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param("filters", id="no filters"),
        pytest.param("landlock,namespaces", id="nothing around the files"),
        pytest.param("filters,landlock,namespaces", id="nothing at all"),
    ],
)
def test_where_a_wall_is_missing_that_must_stand_nothing_is_read(folder: Path, lacking: str) -> None:
    told = probe(folder, "compute", user="user", lacking=lacking)

    assert (set(told["walls"]), told["ended"]) == (machine.walls(user="user", lacking=lacking), {"compute": "read nothing"})


def test_the_administrator_may_say_that_it_is_read_all_the_same(folder: Path) -> None:
    told = probe(folder, "compute", user="user", lacking="filters,landlock,namespaces", without_walls="without_walls")

    assert told["ended"] == {"compute": "went_through"}


@pytest.mark.parametrize("lacking", ["filters", "filters,landlock"])
def test_the_wall_around_the_files_holds_alone(folder: Path, lacking: str) -> None:
    if not machine.walls(user="user", lacking=lacking) & machine.AROUND_FILES:
        pytest.skip("this machine has no wall around the files of a user without rights")

    told = probe(folder, *READING, user="user", lacking=lacking, without_walls="without_walls")

    assert set(told["ended"].values()) <= {"PermissionError", "FileNotFoundError"}


@as_root
def test_a_user_of_its_own_owns_nothing_of_root(folder: Path) -> None:
    names = [name for name in READING if name not in {"read_a_secret", "look_into_a_folder"}]

    told = probe(folder, *names, lacking="filters,landlock,namespaces", without_walls="without_walls")

    assert (told["walls"], set(told["ended"].values())) == (["OWN_USER"], {"PermissionError"})


@pytest.mark.parametrize("lacking", ["filters", "landlock,namespaces,users"])
def test_nothing_is_said_of_a_document_that_must_not_be_read(tmp_path: Path, lacking: str) -> None:
    (tmp_path / "factuur.pdf").write_bytes(as_pdf(INVOICE, Layout.MODERN))
    command = [sys.executable, "-m", "tests.adapters.documents.lesser_machine", lacking, "-m", "reviews.cli"]
    command += ["check", str(tmp_path / "factuur.pdf"), "--branch", "utrecht", "--name", "J. de Vries"]

    refused, allowed = (
        subprocess.run(command, cwd=PROJECT, env=environment(READING_WITHOUT_WALLS=said), capture_output=True, text=True, check=False)
        for said in ("", "yes")
    )

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("nothing is read, for walls are missing around the readers: ")
    assert "2026-0117" in allowed.stdout


def test_the_memory_of_whoever_forks_readers_is_closed(folder: Path) -> None:
    assert not probe(folder, "compute", user="user")["open"]


NO_TRIAL = """
import asyncio
from reviews.adapters.documents import walls
from tests.adapters.documents.lesser_machine import take_away
take_away('programs')
print(asyncio.run(walls.missing()))
"""


def test_where_the_walls_cannot_be_tried_none_is_called_missing() -> None:
    ran = subprocess.run([sys.executable, "-c", NO_TRIAL], cwd=PROJECT, env=environment(), capture_output=True, text=True, check=True)

    assert ran.stdout == "('unknown',)\n"


NO_START = """
from reviews.adapters.documents.sandbox import Sandbox
from reviews.errors import ReaderUnavailableError
box = Sandbox(children=1)
try:
    box.start()
except ReaderUnavailableError as problem:
    print(type(problem).__name__, problem.slug, box.server_pids)
"""


def test_no_reader_is_loaded_where_none_may_read() -> None:
    command = [sys.executable, "-m", "tests.adapters.documents.lesser_machine", "filters", "-c", NO_START]

    ran = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=True)

    assert ran.stdout == "WallsMissingError walls_missing ()\n"
