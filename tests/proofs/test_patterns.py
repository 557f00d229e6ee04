"""Dates, amounts and postcodes are read as they are written here, and never guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.evidence import amount_words, identifiers, patterns


@pytest.mark.parametrize("written", ["3-11-2026", "03/11/26", "3 november 2026", "03.11.2026", "3 nov. '26", "2026-11-03", "Goes, 3 november 2026"])
def test_a_date_reads_day_month_year(written: str) -> None:
    assert patterns.find_date(written) == date(2026, 11, 3)


@pytest.mark.parametrize("written", ["31-02-2026", "13/13/2026", "06-12345678", "NL18ABNA0279856003", "1.234,56", "12-3456", ""])
def test_what_is_no_date_is_none(written: str) -> None:
    assert patterns.find_date(written) is None


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_survives_being_written(day: date) -> None:
    assert patterns.find_date(f"{day.day}-{day.month}-{day.year}") == day


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.000,00-", "-1000.00"),
        ("- € 420,00", "-420.00"),
        ("€ 1.250", "1250.00"),
        ("1,234.56", "1234.56"),
        ("EUR1234.56", "1234.56"),
        ("66.,30", "66.30"),
        ("€ 1.234,56", "1234.56"),
        ("155,-", "155.00"),
        ("€69.82", "69.82"),
        ("EUR 1 234,56", "1234.56"),
        ("-12,00", "-12.00"),
        ("2770,00", "2770.00"),
    ],
)
def test_an_amount_is_read_to_the_cent(written: str, amount: str) -> None:
    assert patterns.find_amounts(written) == [Decimal(amount)]


@pytest.mark.parametrize("written", ["21%", "2026-0117", "3 x 4 m", "06-12345678"])
def test_what_is_no_amount_is_not_taken_for_one(written: str) -> None:
    assert patterns.find_amounts(written) == []


@given(st.decimals(0, 99999, places=2))
def test_every_amount_survives_being_written(amount: Decimal) -> None:
    written = f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")

    assert patterns.find_amounts(f"€ {written}") == [amount]


@pytest.mark.parametrize(
    ("written", "postcode"), [("3511 AB Utrecht", "3511AB"), ("3511AB", "3511AB"), ("0511 AB", None), ("3511 SS", None), ("3511 Abc", None)]
)
def test_a_postcode_is_four_figures_and_two_letters(written: str, postcode: str | None) -> None:
    assert patterns.find_postcode(written) == postcode


@given(st.text(max_size=200))
def test_no_text_breaks_the_search_for_marks_of_a_company(text: str) -> None:
    assert identifiers.find_identifiers([]).kvk == ()
    patterns.find_date(text)
    patterns.find_amounts(text)
    patterns.find_read_postcode(text)
    amount_words.said(text)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("3-11-2026 2026-03-12", date(2026, 3, 12)),
        ("2026-13-01 3-11-2026", date(2026, 11, 3)),
        ("31-02-2026 3-11-2026", date(2026, 11, 3)),
        ("31 februari 2026 3 november 2026", date(2026, 11, 3)),
        ("3e NOVEMBER 2026", date(2026, 11, 3)),
        ("3 août 26", date(2026, 8, 3)),
        ("3 zomer 2026", None),
        ("3-11-1926", date(1926, 11, 3)),
        ("3-11-00", date(2000, 11, 3)),
    ],
)
def test_of_several_dates_the_first_that_exists_counts(written: str, day: date | None) -> None:
    assert patterns.find_date(written) == day


@pytest.mark.parametrize(
    ("written", "amounts"),
    [
        ("−12,00", ["-12.00"]),
        ("- EUR 12,00", ["-12.00"]),
        ("12,00 -", ["-12.00"]),
        ("12,00- 13,00", ["-12.00", "13.00"]),
        ("1.234.567,89", ["1234567.89"]),
        ("1'234,56", ["1234.56"]),
        ("1’234,56", ["1234.56"]),
        ("69·82", ["69.82"]),
        ("155,--", ["155.00"]),
        ("155,—", ["155.00"]),
        ("155,=", ["155.00"]),
        ("-155,-", ["-155.00"]),
        ("€ 0", ["0.00"]),
        ("€ 1.234.567", ["1234567.00"]),
        ("123456789,00", ["123456789.00"]),
        ("1234567890,00", []),
        ("100,00 21,00 121,00", ["100.00", "21.00", "121.00"]),
        ("21,00%", []),
    ],
)
def test_amounts_in_all_their_forms(written: str, amounts: list[str]) -> None:
    assert [str(amount) for amount in patterns.find_amounts(written)] == amounts


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("Totaal 121,00 euro", [("121,00", "121.00")]),
        ("Totaal  -12,00", [("-12,00", "-12.00")]),
        ("Totaal −12,00", [("−12,00", "-12.00")]),
        ("Totaal 12,00 - euro", [("12,00 -", "-12.00")]),
        ("Totaal - € 12,00", [("12,00", "-12.00")]),
        ("Totaal -€12", [("12", "-12.00")]),
        ("Totaal - EUR 12,00", [("12,00", "-12.00")]),
        ("Totaal −€ 12,00", [("12,00", "-12.00")]),
        ("- € -12,00", [("-12,00", "-12.00")]),
        ("2025 - 12,00 € 13,00", [("- 12,00", "-12.00"), ("13,00", "13.00")]),
        ("€ 12,00 - € 13,00", [("12,00 -", "-12.00"), ("13,00", "-13.00")]),
        ("21,00% van 100,00", [("100,00", "100.00")]),
    ],
)
def test_an_amount_is_placed_without_its_currency_and_negative_by_a_minus_at_either_side(written: str, places: list[tuple[str, str]]) -> None:
    assert [(written[first:last], str(amount)) for first, last, amount in patterns.place_amounts(written)] == places


def test_a_text_without_its_amounts_keeps_its_words_apart() -> None:
    assert patterns.without_amounts("Totaal 121,00btw 21%") == "Totaal  btw 21%"
    assert patterns.without_amounts("Totaal € 121,00 btw -21,00") == "Totaal €  btw  "


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("€ 12", "EUR"),
        ("12 eur", "EUR"),
        ("12 Euro", "EUR"),
        ("$ 12", "USD"),
        ("12 usd", "USD"),
        ("£ 12", "GBP"),
        ("12 gbp", "GBP"),
        ("CHF 12", "CHF"),
        ("12 CHF of € 11", "CHF"),
        ("€ 11 of 12 CHF", "EUR"),
        ("Europa 12", None),
    ],
)
def test_the_first_currency_that_is_named_counts(text: str, code: str | None) -> None:
    assert patterns.find_currency(text) == code


@pytest.mark.parametrize("never", ["SA", "SD", "SS"])
def test_letters_that_are_never_issued_make_no_postcode(never: str) -> None:
    assert patterns.find_postcode(f"3511 {never}") is None
    assert patterns.find_postcode(f"3511 {never} 1012 AB") == "1012AB"


@pytest.mark.parametrize(
    ("written", "postcode"),
    [
        ("3511 AB", "3511AB"),
        ("3511. AB", "3511AB"),
        ("3511,AB", "3511AB"),
        ("35l1 AB", "3511AB"),
        ("35I1 AB", "3511AB"),
        ("351O AB", "3510AB"),
        ("35oB AB", "3508AB"),
        ("3511 A8", "3511AB"),
        ("3511 0S", "3511OS"),
        ("3511 1b", None),
        ("3511 5A", "3511SA"),
        ("3511 A7", None),
        ("3511 ab", None),
        ("3511 12", None),
        ("3S11 AB", None),
        ("3511 12 1O12 AB", "1012AB"),
        ("geen", None),
    ],
)
def test_in_a_picture_figures_and_letters_of_a_postcode_may_have_changed_places(written: str, postcode: str | None) -> None:
    assert patterns.find_read_postcode(written) == postcode


def test_text_is_compared_without_case_accents_and_signs() -> None:
    assert patterns.folded("ŁÓDŹ Ørsted ı") == "lodz orsted i"
    assert patterns.compact("  Nr. 12-é/B ") == "nr12eb"
