"""Read a copy of a branch's mail in the sandbox: first the mail itself, then each of its documents in a child of its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from reviews.branches.naming import BranchIdentity
from reviews.invitations.intake.mail_copies.model import CopiedDocument, MailCopy, ReadValue, ReviewReason
from reviews.proofs import extraction
from reviews.proofs.evidence import issuers
from reviews.proofs.evidence.issuers import IssuerStanding
from reviews.proofs.evidence.vocabulary import Kind
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.file_types import MAIL_COPY
from reviews.proofs.reading import NOT_THE_DOCUMENTS, MailFacts, Reading

MOST_READ = 5
"""Documents of one mail that are read: an invoice, terms, a leaflet or two; a mail with more goes to a person."""
MOST_TEXT = 6_000
_COMPLETE = {Kind.FACTUUR, Kind.WERKBON, Kind.CREDITNOTA}
_FOREIGN = {IssuerStanding.FOREIGN, IssuerStanding.CONFLICTING}


class Readers(Protocol):
    """What reads documents in isolation; see `reviews.adapters.documents.sandbox`."""

    def is_ready(self, *, recognition: bool) -> bool:
        """Whether readers of text, or with `recognition` those of pictures, are loaded."""
        ...

    def failing_for(self, *, recognition: bool) -> timedelta:
        """How long they are known to fail."""
        ...

    async def read(self, parts: Sequence[tuple[bytes, str]]) -> Reading:
        """Return what a document is and says; one that can't be read gives a Reading with a failure."""
        ...


class CopyReader:
    """Reads mails by way of the sandbox; satisfies `reviews.invitations.intake.mail_copies.processing.Reader`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def is_ready(self) -> bool:
        """Whether mails can be read; one that holds a picture may still have to wait for other readers."""
        return self._readers.is_ready(recognition=False)

    def failing_for(self, *, recognition: bool) -> timedelta:
        """How long the readers of mails, or with `recognition` those of pictures in them, are known to fail."""
        return self._readers.failing_for(recognition=recognition)

    async def read(self, raw: bytes, branches: Sequence[BranchIdentity]) -> MailCopy:
        """Return what a mail and its documents say."""
        reading = await self._readers.read([(raw, MAIL_COPY)])
        letter = reading.letter
        if letter is None:
            return MailCopy(failure=_failure(reading) or "malformed_file")
        # Bounces and automatic replies report nothing: their attachments are not worth a child each.
        if letter.incident or letter.automatic:
            return _copy(letter, (), letter.incident)
        if letter.documents + letter.bodies > MOST_READ:
            return _copy(letter, (), "too_many_parts")
        # One after the other: the lease of the mail covers just that, and other mails find a free reader.
        papers = [_paper(await self._readers.read([(raw, f"{MAIL_COPY};{number}")]), branches) for number in range(letter.documents)]
        texts = [await self._readers.read([(raw, f"{MAIL_COPY};body-{number}")]) for number in range(letter.bodies)]
        return _copy(letter, (*papers, *(paper for text in texts if (paper := _written(text, branches)))), None)


def _copy(letter: MailFacts, papers: tuple[CopiedDocument, ...], failure: str | None) -> MailCopy:
    return MailCopy(
        sender=letter.sender,
        recipients=letter.recipients,
        copied=letter.copied,
        subject=letter.subject,
        message_id=letter.message_id,
        automatic=letter.automatic,
        text=letter.text,
        content=letter.content,
        failure=failure,
        papers=papers,
    )


def _failure(reading: Reading) -> str | None:
    """Return why something was not read; what says nothing certain about it is told as just that."""
    return ReviewReason.NOT_READ.value if reading.failure in NOT_THE_DOCUMENTS else reading.failure


def _written(reading: Reading, branches: Sequence[BranchIdentity]) -> CopiedDocument | None:
    """Take the fields from a mail's own text; None where it is no document.

    Any mail may talk about an invoice: it is one when it names itself so, and has all that an invoice must have.
    """
    if reading.failure in NOT_THE_DOCUMENTS:
        return CopiedDocument(failure=_failure(reading))
    found = extraction.extract_for(reading, branches)
    paper = _paper(reading, branches)
    whole = found.titled and paper.kind in _COMPLETE and None not in (paper.number, paper.dated_on)
    return paper if whole and (paper.total or paper.kind == Kind.WERKBON) else None


def _paper(reading: Reading, branches: Sequence[BranchIdentity]) -> CopiedDocument:
    """Take the fields from a document, by the same rules as from a klantbewijs."""
    if reading.failure is not None or not reading.words:
        return CopiedDocument(failure=_failure(reading) or "unreadable")
    # What is less likely right than wrong must not make a job, nor keep one from being made.
    found = extraction.likely(extraction.extract_for(reading, branches))
    from_picture = any(page.source == "picture" for page in reading.pages)
    issuer = issuers.find_issuer(found.identifiers, branches, read_from_picture=from_picture, front=found.front)
    return CopiedDocument(
        kind=found.kind.value if found.kind else "",
        number=_value(found.number),
        dated_on=_value(found.date),
        name=found.customer_name.value if found.customer_name else None,
        email=found.email.value.casefold() if found.email else None,
        total=_total(found),
        issuer=issuer.slug,
        foreign=issuer.slug is None and issuer.standing in _FOREIGN,
        text=found.text[:MOST_TEXT],
        pages=tuple(page.picture for page in reading.pages if page.picture),
    )


def _value(field: Field | None) -> ReadValue | None:
    return ReadValue(field.value, field.sure) if field else None


def _total(found: Extraction) -> str | None:
    """Return the total in euros; a trigger cannot carry any other currency."""
    # A foreign total is left out, not converted: as euros it would be wrong, and a job needs no total.
    if found.total is None or (found.currency is not None and found.currency.value != "EUR"):
        return None
    return found.total.value
