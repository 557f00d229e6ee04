"""Every layout of the measuring sets tells what its labels say that it tells, and stays in its half of the split."""

from datetime import date

import pytest

from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind
from benchmarks.papers.drawing import Drawing, Text
from benchmarks.papers.layouts import HELD_OUT, LAYOUTS, OWN, SETS, drawn
from benchmarks.papers.layouts.grammar.design import DESIGNS, NOVEL
from benchmarks.papers.layouts.sheet import Sheet
from benchmarks.papers.telling import ACCEPT, Case, Start, told
from benchmarks.papers.wording import wording

COMPOSED = sorted(set(LAYOUTS) - set(OWN))


def a_case(kind: Kind = Kind.FACTUUR, turn: int = 5) -> Case:
    start = Start(turn=turn, on=date(2026, 3, 1), chance=Chance(turn), kind=kind, slug="utrecht")
    return told(start, "genuine.plain", ACCEPT)


def words_on(drawing: Drawing) -> list[Text]:
    return [mark for page in drawing.pages for mark in page if isinstance(mark, Text)]


@pytest.mark.parametrize("layout", COMPOSED)
@pytest.mark.parametrize("turn", [5, 6])
def test_a_composed_layout_shows_number_date_total_and_customer(layout: str, turn: int) -> None:
    case = a_case(turn=turn)
    words = wording(case.paper, Chance(turn))
    sheet = Sheet(Drawing(), case.paper, words)

    said = " ".join(mark.words for mark in words_on(drawn(case.paper, layout, words)))

    for shown in (case.paper.number, sheet.day(case.paper.dated_on), sheet.money(case.paper.total), case.paper.addressee.lines[0]):
        assert shown in said


@pytest.mark.parametrize("layout", COMPOSED)
def test_a_composed_layout_stays_on_its_sheets_and_is_large_enough_to_read(layout: str) -> None:
    case = a_case()

    marks = words_on(drawn(case.paper, layout, wording(case.paper, Chance(1))))

    assert all(0 < mark.x < 210 and 0 < mark.y < 295 and mark.size >= 6 for mark in marks)


def test_no_layout_is_both_trained_on_and_held_out() -> None:
    assert not set(SETS["train"]) & set(SETS["test"])
    assert set(SETS["train"]) | set(SETS["test"]) == set(LAYOUTS) == set(SETS["all"])
    assert len(LAYOUTS) == 88
    assert 0.25 < len(HELD_OUT) / len(LAYOUTS) < 0.4


def test_some_choices_are_new_to_who_was_trained_on_the_rest() -> None:
    for part, choices in NOVEL.items():
        trained = {getattr(design, part) for design in DESIGNS.values() if not design.held_out}
        met = {getattr(design, part) for design in DESIGNS.values() if design.held_out}
        assert not trained & choices, part
        assert met & choices, part


def test_a_name_means_the_same_layout_for_ever() -> None:
    first, last = DESIGNS["g01-capitals-left"], DESIGNS["g54-strip-capitals"]

    assert (first.letterhead, first.address, first.table, first.held_out) == ("split", "window_right", "inclusive", False)
    assert (last.letterhead, last.address, last.table, last.held_out) == ("right", "labelled_right", "taxed", True)
