"""Proof flow, step 6 of 6: weigh all findings and say whether a document is certain, needs a look, or proves no purchase.

Certain only if every element is established (what it is, who issued it, to whom, when, which number, how much) and nothing contradicts. A
rejection is advice: the machine may accept or ask, a refusal is always a person's.
"""

from datetime import date
from decimal import Decimal

import msgspec

from reviews.proofs import inspection, matching
from reviews.proofs.evidence import issuers, names
from reviews.proofs.evidence.kinds import PROOFS
from reviews.proofs.evidence.names import Likeness
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.extraction import Extraction, Field, extract
from reviews.proofs.findings import Code, Finding
from reviews.proofs.inspection import Reading
from reviews.proofs.matching import ClaimFacts, KnownJob, World

VERSION = "2026-12-1"
SURE = {"document_kind": 0.85, "number": 0.85, "date": 0.8, "total": 0.8, "customer_name": 0.0}
"""The least score with which a field counts as established; a name is confirmed by being the claim's, whatever its score."""
DAMNING = {
    Code.WRONG_BRANCH,
    Code.FOREIGN_COMPANY,
    Code.NOT_A_PROOF,
    Code.NAME_MISMATCH,
    Code.ORDER_MISMATCH,
    Code.TOO_OLD,
    Code.FUTURE_DATE,
    Code.DUPLICATE_DOCUMENT,
    Code.ALTERED_DOCUMENT,
    Code.HIDDEN_TEXT,
    Code.NOT_A_DOCUMENT,
    Code.ACTIVE_CONTENT,
    Code.UNSUPPORTED_TYPE,
    Code.OVERSIZED,
}
"""Findings that make a document no proof of this purchase; with any other a person looks."""


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a document, each with its place and how sure it is; None where the document does not say."""

    document_kind: Field | None = None
    issuer_branch: Field | None = None
    number: Field | None = None
    date: Field | None = None
    customer_name: Field | None = None
    postcode: Field | None = None
    house_number: Field | None = None
    email: Field | None = None
    total: Field | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine says: `accept`, `refer` or `reject`, with everything it rests on."""

    version: str
    outcome: str
    findings: tuple[Finding, ...]
    fields: Fields


def judge(reading: Reading, claim: ClaimFacts, world: World, *, on: date) -> Verdict:
    """Judge a document that was read, as of a day."""
    about_the_file = inspection.inspect(reading)
    if reading.failure is not None or not reading.words:
        return _verdict(about_the_file, Fields())
    own_postcodes = frozenset(compact(branch.postcode).upper() for branch in world.branches if branch.postcode)
    own_domains = frozenset(name for branch in world.branches if (name := branch.email_domain))
    found = extract(reading, own_postcodes, own_domains)
    issuer = issuers.find_issuer(found.identifiers, world.branches, read_from_picture=any(page.source == "picture" for page in reading.pages))
    job = matching.find_job(found, world)
    found = _corrected(found, job)
    about_the_job = matching.match_job(found, job, world)
    about_the_kind = _about_the_kind(found)
    if any(finding.code is Code.NOT_A_PROOF for finding in about_the_kind):
        return _verdict([*about_the_file, *about_the_kind, *_present(matching.match_issuer(issuer, claim))], _fields(found, issuer.slug))
    findings = [
        *about_the_file,
        *about_the_kind,
        *_present(matching.match_issuer(issuer, claim), matching.match_customer(found, claim, job), matching.match_age(found, world, on)),
        *matching.match_claim(found, claim),
        *about_the_job,
        *_present(matching.match_earlier(reading, found, issuer.slug, world.earlier, confirmed=job is not None and not about_the_job)),
        *inspection.compare_invoice(reading, found.total.value if found.total else None, found.text),
        *_what_is_missing(found, job),
    ]
    return _verdict(findings, _fields(found, issuer.slug))


def _corrected(found: Extraction, job: KnownJob | None) -> Extraction:
    """Take a misread number from the job that date and total confirm."""
    if job is None or (found.number is not None and matching.same_number(job.number, found.number.value)):
        return found
    place = found.number or found.date
    return msgspec.structs.replace(found, number=msgspec.structs.replace(place, value=job.number, sure=1.0)) if place else found


def _present(*findings: Finding | None) -> list[Finding]:
    return [finding for finding in findings if finding is not None]


