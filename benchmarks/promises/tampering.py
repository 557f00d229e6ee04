"""Tampering: rows of the ledger and of the audit chain are changed behind the service's back, one after the other, and must all be found.

The promise (docs/decisions/0026): a changed row is named; what was taken away without a trace, or forged with a digest made anew, is found by
the closing of its day; and the end of a chain can't be cut off once its head was noted elsewhere. Each tampering is undone before the next.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from benchmarks.fixtures import Ground
from reviews.clock import SystemClock
from reviews.database import audit
from reviews.database import engine as database
from reviews.database.tables import AuditEntry, Invitation
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import integrity
from reviews.invitations.oversight.integrity import Mismatch
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing, secret_in
from reviews.moderation import checkpoints

JOBS, LINKS, TRIES = 1000, 1000, 5
MANY, PATIENCE = 100_000, 10.0
Maker = async_sessionmaker[AsyncSession]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to tamper with one invitation's rows; `found_in` is the table whose row must be named, `audit` where only the closing knows."""

    name: str
    statement: str
    found_in: str


_FORGED = (
    "UPDATE invitation_events AS e SET actor = 'user:nobody', digest = sha256(convert_to(concat_ws('|', e.invitation_id,"
    " (extract(epoch FROM e.at) * 1000000)::bigint, e.state, coalesce(e.reason, ''),"
    " coalesce(((extract(epoch FROM e.due_at) * 1000000)::bigint)::text, ''), 'user:nobody'), 'UTF8')) WHERE e.invitation_id = :invitation"
)
KINDS = (
    Kind("invitation: state", "UPDATE invitations SET state = 'held' WHERE id = :invitation", "invitations"),
    Kind("invitation: reason", "UPDATE invitations SET reason = 'too_old' WHERE id = :invitation", "invitations"),
    Kind("invitation: moment", "UPDATE invitations SET due_at = due_at - interval '1 day' WHERE id = :invitation", "invitations"),
    Kind("invitation: deleted", "DELETE FROM invitations WHERE id = :invitation", "jobs"),
    Kind("line: changed", "UPDATE invitation_events SET state = 'sent' WHERE invitation_id = :invitation", "invitation_events"),
    Kind("line: digest made anew", _FORGED, "audit"),
    Kind("lines: deleted", "DELETE FROM invitation_events WHERE invitation_id = :invitation", "invitations"),
    Kind("job: state", "UPDATE jobs SET state = 'open' WHERE id = :job", "jobs"),
    Kind("job: kind", "UPDATE jobs SET kind = 'repair' WHERE id = :job", "jobs"),
    Kind("job: completion", "UPDATE jobs SET completed_at = completed_at + interval '1 hour' WHERE id = :job", "jobs"),
    Kind("job: moved to another period", "UPDATE jobs SET created_at = created_at - interval '90 days' WHERE id = :job", "jobs"),
    Kind("job: deleted with all of it", "DELETE FROM jobs WHERE id = :job", "audit"),
    Kind("trigger: payload", "UPDATE triggers SET payload = jsonb_set(payload, '{total}', '\"1.00\"') WHERE job_id = :job", "triggers"),
    Kind("trigger: digest", "UPDATE triggers SET digest = sha256('x') WHERE job_id = :job", "triggers"),
    Kind("trigger: deleted", "DELETE FROM triggers WHERE job_id = :job", "jobs"),
)
LINK_KINDS = {
    "chain: entry changed": "UPDATE audit SET actor = 'user:nobody' WHERE position = :position",
    "chain: entry deleted": "DELETE FROM audit WHERE position = :position",
    "chain: entry inserted": (
        "INSERT INTO audit SELECT branch_id, max(position) OVER () + 1, at, actor, action, subject, evidence, previous_hash, hash"
        " FROM audit ORDER BY position = :position DESC LIMIT 1"
    ),
    "chain: two swapped": (
        "UPDATE audit AS a SET action = b.action, subject = b.subject, evidence = b.evidence, hash = b.hash, previous_hash = b.previous_hash"
        " FROM audit AS b WHERE a.branch_id = b.branch_id AND a.position IN (:position, :position + 1)"
        " AND b.position = 2 * :position + 1 - a.position"
    ),
    "chain: tail cut off": "DELETE FROM audit WHERE position > :position",
}


def prove() -> bool:
    """Tamper, print what was found, and say whether the promise held."""
    with fixtures.laid() as laid:
        held = asyncio.run(_prove(laid))
    with fixtures.laid() as laid:
        held &= asyncio.run(_quick(laid))
    print("held" if held else "BROKEN")
    return held


async def _prove(laid: Ground) -> bool:
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    try:
        await _tell(laid, maker, range(JOBS))
        branch_id, head = await _closed(maker, links=LINKS)
        print(f"{JOBS} jobs, {LINKS} links in the chain, {TRIES} rows for each kind\n{'kind of tampering':<34}{'found':>8}{'named':>8}")
        held = await _untouched(maker, branch_id, head)
        draw = random.Random(6)  # noqa: S311 - which rows, not a secret
        for kind in KINDS:
            held &= await _ledger_kind(maker, branch_id, kind, draw)
        for name, statement in LINK_KINDS.items():
            held &= await _link_kind(maker, branch_id, name, statement, draw, head)
    finally:
        await engine.dispose()
    return held


