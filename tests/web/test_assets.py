"""What we took from others stands in the repository as they published it."""

import hashlib
import tomllib

import pytest

from reviews.adapters.templates import STATIC

VENDOR = STATIC / "vendor"
LISTED = {entry["name"]: entry for entry in tomllib.loads((VENDOR / "VENDORED.toml").read_text())["file"]}


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_vendored_file_has_the_hash_that_is_written_down(name: str) -> None:
    assert hashlib.sha512((VENDOR / name).read_bytes()).hexdigest() == LISTED[name]["sha512"]


def test_no_file_is_vendored_without_being_written_down() -> None:
    assert {path.name for path in VENDOR.iterdir()} - {"VENDORED.toml"} == set(LISTED)


@pytest.mark.parametrize("name", ["site.css", "desk.js", "upload.js"])
def test_our_own_assets_load_nothing_from_elsewhere(name: str) -> None:
    assert "://" not in (STATIC / name).read_text()
