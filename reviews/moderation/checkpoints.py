"""Anchor each day of the ledger in the branch's audit chain, and find what was changed since.

A forger with the rights of the database can change a line and its digest, or delete an invitation with all its lines: the rows that are
left fit together. What does not fit any more is the closing of that day, and the chain that holds it can't be written again without losing
the head that was noted elsewhere (`audit.heads`).

A day is closed once, some hours after it ended: a line bears the moment at which its transaction began, and no transaction lasts that long.
"""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import ColumnElement, Date, Select, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import audit, due, job_queue
from reviews.database.job_queue import DUTIES, Claimed
from reviews.database.tables import AuditEntry, Branch, Duty, InvitationEvent, Job, Trigger
from reviews.invitations.oversight import integrity, ledger, lines_told
from reviews.invitations.oversight.integrity import Mismatch
from reviews.local import LOCAL

log: Final = structlog.get_logger("reviews.ledger")

ACTION: Final = "ledger_closed"
SETTLED_AFTER: Final = timedelta(hours=3)
"""How long after midnight a day is closed."""

_NOTHING: Final[dict[str, Any]] = {"many": 0, "digest": ""}
_PARTS: Final = {"lines": "regels in de geschiedenis", "told": "meldingen", "jobs": "opdrachten"}
_BREAKS: Final = {
    "entries_missing": "in de keten van de vestiging ontbreken regels vóór deze",
    "link_broken": "de regel sluit niet aan op de vorige",
    "entry_changed": "de regel is veranderd nadat hij werd geschreven",
}


def is_due() -> ColumnElement[bool]:
    """Whether a branch has days to close, or has no such duty yet (`reviews.database.due`)."""
    return or_(due.is_due(DUTIES, Duty.name == ACTION), _without_duty().exists())


def _without_duty() -> Select[uuid.UUID]:
    return select(Branch.id).where(Branch.id.not_in(select(Duty.branch_id).where(Duty.name == ACTION)))


@dataclass(frozen=True, slots=True)
class DayCloser:
    """Closes days, as a job of the background process."""

    maker: async_sessionmaker[AsyncSession]
    clock: Clock
    lease: timedelta

    async def close_due(self) -> int:
        """Close all days of a branch that is due and check its ledger; return how many branches there were."""
        await self._ensure_duties()
        async with self.maker.begin() as session:
            now = self.clock.now()
            # Ten leases, and never renewed: the whole ledger of a branch is checked within it.
            claimed = await job_queue.claim_due(session, DUTIES, now=now, lease=self.lease * 10, limit=1, only=Duty.name == ACTION)
        for duty in claimed:
            async with self.maker.begin() as session:
                await close(session, duty.branch_id, now=now)
            await self._check(duty, now)
        return len(claimed)

    async def _check(self, duty: Claimed, now: datetime) -> None:
        """Check the whole ledger of a branch, and keep on its duty when that was and how much was found."""
        async with self.maker.begin() as session:
            found = [finding async for finding in verify(session, [duty.branch_id])]
            values = {"done_at": now, "failure": f"findings:{len(found)}" if found else None}
            await job_queue.give_back(session, DUTIES, duty, due_at=_next_closing(now), values=values)
        if found:
            log.error("ledger_does_not_fit", branch_id=str(duty.branch_id), findings=len(found), first=f"{found[0].table}:{found[0].id}")

    async def _ensure_duties(self) -> None:
        async with self.maker.begin() as session:
            new = await session.scalars(_without_duty())
            rows = [{"branch_id": branch_id, "name": ACTION, "state": "waiting", "due_at": self.clock.now()} for branch_id in new]
            if rows:
                await session.execute(insert(Duty).values(rows).on_conflict_do_nothing())


def _open_day(now: datetime) -> date:
    """Return the first local day that cannot be closed yet."""
    return (now - SETTLED_AFTER).astimezone(LOCAL).date()


def _next_closing(now: datetime) -> datetime:
    return ledger.midnight(_open_day(now) + timedelta(days=1)) + SETTLED_AFTER


async def close(session: AsyncSession, branch_id: uuid.UUID, *, now: datetime) -> int:
    """Append the closing of each day of a branch that has ended and is not closed yet; return how many there were.

    A day on which nothing was written gets none.
    """
    # Two workers must not close one day twice. key_share: rows that refer to the branch need not wait.
    await session.execute(select(Branch.id).where(Branch.id == branch_id).with_for_update(key_share=True))
    last = await last_closed(session, branch_id)
    since = ledger.midnight(last + timedelta(days=1)) if last else None
    days = await _days(session, branch_id, since, ledger.midnight(_open_day(now)))
    for day in sorted(days):
        evidence = {"day": day.isoformat(), **days[day]}
        await audit.append(session, branch_id, actor="system", action=ACTION, subject=day.isoformat(), evidence=evidence, now=now)
    return len(days)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """When a branch's ledger was last checked by itself, and how many findings there were."""

    branch: str
    at: datetime
    findings: int


