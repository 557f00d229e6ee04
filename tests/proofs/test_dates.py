"""Which date is the document's, where no label announces it."""

import pytest

from reviews.proofs.evidence import dates, labels
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import cell, words

DATED = cell("12-03-2026", 0.1, 0.3)


def lonely(*cells: Cell) -> list[str]:
    return [value for value, _ in dates.lonely_date(cells, labels.find_labels(cells), 0)]


def first(*cells: Cell) -> list[str]:
    return [value for value, _ in dates.first_of_row(cells, labels.find_labels(cells), 0)]


@pytest.mark.parametrize(
    ("text", "value", "shortest"),
    [
        ("Goes 12-03-2026", "2026-03-12", "12-03-2026"),
        ("12 maart 2026", "2026-03-12", "12 maart 2026"),
        ("12-0 3-2026", "2026-03-12", "12-0 3-2026"),
        ("Goes 1 2-0 3-20 26", "2026-03-12", "Goes 1 2-0 3-20 26"),
        ("12-03-2026 en 13-03-2026", "2026-03-12", "12-03-2026"),
    ],
)
def test_a_date_may_be_read_with_spaces_in_it(text: str, value: str, shortest: str) -> None:
    found = dates.parse_date(words(text))

    assert found is not None
    assert (found[0], " ".join(word.text for word in found[1])) == (value, shortest)


@pytest.mark.parametrize("label", ["Vervaldatum", "Montagedatum"])
def test_what_another_label_announces_is_not_the_documents_date(label: str) -> None:
    assert lonely(DATED, cell(f"{label}: 26-03-2026", 0.1, 0.4)) == ["2026-03-12"]
    assert lonely(DATED, cell(label, 0.1, 0.4), cell("26-03-2026", 0.4, 0.4)) == ["2026-03-12"]
    assert lonely(DATED, cell(label, 0.1, 0.4), cell("later", 0.4, 0.4)) == ["2026-03-12"]


def test_a_sentence_is_no_date_and_six_words_are_no_sentence() -> None:
    assert lonely(cell("te Goes op 12 maart 2026", 0.1, 0.3)) == ["2026-03-12"]
    assert lonely(cell("gemaakt te Goes op 12 maart 2026", 0.1, 0.3)) == []
    assert lonely(DATED, cell("wij komen bij u op 26 maart 2026", 0.1, 0.4)) == ["2026-03-12"]


def test_only_dates_of_the_upper_part_of_the_page_count() -> None:
    lowest = Cell(DATED.words, 0.1, 0.74, 0.2, 0.759)

    assert lonely(lowest) == ["2026-03-12"]
    assert lonely(Cell(DATED.words, 0.1, 0.745, 0.2, 0.755)) == []
    assert lonely(cell("12-03-2026", 0.1, 0.3, page=1)) == []


@pytest.mark.parametrize(("dy", "row"), [(0.0119, ["2026-03-10"]), (0.0121, [])])
def test_a_row_is_as_high_as_its_letters(dy: float, row: list[str]) -> None:
    assert first(cell("10-03-2026", 0.5, 0.3 + dy), DATED) == row
    assert first(cell("10-03-2026", 0.5, 0.3 + dy), DATED, cell("11-03-2026", 0.5, 0.6)) == row
    assert first(DATED) == []
    assert first() == []
