"""What the database knows that a verdict may use: the branches, the branch's finished jobs, and what was judged before.

Only rows that could matter are fetched, so that judging costs the same after years: jobs and verdicts by the number on the document, earlier
proofs by the same bytes or nearly the same picture.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, and_, cast, exists, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.proofs import verdict
from reviews.proofs.evidence.issuers import BranchIdentity
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.extraction import extract
from reviews.proofs.inspection import Reading
from reviews.proofs.matching import SAME_PICTURE, ClaimFacts, EarlierProof, KnownJob, World
from reviews.tables import Branch, Claim, Job, Proof, Verdict

LOCAL = ZoneInfo("Europe/Amsterdam")
_HASH_BITS = 256


async def judge(session: AsyncSession, branch: Branch, claim: Claim, proof: Proof, reading: Reading) -> verdict.Verdict:
    """Judge a reading against what is known at this moment; proofs of one branch are judged one after the other until the transaction ends.

    A job's completion is not its document's date: an invoice often follows days later. So a job confirms number, customer and total here, and
    its date is left out.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:branch, 3))"), {"branch": str(branch.id)})
    branches = await _branches(session)
    own_postcodes = frozenset(compact(known.postcode).upper() for known in branches if known.postcode)
    numbers = extract(reading, own_postcodes).numbers if reading.words else ()
    world = World(
        branches=branches,
        jobs=await _jobs(session, branch, numbers, dated=False),
        earlier=(*await _same_number(session, claim, numbers), *await _same_file(session, claim, proof, reading)),
        max_age_months=branch.rules["proof_max_age_months"],
    )
    return verdict.judge(reading, _facts(claim, branch), world, on=proof.uploaded_at.astimezone(LOCAL).date())


async def judge_without_document(session: AsyncSession, branch: Branch, claim: Claim, *, now: datetime) -> verdict.Verdict | None:
    """Try to recognise a claim's job by number, postcode and name; None when that is not certain."""
    numbers = (claim.document_number or "",)
    world = World(
        branches=(),
        jobs=await _jobs(session, branch, numbers, dated=True),
        earlier=tuple(await _same_number(session, claim, numbers)),
        max_age_months=branch.rules["proof_max_age_months"],
    )
    return verdict.judge_without_document(_facts(claim, branch), world, on=now.astimezone(LOCAL).date())


def _facts(claim: Claim, branch: Branch) -> ClaimFacts:
    return ClaimFacts(
        branch=branch.slug,
        reviewer_name=claim.name,
        email=claim.email,
        postcode=claim.postcode,
        document_number=claim.document_number,
    )


async def _branches(session: AsyncSession) -> tuple[BranchIdentity, ...]:
    return tuple(msgspec.convert(identity, BranchIdentity) for identity in await session.scalars(select(Branch.identity).order_by(Branch.slug)))


def _compact(column: Any) -> ColumnElement[str]:
    """Return a number in SQL as `compact` spells it in Python."""
    return func.regexp_replace(func.lower(column), "[^a-z0-9]", "", "g")


async def _jobs(session: AsyncSession, branch: Branch, numbers: Sequence[str], *, dated: bool) -> tuple[KnownJob, ...] | None:
    """Return the finished jobs with one of these numbers, or None for a branch that never told of any job."""
    spelled = [compact(number) for number in numbers if compact(number)]
    rows = await session.scalars(select(Job).where(Job.branch_id == branch.id, Job.state == "completed", _compact(Job.number).in_(spelled)))
    jobs = tuple(_known(job, dated=dated) for job in rows)
    if jobs:
        return jobs
    return () if await session.scalar(select(exists().where(Job.branch_id == branch.id))) else None


def _known(job: Job, *, dated: bool) -> KnownJob:
    return KnownJob(
        number=job.number,
        kind=job.kind,
        date=job.completed_at.astimezone(LOCAL).date() if dated and job.completed_at else None,
        customer_name=job.customer_name,
        email=job.email,
        postcode=job.postcode,
        house_number=job.house_number,
        total=job.total,
    )


def _counts(claim: Claim) -> ColumnElement[bool]:
    """Leave out what this claim itself brought, and what the same person brought to a claim that was refused: they may try again."""
    return and_(Claim.id != claim.id, or_(Claim.address_key != claim.address_key, Claim.state != "refused"))


async def _same_number(session: AsyncSession, claim: Claim, numbers: Sequence[str]) -> list[EarlierProof]:
    """Return what this branch judged before under one of these numbers, with a document or without.

    Only this branch's: a number that somebody made up elsewhere must not harm its owner.
    """
    spelled = [compact(number) for number in numbers if compact(number)]
    rows = await session.execute(
        select(Verdict.fields, Claim.email, Proof.sha256, Proof.picture_hash)
        .join(Claim, and_(Claim.branch_id == Verdict.branch_id, Claim.id == Verdict.claim_id))
        .outerjoin(Proof, and_(Proof.branch_id == Verdict.branch_id, Proof.id == Verdict.proof_id))
        .where(Verdict.branch_id == claim.branch_id, _counts(claim), _compact(Verdict.fields[("number", "value")].astext).in_(spelled))
    )
    return [_earlier(row.fields, row.email, row.sha256, row.picture_hash) for row in rows]


async def _same_file(session: AsyncSession, claim: Claim, proof: Proof, reading: Reading) -> list[EarlierProof]:
    """Return earlier uploads at any branch with the same bytes, or with nearly the same first page."""
    same = Proof.sha256 == proof.sha256
    if reading.picture_hash:
        same = or_(same, _distance(Proof.picture_hash, reading.picture_hash) <= SAME_PICTURE)
    rows = await session.execute(
        select(Verdict.fields, Claim.email, Proof.sha256, Proof.picture_hash)
        .join(Claim, and_(Claim.branch_id == Proof.branch_id, Claim.id == Proof.claim_id))
        .outerjoin(Verdict, and_(Verdict.branch_id == Proof.branch_id, Verdict.proof_id == Proof.id))
        .where(same, _counts(claim))
    )
    return [_earlier(row.fields, row.email, row.sha256, row.picture_hash) for row in rows]


def _distance(column: Any, picture_hash: str) -> ColumnElement[int]:
    """Return in SQL how many bits two hashes differ by; both are hexadecimal digits."""
    kept = cast(literal("x").concat(column), BIT(_HASH_BITS))
    asked = cast(literal(f"x{picture_hash}"), BIT(_HASH_BITS))
    return func.bit_count(kept.op("#")(asked))


def _earlier(fields: dict[str, Any] | None, email: str, sha256: bytes | None, picture_hash: str | None) -> EarlierProof:
    values = {name: field["value"] for name, field in (fields or {}).items() if field}
    return EarlierProof(
        sha256=sha256.hex() if sha256 else "",
        email=email,
        picture_hash=picture_hash,
        issuer_branch=values.get("issuer_branch"),
        number=values.get("number"),
        date=values.get("date"),
        total=values.get("total"),
    )
