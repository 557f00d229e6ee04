"""An approved review reaches the platform once, and gets its receipt."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.platform.channel import PlatformChannel
from reviews.adapters.platform.publishing import ReviewPublisher
from reviews.database import audit, job_queue
from reviews.database.tables import AuditEntry, ChannelHalt, Claim, ClaimMail, Publication, Receipt, Review
from reviews.errors import NotFoundError
from reviews.handover.outcomes import INVITED_RECENTLY, NOT_MARKED, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.keys import KeyRing
from reviews.moderation import decision, publication, receipts
from reviews.moderation.publication import Publisher, ReviewParcel
from reviews.privacy import suppression
from reviews.reasons import OutcomeCode
from tests import cast
from tests.fakes import FakePlatform
from tests.invitations.channels import PausedClock
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]
Step = Callable[[], Awaitable[None]]


class RecordingPlatform:
    """A platform with a memory, whose answers are told beforehand; it takes a review only after its mark."""

    def __init__(self, *answers: Outcome, before: Step | None = None, after: Step | None = None) -> None:
        self.answers = list(answers)
        self.taken: list[ReviewParcel] = []
        self._before, self._after = before, after

    async def publish(self, parcel: ReviewParcel, *, mark: Mark) -> Outcome:
        answer = self.answers.pop(0) if self.answers else Sent()
        if self._before:
            await self._before()
        if isinstance(answer, Sent | Unknown):
            assert await mark()
            self.taken.append(parcel)
        if self._after:
            await self._after()
        return answer


async def die() -> None:
    raise ConnectionAbortedError


class Ground:
    """A branch with one approved review."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.publisher = Publisher(key_ring=key_ring, clock=self.clock, lease=timedelta(seconds=60))

    async def approve(self, **rules: Any) -> None:
        now = self.clock.moment
        async with self.maker.begin() as session:
            branch = await cast.utrecht(session, self.key_ring, now=now)
            branch.rules = {**branch.rules, **rules}
            noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
            claim = await cases.judged(session, self.key_ring, branch, now=now)
            await decision.record(session, claim.id, manager=cases.desk_of(noor, branch), choice="approve", reason=None, now=now, proof_days=30)

    async def publish(self, platform: publication.PublishingPlatform) -> int:
        return await publication.publish_due(self.maker, platform, self.publisher)

    async def one(self, table: Any) -> Any:
        async with self.maker() as session:
            return (await session.scalars(select(table))).one()

    async def count(self, table: Any) -> int:
        async with self.maker() as session:
            return len((await session.scalars(select(table))).all())


@pytest.fixture
async def ground(maker: Maker, key_ring: KeyRing, now: datetime) -> Ground:
    made = Ground(maker, key_ring, now)
    await made.approve()
    return made


async def test_an_approved_review_is_published_once_as_it_was_written(ground: Ground) -> None:
    platform = RecordingPlatform()

    assert await ground.publish(platform) == 1
    assert await ground.publish(platform) == 0

    [parcel] = platform.taken
    assert (parcel.rating, parcel.opinion, parcel.recommends, parcel.city) == (3, cases.OPINION, False, "Utrecht")
    assert (await ground.one(Claim)).state == "published"
    assert (await ground.one(Publication)).published_at == ground.clock.moment
    async with ground.maker() as session:
        assert set(await session.scalars(select(ClaimMail.kind))) == {"approved", "published"}
        assert (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.position))).all() == ["claim_approve", "review_published"]
        assert await audit.verify(session) == []


async def test_the_real_adapter_fills_in_the_platforms_questionnaire(ground: Ground) -> None:
    platform = FakePlatform(ground.clock.moment)
    platform.tokens["1070001"] = "token-of-utrecht"

    await ground.publish(ReviewPublisher(platform, PlatformChannel(platform, ground.key_ring)))  # type: ignore[arg-type]  # the fake passes the connector's contract tests

    [(location, review)] = platform.submitted
    assert location == "1070001"
    assert (review.rating, review.opinion, review.headline) == (3, cases.OPINION, "Drie keer te laat")


async def test_the_mark_is_durable_before_the_call(ground: Ground) -> None:
    async def not_yet() -> None:
        assert (await ground.one(Publication)).marked_at is None

    async def durable() -> None:
        kept = await ground.one(Publication)
        assert (kept.state, kept.marked_at) == ("claimed", ground.clock.moment)

    assert await ground.publish(RecordingPlatform(before=not_yet, after=durable)) == 1


async def test_an_unknown_outcome_is_parked_and_never_repeated_by_itself(ground: Ground) -> None:
    platform = RecordingPlatform(Unknown(OutcomeCode.PLATFORM_TIMEOUT))
    await ground.publish(platform)
    ground.clock.moment += timedelta(days=30)

    assert await ground.publish(platform) == 0

    kept = await ground.one(Publication)
    assert (kept.state, kept.failure) == ("unknown", "platform_timeout")
    assert (await ground.one(Claim)).state == "approved"
    assert await ground.count(Receipt) == 0


