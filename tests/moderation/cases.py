"""Cases for the desk's tests: claims on their way, made row by row."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Claim, ClaimContent, FindingRecord, Proof, User, VerdictRecord, new_id
from reviews.keys import KeyRing, digest
from reviews.moderation.users import Manager, Role

OPINION = "De monteur was aardig, maar kwam drie keer te laat."


async def judged(
    session: AsyncSession, key_ring: KeyRing, branch: Branch, *, now: datetime, outcome: str = "refer", proof: bool = True, **changes: Any
) -> Claim:
    """A claim of Jan that waits for a decision, with its text, its proof of two pages and the machine's verdict."""
    claim = await waiting(session, key_ring, branch, now=now, **changes)
    uploaded = await _proof(session, branch, claim, now) if proof else None
    await verdict(session, claim, uploaded, outcome=outcome, now=now)
    return claim


async def waiting(session: AsyncSession, key_ring: KeyRing, branch: Branch, *, now: datetime, **changes: Any) -> Claim:
    """A claim of Jan with its text, before any proof."""
    claim_id = new_id()
    claim = Claim(
        id=claim_id,
        branch_id=branch.id,
        token_digest=digest(key_ring.claim_token(claim_id)),
        form_digest=claim_id.bytes,
        address_key=key_ring.address_key("jan@example.com"),
        state="judged",
        round=1,
        name="J. de Vries",
        email="jan@example.com",
        postcode="3511AB",
        document_number="F2026-0042",
        language="nl",
        submitted_at=now,
        confirmed_at=now,
        judged_at=now,
    )
    for name, value in changes.items():
        setattr(claim, name, value)
    session.add(claim)
    await session.flush()
    session.add(
        ClaimContent(
            branch_id=branch.id, claim_id=claim.id, rating=3, headline="Drie keer te laat", opinion=OPINION, recommends=False, city="Utrecht"
        )
    )
    await session.flush()
    return claim


async def _proof(session: AsyncSession, branch: Branch, claim: Claim, now: datetime) -> Proof:
    uploaded = Proof(
        id=new_id(),
        branch_id=branch.id,
        claim_id=claim.id,
        state="judged",
        due_at=now,
        storage_key=f"{branch.id.hex}/{claim.id.hex}",
        file_name="factuur.pdf",
        media_type="application/pdf",
        size=1000,
        sha256=uuid.uuid4().bytes,
        page_keys=[f"{branch.id.hex}/{claim.id.hex}-1", f"{branch.id.hex}/{claim.id.hex}-2"],
        uploaded_at=now,
        asked_at=now,
    )
    session.add(uploaded)
    await session.flush()
    return uploaded


async def verdict(session: AsyncSession, claim: Claim, proof: Proof | None, *, outcome: str, now: datetime) -> VerdictRecord:
    """A verdict about a claim with two findings."""
    row = VerdictRecord(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        proof_id=proof.id if proof else None,
        version="1",
        outcome=outcome,
        fields={
            "number": {"value": "F2026-0042", "page": 0, "box": [0.1, 0.2, 0.3, 0.22], "how": "picture", "sure": 0.97},
            "customer_name": {"value": "J. de Vries", "page": 1, "box": [0.5, 1.1, 0.7, 1.12], "how": "text", "sure": 1.0},
            "total": None,
        },
        judged_at=now,
    )
    session.add(row)
    await session.flush()
    session.add_all(
        FindingRecord(branch_id=claim.branch_id, verdict_id=row.id, position=position, code=code, evidence=None)
        for position, code in enumerate(["name_variant", "no_total"])
    )
    await session.flush()
    return row


def desk_of(user: User, *branches: Branch) -> Manager:
    """Somebody at the desk of these branches."""
    role: Role = "office" if user.role == "office" else "manager"
    return Manager(user_id=user.id, name=user.name, role=role, branch_ids=frozenset(branch.id for branch in branches))
