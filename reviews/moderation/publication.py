"""Moderation, step 3 of 3: bring an approved review to the platform, once, and issue its receipt.

1. Claim what is due, but for branches whose token the platform refused.
2. Read what goes out, in a transaction that ends before the call.
3. Set the durable mark in a transaction of its own, just before the call, unless the writer said no meanwhile.
4. Settle by the outcome. An unknown is parked for a person and never repeated by itself: the platform would show a second copy.

Two routes, a setting of the branch. `questionnaire` submits the review itself. `invitation` has the platform invite its writer, who writes it
there; it counts as published when the review is read back under our reference. Who opted out, or cannot be reached, is not invited: `refused`
for that reason.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import msgspec
from sqlalchemy import ColumnElement, Select, String, cast, func, literal_column, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import audit, channel_halts, due, job_queue
from reviews.database.channel_halts import Cause
from reviews.database.job_queue import PUBLICATIONS, Claimed
from reviews.database.tables import Branch, Claim, ClaimContent, Publication, Review
from reviews.handover import driver, settling
from reviews.handover.outcomes import INVITED_RECENTLY, Halt, Mark, Outcome, Refused
from reviews.handover.row_by_row import RowByRow
from reviews.handover.settling import OutcomeWrite, Patience
from reviews.invitations.sending import no_mail
from reviews.keys import KeyRing
from reviews.moderation import claim_mails, receipts
from reviews.reasons import OutcomeCode, SkipReason

MOST_TRIES = 20

INVITED_AGAIN_AFTER = timedelta(days=30)
"""The platform invites nobody twice within these."""


class ReviewParcel(msgspec.Struct, frozen=True, kw_only=True):
    """An approved review as it leaves; the platform token stays sealed until it is used. `reference` comes back on an invited review."""

    location: str | None
    tenant: str
    sealed_token: bytes | None
    route: str
    reference: str
    name: str
    email: str
    city: str
    language: str
    rating: int
    headline: str
    opinion: str
    recommends: bool

    def __repr__(self) -> str:
        """Tell nothing about the person or the review."""
        return f"Parcel({self.reference!r})"


class PublishingPlatform(Protocol):
    """Where reviews are published."""

    async def publish(self, parcel: ReviewParcel, /, *, mark: Mark) -> Outcome:
        """Publish by the parcel's route, awaiting `mark` just before what cannot be taken back; False means: don't."""
        ...


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing needs beside the platform."""

    key_ring: KeyRing
    clock: Clock
    lease: timedelta


def is_due() -> ColumnElement[bool]:
    """Whether something waits to be published, or what an invited writer wrote was read back (`reviews.database.due`)."""
    return or_(due.is_due(PUBLICATIONS, _not_halted()), due.is_lost(PUBLICATIONS), _written_back().exists())


def _not_halted() -> ColumnElement[bool]:
    return not_(channel_halts.refused(literal_column("'platform'"), Publication.branch_id))


async def publish_due(
    maker: async_sessionmaker[AsyncSession], platform: PublishingPlatform, publisher: Publisher, *, limit: int = job_queue.BATCH
) -> int:
    """Publish up to `limit` approved reviews that are due, one after the other, and return how many there were."""

    async def before(session: AsyncSession, now: datetime) -> None:
        await _sweep(session, now)
        await _complete_invited(session, key_ring=publisher.key_ring, now=now)

    async def look(session: AsyncSession, claimed: Claimed, now: datetime) -> ReviewParcel | None:
        return await _parcel(session, claimed) if await may_leave(session, claimed, now) else None

    async def may_leave(session: AsyncSession, claimed: Claimed, now: datetime) -> bool:
        refusal = await _must_not_be_mailed(session, claimed)
        if refusal:
            await _settle(session, claimed, Refused(refusal), now, key_ring=publisher.key_ring)
        return refusal is None

    write = partial(_settle, key_ring=publisher.key_ring)
    publishing = RowByRow(
        maker, PUBLICATIONS, publisher.clock, publisher.lease, look, platform.publish, write,
        before=before, may_leave=may_leave, only=_not_halted(), limit=limit,
    )  # fmt: skip
    return await driver.run(publishing)


async def _sweep(session: AsyncSession, now: datetime) -> None:
    """Take back what lost workers held, and write down what nobody can know."""
    swept = await job_queue.sweep(session, PUBLICATIONS, now=now)
    for lost in swept.unknown:
        publication = await session.get_one(Publication, lost.key)
        publication.failure = OutcomeCode.WORKER_LOST
        await _write_down(session, publication, "publication_unknown", OutcomeCode.WORKER_LOST, now)


async def _must_not_be_mailed(session: AsyncSession, claimed: Claimed) -> SkipReason | None:
    """Return why the platform may not mail the writer: who opted out has done so for an approved review too (art. 21(3) GDPR)."""
    publication = await session.get_one(Publication, claimed.key)
    if publication.route != "invitation":
        return None
    claim = await session.get_one(Claim, {"branch_id": publication.branch_id, "id": publication.claim_id})
    return await no_mail.refusal_at_mark(session, claim.address_key)


