"""What a copy of a branch's mail says about a job: decided from what was read of it and from the patterns that the branch taught. Pure.

The secret address is what lets a mail in; a sender's name can be written by anybody, so a pattern only says what a mail means. What does not fit
together waits for a person with a reason; nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from reviews import validation
from reviews.errors import NumberOfAnotherCustomerError, NumberOfSeveralJobsError, RefusedEventError
from reviews.invitations.intake import event_model
from reviews.invitations.intake.mail_copies.model import Accept, CopiedDocument, Discard, MailCopy, NeedsReview, Pattern, ReviewReason, Surroundings
from reviews.local import LOCAL

PROOFS = frozenset({"factuur", "werkbon"})
CREDIT = "creditnota"
UNFINISHED = frozenset({"offerte", "orderbevestiging", "pakbon", "aanmaning", "betaalbewijs"})
SURE = 0.6
"""A number or date of which there were two, or that no label announced, is half as sure and waits for a person."""
_IN_PART = re.compile(r"^(aanbetalings?|voorschot|termijn|deel|pro ?forma|concept)[ -]?(factuur|nota|faktuur)?\b", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"\b(slot|eind|restant)[ -]?(factuur|nota|afrekening|faktuur)", re.IGNORECASE)
_CREDITED = re.compile(
    r"\b(?:factuur|faktuur|nota|invoice|rechnung)[ ]?(?:nummer|nr|no)?[ .:]{0,4}(?:van[ ])?([A-Z]{0,4}[-/ ]?\d[\w/.-]{2,20})", re.IGNORECASE
)
# The secret may be the whole local part or stand behind a plus sign, with the branch behind it or not.
_SECRET_ADDRESS = re.compile(r"(?:^|\+)[0-9a-f]{40}(?:\+[^@]*)?@")
ANYWHERE = "…"
BOTH_DATES = "both_dates"
"""In `fields` of a mail whose number is another customer's: the day of that job's document, and of this one."""


def branch_of(copy: MailCopy, domains: dict[str, str], told: str | None) -> str | None:
    """Return the branch that a mail is of: the one its address named, the issuer of its documents, or the one whose domain sent it.

    `domains` are the branches that the source may speak for, each with its mail domain; None when that points to no single one of them.
    """
    if told is not None:
        return told
    if len(domains) == 1:
        return next(iter(domains))
    issuers = {paper.issuer for paper in copy.papers if paper.issuer in domains}
    if len(issuers) == 1:
        return issuers.pop()
    sent = {slug for slug, domain in domains.items() if domain and domain == _domain(copy.sender)}
    return sent.pop() if len(sent) == 1 and not issuers else None


def recognise(copy: MailCopy, around: Surroundings) -> Accept | NeedsReview | Discard:
    """Decide what a mail reports.

    1. What no program of a branch sent is discarded: bounces, out-of-office replies, our own mail.
    2. What the branch taught to ignore is discarded; then the one document that counts is chosen.
    3. A quotation, an order confirmation or a part payment is no finished job. A credit note is one whatever was taught.
    4. All that an event needs must be there, be sure, and be of this branch.
    """
    if (found := stray(copy, around.own_address)) is not None:
        return Discard(found)
    if copy.failure is not None:
        return NeedsReview(reason_of(copy.failure))
    taught = pattern_for(copy, around.patterns)
    if taught is not None and taught.tells == "ignore":
        return Discard(ReviewReason.TAUGHT_TO_IGNORE)
    chosen = choose_paper(copy)
    if not isinstance(chosen, CopiedDocument):
        return chosen
    if (objection := _objection(copy, chosen, around, taught)) is not None:
        return NeedsReview(objection)
    return _told(copy, chosen, around, taught) if taught else NeedsReview(ReviewReason.UNKNOWN_SENDER)


def stray(copy: MailCopy, own_address: str) -> ReviewReason | None:
    """Say why a mail cannot come from a branch's program: a bounce, an out-of-office reply, a mail of our own that came back."""
    if copy.automatic:
        return ReviewReason.BOUNCE if copy.automatic == "report" else ReviewReason.AUTO_REPLY
    return ReviewReason.OWN_MAIL if own_address and copy.sender == own_address.casefold() else None


def reason_of(code: str) -> ReviewReason:
    """Return why a mail waits that failed to be read."""
    known = (ReviewReason.TOO_MANY_PARTS, ReviewReason.BYTES_MISSING, ReviewReason.NOT_READ)
    return next((reason for reason in known if reason.value == code), ReviewReason.UNREADABLE)


