"""A recipe names every place: these tests find the places in the code and hold them against the lists of `docs/recipes.md`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from reviews.invitations.intake.event_model import EventType
from reviews.languages import LANGUAGES
from reviews.settings import PROJECT

PAGE = (PROJECT / "docs" / "recipes.md").read_text()
RECIPES = [
    "A fifth language for customers",
    "A new type of trigger",
    "A new finding about a proof",
    "A new setting or term",
    "A second review platform",
]
ONE_VENDOR = "klantenvertellen"


def recipe(heading: str) -> str:
    """The text of a recipe."""
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def named_in(heading: str) -> set[str]:
    """All paths that a recipe names."""
    return set(re.findall(r"`((?:reviews|templates|tests|docs)/[\w/.-]*)`", recipe(heading)))


def code() -> Iterator[tuple[str, set[str]]]:
    """Each module of the product with the texts that stand in it as values."""
    for path in sorted((PROJECT / "reviews").rglob("*.py")):
        values = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        yield path.relative_to(PROJECT).as_posix(), values


def test_the_page_holds_these_recipes_and_no_other() -> None:
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == RECIPES


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_is_a_list_of_places_that_say_what_they_need(heading: str) -> None:
    rows = re.findall(r"^\| `[^`]+` \| [^|]+ \| [^|]+ \|$", recipe(heading), re.MULTILINE)

    assert len(rows) >= 4
    assert len(rows) == len(re.findall(r"^\| `", recipe(heading), re.MULTILINE))


def test_each_module_that_tells_languages_apart_stands_in_its_recipe() -> None:
    others = set(LANGUAGES) - {"nl"}
    apart = {path for path, values in code() if len(values & others) > 1}

    assert "reviews/languages.py" in apart
    assert apart - named_in("A fifth language for customers") == set()


def test_each_module_that_tells_types_of_triggers_apart_stands_in_its_recipe() -> None:
    apart = {path for path, values in code() if values & set(get_args(EventType))}

    assert "reviews/invitations/intake/event_model.py" in apart
    assert apart - named_in("A new type of trigger") == set()


def test_each_list_that_goes_by_findings_stands_in_its_recipe() -> None:
    """A list by codes is a table or a set of several of them, outside any function."""
    lists = {
        path.relative_to(PROJECT).as_posix()
        for path in sorted((PROJECT / "reviews").rglob("*.py"))
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and codes_in(statement) > 1
    }

    assert "reviews/proofs/findings.py" in lists
    assert lists - named_in("A new finding about a proof") == set()


def codes_in(statement: ast.stmt) -> int:
    """How many codes of findings a statement names."""
    named = [node for node in ast.walk(statement) if isinstance(node, ast.Attribute)]
    return len({node.attr for node in named if ast.unparse(node.value) in {"Code", "findings.Code"}})


def test_each_place_that_names_the_one_platform_stands_in_the_recipe_for_a_second() -> None:
    listed = named_in("A second review platform")
    naming = {
        path.relative_to(PROJECT).as_posix()
        for folder in ("reviews", "templates")
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in {".py", ".html", ".txt", ".po"} and ONE_VENDOR in path.read_text().casefold()
    }

    rooms = {"reviews/adapters/platform/", "reviews/locales/"}
    assert rooms <= listed
    assert {path for path in naming if not path.startswith(tuple(rooms))} - listed == set()
    assert {path for path in listed if Path(path).suffix in {".html", ".txt"}} <= naming
