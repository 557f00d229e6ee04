"""Invitation flow, step 6 of 6: read the reviews back, and close each invitation by its reference.

The platform reports nothing by itself: new, changed and removed reviews are found by polling only. Each reading overlaps the one before and is
an upsert, so that nothing is missed and nothing counts twice. A branch without reviews is no outage.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import channel_halts, due, job_queue
from reviews.database.channel_halts import Cause
from reviews.database.job_queue import DUTIES, Claimed
from reviews.database.tables import Branch, Duty, Invitation, PlatformFigures, Review, new_id
from reviews.handover.outcomes import Halt, Refused, Retry
from reviews.invitations.sending import history
from reviews.local import LOCAL
from reviews.reasons import OutcomeCode

OVERLAP = timedelta(days=1)
FIRST_REMOVALS = timedelta(days=30)
PAUSE = timedelta(minutes=15)
"""Until the next try after a failure."""

Failure = Refused | Retry | Halt


class Site(msgspec.Struct, frozen=True):
    """A branch at the platform; its token stays encrypted until it is used."""

    location: str
    tenant: str
    sealed_token: bytes


class ReadReview(msgspec.Struct, frozen=True, kw_only=True):
    """A review as it was read back; `rating` is 1 to 10, `reply` the branch's public answer."""

    review_id: str
    reference: str | None
    author: str | None
    rating: int | None
    headline: str | None
    opinion: str | None
    recommends: bool | None
    reply: str | None
    written_at: datetime | None
    changed_at: datetime | None


class ProfileFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform says of a branch as a whole: averages of 1 to 10, percentages of people who recommend it; None where it says nothing."""

    average: Decimal | None
    reviews: int
    recommended: int | None
    year_average: Decimal | None
    year_reviews: int | None


class ReviewReader(Protocol):
    """What reads the platform."""

    def changed(self, site: Site, since: datetime | None) -> AsyncIterator[Sequence[ReadReview] | Failure]:
        """Yield pages of what changed since a moment, or all, newest change first; a failure comes last."""
        ...

    async def removed(self, site: Site, since: datetime) -> Sequence[str] | Failure:
        """Return the ids of reviews that the platform took down since a moment."""
        ...

    async def figures(self, site: Site) -> ProfileFigures | Failure:
        """Return what the platform says of the branch as a whole."""
        ...


def is_due() -> ColumnElement[bool]:
    """Whether a branch is to be read, or has no such duty yet (`reviews.database.due`)."""
    return or_(due.is_due(DUTIES, Duty.name == "feed"), _without_duty().exists())


def _without_duty() -> Select[uuid.UUID]:
    known = select(Duty.branch_id).where(Duty.name == "feed")
    return select(Branch.id).where(Branch.platform_location.is_not(None), Branch.platform_token.is_not(None), Branch.id.not_in(known))


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed's side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    reader: ReviewReader
    clock: Clock
    lease: timedelta
    every: timedelta

    async def ensure_duties(self) -> None:
        """Give each branch that is on the platform its duty of being read."""
        async with self.maker.begin() as session:
            now = self.clock.now()
            placed = await session.scalars(_without_duty())
            rows = [{"branch_id": branch_id, "name": "feed", "state": "waiting", "due_at": now} for branch_id in placed]
            # INSERT without rows would be one of defaults only.
            if rows:
                await session.execute(insert(Duty).values(rows).on_conflict_do_nothing())

    async def sync_due(self) -> int:
        """Read back the branches that are due; return how many there were."""
        await self.ensure_duties()
        async with self.maker.begin() as session:
            claimed = await job_queue.claim_due(session, DUTIES, now=self.clock.now(), lease=self.lease, limit=1, only=Duty.name == "feed")
        for duty in claimed:
            await self._sync(duty)
        return len(claimed)

    async def _sync(self, claimed: Claimed) -> None:
        started = self.clock.now()
        async with self.maker.begin() as session:
            branch = await session.get_one(Branch, claimed.branch_id)
            done_at = (await session.get_one(Duty, claimed.key)).done_at
        failure = await self._read(claimed, branch, done_at, started) if _site(branch) else Retry(OutcomeCode.NO_LOCATION)
        async with self.maker.begin() as session:
            if isinstance(failure, Halt):
                await channel_halts.stop(session, channel_halts.PLATFORM, branch.id, Cause(failure.code), now=started)
            elif failure is None:
                await _is_read(session, claimed, branch, started)
            # The start and not the end: what changed while this read is read again.
            after = {"failure": failure.code} if failure else {"failure": None, "done_at": started}
            pause = self.every if failure is None else min(PAUSE, self.every)
            await job_queue.give_back(session, DUTIES, claimed, due_at=self.clock.now() + pause, values=after)

    async def _read(self, claimed: Claimed, branch: Branch, done_at: datetime | None, started: datetime) -> Failure | None:
        site = _site(branch)
        assert site is not None
        async for page in self.reader.changed(site, done_at - OVERLAP if done_at else None):
            if isinstance(page, Refused | Retry | Halt):
                return page
            async with self.maker.begin() as session:
                await keep(session, branch, page, now=self.clock.now())
                if not await job_queue.renew(session, DUTIES, claimed, until=self.clock.now() + self.lease):
                    return Retry(OutcomeCode.LEASE_LOST)
        removed = await self.reader.removed(site, done_at - OVERLAP if done_at else started - FIRST_REMOVALS)
        if isinstance(removed, Refused | Retry | Halt):
            return removed
        async with self.maker.begin() as session:
            await remove(session, branch, removed, now=self.clock.now())
        return await self._read_figures(site, branch)

    async def _read_figures(self, site: Site, branch: Branch) -> Failure | None:
        """Keep the platform's own figures, once per local day."""
        day = self.clock.now().astimezone(LOCAL).date()
        async with self.maker.begin() as session:
            # Asked before the call, since the figures cost a request per branch.
            if await session.get(PlatformFigures, {"branch_id": branch.id, "day": day}):
                return None
        found = await self.reader.figures(site)
        if not isinstance(found, ProfileFigures):
            return found
        values = {"branch_id": branch.id, "day": day, "read_at": self.clock.now(), **msgspec.structs.asdict(found)}
        async with self.maker.begin() as session:
            await session.execute(insert(PlatformFigures).values(values).on_conflict_do_nothing())
        return None

    async def sweep(self) -> int:
        """Release duties whose worker was lost; they run late once."""
        async with self.maker.begin() as session:
            return (await job_queue.sweep(session, DUTIES, now=self.clock.now())).returned


