"""How a value stands to what announces values: in its cell, beside it, over it, in its block."""

import pytest

from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.candidates.relations import Span, Surroundings, relations
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import block, cell, words

LABEL = cell("Factuurnummer", 0.1, 0.2)
DATE = cell("Datum", 0.4, 0.2)


def around(*cells: Cell) -> Surroundings:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    return Surroundings(every, find_mentions(every))


def of_word(text: str, *others: Cell, says: str = "12") -> list[str]:
    """Return the relations of the first word of a line that says so."""
    own = cell(text, 0.1, 0.2)
    at = [word.text for word in own.words].index(says)
    return relations(Span(own, at, at + 1), around(own, *others))


def of_cell(own: Cell, *others: Cell) -> list[str]:
    return relations(Span(own, 0, len(own.words)), around(own, *others))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Factuurnummer 12", ["in:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer: : 12", ["in:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer is 12", ["in:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer * : 12 a", ["in:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer: datum 12", ["in:plain_date", "in2:invoice_number", "labelled:plain_date"]),
        ("Factuurnummer 11 datum 12", ["in:plain_date", "labelled:plain_date"]),
        ("Factuurnummer vermelden bij 12", ["after:invoice_number", "no label"]),
        ("Factuurnummer 11 12", ["past:invoice_number", "no label"]),
        ("12 datum", ["before:plain_date", "no label"]),
        ("Factuurnummer 12 datum", ["in:invoice_number", "before:plain_date", "labelled:invoice_number"]),
        ("Utrecht 12", ["no label"]),
    ],
)
def test_a_label_stands_before_a_value_in_its_cell(text: str, found: list[str]) -> None:
    assert of_word(text) == found


def test_behind_its_own_label_a_value_has_no_other_and_a_value_without_one_may_have() -> None:
    assert of_word("Factuurnummer 12", cell("Datum", 0.1, 0.18)) == ["in:invoice_number", "labelled:invoice_number", "heading:plain_date"]
    assert of_word("Utrecht 12", cell("Datum", 0.18, 0.18)) == ["over:plain_date", "labelled:plain_date"]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Factuurnummer", ["left:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer :", ["left:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer nr.", ["left:invoice_number", "labelled:invoice_number"]),
        ("Ons factuurnummer / datum", ["left:plain_date", "labelled:plain_date"]),
        ("Betaal het factuurnummer", ["left-phrase:invoice_number", "no label"]),
        ("Betaal het factuurnummer:", ["left:invoice_number", "labelled:invoice_number"]),
        ("Factuurnummer 12", ["left-valued:invoice_number", "no label"]),
        ("Utrecht", ["no label"]),
    ],
)
def test_a_label_stands_left_of_a_value(label: str, found: list[str]) -> None:
    left = cell(label, 0.1, 0.2)

    assert of_cell(cell("12", left.x1 + 0.2, 0.2), left) == found


def test_of_several_cells_to_the_left_the_nearest_counts_and_a_label_behind_what_is_none() -> None:
    value = cell("12", 0.6, 0.2)

    assert of_cell(value, LABEL, DATE)[0] == "left:plain_date"
    assert of_cell(value, LABEL, cell("*", 0.4, 0.2)) == ["left2:invoice_number", "no label"]
    assert of_cell(value, LABEL, cell("11", 0.4, 0.2)) == ["left2:invoice_number", "no label"]
    assert of_cell(value, cell("Factuurnummer 10", 0.1, 0.2), cell("11", 0.4, 0.2)) == ["no label"]


@pytest.mark.parametrize(("gap", "far"), [(0.02, []), (0.419, []), (0.421, ["far from its label"])])
def test_a_value_stands_close_to_its_label_or_too_far_to_be_seen(gap: float, far: list[str]) -> None:
    assert of_cell(cell("12", LABEL.x1 + gap, 0.2), LABEL) == ["left:invoice_number", *far, "labelled:invoice_number"]


@pytest.mark.parametrize(
    ("dx", "dy", "page", "height", "holds"),
    [
        (0.0, -0.0077, 0, 0.012, True),
        (0.0, 0.0077, 0, 0.012, True),
        (0.0, -0.0079, 0, 0.012, False),
        (0.0, 0.0079, 0, 0.012, False),
        (0.0, 0.008, 0, 0.02, True),
        (-0.0045, 0.0, 0, 0.012, True),
        (-0.0055, 0.0, 0, 0.012, False),
        (0.0, 0.0, 1, 0.012, False),
    ],
)
def test_what_stands_left_is_on_the_same_line_and_page(dx: float, dy: float, page: int, height: float, holds: bool) -> None:
    put = words("12", x0=LABEL.x1 + dx, page=page)
    own = Cell(put, put[0].x0, LABEL.middle + dy - height / 2, put[-1].x1, LABEL.middle + dy + height / 2)

    assert ("left:invoice_number" in of_cell(own, LABEL)) is holds


@pytest.mark.parametrize(
    ("dx", "dy", "page", "holds"),
    [
        (0.0, 0.02, 0, True),
        (0.0, 0.0955, 0, True),
        (0.0, 0.0965, 0, False),
        (0.0, 0.0079, 0, True),
        (0.0, 0.0077, 0, False),
        (0.1355, 0.02, 0, True),
        (0.1365, 0.02, 0, False),
        (-0.0255, 0.02, 0, True),
        (-0.0265, 0.02, 0, False),
        (0.0, -0.02, 0, False),
        (0.0, 0.02, 1, False),
    ],
)
def test_a_label_stands_over_a_value_within_a_few_lines(dx: float, dy: float, page: int, holds: bool) -> None:
    own = cell("12", LABEL.x0 + dx, LABEL.y0 + dy, page=page)

    assert ("over:invoice_number" in of_cell(own, LABEL)) is holds


