"""Moderation, step 1 of 3: what waits for a decision, and what a person may see of it.

What a customer wrote and how they rated can't be read here: no statement of this module names that table, so that it cannot reach a browser
before the decision is stored. Another branch's case is answered like one that does not exist.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.database import due
from reviews.database.tables import Branch, Claim, FindingRecord, Proof, VerdictRecord
from reviews.errors import NotFoundError
from reviews.moderation import rereading
from reviews.moderation.case import Case, CaseFinding, CaseRow, CaseView
from reviews.moderation.users import Manager
from reviews.proofs import findings, known_facts, matching
from reviews.proofs.candidates import numbers
from reviews.proofs.comparing import which_job
from reviews.proofs.comparing.which_job import Clues
from reviews.proofs.findings import Code

MOST_ROWS = 500
"""Cases that the queue shows at once."""

_LONGEST_FIRST = (Claim.judged_at, Claim.id)


def _latest() -> ColumnElement[bool]:
    """Join a claim to its newest verdict; ids are sortable by time."""
    newest = (
        select(VerdictRecord.id)
        .where(VerdictRecord.branch_id == Claim.branch_id, VerdictRecord.claim_id == Claim.id)
        .order_by(VerdictRecord.judged_at.desc(), VerdictRecord.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    return and_(VerdictRecord.branch_id == Claim.branch_id, VerdictRecord.id == newest)


async def waiting_for(session: AsyncSession, manager: Manager) -> list[CaseRow]:
    """Return the cases that wait for this person's decision, the one that waits longest first; 500 at most."""
    counted = (
        select(func.count())
        .select_from(FindingRecord)
        .where(FindingRecord.branch_id == VerdictRecord.branch_id, FindingRecord.verdict_id == VerdictRecord.id)
        .correlate(VerdictRecord)
        .scalar_subquery()
    )
    # Chosen first, by an index: verdict and findings are looked up for what is shown, and not for all that waits.
    shown = select(Claim.branch_id, Claim.id).where(_waits_for(manager)).order_by(*_LONGEST_FIRST).limit(MOST_ROWS).subquery()
    rows = await session.execute(
        select(Claim, Branch.slug, VerdictRecord.outcome, VerdictRecord.judged_at, counted.label("noticed"))
        .join(shown, and_(shown.c.branch_id == Claim.branch_id, shown.c.id == Claim.id))
        .join(Branch, Branch.id == Claim.branch_id)
        .join(VerdictRecord, _latest())
        .order_by(*_LONGEST_FIRST)
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


def _waits_for(manager: Manager) -> ColumnElement[bool]:
    return and_(Claim.branch_id.in_(manager.branch_ids), due.in_state(Claim.state, "judged"))


async def count_waiting(session: AsyncSession, manager: Manager) -> int:
    """Return how many cases wait for this person's decision."""
    return await session.scalar(select(func.count()).select_from(Claim).where(_waits_for(manager))) or 0


async def first_waiting(session: AsyncSession, manager: Manager) -> uuid.UUID | None:
    """Return the claim of the case that waits longest for this person; None when none does."""
    return await session.scalar(select(Claim.id).where(_waits_for(manager)).order_by(*_LONGEST_FIRST).limit(1))


async def case_for(session: AsyncSession, manager: Manager, claim_id: uuid.UUID) -> Case:
    """Return a judged case of one of this person's branches, decided or not; raise NotFoundError for any other."""
    claim, branch, verdict, proof = await _row(session, manager, claim_id)
    fields = {name: _seen(field) for name, field in verdict.fields.items() if field}
    issuer = await _other_issuer(session, branch, fields)
    known, several = await _known_job(session, claim, fields)
    noticed = await _noticed(session, verdict, {fields["issuer_branch"].value: issuer} if issuer else {})
    return Case(
        claim_id=claim.id,
        branch_id=branch.id,
        branch=branch.slug,
        branch_name=naming.of(branch.identity).display_name,
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
        fields=fields,
        issuer=issuer,
        known=known,
        several_known=several,
        tips=findings.tips(one.code for one in noticed),
        strengths=[findings.STRENGTHS[code] for code in verdict.strengths if code in findings.STRENGTHS],
        findings=noticed,
        pages=len(proof.page_keys) if proof else 0,
        shredded=proof is not None and proof.shredded_at is not None,
        unread=any(one.code == Code.NOT_READ for one in noticed),
        # A claim is also checked because another document was sent; then this one has been read.
        reading=proof.state if proof and claim.state == "checking" and proof.state in {"waiting", "claimed"} else "",
        can_be_read_again=rereading.can_be_read_again(claim.state, proof),
        covered=[number for number, key in enumerate(proof.redacted_keys, 1) if key] if proof else [],
        media_type=proof.media_type if proof else None,
    )


def _seen(field: Mapping[str, Any]) -> CaseView:
    """Return a stored field; what was taken from a known job stands nowhere on a page."""
    how = field["how"]
    if how == "job":
        return CaseView(value=field["value"], how=how)
    left, top, right, bottom = field["box"]
    return CaseView(value=field["value"], page=field["page"] + 1, box=(left, top, right, bottom), how=how, sure=field["sure"])


async def _other_issuer(session: AsyncSession, own: Branch, fields: Mapping[str, CaseView]) -> str | None:
    slug = fields["issuer_branch"].value if "issuer_branch" in fields else own.slug
    if slug == own.slug:
        return None
    other = await session.scalar(select(Branch).where(Branch.slug == slug))
    return naming.of(other.identity).display_name if other else slug


async def _known_job(session: AsyncSession, claim: Claim, fields: Mapping[str, CaseView]) -> tuple[Mapping[str, str], str]:
    """Return what the branch's own records say of the job, by the names of the fields; empty without one, and then the number that several have."""
    read = {name: field.value for name, field in fields.items()}
    number = read.get("number") or numbers.without_label(claim.document_number or "")
    jobs = await known_facts.numbered(session, claim.branch_id, [number])
    job = which_job.the_one([known_facts.known_job(row) for row in jobs], _clues(claim, read))
    if job is None:
        return {}, number if jobs else ""
    told = {"number": job.number, "customer_name": job.customer_name, "postcode": job.postcode, "total": job.total}
    return {name: str(value) for name, value in told.items() if value is not None}, ""


def _clues(claim: Claim, read: Mapping[str, str]) -> Clues:
    return Clues(
        names=(read.get("customer_name") or claim.name,),
        postcodes=tuple(code for code in (read.get("postcode"), claim.postcode) if code),
        email=claim.email,
        total=matching.money(read.get("total", "")),
        date=date.fromisoformat(read["date"]) if "date" in read else None,
        kind=read.get("document_kind"),
    )


async def _row(session: AsyncSession, manager: Manager, claim_id: uuid.UUID) -> tuple[Claim, Branch, VerdictRecord, Proof | None]:
    row = (
        await session.execute(
            select(Claim, Branch, VerdictRecord, Proof)
            .join(Branch, Branch.id == Claim.branch_id)
            .join(VerdictRecord, _latest())
            .outerjoin(Proof, and_(Proof.branch_id == VerdictRecord.branch_id, Proof.id == VerdictRecord.proof_id))
            # The branch stands in the statement, not in a check afterwards: nothing of another branch is ever read.
            .where(Claim.branch_id.in_(manager.branch_ids), Claim.id == claim_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("Deze aanvraag is er niet, of hoort bij een andere vestiging.")
    claim, branch, verdict, proof = row
    return claim, branch, verdict, proof


async def _noticed(session: AsyncSession, verdict: VerdictRecord, names: Mapping[str, str]) -> list[CaseFinding]:
    """Return the findings of a verdict; a branch that one of them begins with by its slug is called by its name."""
    rows = await session.scalars(
        select(FindingRecord)
        .where(FindingRecord.branch_id == verdict.branch_id, FindingRecord.verdict_id == verdict.id)
        .order_by(FindingRecord.position)
    )
    return [
        CaseFinding(
            code=row.code,
            weight=findings.weight(row.code),
            sentence=findings.told(row.code, _naming(row.evidence, names)),
            false_alarms=findings.false_alarms(row.code),
        )
        for row in rows
    ]


def _naming(evidence: str | None, names: Mapping[str, str]) -> str | None:
    slug, space, rest = (evidence or "").partition(" ")
    return f"{names[slug]}{space}{rest}" if slug in names else evidence


async def page_of(session: AsyncSession, manager: Manager, claim_id: uuid.UUID, page: int, *, whole: bool = False) -> str:
    """Return the storage key of a page picture, pages counted from 1; raise NotFoundError when there is none, or not for this person.

    That is the redacted picture, which shows only what is needed, unless the `whole` page is asked for or there is no redacted one.
    """
    proof = (await _row(session, manager, claim_id))[3]
    if proof is None or proof.shredded_at is not None or not 1 <= page <= len(proof.page_keys):
        raise NotFoundError("Deze bladzijde is er niet (meer).")
    covered = proof.redacted_keys[page - 1] if page <= len(proof.redacted_keys) else ""
    return proof.page_keys[page - 1] if whole or not covered else covered
