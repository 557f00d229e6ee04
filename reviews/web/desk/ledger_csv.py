"""The ledger as a spreadsheet: one line per job to the last one, in Dutch, with nothing in a cell that a spreadsheet would take for a formula."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from reviews.invitations.intake.sheets import csv_text
from reviews.invitations.oversight.ledger import LedgerRow
from reviews.local import LOCAL
from reviews.web.desk import words

HEADERS: Final = (
    "vestiging",
    "opdracht",
    "soort",
    "eerste melding",
    "afgerond",
    "groep",
    "staat",
    "reden",
    "gepland",
    "verstuurd",
    "gecrediteerd",
    "regels",
    "door",
)


async def lines(rows: AsyncIterator[LedgerRow]) -> AsyncIterator[str]:
    """Yield the lines of the file, the names of the columns first."""
    yield csv_text.MARK + csv_text.csv_line(HEADERS)
    async for row in rows:
        yield csv_text.csv_line(_cells(row))


def _cells(row: LedgerRow) -> tuple[str, ...]:
    state = words.INVITATION_STATES[row.state][1] if row.state in words.INVITATION_STATES else words.GROUPS["missing"]
    return (
        row.branch,
        row.number,
        words.KINDS.get(row.kind, row.kind),
        _moment(row.told_at),
        _moment(row.completed_at),
        words.GROUPS[row.group],
        state,
        words.reason_of(row.reason),
        _moment(row.due_at) if row.group == "waiting" else "",
        _moment(row.sent_at),
        words.credited_of(row.credited, row.total),
        "" if row.rules_version is None else str(row.rules_version),
        words.actor_of(row.actor, {}) if row.actor else "",
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}" if moment else ""
