"""Moderation, step 2 of 3: record what a person decides; the first decision counts.

Only here does a claim leave the desk. The record of a decision lists what the person was shown, as proof that rating and text were not
among it.
"""

import uuid
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import audit
from reviews.database.tables import Branch, Claim, Decision, FindingRecord, Proof, Publication, VerdictRecord, new_id
from reviews.errors import AlreadyDecidedError, ConflictError, FieldError, InvalidError, NotFoundError
from reviews.moderation import claim_mails
from reviews.moderation.case import Case
from reviews.moderation.reasons import REASONS
from reviews.moderation.users import Manager
from reviews.proofs.profiles import learning

Choice = Literal["approve", "refuse", "ask"]

_STATE_AFTER = {"approve": "approved", "refuse": "refused", "ask": "proof_needed"}
_LETTER_AFTER: dict[Choice, claim_mails.Kind] = {"approve": "approved", "refuse": "refused", "ask": "ask"}


async def record(
    session: AsyncSession,
    claim_id: uuid.UUID,
    *,
    manager: Manager,
    choice: Choice,
    reason: str | None,
    now: datetime,
    proof_days: int,
    seen_round: int | None = None,
) -> Decision:
    """Record a decision about a claim that waits for one, with its mail, and the publication of what was approved.

    The proof is shredded `proof_days` later, also when a better one was asked for: whether that ever comes is up to the customer. `seen_round`
    is the round that the page showed: a page from before a better document came decides nothing. Raise NotFoundError for another branch's
    claim, AlreadyDecidedError when somebody was first, ConflictError when the machine has not judged yet, InvalidError for a missing or
    unfitting reason.
    """
    check_reason(choice, reason)
    claim = await _claim(session, claim_id, manager)
    if seen_round is not None and seen_round != claim.round:
        raise AlreadyDecidedError("Deze aanvraag is inmiddels veranderd; bekijk haar opnieuw.")
    verdict = await _latest_verdict(session, claim)
    decision = await _first(session, claim, verdict, manager=manager, choice=choice, reason=reason, now=now)
    claim.state = _STATE_AFTER[choice]
    await claim_mails.promise(session, claim, _LETTER_AFTER[choice], now=now)
    if choice == "approve":
        await _plan_publication(session, claim, now)
        await _learn(session, verdict, now)
    if choice == "ask":
        claim.round += 1
    # Also after `ask`: whether a better document ever comes is up to the customer.
    await _plan_shredding(session, claim, now + timedelta(days=proof_days))
    await session.flush()
    await _write_down(session, claim, verdict, decision)
    return decision


async def made_by(session: AsyncSession, manager: Manager, claim_id: uuid.UUID) -> Decision | None:
    """Return a person's own newest decision about a claim of their branches; None when they made none, or may not see it any more."""
    own = (Decision.user_id == manager.user_id, Decision.branch_id.in_(manager.branch_ids), Decision.claim_id == claim_id)
    return await session.scalar(select(Decision).where(*own).order_by(Decision.round.desc()).limit(1))


def check_reason(choice: Choice, reason: str | None) -> None:
    """Raise InvalidError unless the reason is one of the closed list that fits the choice; an approval has none."""
    if choice == "approve" and reason is None:
        return
    if choice == "approve":
        raise InvalidError([FieldError("reason", "not_allowed", "Bij goedkeuren hoort geen reden.")])
    if reason is None:
        raise InvalidError([FieldError("reason", "missing", "Kies een reden; de klant krijgt die te lezen.")])
    if reason not in REASONS:
        raise InvalidError([FieldError("reason", "wrong_value", "Kies een reden uit de lijst.")])
    if choice == "ask" and REASONS[reason].sort == "final":
        raise InvalidError([FieldError("reason", "not_mendable", "Om deze reden helpt een ander document niet; weiger, of kies een andere reden.")])