def test_over_a_column_the_nearest_counts_and_the_one_over_that_is_told_as_well() -> None:
    head, value = cell("Factuurnummer", 0.1, 0.16), cell("11", 0.1, 0.18)

    assert of_cell(cell("12", 0.1, 0.2), head, value) == ["over2:invoice_number", "no label", "heading:invoice_number"]
    assert of_cell(cell("12", 0.1, 0.2), head, cell("Datum", 0.1, 0.18))[:2] == ["over:plain_date", "over2:invoice_number"]
    assert of_cell(cell("12", 0.1, 0.2), cell("Factuurnummer 10", 0.1, 0.18)) == ["no label"]


def test_a_word_within_a_line_stands_under_its_own_column() -> None:
    heads = cell("Factuurnummer", 0.1, 0.18), cell("Datum", 0.3, 0.18)

    assert of_word("Utrecht 12", *heads)[0] == "over:invoice_number"
    assert of_word("Utrecht in de Provincie 12", *heads)[0] == "over:plain_date"


def test_under_a_row_of_labels_the_nearest_is_that_of_a_value_between_them() -> None:
    heads = cell("Factuurnummer", 0.1, 0.18), cell("Datum", 0.5, 0.18)

    assert of_cell(cell("12", 0.3, 0.2), *heads) == ["over-near:invoice_number", "labelled:invoice_number"]
    assert of_cell(cell("12", 0.4, 0.2), *heads) == ["over-near:plain_date", "labelled:plain_date"]
    assert of_cell(cell("12", 0.3, 0.2), heads[0]) == ["no label"]
    assert of_cell(cell("12", 0.3, 0.2), heads[0], cell("Utrecht", 0.5, 0.18)) == ["no label"]


def test_beside_its_label_what_stands_over_a_value_only_stands_there_also() -> None:
    value = cell("12", 0.4, 0.2)

    assert of_cell(value, LABEL, cell("Datum", 0.4, 0.18)) == ["left:invoice_number", "also-over:plain_date", "labelled:invoice_number"]


def test_a_label_beneath_counts_where_none_stands_elsewhere() -> None:
    value = cell("12", 0.1, 0.2)

    assert of_cell(value, cell("Datum", 0.1, 0.22)) == ["below:plain_date", "no label"]
    assert of_cell(value, cell("Datum", 0.1, 0.235)) == ["no label"]
    assert of_cell(value, cell("Datum", 0.1, 0.22), cell("Factuurnummer", 0.1, 0.18))[0] == "over:invoice_number"


@pytest.mark.parametrize(
    ("lines", "step", "heading"),
    [
        (("Werkadres", "J. de Vries", "Oudegracht 12"), 0.02, "other_address"),
        (("Klant", "Werkadres", "J. de Vries"), 0.02, "other_address"),
        (("Werkadres:", "J. de Vries", "Oudegracht 12"), 0.041, "other_address"),
        (("Werkadres", "J. de Vries", "Oudegracht 12"), 0.0415, None),
        (("Werkadres Oudegracht", "J. de Vries", "12"), 0.02, None),
        (("Werkadres", *"abcdefg", "J. de Vries"), 0.02, "other_address"),
        (("Werkadres", *"abcdefgh", "J. de Vries"), 0.02, None),
    ],
)
def test_a_block_is_headed_by_the_nearest_line_that_is_a_label(lines: tuple[str, ...], step: float, heading: str | None) -> None:
    *others, own = block(*lines, step=step)

    assert [name for name in of_cell(own, *others) if name.startswith("heading:")] == ([f"heading:{heading}"] if heading else [])


@pytest.mark.parametrize(("shift", "is_headed"), [(0.0115, True), (-0.0115, True), (0.0125, False), (-0.0125, False)])
def test_lines_of_a_block_start_at_the_same_edge(shift: float, is_headed: bool) -> None:
    others = block("Zeist", "Werkadres", y0=0.16)
    own = cell("J. de Vries", others[-1].x0 + shift, 0.2)

    assert ("heading:other_address" in of_cell(own, *others)) is is_headed


def test_beside_its_label_a_value_is_headed_by_the_block_of_the_label() -> None:
    heading, label = block("Werkadres", "Postcode")

    assert of_cell(cell("12", 0.3, 0.22), heading, label)[-1] == "heading:other_address"


def test_a_cell_is_the_head_of_others_when_it_says_nothing_but_labels_and_fillers() -> None:
    cells = [cell(text, 0.1, 0.1 * at) for at, text in enumerate(("Factuurnummer", "Factuurnummer :", "Datum / nummer", "Datum van uitgifte", "12"))]
    placed = around(*cells)

    assert [head.name if (head := placed.heads(one)) else None for one in cells] == ["invoice_number", "invoice_number", "plain_number", None, None]


def test_a_part_of_a_cell_leads_when_only_signs_stand_before_it() -> None:
    own = cell("* - 12 13", 0.1, 0.2)

    assert [Span(own, at, at + 1).leads for at in (2, 3)] == [True, False]
    assert (Span(own, 2, 4).x0, Span(own, 2, 4).x1) == (own.words[2].x0, own.x1)
