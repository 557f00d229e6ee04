"""The first lines of a spreadsheet, kept beside it, so that choosing its columns reads the file only once."""

from itertools import islice
from typing import Final

import msgspec

from reviews.errors import FieldError, InvalidError
from reviews.invitations.intake.sheets import header
from reviews.invitations.intake.sheets import rows as lines
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.importing import Sheet
from reviews.invitations.intake.sheets.messages import remark
from reviews.invitations.intake.sheets.values import Cell, shown

_EXAMPLES: Final = 3
_LONGEST: Final = 40


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The names of a file's columns, and what stands in its first lines, each cell as a person would read it."""

    headers: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...] = ()


class Column(msgspec.Struct, frozen=True):
    """A column of a file: `field` is the one of ours that it is taken for, empty for none."""

    place: int
    header: str
    examples: tuple[str, ...]
    field: str


class Preview(msgspec.Struct, frozen=True):
    """The columns of a file, and what stands in the way of reading it."""

    columns: tuple[Column, ...]
    errors: tuple[FieldError, ...]
    pointed: Pointed


def sample_of(sheet: Sheet) -> Sample:
    """Read the first lines of a file; raise InvalidError when it can't be read at all."""
    head, body = header.split(sheet.rows(), Pointed())
    if head is None:
        raise InvalidError([remark("file", "empty_file")])
    return Sample(headers=lines.headers_of(head), lines=tuple(tuple(_shown(cell) for cell in row.cells) for row in islice(body, _EXAMPLES)))


def _shown(cell: Cell) -> str:
    text = shown(cell)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def preview(sample: Sample, pointed: Pointed) -> Preview:
    """Say which column is taken for which, by their names and by what a person pointed at."""
    found, errors = header.recognise(list(sample.headers), pointed)
    fields = {place: field for field, place in found.places.items()}
    columns = [Column(place, name, _examples(sample, place), fields.get(place, "")) for place, name in enumerate(sample.headers)]
    return Preview(tuple(columns), tuple(errors), pointed)


def _examples(sample: Sample, place: int) -> tuple[str, ...]:
    return tuple(cells[place] for cells in sample.lines if place < len(cells) and cells[place])