async def checks(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> list[Check]:
    """Return the newest check of each branch; a branch that was never checked is not among them."""
    rows = await session.execute(
        select(Branch.slug, Duty.done_at, Duty.failure)
        .join(Branch, Branch.id == Duty.branch_id)
        .where(Duty.branch_id.in_(branch_ids), Duty.name == ACTION, Duty.done_at.is_not(None))
        .order_by(Branch.slug)
    )
    return [Check(branch=slug, at=at, findings=int((failure or "0").rpartition(":")[2])) for slug, at, failure in rows if at]


async def last_closed(session: AsyncSession, branch_id: uuid.UUID) -> date | None:
    """Return the newest day of a branch that is closed."""
    day = await session.scalar(
        select(AuditEntry.subject).where(AuditEntry.branch_id == branch_id, AuditEntry.action == ACTION).order_by(AuditEntry.position.desc()).limit(1)
    )
    return date.fromisoformat(day) if day else None


async def _days(session: AsyncSession, branch_id: uuid.UUID, since: datetime | None, until: datetime) -> dict[date, dict[str, Any]]:
    """Return by local day how many lines, triggers and jobs a branch wrote, with the SHA-256 over them in the order of their ids."""
    days: dict[date, dict[str, Any]] = {}
    for name, rows, at, said in (
        ("lines", InvitationEvent, InvitationEvent.at, InvitationEvent.digest),
        ("told", Trigger, Trigger.received_at, Trigger.digest),
        ("jobs", Job, Job.created_at, func.uuid_send(Job.id)),
    ):
        # The local day, also in the nights in which the clock changes.
        day = cast(func.timezone(LOCAL.key, at), Date).label("day")
        # By id and not by moment: of several rows of one moment the order must always be the same.
        digest = func.sha256(func.string_agg(said, aggregate_order_by(literal(b""), rows.id)))
        query = select(day, func.count().label("many"), digest.label("digest")).where(rows.branch_id == branch_id, at < until).group_by(day)
        for row in await session.execute(query if since is None else query.where(at >= since)):
            days.setdefault(row.day, dict.fromkeys(_PARTS, _NOTHING))[name] = {"many": row.many, "digest": row.digest.hex()}
    return days


async def verify(session: AsyncSession, branch_ids: Sequence[uuid.UUID], *, noted: Sequence[str] = ()) -> AsyncIterator[Mismatch]:
    """Check everything that the ledger rests on: the rows against each other, each closed day against its closing, the chain itself.

    Each hash in `noted` (hexadecimal) must stand in a chain.
    """
    for check in (integrity.verify, lines_told.verify):
        async for finding in check(session, branch_ids):
            yield finding
    for branch in (await session.execute(select(Branch.id, Branch.slug).where(Branch.id.in_(branch_ids)).order_by(Branch.slug))).all():
        for finding in await _wrong_days(session, branch.id, branch.slug):
            yield finding
    for found in await audit.verify(session, branch_ids=branch_ids, noted=noted):
        yield Mismatch(table="audit", id=str(found.position), branch=found.branch or "-", what=_BREAKS.get(found.what, found.what))


async def _wrong_days(session: AsyncSession, branch_id: uuid.UUID, slug: str) -> list[Mismatch]:
    """Compare each closing of a branch with what stands there now; a day that has rows must have a closing, up to the last one."""
    closed = {
        date.fromisoformat(entry.subject): entry.evidence
        for entry in await session.execute(
            select(AuditEntry.subject, AuditEntry.evidence).where(AuditEntry.branch_id == branch_id, AuditEntry.action == ACTION)
        )
    }
    # Before the first closing there is nothing to compare with.
    if not closed:
        return []
    days = await _days(session, branch_id, None, ledger.midnight(max(closed) + timedelta(days=1)))
    nothing = dict.fromkeys(_PARTS, _NOTHING)
    return [
        Mismatch(table="audit", id=day.isoformat(), branch=slug, what=what)
        for day in sorted(closed.keys() | days.keys())
        for what in _differences(closed.get(day, nothing), days.get(day, nothing))
    ]


def _differences(closed: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = list[str]()
    for name, words in _PARTS.items():
        before, after = closed.get(name, _NOTHING), now[name]
        if before["many"] != after["many"]:
            found.append(f"bij de dagafsluiting waren er {before['many']} {words}, nu {after['many']}")
        elif before["digest"] != after["digest"]:
            found.append(f"de {words} van deze dag zijn andere dan bij de dagafsluiting")
    return found
