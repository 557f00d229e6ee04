"""The page of the rooms shows the house as it is: its folders, its layers, and modules that exist on the way of a trigger and of an upload."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from reviews.settings import PROJECT

MOST_MODULES = 16
PAGES = [
    *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
    *(
        f"docs/{name}.md"
        for name in ("architecture", "configuration", "flows", "glossary", "integrating", "operations", "platform", "recipes", "webhooks")
    ),
]
PAGE = (PROJECT / "docs" / "architecture.md").read_text()


def part(heading: str) -> str:
    """The text under a heading of the page."""
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def block(heading: str) -> list[str]:
    """The lines of the first block under a heading."""
    return part(heading).partition("```text\n")[2].partition("\n```")[0].splitlines()


def rooms_drawn() -> dict[str, str]:
    """Each folder of the drawing, with the question beside it."""
    drawn, above = {}, list[str]()
    for line in block("The rooms"):
        found = re.fullmatch(r"((?:│   |    )*(?:[├└]── )?)([a-z_]+)/ +(\S.*)", line)
        assert found, line
        above[len(found[1]) // 4 :] = [found[2]]
        drawn["/".join(above)] = found[3]
    return drawn


def rooms() -> set[str]:
    """Each folder that holds code or catalogues."""
    return {path.parent.relative_to(PROJECT).as_posix() for pattern in ("*.py", "*.po") for path in (PROJECT / "reviews").rglob(pattern)}


def test_the_drawing_shows_each_room_with_the_question_that_it_answers() -> None:
    drawn = rooms_drawn()

    assert set(drawn) == rooms()
    assert [room for room, question in drawn.items() if not question.endswith("?")] == []


@pytest.mark.parametrize("room", sorted(rooms()))
def test_a_room_is_small_enough_to_have_one_question(room: str) -> None:
    modules = [path.name for path in (PROJECT / room).glob("*.py") if path.name != "__init__.py"]

    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("room", sorted(room for room in rooms() if room != "reviews/locales"))
def test_a_room_says_itself_what_it_is(room: str) -> None:
    assert (PROJECT / room / "__init__.py").read_text().startswith('"""')


def test_the_layers_are_those_of_the_import_contracts() -> None:
    contracts = ConfigParser()
    contracts.read(PROJECT / ".importlinter")

    assert block("What may import what") == contracts["importlinter:contract:layers"]["layers"].strip().splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (PROJECT / page).read_text()
    named = re.findall(r"`((?:reviews|templates|migrations|standins|tests|benchmarks|docs)/[\w/.-]*)`", text)
    linked = [(PROJECT / page).parent / name for name in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)]

    assert [path for path in [*(PROJECT / name for name in named), *linked] if not path.exists()] == []


@pytest.mark.parametrize("heading", ["The life of a trigger", "The life of an upload"])
def test_a_life_is_told_from_its_door_to_its_end(heading: str) -> None:
    modules = [Path(name) for name in re.findall(r"`(reviews/[\w/]+\.py)`", part(heading))]

    assert modules[0].parts[1] == "web"
    assert {"web", "database", "adapters"} <= {module.parts[1] for module in modules}
    assert len(modules) > 15