async def _parcel(session: AsyncSession, claimed: Claimed) -> ReviewParcel:
    publication = await session.get_one(Publication, claimed.key)
    key = {"branch_id": publication.branch_id, "id": publication.claim_id}
    claim = await session.get_one(Claim, key)
    content = await session.get_one(ClaimContent, {"branch_id": claim.branch_id, "claim_id": claim.id})
    branch = await session.get_one(Branch, claim.branch_id)
    return ReviewParcel(
        location=branch.platform_location,
        tenant=branch.platform_tenant,
        sealed_token=branch.platform_token,
        route=publication.route,
        reference=publication.id.hex,
        name=claim.name,
        email=claim.email,
        city=content.city,
        language=claim.language,
        rating=content.rating,
        headline=content.headline,
        opinion=content.opinion,
        recommends=content.recommends,
    )


async def _settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, now: datetime, *, key_ring: KeyRing) -> None:
    publication = await session.get_one(Publication, claimed.key)
    write = settling.written(claimed, outcome, Patience(claimed.attempt, most=MOST_TRIES), now=now)
    if isinstance(outcome, Refused) and outcome.code == INVITED_RECENTLY:
        write = OutcomeWrite(claimed, PUBLICATIONS.waiting, outcome.code, due_at=now + INVITED_AGAIN_AFTER, unmark=True)
    elif isinstance(outcome, Halt):
        await channel_halts.stop(session, channel_halts.PLATFORM, claimed.branch_id, Cause(outcome.code), now=now)
    if not await settling.settle(session, PUBLICATIONS, write):
        return
    if write.state == "sent":
        await _handed_over(session, publication, key_ring=key_ring, now=now)
    elif write.state in {"unknown", "refused"}:
        await _write_down(session, publication, f"publication_{write.state}", write.reason or "", now)


async def _handed_over(session: AsyncSession, publication: Publication, *, key_ring: KeyRing, now: datetime) -> None:
    if publication.route == "questionnaire":
        await _complete(session, publication, key_ring=key_ring, now=now)
    else:
        await _write_down(session, publication, "reviewer_invited", publication.id.hex, now)


async def _complete_invited(session: AsyncSession, *, key_ring: KeyRing, now: datetime) -> None:
    """Complete the publications whose invited writer has written: their review was read back under our reference."""
    for publication in (await session.scalars(_written_back().distinct())).all():
        await _complete(session, publication, key_ring=key_ring, now=now)


def _written_back() -> Select[Publication]:
    return (
        select(Publication)
        .join(Claim, (Claim.branch_id == Publication.branch_id) & (Claim.id == Publication.claim_id))
        .join(Review, (Review.branch_id == Publication.branch_id) & (Review.reference == func.replace(cast(Publication.id, String), "-", "")))
        # Not yet published: those that wait for their writer, and with their index the few that ever do at one time.
        .where(Publication.route == literal_column("'invitation'"), due.in_state(Publication.state, "sent"), Publication.published_at.is_(None))
        .where(Claim.state == "approved")
    )


async def _complete(session: AsyncSession, publication: Publication, *, key_ring: KeyRing, now: datetime) -> None:
    """Make a claim published: its receipt, the letter that names it, the record."""
    claim = await session.get_one(Claim, {"branch_id": publication.branch_id, "id": publication.claim_id}, with_for_update=True)
    if claim.state != "approved":
        return
    branch = await session.get_one(Branch, claim.branch_id)
    claim.state, publication.published_at = "published", now
    receipt = await receipts.issue(session, claim, branch, key_ring=key_ring, now=now)
    await claim_mails.promise(session, claim, "published", now=now)
    await _write_down(session, publication, "review_published", receipt.number, now)


async def _write_down(session: AsyncSession, publication: Publication, action: str, detail: str, now: datetime) -> None:
    evidence = {"route": publication.route, "publication": str(publication.id), "detail": detail}
    await audit.append(session, publication.branch_id, actor="worker", action=action, subject=str(publication.claim_id), evidence=evidence, now=now)


async def settle_unknown(
    session: AsyncSession, branch_id: uuid.UUID, publication_id: uuid.UUID, *, published: bool, key_ring: KeyRing, now: datetime
) -> bool:
    """End an unknown by what a person saw at the platform: it stands there, or it does not and waits again; False when it is not unknown."""
    publication = await session.get(Publication, {"branch_id": branch_id, "id": publication_id}, with_for_update=True)
    if publication is None or publication.state != "unknown":
        return False
    if published:
        publication.state, publication.failure = "sent", None
        await _handed_over(session, publication, key_ring=key_ring, now=now)
    else:
        publication.state, publication.due_at, publication.marked_at = "waiting", now, None
        await _write_down(session, publication, "publication_repeated", "settled_by_person", now)
    return True
