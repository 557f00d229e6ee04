"""Which amount is the total, where several are called so or none is."""

from decimal import Decimal

import pytest

from reviews.proofs.evidence import totals
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.totals import Rank
from tests.proofs.drawings import cell


def stack(*lines: str) -> list[Cell]:
    return [cell(line, 0.1, 0.1 + 0.1 * row) for row, line in enumerate(lines)]


def total_of(*lines: str) -> tuple[str, bool, bool, bool] | None:
    """Return the total, and whether it closes, has rivals and was added up."""
    found = totals.find_total(stack(*lines))
    return (found.value, found.closed, found.rivals, found.added_up) if found else None


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (("Totaal incl. btw 121,00",), ("121.00", False, False, False)),
        (("Totaal incl. btw 2 121,00 242,00",), ("242.00", False, False, False)),
        (("Totaal incl. 21% btw 121,00",), ("121.00", False, False, False)),
        (("Totaal incl. btw 121,00", "Btw 21,00"), ("121.00", True, False, False)),
        (("Totaal 100,00", "Totaal incl. btw 121,00"), ("121.00", True, False, False)),
        (("Totaal incl. btw 121,00", "Totaal incl. btw 131,00"), ("131.00", False, True, False)),
        (("Totaal incl. btw 131,00", "Totaal incl. btw 121,00"), ("121.00", False, True, False)),
        (("Totaal incl. btw 121,00", "Totaal incl. btw 121,00"), ("121.00", False, False, False)),
        (("Totaal incl. btw 121,00", "Totaal incl. btw -121,00"), ("-121.00", False, False, False)),
        (("Totaal 131,00", "Totaal 121,00"), ("131.00", False, True, False)),
        (("Totaal 131,00", "Te betalen 141,00"), ("141.00", False, True, False)),
        (("Te betalen 141,00", "Totaal 131,00"), ("141.00", False, True, False)),
        (("Totaal incl. btw 242,00", "Totaal incl. btw 121,00", "Btw 21,00"), ("121.00", True, False, False)),
        (("Totaal incl. btw 242,00", "Totaal incl. btw 121,00", "Btw 21,00", "Btw 42,00"), ("242.00", True, False, False)),
        (("Totaal incl. btw 121,00", "Aanbetaling -21,05", "Totaal incl. btw 99,95"), ("121.00", False, False, False)),
        (("Totaal incl. btw 121,00", "Nog te betalen 99,95", "Totaal incl. btw 99,95"), ("121.00", False, False, False)),
        (("Totaal incl. btw 131,00", "Voldaan binnen 14 dagen", "Totaal incl. btw 121,00"), ("121.00", False, True, False)),
        (("Totaal incl. btw 131,00", "Voldaan termijn 14 dagen", "Totaal incl. btw 121,00"), ("121.00", False, True, False)),
        (("Totaal incl. btw 131,00", "a b c d e f g h i j k voldaan", "Totaal incl. btw 121,00"), ("131.00", False, False, False)),
        (("Totaal incl. btw 131,00", "a b c d e f g h i j k l voldaan", "Totaal incl. btw 121,00"), ("121.00", False, True, False)),
        (("Factuurbedrag 300,00", "Totaal incl. btw 1.000,00"), ("300.00", False, True, False)),
        (("Factuurbedrag 300,00", "Factuurbedrag 200,00", "Totaal incl. btw 1.000,00"), ("200.00", False, True, False)),
        (("Factuurbedrag 242,00", "Factuurbedrag 121,00", "Btw 21,00", "Btw 42,00"), ("121.00", True, False, False)),
        (("Nog te betalen 99,95",), ("99.95", False, False, False)),
        (("Totaal excl. btw 100,00",), None),
        (("Totaal incl. btw",), None),
        (("Totaal in eur a b c d e f g 121,00",), None),
        (("Te betalen a b c d e f g h incl 121,00",), ("121.00", False, False, False)),
        (("Te betalen a b c d e f g h i j incl 121,00",), None),
        (("100,00", "21,00", "121,00"), ("121.00", True, False, True)),
        (("100,00", "-21,00", "121,00"), ("121.00", True, False, True)),
        (("100,00", "21,01", "121,01"), ("121.01", True, False, True)),
        (("100,00", "21,02", "121,02"), None),
        (("100,00", "21,00", "121,00", "200,00", "42,00", "242,00"), None),
        (("100,00", "21,00"), None),
        ((), None),
    ],
)
def test_the_total_of_a_page(lines: tuple[str, ...], total: tuple[str, bool, bool, bool] | None) -> None:
    assert total_of(*lines) == total


def test_an_amount_that_was_added_up_stands_where_it_is_written_last() -> None:
    cells = stack("100,00", "121,00", "21,00", "121,00", "9,99")

    found = totals.find_total(cells)

    assert found is not None
    assert found.words == cells[3].words
    assert found.words is cells[3].words


def test_the_amount_stands_beside_its_label_the_last_of_the_line_or_beneath_it() -> None:
    label, near, far, under = cell("Te betalen", 0.1, 0.1), cell("100,00", 0.4, 0.1), cell("5,00 121,00", 0.7, 0.1), cell("5,00 131,00", 0.1, 0.12)

    beside = totals.find_total([label, near, far, under])
    beneath = totals.find_total([label, cell("EUR", 0.7, 0.1), under])
    assert beside is not None
    assert beneath is not None
    assert ((beside.value, beside.words), (beneath.value, beneath.words)) == (("121.00", far.words), ("131.00", under.words))
    assert totals.find_total([label, cell("EUR", 0.1, 0.12), cell("131,00", 0.1, 0.135)]) is None
    assert totals.find_total([cell("Totaal", 0.1, 0.1), under]) is None


@pytest.mark.parametrize(
    ("total", "others", "holds"),
    [
        ("121", ("21",), True),
        ("109", ("9",), True),
        ("106", ("6",), True),
        ("112", ("12",), True),
        ("119", ("19",), True),
        ("120", ("20",), True),
        ("107", ("7",), True),
        ("105.50", ("5.50",), True),
        ("-121", ("-21",), True),
        ("121", ("100",), True),
        ("121", ("100.01",), True),
        ("121", ("99.99",), True),
        ("121", ("100.02",), False),
        ("121", ("99.98",), False),
        ("121", ("21.01",), False),
        ("121", ("121",), False),
        ("0", ("0",), False),
        ("121", ("8", "113"), False),
        ("121", ("36", "85"), False),
        ("121", (), False),
    ],
)
def test_a_total_closes_with_its_btw_or_with_what_it_is_without(total: str, others: tuple[str, ...], holds: bool) -> None:
    assert totals.closes(Decimal(total), [Decimal(other) for other in others]) is holds


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("", None),
        ("€", None),
        ("TOTAAL, EUR", Rank.PLAIN),
        ("Totaai", Rank.PLAIN),
        ("Tctaal", Rank.PLAIN),
        ("Totaal inci. btw", Rank.INCLUSIVE),
        ("Factuurbedrag incl. 21 btw", Rank.INCLUSIVE),
        ("Totaal  te   betalen", Rank.INCLUSIVE),
        ("Restant", Rank.LEFT),
        ("Reeds betaald totaal incl. btw", Rank.LEFT),
        ("Verschuldigd", Rank.DUE),
        ("Totaal van order", None),
    ],
)
def test_what_the_words_before_an_amount_announce(text: str, rank: Rank | None) -> None:
    assert totals.rank_of(text) is rank
