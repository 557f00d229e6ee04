"""`reviews import` on a real database: what it prints, what it writes beside, and how it ends."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from reviews.cli import main

Run = Callable[..., Result]
HEADER = "Opdrachtnummer;Soort;Datum;Naam;E-mail;Bedrag;Grondslag"
DAY = "20-02-2020"


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Run a command on a database of the test's own, with a branch; it has the machine's clock, so that the rules reach back far."""
    env = {
        "REVIEWS_DATABASE_URL": database,
        "REVIEWS_DATA_DIR": str(tmp_path),
        "REVIEWS_JOB_MAX_AGE_DAYS": "36500",
        "REVIEWS_SEND_BEFORE_DAYS": "36500",
    }
    runner = CliRunner(env=env)

    def run(*words: str) -> Result:
        return runner.invoke(main, list(words), catch_exceptions=False)

    branch = tmp_path / "branch.json"
    branch.write_text(json.dumps({"slug": "zeist", "trade_names": ["Ambiance Zeist"], "kvk": "90005678"}))
    assert run("branches", "add", str(branch)).exit_code == 0
    return run


def write(path: Path, *rows: str) -> str:
    path.write_bytes("\r\n".join((HEADER, *rows)).encode("cp1252"))
    return str(path)


def test_a_dry_run_tells_what_the_real_run_then_does(run: Run, tmp_path: Path) -> None:
    rows = [f"W{number};reparatie;{DAY};Zoë;zoe{number}@example.com;1.234,56;klant" for number in range(5)]
    run("import", write(tmp_path / "first.csv", rows[0]), "--branch", "zeist")
    path = write(tmp_path / "all.csv", *rows, f"W8;lease;{DAY};Jan;jan@example.com;;klant", "W9;koop;31-02-2020;Jan;jan@example.com;;klant")

    dry = run("import", path, "--branch", "zeist", "--dry-run", "--json")
    real = run("import", path, "--branch", "zeist", "--json")
    again = json.loads(run("import", path, "--branch", "zeist", "--json").stdout)

    told = json.loads(dry.stdout)
    assert (dry.exit_code, told["created"], told["unchanged"], told["refused"], told["blocked"], told["dry_run"]) == (1, 4, 1, 2, 0, True)
    assert [(one["line"], one["errors"][0]["field"], one["errors"][0]["code"]) for one in told["refusals"]] == [
        (7, "kind", "unknown_word"),
        (8, "occurred_at", "not_a_date"),
    ]
    assert json.loads(real.stdout) == {**told, "dry_run": False}
    assert (again["created"], again["unchanged"], again["refused"]) == (0, 5, 2)


def test_people_read_counts_reasons_and_lines(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "jobs.csv", f"W1;koop;{DAY};Jan;jan@example.com;;", f"W2;lease;{DAY};Jan;jan@example.com;;klant")

    result = run("import", path, "--branch", "zeist")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "aangemaakt 0, ongewijzigd 0, geweigerd 1, geblokkeerd 1",
        "  geblokkeerd 1: Er is geen grondslag vastgelegd om deze klant te mailen. Geef die door met de opdracht, dan plannen wij alsnog.",
        "  regel 3: Soort opdracht: Dit woord kennen wij hier niet; gebruik aankoop of reparatie.",
    ]


def test_refused_lines_come_in_a_file_that_can_be_mended_and_brought_again(run: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path / "jobs.csv", f"W1;koop;{DAY};Jan;jan@example.com;;klant", f"W2;lease;{DAY};+31 Jan;'=x;;klant", "W3;koop;03-04-2020;Jan;geen;;klant"
    )
    out = tmp_path / "refused.csv"
    run("import", path, "--branch", "zeist", "--refused", str(out))

    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["Opdrachtnummer", "W2", "W3"]
    assert (rows[1][3], rows[1][4], rows[1][7], rows[2][2]) == ("'+31 Jan", "''=x", "3", "2020-04-03T00:00:00+02:00")
    mended = out.read_text(encoding="utf-8-sig").replace("lease", "koop").replace("''=x", "x@example.com").replace("geen;", "an@example.com;")
    out.write_text(mended, encoding="utf-8-sig")
    assert json.loads(run("import", str(out), "--branch", "zeist", "--json").stdout)["created"] == 2


