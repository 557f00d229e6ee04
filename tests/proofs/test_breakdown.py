"""The tables of the accuracy figures count what they say that they count."""

import pytest

from benchmarks import breakdown
from benchmarks.scoring import Count, Expected, Judged, Labelled, Said

TRUTH: dict[str, str | bool | None] = {
    "document_kind": "factuur", "issuer_branch": "utrecht", "number": "2025-0412", "date": "2025-11-14", "customer_name": "J. de Vries",
    "postcode": "3511AB", "total": "1234.56", "readable": True,
}  # fmt: skip
ACCEPT = Expected("accept", frozenset({"genuine"}), frozenset({"accept"}))


def judged(*, number: str = "2025-0412", sure: float = 0.99, notes: str = "g01-columns-right by typst; 200 dpi") -> Judged:
    fields = {**{name: str(value) for name, value in TRUTH.items() if name != "readable"}, "number": number}
    right = Labelled("p1", "f", "digital", TRUTH, ACCEPT, notes, "odd.archived")
    return Judged(right, Said("p1", "accept", frozenset({"genuine"}), dict(fields), 5, {"number": sure}))


@pytest.mark.parametrize(("hits", "of", "bound"), [(0, 60, 0.0487), (0, 191, 0.0156), (3, 155, 0.0492), (5, 5, 1.0), (0, 0, 1.0)])
def test_the_bound_of_a_share_is_that_of_clopper_and_pearson(hits: int, of: int, bound: float) -> None:
    assert breakdown.upper_bound(Count(hits, of)) == pytest.approx(bound, abs=2e-4)


def test_a_case_names_its_layout_and_its_program() -> None:
    assert (breakdown.layout_of(judged()), breakdown.program_of(judged())) == ("g01-columns-right", "typst")
    assert breakdown.layout_of(judged(notes="full name, right branch")) == "unknown"


def test_values_are_counted_by_how_sure_they_were() -> None:
    held = [judged(), judged(number="10234", sure=0.9), judged(number="10234", sure=0.6)]

    counts = breakdown.reliability(held, "number")

    assert counts[0.99, 1.000001] == Count(1, 1)
    assert counts[0.85, 0.95] == Count(0, 1)
    assert counts[0.5, 0.7] == Count(0, 1)
    assert breakdown.sure_and_right(held, "number") == Count(1, 2)


def test_the_tables_name_each_layout_program_and_oddity() -> None:
    said: list[str] = []

    breakdown.tell([judged(), judged(notes="dense by fpdf2")], said.append)

    told = "\n".join(said)
    for name in ("g01-columns-right", "dense", "typst", "fpdf2", "odd.archived", "no finding", "0.99 to 1.00"):
        assert name in told