async def _claim(session: AsyncSession, claim_id: uuid.UUID, manager: Manager) -> Claim:
    claim = await session.scalar(select(Claim).where(Claim.branch_id.in_(manager.branch_ids), Claim.id == claim_id))
    if claim is None:
        raise NotFoundError("Deze aanvraag is er niet, of hoort bij een andere vestiging.")
    # Sent back after a first round also counts as decided: the page is of the round before.
    if claim.state in {"approved", "refused", "published"} or (claim.state == "proof_needed" and claim.round > 1):
        raise AlreadyDecidedError("Over deze aanvraag is al besloten.")
    if claim.state != "judged":
        raise ConflictError("Deze aanvraag wacht nog op de klant of op de controle van het klantbewijs.")
    return claim


async def _latest_verdict(session: AsyncSession, claim: Claim) -> VerdictRecord:
    latest = (
        select(VerdictRecord)
        .where(VerdictRecord.branch_id == claim.branch_id, VerdictRecord.claim_id == claim.id)
        .order_by(VerdictRecord.judged_at.desc(), VerdictRecord.id.desc())
    )
    return (await session.scalars(latest.limit(1))).one()


async def _first(
    session: AsyncSession, claim: Claim, verdict: VerdictRecord, *, manager: Manager, choice: Choice, reason: str | None, now: datetime
) -> Decision:
    """Store the decision of this round; the unique key (branch, claim, round) lets the first one in and makes the second wait, then lose."""
    row = insert(Decision).values(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        verdict_id=verdict.id,
        round=claim.round,
        choice=choice,
        reason=reason,
        user_id=manager.user_id,
        decided_at=now,
    )
    once = row.on_conflict_do_nothing(index_elements=["branch_id", "claim_id", "round"]).returning(Decision)
    decision = await session.scalar(once)
    if decision is None:
        raise AlreadyDecidedError("Iemand anders heeft net over deze aanvraag besloten.")
    return decision


async def _plan_publication(session: AsyncSession, claim: Claim, now: datetime) -> None:
    branch = await session.get_one(Branch, claim.branch_id)
    route = branch.rules.get("publication", "questionnaire")
    session.add(Publication(branch_id=claim.branch_id, claim_id=claim.id, route=route, state="waiting", due_at=now))


async def _learn(session: AsyncSession, verdict: VerdictRecord, now: datetime) -> None:
    """Learn what the approved document looks like.

    There is nothing to learn from a claim that was recognised without one, nor from a document that the machine took for no proof of this
    branch: whoever approves it all the same has a reason that does not show in the document.
    """
    if verdict.proof_id is None or verdict.outcome == "reject":
        return
    proof = await session.get_one(Proof, {"branch_id": verdict.branch_id, "id": verdict.proof_id})
    await learning.learn(session, proof, on=now.date())


async def _plan_shredding(session: AsyncSession, claim: Claim, moment: datetime) -> None:
    """Set the term of the proofs of this round; those of earlier rounds keep theirs."""
    fresh = update(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id, Proof.shred_after.is_(None))
    await session.execute(fresh.values(shred_after=moment))


async def _write_down(session: AsyncSession, claim: Claim, verdict: VerdictRecord, decision: Decision) -> None:
    codes = await session.scalars(
        select(FindingRecord.code)
        .where(FindingRecord.branch_id == claim.branch_id, FindingRecord.verdict_id == verdict.id)
        .order_by(FindingRecord.position)
    )
    evidence = {
        "choice": decision.choice,
        "reason": decision.reason,
        "round": decision.round,
        "decision": str(decision.id),
        "verdict": str(verdict.id),
        "verdict_outcome": verdict.outcome,
        "verdict_version": verdict.version,
        "findings": list(codes),
        # From the type itself, so that the record can't differ from the page.
        "shown": [field.name for field in msgspec.structs.fields(Case)],
    }
    await audit.append(
        session,
        claim.branch_id,
        actor=f"user:{decision.user_id}",
        action=f"claim_{decision.choice}",
        subject=str(claim.id),
        evidence=evidence,
        now=decision.decided_at,
    )
