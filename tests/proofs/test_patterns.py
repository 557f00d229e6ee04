"""Dates, amounts and postcodes are read as they are written here, and never guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.evidence import identifiers, patterns, totals
from reviews.proofs.evidence.totals import Rank


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


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("Totaal incl. btw", Rank.INCLUSIVE),
        ("Te betalen incl. btw €", Rank.INCLUSIVE),
        ("Factuurbedrag", Rank.INCLUSIVE),
        ("Total TTC", Rank.INCLUSIVE),
        ("Gesamtbetrag", Rank.INCLUSIVE),
        ("Totaal", Rank.PLAIN),
        ("Te voldoen", Rank.DUE),
        ("Nog te betalen incl. btw", Rank.LEFT),
        ("Totaal excl. btw", None),
        ("Inclusief 21% btw", None),
        ("Subtotaal", None),
        ("Reeds betaald", None),
        ("Totaal opdracht incl. btw", None),
        ("Montage", None),
    ],
)
def test_only_the_whole_total_is_called_so(text: str, rank: Rank | None) -> None:
    assert totals.rank_of(text) is rank


@given(st.text(max_size=200))
def test_no_text_breaks_the_search_for_marks_of_a_company(text: str) -> None:
    assert identifiers.find_identifiers([]).kvk == ()
    patterns.find_date(text)
    patterns.find_amounts(text)
    patterns.find_read_postcode(text)
    totals.rank_of(text)
