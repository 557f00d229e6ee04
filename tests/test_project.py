"""Locks, container, documentation and code tell the same story."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]
from sqlalchemy import CheckConstraint

from benchmarks import mutants
from benchmarks.__main__ import known
from reviews import cli
from reviews.database.tables import Base
from reviews.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
NOT_SETTINGS = {"REVIEWS_SECRETS_DIR", "REVIEWS_LISTEN"}
"""The folder of secrets is read before the settings; the address that compose publishes is none of the service's."""


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def test_the_development_lock_holds_the_versions_of_the_other_one() -> None:
    ours, all_of_them = set(LOCKED.findall(read("requirements.lock"))), set(LOCKED.findall(read("requirements-dev.lock")))

    assert len(ours) > 50
    assert ours - all_of_them == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_hashes_and_no_addresses(name: str) -> None:
    lock = read(name)

    assert "://" not in lock
    assert "index-url " not in lock.replace("--no-emit-index-url ", "")
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", ["compose.yaml", "Dockerfile", "README.md", "docs/operations.md", "docs/limits.md"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {f"REVIEWS_{field.upper()}" for field in Settings.model_fields}

    assert set(re.findall(r"\bREVIEWS_[A-Z_0-9]+\b", read(name))) - known - NOT_SETTINGS == set()


def services() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml, what they share filled in."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(read("compose.yaml"))["services"]
    return found


