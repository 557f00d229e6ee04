import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import Branch, ChannelHalt, Invitation, InvitationEvent, Review
from reviews.handover.outcomes import INVITED_RECENTLY, PLATFORM_ERROR, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.feedback import feed
from reviews.invitations.feedback.feed import ReadReview
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import actions, integrity
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.privacy import suppression
from reviews.reasons import OutcomeCode
from reviews.settings import Settings
from tests import cast
from tests.invitations.channels import PausedClock, RecordingChannel
from tests.invitations.intake.test_trigger import HORIZON, raw

Maker = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=60)


class Ground:
    """A branch with invitations that are due, and a dispatcher over them."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.channel = RecordingChannel()

    async def told(self, *rows: dict[str, Any], slug: str = "utrecht") -> None:
        async with self.maker.begin() as session:
            branch = (await session.scalars(select(Branch).where(Branch.slug == slug))).one()
            source = await sources.caller_with(session, await sources.add_key(session, "erp", [], now=self.clock.moment), now=self.clock.moment)
            read = [event_model.read(row, now=self.clock.moment) for row in rows]
            await trigger.accept(session, branch, source.source_id, read, key_ring=self.key_ring, horizon=HORIZON, now=self.clock.moment)

    def dispatcher(self, channel: RecordingChannel | None = None) -> Dispatcher:
        if channel:
            self.channel = channel
        return Dispatcher(self.maker, {"platform": self.channel, "mail": self.channel}, self.clock, LEASE)

    async def row(self) -> Invitation:
        async with self.maker() as session:
            return (await session.scalars(select(Invitation))).one()


@pytest.fixture
async def ground(maker: Maker, key_ring: KeyRing, now: datetime) -> Ground:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
        await cast.groningen(session, key_ring, now=now)
    ground = Ground(maker, key_ring, now)
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    return ground


async def test_what_is_due_is_handed_over_once_and_settled(ground: Ground) -> None:
    assert await ground.dispatcher().dispatch_due() == 1
    assert await ground.dispatcher().dispatch_due() == 0

    row = await ground.row()
    assert (row.state, row.sent_at, [parcel.reference for parcel in ground.channel.handed_over]) == ("sent", ground.clock.moment, [row.reference])


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Sent(), "sent", None),
        (Unknown(OutcomeCode.REPLY_LOST), "unknown", "reply_lost"),
        (Refused(OutcomeCode.RECIPIENT_REFUSED), "refused", "recipient_refused"),
        (Retry(OutcomeCode.SMTP_BUSY), "planned", "smtp_busy"),
        (Halt(OutcomeCode.TOKEN_REFUSED), "planned", "token_refused"),
    ],
)
async def test_each_outcome_has_its_state(ground: Ground, outcome: Outcome, state: str, reason: str | None) -> None:
    await ground.dispatcher(RecordingChannel(outcome)).dispatch_due()

    row = await ground.row()
    assert (row.state, row.reason) == (state, reason)


async def test_the_history_tells_which_list_turned_us_away(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Retry(OutcomeCode.BLOCK_LISTED, timedelta(days=1), "zen.spamhaus.org"))).dispatch_due()

    row = await ground.row()
    async with ground.maker() as session:
        line = (await session.scalars(select(InvitationEvent).order_by(InvitationEvent.id.desc()))).first()
        assert line is not None
        assert (line.state, line.reason, line.blocked_by) == ("planned", "block_listed", "zen.spamhaus.org")
        assert [found async for found in integrity.verify(session, [row.branch_id])] == []
        line.blocked_by = None
        assert [found async for found in integrity.verify(session, [row.branch_id])] != []


async def test_an_unknown_is_never_repeated_by_itself(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST))).dispatch_due()
    ground.clock.moment += timedelta(days=20)

    assert await ground.dispatcher().dispatch_due() == 0


async def test_a_retry_waits_longer_each_time_and_keeps_its_message_id_and_date(ground: Ground) -> None:
    channel = RecordingChannel(Retry(OutcomeCode.SMTP_BUSY), Retry(OutcomeCode.SMTP_BUSY))
    pauses = []
    for _ in range(2):
        await ground.dispatcher(channel).dispatch_due()
        row = await ground.row()
        pauses.append(row.due_at - ground.clock.moment)
        ground.clock.moment = row.due_at
    await ground.dispatcher(channel).dispatch_due()

    assert [timedelta(seconds=5) <= pauses[0] <= timedelta(seconds=5.5), timedelta(minutes=5) <= pauses[1] <= timedelta(minutes=5.5)] == [True, True]
    assert len({(parcel.message_id, parcel.message_at) for parcel in channel.handed_over}) == 1


async def test_a_refused_token_stops_the_branch_and_keeps_its_queue(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Halt(OutcomeCode.TOKEN_REFUSED))).dispatch_due()
    ground.clock.moment += timedelta(days=1)

    assert await ground.dispatcher().dispatch_due() == 0
    assert (await ground.row()).state == "planned"


async def test_an_invitation_expires_instead_of_surprising_somebody(ground: Ground) -> None:
    ground.clock.moment += timedelta(days=60)
    await ground.dispatcher().dispatch_due()

    assert ((await ground.row()).state, ground.channel.handed_over) == ("expired", [])


async def test_an_opt_out_just_before_the_mark_stops_the_mail(ground: Ground) -> None:
    async def opt_out() -> None:
        async with ground.maker.begin() as session:
            await suppression.suppress(
                session, ground.key_ring.address_key("jan@example.com"), reason="opt_out", origin="mail", now=ground.clock.moment
            )

    await ground.dispatcher(RecordingChannel(before_mark=opt_out)).dispatch_due()
    assert (ground.channel.handed_over, ground.channel.refused_marks) == ([], 1)

    ground.clock.moment += timedelta(minutes=2)
    await ground.dispatcher().dispatch_due()
    row = await ground.row()
    assert (row.state, row.reason) == ("skipped", "suppressed")


async def test_the_cap_holds_over_all_branches(ground: Ground) -> None:
    await ground.told(raw("g1", branch="groningen", number="G1", occurred_at="2026-11-10T11:00:00+01:00"), slug="groningen")
    for _ in range(2):
        await ground.dispatcher(ground.channel).dispatch_due()
        ground.clock.moment += timedelta(minutes=2)

    assert len(ground.channel.handed_over) == 1
    async with ground.maker() as session:
        states = sorted(map(tuple, await session.execute(select(Invitation.state, Invitation.reason))))
    assert states == [("sent", None), ("skipped", "invited_recently")]


async def test_a_worker_that_lost_its_lease_changes_nothing(ground: Ground) -> None:
    async def swept() -> None:
        ground.clock.moment += LEASE + timedelta(seconds=1)
        await ground.dispatcher(ground.channel).sweep()

    await ground.dispatcher(RecordingChannel(before_mark=swept)).dispatch_due()

    assert ground.channel.handed_over == []
    assert (await ground.row()).state == "planned"


@pytest.mark.parametrize(("marked", "state"), [(False, "planned"), (True, "unknown")])
async def test_a_lost_worker_leaves_an_unknown_only_after_its_mark(ground: Ground, marked: bool, state: str) -> None:
    async with ground.maker.begin() as session:
        [claimed] = await job_queue.claim_due(session, INVITATIONS, now=ground.clock.moment, lease=LEASE)
    if marked:
        async with ground.maker.begin() as session:
            await job_queue.mark(session, INVITATIONS, claimed, now=ground.clock.moment, until=ground.clock.moment + LEASE)
    ground.clock.moment += LEASE + timedelta(seconds=1)
    assert await ground.dispatcher().sweep() == 1

    assert (await ground.row()).state == state


async def lease_of(ground: Ground) -> datetime:
    lease_until = (await ground.row()).lease_until
    assert lease_until is not None
    return lease_until


async def test_what_a_lost_worker_had_marked_is_settled_within_a_minute(ground: Ground) -> None:
    """By the defaults, however long the other side may take: 600 s at the final dot."""
    lease, leases = Settings().lease, list[timedelta]()

    async def looked() -> None:
        leases.append(await lease_of(ground) - ground.clock.moment)

    channel = RecordingChannel(after_mark=looked)
    await Dispatcher(ground.maker, {"mail": channel, "platform": channel}, ground.clock, lease).dispatch_due()

    assert leases == [lease]
    assert lease + timedelta(seconds=2 * Settings().poll_seconds) < timedelta(seconds=60)


async def test_a_living_worker_may_wait_for_an_answer_far_longer_than_its_lease(ground: Ground) -> None:
    lease = timedelta(milliseconds=30)  # of which a third, in real time, lies between two signs of life
    swept: list[int] = []

    async def answers_late() -> None:
        for _ in range(3):
            ground.clock.moment += timedelta(minutes=5)
            async with asyncio.timeout(30):
                while await lease_of(ground) < ground.clock.moment:
                    pass  # each look asks the database
            swept.append(await ground.dispatcher(channel).sweep())

    channel = RecordingChannel(after_mark=answers_late)
    await Dispatcher(ground.maker, {"mail": channel, "platform": channel}, ground.clock, lease).dispatch_due()

    assert swept == [0, 0, 0]
    assert (await ground.row()).state == "sent"


async def test_a_person_settles_an_unknown_with_either_answer(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST))).dispatch_due()
    row = await ground.row()
    async with ground.maker.begin() as session:
        await actions.settle(session, row.id, was_sent=True, branch_ids=[row.branch_id], actor="noor", now=ground.clock.moment)

    settled = await ground.row()
    async with ground.maker() as session:
        states = [event.state for event in await actions.past_of(session, settled)]
    assert (settled.state, settled.sent_at) == ("sent", settled.marked_at)
    assert states == ["planned", "unknown", "sent"]


async def test_the_feed_closes_an_invitation_by_its_reference(ground: Ground) -> None:
    await ground.dispatcher().dispatch_due()
    row = await ground.row()
    review = ReadReview(
        review_id="KIYNL-1",
        reference=row.reference,
        author="Jan",
        rating=9,
        headline="Netjes",
        opinion=None,
        recommends=True,
        reply=None,
        written_at=ground.clock.moment,
        changed_at=ground.clock.moment,
    )
    async with ground.maker.begin() as session:
        branch = await session.get_one(Branch, row.branch_id)
        for _ in range(2):
            await feed.keep(session, branch, [review], now=ground.clock.moment)
        await feed.keep(session, branch, [msgspec.structs.replace(review, rating=8)], now=ground.clock.moment)

    async with ground.maker() as session:
        state = (await session.execute(select(Invitation.state))).scalar_one()
        ratings = (await session.execute(select(Review.rating, Review.invitation_id))).all()
    assert state == "reviewed"
    assert [(int(kept.rating or 0), kept.invitation_id) for kept in ratings] == [(8, row.id)]


async def test_the_database_refuses_an_invitation_without_a_basis(ground: Ground) -> None:
    row = await ground.row()
    async with ground.maker() as session:
        with pytest.raises(IntegrityError, match="no_mail_without_basis"):
            await session.execute(update(Invitation).where(Invitation.id == row.id).values(basis_id=None))


async def test_four_workers_claim_each_row_once(ground: Ground) -> None:
    await ground.told(
        *(
            raw(f"m{n}", number=f"M{n}", occurred_at="2026-11-10T10:00:00+01:00", customer={**cast.JAN, "email": f"klant{n}@example.com"})
            for n in range(999)
        )
    )
    workers = [ground.dispatcher() for _ in range(4)]

    async def drain(worker: Dispatcher) -> None:
        while await worker.dispatch_due():
            pass

    await asyncio.gather(*map(drain, workers))
    async with ground.maker() as session:
        sent = (await session.scalars(select(InvitationEvent.invitation_id).where(InvitationEvent.state == "sent"))).all()
    assert len(sent) == len(set(sent)) == 1000


async def test_an_event_that_comes_while_a_worker_holds_the_row_still_counts(ground: Ground) -> None:
    async def reopened() -> None:
        await ground.told(raw("e2", type="job.reopened", occurred_at="2026-11-23T10:00:00+01:00"))

    await ground.dispatcher(RecordingChannel(before_mark=reopened)).dispatch_due()

    row = await ground.row()
    assert (row.state, row.reason, ground.channel.handed_over) == ("cancelled", "job_open", [])


async def test_one_that_cannot_go_on_does_not_cut_off_its_neighbours(ground: Ground) -> None:
    await ground.told(raw("e2", number="W2", occurred_at="2026-11-11T10:00:00+01:00", customer={**cast.JAN, "email": "piet@example.com"}))
    hurt: list[int] = []

    async def stumble() -> None:
        hurt.append(1)
        if len(hurt) == 1:
            raise RuntimeError("a template is broken")

    await ground.dispatcher(RecordingChannel(before_mark=stumble)).dispatch_due()

    async with ground.maker() as session:
        states = sorted(map(tuple, await session.execute(select(Invitation.state, Invitation.reason, Invitation.tries))))
    assert states == [("planned", "broke_off", 1), ("sent", None, 0)]


async def test_already_placed_after_an_error_of_the_platform_means_sent(ground: Ground) -> None:
    channel = RecordingChannel(Retry(PLATFORM_ERROR), Refused(INVITED_RECENTLY))
    for _ in range(2):
        await ground.dispatcher(channel).dispatch_due()
        ground.clock.moment += timedelta(minutes=2)

    assert (await ground.row()).state == "sent"


async def test_already_placed_at_the_first_try_is_refused_with_its_reason(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Refused(INVITED_RECENTLY))).dispatch_due()

    row = await ground.row()
    assert (row.state, row.reason) == ("refused", "invited_recently")


async def test_a_certain_answer_settles_what_a_sweep_called_unknown(ground: Ground) -> None:
    class SlowChannel(RecordingChannel):
        async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
            outcome = await super().send(parcel, mark=mark)
            ground.clock.moment += timedelta(hours=1)
            await ground.dispatcher().sweep()
            assert (await ground.row()).state == "unknown"
            return outcome

    await ground.dispatcher(SlowChannel()).dispatch_due()

    assert (await ground.row()).state == "sent"


class Reading:
    """A platform that answers what it was told to answer."""

    def __init__(self, *pages: feed.Failure | list[ReadReview]) -> None:
        self.pages = pages

    async def changed(self, site: feed.Site, since: datetime | None) -> AsyncIterator[Sequence[ReadReview] | feed.Failure]:
        for page in self.pages:
            yield page

    async def removed(self, site: feed.Site, since: datetime) -> Sequence[str] | feed.Failure:
        return []

    async def figures(self, site: feed.Site) -> feed.ProfileFigures | feed.Failure:
        return feed.ProfileFigures(average=None, reviews=0, recommended=None, year_average=None, year_reviews=None)


async def test_a_stopped_branch_goes_on_once_the_platform_takes_its_token_again(ground: Ground) -> None:
    await ground.dispatcher(RecordingChannel(Halt(OutcomeCode.TOKEN_REFUSED))).dispatch_due()

    async def read(reader: Reading) -> bool:
        ground.clock.moment += timedelta(hours=2)
        every = timedelta(hours=1)
        while await feed.Feed(ground.maker, reader, ground.clock, LEASE, every).sync_due():
            pass
        async with ground.maker() as session:
            return bool(await session.scalar(select(ChannelHalt.id).join(Branch).where(Branch.slug == "utrecht")))

    assert await read(Reading(Halt(OutcomeCode.TOKEN_REFUSED)))
    assert not await read(Reading([]))
    assert await ground.dispatcher().dispatch_due() == 1


async def test_a_token_that_reads_but_may_not_invite_stops_the_branch_once(ground: Ground) -> None:
    tried, halts = list[int](), set[tuple[Any, datetime]]()
    every = timedelta(hours=1)
    for _ in range(4):
        channel = RecordingChannel(Halt(OutcomeCode.TOKEN_REFUSED))
        await ground.dispatcher(channel).dispatch_due()
        tried.append(len(channel.handed_over))
        async with ground.maker() as session:
            halts |= {(halt.id, halt.since) for halt in await session.scalars(select(ChannelHalt)) if halt.probe_at is None}
        ground.clock.moment += timedelta(hours=2)
        while await feed.Feed(ground.maker, Reading([]), ground.clock, LEASE, every).sync_due():
            pass

    assert (tried, len(halts)) == ([1] * 4, 1)
    assert await ground.dispatcher().dispatch_due() == 1
    async with ground.maker() as session:
        assert (await session.scalars(select(ChannelHalt.id).join(Branch).where(Branch.slug == "utrecht"))).all() == []
