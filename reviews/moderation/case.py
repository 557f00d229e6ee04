"""What a person sees of a case: its row in the queue, its fields and findings, and all of it before the decision."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from reviews.proofs.findings import Weight


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the queue. `outcome` is the machine's: accept, refer or reject."""

    claim_id: uuid.UUID
    branch: str
    name: str
    number: str | None
    round: int
    waiting_since: datetime
    outcome: str
    findings: int


class CaseFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as the desk shows it: what it does to the verdict, and how often it was raised without ground in the trial."""

    code: str
    weight: Weight
    sentence: str
    false_alarms: str


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A field as it was read. `page` counts from 1, `box` is in widths of the page from its left upper corner; None without a place."""

    value: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    how: str = "text"
    sure: float = 1.0


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that a person may see before they decide. `fields` is what the machine read on the document; `pages` counts its pictures.

    `issuer` is the name of the branch that made the document, when that is another one of ours; `known` is what the branch's own records say
    of the job with this number, and `several_known` that number, where several have it and none is certainly meant; `tips` are what the customer
    would be asked to send instead; `strengths` are sentences. `covered` are the numbers of the pages that also have a redacted picture, which
    shows only what is needed to decide. `unread` says that the machine did not read the document, which is no sign against it; `reading` is
    `waiting` or `claimed` while it is read once more.
    """

    claim_id: uuid.UUID
    branch_id: uuid.UUID
    branch: str
    branch_name: str
    state: str
    round: int
    name: str
    postcode: str | None
    number: str | None
    submitted_at: datetime
    waiting_since: datetime
    outcome: str
    version: str
    without_document: bool
    fields: Mapping[str, CaseView]
    issuer: str | None
    known: Mapping[str, str]
    several_known: str
    tips: Sequence[str]
    strengths: Sequence[str]
    findings: Sequence[CaseFinding]
    pages: int
    covered: Sequence[int]
    shredded: bool
    unread: bool
    reading: str
    can_be_read_again: bool
    media_type: str | None
