"""The list of refused lines: a CSV that Excel opens, that runs no formula, and that can be imported once it is mended. Pure."""

from collections.abc import Sequence

from reviews.invitations.intake.sheets import messages
from reviews.invitations.intake.sheets.csv_text import MARK, csv_line
from reviews.invitations.intake.sheets.header import OURS, spelled
from reviews.invitations.intake.sheets.rows import RejectedRow


def head(headers: Sequence[str]) -> str:
    """Return the mark and the line of column names: those of the file itself, then the number of the line and the reason."""
    return MARK + csv_line([*_kept(headers, headers), "regel", "reden"])


def body(headers: Sequence[str], refusals: Sequence[RejectedRow]) -> str:
    """Return lines as they stood in the file, each with its number there and all that is wrong with it."""
    return "".join(csv_line([*_kept(headers, refusal.cells), refusal.line, messages.told(refusal.errors)]) for refusal in refusals)


def _kept(headers: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the cells of a line but for what an earlier list of refused lines added."""
    return [cell for place, cell in enumerate(cells) if place >= len(headers) or spelled(headers[place]) not in OURS]
