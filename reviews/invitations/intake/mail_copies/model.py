"""What is read of a copy of a mail, what a branch taught about its mails, and what a mail can turn out to be. Pure."""

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec


class ReviewReason(StrEnum):
    """Why a copy waits for a person, or was discarded."""

    NO_DOCUMENT = "no_document"
    UNREADABLE = "unreadable"
    TOO_MANY_PARTS = "too_many_parts"
    BYTES_MISSING = "bytes_missing"
    UNKNOWN_SENDER = "unknown_sender"
    UNCLEAR_KIND = "unclear_kind"
    SEVERAL_DOCUMENTS = "several_documents"
    OTHER_BRANCH = "other_branch"
    WHICH_BRANCH = "which_branch"
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    NO_NAME = "no_name"
    NO_ADDRESS = "no_address"
    SEVERAL_ADDRESSES = "several_addresses"
    DATE_IN_FUTURE = "date_in_future"
    UNSURE = "unsure"
    CREDITED_WHICH = "credited_which"
    ODD_VALUES = "odd_values"
    TOLD_DIFFERENTLY = "told_differently"
    TAUGHT_TO_IGNORE = "taught_to_ignore"
    NOT_FINISHED = "not_finished"
    IN_PART = "in_part"
    OWN_MAIL = "own_mail"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BY_HAND = "by_hand"
    NOBODY_LOOKED = "nobody_looked"


class ReadValue(msgspec.Struct, frozen=True):
    """Something that stands on a document, and how surely it was read, 0 to 1."""

    text: str
    sure: float


class CopiedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one document in a mail. `issuer` is the branch that issued it; `foreign` says that another company did."""

    failure: str | None = None
    kind: str = ""
    number: ReadValue | None = None
    dated_on: ReadValue | None = None
    name: str | None = None
    email: str | None = None
    total: str | None = None
    issuer: str | None = None
    foreign: bool = False
    text: str = ""
    pages: tuple[bytes, ...] = ()


class MailCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it was read: mailboxes are (name, address); `automatic` is empty, `reply` or `report` (a bounce)."""

    sender: str = ""
    recipients: tuple[tuple[str, str], ...] = ()
    copied: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    message_id: str = ""
    automatic: str = ""
    text: str = ""
    failure: str | None = None
    papers: tuple[CopiedDocument, ...] = ()


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """What a branch taught: what mails of this sender (an address, or `@domain`) with a subject that starts so report."""

    sender: str
    subject: str
    tells: Literal["job.completed", "job.credited", "ignore"]
    kind: Literal["purchase", "repair"] | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What is known around a mail: the branch, what it taught, the domains of all branches, our own address, the local day on which it came."""

    branch: str
    received_on: date
    patterns: tuple[Pattern, ...] = ()
    house_domains: frozenset[str] = frozenset()
    own_address: str = ""


class Accept(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail reports, complete enough to be taken in."""

    type: Literal["job.completed", "job.credited"]
    kind: Literal["purchase", "repair"] | None
    number: str
    dated_on: date
    name: str
    email: str
    total: str | None
    pattern: Pattern


class NeedsReview(msgspec.Struct, frozen=True):
    """A person must look, and why."""

    reason: ReviewReason


class Discard(msgspec.Struct, frozen=True):
    """Nothing to take in, and why."""

    reason: ReviewReason
