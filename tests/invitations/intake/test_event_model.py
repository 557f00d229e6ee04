"""Each type of event has its place in every list that goes by types: who adds one and forgets a place sees red here, not at run time."""

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from reviews.invitations.intake.event_model import Event, EventType, basis_of
from reviews.invitations.intake.job_state import fold
from reviews.invitations.intake.sheets import rows
from reviews.invitations.planning import simulate
from reviews.settings import PROJECT
from tests.invitations.telling import told

TYPES: tuple[EventType, ...] = get_args(EventType)
MEANING = {word: type_ for type_, words in rows.WORDS["type"].items() for word in words.split("|")}
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)


@pytest.mark.parametrize("type_", TYPES)
def test_a_job_can_be_told_with_each_type_alone_and_at_the_moment_of_any_other(type_: EventType) -> None:
    events: list[Event] = [told("a", NOON, type=type_), *(told(other, NOON, type=other) for other in TYPES)]

    assert fold(events[:1]).state in {"open", "completed", "cancelled", "credited"}
    assert fold(events) == fold(list(reversed(events)))
    assert basis_of(events) is not None


def test_what_stops_the_mail_wins_at_one_moment() -> None:
    assert TYPES.index("job.reopened") < TYPES.index("job.completed") < TYPES.index("job.cancelled") < TYPES.index("job.credited")


def test_the_simulator_ends_a_job_by_the_same_types() -> None:
    ended = {type_ for type_ in TYPES if fold([told("a", NOON), told("b", NOON + timedelta(days=1), type=type_)]).state in {"cancelled", "credited"}}

    assert set(simulate.ENDING) == ended


def test_a_spreadsheet_has_a_word_and_an_example_for_each_type() -> None:
    examples = rows.EXAMPLES["type"].replace(" of ", ", ").split(", ")

    assert set(rows.WORDS["type"]) == set(TYPES)
    assert {MEANING[word] for word in examples} == set(TYPES)


def test_the_page_that_sources_read_tells_the_order_of_one_moment() -> None:
    page = (PROJECT / "docs" / "configuration.md").read_text()
    [told_there] = re.findall(r"count in this order: (.+)\.$", page, re.MULTILINE)

    assert told_there.split(", ") == [type_.removeprefix("job.").replace(".", " ") for type_ in TYPES]


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_stands_in_the_glossary(type_: EventType) -> None:
    [trigger] = re.findall(r"^\| trigger \|.+$", (PROJECT / "docs" / "glossary.md").read_text(), re.MULTILINE)

    assert type_.partition(".")[2] in trigger


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_stands_in_the_page_that_sources_read(type_: EventType) -> None:
    assert f"`{type_}`" in (PROJECT / "docs" / "configuration.md").read_text()
