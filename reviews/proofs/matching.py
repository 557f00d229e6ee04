"""Proof flow, step 5 of 6: compare what a document says with the branch, its known jobs, the claim and earlier proofs.

Every comparison answers with a finding, or with nothing when all is well. What it means for the outcome is for the verdict.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from reviews.branches.naming import BranchIdentity
from reviews.proofs.candidates import numbers
from reviews.proofs.evidence import names
from reviews.proofs.evidence.issuers import Issuer, IssuerStanding
from reviews.proofs.evidence.names import Likeness
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import Reading

COMPLETED = "completed"
_ENDED = {"cancelled": "de opdracht is geannuleerd", "credited": "de opdracht is gecrediteerd"}
AROUND = dt.timedelta(days=120)
"""How far a job's completion and the date on its document may lie apart: an invoice may come before the work and after it."""
SURE_OF_NAME = 0.85
"""How surely a name is the addressee's that another name contradicts."""
SAME_PICTURE = 8
"""Bits of 256; at this distance none of 20,281 pairs of different documents was taken for one."""


class KnownJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the branch's own administration knows it; `date` is that of the document, `state` completed, cancelled, credited or reopened.

    `finished_on` is the day on which the work was done, which tells jobs of one number apart and says nothing against a document.
    """

    number: str
    kind: str
    date: dt.date | None = None
    customer_name: str | None = None
    email: str | None = None
    postcode: str | None = None
    house_number: str | None = None
    total: Decimal | None = None
    state: str = COMPLETED
    finished_on: dt.date | None = None


class EarlierProof(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a proof that was seen before; hashes as hexadecimal digits."""

    sha256: str
    email: str
    picture_hash: str | None = None
    issuer_branch: str | None = None
    number: str | None = None
    date: str | None = None
    total: str | None = None


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer says: the branch's slug, the name to publish, the proved address, and what is known of the job."""

    branch: str
    reviewer_name: str
    email: str
    postcode: str | None = None
    document_number: str | None = None


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict may know: all branches, the claim's branch's own jobs (None where it has no list of them), and earlier proofs."""

    branches: tuple[BranchIdentity, ...]
    jobs: tuple[KnownJob, ...] | None = None
    earlier: tuple[EarlierProof, ...] = ()
    max_age_months: int = 24


def match_issuer(issuer: Issuer, claim: ClaimFacts, maker: str | None = None) -> Finding | None:
    """Compare the issuer with the branch that the claim names; `maker` is how the document calls a company that is no branch."""
    evidence = ", ".join(issuer.signs) or None
    if issuer.standing is IssuerStanding.FOREIGN:
        told = (f"opgemaakt door {maker}" if maker else "", f"op het document staat: {evidence}" if evidence else "")
        return Finding(Code.FOREIGN_COMPANY, ", ".join(filter(None, told)) or None)
    if issuer.slug is not None and issuer.slug != claim.branch:
        return Finding(Code.WRONG_BRANCH, f"{issuer.slug} (herkend aan: {evidence})")
    if issuer.standing is IssuerStanding.CERTAIN:
        return None
    if issuer.standing is IssuerStanding.CONFLICTING:
        return Finding(Code.ISSUER_UNCLEAR, f"er staan gegevens van meer dan één bedrijf op: {evidence}")
    return Finding(Code.ISSUER_UNCLEAR, f"alleen gevonden: {evidence}" if evidence else "er staan geen gegevens van een vestiging op")


def match_customer(found: Extraction, claim: ClaimFacts, job: KnownJob | None) -> Finding | None:
    """Compare the addressee with the reviewer; the same surname with the same address or e-mail makes a family certain."""
    if found.customer_name is None:
        return Finding(Code.POOR_QUALITY, "de naam van de klant is niet gevonden")
    written = found.customer_name.value
    likeness = names.compare(claim.reviewer_name, written)
    household = same_household(found, claim)
    # A slip of the recogniser is believed only where the branch's own list has the reviewer's name.
    misread = likeness is Likeness.NEAR and job is not None and _is_same_person(claim.reviewer_name, job)
    firm = found.addressee.firm
    if not firm and (likeness is Likeness.SAME or (likeness is Likeness.FAMILY and household and not found.addressee.company) or misread):
        return None
    if found.addressee.company:
        return Finding(Code.COMPANY_CUSTOMER, written)
    # Another name at the same address is perhaps a partner, and one that is perhaps not the customer's says nothing: that is asked, not refused.
    if found.addressee.sure < SURE_OF_NAME:
        return Finding(Code.NAME_VARIANT, written)
    if likeness is Likeness.DIFFERENT and not household:
        return Finding(Code.NAME_MISMATCH, written)
    return Finding(_doubt(likeness, found, claim), written)


def _doubt(likeness: Likeness, found: Extraction, claim: ClaimFacts) -> Code:
    """Another full first name at another address is another person; otherwise it may be the same one or the same household."""
    assert found.customer_name is not None
    one, other = names.parse(claim.reviewer_name), names.parse(found.customer_name.value)
    full = not one.initials_only and not other.initials_only
    elsewhere = bool(claim.postcode and found.postcode and compact(claim.postcode) != compact(found.postcode.value))
    return Code.NAME_MISMATCH if likeness is Likeness.OTHER_GIVEN and full and elsewhere else Code.NAME_VARIANT


def _is_same_person(reviewer: str, job: KnownJob) -> bool:
    return job.customer_name is not None and names.compare(reviewer, job.customer_name) is Likeness.SAME


def same_household(found: Extraction, claim: ClaimFacts) -> bool:
    """Whether the document shows the claim's postcode or e-mail address."""
    postcode = bool(claim.postcode and found.postcode and compact(claim.postcode) == compact(found.postcode.value))
    return postcode or claim.email.casefold() in found.text.casefold()


