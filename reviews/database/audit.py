"""The record of what people and machine decided: a chain per branch in which each hash covers the one before.

Whoever changes, inserts, moves or removes an entry breaks the chain from there on. Only cutting off the newest entries leaves a chain that
looks whole: against that, `heads` are noted elsewhere and `verify` is told to look for them.
"""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import AuditEntry, Branch

_BEFORE_THE_FIRST = bytes(32)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_IN_ORDER = select(*AuditEntry.__table__.columns).order_by(AuditEntry.branch_id, AuditEntry.position)


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the record is not what was written. `branch` is None for a noted head that stands in no chain."""

    branch: str | None
    position: int
    what: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest entry of a branch's chain."""

    branch: str
    position: int
    hash: str


async def append(
    session: AsyncSession, branch_id: uuid.UUID, *, actor: str, action: str, subject: str, evidence: Mapping[str, Any], now: datetime
) -> AuditEntry:
    """Add an entry to a branch's chain; others who write to the same chain wait until the caller's transaction ends.

    `evidence` holds JSON without floats and nothing personal: the record is kept when the person's data is erased.
    """
    await session.execute(select(Branch.id).where(Branch.id == branch_id).with_for_update(key_share=True))
    last = await session.scalar(select(AuditEntry).where(AuditEntry.branch_id == branch_id).order_by(AuditEntry.position.desc()).limit(1))
    entry = AuditEntry(
        branch_id=branch_id,
        position=last.position + 1 if last else 1,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        evidence=dict(evidence),
        previous_hash=last.hash if last else _BEFORE_THE_FIRST,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    await session.flush()
    return entry


def hash_of(entry: AuditEntry | Row[*tuple[Any, ...]]) -> bytes:
    """Return the SHA-256 of an entry's canonical JSON: sorted keys, no spaces, UTF-8."""
    return hashlib.sha256(_CANONICAL.encode(_said(entry)).encode()).digest()


def _said(entry: AuditEntry | Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "branch": str(entry.branch_id),
        "position": entry.position,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "evidence": entry.evidence,
        "previous": entry.previous_hash.hex(),
    }


async def exported(session: AsyncSession) -> AsyncIterator[str]:
    """Yield each entry of all chains as a line of JSON, without keeping those before it.

    Without `slug` and `hash`, a line with sorted keys and no spaces is the text whose SHA-256 is `hash`: whoever has only this can check the chain.
    """
    slugs = await _slugs(session)
    async for entry in _entries(session, _IN_ORDER):
        yield _CANONICAL.encode({**_said(entry), "slug": slugs[entry.branch_id], "hash": entry.hash.hex()})


async def _slugs(session: AsyncSession) -> dict[uuid.UUID, str]:
    return {row.id: row.slug for row in await session.execute(select(Branch.id, Branch.slug))}


async def _entries(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> AsyncIterator[Row[*tuple[Any, ...]]]:
    async for part in (await session.stream(query.execution_options(yield_per=1000))).partitions():
        for entry in part:
            yield entry


async def verify(session: AsyncSession, *, branch_ids: Sequence[uuid.UUID] | None = None, noted: Sequence[str] = ()) -> list[Break]:
    """Walk all chains, or those of some branches, and return every break; each hash in `noted` (hexadecimal) must stand in one of them."""
    slugs = await _slugs(session)
    missing = {head.lower() for head in noted}
    breaks: list[Break] = []
    branch_id: uuid.UUID | None = None
    position, previous = 0, _BEFORE_THE_FIRST
    query = _IN_ORDER if branch_ids is None else _IN_ORDER.where(AuditEntry.branch_id.in_(branch_ids))
    async for entry in _entries(session, query):
        if entry.branch_id != branch_id:
            branch_id, position, previous = entry.branch_id, 0, _BEFORE_THE_FIRST
        breaks += [Break(branch=slugs[entry.branch_id], position=entry.position, what=what) for what in _wrong_with(entry, position, previous)]
        position, previous = entry.position, entry.hash
        missing.discard(entry.hash.hex())
    return breaks + [Break(branch=None, position=0, what=f"noted_head_missing:{head}") for head in sorted(missing)]


def _wrong_with(entry: Row[*tuple[Any, ...]], position: int, previous: bytes) -> list[str]:
    found = []
    if entry.position != position + 1:
        found.append("entries_missing")
    if entry.previous_hash != previous:
        found.append("link_broken")
    if entry.hash != hash_of(entry):
        found.append("entry_changed")
    return found


async def heads(session: AsyncSession) -> list[Head]:
    """Return the newest entry of each chain, to be noted where the database's administrator can't reach it."""
    newest = select(AuditEntry.branch_id, func.max(AuditEntry.position).label("position")).group_by(AuditEntry.branch_id).subquery()
    rows = await session.execute(
        select(Branch.slug, AuditEntry.position, AuditEntry.hash)
        .join(newest, (newest.c.branch_id == AuditEntry.branch_id) & (newest.c.position == AuditEntry.position))
        .join(Branch, Branch.id == AuditEntry.branch_id)
        .order_by(Branch.slug)
    )
    return [Head(branch=slug, position=position, hash=digest.hex()) for slug, position, digest in rows]
