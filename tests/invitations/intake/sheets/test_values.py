"""What a cell means: dates as Dutch people and programs write them, amounts, texts; and what is refused instead of guessed."""

from datetime import UTC, date, datetime, time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.invitations.intake.sheets import csv_text, values
from reviews.invitations.intake.sheets.values import Cell, CellError, Order, Unread


@pytest.mark.parametrize(
    ("cell", "order", "moment"),
    [
        ("2026-11-20", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-11-20T15:30:00+01:00", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20 15:30:05.123Z", None, datetime(2026, 11, 20, 15, 30, 5, tzinfo=UTC)),
        ("20-11-2026", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("11/20/2026", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("20.11.2026 15:30", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("03-03-2026", None, datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ("03-04-2026", "day-month", datetime(2026, 4, 2, 22, tzinfo=UTC)),
        ("03-04-2026", "month-day", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("3 april 2026", None, datetime(2026, 4, 2, 22, tzinfo=UTC)),
        ("vrijdag 20 nov. 2026 om 9.05 uur", None, datetime(2026, 11, 20, 8, 5, tzinfo=UTC)),
        ("20-mrt-2026", None, datetime(2026, 3, 19, 23, tzinfo=UTC)),
        ("20261120", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("46346", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("46346,6458333333", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        (46346.6458333333, None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        (46346, None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        (date(2026, 11, 20), None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, 30), None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),  # noqa: DTZ001 - as Excel has it
        ("2026-11-20 15:30:00+01", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20 15:30:00.123456-05", None, datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("2026-11-20 15:30+05:30", None, datetime(2026, 11, 20, 10, 0, tzinfo=UTC)),
        ("11/20/2026 3:30 PM", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("11/20/2026 12:05:10 am", None, datetime(2026, 11, 19, 23, 5, 10, tzinfo=UTC)),
        ("20-11-2026 12:00 p.m.", None, datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ("11/20/2026, 3:30:00\u202fPM", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("11/20/2026 3 PM", None, datetime(2026, 11, 20, 14, tzinfo=UTC)),
        ("Nov 20, 2026", None, datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("November 20th, 2026 at 3:30 PM", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 15:30:00 +0100", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("Fri Nov 20 2026 15:30:00 GMT+0100 (CET)", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20 14:30:00 UTC", None, datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("5 de\u0301cembre 2026", None, datetime(2026, 12, 4, 23, tzinfo=UTC)),
        ("1er aou\u0302t 2026", None, datetime(2026, 7, 31, 22, tzinfo=UTC)),
        ("3. Ma\u0308rz 2026 um 9:05 Uhr", None, datetime(2026, 3, 3, 8, 5, tzinfo=UTC)),
        ("12 fe\u0301vrier 2026", None, datetime(2026, 2, 11, 23, tzinfo=UTC)),
        ("2026-10-25 02:30", None, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_moment_is_read_as_it_is_written(cell: Cell, order: Order | None, moment: datetime | None) -> None:
    assert values.moment_of(cell, order) == moment


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("03-04-2026", "ambiguous_date"),
        ("31-02-2026", "not_a_date"),
        ("13-13-2026", "not_a_date"),
        ("20-11-26", "short_year"),
        ("2026-03-29 02:30", "skipped_hour"),
        ("2026-11-20 25:00", "not_a_date"),
        ("gisteren", "not_a_date"),
        ("20-11-2026 15", "not_a_date"),
        ("20-11-2026 15:30 PM", "not_a_date"),
        ("20-11-2026 0:30 PM", "not_a_date"),
        ("2026-11-20 15:30+25", "not_a_date"),
        ("03/04/2026 3:30 PM", "ambiguous_date"),
        ("0001-01-01", "not_a_date"),
        ("9999-12-31", "not_a_date"),
        ("0001-01-01 00:00+05", "not_a_date"),
        ("Smarch 20, 2026", "not_a_date"),
        ("12", "not_a_date"),
        (12, "not_a_date"),
        (float("inf"), "not_a_date"),
        (float("nan"), "not_a_date"),
        (True, "not_a_date"),
        (time(12), "not_a_date"),
        (Unread.FORMULA, "formula"),
        ("=TODAY()", "formula"),
        ("9" * 400, "not_a_date"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_reason(cell: Cell, code: str) -> None:
    with pytest.raises(CellError) as problem:
        values.moment_of(cell, None)

    assert problem.value.code == code


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("20-11-2026", "day-month"),
        ("11/20/2026", "month-day"),
        ("13-12-2026", "day-month"),
        ("12/13/2026", "month-day"),
        ("12-05-2026", None),
        ("05-12-2026", None),
        ("12-12-2026", None),
        ("13-13-2026", None),
        ("03-04-2026", None),
        ("2026-11-20", None),
        ("99-99-2026", None),
        (46346, None),
    ],
)
def test_a_date_tells_its_order_only_where_it_can_have_no_other(cell: Cell, order: Order | None) -> None:
    assert values.order_told_by(cell) == order


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.234,56", "1234.56"),
        ("€ 1.234,56", "1234.56"),
        ("EUR 1,234.56", "1234.56"),
        ("1234,5", "1234.5"),
        ("1234.56", "1234.56"),
        ("1.250", "1250"),
        ("1.250,-", "1250"),
        ("1.234.567,89", "1234567.89"),
        ("1\u00a0234,56", "1234.56"),
        ("-12,50", "-12.50"),
        ("'-12,50", "-12.50"),
        ("12", "12"),
        (1234.555, "1234.56"),
        (12, "12.00"),
        ("", None),
    ],
)
def test_an_amount_is_read_as_dutch_and_english_write_it(cell: Cell, amount: str | None) -> None:
    assert values.amount_of(cell) == amount


@pytest.mark.parametrize(
    "cell", ["twaalf", "1.23.45", "1,2,3", "12.3456.789,00", "1e5", "=1+1", "--5", "١٢", float("inf"), float("nan"), 1e300, 2**63]
)
def test_what_is_no_amount_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError):
        values.amount_of(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(' "Jan" ', '"Jan"'), ('="0012"', "0012"), (12.0, "12"), (12, "12"), ("'+31612345678", "+31612345678"), ("'s-Gravenhage", "'s-Gravenhage")],
)
def test_a_text_is_what_was_meant(cell: Cell, text: str) -> None:
    assert values.text_of(cell) == text


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("http://x")', Unread.FORMULA, Unread.TOO_LONG])
def test_a_formula_is_no_text(cell: Cell) -> None:
    with pytest.raises(CellError):
        values.text_of(cell)


@pytest.mark.parametrize("cell", ["=1+1", "+31612345678", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "'=1"])
def test_what_a_spreadsheet_would_run_is_written_behind_a_quote_sign(cell: str) -> None:
    assert csv_text.defused(cell) == f"'{cell}"


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert csv_text.csv_line(["J. de Vries", "a;b", 'zegt "ja"', -3, None, "-3"]) == 'J. de Vries;"a;b";"zegt ""ja""";-3;;\'-3\r\n'


@given(st.text())
def test_what_was_defused_comes_back_to_the_letter(cell: str) -> None:
    assert csv_text.restored(csv_text.defused(cell)) == cell


@given(st.text(max_size=40) | st.floats() | st.integers(), st.sampled_from(["day-month", "month-day", None]))
def test_no_cell_breaks_the_readers(cell: Cell, order: Order | None) -> None:
    for read in (values.text_of, values.amount_of, partial(values.moment_of, order=order)):
        try:
            read(cell)
        except CellError as problem:
            assert problem.code  # noqa: PT017 - any other error fails the test
