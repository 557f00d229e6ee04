"""All amounts of a page may be the total; what is said of each and whether they add up is the evidence."""

from decimal import Decimal

import pytest

from reviews.proofs.candidates import totals
from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell

RECKONED = {
    *("largest", "second", "closes", "another closes", "largest that closes", "below one that closes", "net and btw"),
    *("what is left of a whole", "before what was paid", "repeated", "negative", "zero"),
}


def candidates_of(*cells: Cell) -> list[Candidate]:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    return totals.candidates(Context(every, find_mentions(every), Kind.FACTUUR, 0))


def stack(*lines: str) -> list[Candidate]:
    return candidates_of(*(cell(line, 0.1, 0.1 + 0.1 * row) for row, line in enumerate(lines)))


def evidence(value: str, *lines: str) -> set[str]:
    """Return what speaks for and against an amount where it stands first."""
    return set(next(one for one in stack(*lines) if one.value == value).evidence)


def reckoned(value: str, *lines: str) -> set[str]:
    return evidence(value, *lines) & RECKONED


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (("Totaal incl. btw 121,00", "Btw 21,00"), ["121.00", "21.00"]),
        (("Totaal incl. btw 2 x 121,00 242,00",), ["121.00", "242.00"]),
        (("Totaal incl. 21% btw 121,00",), ["121.00"]),
        (("Totaal incl. btw -121,00",), ["-121.00"]),
        (("Totaal - € 121,00",), ["-121.00"]),
        (("Totaal incl. btw 121,00", "Totaal incl. btw 121,00"), ["121.00", "121.00"]),
        (("Totaal € 121",), ["121.00"]),
        (("Totaal opdracht 1.000,00", "Totaal 121,00"), ["121.00"]),
        (("Factuur 2026-0117",), []),
        ((), []),
    ],
)
def test_every_amount_but_what_an_order_comes_to_is_a_candidate(lines: tuple[str, ...], values: list[str]) -> None:
    assert [one.value for one in stack(*lines)] == values


def test_an_order_may_be_named_left_of_its_amount_as_well() -> None:
    assert candidates_of(cell("Opdracht", 0.1, 0.1), cell("1.000,00", 0.5, 0.1)) == []
    assert [one.value for one in candidates_of(cell("Opdracht", 0.5, 0.08), cell("1.000,00", 0.5, 0.1))] == ["1000.00"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Totaal 121,00 euro", "121,00"),
        ("Totaal € 1 234,56 euro", "1 234,56"),
        ("Totaal 12,00 - euro", "12,00 -"),
        ("Totaal €121,00", "€121,00"),
        ("Totaal - € 121,00", "121,00"),
    ],
)
def test_an_amount_stands_in_the_words_that_say_it(text: str, said: str) -> None:
    (found,) = stack(text)

    assert " ".join(word.text for word in found.words) == said


def test_what_amounts_are_called_is_evidence() -> None:
    assert "in:inclusive" in evidence("121.00", "Totaal incl. btw 121,00", "Btw 21,00")
    assert "in:tax" in evidence("21.00", "Totaal incl. btw 121,00", "Btw 21,00")


@pytest.mark.parametrize(
    ("value", "lines", "found"),
    [
        ("121.00", ("121,00",), {"largest"}),
        ("121.00", ("100,00", "21,00", "121,00"), {"largest", "closes", "largest that closes", "net and btw"}),
        ("100.00", ("100,00", "21,00", "121,00"), {"second", "another closes", "below one that closes"}),
        ("21.00", ("100,00", "21,00", "121,00"), {"another closes", "below one that closes"}),
        ("121.00", ("100,00", "-21,00", "121,00"), {"largest", "closes", "largest that closes", "net and btw"}),
        ("-21.00", ("100,00", "-21,00", "121,00"), {"another closes", "below one that closes", "negative"}),
        ("121.00", ("121,00", "21,00"), {"largest", "closes", "largest that closes"}),
        ("121.00", ("242,00", "121,00", "21,00"), {"second", "closes", "largest that closes"}),
        ("242.00", ("242,00", "121,00", "21,00"), {"largest", "another closes"}),
        ("121.00", ("242,00", "121,00", "21,00", "42,00"), {"second", "closes", "below one that closes"}),
        ("121.01", ("100,00", "21,01", "121,01"), {"largest", "closes", "largest that closes", "net and btw"}),
        ("121.02", ("100,00", "21,02", "121,02"), {"largest", "closes", "largest that closes", "net and btw"}),
        ("121.03", ("100,00", "21,03", "121,03"), {"largest"}),
        ("121.00", ("131,00", "121,00", "121,00"), {"second", "repeated"}),
        ("0.00", ("121,00", "0,00"), {"second", "zero"}),
        ("-121.00", ("121,00", "-121,00"), {"largest", "repeated", "negative"}),
    ],
)
def test_what_arithmetic_says_of_an_amount(value: str, lines: tuple[str, ...], found: set[str]) -> None:
    assert reckoned(value, *lines) == found


def test_what_was_paid_tells_the_whole_from_what_is_left_of_it() -> None:
    lines = ("Totaal incl. btw 200,00", "Aanbetaling -50,00", "Nog te betalen 150,00")

    assert reckoned("200.00", *lines) == {"largest", "before what was paid"}
    assert reckoned("150.00", *lines) == {"second", "what is left of a whole"}
    assert reckoned("150.00", "Totaal incl. btw 200,00", "Korting -50,00", "Nog te betalen 150,00") == {"second"}


def test_where_an_amount_stands_is_evidence_too() -> None:
    label, near, last, lower = cell("Te betalen", 0.1, 0.1), cell("100,00", 0.4, 0.1), cell("5,00 121,00", 0.7, 0.104), cell("1,00", 0.1, 0.2)

    found = {one.value: set(one.evidence) & {"row:1", "row:2", "row:3", "row:4", "lowest"} for one in candidates_of(label, near, last, lower)}

    assert found == {"100.00": {"row:3"}, "5.00": {"row:3"}, "121.00": {"row:3"}, "1.00": {"row:1", "lowest"}}
    assert "row:4" in evidence("1.00", "1,00 x 2,00 x 3,00 x 4,00 x 5,00")


@pytest.mark.parametrize(("text", "is_sentence"), [("a b c d e f g 121,00", False), ("a b c d e f g h 121,00", True)])
def test_running_text_is_told_from_a_line(text: str, is_sentence: bool) -> None:
    assert ("in a sentence" in evidence("121.00", text)) is is_sentence


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
        ("121", ("99.98", "21.02"), True),
        ("121", ("99.97", "21.03"), False),
        ("121", ("21.01",), False),
        ("121", ("121",), False),
        ("0", ("0",), False),
        ("121", ("8", "113"), False),
        ("121", ("36", "85"), False),
        ("121", (), False),
    ],
)
def test_a_total_closes_with_its_btw_or_with_what_it_is_without(total: str, others: tuple[str, ...], holds: bool) -> None:
    assert totals.closes(Decimal(total), {abs(Decimal(other)) for other in others}) is holds
