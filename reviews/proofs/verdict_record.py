"""Store a judgement: the verdict with its findings, and that its claim waits for a person."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Claim, FindingRecord, Proof, VerdictRecord, new_id
from reviews.proofs import verdict
from reviews.proofs.findings import Finding


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