async def test_a_worker_that_dies_after_its_mark_leaves_an_unknown(ground: Ground) -> None:
    with pytest.raises(ConnectionAbortedError):
        await ground.publish(RecordingPlatform(after=die))
    ground.clock.moment += timedelta(minutes=10)

    assert await ground.publish(RecordingPlatform()) == 0
    assert (await ground.one(Publication)).state == "unknown"


async def test_a_worker_that_dies_before_its_mark_leaves_the_review_for_the_next(ground: Ground) -> None:
    with pytest.raises(ConnectionAbortedError):
        await ground.publish(RecordingPlatform(before=die))
    ground.clock.moment += timedelta(minutes=10)
    platform = RecordingPlatform()
    await ground.publish(platform)

    assert len(platform.taken) == 1
    assert (await ground.one(Claim)).state == "published"


@pytest.mark.parametrize(("published", "state", "receipts_issued"), [(True, "published", 1), (False, "approved", 0)])
async def test_a_person_ends_an_unknown(ground: Ground, published: bool, state: str, receipts_issued: int) -> None:
    platform = RecordingPlatform(Unknown(OutcomeCode.PLATFORM_TIMEOUT))
    await ground.publish(platform)
    kept = await ground.one(Publication)

    async with ground.maker.begin() as session:
        settled = await publication.settle_unknown(
            session, kept.branch_id, kept.id, published=published, key_ring=ground.key_ring, now=ground.clock.moment
        )
        again = await publication.settle_unknown(
            session, kept.branch_id, kept.id, published=published, key_ring=ground.key_ring, now=ground.clock.moment
        )

    assert (settled, again) == (True, False)
    assert (await ground.one(Claim)).state == state
    assert await ground.count(Receipt) == receipts_issued
    await ground.publish(platform)
    assert (await ground.one(Claim)).state == "published"
    assert len(platform.taken) == (1 if published else 2)


async def test_a_retry_waits_longer_each_time_and_at_least_as_long_as_the_platform_asks(ground: Ground) -> None:
    platform = RecordingPlatform(Retry(OutcomeCode.PLATFORM_ERROR), Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(hours=3)))
    await ground.publish(platform)
    assert (await ground.one(Publication)).due_at == ground.clock.moment + job_queue.PAUSES[0]
    ground.clock.moment += job_queue.PAUSES[0]
    await ground.publish(platform)

    kept = await ground.one(Publication)
    assert (kept.state, kept.due_at, kept.failure) == ("waiting", ground.clock.moment + timedelta(hours=3), "too_many_requests")


async def test_a_refused_token_halts_the_branch_and_keeps_its_queue(ground: Ground) -> None:
    platform = RecordingPlatform(Halt(OutcomeCode.TOKEN_REFUSED))
    await ground.publish(platform)
    ground.clock.moment += timedelta(days=1)

    assert await ground.publish(platform) == 0
    assert (await ground.one(ChannelHalt)).reason == "token_refused"
    async with ground.maker.begin() as session:
        await session.execute(delete(ChannelHalt))
    assert await ground.publish(platform) == 1
    assert (await ground.one(Claim)).state == "published"


@pytest.mark.parametrize("halted", [Halt(OutcomeCode.TOKEN_REFUSED), Retry(NOT_MARKED), Refused(INVITED_RECENTLY)])
async def test_what_stands_still_uses_none_of_a_reviews_tries(ground: Ground, halted: Outcome) -> None:
    platform = RecordingPlatform(*[halted] * 25, Retry(OutcomeCode.PLATFORM_ERROR))
    for _ in range(26):
        await ground.publish(platform)
        async with ground.maker.begin() as session:
            await session.execute(delete(ChannelHalt))
        ground.clock.moment += timedelta(days=30)

    kept = await ground.one(Publication)
    assert (platform.answers, kept.state, kept.failure, kept.attempt) == ([], "waiting", "platform_error", 1)


async def test_a_final_refusal_is_shown_and_recorded(ground: Ground) -> None:
    await ground.publish(RecordingPlatform(Refused(OutcomeCode.QUESTIONNAIRE_UNANSWERED, "city")))

    kept = await ground.one(Publication)
    assert (kept.state, kept.failure) == ("refused", "questionnaire_unanswered")
    async with ground.maker() as session:
        assert "publication_refused" in (await session.scalars(select(AuditEntry.action))).all()


