"""Which column is which, and what a line tells."""

import csv
from datetime import UTC, datetime, time
from typing import Any

import pytest

from reviews.errors import InvalidError
from reviews.invitations.intake.sheets import header as columns
from reviews.invitations.intake.sheets import rejects
from reviews.invitations.intake.sheets import rows as lines
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.values import Cell, SheetRow, Unread

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
HEADERS = ("nummer", "datum", "soort", "naam", "e-mail", "bedrag", "grondslag")
GOOD: tuple[Cell, ...] = ("W1", "20-11-2026", "reparatie", "J. de Vries", "jan@example.com", "1.234,56", "klant")


def sheet(*rows: tuple[Cell, ...], headers: tuple[Cell, ...] = HEADERS) -> list[SheetRow]:
    return [SheetRow(number, row) for number, row in enumerate((headers, *rows), start=1)]


def read(*rows: tuple[Cell, ...], headers: tuple[Cell, ...] = HEADERS, pointed: Pointed = Pointed()) -> list[lines.RowResult]:  # noqa: B008 - frozen
    file = sheet(*rows, headers=headers)
    return list(lines.read(file, lines.frame(file, pointed, branch="utrecht", branch_names=["Ambiance Utrecht"]), now=NOW))


def codes(line: lines.RowResult) -> list[tuple[str, str]]:
    return [(found.field, found.code) for found in line.errors]


def file_codes(headers: tuple[Cell, ...], pointed: Pointed = Pointed(), *rows: tuple[Cell, ...]) -> list[tuple[str, str]]:  # noqa: B008 - frozen
    with pytest.raises(InvalidError) as problem:
        read(*(rows or (GOOD,)), headers=headers, pointed=pointed)
    return [(found.field, found.code) for found in problem.value.errors]


def test_a_line_becomes_an_event() -> None:
    [line] = read(GOOD)
    event = line.event

    assert event is not None
    assert event.customer is not None
    assert (event.number, event.kind, event.type, event.total, event.basis) == ("W1", "repair", "job.completed", "1234.56", "customer")
    assert (event.customer.name, event.customer.email, event.customer.language) == ("J. de Vries", "jan@example.com", "nl")
    assert event.occurred_at == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert event.event_id.startswith("row-00001-")


@pytest.mark.parametrize(
    "headers",
    [
        ("number", "occurred_at", "kind", "name", "email", "total", "basis"),
        ("Reference Number", "Purchase_Date", "Soort opdracht", "Customer name", "E-mailadres", "Amount", "Grondslag"),
        ("ORDER REF", "date", "KIND", "klantnaam", "Mail", "Bedrag incl. BTW", "legal-basis"),
    ],
)
def test_headers_are_known_in_dutch_and_as_peers_write_them(headers: tuple[str, ...]) -> None:
    assert read(GOOD, headers=headers)[0].event == read(GOOD)[0].event


def test_names_in_parts_locales_and_any_order_are_understood() -> None:
    [line] = read(
        ("nl_NL", "Vries", "de", "Jan", "W1", "2026-11-20", "Repair", "x"),
        headers=("locale", "last_name", "tussenvoegsel", "first_name", "purchase_reference", "purchase_date", "kind", "iets anders"),
    )

    assert line.event is not None
    assert line.event.customer is not None
    assert (line.event.customer.name, line.event.customer.language) == ("Jan de Vries", "nl")


def test_two_columns_for_one_thing_are_not_guessed_between_but_can_be_pointed_out() -> None:
    headers = ("nummer", "orderdatum", "opleverdatum", "soort", "naam")
    row: tuple[Cell, ...] = ("W1", "01-11-2026", "20-11-2026", "koop", "Jan")

    assert file_codes(headers, Pointed(), row) == [("occurred_at", "two_columns")]
    for pointed in (Pointed({"occurred_at": "Opleverdatum"}), Pointed({"occurred_at": "#3"})):
        [line] = read(row, headers=headers, pointed=pointed)
        assert line.event is not None
        assert line.event.occurred_at.day == 20


