"""What all candidates of a document share: names of labels by its kind, rows of goods, places on the page."""

import pytest

from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell, words


def context_of(*cells: Cell, kind: Kind = Kind.FACTUUR, first: int = 0) -> Context:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    return Context(every, find_mentions(every), kind, first)


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Factuurnummer", {Kind.FACTUUR: "own_number", Kind.WERKBON: "rival_number", Kind.OFFERTE: "invoice_number"}),
        ("Werkbonnummer", {Kind.FACTUUR: "rival_number", Kind.WERKBON: "own_number", Kind.OFFERTE: "work_number"}),
        ("Factuurdatum", {Kind.FACTUUR: "own_date", Kind.WERKBON: "rival_date", Kind.OFFERTE: "invoice_date"}),
        ("Werkbondatum", {Kind.FACTUUR: "rival_date", Kind.WERKBON: "own_date", Kind.OFFERTE: "form_date"}),
        ("Montagedatum", {Kind.FACTUUR: "done_date", Kind.WERKBON: "own_date", Kind.OFFERTE: "work_date"}),
        ("Datum", {Kind.FACTUUR: "plain_date", Kind.WERKBON: "plain_date", Kind.OFFERTE: "plain_date"}),
        ("FACTUUR", {Kind.FACTUUR: "title:own", Kind.WERKBON: "title:factuur", Kind.OFFERTE: "title:factuur"}),
        ("WERKBON", {Kind.FACTUUR: "title:werkbon", Kind.WERKBON: "title:own", Kind.OFFERTE: "title:werkbon"}),
    ],
)
def test_labels_are_called_by_what_they_are_to_the_kind_of_the_document(label: str, names: dict[Kind, str]) -> None:
    own = cell(f"{label} 12", 0.1, 0.2)

    found = {kind: context_of(own, kind=kind).relations(Span(own, 1, 2))[0] for kind in names}

    assert found == {kind: f"in:{name}" for kind, name in names.items()}


def test_what_stands_before_the_document_proper_is_no_evidence_but_is_kept() -> None:
    letter, own, later = cell("Factuurnummer 11", 0.1, 0.2), cell("Factuurnummer 12", 0.1, 0.2, page=1), cell("Betreft", 0.1, 0.2, page=2)

    context = context_of(letter, own, later, first=1)

    assert (context.every, context.cells) == ((letter, own, later), (own, later))
    assert [mention.cell for mention in context.announced] == [own, later]
    assert not context.around.mentions_in(letter)
    assert ("page:first" in context.places(own), "page:later" in context.places(later)) == (True, True)


HEAD = cell("Omschrijving", 0.1, 0.2)


@pytest.mark.parametrize(
    ("row", "is_goods"),
    [
        (("Screen", "121,00"), True),
        (("Screen",), True),
        (("2", "Screen 121,00", "Zip", "242,00"), True),
        (("Totaal", "121,00"), False),
        (("Subtotaal", "121,00"), False),
        (("Btw 21%", "21,00"), False),
        (("121,00",), False),
        (("Aanbetaling", "121,00"), False),
    ],
)
def test_beneath_the_head_of_a_table_a_row_with_words_that_announce_no_sum_is_one_of_goods(row: tuple[str, ...], is_goods: bool) -> None:
    cells = [cell(text, 0.1 + 0.2 * at, 0.25) for at, text in enumerate(row)]

    context = context_of(HEAD, *cells)

    assert [context.in_goods(one) for one in cells] == [is_goods] * len(row)
    assert [("goods" in context.places(one)) for one in cells] == [is_goods] * len(row)


def test_over_the_head_of_a_table_and_on_another_page_are_no_goods() -> None:
    over, elsewhere = cell("Screen", 0.1, 0.15), cell("Screen", 0.1, 0.25, page=1)
    context = context_of(HEAD, over, elsewhere)

    assert [context.in_goods(one) for one in (over, elsewhere, HEAD)] == [False, False, False]
    assert not context_of(over, elsewhere).in_goods(elsewhere)


@pytest.mark.parametrize(
    ("head", "dy", "page", "is_part"),
    [
        ("Omschrijving", 0.0071, 0, True),
        ("Omschrijving", -0.0071, 0, True),
        ("Omschrijving", 0.0073, 0, False),
        ("Omschrijving", -0.0073, 0, False),
        ("Omschrijving", 0.0, 1, False),
        ("Omschrijving screen", 0.0, 0, True),
        ("Betreft", 0.0, 0, False),
    ],
)
def test_a_label_in_the_line_of_the_head_of_a_table_is_part_of_it(head: str, dy: float, page: int, is_part: bool) -> None:
    own = cell("Datum", 0.5, 0.2 + dy, page=page)

    context = context_of(cell(head, 0.1, 0.2), own)

    assert context.is_head(own) is is_part
    assert ("head" in context.places(own)) is is_part


def test_the_taller_of_two_cells_says_how_far_a_line_reaches() -> None:
    own = Cell(words("Datum"), 0.5, 0.205, 0.55, 0.225)

    assert context_of(cell("Aantal", 0.1, 0.2), own).is_head(own)


@pytest.mark.parametrize(("height", "is_large"), [(0.0151, True), (0.0149, False)])
def test_what_is_higher_than_the_usual_text_of_its_page_is_large(height: float, is_large: bool) -> None:
    own = Cell(words("Screen"), 0.1, 0.1, 0.2, 0.1 + height)
    usual = [cell("Regel", 0.1, 0.2 + 0.02 * at) for at in range(3)]
    figures = [Cell(words("12"), 0.5, 0.2 + 0.02 * at, 0.6, 0.25 + 0.02 * at) for at in range(5)]

    assert ("large" in context_of(own, *usual, *figures).places(own)) is is_large


def test_a_page_of_nothing_but_short_words_has_a_usual_height_too() -> None:
    assert context_of(own := cell("12", 0.1, 0.1)).size(own) == 1.0
