"""Opt-outs that sources pass on: a branch's key silences the branch's own customers; of others head office decides.

| told of | what follows |
|---|---|
| a customer of a branch that the source speaks for | counts at once, at every branch |
| anybody else | waits for head office; counts by itself once they become a customer of that branch |
| more in a day than the source may | waits for head office, so that a key in wrong hands silences few |

Who told it may take it back: it then counts no longer, unless another source told it too or the person said so themselves.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
import structlog
from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import due, locks
from reviews.database.locks import Lock
from reviews.database.tables import Branch, Job, Person, Source, SourceBranch, Suppression, ToldWish
from reviews.errors import NotFoundError, TooManyError
from reviews.invitations.intake.sources import Caller
from reviews.invitations.planning import replanning
from reviews.invitations.planning.schedule import Horizon
from reviews.privacy import suppression
from reviews.privacy.suppression import TOLD_BRANCH, Wish
from reviews.reasons import SkipReason

WaitsFor = Literal["not_customer", "daily_cap"]

_DAY: Final = timedelta(days=1)
_LOT: Final = 100
_KEPT: Final = timedelta(days=365)

log = structlog.get_logger("reviews.privacy")


class Passed(msgspec.Struct, frozen=True):
    """An opt-out as head office sees it: the name of the source that told it, and the address of the customer where it is about one."""

    wish: ToldWish
    source: str
    customer: str | None


class Queued(msgspec.Struct, frozen=True):
    """How many opt-outs of a source wait."""

    source_id: uuid.UUID
    source: str
    many: int


class Told(msgspec.Struct, frozen=True):
    """What became of an opt-out: whether it counts, what it waits for where it does not, and how many invitations it stopped."""

    counts: bool
    waits_for: WaitsFor | None = None
    stopped: int = 0


async def tell(session: AsyncSession, caller: Caller, wish: Wish, *, address_key: bytes, per_day: int, now: datetime) -> Told:
    """Take in what a source passes on; the same again changes nothing. `per_day` is for each branch that it speaks for.

    Raise TooManyError when as many again as may count in a day would wait.
    """
    # One after the other for each source: two at once would each be counted without the other.
    await locks.take(session, Lock.TOLD_WISHES, str(caller.source_id))
    known = await session.get(ToldWish, {"address_key": address_key, "source_id": caller.source_id}, populate_existing=True)
    if known is not None and known.state == "counts":
        return Told(counts=True)
    if known is not None and known.state == "waits":
        return Told(counts=False, waits_for=msgspec.convert(known.waits_for, WaitsFor))
    waits_for = await _waits_for(session, caller, address_key, await _most(session, caller, per_day), now)
    values: dict[str, Any] = {
        "state": "waits" if waits_for else "counts",
        "waits_for": waits_for,
        "email": wish.email if waits_for else None,
        "why": wish.why,
        "told_at": now,
        "decided_at": None if waits_for else now,
        "decided_by": None,
    }
    new = insert(ToldWish).values(address_key=address_key, source_id=caller.source_id, **values)
    await session.execute(new.on_conflict_do_update(index_elements=["address_key", "source_id"], set_=values))
    if waits_for:
        return Told(counts=False, waits_for=waits_for)
    return Told(counts=True, stopped=await suppression.suppress(session, address_key, reason=TOLD_BRANCH, origin=caller.name, now=now))


async def _most(session: AsyncSession, caller: Caller, per_day: int) -> int:
    branches = len(caller.branch_ids) if caller.branch_ids is not None else await session.scalar(select(func.count()).select_from(Branch))
    return per_day * max(branches or 0, 1)


async def _waits_for(session: AsyncSession, caller: Caller, address_key: bytes, most: int, now: datetime) -> WaitsFor | None:
    """Return what an opt-out waits for, None where it counts at once."""
    lately = select(func.count()).where(ToldWish.source_id == caller.source_id, ToldWish.told_at > now - _DAY)
    if (await session.scalar(lately) or 0) >= 2 * most:
        log.warning("told_wishes_refused", source=str(caller.source_id), most=most)
        raise TooManyError("Zo veel afmeldingen op één dag neemt de dienst van u niet aan.", retry_after=3600)
    if caller.branch_ids is not None and not await _is_customer(session, address_key, caller.branch_ids):
        return "not_customer"
    if await _counted(session, caller.source_id, now) >= most:
        log.warning("told_wishes_capped", source=str(caller.source_id), most=most)
        return "daily_cap"
    return None


async def _is_customer(session: AsyncSession, address_key: bytes, branch_ids: Collection[uuid.UUID]) -> bool:
    job = exists().where(Job.person_id == Person.id, Person.address_key == address_key, Job.branch_id.in_(branch_ids))
    return bool(await session.scalar(select(job)))


async def _counted(session: AsyncSession, source_id: uuid.UUID, now: datetime) -> int:
    """Count what began to count by itself in the last day."""
    mine = ToldWish.source_id == source_id, ToldWish.state == "counts"
    counted = select(func.count()).where(*mine, ToldWish.decided_by.is_(None), ToldWish.decided_at > now - _DAY)
    return await session.scalar(counted) or 0


def is_due() -> ColumnElement[bool]:
    """Whether somebody whose opt-out waits has become a customer of the branch that told it (`reviews.database.due`)."""
    return exists().where(*_became_customer())


def _became_customer() -> tuple[ColumnElement[bool], ...]:
    job = exists().where(
        Person.address_key == ToldWish.address_key,
        Job.person_id == Person.id,
        SourceBranch.source_id == ToldWish.source_id,
        SourceBranch.branch_id == Job.branch_id,
    )
    return due.in_state(ToldWish.state, "waits"), due.in_state(ToldWish.waits_for, "not_customer"), job


async def catch_up(maker: async_sessionmaker[AsyncSession], clock: Clock, *, per_day: int) -> int:
    """Let the opt-outs count whose people became customers, within what the source may in a day; return how many were looked at."""
    async with maker.begin() as session:
        chosen = select(ToldWish).where(*_became_customer()).order_by(ToldWish.told_at).limit(_LOT).with_for_update(skip_locked=True)
        rows = (await session.scalars(chosen)).all()
        # In the order of the address keys, as people are locked everywhere.
        for row in sorted(rows, key=_address_key):
            source = await session.get_one(Source, row.source_id)
            scope = frozenset(await session.scalars(select(SourceBranch.branch_id).where(SourceBranch.source_id == source.id)))
            most = await _most(session, Caller(source.id, source.name, scope), per_day)
            if await _counted(session, source.id, clock.now()) >= most:
                row.waits_for = "daily_cap"
            else:
                await _let_count(session, row, source.name, by=None, now=clock.now())
            await session.flush()
    return len(rows)


def _address_key(row: ToldWish) -> bytes:
    return row.address_key


async def _let_count(session: AsyncSession, row: ToldWish, origin: str, *, by: str | None, now: datetime) -> int:
    row.state, row.waits_for, row.email, row.decided_at, row.decided_by = "counts", None, None, now, by
    return await suppression.suppress(session, row.address_key, reason=TOLD_BRANCH, origin=origin, now=now)


async def of_address(session: AsyncSession, address_key: bytes) -> list[tuple[ToldWish, str]]:
    """Return who told what about an address, each with the name of its source, the oldest first."""
    rows = select(ToldWish, Source.name).join(Source, Source.id == ToldWish.source_id).where(ToldWish.address_key == address_key)
    return [(wish, name) for wish, name in await session.execute(rows.order_by(ToldWish.told_at, Source.name))]


async def told_for(session: AsyncSession, branch_id: uuid.UUID, person_id: uuid.UUID) -> list[tuple[ToldWish, str]]:
    """Return what counts or waits of a person and was told by sources of a branch, each with the name of its source.

    What sources of other branches alone told is not among it: a branch need not know where else its customer buys.
    """
    own = exists().where(SourceBranch.source_id == Source.id, SourceBranch.branch_id == branch_id)
    rows = (
        select(ToldWish, Source.name)
        .join(Source, Source.id == ToldWish.source_id)
        .join(Person, Person.address_key == ToldWish.address_key)
        .where(Person.id == person_id, ToldWish.state.in_(("counts", "waits")), Source.all_branches | own)
        .order_by(ToldWish.told_at, Source.name)
    )
    return [(wish, name) for wish, name in await session.execute(rows)]


async def waiting(session: AsyncSession, source: str | None = None, *, limit: int | None = None) -> list[tuple[ToldWish, str]]:
    """Return what waits for head office, of one source or of all, each with the name of its source, the oldest first."""
    rows = select(ToldWish, Source.name).join(Source, Source.id == ToldWish.source_id).where(due.in_state(ToldWish.state, "waits"))
    chosen = rows.where(Source.name == source) if source else rows
    return [(wish, name) for wish, name in await session.execute(chosen.order_by(ToldWish.told_at, Source.name).limit(limit))]


async def queued(session: AsyncSession) -> list[Queued]:
    """Return of which sources how many wait, in the order of their names."""
    rows = select(Source.id, Source.name, func.count()).join(ToldWish, ToldWish.source_id == Source.id)
    waits = rows.where(due.in_state(ToldWish.state, "waits")).group_by(Source.id, Source.name).order_by(Source.name)
    return [Queued(source_id, name, many) for source_id, name, many in await session.execute(waits)]


async def decided(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> list[Passed]:
    """Return what counts, was put aside or was taken back, the newest decision first."""
    rows = (
        select(ToldWish, Source.name, Person.email)
        .join(Source, Source.id == ToldWish.source_id)
        .outerjoin(Person, Person.address_key == ToldWish.address_key)
        .where(ToldWish.state != "waits", *conditions)
        .order_by(ToldWish.decided_at.desc(), ToldWish.address_key)
        .limit(limit)
    )
    return [Passed(wish, source, customer) for wish, source, customer in await session.execute(rows)]


async def decide(session: AsyncSession, source: str, address_keys: Sequence[bytes], *, allow: bool, by: str, now: datetime) -> int:
    """Decide about what a source told and what waits, all of it where no address is named; return how many that were."""
    mine = select(ToldWish).join(Source, Source.id == ToldWish.source_id).where(Source.name == source, due.in_state(ToldWish.state, "waits"))
    chosen = mine.where(ToldWish.address_key.in_(address_keys)) if address_keys else mine
    # In the order of the address keys, as people are locked everywhere.
    rows = (await session.scalars(chosen.order_by(ToldWish.address_key).with_for_update(of=ToldWish))).all()
    for row in rows:
        if allow:
            await _let_count(session, row, source, by=by, now=now)
        else:
            row.state, row.waits_for, row.email, row.decided_at, row.decided_by = "declined", None, None, now, by
    await session.flush()
    return len(rows)


async def overturn(session: AsyncSession, source_id: uuid.UUID, address_key: bytes, *, by: str, now: datetime) -> None:
    """Let an opt-out count after all that was put aside; raise NotFoundError when it is not put aside (any more)."""
    row = await session.get(ToldWish, {"address_key": address_key, "source_id": source_id}, with_for_update=True, populate_existing=True)
    if row is None or row.state != "declined":
        raise NotFoundError("no opt-out of that address is put aside")
    source = await session.get_one(Source, source_id)
    await _let_count(session, row, source.name, by=by, now=now)
    await session.flush()


async def withdraw(session: AsyncSession, source_id: uuid.UUID, address_key: bytes, *, by: str, horizon: Horizon, now: datetime) -> bool:
    """Take back what a source told; return whether the address stays silent, by another's word or the person's own.

    Raise NotFoundError when the source told nothing of that address, or has taken it back already.
    """
    # The wish before the person, as in all that happens here: two that lock both must lock them in one order.
    row = await session.get(ToldWish, {"address_key": address_key, "source_id": source_id}, with_for_update=True, populate_existing=True)
    if row is None or row.state not in {"counts", "waits"}:
        raise NotFoundError("this source told no opt-out of that address, or has taken it back")
    row.state, row.waits_for, row.email, row.decided_at, row.decided_by = "withdrawn", None, None, now, by
    await session.flush()
    person_id = await session.scalar(select(Person.id).where(Person.address_key == address_key).with_for_update())
    standing = await session.get(Suppression, address_key, with_for_update=True, populate_existing=True)
    if standing is None or standing.reason != TOLD_BRANCH:
        return standing is not None
    others = [name for wish, name in await of_address(session, address_key) if wish.state == "counts"]
    if others:
        standing.origin = others[0]
        return True
    await session.delete(standing)
    await session.flush()
    if person_id is not None:
        await replanning.replan_person(session, person_id, after=SkipReason.SUPPRESSED, horizon=horizon, now=now)
    return False


async def tidy(maker: async_sessionmaker[AsyncSession], now: datetime) -> int:
    """Forget what waited a year without having become anything, with the address in it; return how many that were."""
    old = delete(ToldWish).where(due.in_state(ToldWish.state, "waits"), ToldWish.told_at < now - _KEPT)
    async with maker.begin() as session:
        return len((await session.scalars(old.returning(ToldWish.source_id))).all())
