"""Proof flow, step 6 of 6: weigh all findings and say whether a document is certain, needs a look, or proves no purchase.

Certain only if every element is established (what it is, who issued it, to whom, when, which number, how much) and nothing contradicts. A
rejection is advice: the machine may accept or ask, a refusal is always a person's.
"""

import re
from datetime import date

import msgspec

from reviews.branches.naming import BranchIdentity
from reviews.proofs import extraction, inspection, matching
from reviews.proofs.candidates import numbers
from reviews.proofs.comparing import same_document, which_job
from reviews.proofs.evidence import company_name, issuers, names, strengths, structured
from reviews.proofs.evidence.issuers import Issuer, IssuerStanding
from reviews.proofs.evidence.kinds import PROOFS
from reviews.proofs.evidence.names import Likeness
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.evidence.vocabulary import Kind
from reviews.proofs.extraction import Extraction, Field, extract_for
from reviews.proofs.findings import Code, Finding, Weight, weight
from reviews.proofs.matching import ClaimFacts, KnownJob, World
from reviews.proofs.reading import Reading

# Kept with each verdict: a new one whenever documents are judged by other rules.
VERSION = "2026-12-4"
"""Which rules judged: it stands with each verdict, so that one of years ago is read by the rules of its day. Raise it with each change of them."""

SURE = {"document_kind": 0.85, "number": 0.85, "date": 0.8, "total": 0.8, "customer_name": 0.0}
"""The least score with which a field counts as established; a name is confirmed by being the claim's, whatever its score."""


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
    currency: Field | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine says: `accept`, `refer` or `reject`, with everything it rests on.

    `strengths` name what makes the proof stronger than paper: `signed_mail`, `signed_pdf`, `einvoice`.
    """

    version: str
    outcome: str
    findings: tuple[Finding, ...]
    fields: Fields
    strengths: tuple[str, ...] = ()


def judge(reading: Reading, claim: ClaimFacts, world: World, *, on: date, found: Extraction | None = None) -> Verdict:
    """Judge a document that was read, as of a day; `found` is what it says where `extract_for` has been asked already."""
    if not reading.words:
        return _verdict(inspection.inspect(reading, Extraction()), Fields())
    strong = strengths.strengths_of(reading, _branch(world, claim.branch), world.branches)
    read = _strengthened(reading, found or extract_for(reading, world.branches), strong)
    issuer = issuers.find_issuer(read.identifiers, world.branches, read_from_picture=_is_seen(reading), front=read.front)
    issuer = _vouched_for(issuer, claim.branch, strong)
    if reading.failure is not None:  # too large to be read whole: its first page still says which document it is
        return _verdict(inspection.inspect(reading, read), _fields(extraction.likely(read), issuer.slug))
    job = which_job.find_job(read, claim, world) or which_job.find_job(extraction.likely(read), claim, world)
    read = _corrected(read, job)
    # What the branch's list confirms counts however likely it was before; so does a name, which being the claim's confirms.
    found = extraction.likely(read, but={"customer_name", *matching.agrees(read, job)})
    sure = _sure_of(found, job)
    about_the_file = inspection.inspect(reading, found, confirmed=_is_confirmed(found, job))
    maker = _maker(found, world)
    about_the_job = matching.match_job(sure, job, world)
    about_the_kind = _about_the_kind(found, reading)
    if any(finding.code is Code.NOT_A_PROOF for finding in about_the_kind):
        return _verdict([*about_the_file, *about_the_kind, *_present(matching.match_issuer(issuer, claim, maker))], _fields(found, issuer.slug))
    findings = [
        *about_the_file,
        *about_the_kind,
        *_present(matching.match_issuer(issuer, claim, maker), matching.match_customer(found, claim, job), matching.match_age(sure, world, on)),
        *matching.match_claim(sure, claim),
        *(finding for finding in about_the_job if finding.code not in _answered(strong)),
        *_present(matching.match_earlier(reading, sure, issuer.slug, world.earlier, confirmed=None if about_the_job else job, unsure=found.number)),
        *same_document.match_sheets(reading, read, _branch(world, issuer.slug), vouched=strengths.SIGNED_MAIL in strong),
        *inspection.compare_invoice(reading, found),
        *_what_is_missing(found, job),
        *_of_a_mail(reading, strong),
    ]
    return _verdict(findings, _fields(found, issuer.slug), strong if issuer.slug == claim.branch else ())


def _of_a_mail(reading: Reading, strong: tuple[str, ...]) -> list[Finding]:
    """Ask about a document that is the text of a mail which the branch did not verifiably send: anybody types that in a minute."""
    return [Finding(Code.MAIL_TEXT)] if reading.typed and strengths.SIGNED_MAIL not in strong else []


def _maker(found: Extraction, world: World) -> str | None:
    """Return by what name a document calls a company that is neither a branch nor the customer."""
    branches = [name for branch in world.branches for name in (branch.legal_name, *branch.trade_names)]
    return company_name.of_issuer(found.identifiers.lines, [*branches, found.customer_name.value if found.customer_name else None])


def _branch(world: World, slug: str | None) -> BranchIdentity | None:
    return next((branch for branch in world.branches if branch.slug == slug), None)


def _is_seen(reading: Reading) -> bool:
    """Whether any words were recognised in a picture: a page's own, or a letterhead that is a picture on a page of text."""
    return any(page.source == "picture" for page in reading.pages) or any(word.score < 1 for word in reading.words)


