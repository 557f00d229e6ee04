"""Words that stand together are one cell, also on a page that lies askew or bulges."""

from collections.abc import Callable

import pytest

from reviews.proofs.evidence import layout
from reviews.proofs.reading import Word
from tests.proofs.drawings import words

ROWS = [0.1 * row for row in range(1, 13)]
USUAL = [Word("Regel", 0, 0.1, row, 0.15, row + 0.012, 1.0) for row in ROWS]


def bent(fall: Callable[[float, float], float], rows: list[float], x0: float = 0.05) -> list[Word]:
    """Return lines of nine words, each as much lower as its place says."""
    return [
        Word("Woord", 0, x, row + fall(x + 0.02, row), x + 0.04, row + fall(x + 0.02, row) + 0.012, 1.0)
        for row in rows
        for x in (x0 + 0.05 * at for at in range(9))
    ]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:2]])
def test_lines_that_fall_are_set_straight(rows: list[float]) -> None:
    cells = layout.cells_of(bent(lambda x, _: 0.03 * x, rows))

    assert [cell.middle for cell in cells] == pytest.approx([row + 0.006 for row in rows], abs=1e-6)
    assert [cell.height for cell in cells] == pytest.approx([0.012 + 0.03 * 0.4] * len(rows), abs=1e-6)


def test_a_line_that_falls_otherwise_than_the_others_is_left_out_of_the_measure() -> None:
    odd = bent(lambda x, _: 0.2 * x, [1.3])

    cells = layout.cells_of([*bent(lambda x, _: 0.01 * x, ROWS), *odd])

    assert [cell.middle for cell in cells][: len(ROWS)] == pytest.approx([row + 0.006 for row in ROWS], abs=1e-6)


def test_lines_that_fall_the_more_the_lower_they_stand_are_set_straight() -> None:
    cells = layout.cells_of(bent(lambda x, y: 0.06 * (y - 0.65) * x, ROWS))

    assert [cell.middle for cell in cells] == pytest.approx([row + 0.006 for row in ROWS], abs=0.002)


def test_lines_of_paper_that_bulges_are_set_straight() -> None:
    def fall(x: float, _: float) -> float:
        return 0.05 * x * x / 2

    cells = layout.cells_of([*bent(fall, ROWS), *bent(fall, ROWS, x0=0.55)])

    assert [cell.middle for cell in cells] == pytest.approx([row + 0.006 for row in ROWS for _ in range(2)], abs=0.002)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("B O N", "BON"),
        ("b o n", "b o n"),
        ("A B", "A B"),
        ("b o n s", "bons"),
        ("a / b - c", "a/b-c"),
        ("ab c d e", "abcde"),
        ("ab cd ef gh", "ab cd ef gh"),
        ("1 2 3 4", "1 2 3 4"),
        ("Bo N S", "Bo N S"),
    ],
)
def test_a_heading_set_in_single_letters_is_one_word(text: str, joined: str) -> None:
    put = words(text)
    (cell,) = layout.cells_of(put)

    assert cell.text == joined
    assert (cell.words[0].x0, cell.words[-1].x1, cell.x0, cell.x1) == (put[0].x0, put[-1].x1, put[0].x0, put[-1].x1)


def is_one(gap: float, first: float = 0.012, second: float = 0.012, down: float = 0.0) -> bool:
    """Return whether two words are one cell, by the gap between them, their heights and how much lower the second stands."""
    one = Word("Een", 0, 0.5, 0.05, 0.53, 0.05 + first, 1.0)
    other = Word("Twee", 0, 0.53 + gap, 0.05 + down, 0.58 + gap, 0.05 + down + second, 1.0)
    return any(cell.words == (one, other) for cell in layout.cells_of([*USUAL, one, other]))


@pytest.mark.parametrize(
    ("gap", "first", "second", "down", "together"),
    [
        (0.0144, 0.012, 0.012, 0.0, True),
        (0.0147, 0.012, 0.012, 0.0, False),
        (-0.0084, 0.012, 0.012, 0.0, True),
        (-0.0087, 0.012, 0.012, 0.0, False),
        (0.024, 0.012, 0.02, 0.0, True),
        (0.025, 0.012, 0.02, 0.0, False),
        (0.024, 0.02, 0.012, 0.0, True),
        (0.0113, 0.004, 0.004, 0.0, True),
        (0.0119, 0.004, 0.004, 0.0, False),
        (0.006, 0.047, 0.012, 0.01, True),
        (0.006, 0.049, 0.012, 0.01, False),
        (0.006, 0.012, 0.047, -0.01, True),
        (0.006, 0.0285, 0.004, 0.01, True),
        (0.006, 0.0295, 0.004, 0.01, False),
        (0.006, 0.012, 0.012, 0.0059, True),
        (0.006, 0.012, 0.012, 0.0061, False),
        (0.006, 0.02, 0.012, 0.0139, True),
        (0.006, 0.02, 0.012, 0.0141, False),
        (0.006, 0.012, 0.02, -0.0139, True),
        (0.006, 0.012, 0.02, -0.0141, False),
    ],
)
def test_words_are_one_cell_by_gap_height_and_line(gap: float, first: float, second: float, down: float, together: bool) -> None:
    assert is_one(gap, first, second, down) is together
