"""What the database knows that a verdict may use: the branches, the branch's finished jobs, and what was judged before.

Judging itself is pure and takes seconds for a long document, so it is done elsewhere, with what was looked up here.
Only rows that could matter are fetched, so that judging costs the same after years: jobs by the number on the document, by its total or by its
customer's postcode, verdicts by the number, earlier proofs by the same bytes or nearly the same picture.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, cast, exists, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.branches.naming import BranchIdentity
from reviews.database import locks
from reviews.database.locks import Lock
from reviews.database.tables import Branch, Claim, Job, Proof, VerdictRecord, spelled
from reviews.local import LOCAL
from reviews.proofs import matching, storing, verdict
from reviews.proofs.candidates import numbers
from reviews.proofs.evidence import strengths, structured
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.extraction import Extraction, extract_for
from reviews.proofs.findings import Finding
from reviews.proofs.matching import AROUND, SAME_PICTURE, ClaimFacts, EarlierProof, KnownJob, World
from reviews.proofs.profiles import branch_profile, learning
from reviews.proofs.reading import Reading

_HASH_BITS = 256
_MOST_JOBS = 50


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, what it says, and the traits by which it is held against others of its branch."""

    reading: Reading
    found: Extraction
    traits: dict[str, str]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that the verdict about one document rests on besides the document: two that are equal lead to the same verdict."""

    claim: ClaimFacts
    world: World
    on: date
    remark: Finding | None = None


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says that jobs and earlier verdicts are looked up by."""

    numbers: Sequence[str] = ()
    total: Decimal | None = None
    dated_on: date | None = None
    postcode: str | None = None


async def branches(session: AsyncSession) -> tuple[BranchIdentity, ...]:
    """Return all branches by which documents name their issuer."""
    return tuple(naming.of(identity) for identity in await session.scalars(select(Branch.identity).order_by(Branch.slug)))


def extracted(reading: Reading, known: Sequence[BranchIdentity], slug: str) -> Document:
    """Take from a reading what jobs and earlier documents are looked up by; `slug` is the branch that it was brought to. Pure, and slow."""
    own = next((branch for branch in known if branch.slug == slug), None)
    found = Extraction() if reading.failure or not reading.words else extract_for(reading, known)
    by_the_branch = own is not None and strengths.is_einvoice_of(reading.invoice, own)
    found = structured.taken_from(reading, found, is_the_branchs=by_the_branch)
    traits = branch_profile.traits_of(reading, found, certificate=strengths.certificate_of(reading, own))
    return Document(reading=reading, found=found, traits=traits)


async def gather(session: AsyncSession, claim: Claim, proof: Proof, document: Document, known: tuple[BranchIdentity, ...]) -> Known:
    """Look up what is known at this moment; until the transaction ends nothing else of the branch is judged.

    A job's completion is not its document's date: an invoice often follows days later. So a job confirms number, customer and total here, and
    its date is left out.
    """
    # Of two uploads of one document at once neither would find the other among the earlier ones.
    await locks.take(session, Lock.JUDGED_OF_BRANCH, str(claim.branch_id))
    branch = await session.get_one(Branch, claim.branch_id)
    sought = _looked_up_by(document.found)
    months = branch.rules["proof_max_age_months"]
    on = proof.uploaded_at.astimezone(LOCAL).date()
    jobs = await jobs_about(session, branch, sought, dated=False, since=matching.months_before(on, months))
    # The number on the page may be misread: the earlier document is also sought under those of the jobs that fit.
    possible = msgspec.structs.replace(sought, numbers=(*sought.numbers, *(job.number for job in jobs or ())))
    world = World(
        branches=known,
        jobs=jobs,
        earlier=(*await _same_file(session, claim, proof, document.reading), *await _judged_before(session, claim, possible)),
        max_age_months=months,
    )
    number = document.found.number.value if document.found.number else None
    remark = await learning.remark(session, branch.id, document.traits, number, sought.dated_on)
    return Known(claim=_facts(claim, branch), world=world, on=on, remark=remark)


