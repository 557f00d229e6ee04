"""One candidate of several is chosen by the sum of what speaks for it, or none, with a probability."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.candidates import choosing
from reviews.proofs.candidates.choosing import Candidate, Choice
from tests.proofs.drawings import words


@pytest.fixture
def field(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a field whose weights are as round as their names."""
    learned = {"hundredth": -math.log(201), "none": 0.0, "nine": math.log(9), "three": math.log(3), "two": math.log(2), "third": -math.log(3)}
    monkeypatch.setitem(choosing.weights(), "tested", learned)
    return "tested"


def candidate(value: str, *evidence: str) -> Candidate:
    return Candidate(value, words(value), evidence)


def told(choice: Choice | None) -> tuple[str, float, tuple[str, ...]] | None:
    return (choice.candidate.value, round(choice.sure, 9), choice.rivals) if choice else None


@pytest.mark.parametrize(
    ("evidence", "learned", "points"),
    [
        ((), {"a": 1.0}, 0.0),
        (("a", "b"), {"a": 1.0, "b": -0.25, "c": 9.0}, 0.75),
        (("a", "a"), {"a": 1.0}, 1.0),
        (("a", "never seen"), {"a": 1.0}, 1.0),
    ],
)
def test_the_score_of_a_candidate_is_the_sum_of_the_weights_of_its_evidence(
    evidence: tuple[str, ...], learned: Mapping[str, float], points: float
) -> None:
    assert choosing.score(candidate("12", *evidence), learned) == points


def test_the_likeliest_is_as_sure_as_its_share_among_all_candidates_and_none(field: str) -> None:
    found = choosing.choose(field, [candidate("a", "three"), candidate("b", "three", "two"), candidate("c")])

    assert told(found) == ("b", round(6 / (3 + 6 + 1 + 1), 9), ("a", "c"))


def test_none_wins_where_it_is_far_likelier_than_every_value(field: str) -> None:
    assert choosing.choose(field, [candidate("a", "hundredth"), candidate("b", "hundredth")]) is None
    assert told(choosing.choose(field, [candidate("a", "third")])) == ("a", 0.25, ())
    assert choosing.choose(field, []) is None
    assert told(choosing.choose(field, [candidate("a", "third", "three")])) == ("a", 0.5, ())


def test_the_weight_of_none_is_learned_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = [candidate("a", "two"), candidate("b")]

    monkeypatch.setitem(choosing.weights(), "tested", {"none": math.log(201), "two": math.log(2)})
    assert choosing.choose("tested", candidates) is None
    monkeypatch.setitem(choosing.weights(), "tested", {"none": -math.log(2), "two": math.log(2)})
    assert told(choosing.choose("tested", candidates)) == ("a", round(2 / 3.5, 9), ("b",))


def test_a_field_that_nothing_was_learned_of_leaves_all_values_as_likely_as_none() -> None:
    assert told(choosing.choose("unheard of", [candidate("a", "three"), candidate("b")])) == ("a", round(1 / 3, 9), ("b",))


def test_places_of_the_same_value_add_up_and_the_likeliest_of_them_is_shown(field: str) -> None:
    poor, good, other = candidate("a", "two"), candidate("a", "three"), candidate("b", "two", "two", "third", "three", "two")

    found = choosing.choose(field, [other, poor, good])

    assert told(found) == ("a", round(5 / (5 + 2 + 1), 9), ("b",))
    assert found is not None
    assert found.candidate is good


def test_several_poor_places_of_a_value_beat_one_good_place_of_another(field: str) -> None:
    assert told(choosing.choose(field, [candidate("b", "three"), *[candidate("a", "two")] * 2])) == ("a", round(4 / 8, 9), ("b",))


def test_of_the_rivals_the_three_likeliest_are_told_in_order(field: str) -> None:
    candidates = [candidate("e", "third"), candidate("d"), candidate("c", "two"), candidate("b", "three"), candidate("a", "nine")]

    assert told(choosing.choose(field, candidates)) == ("a", round(9 / (9 + 3 + 2 + 1 + 1 / 3 + 1), 9), ("b", "c", "d"))


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=6), st.integers(-30, 30))
def test_the_winner_is_as_sure_as_the_others_and_none_leave_of_one(points: list[int], none: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(choosing.weights(), "tested", {"none": float(none)} | {str(one): float(one) for one in points})
        found = choosing.choose("tested", [candidate(f"value {at}", str(one)) for at, one in enumerate(points)])

    lost = sum(math.exp(one) for one in [none, *sorted(points)[:-1]])
    assert (found is None) is (math.exp(max(points) - none) < choosing.UNLIKELY)
    assert found is None or found.sure == pytest.approx(1 - lost / (lost + math.exp(max(points))))


@pytest.mark.parametrize("points", [1000.0, -1000.0])
def test_points_of_any_size_can_be_weighed(monkeypatch: pytest.MonkeyPatch, points: float) -> None:
    monkeypatch.setitem(choosing.weights(), "tested", {"none": points, "much": points, "more": points + math.log(2)})

    assert told(choosing.choose("tested", [candidate("a", "much"), candidate("b", "more")])) == ("b", 0.5, ("a",))


def test_the_weights_that_come_with_the_product_are_of_the_four_fields_that_are_chosen() -> None:
    assert {"number", "date", "total", "customer_name"} <= set(choosing.weights())
    assert all("none" in learned for learned in choosing.weights().values())
