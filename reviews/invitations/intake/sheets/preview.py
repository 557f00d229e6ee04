"""The first lines of a spreadsheet, kept beside it, so that choosing its columns reads the file only once, and shown as they are understood."""

import math
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

import msgspec

from reviews.errors import FieldError, InvalidError
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.sheets import header, messages
from reviews.invitations.intake.sheets import rows as lines
from reviews.invitations.intake.sheets.header import Columns, Pointed
from reviews.invitations.intake.sheets.importing import Sheet
from reviews.invitations.intake.sheets.messages import remark
from reviews.invitations.intake.sheets.notes import notes_on
from reviews.invitations.intake.sheets.rows import SheetFrame
from reviews.invitations.intake.sheets.values import Cell, SheetRow, Unread, shown
from reviews.local import LOCAL

_EXAMPLES: Final = 5
_LONGEST: Final = 40

Kept = str | int | float | bool | None | tuple[str, str]
"""A cell as JSON: with what it is before its text, where JSON has no such value."""


class SampleRow(msgspec.Struct, frozen=True):
    """A line as it is kept: its number, its cells, and why it cannot be read at all, if so."""

    line: int
    cells: tuple[Kept, ...]
    fault: str = ""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The names of a file's columns, and what stands in its first lines."""

    headers: tuple[str, ...]
    rows: tuple[SampleRow, ...] = ()


class Column(msgspec.Struct, frozen=True):
    """A column of a file: `field` is the one of ours that it is taken for, empty for none."""

    place: int
    header: str
    examples: tuple[str, ...]
    field: str


class UnderstoodRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it will be taken in, or why it is refused; `open_date` is its date where day and month are settled by the whole file.

    `whole_day` says that its moment is a day without a time.
    """

    line: int
    event: Event | None
    reasons: tuple[str, ...] = ()
    whole_day: bool = False
    notes: tuple[str, ...] = ()
    open_date: str = ""


class Preview(msgspec.Struct, frozen=True):
    """The columns of a file, what stands in the way of reading it, and its first lines as they are understood."""

    columns: tuple[Column, ...]
    errors: tuple[FieldError, ...]
    pointed: Pointed
    understood: tuple[UnderstoodRow, ...]


class Reader(msgspec.Struct, frozen=True):
    """Whose file it is, under which names, and when it is read."""

    branch: str
    branch_names: frozenset[str]
    now: datetime


def sample_of(sheet: Sheet) -> Sample:
    """Read the first lines of a file; raise InvalidError when it can't be read at all."""
    head, body = header.split(sheet.rows(), Pointed())
    if head is None:
        raise InvalidError([remark("file", "empty_file")])
    rows = [SampleRow(row.line, tuple(_kept(cell) for cell in row.cells), row.fault) for row in islice(body, _EXAMPLES)]
    return Sample(headers=lines.headers_of(head), rows=tuple(rows))


def _kept(cell: Cell) -> Kept:
    match cell:
        case Unread():
            return "unread", cell.value
        case datetime() | date() | time():
            return type(cell).__name__, cell.isoformat()
        case timedelta():
            return "timedelta", str(cell.total_seconds())
        case float() if not math.isfinite(cell):
            return str(cell)
        case _:
            return cell


def _cell(kept: Kept) -> Cell:
    match kept:
        case ("unread", code):
            return Unread(code)
        case ("datetime", text):
            return datetime.fromisoformat(text)
        case ("date", text):
            return date.fromisoformat(text)
        case ("time", text):
            return time.fromisoformat(text)
        case (_, seconds):
            return timedelta(seconds=float(seconds))
        case _:
            return kept


def preview(sample: Sample, pointed: Pointed, reader: Reader) -> Preview:
    """Say which column is taken for which, by their names and by what a person pointed at, and how the first lines are then understood."""
    found, errors = header.recognise(list(sample.headers), pointed)
    fields = {place: field for field, place in found.places.items()}
    columns = [Column(place, name, _examples(sample, place), fields.get(place, "")) for place, name in enumerate(sample.headers)]
    return Preview(tuple(columns), tuple(errors), pointed, () if errors else _understood(sample, found, pointed, reader))


def _examples(sample: Sample, place: int) -> tuple[str, ...]:
    found = [shown(_cell(row.cells[place])) for row in sample.rows if place < len(row.cells)]
    return tuple(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…" for text in found if text)


def _understood(sample: Sample, columns: Columns, pointed: Pointed, reader: Reader) -> tuple[UnderstoodRow, ...]:
    shape = SheetFrame(
        columns, pointed.order, 0, len(sample.rows), reader.branch, frozenset(map(str.casefold, {reader.branch, *reader.branch_names}))
    )
    return tuple(_row(SheetRow(row.line, tuple(map(_cell, row.cells)), row.fault), shape, reader.now) for row in sample.rows)


def _row(row: SheetRow, shape: SheetFrame, now: datetime) -> UnderstoodRow:
    read, open_date = lines.line_of(row, shape, now), ""
    unsettled = {found.field for found in read.errors if found.code == "ambiguous_date"}
    if unsettled:
        # Only the whole file settles it; until then the date is shown as it stands there.
        open_date = shown(row.cells[shape.columns.places["occurred_at"]]) if "occurred_at" in unsettled else ""
        read = lines.line_of(row, replace(shape, order="day-month"), now)
    return UnderstoodRow(
        line=row.line,
        event=read.event,
        reasons=tuple(messages.told_apart(read.errors)),
        whole_day=read.event is not None and read.event.occurred_at.astimezone(LOCAL).time() == time(),
        notes=tuple(note.note for note in notes_on(read)),
        open_date=open_date,
    )