@pytest.mark.parametrize("name", sorted(services()))
def test_a_container_may_do_and_take_no_more_than_it_needs(name: str) -> None:
    service = services()[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert all("size=" in place for place in service.get("tmpfs", []) if place.startswith("/tmp"))


def test_the_database_is_reached_by_the_service_alone_and_nothing_of_the_demo_runs_unasked() -> None:
    inside = yaml.safe_load(read("compose.yaml"))["networks"]["inside"]
    database = services()["database"]

    assert inside == {"internal": True}
    assert sorted(name for name, service in services().items() if "inside" in service["networks"]) == ["database", "migrate", "web", "worker"]
    assert (database["networks"], database.get("ports")) == (["inside"], None)
    assert sorted(name for name, service in services().items() if not service.get("profiles")) == ["database", "migrate", "web", "worker"]


def test_each_limit_stands_in_the_table_of_limits() -> None:
    code = "\n".join(path.read_text() for path in (PROJECT / "reviews").rglob("*.py"))
    rules = set(re.findall(r'rate_limits\.count\(\s*session,\s*"(\w+)"', code))
    told = read("docs/limits.md")

    assert len(rules) > 5
    assert {rule for rule in rules if f"| `{rule}` |" not in told} == set()
    assert set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == rules
    numbers = dict(re.findall(r"\| ([\d,]+)[^|]*\| `REVIEWS_(\w+)` \|", told))
    for number, setting in numbers.items():
        assert Settings.model_fields[setting.lower()].default == int(number.replace(",", "")), setting


def test_the_secrets_of_the_containers_are_settings() -> None:
    named = set(re.findall(r"\breviews_[a-z_]+(?=[,\]:])", read("compose.yaml")))

    assert named == {"reviews_database_url", "reviews_secret_key"}
    assert {name.removeprefix("reviews_") for name in named} <= set(Settings.model_fields)


def test_the_commands_in_the_operations_manual_exist() -> None:
    context = click.Context(cli.main)
    wrong = []
    for command, deeper in re.findall(r"(?:^|[`/ ])reviews ([a-z]+)(?: ([a-z-]+))?", "\n".join(code_in(read("docs/operations.md"))), re.MULTILINE):
        found = cli.main.get_command(context, command)
        if found is None or (isinstance(found, click.Group) and deeper and deeper not in found.commands):
            wrong.append(f"{command} {deeper}")
    assert wrong == []


def code_in(page: str) -> list[str]:
    """Return the code blocks and the code within lines of a page."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))]


def test_the_targets_that_the_documentation_names_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    named = {
        name
        for page in ("README.md", "docs/operations.md")
        for code in code_in(read(page))
        for name in re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)
    }
    assert {"demo", "test", "install"} <= named <= targets


def test_each_target_of_make_is_explained() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE)) - {"help"}
    told = "".join(read(page) for page in ("README.md", "CONTRIBUTING.md", "docs/operations.md"))

    assert {target for target in targets if f"make {target}" not in told} == set()


def test_the_glossary_points_at_what_exists() -> None:
    glossary = read("docs/glossary.md")

    assert [path for path in re.findall(r"`((?:reviews|standins)/[a-z_/.]+)`", glossary) if not (PROJECT / path).exists()] == []
    named = {name for row in re.findall(r"tables? (`.+?) \|", glossary) for name in re.findall(r"`([a-z_]+)`", row)}
    assert named - set(Base.metadata.tables) == set()


def test_each_code_word_stands_in_the_module_that_the_glossary_names() -> None:
    words = read("docs/glossary.md").partition("## Code words")[2]
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| [^|]+ \| `([^`]+)` \|$", words, re.MULTILINE)

    assert len(rows) == len(re.findall(r"^\| \w", words, re.MULTILINE)) - 1 > 30
    assert [(name, path) for name, path in rows if not re.search(rf"\b{name}\b", read(path))] == []


def test_the_glossary_lists_the_states_of_an_invitation() -> None:
    checks = [c for c in Base.metadata.tables["invitations"].constraints if isinstance(c, CheckConstraint) and str(c.name).endswith("_state")]

    states = set(re.findall(r"'([a-z]+)'", str(checks[0].sqltext)))
    assert set(re.findall(r"^\| `([a-z]+)` \|", read("docs/glossary.md"), re.MULTILINE)) == states


def test_the_decisions_are_numbered_without_gaps_and_have_all_their_parts() -> None:
    pages = sorted((PROJECT / "docs" / "decisions").glob("*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {int(page.name[:4])}. ")
        assert [part for part in ("Context", "Decision", "Consequences", "Alternatives") if f"**{part}.**" not in text] == []
        assert text.count("\n") <= 40


def test_what_only_helps_a_benchmark_is_not_run_as_one() -> None:
    modules = {path.stem for path in (PROJECT / "benchmarks").glob("*.py")}

    assert {"check_digital", "mails"} <= set(known())
    assert modules - set(known()) >= {"__main__", "results", "specimens", "damage"}


def test_each_module_of_the_evidence_is_broken_on_purpose_and_its_tests_exist() -> None:
    evidence = {f"reviews/proofs/evidence/{found.name}" for found in (PROJECT / "reviews/proofs/evidence").glob("[!_]*.py")}

    assert evidence - mutants.GUARDS.keys() == {"reviews/proofs/evidence/vocabulary.py"}  # words alone, nothing that decides
    assert [path for module, tests in mutants.GUARDS.items() for path in (module, *tests) if not (PROJECT / path).is_file()] == []


def test_a_sample_of_mutants_is_the_same_each_time_and_another_for_each_module() -> None:
    names = [f"mutant {number}" for number in range(1000)]

    assert mutants.drawn("one", names) == mutants.drawn("one", list(reversed(names)))
    assert mutants.drawn("one", names) != mutants.drawn("two", names)
    assert (len(mutants.drawn("one", names)), mutants.drawn("one", names[:3])) == (mutants.SAMPLE, names[:3])
    assert mutants.Tried("one", 1000, 60, tuple(names[:9])).share == mutants.LEAST


@pytest.mark.parametrize(("names", "count"), [([], len(mutants.GUARDS)), (["verdict"], 1), (["planning"], 2), (["verdict", "proofs"], 3)])
def test_modules_are_asked_for_by_name_or_by_folder(names: list[str], count: int) -> None:
    assert len(mutants.wanted(names)) == count
    with pytest.raises(KeyError, match="nothing"):
        mutants.wanted([*names, "nothing"])