def match_claim(found: Extraction, claim: ClaimFacts) -> list[Finding]:
    """Compare number and postcode with what the claim says of them."""
    findings = list[Finding]()
    if claim.document_number and found.number and not same_number(numbers.without_label(claim.document_number), found.number.value):
        findings.append(Finding(Code.NUMBER_MISMATCH, f"aanvraag: {claim.document_number}, document: {found.number.value}"))
    if claim.postcode and found.postcode and compact(claim.postcode) != compact(found.postcode.value):
        # Like the number it may be mistyped in the form: it leaves a question, and speaks against nothing.
        findings.append(Finding(Code.ADDRESS_MISMATCH, f"aanvraag: {claim.postcode}, document: {found.postcode.value}"))
    return findings


def same_number(one: str, other: str) -> bool:
    """Whether two document numbers are the same; people leave out dashes, spaces and case."""
    return compact(one) == compact(other)


def has_slip_in_cents(found: Extraction, job: KnownJob) -> bool:
    """Whether a total that was read from a picture is the job's but for one figure of the cents, while date and customer are the job's.

    Nobody gains by altering cents, and a figure in pen is soon read as another.
    """
    if found.total is None or found.total.how != "picture" or job.total is None or not (found.customer_name and job.customer_name):
        return False
    same_day = job.date is None or (found.date is not None and found.date.value == job.date.isoformat())
    read, known = found.total.value, f"{job.total:.2f}"
    one_figure = read[:-2] == known[:-2] and sum(one != other for one, other in zip(read[-2:], known[-2:], strict=True)) == 1
    return one_figure and same_day and not other_customer(found, job)


def agrees(found: Extraction, job: KnownJob | None) -> frozenset[str]:
    """Return which of number, date and total the branch's list confirms, whatever the recogniser thought of them."""
    if job is None or found.number is None or not same_number(job.number, found.number.value):
        return frozenset()
    total = found.total is not None and job.total is not None and money(found.total.value) == job.total
    dated = found.date is not None and job.date is not None and found.date.value == job.date.isoformat()
    return frozenset(name for name, holds in (("total", total), ("date", dated), ("number", total or dated)) if holds)


def is_of_customer(found: Extraction, job: KnownJob) -> bool:
    """Whether a document is made out to the customer whom the branch's list names for its number."""
    return bool(found.customer_name and job.customer_name) and not other_customer(found, job)


def match_job(found: Extraction, job: KnownJob | None, world: World) -> list[Finding]:
    """Compare a document with the branch's own administration; a cancelled or credited job proves no purchase."""
    if world.jobs is None or found.number is None:
        return []
    if job is None:
        numbered = any(same_number(one.number, found.number.value) for one in world.jobs)
        return [Finding(Code.ORDER_SEVERAL if numbered else Code.ORDER_UNKNOWN, found.number.value)]
    differing = [what for what, differs in _differences(found, job) if differs]
    if job.state in _ENDED:
        differing.append(_ENDED[job.state])
    return [Finding(Code.ORDER_MISMATCH, "; ".join(differing))] if differing else []