@pytest.mark.parametrize(
    ("headers", "pointed", "told"),
    [
        (
            ("a", "b"),
            Pointed(),
            {("number", "column_missing"), ("occurred_at", "column_missing"), ("kind", "column_missing"), ("name", "column_missing")},
        ),
        (("nummer", "datum", "gebeurtenis"), Pointed(), set()),
        (("nummer", "nummer", "datum", "soort", "naam"), Pointed(), {("number", "two_columns")}),
        (HEADERS, Pointed({"number": "bestaat niet"}), {("number", "unknown_column")}),
        (("x", "x", *HEADERS), Pointed({"total": "x"}), {("total", "same_header")}),
        (("nummer", "datum", "naam"), Pointed(constants={"kind": "repair"}), set()),
        (
            HEADERS,
            Pointed({"number": "nummer"}, only=True),
            {("occurred_at", "column_missing"), ("kind", "column_missing"), ("name", "column_missing")},
        ),
    ],
)
def test_what_stands_in_the_way_of_reading_a_file_is_told_at_once(headers: tuple[str, ...], pointed: Pointed, told: set[tuple[str, str]]) -> None:
    _, found = columns.recognise(headers, pointed)

    assert {(one.field, one.code) for one in found} == told


def test_an_empty_file_and_one_with_only_names_are_told_apart() -> None:
    for rows, code in (([], "empty_file"), ([SheetRow(1, ("", None))], "empty_file"), (sheet(), "only_a_header")):
        with pytest.raises(InvalidError) as problem:
            lines.frame(rows, Pointed(), branch="utrecht")
        assert problem.value.errors[0].code == code


def test_dates_that_can_be_either_are_refused_unless_the_rest_of_the_file_settles_them() -> None:
    april, march, clear = (("W1", day, "koop", "Jan") for day in ("03-04-2026", "04-03-2026", "20-03-2026"))
    american = ("W1", "03/20/2026", "koop", "Jan")
    headers = ("nummer", "datum", "soort", "naam")

    assert [codes(line) for line in read(april, march, headers=headers)] == [[("occurred_at", "ambiguous_date")]] * 2
    assert [line.event.occurred_at.month for line in read(april, clear, headers=headers) if line.event] == [4, 3]
    assert [line.event.occurred_at.month for line in read(april, american, headers=headers) if line.event] == [3, 3]
    assert [bool(line.event) for line in read(april, clear, american, headers=headers)] == [False, True, True]
    assert [bool(line.event) for line in read(april, march, headers=headers, pointed=Pointed(order="day-month"))] == [True, True]


@pytest.mark.parametrize(
    ("place", "cell", "told"),
    [
        (0, "", [("number", "missing")]),
        (1, "", [("occurred_at", "missing")]),
        (1, "20-11-2027", [("occurred_at", "in_future")]),
        (1, "01-01-1970", [("occurred_at", "too_long_ago")]),
        (2, "lease", [("kind", "unknown_word")]),
        (2, "", [("kind", "missing")]),
        (3, "=?utf-8?q?Jan?=", [("customer.name", "encoded_word")]),
        (3, "Jan\r\nBcc: x@example.com", [("customer.name", "control_characters")]),
        (3, "=1+1", [("name", "formula")]),
        (3, Unread.FORMULA, [("name", "formula")]),
        (3, Unread.TOO_LONG, [("name", "cell_too_long")]),
        (3, "x" * 201, [("customer.name", "too_long")]),
        (4, "jan@example.com, piet@example.com", [("customer.email", "not_an_address")]),
        (4, "jan@example.com\0", [("customer.email", "control_characters")]),
        (5, "9223372036854775808", [("total", "not_an_amount")]),
        (5, "veel", [("total", "not_an_amount")]),
        (6, "toestemming", [("consent", "missing")]),
    ],
)
def test_a_line_is_refused_with_the_name_of_its_cell(place: int, cell: Cell, told: list[tuple[str, str]]) -> None:
    [line] = read((*GOOD[:place], cell, *GOOD[place + 1 :]))

    assert codes(line) == told


