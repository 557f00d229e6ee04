"""Which words are a label, and the places where its value may stand."""

import pytest

from reviews.proofs.evidence import labels
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.reading import Word
from tests.proofs.drawings import cell, words


def said(put: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in put)


def told(text: str, score: float = 1.0) -> tuple[Label, str, bool] | None:
    """Return the label of a cell, what follows it, and whether a colon parts them."""
    hits = labels.find_labels([cell(text, 0.1, 0.2, score=score)])
    return (hits[0].label, said(hits[0].rest), hits[0].colon) if hits else None


@pytest.mark.parametrize(
    ("text", "rest", "colon"),
    [
        ("Factuurnummer", "", False),
        ("Factuurnummer 12", "12", False),
        ("Factuur nummer 12", "12", False),
        ("Factuurnummer: 12", "12", True),
        ("Factuurnummer : 12", "12", True),
        ("Factuurnummer:12 a", "12 a", True),
        ("Fact.nr:12", "12", True),
        ("Factuurnummer:12:30", "12:30", True),
        ("Factuurnummer 10:30", "10:30", False),
        ("Factuurnummer:", "", True),
        ("Factuurnummer: : 12", "12", True),
        ("N° facture 12", "12", False),
        ("Factuurnummer: datum 12", "datum 12", True),
    ],
)
def test_a_label_is_told_apart_from_what_follows_it(text: str, rest: str, colon: bool) -> None:
    assert told(text) == (Label.INVOICE_NUMBER, rest, colon)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Datum uitvoering 3-11-2026", Label.WORK_DATE),
        ("Datum: uitvoering", Label.PLAIN_DATE),
        ("d a t u m 3-11-2026", Label.PLAIN_DATE),
        ("n u m m e r 12", None),
        ("Uw Factuurnummer", Label.INVOICE_NUMBER),
        ("Het Factuurnummer", None),
    ],
)
def test_the_longest_label_that_a_cell_starts_with_counts_up_to_five_words_and_a_colon(text: str, label: Label | None) -> None:
    found = told(text)

    assert (found[0] if found else None) is label


@pytest.mark.parametrize(("sign", "is_colon"), [(":", True), ("-", True), ("–", True), ("+", False)])
def test_behind_a_label_of_five_words_a_dash_is_as_good_as_a_colon(sign: str, is_colon: bool) -> None:
    assert told(f"d a t u m {sign} 12") == (Label.PLAIN_DATE, "12" if is_colon else f"{sign} 12", is_colon)


def test_a_word_that_holds_label_and_value_is_parted_where_the_colon_stands() -> None:
    (hit,) = labels.find_labels([Cell((Word("Datum:3-11-26", 2, 0.1, 0.2, 0.23, 0.212, 0.9),), 0.1, 0.2, 0.23, 0.212)])

    (value,) = hit.rest
    assert (value.text, value.page, value.y0, value.x1, value.y1, value.score) == ("3-11-26", 2, 0.2, 0.23, 0.212, 0.9)
    assert value.x0 == pytest.approx(0.1 + 0.13 * 6 / 13)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Factuurnumrner", Label.INVOICE_NUMBER),
        ("Numer", Label.PLAIN_NUMBER),
        ("Datm", None),
        ("Datumm", Label.PLAIN_DATE),
        ("Naamm", None),
        ("Factuur", None),
        ("Uiterlijke betaa1datum", Label.OTHER_DATE),
        ("Uiterlijke b3taa1datum", None),
        ("Faktoer", None),
    ],
)
def test_in_a_picture_a_longer_label_may_be_nearly_read(text: str, label: Label | None) -> None:
    found = told(text, score=0.9)

    assert (found[0] if found else None) is label
    assert told(text) is None


@pytest.mark.parametrize(
    ("text", "is_label"),
    [
        ("Nummer polis", False),
        ("Nummer: polis", True),
        ("Nummer 12", True),
        ("Nummer Polis 12", True),
        ("Nummer A12", True),
        ("Nummer", True),
        ("Factuurnummer vermelden bij betaling", False),
        ("Factuurnummer: vermelden bij betaling", True),
        ("Factuurnummer Vermelden bij betaling", True),
        ("Factuurnummer vermelden Bij betaling", True),
        ("Factuurnummer vermelden", True),
        ("Factuurnummer vermelden bij", False),
        ("Factuurnummer vermelden f12", True),
        ("Factuurnummer vermelden bij f12", False),
        ("Naam van der wal", True),
    ],
)
def test_a_sentence_or_a_longer_name_only_begins_like_a_label(text: str, is_label: bool) -> None:
    assert (told(text) is not None) is is_label


@pytest.mark.parametrize(
    ("head", "label", "dy", "page", "stays"),
    [
        ("Omschrijving", "Datum", 0.0071, 0, False),
        ("Omschrijving", "Datum", -0.0071, 0, False),
        ("Omschrijving", "Datum", 0.0073, 0, True),
        ("Omschrijving", "Datum", -0.0073, 0, True),
        ("Omschrijving", "Datum", 0.0, 1, True),
        ("Omschrijving", "Nummer", 0.0, 0, False),
        ("Omschrijving", "Factuurdatum", 0.0, 0, True),
        ("Omschrijving screen", "Datum", 0.0, 0, True),
        ("Betreft", "Datum", 0.0, 0, True),
    ],
)
def test_in_the_head_of_a_table_a_plain_label_is_that_of_a_line(head: str, label: str, dy: float, page: int, stays: bool) -> None:
    own = cell(label, 0.5, 0.2 + dy, page=page)

    assert any(hit.cell is own for hit in labels.find_labels([cell(head, 0.1, 0.2), own])) is stays