def _differences(found: Extraction, job: KnownJob) -> Iterable[tuple[str, bool]]:
    """Say in words where the branch's list differs: dates and amounts of both, but never the name of another customer."""
    if found.date is not None and job.date is not None:
        yield (
            f"datum op het document {in_dutch(found.date.value)}, in de lijst {in_dutch(job.date.isoformat())}",
            found.date.value != job.date.isoformat(),
        )
    total = money(found.total.value) if found.total else None
    if total is not None and job.total is not None:
        yield f"bedrag op het document € {total:.2f}, in de lijst € {job.total:.2f}".replace(".", ","), total != job.total
    yield "in de lijst staat een andere klant", bool(found.customer_name and job.customer_name) and other_customer(found, job)


def in_dutch(day: str) -> str:
    """Write an ISO date as the Dutch do: 3-11-2026."""
    year, month, date_of_month = day.split("-")
    return f"{int(date_of_month)}-{int(month)}-{year}"


def other_customer(found: Extraction, job: KnownJob) -> bool:
    """Whether a document and a job that both have a name have two customers."""
    assert found.customer_name is not None
    assert job.customer_name is not None
    likeness = names.compare(found.customer_name.value, job.customer_name)
    if likeness in {Likeness.SAME, Likeness.FAMILY, Likeness.NEAR, Likeness.PART}:
        return False
    # From three letters on: initials and tussenvoegsels are common to many.
    same_words = set(re.findall(r"\w{3,}", found.customer_name.value.casefold())) & set(re.findall(r"\w{3,}", job.customer_name.casefold()))
    return not (same_words and found.addressee.company)


def money(value: str) -> Decimal | None:
    """Return an amount, None for what is no number."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def same_amount(one: str, other: str) -> bool:
    """Whether two amounts are equal; what is no number equals nothing."""
    return money(one) is not None and money(one) == money(other)


def match_age(found: Extraction, world: World, on: date) -> Finding | None:
    """Compare the date with the day of the claim: neither older than the branch accepts, nor in the future."""
    if found.date is None:
        return None
    issued = date.fromisoformat(found.date.value)
    if issued > on:
        return Finding(Code.FUTURE_DATE, in_dutch(found.date.value))
    return Finding(Code.TOO_OLD, in_dutch(found.date.value)) if issued < months_before(on, world.max_age_months) else None


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last day of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    # Not every month has this day: 31 March minus one month is the last of February.
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    return date(year, month + 1, 28)


def match_earlier(
    reading: Reading, found: Extraction, slug: str | None, earlier: Sequence[EarlierProof], *, confirmed: KnownJob | None, unsure: Field | None = None
) -> Finding | None:
    """Find the same document among earlier proofs: the same bytes, the same picture, or the same number of the same issuer.

    Documents of one template look alike; a picture only counts where the numbers don't contradict, be it one that was read unsurely (`unsure`),
    which accuses of nothing itself. A number that somebody else made up
    earlier must not harm its owner: where the branch's own list confirms this document, as of that job, an earlier one with another total, or of
    another time than the job, was not it.
    """
    number = found.number or unsure
    for proof in earlier:
        both = proof.number is not None and number is not None
        same = both and same_number(proof.number or "", number.value if number else "") and proof.issuer_branch == slug
        # Whatever was read of it, and however sure that is.
        if proof.sha256 == reading.sha256:
            return Finding(Code.DUPLICATE_DOCUMENT, "hetzelfde bestand")
        other_total = confirmed is not None and found.total is not None and proof.total is not None and found.total.value != proof.total
        if same and found.number and slug is not None and not (other_total or _is_of_another_time(proof, confirmed)):
            return Finding(Code.DUPLICATE_DOCUMENT, f"hetzelfde nummer: {proof.number}")
        if not both and slug is not None and proof.issuer_branch == slug and _same_day_and_total(found, proof):
            return Finding(Code.DUPLICATE_DOCUMENT, "dezelfde datum en hetzelfde bedrag")
        if (same or not both) and _looks_the_same(reading.picture_hash, proof.picture_hash):
            return Finding(Code.DUPLICATE_DOCUMENT, "dezelfde afbeelding")
    return None


def _is_of_another_time(proof: EarlierProof, job: KnownJob | None) -> bool:
    """Whether an earlier document is of another year, say, than the job that the document before us is certainly about: numbers come back."""
    if job is None or job.finished_on is None or proof.date is None:
        return False
    return abs(date.fromisoformat(proof.date) - job.finished_on) > AROUND


def _same_day_and_total(found: Extraction, proof: EarlierProof) -> bool:
    if found.date is None or found.total is None:
        return False
    return proof.date == found.date.value and proof.total == found.total.value


def _looks_the_same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and (int(one, 16) ^ int(other, 16)).bit_count() <= SAME_PICTURE
