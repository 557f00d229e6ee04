"""The command line for keys to try out with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviews.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Run a command on a database of the test's own."""
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_BASE_URL": "https://reviews.example"})

    def run(*words: str) -> Result:
        return runner.invoke(main, list(words), catch_exceptions=False)

    return run


def test_a_key_for_trying_out_is_listed_apart_and_as_such(run: Run) -> None:
    assert run("keys", "add", "aaa test", "--test").exit_code == 0
    assert run("keys", "add", "erp").exit_code == 0

    listed = json.loads(run("keys", "list", "--json").output)

    assert [(row["source"], row["test"]) for row in listed] == [("erp", False), ("aaa test", True)]
    assert [line.split("\t")[2] for line in run("keys", "list").output.splitlines()] == ["laatst gezien nooit", "test, laatst gezien nooit"]


def test_a_source_does_not_become_another_kind_by_a_second_key(run: Run) -> None:
    run("keys", "add", "erp")
    run("keys", "add", "erp test", "--test")

    made_real, made_test = run("keys", "add", "erp test"), run("keys", "add", "erp", "--test")

    assert (made_real.exit_code, made_test.exit_code) == (2, 2)
    assert "test source" in made_real.stderr
    assert "test source" in made_test.stderr
    assert run("keys", "add", "erp test", "--test").exit_code == 0


def test_what_is_real_and_what_was_tried_are_listed_apart(run: Run, tmp_path: Path) -> None:
    run("keys", "add", "erp")
    run("keys", "add", "erp test", "--test")

    assert json.loads(run("invitations", "list", "--test", "erp test", "--json").output) == []
    for name in ("erp", "nobody"):
        refused = run("invitations", "list", "--test", name)
        assert (refused.exit_code, "no test source" in refused.stderr) == (2, True)


def test_an_address_for_copies_of_mail_is_no_test(run: Run) -> None:
    assert run("keys", "add", "facturen", "--mail", "--test").exit_code == 2