def reason_beside(problem: RefusedEventError) -> ReviewReason:
    """Return why an event of a mail could not be taken in beside what is known."""
    if isinstance(problem, NumberOfAnotherCustomerError):
        return ReviewReason.NUMBER_OF_ANOTHER_CUSTOMER
    return ReviewReason.NUMBER_OF_SEVERAL_JOBS if isinstance(problem, NumberOfSeveralJobsError) else ReviewReason.TOLD_DIFFERENTLY


def both_dates(problem: RefusedEventError) -> list[str]:
    """Return the days of both documents where the number is another customer's."""
    return [problem.known_on.isoformat(), problem.told_on.isoformat()] if isinstance(problem, NumberOfAnotherCustomerError) else []


def days_in(fields: Mapping[str, Any]) -> str:
    """Return the days of both documents as a sentence; empty where there are not two."""
    both = [date.fromisoformat(day) for day in fields.get(BOTH_DATES, ())]
    return "Die opdracht is van {:%d-%m-%Y}, dit document van {:%d-%m-%Y}.".format(*both) if both else ""


def choose_paper(copy: MailCopy) -> CopiedDocument | NeedsReview | Discard:
    """Return the one document that reports a job: terms and conditions beside it don't count, a second invoice does."""
    incoming = [paper for paper in copy.papers if paper.kind in PROOFS or paper.kind == CREDIT]
    # By kind and number: the same invoice as PDF and as e-invoice is one document.
    if len({(paper.kind, paper.number.text if paper.number else "") for paper in incoming}) > 1:
        return NeedsReview(ReviewReason.SEVERAL_DOCUMENTS)
    if incoming:
        return Discard(ReviewReason.IN_PART) if _is_in_part(incoming[0]) else incoming[0]
    if any(paper.kind in UNFINISHED for paper in copy.papers):
        return Discard(ReviewReason.NOT_FINISHED)
    if failures := [paper.failure for paper in copy.papers if paper.failure]:
        return NeedsReview(reason_of(failures[0]))
    return NeedsReview(ReviewReason.UNCLEAR_KIND if copy.papers else ReviewReason.NO_DOCUMENT)


def _is_in_part(paper: CopiedDocument) -> bool:
    """Whether an invoice asks for a part before the work is done; a final one names the parts that came before it."""
    return paper.kind == "factuur" and bool(_IN_PART.search(paper.text)) and not _FINAL.search(paper.text)


def _objection(copy: MailCopy, paper: CopiedDocument, around: Surroundings, taught: Pattern | None) -> ReviewReason | None:
    """Say what keeps a document from being taken in; what is wrong with the document comes before what was not taught yet.

    Of a credit note the number of the credited invoice is needed, its own is not.
    """
    if paper.foreign or (paper.issuer is not None and paper.issuer != around.branch):
        return ReviewReason.OTHER_BRANCH
    needed = (paper.dated_on,) if paper.kind == CREDIT else (paper.number, paper.dated_on)
    if None in needed:
        return ReviewReason.NO_DATE if paper.dated_on is None else ReviewReason.NO_NUMBER
    if paper.dated_on is not None and date.fromisoformat(paper.dated_on.text) > around.received_on:
        return ReviewReason.DATE_IN_FUTURE
    if taught is None or any(value is not None and value.sure < SURE for value in needed):
        return ReviewReason.UNSURE if taught else ReviewReason.UNKNOWN_SENDER
    return _about_whom(copy, paper, around, taught)


def _about_whom(copy: MailCopy, paper: CopiedDocument, around: Surroundings, taught: Pattern) -> ReviewReason | None:
    if _is_credit(paper, taught):
        return None if credited_number(paper) else ReviewReason.CREDITED_WHICH
    found = customer_of(copy, paper, around)
    if isinstance(found, ReviewReason):
        return found
    return None if found[0] else ReviewReason.NO_NAME


def _is_credit(paper: CopiedDocument, taught: Pattern) -> bool:
    return paper.kind == CREDIT or taught.tells == "job.credited"


def _told(copy: MailCopy, paper: CopiedDocument, around: Surroundings, taught: Pattern) -> Accept | NeedsReview:
    """Put together the event of a document that nothing objects to."""
    credits_job = _is_credit(paper, taught)
    number = credited_number(paper) if credits_job else paper.number.text if paper.number else None
    if number is None or paper.dated_on is None:
        return NeedsReview(ReviewReason.NO_NUMBER)
    customer = customer_of(copy, paper, around)
    name, email = ("", "") if isinstance(customer, ReviewReason) else customer
    return Accept(
        type="job.credited" if credits_job else "job.completed",
        kind=None if credits_job else taught.kind or ("repair" if paper.kind == "werkbon" else "purchase"),
        number=number,
        dated_on=date.fromisoformat(paper.dated_on.text),
        name=name,
        email=email,
        total=paper.total,
        pattern=taught,
        credit_number=own_number(paper) if credits_job else None,
    )


