"""Remember what approved documents of a branch look like, and remark where a new one differs.

A remark changes no outcome: it is shown to the person who decides. What is kept names no person, number or address, so it may stay when the
document is shredded.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import BranchProfile, Claim, Job, Proof, VerdictRecord
from reviews.local import LOCAL
from reviews.proofs import branch_profile
from reviews.proofs.findings import Code, Finding

_MOST_NUMBERS = 200


async def learn(session: AsyncSession, proof: Proof, *, on: date) -> None:
    """Add the traits of an approved document to the profile of its branch."""
    rows = [
        {"branch_id": proof.branch_id, "trait": trait, "value": value, "seen": 1, "first_seen_on": on, "last_seen_on": on}
        # Sorted, so that two decisions at once lock the rows in one order.
        for trait, value in sorted(proof.traits.items())
    ]
    if not rows:
        return
    seen = insert(BranchProfile).values(rows)
    # Decisions may be committed in another order than they were made in.
    again = {"seen": BranchProfile.seen + 1, "last_seen_on": func.greatest(BranchProfile.last_seen_on, seen.excluded.last_seen_on)}
    await session.execute(seen.on_conflict_do_update(index_elements=["branch_id", "trait", "value"], set_=again))


async def remark(session: AsyncSession, branch_id: uuid.UUID, traits: Mapping[str, str], number: str | None, dated_on: date | None) -> Finding | None:
    """Return the finding that says where a document differs from its branch's usual ones; None when it does not, or too little is known."""
    said = branch_profile.differences(traits, await _known(session, branch_id))
    if number and dated_on and branch_profile.is_out_of_range(number, dated_on, await _numbers_around(session, branch_id, dated_on)):
        said.append(branch_profile.OUT_OF_RANGE)
    return Finding(Code.UNUSUAL_FOR_BRANCH, "; ".join(said)) if said else None


async def _known(session: AsyncSession, branch_id: uuid.UUID) -> dict[str, dict[str, int]]:
    known: dict[str, dict[str, int]] = {}
    for row in await session.scalars(select(BranchProfile).where(BranchProfile.branch_id == branch_id)):
        known.setdefault(row.trait, {})[row.value] = row.seen
    return known


async def _numbers_around(session: AsyncSession, branch_id: uuid.UUID, day: date) -> list[tuple[str, date]]:
    """Return numbers that the branch gave out around a day: of its jobs, and of documents that a person approved."""
    noon = datetime.combine(day, time(12), LOCAL)
    # From noon to any hour: a day more, so that no day of NEARBY is cut.
    span = branch_profile.NEARBY + timedelta(days=1)
    jobs = await session.execute(
        select(Job.number, Job.completed_at)
        .where(Job.branch_id == branch_id, Job.completed_at.between(noon - span, noon + span))
        .order_by(Job.completed_at)
        .limit(_MOST_NUMBERS)
    )
    approved = await session.scalars(
        select(VerdictRecord.fields)
        .join(Claim, (Claim.branch_id == VerdictRecord.branch_id) & (Claim.id == VerdictRecord.claim_id))
        .where(VerdictRecord.branch_id == branch_id, Claim.state.in_(("approved", "published")))
        .order_by(VerdictRecord.judged_at.desc())
        .limit(_MOST_NUMBERS)
    )
    told = [(number, moment.astimezone(LOCAL).date()) for number, moment in jobs if moment]
    return told + [pair for fields in approved if (pair := _dated_number(fields))]


def _dated_number(fields: Mapping[str, Any]) -> tuple[str, date] | None:
    number, day = fields.get("number"), fields.get("date")
    return (number["value"], date.fromisoformat(day["value"])) if number and day else None