def test_all_that_is_wrong_with_a_line_is_told_at_once() -> None:
    [line] = read(("", "gisteren", "lease", "", "geen adres", "veel", "klant"))

    assert {field for field, _ in codes(line)} == {"number", "occurred_at", "kind", "customer.name", "customer.email", "total"}


def test_a_line_with_more_cells_than_names_or_of_another_branch_is_refused() -> None:
    more, own, other = read((*GOOD, "", "x"), (*GOOD, "ambiance utrecht"), (*GOOD, "Groningen"), headers=(*HEADERS, "vestiging"))

    assert (codes(more), codes(own), codes(other)) == ([("line", "too_many_cells")], [], [("branch", "other_branch")])


def test_the_same_words_have_the_same_id_and_other_words_another() -> None:
    first, twin, other = read(GOOD, GOOD, (*GOOD[:5], "1.234,57", "klant"))

    assert first.event is not None
    assert other.event is not None
    assert first.event == (twin.event)
    assert lines.in_turn(first.event, [first.event.event_id]).event_id == first.event.event_id
    later = lines.in_turn(other.event, [first.event.event_id, "erp-1"])
    assert later.event_id > first.event.event_id
    assert lines.in_turn(other.event, [first.event.event_id, later.event_id]) == later


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ([], ["map"]),
        ({"colour": "x", "number": 3, "dates": "jmd"}, ["colour", "dates", "number"]),
        ({"kind": {"value": 3}}, ["kind"]),
        ({"kind": {"value": "repair", "x": 1}}, ["kind"]),
    ],
)
def test_all_that_is_wrong_with_a_map_is_told(raw: Any, fields: list[str]) -> None:
    with pytest.raises(InvalidError) as problem:
        columns.read_map(raw)

    assert sorted(found.field for found in problem.value.errors) == fields


def test_a_map_names_columns_and_values() -> None:
    pointed = columns.read_map({"number": "Bon", "kind": {"value": "repair"}, "dates": "day-month"})

    assert pointed == Pointed({"number": "Bon"}, {"kind": "repair"}, "day-month")


def test_a_refused_line_can_be_mended_and_read_again_by_itself() -> None:
    good, bad = read(GOOD, ("W2", "03-04-2026", "lease", "+31 Jan", "jan@example.com", "", "klant"))
    assert good.event
    shape = lines.frame(sheet(GOOD), Pointed(), branch="utrecht")
    refusal = lines.RejectedRow(2, tuple(lines.kept_cells(bad, shape)), bad.errors)

    text = rejects.head(HEADERS) + rejects.body(HEADERS, [refusal])

    assert text.splitlines()[0] == "\ufeffnummer;datum;soort;naam;e-mail;bedrag;grondslag;regel;reden"
    assert text.splitlines()[1].startswith("W2;2026-04-03T00:00:00+02:00;lease;'+31 Jan;jan@example.com;;klant;2;\"Soort opdracht: ")
    mended = [tuple(row) for row in csv.reader(text.replace("lease", "koop").removeprefix("\ufeff").splitlines(), delimiter=";")]
    [again] = read(mended[1], headers=mended[0])
    assert again.event is not None
    assert again.event.customer is not None
    assert again.event.customer.name == "+31 Jan"
    assert rejects.head(mended[0]).count("reden") == 1


@pytest.mark.parametrize(
    ("header", "cell", "final"),
    [
        ("final", "false", False),
        ("Laatste levering", "nee", False),
        ("compleet", "onwaar", False),
        ("Volledig geleverd", "gedeeltelijk", False),
        ("final", "ja", True),
        ("final", True, True),
        ("final", False, False),
        ("final", "", True),
    ],
)
def test_a_partial_delivery_says_so_in_a_column_of_its_own(header: str, cell: Cell, final: bool) -> None:
    [line] = read((*GOOD, cell), headers=(*HEADERS, header))

    assert line.event is not None
    assert (line.event.final is not False) is final
    assert (line.event.event_id == read(GOOD)[0].event.event_id) is final  # type: ignore[union-attr]