def test_the_taller_of_two_cells_says_how_far_a_line_reaches() -> None:
    own = Cell(words("Datum"), 0.5, 0.205, 0.55, 0.225)

    assert [hit.label for hit in labels.find_labels([cell("Aantal", 0.1, 0.2), own])] == [Label.TABLE]


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
        (("Datum montage", "Nummer"), 0.01, 0.006, True),
        (("Factuurnr", "Nummer"), 0.01, 0.006, True),
        (("Factuur", "datum"), 0.01, 0.006, False),
        (("Datum", "Montage"), 0.01, 0.006, False),
    ],
)
def test_labels_of_narrow_columns_are_parted(texts: tuple[str, ...], gap: float, space: float, are_apart: bool) -> None:
    own = columns(*texts, gap=gap, space=space)

    parts = labels.apart([own])

    assert [part.text for part in parts] == (list(texts) if are_apart else [own.text])
    assert [(part.x0, part.y0, part.x1, part.y1) for part in parts] == [(part.words[0].x0, 0.201, part.words[-1].x1, 0.213) for part in parts]


def test_labels_that_may_be_misread_are_not_parted() -> None:
    assert len(labels.apart([columns("Numer", "Factuurdatum", gap=0.01, score=0.9)])) == 1


LABEL = cell("Nummer", 0.1, 0.2)


def places(*cells: Cell, label: Cell = LABEL) -> list[str]:
    """Return what stands where the value of a label may stand, the likeliest first."""
    every = [label, *cells]
    hits = labels.find_labels(every)
    return [said(put) for put in labels.values(hits[0], hits, every)]


def test_a_value_stands_in_the_cell_or_beside_or_beneath_or_a_line_off() -> None:
    beside, second, under, lower = cell("b", 0.3, 0.2), cell("c", 0.4, 0.2), cell("d", 0.1, 0.22), cell("e", 0.1, 0.23)
    off, nearer, third = cell("f", 0.2, 0.219), cell("g", 0.2, 0.19), cell("h", 0.2, 0.178)

    assert places(third, off, nearer, lower, under, second, beside, label=cell("Nummer 12", 0.1, 0.2))[:3] == ["12", "b", "d"]
    assert places(third, off, nearer, lower, under, second, beside) == ["b", "d", "g", "f"]
    assert places() == []


def test_of_two_cells_a_line_off_as_near_the_left_one_comes_first() -> None:
    label = Cell(LABEL.words, 0.1, 0.25, LABEL.x1, 0.265625)
    right = Cell(words("a"), 0.25, 0.2265625, 0.26, 0.2421875)
    left = Cell(words("b"), 0.2, 0.2734375, 0.21, 0.2890625)

    assert places(right, left, label=label) == ["b", "a"]


def test_what_is_a_label_itself_is_no_value_unless_something_follows_in_it() -> None:
    beside, under, off = cell("Datum", 0.3, 0.2), cell("Datum", 0.1, 0.22), cell("Datum", 0.2, 0.18)

    assert places(beside, under, off) == []
    assert places(beside, cell("12", 0.4, 0.2)) == []
    assert places(cell("Datum 12", 0.3, 0.2), cell("Datum 13", 0.1, 0.22), cell("Datum 14", 0.2, 0.18)) == ["Datum 12", "Datum 13", "Datum 14"]


@pytest.mark.parametrize(("text", "value"), [(": 2026", "2026"), ("* : 2026 a", "2026 a"), ("2026 :", "2026 :")])
def test_what_stands_before_the_value_is_left_out(text: str, value: str) -> None:
    assert places(cell(text, 0.3, 0.2)) == [value]
    assert places(cell("*", 0.3, 0.2), cell(text, 0.4, 0.2)) == [value]
    assert places(label=cell("Nummer: *", 0.1, 0.2)) == ["*"]


@pytest.mark.parametrize(("height", "gap", "holds"), [(0.012, 0.449, True), (0.012, 0.451, False), (0.02, 0.74, True), (0.02, 0.745, False)])
def test_a_value_stands_no_further_than_half_a_page_or_some_ems(height: float, gap: float, holds: bool) -> None:
    label = Cell(LABEL.words, LABEL.x0, 0.2, LABEL.x1, 0.2 + height)

    assert places(cell("12", LABEL.x1 + gap, 0.2), label=label) == (["12"] if holds else [])


@pytest.mark.parametrize(
    ("dx", "dy", "page", "holds"),
    [
        (0.0, -0.0079, 0, True),
        (0.0, 0.0079, 0, True),
        (-0.001, -0.02, 0, False),
        (0.0, -0.0262, 0, True),
        (0.0, -0.0266, 0, False),
        (0.0, 0.0262, 0, True),
        (0.0, 0.0266, 0, False),
        (0.224, 0.02, 0, True),
        (0.226, 0.02, 0, False),
        (0.1, 0.02, 1, False),
    ],
)
def test_a_line_off_a_value_stands_closer(dx: float, dy: float, page: int, holds: bool) -> None:
    assert places(cell("12", LABEL.x1 + dx, 0.2 + dy, page=page)) == (["12"] if holds else [])


def test_the_first_value_that_can_be_parsed_counts() -> None:
    every = [LABEL, cell("a", 0.3, 0.2), cell("12", 0.1, 0.22), cell("13", 0.2, 0.18)]
    hits = labels.find_labels(every)

    assert labels.first_value(hits[0], hits, every, lambda put: (int(said(put)), put) if said(put).isdigit() else None) == (12, every[2].words)
    assert labels.first_value(hits[0], hits, every, lambda _: None) is None
