"""Reviews are read back with overlap, once each; their references close invitations; the platform's own figures are kept per day."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Duty, Invitation, InvitationEvent, PlatformFigures, Review
from reviews.handover.outcomes import Retry, Sent, Unknown
from reviews.invitations.feedback.feed import Failure, Feed, ProfileFigures, ReadReview, Site
from reviews.keys import KeyRing
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.invitations.sending.test_dispatch import Ground

EVERY = timedelta(hours=1)


class Book:
    """What the platform would answer about one branch; it remembers what was asked."""

    def __init__(self) -> None:
        self.pages: list[list[ReadReview] | Failure] = []
        self.taken_down: list[str] | Failure = []
        self.says: ProfileFigures | Failure = ProfileFigures(
            average=Decimal("8.7"), reviews=41, recommended=96, year_average=Decimal("8.9"), year_reviews=12
        )
        self.asked_since: list[datetime | None] = []
        self.asked_figures = 0

    async def changed(self, site: Site, since: datetime | None) -> AsyncIterator[Sequence[ReadReview] | Failure]:
        self.asked_since.append(since)
        for page in self.pages:
            yield page

    async def removed(self, site: Site, since: datetime) -> Sequence[str] | Failure:
        return self.taken_down

    async def figures(self, site: Site) -> ProfileFigures | Failure:
        self.asked_figures += 1
        return self.says


def review(review_id: str, *, reference: str | None = None, rating: int | None = 9, opinion: str = "Keurig") -> ReadReview:
    return ReadReview(
        review_id=review_id,
        reference=reference,
        author="Jan",
        rating=rating,
        headline="Goed",
        opinion=opinion,
        recommends=True,
        reply=None,
        written_at=None,
        changed_at=None,
    )


class Stage:
    """Utrecht on the platform, one invitation of it, and a feed over the book."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.book = ground, Book()
        self.feed = Feed(ground.maker, self.book, ground.clock, timedelta(minutes=1), EVERY)

    async def read(self, *, later: timedelta = timedelta()) -> None:
        self.ground.clock.moment += later
        while await self.feed.sync_due():
            pass

    async def reviews(self) -> list[Review]:
        async with self.ground.maker() as session:
            return list(await session.scalars(select(Review).order_by(Review.review_id)))

    async def duty(self) -> Duty:
        async with self.ground.maker() as session:
            return (await session.scalars(select(Duty).where(Duty.name == "feed"))).one()


@pytest.fixture
async def stage(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Stage:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
    ground = Ground(maker, key_ring, now)
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    return Stage(ground)


async def test_a_review_under_our_reference_closes_its_invitation_once(stage: Stage) -> None:
    await stage.ground.dispatcher().dispatch_due()
    reference = (await stage.ground.row()).reference
    stage.book.pages = [[review("KIYNL-1", reference=reference)]]
    await stage.read()
    await stage.read(later=2 * EVERY)

    row = await stage.ground.row()
    [kept] = await stage.reviews()
    async with stage.ground.maker() as session:
        closings = await session.scalar(select(func.count()).select_from(InvitationEvent).where(InvitationEvent.state == "reviewed"))
    assert (row.state, kept.invitation_id, closings) == ("reviewed", row.id, 1)


async def test_a_review_proves_that_an_unknown_invitation_had_arrived(stage: Stage) -> None:
    await stage.ground.dispatcher(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST))).dispatch_due()
    left = await stage.ground.row()
    stage.book.pages = [[review("KIYNL-1", reference=left.reference)]]
    await stage.read()

    row = await stage.ground.row()
    assert (left.state, row.state, row.sent_at) == ("unknown", "reviewed", left.marked_at)


async def test_a_changed_review_is_kept_as_it_is_now_and_not_beside_what_it_was(stage: Stage) -> None:
    stage.book.pages = [[review("r1", opinion="Matig", rating=5)]]
    await stage.read()
    stage.book.pages = [[review("r1", opinion="Toch goed", rating=8), review("r2")], [review("r2")]]
    await stage.read(later=2 * EVERY)

    kept = [(one.review_id, one.opinion, one.rating) for one in await stage.reviews()]
    assert kept == [("r1", "Toch goed", Decimal(8)), ("r2", "Keurig", Decimal(9))]


