"""Documentation that no test reads drifts: these tests read it."""

import re
import subprocess
from pathlib import Path

import click
import pytest
from sqlalchemy import CheckConstraint

from reviews import cli
from reviews.database.tables import Invitation
from reviews.settings import PROJECT, Settings
from reviews.web.desk.mail_copy_words import KINDS
from reviews.web.desk.words import INVITATION_STATES

FLOWS = {"Invitation flow": "invitations", "Proof flow": "proofs", "Moderation": "moderation"}
STEP = re.compile(r'^"""(?P<flow>[A-Z][a-z ]+), step (?P<step>\d) of (?P<of>\d): .+$')


def first_line(place: Path) -> str:
    return place.read_text().split("\n", 1)[0]


def steps(flow: str) -> dict[int, tuple[str, int]]:
    found = {}
    for place in sorted((PROJECT / "reviews" / FLOWS[flow]).rglob("*.py")):
        if match := STEP.match(first_line(place)):
            assert match["flow"] == flow, place
            found[int(match["step"])] = (place.relative_to(PROJECT).as_posix(), int(match["of"]))
    return found


@pytest.mark.parametrize("flow", FLOWS)
def test_the_steps_of_each_flow_are_numbered_without_a_gap(flow: str) -> None:
    found = steps(flow)

    assert sorted(found) == list(range(1, len(found) + 1))
    assert {of for _, of in found.values()} == {len(found)}


def test_the_command_on_the_flows_page_prints_the_steps_in_their_order() -> None:
    [command] = re.findall(r"^```sh\n(.+)\n```", (PROJECT / "docs" / "flows.md").read_text(), re.MULTILINE)
    printed = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=True)

    told = [first_line(PROJECT / module) for flow in sorted(FLOWS) for _, (module, _) in sorted(steps(flow).items())]
    assert printed.stdout.splitlines() == told


@pytest.mark.parametrize("flow", FLOWS)
def test_the_flows_page_lists_the_same_modules_in_the_same_order(flow: str) -> None:
    page = (PROJECT / "docs" / "flows.md").read_text()
    listed = [path for path in re.findall(r"^\| \d \| `([^`]+)` ", page, re.MULTILINE) if path.startswith(f"reviews/{FLOWS[flow]}/")]

    assert listed == [module for _, (module, _) in sorted(steps(flow).items())]


def test_each_setting_stands_in_the_configuration_page_with_its_default() -> None:
    page = (PROJECT / "docs" / "configuration.md").read_text()
    rows = dict(re.findall(r"^\| `REVIEWS_(\w+)` \| (?:`([^`]*)`|empty) \|", page, re.MULTILINE))

    defaults = {}
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        defaults[name.upper()] = str(plain)
    assert rows == defaults


def commands(group: click.Command, path: str = "reviews") -> list[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        return [(path, group)]
    context = click.Context(group)
    return [
        found
        for name in group.list_commands(context)
        if (command := group.get_command(context, name))
        for found in commands(command, f"{path} {name}")
    ]


@pytest.mark.parametrize(("path", "command"), commands(cli.main))
def test_each_command_explains_itself_with_an_example(path: str, command: click.Command) -> None:
    assert command.help
    assert command.epilog is not None
    assert command.epilog.startswith(f"Example: {path}")


@pytest.mark.parametrize("path", [path for path, _ in commands(cli.main)])
def test_each_command_stands_in_the_operations_page(path: str) -> None:
    page = (PROJECT / "docs" / "operations.md").read_text()
    *_, group, name = path.split()

    assert path in page or re.search(rf"reviews {group} [^`\n]*\b{name}\b", page), path


def test_each_state_of_an_invitation_stands_in_the_diagram_and_the_glossary() -> None:
    [states] = [
        set(re.findall(r"'(\w+)'", str(rule.sqltext)))
        for rule in Invitation.__table_args__
        if isinstance(rule, CheckConstraint) and str(rule.sqltext).startswith("state IN ('planned'")
    ]
    arrows = set(re.findall(r"^  (\S+) --> (\w+)", (PROJECT / "docs" / "flows.md").read_text(), re.MULTILINE))
    glossary = (PROJECT / "docs" / "glossary.md").read_text().partition("## States of an invitation")[2]

    assert {after for _, after in arrows} == states
    assert {("claimed", "skipped"), ("claimed", "dead")} <= arrows
    assert set(re.findall(r"^\| `(\w+)`", glossary, re.MULTILINE)) == states == set(INVITATION_STATES)


def test_the_glossary_says_the_states_of_an_invitation_as_the_desk_does() -> None:
    glossary = (PROJECT / "docs" / "glossary.md").read_text().partition("## States of an invitation")[2]

    assert dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", glossary, re.MULTILINE)) == {state: word for state, (_, word) in INVITATION_STATES.items()}


def test_the_glossary_says_the_kinds_of_document_as_the_desk_does() -> None:
    rows = (PROJECT / "docs" / "glossary.md").read_text().partition("## Kinds of document")[2].partition("## ")[0]

    said = {kind for row in re.findall(r"^\| ([a-z][^|]+) \|", rows, re.MULTILINE) for kind in row.split(", ")}
    assert said | {"iets anders"} == set(KINDS.values())


def test_each_decision_has_context_and_consequences() -> None:
    for place in sorted((PROJECT / "docs" / "decisions").glob("*.md")):
        text = place.read_text()
        assert re.match(r"\d{4}-[a-z0-9-]+\.md", place.name), place
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            assert part in text, (place.name, part)