def _about_the_kind(found: Extraction) -> list[Finding]:
    if found.kind is None or found.kind.value not in PROOFS:
        known = found.kind is not None and found.titled
        return [
            Finding(Code.NOT_A_PROOF if known else Code.POOR_QUALITY, found.kind.value if found.kind and known else "geen factuur of werkbon herkend")
        ]
    if found.total is not None and found.total.value.startswith("-"):
        return [Finding(Code.NOT_A_PROOF, "het bedrag is negatief")]
    return []


def _what_is_missing(found: Extraction, job: KnownJob | None) -> list[Finding]:
    """Name what was not established; a known job confirms number, date and total that were read unsurely."""
    fields = {"document_kind": found.kind, "number": found.number, "date": found.date, "customer_name": found.customer_name}
    confirmed = job is not None and found.date is not None and job.date is not None and found.date.value == job.date.isoformat()
    missing = [name for name, field in fields.items() if field is None or (field.sure < SURE[name] and not (confirmed and name != "document_kind"))]
    findings = [Finding(Code.POOR_QUALITY, ", ".join(_DUTCH[name] for name in missing))] if missing else []
    if found.total is None or (found.total.sure < SURE["total"] and not (confirmed and job is not None and job.total == Decimal(found.total.value))):
        findings.append(Finding(Code.NO_TOTAL, found.total.value if found.total else None))
    return findings


_DUTCH = {"document_kind": "soort document", "number": "nummer", "date": "datum", "customer_name": "naam van de klant"}


def _verdict(findings: list[Finding], fields: Fields) -> Verdict:
    unique = tuple({finding.code: finding for finding in reversed(findings)}.values())[::-1]
    if not unique:
        return Verdict(version=VERSION, outcome="accept", findings=(Finding(Code.GENUINE),), fields=fields)
    outcome = "reject" if any(finding.code in DAMNING for finding in unique) else "refer"
    return Verdict(version=VERSION, outcome=outcome, findings=unique, fields=fields)


def _fields(found: Extraction, slug: str | None) -> Fields:
    place = found.number or found.date or found.kind
    house = found.addressee.postcode_words or found.addressee.name_words
    return Fields(
        document_kind=found.kind,
        issuer_branch=msgspec.structs.replace(place, value=slug, sure=1.0) if slug and place else None,
        number=found.number,
        date=found.date,
        customer_name=found.customer_name,
        postcode=found.postcode,
        house_number=msgspec.structs.replace(found.postcode, value=found.house_number) if found.house_number and found.postcode and house else None,
        email=found.email,
        total=found.total,
    )


def judge_without_document(claim: ClaimFacts, world: World, *, on: date) -> Verdict | None:
    """Recognise a job by number, postcode and name alone; None when that is not certain.

    Number and postcode must point to one job only, the name must be the same for certain, and the job may not be too old. A job that was
    used before needs a document.
    """
    if world.jobs is None or not claim.document_number or not claim.postcode:
        return None
    fitting = [
        job
        for job in world.jobs
        if matching.same_number(job.number, claim.document_number) and job.postcode and compact(job.postcode) == compact(claim.postcode)
    ]
    if len(fitting) != 1 or fitting[0].customer_name is None or fitting[0].date is None:
        return None
    job = fitting[0]
    same = names.compare(claim.reviewer_name, job.customer_name or "") in {Likeness.SAME, Likeness.FAMILY}
    fresh = matching.months_before(on, world.max_age_months) <= (job.date or on) <= on
    used = any(proof.number and matching.same_number(proof.number, job.number) and proof.issuer_branch == claim.branch for proof in world.earlier)
    if not same or not fresh or used:
        return None
    return Verdict(
        version=VERSION, outcome="accept", findings=(Finding(Code.GENUINE, "nummer, postcode en naam"),), fields=_job_fields(job, claim.branch)
    )


def _job_fields(job: KnownJob, slug: str) -> Fields:
    values = {
        "number": job.number,
        "customer_name": job.customer_name,
        "postcode": job.postcode,
        "house_number": job.house_number,
        "issuer_branch": slug,
    }
    values |= {"date": job.date.isoformat() if job.date else None, "total": str(job.total) if job.total is not None else None}
    return Fields(**{name: Field(value, 0, (0, 0, 0, 0), "job", 1.0) for name, value in values.items() if value is not None})