async def test_each_reading_overlaps_the_one_before_by_a_day(stage: Stage) -> None:
    first = stage.ground.clock.moment
    await stage.read()
    await stage.read(later=2 * EVERY)

    assert stage.book.asked_since == [None, first - timedelta(days=1)]


async def test_a_review_that_the_platform_removed_disappears_here_and_may_come_back(stage: Stage) -> None:
    stage.book.pages, stage.book.taken_down = [[review("r1")]], ["r1"]
    await stage.read()
    [gone] = await stage.reviews()
    assert (gone.opinion, gone.author, gone.rating, gone.removed_at) == (None, None, None, stage.ground.clock.moment)

    stage.book.taken_down = []
    await stage.read(later=2 * EVERY)
    [back] = await stage.reviews()
    assert (back.opinion, back.removed_at) == ("Keurig", None)


async def test_a_failure_is_kept_with_the_last_success_and_tried_again_sooner(stage: Stage) -> None:
    began = stage.ground.clock.moment
    await stage.read()
    stage.book.pages = [Retry(OutcomeCode.PLATFORM_ERROR)]
    await stage.read(later=2 * EVERY)
    duty = await stage.duty()
    assert (duty.failure, duty.done_at, duty.due_at - stage.ground.clock.moment) == ("platform_error", began, timedelta(minutes=15))

    stage.book.pages = []
    await stage.read(later=timedelta(minutes=16))
    assert (await stage.duty()).failure is None


async def test_a_branch_without_reviews_is_no_outage(stage: Stage) -> None:
    stage.book.says = ProfileFigures(average=None, reviews=0, recommended=None, year_average=None, year_reviews=None)
    await stage.read()

    duty = await stage.duty()
    assert (duty.failure, duty.done_at) == (None, stage.ground.clock.moment)


async def test_the_figures_of_the_platform_are_kept_once_per_local_day(stage: Stage) -> None:
    stage.ground.clock.moment = stage.ground.clock.moment.replace(hour=21)
    await stage.read()
    await stage.read(later=timedelta(hours=1, minutes=30))
    await stage.read(later=timedelta(hours=1))

    async with stage.ground.maker() as session:
        kept = list(await session.scalars(select(PlatformFigures).order_by(PlatformFigures.day)))
    assert [(one.day, one.average, one.reviews) for one in kept] == [
        (date(2026, 11, 24), Decimal("8.70"), 41),
        (date(2026, 11, 25), Decimal("8.70"), 41),
    ]
    assert stage.book.asked_figures == 2


async def test_figures_that_cannot_be_read_are_a_failure_that_loses_no_review(stage: Stage) -> None:
    stage.book.pages, stage.book.says = [[review("r1")]], Retry(OutcomeCode.UNREADABLE_ANSWER)
    await stage.read()

    assert (await stage.duty()).failure == "unreadable_answer"
    assert len(await stage.reviews()) == 1


async def test_a_branch_that_left_the_platform_is_not_read(stage: Stage) -> None:
    await stage.read()
    async with stage.ground.maker.begin() as session:
        await session.execute(update(Branch).values(platform_token=None))
    await stage.read(later=2 * EVERY)

    assert (await stage.duty()).failure == "no_location"
    assert len(stage.book.asked_since) == 1


async def test_a_review_of_a_mailed_invitation_leaves_the_others_open(stage: Stage) -> None:
    await stage.ground.told(raw("e2", number="W2", customer={**cast.JAN, "email": "piet@example.com"}, occurred_at="2026-11-10T10:00:00+01:00"))
    await stage.ground.dispatcher(RecordingChannel(Sent(), Sent())).dispatch_due()
    async with stage.ground.maker() as session:
        first, second = await session.scalars(select(Invitation).order_by(Invitation.id))
    stage.book.pages = [[review("r1", reference=second.reference), review("r2", reference="somebody-else's")]]
    await stage.read()

    async with stage.ground.maker() as session:
        states = {row.id: row.state for row in await session.scalars(select(Invitation))}
    assert states == {first.id: "sent", second.id: "reviewed"}
