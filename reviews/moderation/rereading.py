"""Have a proof read once more: a person at the desk thinks that it was ours and not the document's doing that it was not read well.

The case leaves the queue until it is judged anew; the pictures and findings of the last time stay in sight meanwhile.
"""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import audit
from reviews.database.tables import Claim, Proof, VerdictRecord
from reviews.errors import ConflictError, NotFoundError
from reviews.moderation.users import Manager
from reviews.proofs.reading import BYTES_MISSING, VIRUS_FOUND

_NOTHING_TO_READ = frozenset({VIRUS_FOUND, BYTES_MISSING})


def can_be_read_again(claim_state: str, proof: Proof | None) -> bool:
    """Whether a proof lies there with its bytes, of a claim that waits for a decision."""
    if proof is None or proof.shredded_at is not None or proof.failure in _NOTHING_TO_READ:
        return False
    return claim_state == "judged" and proof.state in {"judged", "dead"}


async def ask(session: AsyncSession, manager: Manager, claim_id: uuid.UUID, *, now: datetime) -> None:
    """Queue the proof of a case anew; raise NotFoundError for a case of another branch, ConflictError when there is nothing to read any more."""
    # Locked: a decision that is being made comes before this, or after it.
    own = select(Claim).where(Claim.branch_id.in_(manager.branch_ids), Claim.id == claim_id).with_for_update()
    claim = await session.scalar(own)
    if claim is None:
        raise NotFoundError("Deze aanvraag is er niet, of hoort bij een andere vestiging.")
    proof = await _proof_of(session, claim)
    if proof is None or not can_be_read_again(claim.state, proof):
        raise ConflictError("Dit document kan nu niet opnieuw worden gelezen: het wordt al gelezen, er is al besloten, of het is er niet meer.")
    proof.state, proof.due_at, proof.asked_at, proof.failure = "waiting", now, now, None
    # It has all its attempts again. Their number goes on: it is the fence against a worker that slept through an earlier one.
    proof.attempts_before = proof.attempt
    claim.state = "checking"
    await session.flush()
    evidence = {"proof": str(proof.id), "round": claim.round}
    await audit.append(session, claim.branch_id, actor=manager.actor, action="proof_read_again", subject=str(claim.id), evidence=evidence, now=now)


async def _proof_of(session: AsyncSession, claim: Claim) -> Proof | None:
    """Return the proof of the latest verdict."""
    latest = (
        select(VerdictRecord.proof_id)
        .where(VerdictRecord.branch_id == claim.branch_id, VerdictRecord.claim_id == claim.id)
        .order_by(VerdictRecord.judged_at.desc(), VerdictRecord.id.desc())
        .limit(1)
    )
    proof_id = await session.scalar(latest)
    if proof_id is None:
        return None
    return await session.get(Proof, {"branch_id": claim.branch_id, "id": proof_id}, with_for_update=True)
