"""Which of a branch's known jobs a document is about: by its number, and where several have that, by what else is said. Pure.

A number comes back: each year, for each kind of document. A job of somebody else is never taken for the document's because it was there first.
"""

import datetime as dt
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec
from rapidfuzz.distance import DamerauLevenshtein

from reviews.proofs import matching
from reviews.proofs.evidence import names
from reviews.proofs.evidence.names import Likeness
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.evidence.vocabulary import Kind
from reviews.proofs.extraction import Extraction
from reviews.proofs.matching import AROUND, ClaimFacts, KnownJob, World


class Clues(msgspec.Struct, frozen=True, kw_only=True):
    """What a document, and the claim that it came with, say of a job besides its number."""

    names: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    email: str | None = None
    total: Decimal | None = None
    date: dt.date | None = None
    kind: str | None = None


def find_job(found: Extraction, claim: ClaimFacts, world: World) -> KnownJob | None:
    """Return the known job with the document's number; None for no job, and where it can't be told which of several is meant.

    A number that was misread by one figure, or that stands on the page without a label, is taken only where the list confirms it: total and
    date must be those of the job; where the list has no date of the document, total and customer.
    """
    if world.jobs is None:
        return None
    clues = clues_of(found, claim)
    if found.number is None:
        words = {compact(word) for word in found.text.split()}
        return the_one([job for job in world.jobs if compact(job.number) in words and _is_confirmed(found, job)], clues)
    exact = [job for job in world.jobs if matching.same_number(job.number, found.number.value)]
    # Only what comes from a picture can be misread.
    if exact or found.number.how == "text":
        return the_one(exact, clues)
    return the_one([job for job in world.jobs if _is_misread(found, job)], clues)


def clues_of(found: Extraction, claim: ClaimFacts) -> Clues:
    """Return what tells jobs of one number apart; who the document names comes before who claims."""
    return Clues(
        names=(found.customer_name.value if found.customer_name else claim.reviewer_name,),
        postcodes=tuple(code for code in (found.postcode.value if found.postcode else None, claim.postcode) if code),
        email=claim.email,
        total=matching.money(found.total.value) if found.total else None,
        date=date.fromisoformat(found.date.value) if found.date else None,
        kind=found.kind.value if found.kind else None,
    )


def the_one(jobs: Sequence[KnownJob], clues: Clues) -> KnownJob | None:
    """Return the job of several with one number that is meant, None where that stays open.

    1. Jobs of other customers are left out; where all are of others, none is meant.
    2. Total, day and kind of document choose among those that are left, each as far as it fits any.
    """
    if len(jobs) < 2:
        return jobs[0] if jobs else None
    left = [job for job in jobs if _is_theirs(job, clues)] or [job for job in jobs if job.customer_name is None]
    for fits in (_has_total, _is_around, _is_of_kind):
        left = [job for job in left if fits(job, clues)] or left
    return left[0] if len(left) == 1 else None


def _is_theirs(job: KnownJob, clues: Clues) -> bool:
    if job.email and clues.email and job.email.casefold() == clues.email.casefold():
        return True
    if job.postcode and compact(job.postcode) in {compact(code) for code in clues.postcodes}:
        return True
    return bool(job.customer_name) and any(
        names.compare(name, job.customer_name or "") in {Likeness.SAME, Likeness.FAMILY, Likeness.NEAR, Likeness.PART} for name in clues.names
    )


def _has_total(job: KnownJob, clues: Clues) -> bool:
    return clues.total is not None and job.total == clues.total


def _is_around(job: KnownJob, clues: Clues) -> bool:
    day = job.date or job.finished_on
    return day is not None and clues.date is not None and abs(day - clues.date) <= AROUND


def _is_of_kind(job: KnownJob, clues: Clues) -> bool:
    meant = {Kind.WERKBON: "repair", Kind.FACTUUR: "purchase"}
    return clues.kind is not None and job.kind == {kind.value: word for kind, word in meant.items()}.get(clues.kind)


def _is_misread(found: Extraction, job: KnownJob) -> bool:
    assert found.number is not None
    near = DamerauLevenshtein.distance(compact(job.number), compact(found.number.value), score_cutoff=1) <= 1
    return near and _is_confirmed(found, job)


def _is_confirmed(found: Extraction, job: KnownJob) -> bool:
    if found.total is None or job.total is None or matching.money(found.total.value) != job.total:
        return False
    if job.date is not None:
        return found.date is not None and found.date.value == job.date.isoformat()
    return bool(found.customer_name and job.customer_name) and not matching.other_customer(found, job)
