"""What the words around an amount call it."""

import pytest

from reviews.proofs.candidates import amount_labels
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import amount_words
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Totaal incl. btw", "inclusive"),
        ("Te betalen incl. btw €", "inclusive"),
        ("Factuurbedrag", "inclusive"),
        ("Total TTC", "inclusive"),
        ("Gesamtbetrag", "inclusive"),
        ("Totaal inci. btw", "inclusive"),
        ("Factuurbedrag incl. 21 btw", "inclusive"),
        ("Totaal  te   betalen", "inclusive"),
        ("Totaal incl. 21% btw 121,00", "inclusive"),
        ("Factuurbedrag 300,00", "inclusive"),
        ("Totaal", "plain"),
        ("TOTAAL, EUR", "plain"),
        ("Totaai", "plain"),
        ("Tctaal", "plain"),
        ("Te voldoen", "due"),
        ("Verschuldigd", "due"),
        ("Door u te betalen", "due"),
        ("Restant", "left"),
        ("Nog te betalen incl. btw", "left"),
        ("Nog te betalen 99,95", "left"),
        ("Totaal nog te voldoen na aanbetaling", "left"),
        ("Reeds betaald", "paid"),
        ("Reeds betaald totaal incl. btw", "paid"),
        ("Aanbetaling -21,05", "paid"),
        ("Totaal excl. btw", "net"),
        ("Subtotaal", "net"),
        ("Netto bedrag", "net"),
        ("Btw 21,00", "tax"),
        ("21% btw", "tax"),
        ("Waarvan btw", "tax"),
        ("Totaal opdracht incl. btw", "order"),
        ("Totaal van order", "order"),
        ("Korting", "price"),
        ("Prijs per stuk", "price"),
        ("Totaal van alles", "perhaps"),
        ("Montage", "words"),
        ("a b c d e f g totaal incl", "inclusive"),
        ("a b c d e f g h totaal incl", "sentence"),
        ("", ""),
        ("€", ""),
        ("EUR 121,00", ""),
        ("21%", ""),
    ],
)
def test_what_the_words_beside_an_amount_announce(text: str, called: str) -> None:
    assert amount_words.said(text) == called


def announced(own: Cell, *others: Cell, at: int = 0) -> list[str]:
    """Return what is said of the amount that is the word `at` of a cell."""
    every = sorted([own, *others], key=lambda one: (one.middle, one.x0))
    return amount_labels.announced(Span(own, at, at + 1), Context(every, find_mentions(every), Kind.FACTUUR, 0))


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("Totaal 121,00", 1, ["in:plain"]),
        ("Totaal incl. btw 121,00", 3, ["in:inclusive"]),
        ("121,00 incl. btw", 0, ["behind:inclusive"]),
        ("Totaal 121,00 waarvan btw", 1, ["in:plain", "behind:tax"]),
        ("€ 121,00", 1, []),
    ],
)
def test_an_amount_is_announced_in_its_cell(text: str, at: int, found: list[str]) -> None:
    assert announced(cell(text, 0.1, 0.2), at=at) == found


AMOUNT = cell("121,00", 0.6, 0.2)


def test_what_its_own_cell_announces_is_enough() -> None:
    assert announced(cell("Totaal 121,00", 0.5, 0.2), cell("Btw", 0.1, 0.2), at=1) == ["in:plain"]
    assert announced(cell("121,00 waarvan btw", 0.5, 0.2), cell("Totaal", 0.1, 0.2)) == ["behind:tax", "left:plain"]


def test_the_words_nearest_to_the_left_announce_it_and_how_many_cells_lie_between_is_told() -> None:
    assert announced(AMOUNT, cell("Btw", 0.1, 0.2), cell("Totaal", 0.3, 0.2)) == ["left:plain"]
    assert announced(AMOUNT, cell("Totaal", 0.1, 0.2), cell("100,00", 0.5, 0.2)) == ["left1:plain"]
    between = [cell(text, 0.3 + 0.1 * at, 0.2) for at, text in enumerate(("€", "1", "2"))]
    assert announced(AMOUNT, cell("Totaal", 0.1, 0.2), *between) == ["left2:plain"]


def test_the_words_over_an_amount_announce_it_in_one_line_or_two() -> None:
    assert announced(AMOUNT, cell("Totaal", 0.6, 0.18)) == ["over:plain"]
    assert announced(AMOUNT, cell("Totaal", 0.6, 0.16), cell("100,00", 0.6, 0.18)) == ["over1:plain"]
    assert announced(AMOUNT, cell("Totaal", 0.6, 0.16), cell("incl. btw", 0.6, 0.18)) == ["over:inclusive", "over both:inclusive"]
    assert announced(AMOUNT, cell("Btw", 0.6, 0.14), cell("100,00", 0.6, 0.16), cell("21,00", 0.6, 0.18)) == []


def test_the_words_beneath_count_where_none_stand_elsewhere() -> None:
    assert announced(AMOUNT, cell("Totaal", 0.6, 0.22)) == ["under:plain"]
    assert announced(AMOUNT, cell("Totaal", 0.6, 0.22), cell("Btw", 0.1, 0.2)) == ["left:tax"]
    assert announced(AMOUNT) == []


@pytest.mark.parametrize(
    ("lines", "dy", "found"),
    [
        (("Totaal", "incl. btw"), (-0.009, 0.009), ["stacked:inclusive"]),
        (("Totaal",), (-0.009,), ["aside:plain"]),
        (("Totaal",), (0.009,), ["aside:plain"]),
        (("Totaal",), (-0.019,), ["aside:plain"]),
        (("Totaal",), (-0.0195,), []),
        (("Totaal", "incl. btw"), (0.0, 0.015), ["left:plain", "joined:inclusive"]),
        (("Totaal", "incl. btw"), (-0.015, 0.0), ["left:inclusive", "joined:inclusive"]),
        (("Totaal", "5,00"), (0.0, 0.015), ["left:plain"]),
    ],
)
def test_two_lines_beside_an_amount_announce_it_together(lines: tuple[str, ...], dy: tuple[float, ...], found: list[str]) -> None:
    beside = [cell(text, 0.2, AMOUNT.y0 + shift) for text, shift in zip(lines, dy, strict=True)]

    assert announced(AMOUNT, *beside) == found


@pytest.mark.parametrize(("x0", "found"), [(0.1495, []), (0.1505, ["aside:plain"])])
def test_lines_at_the_other_side_of_the_page_are_not_beside_it(x0: float, found: list[str]) -> None:
    assert announced(AMOUNT, cell("Totaal", x0, 0.191)) == found