def _site(branch: Branch) -> Site | None:
    if branch.platform_location is None or branch.platform_token is None:
        return None
    return Site(branch.platform_location, branch.platform_tenant, branch.platform_token)


async def keep(session: AsyncSession, branch: Branch, reviews: Sequence[ReadReview], *, now: datetime) -> None:
    """Store reviews as they are now, and close the invitations that they name."""
    if not reviews:
        return
    references = [review.reference for review in reviews if review.reference]
    invitations = await _close(session, branch, references, now=now)
    # ON CONFLICT may not touch a row twice. The pages come newest first, hence reversed: the newest of a review counts.
    rows = [_row(branch, review, invitations) for review in {review.review_id: review for review in reversed(reviews)}.values()]
    new = insert(Review).values(rows)
    kept = ("id", "branch_id", "tenant", "review_id")
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[Review.branch_id, Review.tenant, Review.review_id],
            set_={name: new.excluded[name] for name in rows[0] if name not in kept},
        )
    )


def _row(branch: Branch, review: ReadReview, invitations: dict[str, uuid.UUID]) -> dict[str, Any]:
    return {
        "branch_id": branch.id,
        "id": new_id(),
        "tenant": branch.platform_tenant,
        **msgspec.structs.asdict(review),
        "invitation_id": invitations.get(review.reference or ""),
        "removed_at": None,
    }


async def _close(session: AsyncSession, branch: Branch, references: Sequence[str], *, now: datetime) -> dict[str, uuid.UUID]:
    """Mark invitations as reviewed; return them all by reference. A review also proves that an unknown one had arrived."""
    rows = await session.scalars(
        select(Invitation).where(Invitation.branch_id == branch.id, Invitation.reference.in_(references)).order_by(Invitation.id).with_for_update()
    )
    found = {row.reference: row for row in rows}
    for row in found.values():
        if row.state in {"sent", "unknown"}:
            row.state, row.reason, row.reviewed_at = "reviewed", None, now
            row.sent_at = row.sent_at or row.marked_at
            session.add(history.event(row.branch_id, row.id, now, "reviewed", None, "feed"))
    await session.flush()
    return {reference: row.id for reference, row in found.items()}


async def remove(session: AsyncSession, branch: Branch, review_ids: Sequence[str], *, now: datetime) -> None:
    """Let reviews that the platform removed disappear here too: text and author go, the fact that there was one stays."""
    await session.execute(
        update(Review)
        .where(Review.branch_id == branch.id, Review.review_id.in_(review_ids), Review.removed_at.is_(None))
        .values(removed_at=now, author=None, headline=None, opinion=None, reply=None, rating=None, recommends=None)
    )


async def _is_read(session: AsyncSession, claimed: Claimed, branch: Branch, started: datetime) -> None:
    """Let what stands still go on when the platform takes the token again; when it took it last time too, one invitation finds out."""
    if (await session.get_one(Duty, claimed.key)).failure is not None:
        await channel_halts.mended(session, channel_halts.PLATFORM, branch.id, before=started)
    else:
        # A token that reads but may not invite would otherwise stop the branch anew after each reading, and be told of each time.
        await channel_halts.may_be_probed(session, channel_halts.PLATFORM, branch.id, before=started, now=started)
