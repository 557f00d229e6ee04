"""Verification receipts: our signed statement that a review was verified. It names no person and can be checked when the proof is gone."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.database.tables import Branch, Claim, Decision, Receipt, VerdictRecord
from reviews.errors import NotFoundError
from reviews.keys import KeyRing

CHECKED: dict[str, str] = {
    "address_confirmed": "Het e-mailadres van de schrijver is bevestigd.",
    "known_job": "Nummer, postcode en naam horen bij een opdracht die de vestiging kent.",
    "proof_of_purchase": "Een factuur of werkbon is gecontroleerd.",
    "judged_by_person": "Een mens heeft het klantbewijs beoordeeld zonder de review te zien.",
}
"""What a receipt may say that was checked, in words."""


def canonical(statement: Mapping[str, Any]) -> bytes:
    """Return the bytes of a statement that are signed: JSON with sorted keys, no spaces, UTF-8."""
    # Never to be changed: receipts that were given out must still fit their signatures.
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


async def issue(session: AsyncSession, claim: Claim, branch: Branch, *, key_ring: KeyRing, now: datetime) -> Receipt:
    """Sign and keep the receipt of a claim that was published; its number is 128 random bits in base32."""
    decided = (
        select(Decision, VerdictRecord)
        .join(VerdictRecord, (VerdictRecord.branch_id == Decision.branch_id) & (VerdictRecord.id == Decision.verdict_id))
        .where(Decision.branch_id == claim.branch_id, Decision.claim_id == claim.id, Decision.round == claim.round)
    )
    decision, verdict = (await session.execute(decided)).one()
    # Lower case and without padding: people type it over from a page.
    number = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
    statement = _statement(number, branch, decision, verdict, now)
    receipt = Receipt(
        branch_id=claim.branch_id,
        claim_id=claim.id,
        number=number,
        statement=statement,
        signature=key_ring.sign(canonical(statement)),
        issued_at=now,
    )
    session.add(receipt)
    await session.flush()
    return receipt


def _statement(number: str, branch: Branch, decision: Decision, verdict: VerdictRecord, now: datetime) -> dict[str, Any]:
    shown = "known_job" if verdict.proof_id is None else "proof_of_purchase"
    return {
        "number": number,
        "branch": naming.of(branch.identity).display_name,
        "branch_slug": branch.slug,
        "checked": ["address_confirmed", shown, "judged_by_person"],
        "by_person": True,
        "decided_at": decision.decided_at.astimezone(UTC).isoformat(timespec="seconds"),
        "issued_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "verdict_version": verdict.version,
        "rounds": decision.round,
    }


async def receipt_by(session: AsyncSession, number: str) -> Receipt:
    """Return the receipt with a number, however it is spaced or cased; raise NotFoundError when there is none."""
    plain = "".join(number.split()).replace("-", "").lower()
    receipt = await session.scalar(select(Receipt).where(Receipt.number == plain))
    if receipt is None:
        raise NotFoundError("Er is geen verificatiebewijs met dit nummer.")
    return receipt


def is_valid(receipt: Receipt, key_ring: KeyRing) -> bool:
    """Whether a receipt says what we signed, under the number that it was found by."""
    # The number too: a row that was copied under another number carries a valid signature.
    return receipt.statement.get("number") == receipt.number and key_ring.verify(canonical(receipt.statement), receipt.signature)
