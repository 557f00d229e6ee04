"""Read the copies of mails that wait, as one job of the background process: what is recognised is taken in, the rest waits for a person.

1. Claim a mail and fetch its bytes.
2. Have it read in isolation, outside any transaction; the lease covers that.
3. Find its branch, decide (`classify`), and put pictures of the pages in the store where a person must look.
4. Take the event in and settle the mail in one transaction, fenced by the attempt.

A copy that comes twice is one event: by what it holds (`repeats`), or else by the event's id, which is made from the mail's Message-ID.
"""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches import naming
from reviews.branches.naming import BranchIdentity
from reviews.clock import Clock
from reviews.database import interrupted_work, job_queue
from reviews.database.job_queue import INBOUND, Claimed
from reviews.database.tables import Branch, InboundMail, MailPattern, Source
from reviews.errors import InvalidError, ReaderUnavailableError, RefusedEventError
from reviews.invitations.intake import event_model, trigger
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.mail_copies import classify, inbound, repeats
from reviews.invitations.intake.mail_copies.model import Accept, CopiedDocument, Discard, MailCopy, NeedsReview, Pattern, ReviewReason, Surroundings
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from reviews.local import LOCAL
from reviews.storage import Store

log: Final = structlog.get_logger("reviews.mail_copies")

_MESSAGE_ID: Final = "message_id"
"""In `fields` of a mail that was read, whatever was found in it."""
MOST_PAGES = 3
"""Pictures of pages that are kept for a person: number, date and customer stand on the first."""


class MailReader(Protocol):
    """What reads a mail and its documents in isolation; whatever the mail does to it, the answer is a value.

    ReaderUnavailableError is raised when nothing can be read now, whatever the mail is.
    """

    def is_ready(self) -> bool:
        """Whether mails can be read now."""
        ...

    def failing_for(self, *, recognition: bool) -> timedelta:
        """How long the readers, or with `recognition` those of pictures, are known to fail; zero while they are at rest or being loaded."""
        ...

    async def read(self, raw: bytes, branches: Sequence[BranchIdentity]) -> MailCopy:
        """Return what a mail and its documents say; `branches` are all branches as they name themselves."""
        ...


@dataclass(frozen=True, slots=True)
class MailCopyProcessor:
    """What reading a mail needs; `shared_domains` are those where anybody can have a mailbox, a branch as well as its customers."""

    maker: async_sessionmaker[AsyncSession]
    store: Store
    reader: MailReader
    key_ring: KeyRing
    clock: Clock
    lease: timedelta
    horizon: schedule.Horizon
    unread_after: timedelta = timedelta(hours=24)
    own_address: str = ""
    shared_domains: frozenset[str] = frozenset()

    async def recognise_due(self, limit: int = 1) -> int:
        """Recognise up to `limit` mails that are due, one after the other, and return how many there were.

        While the readers are not ready only those are taken that readers which fail have kept waiting too long: they go to a person.
        """
        now = self.clock.now()
        ready = self.reader.is_ready()
        if not ready and not self.fail_too_long(recognition=False):
            return 0
        overdue = None if ready else InboundMail.received_at <= now - self.unread_after
        async with self.maker.begin() as session:
            claimed = await job_queue.claim_due(session, INBOUND, now=now, lease=self.lease, limit=limit, only=overdue)
        for row in claimed:
            async with interrupted_work.no_attempt(self.maker, INBOUND, row, self.clock):
                await _recognise(self, row)
        return len(claimed)

    def fail_too_long(self, *, recognition: bool) -> bool:
        """Whether readers fail for so long that a person must look; those that are at rest, or still start, do not fail."""
        return self.reader.failing_for(recognition=recognition) >= self.unread_after

    async def sweep(self) -> int:
        """Release mails whose worker was lost; one that lost too many waits for a person."""
        async with self.maker.begin() as session:
            swept = await job_queue.sweep(session, INBOUND, now=self.clock.now())
        return swept.returned + len(swept.dead)


