"""Files as programs write them, and as nobody should: what is read of them, and why the rest is not."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import open_sheet
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets.values import Unread

SMALL = SheetLimits(megabytes=1, unpacked_megabytes=2, columns=5, rows=50, cell=100)


def lines(data: bytes, limits: SheetLimits = SMALL) -> list[tuple[int, tuple[Any, ...], str]]:
    return [(row.line, row.cells, row.fault) for row in open_sheet(io.BytesIO(data), limits).rows()]


def cells(data: bytes, limits: SheetLimits = SMALL) -> list[tuple[Any, ...]]:
    return [row for _, row, _ in lines(data, limits)]


def refusal(data: bytes, limits: SheetLimits = SMALL) -> str:
    with pytest.raises(InvalidError) as problem:
        lines(data, limits)
    return problem.value.errors[0].code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_encoding_separator_and_line_ending_are_found_out(encoding: str, separator: str, ending: str) -> None:
    text = ending.join(separator.join(row) for row in (("naam", "plaats"), ("Zoë Müller", "’s-Hertogenbosch")))

    assert cells(text.encode(encoding)) == [("naam", "plaats"), ("Zoë Müller", "’s-Hertogenbosch")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('a;b\r\n"x;y";"zegt ""ja"""\r\n', [(1, ("a", "b"), ""), (2, ("x;y", 'zegt "ja"'), "")]),
        ('a;b\r\n"x\r\ny";z\r\nlast;1', [(1, ("a", "b"), ""), (2, ("x\r\ny", "z"), ""), (4, ("last", "1"), "")]),
        ("sep=,\r\na,b\r\n1;2,3\r\n", [(2, ("a", "b"), ""), (3, ("1;2", "3"), "")]),
        ('"a;x",b\n1,2\n', [(1, ("a;x", "b"), ""), (2, ("1", "2"), "")]),
        ('a;b\n5" buis;x\n1;2\n', [(1, ("a", "b"), ""), (2, ('5" buis', "x"), ""), (3, ("1", "2"), "")]),
        ('a;b\n"x"y;2\n3;4\n', [(1, ("a", "b"), ""), (2, ('"x"y;2',), "bad_quotes"), (3, ("3", "4"), "")]),
        (
            'a;b\n"never closed;2\n3;4\n5;6\n',
            [(1, ("a", "b"), ""), (2, ('"never closed;2',), "bad_quotes"), (3, ("3", "4"), ""), (4, ("5", "6"), "")],
        ),
        ("a\n" + "x" * 600 + "\nlast\n", [(1, ("a",), ""), (2, ("",), "line_too_long"), (3, ("last",), "")]),
        ("a\n" + "x" * 101 + "\n", [(1, ("a",), ""), (2, (Unread.TOO_LONG,), "")]),
        ("\n\na;b\n", [(3, ("a", "b"), "")]),
        (
            "Export, opdrachten\nPeriode: nov. 2026, week 47\n\nnummer|datum\nW1|1,5\n",
            [(1, ("Export, opdrachten",), ""), (2, ("Periode: nov. 2026, week 47",), ""), (4, ("nummer", "datum"), ""), (5, ("W1", "1,5"), "")],
        ),
        ('Lijst\n"nummer";"naam"\n1;"x\n\ny"\n', [(1, ("Lijst",), ""), (2, ("nummer", "naam"), ""), (3, ("1", "x\n\ny"), "")]),
        ("Lijst van alles\na;b\n1;2,3\n", [(1, ("Lijst van alles",), ""), (2, ("a", "b"), ""), (3, ("1", "2,3"), "")]),
    ],
)
def test_quotes_are_those_of_rfc_4180_and_a_bad_line_stops_no_good_one(text: str, read: list[Any]) -> None:
    found = [(line, row, fault) for line, row, fault in lines(text.encode()) if fault or row != ("",)]

    assert found == [(line, () if fault == "line_too_long" else row, fault) for line, row, fault in read]


def test_a_quote_that_is_never_closed_costs_one_line_of_a_long_file() -> None:
    text = 'a;b\n"never;2\n' + "3;4\n" * 40

    assert [fault for _, _, fault in lines(text.encode())] == ["", "bad_quotes", *[""] * 40]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        ("a;b\n1;2\n".encode("utf-16-le"), "wrong_encoding"),
        (b"a;b\n\x81\x8d;2\n", "wrong_encoding"),
        (b"a;b\n1\0;2\n", "wrong_encoding"),
        (b"\xef\xbb\xbfa;b\n\xff;2\n", "wrong_encoding"),
        (b"\xff\xfea", "wrong_encoding"),
        (b"a;" * 100 + b"b\n", "too_many_columns"),
        (b"a;b\n" + b"1;2\n" * 51, "too_many_rows"),
        (b"Lijst\nnummer;datum;" + b"a;" * 100 + b"b\n", "too_many_columns"),
        (b"a" * 1_000_001, "too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"PK\x03\x04 and no more", "not_a_spreadsheet"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_its_reason(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_file_of_200_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    class Unreadable(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("the file was read")

    with Unreadable(path) as unread, pytest.raises(InvalidError) as problem:
        open_sheet(unread, SheetLimits())

    assert problem.value.errors[0].detail.startswith("Dit bestand is groter dan 50 MB.")


def workbook(fill: Callable[[Any], object]) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_an_excel_file_is_read_by_its_values() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["nummer", "datum", "bedrag", "leeg"])
        sheet.append(["W1", datetime(2026, 11, 20, 15, 30), 1234.56, None])  # noqa: DTZ001 - as Excel has it
        sheet["A5"] = "W2"

    assert lines(workbook(fill)) == [
        (1, ("nummer", "datum", "bedrag", "leeg"), ""),
        (2, ("W1", datetime(2026, 11, 20, 15, 30), 1234.56), ""),  # noqa: DTZ001
        (5, ("W2",), ""),
    ]