def judge(document: Document, known: Known) -> verdict.Verdict:
    """Judge a document by what is known. What the branch profile has to remark stands behind the findings and changes no outcome. Pure, and slow."""
    reading = document.reading
    judged = verdict.judge(reading, known.claim, known.world, on=known.on, found=None if reading.failure else document.found)
    return msgspec.structs.replace(judged, findings=(*judged.findings, known.remark)) if known.remark else judged


def _looked_up_by(found: Extraction) -> Sought:
    return Sought(
        numbers=found.numbers or ((found.number.value,) if found.number else ()),
        total=Decimal(found.total.value) if found.total else None,
        dated_on=date.fromisoformat(found.date.value) if found.date else None,
        postcode=found.postcode.value if found.postcode else None,
    )


async def judge_without_document(session: AsyncSession, branch: Branch, claim: Claim, *, now: datetime) -> verdict.Verdict | None:
    """Try to recognise a claim's job by number, postcode and name; None when that is not certain."""
    sought, months = Sought(numbers=(numbers.without_label(claim.document_number or ""),)), branch.rules["proof_max_age_months"]
    on = now.astimezone(LOCAL).date()
    world = World(
        branches=(),
        jobs=await jobs_about(session, branch, sought, dated=True, since=matching.months_before(on, months)),
        earlier=tuple(await _judged_before(session, claim, sought)),
        max_age_months=months,
    )
    return verdict.judge_without_document(_facts(claim, branch), world, on=on)


def _facts(claim: Claim, branch: Branch) -> ClaimFacts:
    return ClaimFacts(
        branch=branch.slug,
        reviewer_name=claim.name,
        email=claim.email,
        postcode=claim.postcode,
        document_number=claim.document_number,
    )


def _spelled(column: str) -> ColumnElement[str]:
    """Return in SQL what `compact` makes of a text in Python, without values to be bound: an index can only hold what is written out."""
    return literal_column(spelled(column))


async def jobs_about(session: AsyncSession, branch: Branch, document: Sought, *, dated: bool, since: date) -> tuple[KnownJob, ...] | None:
    """Return the jobs that a document may be about, or None for a branch that never reported any job.

    Those with its number, also when they were cancelled since; then finished ones whose total or customer's postcode fit, so that a number
    that was misread can be corrected from the list.
    """
    own = Job.branch_id == branch.id
    jobs = {job.id: job for job in await numbered(session, branch.id, document.numbers)}
    if fitting := _fitting(document):
        recent = Job.completed_at >= datetime.combine(since, time(), LOCAL)
        others = select(Job).where(own, Job.state == "completed", recent, or_(*fitting)).order_by(Job.completed_at.desc(), Job.id)
        jobs = {job.id: job for job in await session.scalars(others.limit(_MOST_JOBS))} | jobs
    if jobs:
        return tuple(known_job(job, dated=dated) for job in jobs.values())
    return () if await session.scalar(select(exists().where(own))) else None


async def numbered(session: AsyncSession, branch_id: uuid.UUID, numbers_: Sequence[str]) -> Sequence[Job]:
    """Return the jobs of a branch with one of these numbers, however they are spelled: each may be several, of other kinds and years."""
    spellings = [compact(number) for number in numbers_ if compact(number)]
    query = select(Job).where(Job.branch_id == branch_id, _spelled("jobs.number").in_(spellings)).order_by(Job.id).limit(_MOST_JOBS)
    return (await session.scalars(query)).all() if spellings else ()


def _fitting(document: Sought) -> list[ColumnElement[bool]]:
    """Say what makes a job fit a document without its number: the same total around the same day, or the same postcode."""
    found = list[ColumnElement[bool]]()
    if document.total is not None and document.dated_on is not None:
        noon = datetime.combine(document.dated_on, time(12), LOCAL)
        found.append(and_(Job.total == document.total, Job.completed_at.between(noon - AROUND, noon + AROUND)))
    if document.postcode:
        found.append(_spelled("jobs.postcode") == compact(document.postcode))
    return found


