"""What became of every line that a source told: it began a job, it repeats or goes on with one, or it was refused with a reason.

The ledger of jobs can't show a line that came to nothing: there is no job to count. So each line is counted where it comes in, beside what became
of it, in the transaction that decides that: told = jobs + repeats + refused.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import bulk
from reviews.database.tables import ToldLines, new_id

Place = tuple[uuid.UUID, uuid.UUID | None]
"""A source, and the branch that it told about; None where that is not known, or not the source's to speak for."""


_LONGEST = 120


class Line(NamedTuple):
    """One line: where it was told, under which id, and what became of it. Without `reason` it was not refused; `fresh` is one that was stored."""

    place: Place
    event_id: str | None
    fresh: bool = False
    began: bool = False
    reason: str | None = None
    number: str | None = None


async def note(session: AsyncSession, told: Mapping[Place, int], lines: Iterable[Line], *, now: datetime) -> None:
    """Write down how many lines came in, counted by the caller, and what became of each of them: a row for each source and branch.

    Rows are only added, never changed: two transactions of one source need not wait for each other.
    """
    became: dict[Place, list[Line]] = {place: [] for place in told}
    for line in lines:
        became.setdefault(line.place, []).append(line)
    rows = [_row(place, told.get(place, 0), own, now) for place, own in sorted(became.items(), key=lambda one: str(one[0]))]
    await bulk.write(session, ToldLines, rows)


async def note_refused(session: AsyncSession, lines: list[Line], *, now: datetime) -> None:
    """Write down lines that were refused before anything was looked up for them."""
    told: dict[Place, int] = {}
    for line in lines:
        told[line.place] = told.get(line.place, 0) + 1
    if told:
        await note(session, told, lines, now=now)


def _row(place: Place, told: int, lines: list[Line], now: datetime) -> dict[str, Any]:
    refused = [line for line in lines if line.reason]
    jobs = sum(line.began for line in lines)
    return {
        "id": new_id(),
        "source_id": place[0],
        "branch_id": place[1],
        "at": now,
        "told": told,
        "jobs": jobs,
        "repeats": len(lines) - len(refused) - jobs,
        "refused": len(refused),
        "taken": [line.event_id for line in lines if line.fresh],
        "refusals": [{"event_id": printable(line.event_id), "number": printable(line.number), "reason": line.reason} for line in refused],
    }


def printable(text: str | None) -> str | None:
    """Return what was told as it can be kept: of a line that was refused nothing was checked, and the database takes no NUL."""
    return "".join(char for char in text[:_LONGEST] if char.isprintable()) if text else None