async def test_a_writer_whom_the_platform_invited_lately_is_invited_30_days_later(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    ground = Ground(maker, key_ring, now)
    await ground.approve(publication="invitation")
    platform = RecordingPlatform(Refused(INVITED_RECENTLY))
    await ground.publish(platform)

    kept = await ground.one(Publication)
    assert (kept.state, kept.due_at, kept.failure) == ("waiting", now + timedelta(days=30), INVITED_RECENTLY)
    ground.clock.moment += timedelta(days=30) - timedelta(seconds=1)
    assert await ground.publish(platform) == 0
    ground.clock.moment += timedelta(seconds=1)
    assert await ground.publish(platform) == 1
    assert len(platform.taken) == 1


async def test_an_invited_writer_counts_as_published_when_the_review_is_read_back(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    ground = Ground(maker, key_ring, now)
    await ground.approve(publication="invitation")
    platform = RecordingPlatform()
    await ground.publish(platform)
    assert (await ground.one(Claim)).state == "approved"
    assert await ground.count(Receipt) == 0

    kept = await ground.one(Publication)
    async with ground.maker.begin() as session:
        session.add(Review(branch_id=kept.branch_id, tenant="klantenvertellen", review_id="r1", reference=platform.taken[0].reference))
    await ground.publish(platform)

    assert len(platform.taken) == 1
    assert (await ground.one(Claim)).state == "published"
    assert await ground.count(Receipt) == 1


@pytest.mark.parametrize(("route", "taken", "state"), [("invitation", 0, "refused"), ("questionnaire", 1, "sent")])
async def test_a_writer_who_opted_out_is_not_invited_and_a_review_is_published_all_the_same(
    maker: Maker, key_ring: KeyRing, now: datetime, route: str, taken: int, state: str
) -> None:
    ground = Ground(maker, key_ring, now)
    await ground.approve(publication=route)
    async with maker.begin() as session:
        await suppression.suppress(session, (await ground.one(Claim)).address_key, reason="opt_out", origin="link", now=now)
    platform = RecordingPlatform()
    await ground.publish(platform)
    await ground.publish(platform)

    kept = await ground.one(Publication)
    assert (len(platform.taken), kept.state) == (taken, state)
    assert kept.failure == ("suppressed" if route == "invitation" else None)
    async with maker() as session:
        last = (await session.scalars(select(AuditEntry).order_by(AuditEntry.position.desc()).limit(1))).one()
    assert (last.action, last.evidence["detail"] == "suppressed") == (
        ("publication_refused", True) if route == "invitation" else ("review_published", False)
    )


class SaidNo:
    """A platform at whose door the writer says no just before the review is handed over, or just after."""

    def __init__(self, ground: Ground, *, after: bool = False) -> None:
        self.taken = 0
        self.under_way: list[bool] = []
        self._ground, self._after = ground, after

    async def publish(self, _: ReviewParcel, *, mark: Mark) -> Outcome:
        if not self._after:
            await self._say_no()
        granted = await mark()
        if self._after:
            await self._say_no()
        self.taken += granted
        return Sent() if granted else Retry(NOT_MARKED)

    async def _say_no(self) -> None:
        key = (await self._ground.one(Claim)).address_key
        async with self._ground.maker.begin() as session:
            await suppression.suppress(session, key, reason="opt_out", origin="link", now=self._ground.clock.moment)
            self.under_way.append(await suppression.under_way(session, key))


@pytest.mark.parametrize(
    ("route", "after", "ending"),
    [
        ("invitation", False, (0, [False], "refused", "suppressed")),
        ("invitation", True, (1, [True], "sent", None)),
        ("questionnaire", False, (1, [False], "sent", None)),
        ("questionnaire", True, (1, [False], "sent", None)),
    ],
)
async def test_a_word_that_comes_while_a_review_is_taken_up_keeps_its_writer_from_being_invited(
    maker: Maker, key_ring: KeyRing, now: datetime, route: str, after: bool, ending: tuple[int, list[bool], str, str | None]
) -> None:
    ground = Ground(maker, key_ring, now)
    await ground.approve(publication=route)
    platform = SaidNo(ground, after=after)

    await ground.publish(platform)

    kept = await ground.one(Publication)
    assert (platform.taken, platform.under_way, kept.state, kept.failure) == ending


async def test_a_receipt_verifies_under_its_number_and_holds_nothing_personal(ground: Ground) -> None:
    await ground.publish(RecordingPlatform())
    kept = await ground.one(Receipt)

    async with ground.maker() as session:
        spaced = " ".join([kept.number[:4].upper(), kept.number[4:]])
        found = await receipts.receipt_by(session, spaced)
    assert receipts.is_valid(found, ground.key_ring)
    assert len(kept.number) == 26
    assert found.statement["branch"] == "Ambiance Utrecht"
    assert found.statement["checked"] == ["address_confirmed", "proof_of_purchase", "judged_by_person"]
    words = str(found.statement)
    for personal in ("Vries", "jan@", "3511", "F2026", cases.OPINION):
        assert personal not in words


async def test_a_receipt_that_somebody_changed_or_another_key_signed_is_not_valid(ground: Ground) -> None:
    await ground.publish(RecordingPlatform())
    other = KeyRing("another secret that is also long enough to be one")
    kept = await ground.one(Receipt)

    assert receipts.is_valid(kept, ground.key_ring)
    assert not receipts.is_valid(kept, other)
    kept.statement = {**kept.statement, "branch": "Ambiance Groningen"}
    assert not receipts.is_valid(kept, ground.key_ring)


async def test_a_receipt_copied_under_another_number_is_not_valid(ground: Ground) -> None:
    await ground.publish(RecordingPlatform())
    kept = await ground.one(Receipt)
    kept.number = "a" * 26

    assert not receipts.is_valid(kept, ground.key_ring)


async def test_an_unknown_number_has_no_receipt(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError):
        await receipts.receipt_by(session, "aaaa")
