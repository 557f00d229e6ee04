"""The ledger of lines: all that sources told, and that each line began a job, repeats or goes on with one, or was refused.

A job that is in the ledger says nothing of a line that never became one. Sums per source and local day: told = jobs + repeats + refused.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Date, Subquery, cast, column, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from reviews.database.tables import Branch, Job, Source, ToldLines, Trigger
from reviews.invitations.oversight.integrity import Mismatch
from reviews.local import LOCAL

_UNKNOWN_BRANCH = "-"


class ToldDay(msgspec.Struct, frozen=True, kw_only=True):
    """What a source told on a local day. `repeats` are lines about a job that was known: the same again, a correction, a cancellation."""

    source: str
    day: date
    told: int
    jobs: int
    repeats: int
    refused: int
    reasons: dict[str, int]

    @property
    def closes(self) -> bool:
        """Whether each line became something."""
        return self.told == self.jobs + self.repeats + self.refused


async def days(session: AsyncSession, branch_ids: Sequence[uuid.UUID], since: datetime, until: datetime, *, everywhere: bool) -> list[ToldDay]:
    """Return what was told from `since` until before `until`, the newest day first; lines of no known branch with `everywhere` only."""
    theirs: ColumnElement[bool] = ToldLines.branch_id.in_(branch_ids)
    asked = or_(theirs, ToldLines.branch_id.is_(None)) if everywhere else theirs
    day = _day(ToldLines.at).label("day")
    counted = await session.execute(
        select(Source.name, day, func.sum(ToldLines.told), func.sum(ToldLines.jobs), func.sum(ToldLines.repeats), func.sum(ToldLines.refused))
        .select_from(ToldLines)
        .join(Source, Source.id == ToldLines.source_id)
        .where(asked, ToldLines.at >= since, ToldLines.at < until)
        .group_by(Source.name, day)
        .order_by(day.desc(), Source.name)
    )
    refusal = func.jsonb_array_elements(ToldLines.refusals).table_valued(column("value", ToldLines.refusals.type)).render_derived()
    reason = refusal.c.value["reason"].astext
    why = await session.execute(
        select(Source.name, day, reason, func.count())
        .select_from(ToldLines)
        .join(Source, Source.id == ToldLines.source_id)
        .join(refusal, true())
        .where(asked, ToldLines.at >= since, ToldLines.at < until)
        .group_by(Source.name, day, reason)
    )
    reasons: dict[tuple[str, date], dict[str, int]] = {}
    for name, on, code, many in why:
        reasons.setdefault((name, on), {})[code] = many
    return [
        ToldDay(source=name, day=on, told=told, jobs=jobs, repeats=repeats, refused=refused, reasons=reasons.get((name, on), {}))
        for name, on, told, jobs, repeats, refused in counted
    ]


def _day(at: InstrumentedAttribute[datetime]) -> ColumnElement[date]:
    """Return in SQL the local day of a moment."""
    return cast(func.timezone(LOCAL.key, at), Date)


async def verify(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Yield each line that was told and is nowhere, each sum that does not close, and each day on which other jobs stand than were begun."""
    for check in (_sums, _swallowed, _begun):
        async for finding in check(session, branch_ids):
            yield finding


def _asked(branch_ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    return or_(ToldLines.branch_id.in_(branch_ids), ToldLines.branch_id.is_(None))


async def _sums(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    wrong = or_(
        ToldLines.told != ToldLines.jobs + ToldLines.repeats + ToldLines.refused,
        ToldLines.refused != func.jsonb_array_length(ToldLines.refusals),
        func.jsonb_array_length(ToldLines.taken) > ToldLines.jobs + ToldLines.repeats,
    )
    rows = await session.execute(
        select(ToldLines, Source.name, Branch.slug)
        .select_from(ToldLines)
        .join(Source, Source.id == ToldLines.source_id)
        .outerjoin(Branch, Branch.id == ToldLines.branch_id)
        .where(_asked(branch_ids), wrong)
        .order_by(ToldLines.id)
    )
    for row, name, slug in rows:
        on = row.at.astimezone(LOCAL).date()
        became = f"{row.jobs} een opdracht, {row.repeats} een herhaling, {row.refused} geweigerd"
        what = f"bron {name} vertelde op {on} {row.told} regels; daarvan werden {became}"
        yield Mismatch(table="told_lines", id=str(row.id), branch=slug or _UNKNOWN_BRANCH, what=what)


async def _swallowed(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Name each line that was taken in and stands nowhere any more, with its source and day."""
    taken = func.jsonb_array_elements_text(ToldLines.taken).table_valued("value").render_derived()
    stands = select(literal(1)).where(Trigger.source_id == ToldLines.source_id, Trigger.event_id == taken.c.value).exists()
    rows = await session.stream(
        select(ToldLines.id, ToldLines.at, taken.c.value, Source.name, Branch.slug)
        .select_from(ToldLines)
        .join(taken, true())
        .join(Source, Source.id == ToldLines.source_id)
        .outerjoin(Branch, Branch.id == ToldLines.branch_id)
        .where(_asked(branch_ids), ~stands)
        .order_by(ToldLines.id)
    )
    async for row in rows:
        what = f"melding {row.value} van bron {row.name}, verteld op {row.at.astimezone(LOCAL).date()}, staat nergens meer"
        yield Mismatch(table="told_lines", id=str(row.id), branch=row.slug or _UNKNOWN_BRANCH, what=what)


async def _begun(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Compare by branch and local day how many jobs lines began with how many there are."""
    told = _by_day(ToldLines.branch_id, ToldLines.at, func.sum(ToldLines.jobs), branch_ids)
    made = _by_day(Job.branch_id, Job.created_at, func.count(), branch_ids)
    begun, standing = func.coalesce(told.c.jobs, 0), func.coalesce(made.c.jobs, 0)
    same = (told.c.branch_id == made.c.branch_id) & (told.c.day == made.c.day)
    rows = await session.execute(
        select(Branch.slug, func.coalesce(told.c.day, made.c.day).label("day"), begun.label("begun"), standing.label("standing"))
        .select_from(told)
        .join(made, same, full=True)
        .join(Branch, Branch.id == func.coalesce(told.c.branch_id, made.c.branch_id))
        .where(begun != standing)
        .order_by(Branch.slug, "day")
    )
    for row in rows:
        what = f"op {row.day} begonnen de regels van bronnen {row.begun} opdrachten; er staan er {row.standing}"
        yield Mismatch(table="jobs", id=row.day.isoformat(), branch=row.slug, what=what)


def _by_day(
    owner: InstrumentedAttribute[Any], at: InstrumentedAttribute[datetime], jobs: ColumnElement[int], branch_ids: Sequence[uuid.UUID]
) -> Subquery:
    day = _day(at).label("day")
    return select(owner.label("branch_id"), day, jobs.label("jobs")).where(owner.in_(branch_ids)).group_by(owner, day).subquery()
