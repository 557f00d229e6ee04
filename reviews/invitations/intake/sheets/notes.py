"""What is told of lines that are taken in as they are: what may be meant otherwise. Pure."""

import msgspec

from reviews.invitations.intake import event_model
from reviews.invitations.intake.sheets.rows import RowResult


class RowNote(msgspec.Struct, frozen=True):
    """What is told of a line; it names nobody."""

    line: int
    note: str


def notes_on(line: RowResult) -> list[RowNote]:
    """Return what may be meant otherwise in a line."""
    return [RowNote(line.row.line, found.detail) for found in event_model.suggestions(line.event)] if line.event else []