def test_a_map_points_out_columns_and_values(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("bon,dag,wie\nW1,03-04-2020,Jan\n")
    mapped = tmp_path / "map.json"
    mapped.write_text(json.dumps({"number": "bon", "occurred_at": "dag", "name": "wie", "kind": {"value": "repair"}, "dates": "day-month"}))

    assert run("import", str(path), "--branch", "zeist").exit_code == 2
    assert json.loads(run("import", str(path), "--branch", "zeist", "--map", str(mapped), "--json").stdout)["reasons"] == {"no_address": 1}


def test_an_excel_file_goes_in_by_the_same_command(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        HEADER.split(";"),
        ["W1", "koop", DAY, "Jan", "jan@example.com", 12.5, "klant"],
        ["W2", "koop", DAY, "=A1", "an@example.com", 1, "klant"],
    ):
        sheet.append(row)
    book.save(tmp_path / "jobs.xlsx")

    told = json.loads(run("import", str(tmp_path / "jobs.xlsx"), "--branch", "zeist", "--json").stdout)

    assert (told["created"], told["refused"], told["refusals"][0]["errors"][0]["code"]) == (1, 1, "formula")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Er staat niets in dit bestand"),
        (b"nummer;datum;soort;naam\r\n", "Onder de kolomnamen staan geen regels"),
        ("nummer;datum\n".encode("utf-16-le"), "De tekens in dit bestand zijn niet te lezen"),
        (";".join(f"kolom {number}" for number in range(300)).encode(), "meer dan 100 kolommen"),
        (b"\xd0\xcf\x11\xe0" * 200, "oud Office-bestand"),
    ],
)
def test_a_file_that_is_no_list_of_jobs_ends_with_two_and_says_why(run: Run, tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(data)

    result = run("import", str(path), "--branch", "zeist")

    assert (result.exit_code, said in result.stderr, result.stdout) == (2, True, "")


def test_a_file_of_200_mb_is_refused_and_an_unknown_branch_too(run: Run, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200_000_000)

    refused = run("import", str(large), "--branch", "zeist")
    assert (refused.exit_code, "groter dan 50 MB" in refused.stderr) == (2, True)
    assert run("import", write(tmp_path / "jobs.csv", "W1"), "--branch", "nergens").exit_code == 2


def test_a_source_may_have_hours_of_its_own_and_an_address_for_mail(run: Run) -> None:
    assert run("keys", "add", "erp", "--silent-after", "24").exit_code == 0
    made = json.loads(run("keys", "add", "offertes", "--mail", "--branch", "zeist", "--json").stdout)

    assert made["url"].endswith(f"/hooks/inbound/{made['secret']}")
    assert run("keys", "add", "erp2", "--silent-after", "0").exit_code == 2


def test_a_source_keeps_its_branches_and_a_key_for_more_or_fewer_is_refused(run: Run) -> None:
    for made in (["kassa", "--branch", "zeist"], ["kassa", "--branch", "zeist"], ["erp"], ["erp"], ["post", "--mail"]):
        assert run("keys", "add", *made).exit_code == 0, made

    for refused in (["kassa"], ["erp", "--branch", "zeist"], ["post"]):
        assert run("keys", "add", *refused).exit_code == 2, refused
    listed = json.loads(run("keys", "list", "--json").stdout)
    assert [row["source"] for row in listed] == ["erp", "erp", "kassa", "kassa", "post"]
    assert listed[-1]["key"] == "mail"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "n" * 121])
@pytest.mark.parametrize("kind", [[], ["--mail"]])
def test_a_source_has_a_name_that_can_be_read_in_a_list(run: Run, name: str, kind: list[str]) -> None:
    found = run("keys", "add", name, *kind)

    assert (found.exit_code, found.stderr.partition(":")[0]) == (2, "name")


@pytest.mark.parametrize("name", ["desk zeist", "import zeist", "Desk nergens", " import  zeist", "import\u00a0zeist"])
@pytest.mark.parametrize("kind", [[], ["--test"], ["--mail"]])
def test_no_key_gets_the_name_of_a_source_that_we_make_ourselves(run: Run, name: str, kind: list[str]) -> None:
    found = run("keys", "add", name, *kind)

    assert (found.exit_code, "is van het systeem zelf; kies een andere" in found.stderr) == (2, True)
    assert json.loads(run("keys", "list", "--json").stdout) == []


@pytest.mark.parametrize("name", ["importeur", "desk", "erp import", "deskundige software"])
def test_a_name_that_only_looks_like_ours_is_free(run: Run, name: str) -> None:
    assert run("keys", "add", name).exit_code == 0