async def _tell(laid: Ground, maker: Maker, numbers: range, **changes: str) -> None:
    """Tell of jobs, so that each has a trigger, an invitation and a line; with changes, tell of them once more."""
    now, key_ring = SystemClock().now(), KeyRing(secret_in(laid.folder))
    horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
    for first in range(numbers.start, numbers.stop, 1000):
        async with maker.begin() as session:
            branch, source = await fixtures.branch_of(session), await sources.caller_with(session, laid.key, now=now)
            told = [
                event_model.read({**fixtures.told(number, now), **_of(number, changes)}, now=now)
                for number in range(first, min(first + 1000, numbers.stop))
            ]
            await trigger.accept(session, branch, source.source_id, told, key_ring=key_ring, horizon=horizon, now=now)


def _of(number: int, changes: dict[str, str]) -> dict[str, str]:
    return {name: value.format(number) for name, value in changes.items()}


async def _closed(maker: Maker, *, links: int) -> tuple[UUID, str]:
    """Close the day, fill the chain up to its length, and return the branch and the head of its chain, as somebody would note it."""
    now = SystemClock().now()
    async with maker.begin() as session:
        branch = await fixtures.branch_of(session)
        await checkpoints.close(session, branch.id, now=now + timedelta(days=2))
        await _lengthen(session, branch.id, links)
        [head] = [one for one in await audit.heads(session) if one.branch == branch.slug]
        return branch.id, head.hash


async def _found(session: AsyncSession, branch_id: UUID, noted: Sequence[str] = ()) -> list[Mismatch]:
    return [finding async for finding in checkpoints.verify(session, [branch_id], noted=noted)]


async def _untouched(maker: Maker, branch_id: UUID, head: str) -> bool:
    async with maker() as session:
        found = await _found(session, branch_id, [head])
    print(f"{'nothing':<34}{len(found):>8}{'-':>8}")
    return not found


async def _ledger_kind(maker: Maker, branch_id: UUID, kind: Kind, draw: random.Random) -> bool:
    found = named = 0
    for _ in range(TRIES):
        async with maker() as session:
            rows = (await session.execute(select(Invitation.id, Invitation.job_id).where(Invitation.branch_id == branch_id))).all()
            row = draw.choice(rows)
            touched = {"invitations": row.id, "jobs": row.job_id}
            bound = {name: value for name, value in (("invitation", row.id), ("job", row.job_id)) if f":{name}" in kind.statement}
            await session.execute(text(kind.statement), bound)
            findings = await _found(session, branch_id)
            found += bool(findings)
            named += any(one.table == kind.found_in and one.id == str(touched.get(kind.found_in, one.id)) for one in findings)
            await session.rollback()
    print(f"{kind.name:<34}{found:>6}/{TRIES}{named:>6}/{TRIES}")
    return (found, named) == (TRIES, TRIES)


async def _link_kind(maker: Maker, branch_id: UUID, name: str, statement: str, draw: random.Random, head: str) -> bool:
    found = 0
    for _ in range(TRIES):
        async with maker() as session:
            await session.execute(text(statement), {"position": draw.randrange(2, LINKS - 1)})
            found += bool(await audit.verify(session, branch_ids=[branch_id], noted=[head]))
            await session.rollback()
    print(f"{name:<34}{found:>6}/{TRIES}{'-':>8}")
    return found == TRIES


async def _quick(laid: Ground) -> bool:
    """Verify many lines, and a chain as long, within the time that was promised."""
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    await _tell(laid, maker, range(MANY // 2))
    await _tell(laid, maker, range(MANY // 2), event_id="credit-{}", type="job.credited")
    branch_id, head = await _closed(maker, links=MANY)
    async with maker() as session:
        began = monotonic()
        breaks = await audit.verify(session, branch_ids=[branch_id], noted=[head])
        chain = monotonic() - began
        found = [finding async for finding in integrity.verify(session, [branch_id])]
        rows = monotonic() - began - chain
    await engine.dispose()
    print(f"{MANY} links verified in {chain:.1f} s, {MANY} lines and as many triggers of {MANY // 2} jobs in {rows:.1f} s")
    print(f"(at most {PATIENCE:.0f} s each)")
    return not breaks and not found and chain <= PATIENCE and rows <= PATIENCE


async def _lengthen(session: AsyncSession, branch_id: UUID, links: int) -> None:
    """Write links up to a number, many at once."""
    last = (await session.scalars(select(AuditEntry).where(AuditEntry.branch_id == branch_id).order_by(AuditEntry.position.desc()).limit(1))).one()
    values = {"branch_id": branch_id, "at": last.at, "actor": "system", "action": "noted", "evidence": {}}
    rows, previous = list[dict[str, Any]](), last.hash
    for position in range(last.position + 1, links + 1):
        link = {**values, "position": position, "subject": str(position), "previous_hash": previous}
        previous = audit.hash_of(AuditEntry(**link))
        rows.append({**link, "hash": previous})
    await session.execute(insert(AuditEntry), rows)
