"""What was set too close is parted: labels and their values, numbers and dates, the heads of narrow columns."""

import pytest

from reviews.proofs.candidates import splitting
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.reading import Word
from tests.proofs.drawings import cell


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Factuurnummer:12 a", ["Factuurnummer:", "12", "a"]),
        ("Fact.nr:12", ["Fact.nr:", "12"]),
        ("Factuurnummer:12:30", ["Factuurnummer:", "12:30"]),
        ("Factuurnummer 10:30", ["Factuurnummer", "10:30"]),
        ("Factuurnummer:", ["Factuurnummer:"]),
        (":12", [":12"]),
        ("https://example.nl", ["https://example.nl"]),
        ("2026001/12-03-2026", ["2026001", "12-03-2026"]),
        ("F-2026/3.11.26", ["F-2026", "3.11.26"]),
        ("2026001/31-02-2026", ["2026001/31-02-2026"]),
        ("12/03-11-2026", ["12/03-11-2026"]),
        ("2026/0117", ["2026/0117"]),
    ],
)
def test_a_word_that_holds_two_is_parted(text: str, parts: list[str]) -> None:
    (found,) = splitting.parted([cell(text, 0.1, 0.2)])

    assert [word.text for word in found.words] == parts


def test_each_part_of_a_word_is_as_wide_as_its_share_and_stands_where_the_word_stood() -> None:
    own = Cell((Word("Datum:3-11-26", 2, 0.1, 0.2, 0.23, 0.212, 0.9),), 0.1, 0.201, 0.23, 0.213)

    (found,) = splitting.parted([own])

    label, value = found.words
    assert (found.x0, found.y0, found.x1, found.y1) == (0.1, 0.201, 0.23, 0.213)
    assert (value.text, value.page, value.y0, value.x1, value.y1, value.score) == ("3-11-26", 2, 0.2, 0.23, 0.212, 0.9)
    assert (label.x0, label.x1, value.x0) == pytest.approx((0.1, 0.1 + 0.13 * 6 / 13, 0.1 + 0.13 * 6 / 13))


def columns(*texts: str, gap: float, space: float = 0.006, score: float = 1.0) -> Cell:
    """Labels in one cell, `gap` apart, the words of each `space` apart."""
    put, x0 = list[Word](), 0.1
    for text in texts:
        for part in text.split():
            put.append(Word(part, 0, x0, 0.2, x0 + 0.01 * len(part), 0.212, score))
            x0 = put[-1].x1 + space
        x0 += gap - space
    return Cell(tuple(put), 0.1, 0.201, put[-1].x1, 0.213)


@pytest.mark.parametrize(
    ("texts", "gap", "space", "are_apart"),
    [
        (("Ons nummer", "Factuurdatum"), 0.0079, 0.006, True),
        (("Ons nummer", "Factuurdatum"), 0.0075, 0.006, False),
        (("Ons nummer", "Factuurdatum"), 0.0105, 0.01, True),
        (("Ons nummer", "Factuurdatum"), 0.0095, 0.01, False),
        (("Ons nummer", "factuurdatum"), 0.01, 0.006, False),
        (("Ons nummer", "Zon", "Factuurdatum"), 0.01, 0.006, False),
        (("Factuurnummer", "Factuurdatum", "Montagedatum"), 0.01, 0.006, True),
        (("Factuurnummer", "Factuurdatum", "12"), 0.01, 0.006, False),
        (("Zon", "Factuurnummer", "Factuurdatum"), 0.01, 0.006, False),
        (("Datum montage", "Nummer"), 0.01, 0.006, True),
        (("Factuurnr", "Nummer"), 0.01, 0.006, True),
        (("Factuur", "datum"), 0.01, 0.006, False),
        (("Datum", "Montage"), 0.01, 0.006, False),
    ],
)
def test_labels_of_narrow_columns_are_parted(texts: tuple[str, ...], gap: float, space: float, are_apart: bool) -> None:
    own = columns(*texts, gap=gap, space=space)

    parts = splitting.parted([own])

    assert [part.text for part in parts] == (list(texts) if are_apart else [own.text])
    assert [(part.x0, part.y0, part.x1, part.y1) for part in parts] == [(part.words[0].x0, 0.201, part.words[-1].x1, 0.213) for part in parts]


@pytest.mark.parametrize(("texts", "count"), [(("Factuurnumrner", "Factuurdatum"), 2), (("Numer", "Factuurdatum"), 1)])
def test_labels_that_may_be_misread_are_parted_when_they_are_long_enough_to_be_known(texts: tuple[str, ...], count: int) -> None:
    assert len(splitting.parted([columns(*texts, gap=0.01, score=0.9)])) == count
