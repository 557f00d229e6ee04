"""Store a judgement: the verdict with its findings, and that its claim waits for a person.

A proof that we did not read gets one too, which says that it is our doing and not the document's.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import due, job_queue
from reviews.database.job_queue import PROOFS, Claimed
from reviews.database.tables import Claim, FindingRecord, Proof, VerdictRecord, new_id
from reviews.proofs import verdict
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import NOT_SCANNED, READER_DIED, READER_UNAVAILABLE


class Conclusion(msgspec.Struct, frozen=True):
    """What is kept of a judgement: outcome, findings, fields, what a mail's signature said, what makes the proof stronger than paper."""

    outcome: str
    findings: tuple[Finding, ...]
    fields: dict[str, Any] = {}
    mail: dict[str, Any] | None = None
    strengths: tuple[str, ...] = ()


async def store(session: AsyncSession, claim: Claim, proof: Proof | None, concluded: Conclusion, *, now: datetime) -> None:
    """Store what was concluded about a claim, with the version of the rules that concluded it."""
    row = VerdictRecord(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        proof_id=proof.id if proof else None,
        version=verdict.VERSION,
        outcome=concluded.outcome,
        fields=concluded.fields,
        mail=concluded.mail,
        strengths=list(concluded.strengths),
        judged_at=now,
    )
    session.add(row)
    # The findings refer to it, and without a relationship SQLAlchemy does not know which comes first.
    await session.flush()
    session.add_all(
        FindingRecord(branch_id=claim.branch_id, verdict_id=row.id, position=position, code=found.code, evidence=found.evidence)
        for position, found in enumerate(concluded.findings)
    )
    claim.state, claim.judged_at = "judged", now
    await session.flush()


async def refer(session: AsyncSession, claimed: Claimed, *, now: datetime) -> None:
    """Ask a person to look at a proof that we did not read, and say that it is our doing."""
    proof = await session.get_one(Proof, claimed.key)
    # Before the proof, as everybody does who locks both: the other way round two of them could wait for each other.
    claim = await session.get_one(Claim, {"branch_id": proof.branch_id, "id": proof.claim_id}, with_for_update=True)
    if await job_queue.settle(session, PROOFS, claimed, {"state": "judged", "failure": READER_UNAVAILABLE}):
        await store(session, claim, proof, Conclusion("refer", (Finding(Code.NOT_READ, READER_UNAVAILABLE),)), now=now)


async def hand_to_people(session: AsyncSession, *, now: datetime) -> int:
    """Give proofs that nothing could read, however often it was tried, a verdict that asks a person to look."""
    # A claim that somebody holds has its turn at the next pass.
    rows = (await session.execute(stuck().with_for_update(of=Claim, skip_locked=True))).all()
    for proof, claim in rows:
        given_up = NOT_SCANNED if proof.failure == NOT_SCANNED and proof.attempt - proof.attempts_before >= len(job_queue.PAUSES) else READER_DIED
        proof.failure = given_up
        await store(session, claim, proof, Conclusion("refer", (Finding(Code.NOT_READ, given_up),)), now=now)
    return len(rows)


def stuck() -> Select[Proof, Claim]:
    """Return the proofs that were given up, with their claims, that have no verdict yet."""
    return (
        select(Proof, Claim)
        .join(Claim, (Claim.branch_id == Proof.branch_id) & (Claim.id == Proof.claim_id))
        .where(due.in_state(Proof.state, "dead"), Claim.state == "checking")
    )