def test_a_formula_whose_value_nobody_saved_is_unread_and_one_with_a_value_is_that_value() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["a", "b", "c"])
        sheet.append(["x", "=1+1", None])
        sheet.append(["=A1", "=NOW()", "y"])

    data = workbook(fill)
    assert cells(data) == [("a", "b", "c"), ("x", Unread.FORMULA), (Unread.FORMULA, Unread.FORMULA, "y")]

    saved = rewritten(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"),
    )
    assert cells(saved)[1] == ("x", 2)


def rewritten(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            kept = old.read(part)
            new.writestr(part.filename, change(kept) if part.filename == name else kept)
    return out.getvalue()


def test_an_excel_file_that_unpacks_too_large_is_not_unpacked() -> None:
    data = rewritten(workbook(lambda sheet: sheet.append(["a"])), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 5_000_000)

    assert len(data) < 20_000
    assert refusal(data) == "unpacks_too_large"


SHEET = "xl/worksheets/sheet1.xml"
SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize("many", [10, 400_000])
@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/worksheets/../other.xml"])
@pytest.mark.parametrize("what", [b"<si/>", b"<si ><t/></si>", b"<si>" + b" " * 60 + b"</si>", b"<a/><a/><a/><a/><a/><a/>"])
def test_a_small_file_of_millions_of_empty_texts_is_refused_before_it_is_read(name: str, what: bytes, many: int) -> None:
    data = added(workbook(lambda sheet: sheet.append([1, 2])), name, SST + what * many + b"</sst>")

    assert outcome(data, SheetLimits(cells=300_000)) == (None if many == 10 else "sheet_too_full")


@pytest.mark.parametrize("many", [10, 400_000])
@pytest.mark.parametrize("what", [b"<c/>", b"<c\n></c>", b'<x:c xmlns:x="x"/>', b"<a/><a/><a/><a/><a/><a/>"])
def test_a_small_file_of_millions_of_empty_cells_is_refused_before_it_is_read(what: bytes, many: int) -> None:
    data = rewritten(workbook(lambda sheet: sheet.append([1, 2])), SHEET, lambda xml: xml.replace(b"</row>", what * many + b"</row>"))

    assert outcome(data, SheetLimits(cells=300_000)) == (None if many == 10 else "sheet_too_full")


def added(data: bytes, name: str, texts: bytes) -> bytes:
    """Give a workbook a part for its texts."""
    kind = b'<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>' % name.encode()
    out = io.BytesIO(rewritten(data, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", kind + b"</Types>")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, texts)
    return out.getvalue()


def outcome(data: bytes, limits: SheetLimits) -> str | None:
    """Return why a file is refused, if it is."""
    try:
        cells(data, limits)
    except InvalidError as problem:
        return problem.errors[0].code
    return None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
def test_cells_do_not_hide_in_an_encoding_that_no_program_for_sheets_writes(encoding: str) -> None:
    data = workbook(lambda sheet: sheet.append(["nummer", "naam"]))

    assert refusal(rewritten(data, SHEET, lambda xml: xml.decode().encode(encoding))) == "not_a_spreadsheet"
    assert cells(rewritten(data, SHEET, lambda xml: b"\xef\xbb\xbf" + xml)) == [("nummer", "naam")]


def test_a_part_that_is_larger_than_the_archive_says_is_not_read_on() -> None:
    data = rewritten(workbook(lambda sheet: sheet.append(["a"])), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 5_000_000)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))

    assert lying != data
    assert refusal(lying) == "not_a_spreadsheet"


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (SHEET, b"<worksheet", b"<nonsense", "not_a_spreadsheet"),
        (SHEET, b't="', b't="zz', None),
        ("xl/workbook.xml", b"<", b"", "not_a_spreadsheet"),
        ("[Content_Types].xml", b"sheet.main", b"nothing", "not_a_spreadsheet"),
        (SHEET, b"<worksheet", b'<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">]><worksheet', "not_a_spreadsheet"),
        (SHEET, b'<row r="1"', b'<row r="999999999"', None),
        (SHEET, b'r="A1"', b'r="XFD1"', None),
    ],
)
def test_a_damaged_or_hostile_excel_file_is_refused_or_harmless(name: str, old: bytes, new: bytes, code: str | None) -> None:
    data = rewritten(workbook(lambda sheet: sheet.append(["a", "b"])), name, lambda xml: xml.replace(old, new))

    try:
        read = lines(data)
    except InvalidError as problem:
        assert problem.errors[0].code == (code or "not_a_spreadsheet")  # noqa: PT017
    else:
        assert code is None
        assert sum(any(cell is not None for cell in row) for _, row, _ in read) < 3