class _Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knew when a mail was read: its row, and the branches that it may be of."""

    mail: InboundMail
    own: dict[str, Branch]
    everywhere: list[BranchIdentity]
    patterns: dict[uuid.UUID, tuple[Pattern, ...]]


async def _recognise(parts: MailCopyProcessor, claimed: Claimed) -> None:
    async with parts.maker.begin() as session:
        around = await _around(session, claimed)
    try:
        copy = await _read(parts, around)
    except ReaderUnavailableError as problem:
        if await _waits_for_reader(parts, claimed, around.mail, problem):
            return
        copy = MailCopy(failure=ReviewReason.NOT_READ.value)
    if copy.failure is not None and copy == MailCopy(failure=copy.failure) and _MESSAGE_ID in around.mail.fields:
        await _keep_what_was_read(parts, claimed, copy.failure)
        return
    slug = classify.branch_of(copy, _domains(around.own), _told_branch(around))
    # Without a known branch it waits at the first: each row must have one.
    branch = around.own.get(slug or "") or next(iter(around.own.values()))
    outcome = _decide(parts, around, copy, branch) if slug else _nowhere(copy, parts.own_address)
    shown = classify.choose_paper(copy)
    paper = shown if isinstance(shown, CopiedDocument) else next(iter(copy.papers), None)
    pages = await _keep_pages(parts.store, branch, paper) if isinstance(outcome, NeedsReview) else []
    fields: dict[str, Any] = {**_fields(copy, paper, parts, around), "pages": pages, **({"several": sorted(around.own)} if slug is None else {})}
    values = {"branch_id": branch.id, "sender": copy.sender, "subject": copy.subject, "fields": fields}
    values |= repeats.digests_of(copy, slug, fields["email"])
    async with parts.maker.begin() as session:
        kept = await _conclude(session, parts, claimed, branch, outcome, values)
    if not kept:
        for key in pages:
            await parts.store.delete(key)


async def _keep_what_was_read(parts: MailCopyProcessor, claimed: Claimed, failure: str) -> None:
    """Let a mail wait for a person of which nothing was read this time, with what was read of it before."""
    async with parts.maker.begin() as session:
        await job_queue.settle(session, INBOUND, claimed, {"state": "unrecognised", "reason": classify.reason_of(failure).value})


async def _waits_for_reader(parts: MailCopyProcessor, claimed: Claimed, mail: InboundMail, problem: ReaderUnavailableError) -> bool:
    """Let a mail wait whose readers are not there, which is no attempt; False when they have kept it waiting too long."""
    now = parts.clock.now()
    log.info("mail_waits_for_readers", mail=str(mail.id), recognition=problem.recognition, reason=problem.slug)
    if parts.fail_too_long(recognition=problem.recognition) and mail.received_at <= now - parts.unread_after:
        return False
    async with parts.maker.begin() as session:
        await job_queue.unclaim(session, INBOUND, claimed, due_at=now + job_queue.READER_PAUSE)
    return True


async def _around(session: AsyncSession, claimed: Claimed) -> _Around:
    branch_id = claimed.branch_id
    mail = await session.get_one(InboundMail, claimed.key)
    own = await inbound.branches_of(session, await session.get_one(Source, mail.source_id))
    if all(branch.id != branch_id for branch in own):  # the source lost this branch since: the mail is still that branch's
        own = [await session.get_one(Branch, branch_id)]
    taught = await session.scalars(select(MailPattern).where(MailPattern.branch_id.in_([branch.id for branch in own])))
    patterns = dict[uuid.UUID, tuple[Pattern, ...]]()
    for row in taught:
        patterns[row.branch_id] = (*patterns.get(row.branch_id, ()), as_pattern(row))
    everywhere = [naming.of(identity) for identity in await session.scalars(select(Branch.identity).order_by(Branch.slug))]
    return _Around(mail=mail, own={branch.slug: branch for branch in own}, everywhere=everywhere, patterns=patterns)


def as_pattern(row: MailPattern) -> Pattern:
    """Return a row as the pattern that it is."""
    return msgspec.convert({"sender": row.sender, "subject": row.subject, "tells": row.tells, "kind": row.kind}, Pattern)


async def _read(parts: MailCopyProcessor, around: _Around) -> MailCopy:
    try:
        raw = await parts.store.get(around.mail.storage_key or "")
    except FileNotFoundError:
        return MailCopy(failure=ReviewReason.BYTES_MISSING.value)
    return await parts.reader.read(raw, around.everywhere)


def _domains(branches: Mapping[str, Branch]) -> dict[str, str]:
    return {slug: _domain(naming.of(branch.identity)) for slug, branch in branches.items()}


def _domain(branch: BranchIdentity) -> str:
    return (branch.email_domain or "").casefold()


def _told_branch(around: _Around) -> str | None:
    if not around.mail.fields.get(inbound.TOLD_BRANCH):
        return None
    return next((slug for slug, branch in around.own.items() if branch.id == around.mail.branch_id), None)


def _decide(parts: MailCopyProcessor, around: _Around, copy: MailCopy, branch: Branch) -> Accept | NeedsReview | Discard:
    surroundings = Surroundings(
        branch=branch.slug,
        received_on=around.mail.received_at.astimezone(LOCAL).date(),
        patterns=around.patterns.get(branch.id, ()),
        # A branch that mails from gmail.com must not make colleagues of all customers there.
        house_domains=frozenset(map(_domain, around.everywhere)) - parts.shared_domains - {""},
        own_address=parts.own_address,
    )
    return classify.recognise(copy, surroundings)


def _nowhere(copy: MailCopy, own_address: str) -> NeedsReview | Discard:
    """Discard what would be discarded at any branch; the rest waits for somebody who may see all the branches that it can be of."""
    stray = classify.stray(copy, own_address)
    return Discard(stray) if stray else NeedsReview(ReviewReason.WHICH_BRANCH)


async def _keep_pages(store: Store, branch: Branch, paper: CopiedDocument | None) -> list[str]:
    keys = list[str]()
    for picture in paper.pages[:MOST_PAGES] if paper else ():
        keys.append(f"{branch.id.hex}/{secrets.token_hex(16)}")
        await store.put(keys[-1], picture)
    return keys


def _fields(copy: MailCopy, paper: CopiedDocument | None, parts: MailCopyProcessor, around: _Around) -> dict[str, Any]:
    """Return what a person is shown of a mail, and what fills in the form."""
    house = frozenset(map(_domain, around.everywhere)) - parts.shared_domains - {""}
    where = Surroundings(branch="", received_on=around.mail.received_at.date(), house_domains=house, own_address=parts.own_address)
    customer = classify.customer_of(copy, paper, where)
    name, email = (paper.name or "" if paper else "", "") if isinstance(customer, ReviewReason) else customer
    return {
        _MESSAGE_ID: copy.message_id,
        "recipients": [address for _, address in (*copy.recipients, *copy.copied) if not classify.is_secret(address)],
        "text": copy.text,
        "kind": paper.kind if paper else "",
        "number": paper.number.text if paper and paper.number else "",
        "credit_number": (classify.own_number(paper) or "") if paper else "",
        "credited": (classify.credited_number(paper) or "") if paper else "",
        "date": paper.dated_on.text if paper and paper.dated_on else "",
        "total": paper.total if paper else None,
        "name": name,
        "email": email,
    }


def event_id_of(mail: InboundMail, message_id: str) -> str:
    """Return the id of a mail's event: the same for every copy of one mail."""
    return f"mail-{(hashlib.sha256(message_id.encode()) if message_id else hashlib.sha256(mail.digest)).hexdigest()[:40]}"


