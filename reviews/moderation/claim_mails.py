"""The letters about a claim: which there are, and how each is sent once.

| kind | when | says |
|---|---|---|
| confirm | a claim came in | confirm your address |
| approved | a person approved | your review is on its way to the platform |
| refused | a person refused | which fact was missing, and what you can do |
| ask | a person asked | which better document helps, and where to send it |
| published | the platform has it | here is your verification receipt |

They are answers that somebody waits for, not invitations: one that may or may not have left is sent once more by itself, under the same
Message-ID. A second unknown ends there, as a refusal does: until the customer sends the same form again (`confirm`, in `reviews.proofs.claim`)
or whoever runs the service says `reviews letters retry`. Who opted out, complained or cannot be reached gets none of them: it is *refused* for
that reason, for a form can be filled in with anybody's address. Where our mail did not arrive, only `confirm` is tried again, once a week at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, Protocol, TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches import naming
from reviews.branches.naming import BranchIdentity
from reviews.clock import Clock
from reviews.database import due, job_queue
from reviews.database.job_queue import CLAIM_MAILS, Claimed
from reviews.database.tables import Branch, Claim, ClaimMail, Decision, FindingRecord, Publication, Receipt, new_id
from reviews.handover import driver, settling
from reviews.handover.outcomes import Mark, Outcome, Refused, Sent, Unknown
from reviews.handover.row_by_row import PassOn, RowByRow
from reviews.handover.settling import Patience
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.sending import no_mail
from reviews.invitations.sending.no_mail import Purpose
from reviews.keys import KeyRing
from reviews.moderation.reasons import REASONS, RefusalReason
from reviews.proofs import findings
from reviews.reasons import OutcomeCode, SkipReason

Kind = Literal["confirm", "approved", "refused", "ask", "published"]
KINDS: tuple[Kind, ...] = ("confirm", "approved", "refused", "ask", "published")

_MOST_TRIES = 20

Facts = TypeVar("Facts")
Mail = TypeVar("Mail")
Mail_contra = TypeVar("Mail_contra", contravariant=True)


class ClaimMailFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a letter about a claim may say: nothing that its sender typed but the address, which may be somebody else's.

    A name, a city or a text of theirs would let anybody send words of their own to anybody, from the branch's address.

    `tips` say what else would help, by what the program could not establish. `route` is how an approved review reaches the platform:
    `questionnaire`, or `invitation`, by which its writer writes it there.
    `message_id` is the part before the @; with `created_at` it stays the same over all attempts. Later news of the letter names `reference`.
    """

    kind: Kind
    branch: BranchIdentity
    email: str
    address_key: bytes
    language: str
    token: str
    reason: RefusalReason | None
    tips: tuple[str, ...] = ()
    route: str | None
    receipt: str | None
    message_id: str
    created_at: datetime
    reference: str | None = None

    def __repr__(self) -> str:
        """Name the letter by its id only: a person's data does not belong in a log."""
        return f"ClaimMailFacts({self.kind!r}, {self.message_id!r})"


class MailSender(Protocol[Mail_contra]):
    """What takes mail out of the house."""

    async def send(self, mail: Mail_contra, /, *, mark: Mark) -> Outcome:
        """Send one mail, awaiting `mark` just before DATA; False means: don't."""
        ...


async def promise(session: AsyncSession, claim: Claim, kind: Kind, *, now: datetime) -> None:
    """Put a letter in the queue, in the transaction of what it tells about; the same letter twice is once."""
    row = insert(ClaimMail).values(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        kind=kind,
        round=claim.round,
        state="waiting",
        due_at=now,
        message_id=new_id().hex,
        created_at=now,
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=["branch_id", "claim_id", "kind", "round"]))


@dataclass(frozen=True, slots=True)
class ClaimMailSending:
    """What sending letters needs beside the mail server."""

    key_ring: KeyRing
    clock: Clock
    lease: timedelta


def is_due() -> ColumnElement[bool]:
    """Whether a letter waits, or waits again after its worker was lost or its outcome unknown (`reviews.database.due`)."""
    return or_(due.is_due(CLAIM_MAILS), due.is_lost(CLAIM_MAILS), exists().where(_once_unknown()))


def _once_unknown() -> ColumnElement[bool]:
    return and_(due.in_state(ClaimMail.state, "unknown"), ClaimMail.failure.is_distinct_from(literal_column(f"'{OutcomeCode.REPEATED}'")))


async def send_due(
    maker: async_sessionmaker[AsyncSession],
    post: MailSender[Mail],
    compose: Callable[[ClaimMailFacts], Mail],
    posting: ClaimMailSending,
    *,
    limit: int = job_queue.BATCH,
) -> int:
    """Send up to `limit` letters that are due, one after the other, and return how many there were."""

    async def look(session: AsyncSession, claimed: Claimed, now: datetime) -> ClaimMailFacts | None:
        # Without the lock: this transaction holds the row, which a word about the address locks after the address.
        return await _facts(session, claimed, posting.key_ring) if await _is_wanted(session, claimed, now) else None

    sending = RowByRow(
        maker, CLAIM_MAILS, posting.clock, posting.lease, look, passing(post, compose), partial(settle, queue=CLAIM_MAILS),
        before=_take_back, may_leave=_may_leave, limit=limit,
    )  # fmt: skip
    return await driver.run(sending)


