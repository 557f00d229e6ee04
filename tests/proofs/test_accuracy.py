"""A small fixed set of documents, in layouts and by programs that no rule was made for, is judged as a careful person would."""

import pytest

from benchmarks import accuracy
from benchmarks.accuracy import Judged
from benchmarks.papers.folder import Amount

SEED = 7
FIXED = Amount(digital=24, scans=3, photos=3)
ASKED = "p0026"
"""A fax whose label of the number can't be read: another number is likelier, and a person is asked."""


@pytest.fixture(scope="module")
def held() -> list[Judged]:
    return accuracy.judged(FIXED, seed=SEED, with_chromium=False)


def told(regressed: list[Judged]) -> str:
    return "judged worse than before:\n" + "\n".join(accuracy.missed(one) for one in regressed)


def test_every_certain_document_is_accepted(held: list[Judged]) -> None:
    certain = [one for one in held if one.right.certain]

    waiting = [one for one in certain if one.said.outcome != "accept"]

    assert len(certain) >= 12
    assert {(one.said.id, one.said.outcome) for one in waiting} <= {(ASKED, "refer")}, told(waiting)


def test_nothing_is_accepted_that_a_person_would_not(held: list[Judged]) -> None:
    closed = [one for one in held if "accept" not in one.right.expected.acceptable]

    accepted = accuracy.false_accepts(held)

    assert len(closed) >= 5
    assert not accepted, told(accepted)


@pytest.mark.parametrize("name", accuracy.FIELDS)
def test_every_field_is_read_to_the_letter(held: list[Judged], name: str) -> None:
    wrong = [one for one in held if accuracy.is_wrong(one, name) and (one.said.id, name) != (ASKED, "number")]

    assert accuracy.field(held, name).of >= 20
    assert not wrong, told(wrong)


def test_the_answer_gives_a_right_reason(held: list[Judged]) -> None:
    count = accuracy.right_reasons(held)

    assert count.of >= 8
    assert count.hits == count.of, str(count)


@pytest.mark.parametrize("rendering", accuracy.GOALS)
def test_each_way_of_sending_a_document_is_in_the_set(held: list[Judged], rendering: str) -> None:
    assert sum(one.right.rendering == rendering for one in held) >= 3
