"""Give proofs that we did not read to a person, and say that it is our doing and not the document's."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import due, job_queue
from reviews.database.job_queue import PROOFS, Claimed
from reviews.database.tables import Claim, Proof
from reviews.proofs import verdict_record
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import NOT_SCANNED, READER_DIED, READER_UNAVAILABLE
from reviews.proofs.verdict_record import Conclusion


async def refer(session: AsyncSession, claimed: Claimed, *, now: datetime) -> None:
    """Ask a person to look at a proof that we did not read, and say that it is our doing."""
    proof = await session.get_one(Proof, claimed.key)
    # Before the proof, as everybody does who locks both: the other way round two of them could wait for each other.
    claim = await session.get_one(Claim, {"branch_id": proof.branch_id, "id": proof.claim_id}, with_for_update=True)
    if await job_queue.settle(session, PROOFS, claimed, {"state": "judged", "failure": READER_UNAVAILABLE}):
        await verdict_record.store(session, claim, proof, Conclusion("refer", (Finding(Code.NOT_READ, READER_UNAVAILABLE),)), now=now)


async def hand_to_people(session: AsyncSession, *, now: datetime) -> int:
    """Give proofs that nothing could read, however often it was tried, a verdict that asks a person to look."""
    # A claim that somebody holds has its turn at the next pass.
    rows = (await session.execute(stuck().with_for_update(of=Claim, skip_locked=True))).all()
    for proof, claim in rows:
        given_up = NOT_SCANNED if proof.failure == NOT_SCANNED and proof.attempt - proof.attempts_before >= len(job_queue.PAUSES) else READER_DIED
        proof.failure = given_up
        await verdict_record.store(session, claim, proof, Conclusion("refer", (Finding(Code.NOT_READ, given_up),)), now=now)
    return len(rows)


def stuck() -> Select[Proof, Claim]:
    """Return the proofs that were given up, with their claims, that have no verdict yet."""
    return (
        select(Proof, Claim)
        .join(Claim, (Claim.branch_id == Proof.branch_id) & (Claim.id == Proof.claim_id))
        .where(due.in_state(Proof.state, "dead"), Claim.state == "checking")
    )