async def _conclude(
    session: AsyncSession, parts: MailCopyProcessor, claimed: Claimed, branch: Branch, outcome: Accept | NeedsReview | Discard, values: dict[str, Any]
) -> bool:
    """Settle a mail with what it reports; False when this worker lost its lease, and then nothing was taken in either."""
    if not await job_queue.settle(session, INBOUND, claimed, {**values, "state": "unrecognised"}):
        return False
    # Under its new branch: settling may just have moved it.
    mail = await session.get_one(InboundMail, {"branch_id": branch.id, "id": claimed.id}, populate_existing=True)
    now = parts.clock.now()
    outcome = await repeats.apart(session, mail, outcome, now=now)
    if isinstance(outcome, Accept):
        at = classify.moment_of(outcome.dated_on, mail.received_at)
        told = classify.as_event(outcome, event_id=event_id_of(mail, values["fields"][_MESSAGE_ID]), branch=branch.slug, at=at)
        mail.reason = await take_in(session, mail, branch, told, key_ring=parts.key_ring, horizon=parts.horizon, now=now)
        await _note_use(session, branch, outcome.pattern, now=now)
    else:
        mail.reason = outcome.reason.value
    if isinstance(outcome, Discard) or mail.trigger_id is not None:
        mail.state, mail.settled_at = "dismissed" if isinstance(outcome, Discard) else "told", now
    await session.flush()
    return True


async def take_in(
    session: AsyncSession, mail: InboundMail, branch: Branch, told: Mapping[str, Any], *, key_ring: KeyRing, horizon: schedule.Horizon, now: datetime
) -> str | None:
    """Take in what a mail reports, and note on it which melding that was; return the reason why it could not be."""
    try:
        event: Event = event_model.read(dict(told), now=now)
    except InvalidError:
        return ReviewReason.ODD_VALUES.value
    [answer] = await trigger.accept(session, branch, mail.source_id, [event], key_ring=key_ring, horizon=horizon, now=now)
    if isinstance(answer, RefusedEventError):
        mail.fields = {**mail.fields, classify.BOTH_DATES: classify.both_dates(answer)}
        return classify.reason_beside(answer).value
    mail.trigger_id = uuid.UUID(answer.body["trigger_id"])
    return None


async def _note_use(session: AsyncSession, branch: Branch, pattern: Pattern, *, now: datetime) -> None:
    used = MailPattern.branch_id == branch.id, MailPattern.sender == pattern.sender, MailPattern.subject == pattern.subject
    await session.execute(update(MailPattern).where(*used).values(used_at=now))
