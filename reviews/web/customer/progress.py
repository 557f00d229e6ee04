"""The progress of a claim, and what a receipt says, in words for people outside."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Claim, Decision, Proof, Publication, Receipt
from reviews.invitations.sending import no_mail
from reviews.invitations.sending.no_mail import Purpose
from reviews.keys import KeyRing
from reviews.moderation import claim_mails, receipts
from reviews.moderation.reasons import REASONS, RefusalReason
from reviews.proofs import storing
from reviews.web.customer import branch_view


async def of(session: AsyncSession, claim: Claim) -> dict[str, Any]:
    """Return what the page of a claim shows beside its state: what was sent, why it was refused or sent back, the number of its receipt.

    `unmailed` when no mail goes to its address: then the page promises none.
    """
    latest = await _latest_reason(session, claim)
    number = await session.scalar(select(Receipt.number).where(Receipt.branch_id == claim.branch_id, Receipt.claim_id == claim.id))
    route = await session.scalar(select(Publication.route).where(Publication.branch_id == claim.branch_id, Publication.claim_id == claim.id))
    return {
        "route": route,
        "sent": await _sent(session, claim) if claim.state == "checking" else None,
        "asked": latest if claim.state == "proof_needed" else None,
        "tips": await claim_mails.tips_for(session, claim, claim.round - 1) if claim.state == "proof_needed" else (),
        "outcome": latest if claim.state == "refused" else None,
        "receipt": number,
        "unmailed": await no_mail.refusal(session, claim.address_key, Purpose.ANSWER) is not None,
    }


async def _sent(session: AsyncSession, claim: Claim) -> dict[str, Any] | None:
    """Return name and number of files of the proof that is being read."""
    newest = select(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id).order_by(Proof.uploaded_at.desc()).limit(1)
    proof = await session.scalar(newest)
    return {"name": proof.file_name, "files": len(storing.parts_of(proof))} if proof else None


async def _latest_reason(session: AsyncSession, claim: Claim) -> RefusalReason | None:
    reason = await session.scalar(
        select(Decision.reason).where(Decision.branch_id == claim.branch_id, Decision.claim_id == claim.id).order_by(Decision.round.desc()).limit(1)
    )
    return REASONS.get(reason or "")


async def receipt(session: AsyncSession, number: str, key_ring: KeyRing) -> dict[str, Any]:
    """Return what the page of a receipt shows; raise NotFoundError for a number that was never given out."""
    found = await receipts.receipt_by(session, number)
    return {
        "receipt": found,
        "valid": receipts.is_valid(found, key_ring),
        "checked": [receipts.CHECKED.get(code, code) for code in found.statement.get("checked", [])],
        "branch": branch_view.shown(await branch_view.by_id(session, found.branch_id)),
        "statement": receipts.canonical(found.statement).decode(),
        "signature": found.signature.hex(),
        "public_key": key_ring.public_key(),
    }
