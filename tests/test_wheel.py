"""A wheel holds all that the program reads, and runs outside of any checkout."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from reviews import settings
from reviews.settings import PROJECT

BESIDE_MODULES = ("reviews/_bundled/templates", "reviews/_bundled/migrations", "reviews/locales", "reviews/web/static", "standins")
_WHERE = """
from reviews.database import revisions
from reviews.adapters import templates
print(revisions.newest())
print(templates.environment(base_url="http://localhost").get_template("base.html").filename)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built by the locked backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), "."]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it lies after its installation, apart from any checkout."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(unpacked: Path, *words: str) -> list[str]:
    """Run Python in an empty folder, with the wheel before the checkout, and return what it printed."""
    empty = unpacked.with_name("empty")
    empty.mkdir(exist_ok=True)
    environment = {**settings.environment(), "PYTHONPATH": str(unpacked)}
    return subprocess.run([sys.executable, *words], cwd=empty, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()


def data_files(folder: Path) -> set[str]:
    """Return what lies in a folder of the checkout and is neither made by running it nor hidden."""
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(folder)) for file in found}


def test_the_wheel_holds_each_file_of_the_packages_and_of_the_folders_beside_them(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())

    wanted = {f"{name}/{file}" for name in ("reviews", "standins") for file in data_files(PROJECT / name)}
    wanted |= {f"reviews/_bundled/{name}/{file}" for name in ("templates", "migrations") for file in data_files(PROJECT / name)}
    assert {name for name in held if ".dist-info/" not in name} == wanted
    for folder in BESIDE_MODULES:
        assert any(name.startswith(f"{folder}/") and not name.endswith("__init__.py") for name in held), folder


def test_the_installed_wheel_reads_its_own_templates_and_migrations(unpacked: Path) -> None:
    revision, template = run(unpacked, "-c", _WHERE)

    assert Path(template) == unpacked / "reviews" / "_bundled" / "templates" / "base.html"
    assert revision in "".join(file.read_text() for file in (unpacked / "reviews" / "_bundled" / "migrations" / "versions").iterdir())


def test_a_checkout_reads_the_folders_at_its_top() -> None:
    assert settings.shipped("templates") == PROJECT / "templates"
    assert settings.shipped("migrations") == PROJECT / "migrations"


def test_the_version_stands_once_and_is_the_newest_of_the_change_log(wheel: Path, unpacked: Path) -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]

    assert re.findall(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)[0] == version
    assert wheel.name.startswith(f"reviews-{version}-")
    assert run(unpacked, "-m", "reviews.cli", "--version")[0].endswith(f"version {version}")