def test_a_word_that_says_neither_yes_nor_no_is_refused() -> None:
    [line] = read((*GOOD, "misschien"), headers=(*HEADERS, "final"))

    assert codes(line) == [("final", "unknown_word")]


def test_a_cell_that_cannot_be_read_hides_no_other_mistake() -> None:
    [line] = read(("W1", "20-11-2027", "lease", "Jan", "geen", "abc", "klant"))

    assert set(codes(line)) == {
        ("kind", "unknown_word"),
        ("total", "not_an_amount"),
        ("occurred_at", "in_future"),
        ("customer.email", "not_an_address"),
    }


@pytest.mark.parametrize(
    ("place", "cell", "told"),
    [
        (0, "2,02612E+11", [("number", "scientific")]),
        (0, 1914310000010100016, [("number", "digits_lost")]),
        (0, 2.02612345678901e17, [("number", "digits_lost")]),
        (0, "#VERW!", [("number", "error_value")]),
        (0, datetime(2026, 5, 3), [("number", "date_for_text")]),  # noqa: DTZ001 - as Excel has it
        (1, "#WAARDE!", [("occurred_at", "error_value")]),
        (1, "NULL", [("occurred_at", "no_value")]),
        (2, "#N/B", [("kind", "error_value")]),
        (3, "#N/B", [("name", "error_value")]),
        (3, "RenÃ© MÃ¼ller", [("customer.name", "mangled")]),
        (3, time(12, 1), [("name", "date_for_text")]),
        (4, "n.v.t.", [("email", "no_value")]),
        (5, "#DEEL/0!", [("total", "error_value")]),
        (5, "nan", [("total", "no_value")]),
        (6, "#ИМЕ?", [("basis", "error_value")]),
    ],
)
def test_what_excel_made_of_a_cell_refuses_its_line(place: int, cell: Cell, told: list[tuple[str, str]]) -> None:
    damaged, good = read((*GOOD[:place], cell, *GOOD[place + 1 :]), GOOD)

    assert codes(damaged) == told
    assert good.event is not None


def test_a_date_that_excel_made_is_quoted_as_the_sheet_shows_it() -> None:
    [line] = read(("W1", *GOOD[1:3], datetime(2026, 5, 3), *GOOD[4:]))  # noqa: DTZ001 - as Excel has it

    assert "(03-05-2026)" in line.errors[0].detail


TITLES: tuple[tuple[Cell, ...], ...] = (("Export opdrachten",), ("Periode:", "november 2026"), ("gemaakt door", "kassa", None, None))


def test_column_names_are_found_below_titles() -> None:
    rows = [SheetRow(number, cells) for number, cells in enumerate([*TITLES, (), HEADERS, GOOD, ("W2", *GOOD[1:])], start=1)]
    frame = lines.frame(rows, Pointed(), branch="utrecht")

    assert (frame.head, frame.lines) == (5, 2)
    assert [line.event.number for line in lines.read(rows, frame, now=NOW) if line.event] == ["W1", "W2"]
    assert list(lines.jobs_in(rows, frame)) == ["w1", "w2"]


def test_column_names_that_somebody_pointed_at_are_found_below_titles_too() -> None:
    pointed = Pointed({"number": "Bon", "occurred_at": "Dag"}, {"kind": "repair", "name": "x"})
    rows = [SheetRow(number, cells) for number, cells in enumerate([TITLES[0], ("Bon", "Dag"), ("W1", "20-11-2026")], start=1)]

    assert lines.frame(rows, pointed, branch="utrecht").head == 2


def test_a_first_line_of_unknown_names_stays_the_line_of_column_names() -> None:
    rows = [SheetRow(number, cells) for number, cells in enumerate([("Bon", "Dag"), ("klant", "reparatie")], start=1)]
    pointed = Pointed({"number": "#1", "occurred_at": "#2"}, {"kind": "repair", "name": "x"}, only=True)

    assert lines.frame(rows, pointed, branch="utrecht").head == 1