async def _may_leave(session: AsyncSession, claimed: Claimed, now: datetime) -> bool:
    await no_mail.lock(session, (await _addressed(session, claimed))[0])
    return await _is_wanted(session, claimed, now)


async def _is_wanted(session: AsyncSession, claimed: Claimed, now: datetime) -> bool:
    """Whether the address may be mailed; a letter that must not leave is settled here."""
    address_key, kind = await _addressed(session, claimed)
    refusal = await no_mail.refusal(session, address_key, Purpose.ANSWER)
    if refusal is SkipReason.UNDELIVERABLE and kind == "confirm" and await no_mail.may_be_asked(session, address_key, now=now):
        return True
    if refusal:
        await settle(session, claimed, Refused(refusal), now, queue=CLAIM_MAILS)
    return refusal is None


async def _addressed(session: AsyncSession, claimed: Claimed) -> tuple[bytes, str]:
    """Return whom a letter goes to, and what it says."""
    of_claim = (ClaimMail.branch_id == Claim.branch_id) & (ClaimMail.claim_id == Claim.id)
    mine = select(Claim.address_key, ClaimMail.kind).join(ClaimMail, of_claim)
    row = (await session.execute(mine.where(ClaimMail.branch_id == claimed.branch_id, ClaimMail.id == claimed.id))).one()
    return row.address_key, row.kind


def passing(post: MailSender[Mail], compose: Callable[[Facts], Mail]) -> PassOn[Facts]:
    """Return what composes a mail from what it says and sends it."""

    async def pass_on(facts: Facts, /, *, mark: Mark) -> Outcome:
        return await post.send(compose(facts), mark=mark)

    return pass_on


async def _take_back(session: AsyncSession, now: datetime) -> None:
    """Let letters of lost workers wait again; an unknown one waits again once in its life."""
    await job_queue.sweep(session, CLAIM_MAILS, now=now)
    await session.execute(update(ClaimMail).where(_once_unknown()).values(state="waiting", due_at=now, failure=OutcomeCode.REPEATED, marked_at=None))


async def _facts(session: AsyncSession, claimed: Claimed, key_ring: KeyRing) -> ClaimMailFacts:
    branch_id = claimed.branch_id
    claim_mail = await session.get_one(ClaimMail, claimed.key)
    claim = await session.get_one(Claim, {"branch_id": branch_id, "id": claim_mail.claim_id})
    branch = await session.get_one(Branch, branch_id)
    reason = await session.scalar(
        select(Decision.reason).where(Decision.branch_id == branch_id, Decision.claim_id == claim.id, Decision.round == claim_mail.round)
    )
    route = await session.scalar(select(Publication.route).where(Publication.branch_id == branch_id, Publication.claim_id == claim.id))
    receipt = await session.scalar(select(Receipt.number).where(Receipt.branch_id == branch_id, Receipt.claim_id == claim.id))
    return ClaimMailFacts(
        kind=msgspec.convert(claim_mail.kind, Kind),
        branch=naming.of(branch.identity),
        email=claim.email,
        address_key=claim.address_key,
        language=claim.language,
        token=key_ring.claim_token(claim.id),
        reason=REASONS.get(reason or ""),
        tips=await tips_for(session, claim, claim_mail.round) if claim_mail.kind == "ask" else (),
        route=route,
        receipt=receipt,
        message_id=claim_mail.message_id,
        created_at=claim_mail.created_at,
        reference=delivery_effects.claim_mail_reference(claim_mail.id),
    )


async def tips_for(session: AsyncSession, claim: Claim, decided_in: int) -> tuple[str, ...]:
    """Return what would help beside a person's own reason, in Dutch: from the findings that the decision of that round rests on."""
    codes = (
        select(FindingRecord.code)
        .join(Decision, (Decision.branch_id == FindingRecord.branch_id) & (Decision.verdict_id == FindingRecord.verdict_id))
        .where(Decision.branch_id == claim.branch_id, Decision.claim_id == claim.id, Decision.round == decided_in)
        .order_by(FindingRecord.position)
    )
    return findings.tips(await session.scalars(codes))


async def settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, now: datetime, *, queue: job_queue.Queue) -> None:
    """Store what became of a mail: what is certainly not sent waits for another try, up to a limit while nobody has to mend anything.

    A sent or unknown one keeps its earlier failure, by which a letter that was repeated once is known.
    """
    write = settling.written(claimed, outcome, Patience(claimed.attempt, most=_MOST_TRIES), now=now)
    failure = queue.table.c.failure if write.reason is None or isinstance(outcome, Unknown) else write.reason
    sent = {"sent_at": now} if isinstance(outcome, Sent) else {}
    await settling.settle(session, queue, write, failure=failure, **sent)
