"""The command line for branches, users and the record, against a real database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from reviews.cli import main
from reviews.database.engine import address

Run = Callable[..., Result]
BRANCH = {
    "slug": "zeist",
    "trade_names": ["Ambiance Zeist"],
    "kvk": "90005678",
    "platform": {"location_id": "1070003", "token": "geheim-van-zeist"},
}


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Run a command on a database of the test's own."""
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_BASE_URL": "https://reviews.example"})

    def run(*words: str) -> Result:
        return runner.invoke(main, list(words), catch_exceptions=False)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "zeist.json"
    path.write_text(json.dumps(BRANCH))
    return path


def test_a_branch_is_added_once_set_and_listed_without_its_token(run: Run, file: Path) -> None:
    assert run("branches", "add", str(file)).output == "zeist\ttoegevoegd\n"
    assert run("branches", "add", str(file)).output == "zeist\tongewijzigd\n"
    assert run("branches", "set", "zeist", "cap_days=60", "delay_days.repair=5").output == "zeist\tgewijzigd\n"

    listed = run("branches", "list", "--json").output

    assert "geheim" not in listed
    assert [(row["slug"], row["cap_days"], row["delay_days"]["repair"]) for row in json.loads(listed)] == [("zeist", 60, 5.0)]


def test_a_list_with_one_bad_branch_tells_every_mistake_and_keeps_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text(json.dumps([BRANCH, {"slug": "desk", "kvk": "1", "colour": "red"}]))

    result = run("branches", "add", str(path))

    assert result.exit_code == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["1.colour", "1.kvk"]
    assert run("branches", "list", "--json").output == "[]\n"


def test_a_file_that_is_no_json_and_a_word_without_equals_are_wrong_use(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")

    assert run("branches", "add", str(path)).exit_code == 2
    assert run("branches", "set", "zeist", "cap_days").exit_code == 2
    assert run("branches", "set", "nergens", "cap_days=1").exit_code == 2


def test_a_user_gets_a_link_and_can_be_kept_out(run: Run, file: Path) -> None:
    run("branches", "add", str(file))
    link = json.loads(run("users", "add", "noor@zeist.example", "--role", "manager", "--branch", "zeist", "--json").output)["link"]

    assert link.startswith("https://reviews.example/desk/start/")
    [row] = json.loads(run("users", "list", "--json").output)
    assert (row["email"], row["role"], row["branches"], row["can_log_in"]) == ("noor@zeist.example", "manager", ["zeist"], False)
    assert run("users", "disable", "noor@zeist.example").exit_code == 0
    assert json.loads(run("users", "list", "--json").output)[0]["disabled_at"]
    assert run("users", "disable", "nobody@zeist.example").exit_code == 2


def test_a_manager_needs_a_branch_that_exists(run: Run) -> None:
    assert run("users", "add", "noor@zeist.example", "--role", "manager").exit_code == 2
    assert run("users", "add", "noor@zeist.example", "--role", "manager", "--branch", "zeist").exit_code == 2


def test_a_record_that_somebody_changed_ends_with_one(run: Run, file: Path, database: str) -> None:
    run("branches", "add", str(file))
    whole = run("audit", "verify", "--json")
    [head] = json.loads(whole.output)["heads"]
    assert (whole.exit_code, json.loads(whole.output)["ok"]) == (0, True)
    assert run("audit", "verify", "--head", head["hash"]).exit_code == 0
    assert run("audit", "verify", "--head", "00" * 32).exit_code == 1

    engine = create_engine(address(database))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'somebody else'"))
    engine.dispose()

    changed = run("audit", "verify")
    assert changed.exit_code == 1
    assert "entry_changed" in changed.output


def test_the_record_is_printed_line_by_line_up_to_the_head(run: Run, file: Path) -> None:
    assert (run("audit", "export").exit_code, run("audit", "export").output) == (0, "")
    run("branches", "add", str(file))
    run("users", "add", "noor@zeist.example", "--role", "manager", "--branch", "zeist")

    told = run("audit", "export")
    lines = [json.loads(line) for line in told.output.splitlines()]

    [head] = json.loads(run("audit", "verify", "--json").output)["heads"]
    assert told.exit_code == 0
    assert [line["position"] for line in lines] == list(range(1, head["position"] + 1))
    assert (lines[-1]["slug"], lines[-1]["hash"]) == ("zeist", head["hash"])
    assert "noor@zeist.example" not in told.output
