"""What on a page can be the number of a document, and what speaks for and against each."""

import pytest

from reviews.proofs.candidates import dates, numbers
from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell, words


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("12", True),
        ("1", False),
        ("A1", False),
        ("F-12", True),
        ("1" * 20, True),
        ("1" * 21, False),
        ("factuur", False),
        ("2026/0117", True),
        ("06-12345678", False),
        ("03-11-2026", False),
        ("3511AB", False),
        ("NL18ABNA0279856003", False),
        ("12,50", False),
    ],
)
def test_what_can_be_the_number_of_a_document(value: str, holds: bool) -> None:
    assert numbers.is_number(value) is holds


@pytest.mark.parametrize(
    ("text", "value", "count"),
    [
        ("2026-0117", "2026-0117", 1),
        ("(2026-0117):", "2026-0117", 1),
        ("F 2026 0117", "F20260117", 3),
        ("2026 0117 03-11-2026", "20260117", 2),
        ("2026-0117 3 november 2026", "2026-0117", 1),
        ("2026-0117-", "2026-0117", 1),
    ],
)
def test_a_number_ends_where_the_next_thing_begins(text: str, value: str, count: int) -> None:
    put = words(text)

    assert numbers.parse_number(put) == (value, put[:count])


@pytest.mark.parametrize("text", ["3 november 2026", "Utrecht", "1", "3511AB"])
def test_what_is_no_number_gives_none(text: str) -> None:
    assert numbers.parse_number(words(text)) is None


@pytest.mark.parametrize(
    ("said", "number"),
    [("nr. 0511967", "0511967"), ("factuur 2026-12", "2026-12"), ("Factuurnummer: nr 12", "12"), ("nota", "nota"), ("2026 12", "2026 12")],
)
def test_a_number_is_taken_without_the_words_that_announce_it(said: str, number: str) -> None:
    assert numbers.without_label(said) == number


def candidates_of(*cells: Cell) -> list[Candidate]:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    context = Context(every, find_mentions(every), Kind.FACTUUR, 0)
    return numbers.candidates(context, dates.find_dates(context))


def values(*cells: Cell) -> list[str]:
    return [one.value for one in candidates_of(*cells)]


def evidence(value: str, *cells: Cell) -> tuple[str, ...]:
    """Return what speaks for and against a number where it stands first."""
    return next(one for one in candidates_of(*cells) if one.value == value).evidence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FACTUUR 2026-0117", ["2026-0117"]),
        ("FACTUUR W B2026/563", ["WB2026/563"]),
        ("WERKBON B 2026-563", ["B2026-563"]),
        ("WERKBON Bij 2026-563", ["2026-563"]),
        ("Nummer 2026 0117", ["20260117", "2026"]),
        ("Nummer 2026-0117 en 2026-0118", ["2026-0117", "2026-0118"]),
        ("Nummer: NR.2025/448", ["2025/448"]),
        ("Goes, 3 november 2026", []),
        ("Datum 03-11-2026", []),
        ("3511 AB Utrecht", ["3511"]),
        ("Bel 06-12345678", []),
        ("Totaal 121,00", []),
        ("Utrecht", []),
    ],
)
def test_every_number_of_a_line_is_a_candidate_whole_and_by_its_first_part(text: str, found: list[str]) -> None:
    assert values(cell(text, 0.1, 0.2)) == found


def test_the_figures_of_a_date_are_a_number_only_behind_a_label_that_calls_them_one() -> None:
    assert values(cell("Factuurnummer: 2026-11-03", 0.1, 0.2)) == ["2026-11-03"]
    assert values(cell("Factuurnummer", 0.1, 0.2), cell("2026-11-03", 0.4, 0.2)) == ["2026-11-03"]
    assert values(cell("Factuurdatum: 2026-11-03", 0.1, 0.2)) == []
    assert values(cell("2026-11-03", 0.1, 0.2)) == []


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ((cell("Af: aanbetaling factuur 2026-001 € 1.000,00", 0.1, 0.2),), []),
        ((cell("Af: aanbetaling factuur 2026-001", 0.1, 0.2), cell("1.000,00", 0.6, 0.2)), []),
        ((cell("Nog te betalen factuur 2026-001 € 1.000,00", 0.1, 0.2),), []),
        ((cell("Aanbetaling factuur 2026-001", 0.1, 0.2),), ["2026-001"]),
        ((cell("Totaal factuur 2026-001 € 1.000,00", 0.1, 0.2),), ["2026-001"]),
    ],
)
def test_where_a_payment_is_taken_off_stands_the_number_of_another_paper(cells: tuple[Cell, ...], found: list[str]) -> None:
    assert values(*cells) == found