def _is_confirmed(found: Extraction, job: KnownJob | None) -> bool:
    """Whether the branch's own list says the same of number, date, customer and total."""
    return job is not None and matching.agrees(found, job) >= {"number", "date", "total"} and matching.is_of_customer(found, job)


def _strengthened(reading: Reading, found: Extraction, strong: tuple[str, ...]) -> Extraction:
    """Return the fields with whom untouched signatures name, and as an e-invoice corrects them."""
    signers = tuple(signature.by for signature in reading.signatures if signature.intact and signature.whole and signature.by)
    found = msgspec.structs.replace(found, identifiers=msgspec.structs.replace(found.identifiers, signers=signers))
    return structured.taken_from(reading, found, is_the_branchs=strengths.EINVOICE in strong)


def _vouched_for(issuer: Issuer, slug: str, strong: tuple[str, ...]) -> Issuer:
    """Take the branch that a mail's signature names for certain, unless the page itself names somebody else.

    Anybody can write an e-invoice with a branch's numbers in it, which a register publishes. So it only settles what the page makes likely by
    something else than those numbers, as they would in print; a page that names nobody stays one of nobody.
    """
    open_question = issuer.standing in {IssuerStanding.UNKNOWN, IssuerStanding.LIKELY} and issuer.slug in {None, slug}
    besides = issuer.slug == slug and bool(set(issuer.signs) - issuers.NUMBERS)
    if open_question and (strengths.SIGNED_MAIL in strong or (strengths.EINVOICE in strong and besides)):
        # The signs stay those of the page: what vouches is shown apart, as a strength.
        return Issuer(slug, IssuerStanding.CERTAIN, issuer.signs)
    return issuer


def _answered(strong: tuple[str, ...]) -> frozenset[Code]:
    """Return the findings that are settled: a document that the branch verifiably mailed is its own, even where its list of jobs is behind."""
    return frozenset({Code.ORDER_UNKNOWN, Code.ORDER_SEVERAL}) if strengths.SIGNED_MAIL in strong else frozenset()


def _corrected(found: Extraction, job: KnownJob | None) -> Extraction:
    """Take from the job what was misread: a number that date and total confirm, a figure of the cents that all the rest confirms."""
    if job is None:
        return found
    if found.number is not None and matching.same_number(job.number, found.number.value):
        if found.total is None or not matching.has_slip_in_cents(found, job):
            return found
        return msgspec.structs.replace(found, total=msgspec.structs.replace(found.total, value=f"{job.total:.2f}"))
    place = found.number or found.date
    return msgspec.structs.replace(found, number=msgspec.structs.replace(place, value=job.number, sure=1.0)) if place else found


def _sure_of(found: Extraction, job: KnownJob | None) -> Extraction:
    """Return a document without what was read unsurely: that leaves a question, and speaks neither for nor against anything."""
    return msgspec.structs.replace(found, **dict.fromkeys(_unsure(found, job) & {"number", "date", "total"}))


def _unsure(found: Extraction, job: KnownJob | None) -> frozenset[str]:
    """Return the fields that were read unsurely; a known job confirms number, date and total."""
    fields = {"document_kind": found.kind, "number": found.number, "date": found.date, "customer_name": found.customer_name, "total": found.total}
    confirmed = matching.agrees(found, job)
    return frozenset(name for name, field in fields.items() if field is not None and field.sure < SURE[name] and name not in confirmed)


def _present(*findings: Finding | None) -> list[Finding]:
    return [finding for finding in findings if finding is not None]