def own_number(paper: CopiedDocument) -> str | None:
    """Return a document's own number where it was read for certain: a misread one would make two credit notes of one."""
    return paper.number.text if paper.number and paper.number.sure >= SURE else None


def credited_number(paper: CopiedDocument) -> str | None:
    """Return the number of the one invoice that a credit note names beside its own; None when it names none or several."""
    own = event_model.spelled(paper.number.text) if paper.number else ""
    named = {event_model.spelled(found): found.strip(" .") for found in _CREDITED.findall(paper.text) if event_model.spelled(found) != own}
    return next(iter(named.values())) if len(named) == 1 else None


def customer_of(copy: MailCopy, paper: CopiedDocument | None, around: Surroundings) -> tuple[str, str] | ReviewReason:
    """Return name and address of the customer: the recipient of the mail, or the customer on the document where there is no other recipient.

    Addresses of the franchise are no customers: a branch sends copies to its own people. Of several others the one on the document counts.
    """
    named = (paper.email or "").casefold() if paper else ""
    # Those in Cc count only where To names nobody else.
    for mailboxes in (copy.recipients, copy.copied):
        strangers = {address: name for name, address in mailboxes if not _is_of_the_house(address, copy, around)}
        if named in strangers:
            return _name(paper, strangers[named], named), named
        if len(strangers) > 1:
            return ReviewReason.SEVERAL_ADDRESSES
        for address, name in strangers.items():
            return _name(paper, name, address), address
    if named and not _is_of_the_house(named, copy, around):
        return _name(paper, "", named), named
    return ReviewReason.NO_ADDRESS


def _name(paper: CopiedDocument | None, shown: str, address: str) -> str:
    """Return the name on the document, or else the one that stands before the address; of both only what is a name at all."""
    found = [(paper.name if paper else None) or "", shown if shown.casefold() != address else ""]
    return next((name for name in found if name and not validation.name_errors("name", name)), "")


def _is_of_the_house(address: str, copy: MailCopy, around: Surroundings) -> bool:
    own = {copy.sender, around.own_address.casefold()}
    return _domain(address) in around.house_domains or address in own or is_secret(address)


def is_secret(address: str) -> bool:
    """Whether an address holds the secret of a source: it is no customer's, and no page shows it."""
    return bool(_SECRET_ADDRESS.search(address))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()


def pattern_for(copy: MailCopy, patterns: Sequence[Pattern]) -> Pattern | None:
    """Return the pattern that fits a mail best: a whole address before a domain, a longer subject before a shorter one."""
    fitting = [pattern for pattern in patterns if fits(pattern, copy.sender, copy.subject)]
    return max(fitting, key=lambda pattern: (not pattern.sender.startswith("@"), len(pattern.subject)), default=None)


def fits(pattern: Pattern, sender: str, subject: str) -> bool:
    """Whether a mail is of a kind that was taught; a subject that begins with an ellipsis may stand anywhere in the mail's."""
    sought, seen = folded(pattern.subject.removeprefix(ANYWHERE)), folded(subject)
    from_there = sender.endswith(pattern.sender) if pattern.sender.startswith("@") else sender == pattern.sender
    return from_there and (sought in seen if pattern.subject.startswith(ANYWHERE) else seen.startswith(sought))


def folded(text: str) -> str:
    """Return a text without case, accents and repeated spaces."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def usual_subject(subject: str) -> str:
    """Return how subjects of this kind begin: what stands before the first word with a figure, which differs from mail to mail."""
    words = subject.split()
    first = next((place for place, word in enumerate(words) if any(char.isdigit() for char in word)), len(words))
    return " ".join(words[:first]).rstrip(" :-#")[:120]


def moment_of(dated_on: date, received_at: datetime) -> datetime:
    """Return when a job of a document of that day counts as finished: at noon local, and never after the mail came."""
    return min(datetime.combine(dated_on, time(12), LOCAL).astimezone(UTC), received_at)


def as_event(told: Accept, *, event_id: str, branch: str, at: datetime) -> dict[str, Any]:
    """Return a melding as a source would send it; the legal basis is that the person is the branch's customer."""
    event: dict[str, Any] = {"event_id": event_id, "type": told.type, "branch": branch, "number": told.number, "occurred_at": at.isoformat()}
    event |= {"total": told.total} if told.total else {}
    if told.type == "job.credited":
        return event | ({"credit_number": told.credit_number} if told.credit_number else {})
    return event | {"kind": told.kind, "customer": {"name": told.name, "email": told.email}, "basis": "customer"}