@pytest.mark.parametrize(
    ("cells", "relation"),
    [
        ((cell("FACTUUR 2026-0117", 0.1, 0.1),), "in:title:own"),
        ((cell("FACTUUR nr. 2026-0117", 0.1, 0.1),), "in:own_number"),
        ((cell("FACTUUR", 0.1, 0.1), cell("2026-0117", 0.4, 0.1)), "left:title:own"),
        ((cell("FACTUUR", 0.1, 0.1), cell("nr. 2026-0117", 0.4, 0.1)), "in:plain_number"),
        ((cell("FACTUUR", 0.1, 0.1), cell("no 2026-0117", 0.4, 0.1)), "in:plain_number"),
        ((cell("FACTUUR", 0.1, 0.1), cell("klant 2026-0117", 0.4, 0.1)), "in:customer"),
        ((cell("FACTUUR", 0.1, 0.1), cell("Utrecht", 0.4, 0.1), cell("2026-0117", 0.65, 0.1)), "left2:title:own"),
        ((cell("FACTUUR", 0.1, 0.1), cell("2026-0117", 0.1, 0.12)), "over:title:own"),
        ((cell("Betreft: factuur nr. 2026-0117", 0.1, 0.1),), "in:own_number"),
        ((cell("onder vermelding van factuurnummer 2026-0117", 0.1, 0.1),), "in:own_number"),
    ],
)
def test_what_announces_a_number_is_its_first_evidence(cells: tuple[Cell, ...], relation: str) -> None:
    assert evidence("2026-0117", *cells)[0] == relation


@pytest.mark.parametrize(
    ("text", "value", "form"),
    [
        ("12", "12", {"figures:2"}),
        ("123", "123", {"figures:3"}),
        ("1234", "1234", {"figures:4"}),
        ("12345", "12345", {"figures:12"}),
        ("1234567890123", "1234567890123", {"figures:20"}),
        ("F12", "F12", {"figures:2", "letters"}),
        ("FACT12", "FACT12", {"figures:2", "wordy"}),
        ("F-12", "F-12", {"figures:2", "letters", "parted"}),
        ("F 2025 0117", "F20250117", {"figures:12", "letters", "spaced"}),
        ("2026-0117", "2026-0117", {"figures:12", "parted", "year"}),
        ("260117", "260117", {"figures:12", "short year"}),
        ("F26.117", "F26.117", {"figures:12", "letters", "parted", "short year"}),
    ],
)
def test_what_a_number_looks_like_beside_the_years_of_the_document(text: str, value: str, form: set[str]) -> None:
    looks = {"wordy", "letters", "parted", "spaced", "year", "short year"}
    found = evidence(value, cell(text, 0.1, 0.2), cell("03-11-2026", 0.1, 0.4))

    assert {name for name in found if name in looks or name.startswith("figures:")} == form


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("20-117", {"alone"}),
        ("Zon 20-117", {"behind words"}),
        ("Nummer 20-117", set[str]()),
        ("* 20-117", set[str]()),
        ("20-117 screen 3511 AB", {"beside a postcode"}),
        ("20-117 screen 121,00", {"beside an amount"}),
        ("20-117 van 03-11-2026", {"beside a date"}),
        ("20-117 op NL18ABNA0279856003", {"beside an account"}),
        ("20-117 a b c d e f g", set[str]()),
        ("20-117 a b c d e f g h", {"in a sentence"}),
    ],
)
def test_what_stands_in_the_cell_of_a_number(text: str, company: set[str]) -> None:
    kinds = {
        "alone",
        "in a sentence",
        "beside a postcode",
        "beside an amount",
        "beside a date",
        "beside an account",
        "over a postcode",
        "behind words",
    }

    assert set(evidence("20-117", cell(text, 0.1, 0.2))) & kinds == company


def test_a_number_over_a_postcode_and_one_that_is_repeated_are_told() -> None:
    own, place = cell("Singel 20-117", 0.1, 0.2), cell("3511 AB Utrecht", 0.1, 0.22)

    assert "over a postcode" in evidence("20-117", own, place)
    assert "over a postcode" not in evidence("20-117", own, cell("Utrecht", 0.1, 0.22), cell("3511 AB", 0.1, 0.24))
    assert "repeated" in evidence("20-117", own, cell("20-117", 0.1, 0.5))
    assert "repeated" not in evidence("20-117", own, cell("20-118", 0.1, 0.5))


def test_where_a_number_stands_is_evidence_too() -> None:
    assert "page:later" in evidence("20-117", cell("Factuur", 0.1, 0.1), cell("20-117", 0.1, 0.2, page=1))