_KINDS = {
    Kind.OFFERTE: "dit is een offerte",
    Kind.ORDERBEVESTIGING: "dit is een orderbevestiging",
    Kind.CREDITNOTA: "dit is een creditnota",
    Kind.PAKBON: "dit is een pakbon",
    Kind.AANMANING: "dit is een herinnering of aanmaning",
    Kind.KASSABON: "dit is een kassabon",
    Kind.BETAALBEWIJS: "dit is een bewijs van betaling",
    Kind.ANDERS: "dit is een pro-formafactuur, een concept of een ander stuk",
}
_NO_INVOICE = re.compile(
    r"\bdit (document )?is (nog )?geen (geldige )?(btw-)?(factuur|rekening)|\bgeldt niet als factuur|not an invoice|keine rechnung", re.IGNORECASE
)


def _about_the_kind(found: Extraction, reading: Reading) -> list[Finding]:
    """Say when a document is no proof: by its title, by its own words, by a negative amount, or by the code of its e-invoice."""
    if found.kind is None or found.kind.value not in PROOFS:
        if found.kind is None or not found.titled:
            return [Finding(Code.POOR_QUALITY, "geen factuur of werkbon herkend")]
        return [Finding(Code.NOT_A_PROOF, _KINDS[Kind(found.kind.value)])]
    if found.total is not None and found.total.value.startswith("-"):
        return [Finding(Code.NOT_A_PROOF, "het bedrag is negatief")]
    if said := _NO_INVOICE.search(found.text):
        return [Finding(Code.NOT_A_PROOF, f"er staat: {said[0]}")]
    if reading.invoice is not None and reading.invoice.type_code in {*strengths.CREDITS, strengths.PRO_FORMA}:
        return [Finding(Code.NOT_A_PROOF, "volgens de e-factuur in het bestand is dit een creditnota of een pro-formafactuur")]
    return []


def _what_is_missing(found: Extraction, job: KnownJob | None) -> list[Finding]:
    """Name what was not established."""
    # A missing name is a finding of `match_customer` already.
    fields = {"document_kind": found.kind, "number": found.number, "date": found.date}
    unsure = _unsure(found, job)
    told = [_NOT_FOUND[name] for name, field in fields.items() if field is None] + [said for name, said in _UNSURE.items() if name in unsure]
    findings = [Finding(Code.POOR_QUALITY, "; ".join(told))] if told else []
    if found.total is None:
        findings.append(Finding(Code.NO_TOTAL, "er staat geen totaalbedrag op"))
    elif "total" in unsure:
        findings.append(Finding(Code.NO_TOTAL, f"gelezen: {found.total.value.replace('.', ',')}, maar niet zeker"))
    return findings


_NOT_FOUND = {
    "document_kind": "er staat niet op wat voor document het is",
    "number": "het nummer is niet gevonden",
    "date": "de datum is niet gevonden",
}
_UNSURE = {
    "document_kind": "niet zeker te lezen wat voor document het is",
    "number": "het nummer is niet zeker te lezen",
    "date": "de datum is niet zeker te lezen",
    "customer_name": "de naam van de klant is niet zeker te lezen",
}


def _verdict(findings: list[Finding], fields: Fields, strong: tuple[str, ...] = ()) -> Verdict:
    """Let the weightiest finding decide; one that only notes something decides nothing."""
    unique = _merged(findings)
    weights = {weight(finding.code) for finding in unique}
    if weights <= {Weight.NOTE}:
        return Verdict(version=VERSION, outcome="accept", findings=(Finding(Code.GENUINE), *unique), fields=fields, strengths=strong)
    outcome = "reject" if Weight.AGAINST in weights else "refer"
    return Verdict(version=VERSION, outcome=outcome, findings=unique, fields=fields, strengths=strong)


def _merged(findings: list[Finding]) -> tuple[Finding, ...]:
    """Merge findings so that each code stands there once, with all that it rests on."""
    evidence: dict[Code, list[str]] = {}
    for finding in findings:
        evidence.setdefault(finding.code, []).extend([finding.evidence] if finding.evidence else [])
    return tuple(Finding(code, "; ".join(dict.fromkeys(texts)) or None) for code, texts in evidence.items())


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
        currency=found.currency,
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
        if job.state == matching.COMPLETED
        and matching.same_number(job.number, numbers.without_label(claim.document_number))
        and job.postcode
        and compact(job.postcode) == compact(claim.postcode)
    ]
    # Two jobs that fit leave it open which one the review is about.
    if len(fitting) != 1 or fitting[0].customer_name is None or fitting[0].date is None:
        return None
    job = fitting[0]
    # FAMILY is enough here, since the postcode is the job's.
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
