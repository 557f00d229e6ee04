"""Moderation, step 1 of 3: what waits for a decision, and what a person may see of it.

What a customer wrote and how they rated is not in reach here: no statement of this module names the table it stands in, so that it cannot
reach a browser before the decision is stored. Another branch's case does not exist for who asks.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import NotFoundError
from reviews.moderation.users import Manager
from reviews.proofs import findings
from reviews.tables import Branch, Claim, Finding, Proof, Verdict

__all__ = ["Case", "CaseRow", "Manager", "Noticed", "case_for", "page_of", "waiting_for"]

_MOST_ROWS = 500


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the queue. `outcome` is the machine's: accept, refer or reject."""

    claim_id: uuid.UUID
    branch: str
    name: str
    number: str | None
    round: int
    waiting_since: datetime
    outcome: str
    findings: int


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as the desk shows it."""

    code: str
    sentence: str
    evidence: str | None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that a person may see before they decide. `fields` is what the machine read on the document; `pages` counts its pictures."""

    claim_id: uuid.UUID
    branch: str
    branch_name: str
    state: str
    round: int
    name: str
    postcode: str | None
    number: str | None
    submitted_at: datetime
    waiting_since: datetime
    outcome: str
    version: str
    without_document: bool
    fields: Mapping[str, str]
    findings: Sequence[Noticed]
    pages: int
    media_type: str | None


def _latest() -> ColumnElement[bool]:
    """Join a claim to its newest verdict; ids are sortable by time."""
    newest = (
        select(Verdict.id)
        .where(Verdict.branch_id == Claim.branch_id, Verdict.claim_id == Claim.id)
        .order_by(Verdict.judged_at.desc(), Verdict.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    return and_(Verdict.branch_id == Claim.branch_id, Verdict.id == newest)


async def waiting_for(session: AsyncSession, manager: Manager) -> list[CaseRow]:
    """Return the cases that wait for this person's decision, the one that waits longest first; 500 at most."""
    counted = (
        select(func.count())
        .select_from(Finding)
        .where(Finding.branch_id == Verdict.branch_id, Finding.verdict_id == Verdict.id)
        .correlate(Verdict)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Claim, Branch.slug, Verdict.outcome, Verdict.judged_at, counted.label("noticed"))
        .join(Branch, Branch.id == Claim.branch_id)
        .join(Verdict, _latest())
        .where(Claim.branch_id.in_(manager.branch_ids), Claim.state == "judged")
        .order_by(Verdict.judged_at, Claim.id)
        .limit(_MOST_ROWS)
    )
    return [
        CaseRow(
            claim_id=claim.id,
            branch=slug,
            name=claim.name,
            number=claim.document_number,
            round=claim.round,
            waiting_since=judged_at,
            outcome=outcome,
            findings=noticed,
        )
        for claim, slug, outcome, judged_at, noticed in rows
    ]


async def case_for(session: AsyncSession, manager: Manager, claim_id: uuid.UUID) -> Case:
    """Return a judged case of one of this person's branches, decided or not; raise NotFoundError for any other."""
    claim, branch, verdict, proof = await _row(session, manager, claim_id)
    return Case(
        claim_id=claim.id,
        branch=branch.slug,
        branch_name=next(name for name in (*branch.identity.get("trade_names", ()), branch.identity.get("legal_name"), branch.slug) if name),
        state=claim.state,
        round=claim.round,
        name=claim.name,
        postcode=claim.postcode,
        number=claim.document_number,
        submitted_at=claim.submitted_at,
        waiting_since=verdict.judged_at,
        outcome=verdict.outcome,
        version=verdict.version,
        without_document=proof is None,
        fields={name: field["value"] for name, field in verdict.fields.items() if field},
        findings=await _noticed(session, verdict),
        pages=len(proof.page_keys) if proof else 0,
        media_type=proof.media_type if proof else None,
    )


async def _row(session: AsyncSession, manager: Manager, claim_id: uuid.UUID) -> tuple[Claim, Branch, Verdict, Proof | None]:
    row = (
        await session.execute(
            select(Claim, Branch, Verdict, Proof)
            .join(Branch, Branch.id == Claim.branch_id)
            .join(Verdict, _latest())
            .outerjoin(Proof, and_(Proof.branch_id == Verdict.branch_id, Proof.id == Verdict.proof_id))
            .where(Claim.branch_id.in_(manager.branch_ids), Claim.id == claim_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("Deze aanvraag is er niet, of hoort bij een andere vestiging.")
    claim, branch, verdict, proof = row
    return claim, branch, verdict, proof


async def _noticed(session: AsyncSession, verdict: Verdict) -> list[Noticed]:
    rows = await session.scalars(
        select(Finding).where(Finding.branch_id == verdict.branch_id, Finding.verdict_id == verdict.id).order_by(Finding.position)
    )
    return [Noticed(code=row.code, sentence=findings.sentence(row.code), evidence=row.evidence) for row in rows]


async def page_of(session: AsyncSession, manager: Manager, claim_id: uuid.UUID, page: int) -> str:
    """Return the storage key of a page picture, pages counted from 1; raise NotFoundError when there is none, or not for this person."""
    proof = (await _row(session, manager, claim_id))[3]
    if proof is None or proof.shredded_at is not None or not 1 <= page <= len(proof.page_keys):
        raise NotFoundError("Deze bladzijde is er niet (meer).")
    return proof.page_keys[page - 1]