def known_job(job: Job, *, dated: bool = False) -> KnownJob:
    """Return a job as documents are compared with it; `dated` takes the day of its completion for that of its document."""
    finished_on = job.completed_at.astimezone(LOCAL).date() if job.completed_at else None
    return KnownJob(
        number=job.number,
        kind=job.kind,
        date=finished_on if dated else None,
        customer_name=job.customer_name,
        email=job.email,
        postcode=job.postcode,
        house_number=job.house_number,
        total=job.total,
        state="reopened" if job.state == "open" else job.state,
        finished_on=finished_on,
    )


def _counts(claim: Claim) -> ColumnElement[bool]:
    """Leave out this claim's own documents, and those of a refused claim of the same person: they may try again."""
    return and_(Claim.id != claim.id, or_(Claim.address_key != claim.address_key, Claim.state != "refused"))


async def _judged_before(session: AsyncSession, claim: Claim, document: Sought) -> list[EarlierProof]:
    """Return what this branch judged before under one of these numbers or with the same date and total, with a document or without.

    Only this branch's: a number that somebody made up elsewhere must not harm its owner.
    """
    numbered = [compact(number) for number in document.numbers if compact(number)]
    alike: ColumnElement[bool] = _spelled("verdicts.fields #>> '{number,value}'").in_(numbered)
    if document.dated_on and document.total is not None:
        alike = or_(alike, and_(_said("date") == document.dated_on.isoformat(), _said("total") == str(document.total)))
    rows = await session.execute(
        select(VerdictRecord.fields, Claim.email, Proof.sha256, Proof.picture_hash)
        .join(Claim, and_(Claim.branch_id == VerdictRecord.branch_id, Claim.id == VerdictRecord.claim_id))
        # A claim that was recognised without a document has a verdict and no proof.
        .outerjoin(Proof, and_(Proof.branch_id == VerdictRecord.branch_id, Proof.id == VerdictRecord.proof_id))
        .where(VerdictRecord.branch_id == claim.branch_id, _counts(claim), alike)
        .order_by(VerdictRecord.id)
    )
    return [_earlier(row.fields, row.email, row.sha256, row.picture_hash) for row in rows]


def _said(field: str) -> ColumnElement[str]:
    """Return in SQL what a verdict read as a field."""
    return literal_column(f"(verdicts.fields #>> '{{{field},value}}')")


async def _same_file(session: AsyncSession, claim: Claim, proof: Proof, reading: Reading) -> list[EarlierProof]:
    """Return earlier uploads at any branch with the same bytes, be it of one photo of several, or with nearly the same first page."""
    same = or_(Proof.sha256 == proof.sha256, *(Proof.parts.contains([{"sha256": part.sha256}]) for part in storing.parts_of(proof)))
    if reading.picture_hash:
        same = or_(same, _distance(Proof.picture_hash, reading.picture_hash) <= SAME_PICTURE)
    rows = await session.execute(
        select(VerdictRecord.fields, Claim.email, Proof.sha256, Proof.picture_hash, Proof.parts)
        .join(Claim, and_(Claim.branch_id == Proof.branch_id, Claim.id == Proof.claim_id))
        # An earlier upload may not be judged yet.
        .outerjoin(VerdictRecord, and_(VerdictRecord.branch_id == Proof.branch_id, VerdictRecord.proof_id == Proof.id))
        .where(same, _counts(claim))
        .order_by(Proof.id, VerdictRecord.id)
    )
    own = {part.sha256 for part in storing.parts_of(proof)}
    return [
        _earlier(row.fields, row.email, proof.sha256 if own & {part["sha256"] for part in row.parts} else row.sha256, row.picture_hash)
        for row in rows
    ]


def _distance(column: Any, picture_hash: str) -> ColumnElement[int]:
    """Return in SQL how many bits two hashes differ by; both are hexadecimal digits."""
    # By the x PostgreSQL reads hexadecimal digits as a string of bits.
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
