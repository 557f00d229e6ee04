"""A lock is installed and never resolved, so it must hold all that its packages ask for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.settings import PROJECT

LOCKS = {"requirements.lock": ["build"], "requirements-dev.lock": ["build", "dev"]}


def checked(lock: Path, *extras: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, ".ci/closed_lock.py", str(lock), *extras], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def without(name: str, text: str) -> str:
    """Take one package and its hashes out of a lock."""
    shorter = re.sub(rf"^{name}==.*\n(?:[ ]+.*\n)+", "", text, flags=re.MULTILINE)
    assert shorter != text
    return shorter


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_are_closed(lock: str) -> None:
    assert checked(PROJECT / lock, *LOCKS[lock]) == (0, "")


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("markupsafe", r"jinja2 \S+ requires MarkupSafe\S*, and the lock has no markupsafe for Python 3\.11"),
        ("argon2-cffi", r"pwdlib\[argon2\] \S+ requires argon2-cffi\S*, and the lock has no argon2-cffi for Python 3\.11"),
        ("obstore", r"pyproject\.toml requires obstore\S*, and the lock has no obstore for Python 3\.11"),
        ("hatchling", r"pyproject\.toml \[build\] requires hatchling\S*, and the lock has no hatchling for Python 3\.11"),
    ],
    ids=["a requirement", "an extra's requirement", "our own", "the build backend"],
)
def test_a_lock_with_one_package_less_is_told(tmp_path: Path, missing: str, said: str) -> None:
    lock = tmp_path / "short.lock"
    lock.write_text(without(missing, (PROJECT / "requirements.lock").read_text()))

    code, told = checked(lock, "build")

    assert code == 1
    assert re.search(said, told, re.IGNORECASE), told


def test_a_package_for_another_python_only_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "other.lock"
    lock.write_text((PROJECT / "requirements.lock").read_text().replace("python_full_version >= '3.12' \\", "python_full_version >= '3.13' \\"))

    code, told = checked(lock, "build")

    assert code == 1
    assert "the lock has no numpy for Python 3.12" in told
    assert "3.13" not in told


def test_a_version_that_a_package_does_not_bear_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "old.lock"
    lock.write_text(re.sub(r"^pydantic-core==\S+", "pydantic-core==2.0", (PROJECT / "requirements.lock").read_text(), flags=re.MULTILINE))

    code, told = checked(lock, "build")

    assert code == 1
    assert re.search(r"pydantic \S+ requires pydantic-core\S+, and the lock has pydantic-core 2\.0", told), told


def test_a_pin_without_a_hash_and_a_package_that_nothing_needs_are_told(tmp_path: Path) -> None:
    lock = tmp_path / "more.lock"
    lock.write_text((PROJECT / "requirements.lock").read_text() + "left-pad==1.0\n")

    code, told = checked(lock, "build")

    assert code == 1
    assert "left-pad 1.0 has no hash" in told
    assert "nothing needs left-pad" in told