def test_300_columns_are_too_many() -> None:
    header = ";".join(f"kolom met een lange naam {number}" for number in range(300))

    assert refusal(f"{header}\n1;2\n".encode(), SheetLimits()) == "too_many_columns"


def test_too_many_columns_and_lines_of_an_excel_file_are_told() -> None:
    assert refusal(workbook(lambda sheet: sheet.append(list("abcdefgh")))) == "too_many_columns"
    assert refusal(workbook(lambda sheet: [sheet.append(["a"]) for _ in range(60)])) == "too_many_rows"


def packed(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "een pdf"),
        (b"\n\xef\xbb\xbf Omnis \n%PDF-1.4 1 0 obj", "een pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "een foto of plaatje"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "een foto of plaatje"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "een foto of plaatje"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "een foto of plaatje"),
        (b"<!DOCTYPE html><html><table><tr><td>nummer", "een webpagina"),
        (b"\xef\xbb\xbf\r\n<table border=1><tr><th>nummer</th>", "een webpagina"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "een XML-bestand"),
        (b"{\\rtf1\\ansi nummer", "een tekstdocument (RTF)"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "een ingepakt bestand"),
        (b'[{"nummer": "W1"}]', "een JSON-bestand"),
        (b"Received: from mail.example\r\nSubject: lijst\r\n", "een mail"),
        (packed("word/document.xml", "[Content_Types].xml"), "een Word-document"),
        (packed("mimetype", "content.xml"), "een OpenDocument-bestand (zoals .ods)"),
        (packed("xl/workbook.bin"), "een binair Excel-bestand (.xlsb)"),
        (packed("Index/Document.iwa"), "een bestand van Apple (zoals Numbers)"),
        (packed("opdrachten.csv"), "een ingepakt bestand (zip)"),
    ],
)
def test_another_kind_of_file_is_refused_at_the_door_by_its_content(data: bytes, what: str) -> None:
    with pytest.raises(InvalidError) as problem:
        open_sheet(io.BytesIO(data), SMALL)

    [found] = problem.value.errors
    assert found.code == "other_kind"
    assert found.detail.startswith(f"Dit is {what}, wat de naam ook zegt")


@pytest.mark.parametrize("begin", ["PK;nummer", "{nummer};x", "[nummer];[naam]", "BM;x", "nummer;<naam>", "II*;x"])
def test_a_list_that_begins_like_another_kind_of_file_is_read(begin: str) -> None:
    assert cells(f"{begin}\n1;2\n".encode())[1] == ("1", "2")


def test_the_first_sheet_that_is_shown_and_has_column_names_is_read() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["nummer", "datum"])
        sheet.append(["oud", "x"])
        sheet.sheet_state = "hidden"
        sheet.parent.create_sheet("Voorblad").append(["Export van de kassa"])
        jobs = sheet.parent.create_sheet("Opdrachten")
        jobs.append(["Export opdrachten"])
        jobs.append(["nummer", "datum"])
        jobs.append(["W1", "20-11-2026"])
        sheet.parent.create_sheet("Nog een").append(["nummer", "datum"])
        sheet.parent.active = 1

    assert cells(workbook(fill)) == [("Export opdrachten",), ("nummer", "datum"), ("W1", "20-11-2026")]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_first_sheet_is_passed_over_although_no_column_is_known(state: str) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["instellingen", 1])
        sheet.sheet_state = state
        sheet.parent.create_sheet("lijst").append(["bon", "dag"])
        sheet.parent.active = 1

    assert cells(workbook(fill)) == [("bon", "dag")]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (117, "000000", "000117"),
        (117, '"W"000000', "W000117"),
        (117, '"W2026-"0000', "W2026-0117"),
        (1234567, "0000-0000", "0123-4567"),
        (12, '0"A"', "12A"),
        (1234567, "0000", "1234567"),
        (117, "[$-413]00000", "00117"),
        (117, "\\W00000;-00000", "W00117"),
        (20112026, "00-00-0000", "20-11-2026"),
        (117.0, "000000", "000117"),
        (117, "0", 117),
        (117, "General", 117),
        (117, "#,##0", 117),
        (117.25, "000000", 117.25),
        (-117, "000000", -117),
        (89, "0.00", 89),
        (89, '"€" 0', 89),
        (0.5, "00%", 0.5),
    ],
)
def test_a_whole_number_is_taken_as_its_cell_shows_it(value: float, code: str, shown: object) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["nummer", "x", "y"])
        sheet.append([value, 5, "tekst"])
        sheet.cell(2, 1).number_format = code

    assert cells(workbook(fill))[1] == (shown, 5, "tekst")
