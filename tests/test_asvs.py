"""The table of security requirements: complete, each number once, and nothing in it that does not exist."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from litestar.routes import HTTPRoute
from sqlalchemy.ext.asyncio import create_async_engine

from reviews.adapters.storage import open_store
from reviews.app import create_app
from reviews.clock import SystemClock
from reviews.keys import KeyRing
from reviews.settings import PROJECT, Settings

PAGE = (PROJECT / "docs" / "security" / "asvs.md").read_text()
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3,
    "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "11.1": 2,
    "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2,
    "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip
"""The last requirement of level 1 or 2 in each section of ASVS 5.0.0 that has one; those of level 3 follow it. V10 and V17 are left out whole."""
PLANS = {"second factor and sessions", "desk", "privacy", "invitations", "several machines", "hardening"}


DOORS = re.findall(r"^\| (`[A-Z]+ /.*?`) \|([^|\n]+)\|([^|\n]+)\|([^|\n]*)\|$", PAGE, re.MULTILINE)
"""The doors of the page: address, who, what keeps it from misuse, shown by."""


class Row(NamedTuple):
    """A requirement as the page has it."""

    number: str
    asks: str
    state: str
    how: str
    where: str
    shown: str


ROWS = [
    Row(*(cell.strip() for cell in line))
    for line in re.findall(r"^\|" + r"([^|\n]*)\|" * 6 + "$", PAGE, re.MULTILINE)
    if line[0].strip()[0].isdigit()
]
LEFT_OUT = re.findall(
    r"\d+\.\d+\.\d+", PAGE.partition("## What does not apply")[2].partition("| V10 |")[0].replace("(6.3.3)", "").replace("(6.2.2)", "")
)


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_each_requirement_of_both_levels_stands_on_the_page_once() -> None:
    known = Counter(f"{section}.{number}" for section, last in LAST.items() for number in range(1, last + 1))

    assert Counter([row.number for row in ROWS] + LEFT_OUT) == known


@pytest.mark.parametrize("row", ROWS, ids=[row.number for row in ROWS])
def test_what_a_requirement_names_exists(row: Row) -> None:
    assert row.asks
    assert row.how
    for path in quoted(row.where):
        assert (PROJECT / path).is_file(), path
    for shown in quoted(row.shown):
        check_test(shown)


def check_test(shown: str) -> None:
    file, _, name = shown.partition("::")
    nodes = ast.parse((PROJECT / "tests" / file).read_text()).body
    assert name.startswith("test_"), shown
    assert name in {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}, shown


@pytest.mark.parametrize("row", ROWS, ids=[row.number for row in ROWS])
def test_a_requirement_is_met_somewhere_or_says_to_what_plan_it_belongs(row: Row) -> None:
    if row.state.startswith("open: "):
        assert row.state.removeprefix("open: ") in PLANS
    elif row.state == "operator":
        assert quoted(row.where) == ["docs/operations.md"]
    else:
        assert row.state == "met"
        assert quoted(row.where)


def test_each_section_that_a_requirement_points_at_stands_below() -> None:
    headings = set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))

    pointed = [name for row in ROWS for name in re.findall(r"below, under \*([^*]+)\*", row.how)]
    assert len(pointed) >= 5
    assert set(pointed) <= headings


def test_each_door_stands_on_the_page_once_with_who_may_and_what_keeps_it(tmp_path: Path, key_ring: KeyRing) -> None:
    # Nothing is asked of this database: only which doors there are.
    engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1/none")
    settings = Settings(base_url="http://testserver.local", data_dir=tmp_path)
    app = create_app(settings, engine=engine, store=open_store("", folder=tmp_path / "proofs"), key_ring=key_ring, clock=SystemClock())
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    known = [f"{method} {route.path_format}" for route in routes for method in route.methods if method in {"GET", "POST", "PUT", "PATCH", "DELETE"}]

    assert sorted(door for row in DOORS for door in quoted(row[0])) == sorted(known)
    for _, who, kept, shown in DOORS:
        assert who.strip()
        assert kept.strip()
        assert quoted(shown)
        for one in quoted(shown):
            check_test(one)
