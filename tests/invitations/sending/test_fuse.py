"""Unknowns in a row stop a channel; one invitation at a time finds out whether it works again, and nothing that waits is the worse for it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import ChannelHalt, Invitation
from reviews.handover.outcomes import Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.sending import fuse
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.fuse import ChannelWatch, Fuse
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.invitations.sending.test_dispatch import LEASE, Ground

Maker = async_sessionmaker[AsyncSession]
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
LOST = Unknown(OutcomeCode.REPLY_LOST)


class Weather(RecordingChannel):
    """A channel that answers all alike until its weather changes."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.weather: Outcome = outcome

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        self.outcomes = [self.weather]
        return await super().send(parcel, mark=mark)


class Sick:
    """Branches with invitations that are due, and a channel that is ill."""

    def __init__(self, ground: Ground, channel: Weather) -> None:
        self.ground, self.channel = ground, channel

    async def due(self, slug: str, many: int, *, start: int = 0) -> None:
        rows = [raw(f"{slug}{i}", branch=slug, number=f"{slug}{i}", occurred_at="2026-11-10T10:00:00+01:00") for i in range(start, start + many)]
        for row in rows:
            row["customer"] = {**row["customer"], "email": f"{row['number']}@example.com"}
        await self.ground.told(*rows, slug=slug)

    async def drain(self, *, at_once: int = 1, **limits: Any) -> int:
        """Send until nothing is due, as a worker does that was started anew."""
        ways = {"platform": self.channel, "mail": self.channel}
        many = 0
        while found := await Dispatcher(self.ground.maker, ways, self.ground.clock, LEASE, at_once, batch=8, fuse=Fuse(**limits)).dispatch_due():
            many += found
        return many

    def later(self, **span: float) -> None:
        self.ground.clock.moment += timedelta(**span)

    async def states(self) -> dict[str, int]:
        async with self.ground.maker() as session:
            return Counter(await session.scalars(select(Invitation.state)))

    async def halts(self) -> Sequence[ChannelHalt]:
        async with self.ground.maker() as session:
            return (await session.scalars(select(ChannelHalt).order_by(ChannelHalt.since))).all()


@pytest.fixture
async def sick(maker: Maker, key_ring: KeyRing, now: datetime) -> Sick:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
        await cast.groningen(session, key_ring, now=now)
    return Sick(Ground(maker, key_ring, now), Weather(LOST))


async def test_five_unknowns_in_a_row_stop_the_channel_of_that_branch_only(sick: Sick) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    assert await sick.states() == {"unknown": 5, "planned": 19}

    sick.channel.weather = Sent()
    await sick.due("groningen", 3)
    await sick.drain()

    assert await sick.states() == {"unknown": 5, "planned": 19, "sent": 3}
    [halt] = await sick.halts()
    assert (halt.channel, halt.reason, halt.branch_id is not None) == ("platform", "unknowns_in_a_row", True)


@pytest.mark.parametrize("answer", [Sent(), Refused(OutcomeCode.RECIPIENT_REFUSED)])
async def test_an_answer_between_them_breaks_the_row(sick: Sick, answer: Outcome) -> None:
    await sick.due("utrecht", 4)
    await sick.drain()
    sick.channel.weather = answer
    await sick.due("utrecht", 1, start=4)
    await sick.drain()
    sick.channel.weather = LOST
    await sick.due("utrecht", 4, start=5)
    await sick.drain()

    assert await sick.halts() == []


async def test_what_was_lost_with_its_worker_says_nothing_of_the_channel(sick: Sick) -> None:
    await sick.due("utrecht", 9)
    async with sick.ground.maker.begin() as session:
        values = {"state": "claimed", "marked_at": sick.ground.clock.moment, "lease_until": sick.ground.clock.moment}
        await session.execute(update(Invitation).values(values))
    sick.later(minutes=2)
    await sick.ground.dispatcher(sick.channel).sweep()
    await sick.due("utrecht", 4, start=9)
    await sick.drain()

    assert (await sick.states(), await sick.halts()) == ({"unknown": 13}, [])


async def test_twenty_unknowns_of_the_house_in_ten_minutes_stop_the_channel_for_all(sick: Sick) -> None:
    for slug in ("utrecht", "groningen"):
        await sick.due(slug, 15)
    await sick.drain(of_branch=100)

    assert await sick.states() == {"unknown": 20, "planned": 10}
    assert [(halt.reason, halt.branch_id) for halt in await sick.halts()] == [("unknowns_of_house", None)]


async def test_unknowns_of_the_house_that_come_slowly_stop_nothing(sick: Sick) -> None:
    for start in (0, 19):
        await sick.due("utrecht", 19, start=start)
        await sick.drain(of_branch=100)
        sick.later(minutes=11)

    assert await sick.halts() == []


async def test_one_invitation_at_a_time_probes_after_pauses_that_grow(sick: Sick) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    [halt] = await sick.halts()
    since, pauses = halt.since, []
    for probe in range(1, 9):
        assert halt.probe_at is not None
        pauses.append(halt.probe_at - sick.ground.clock.moment)
        sick.ground.clock.moment = halt.probe_at - timedelta(seconds=1)
        assert await sick.drain() == 0
        sick.later(seconds=1)
        assert await sick.drain() == 1
        [halt] = await sick.halts()
        assert (halt.probes, await sick.states()) == (probe, {"unknown": 5 + probe, "planned": 19 - probe})

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=5), timedelta(hours=4))
    assert halt.since == since  # told once, however long it lasts


@pytest.mark.parametrize("answer", [Sent(), Refused(OutcomeCode.RECIPIENT_REFUSED)])
async def test_an_answer_to_the_probe_lets_the_rest_go_by_itself(sick: Sick, answer: Outcome) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    sick.channel.weather = answer
    sick.later(minutes=5)
    await sick.drain()

    assert await sick.halts() == []
    assert await sick.states() == {"unknown": 5, "sent" if isinstance(answer, Sent) else "refused": 19}


@pytest.mark.parametrize("answer", [Retry(OutcomeCode.SMTP_BUSY), Retry(OutcomeCode.PLATFORM_UNREACHABLE)])
async def test_a_probe_that_did_not_get_through_opens_nothing_and_costs_nobody_else_a_try(sick: Sick, answer: Outcome) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    sick.channel.weather = answer
    sick.later(minutes=5)
    await sick.drain()

    assert [halt.probes for halt in await sick.halts()] == [1]
    async with sick.ground.maker() as session:
        tries = Counter(await session.scalars(select(Invitation.tries).where(Invitation.state == "planned")))
    assert tries == {0: 18, 1: 1}


async def test_a_token_that_the_probe_finds_refused_waits_for_a_person(sick: Sick) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    sick.channel.weather = Halt(OutcomeCode.TOKEN_REFUSED)
    sick.later(minutes=5)
    await sick.drain()
    sick.later(days=1)

    assert await sick.drain() == 0
    assert [(halt.reason, halt.probe_at) for halt in await sick.halts()] == [("token_refused", None)]


async def test_two_workers_send_one_probe(sick: Sick) -> None:
    await sick.due("utrecht", 24)
    await sick.drain()
    sick.later(minutes=5)
    ways = {"platform": sick.channel, "mail": sick.channel}
    workers = [Dispatcher(sick.ground.maker, ways, sick.ground.clock, LEASE) for _ in range(2)]
    found = [await worker.dispatch_due() for worker in workers]

    assert found == [1, 0]
    assert (await sick.states())["unknown"] == 6


async def test_what_may_not_leave_any_more_is_no_probe(sick: Sick) -> None:
    await sick.due("utrecht", 9)
    await sick.drain()
    async with sick.ground.maker.begin() as session:
        waiting = list(await session.scalars(select(Invitation.id).where(Invitation.state == "planned").order_by(Invitation.due_at)))
        long_ago = sick.ground.clock.moment - timedelta(days=1)
        await session.execute(update(Invitation).where(Invitation.id.in_(waiting[:3])).values(send_before=long_ago))
    sick.later(minutes=5)
    sick.channel.weather = Sent()
    await sick.drain()

    assert await sick.states() == {"unknown": 5, "expired": 3, "sent": 1}


async def test_nothing_expires_because_it_stood_still(sick: Sick) -> None:
    await sick.due("utrecht", 7)
    async with sick.ground.maker.begin() as session:
        await session.execute(update(Invitation).values(send_before=sick.ground.clock.moment + timedelta(minutes=4)))
    await sick.drain()
    sick.channel.weather = Sent()
    sick.later(minutes=6)
    await sick.drain()

    assert await sick.states() == {"unknown": 5, "sent": 2}


async def test_the_time_is_given_back_in_the_order_in_which_all_lock(sick: Sick) -> None:
    await sick.due("utrecht", 7)
    await sick.drain()
    [halt] = await sick.halts()
    now = sick.ground.clock.moment + timedelta(hours=1)
    async with sick.ground.maker.begin() as session:
        first, last = await session.scalars(select(Invitation.id).where(Invitation.state == "planned").order_by(Invitation.id))
        # The first one is met last, by whatever way they are read.
        await session.execute(update(Invitation).where(Invitation.id == last).values(due_at=Invitation.due_at - timedelta(minutes=1)))
        await session.execute(update(Invitation).where(Invitation.id == first).values(due_at=Invitation.due_at))

    async def reopen() -> None:
        async with sick.ground.maker.begin() as session:
            await fuse.reopen(session, halt.id, now=now)

    async with sick.ground.maker() as other, sick.ground.maker() as watcher:
        await other.execute(select(Invitation.id).where(Invitation.id == first).with_for_update())
        opening = asyncio.create_task(reopen())
        while not opening.done() and not await watcher.scalar(_WAITING):
            await watcher.rollback()
        await other.execute(select(Invitation.id).where(Invitation.id == last).with_for_update())
        await other.commit()
    await opening


async def test_a_house_that_stands_still_where_each_branch_does_too_is_probed_all_the_same(sick: Sick) -> None:
    for slug in ("utrecht", "groningen"):
        await sick.due(slug, 15)
    await sick.drain(of_house=10)
    assert len(await sick.halts()) == 3
    sick.channel.weather = Sent()
    sick.later(minutes=5)
    await sick.drain(of_house=10)

    assert await sick.halts() == []
    assert await sick.states() == {"unknown": 10, "sent": 20}


@pytest.mark.parametrize("code", [OutcomeCode.CERTIFICATE_INVALID, OutcomeCode.LOGIN_REFUSED])
async def test_a_mail_server_that_takes_nobody_stops_the_mail_of_all_and_is_tried_again_by_one(sick: Sick, code: OutcomeCode) -> None:
    await sick.due("utrecht", 3)
    async with sick.ground.maker.begin() as session:
        await session.execute(update(Invitation).values(channel="mail"))
    sick.channel.weather = Halt(code)
    await sick.drain()
    assert [(halt.channel, halt.branch_id, halt.reason) for halt in await sick.halts()] == [("mail", None, code)]
    sick.later(minutes=14)
    assert await sick.drain() == 0
    sick.channel.weather = Sent()
    sick.later(minutes=1)
    await sick.drain()

    assert (await sick.states(), await sick.halts()) == ({"sent": 3}, [])


@pytest.mark.parametrize(
    ("code", "listed"),
    [
        (OutcomeCode.BLOCK_LISTED, "zen.spamhaus.org"),
        (OutcomeCode.POLICY_REFUSED, None),
        (OutcomeCode.NOT_AUTHENTICATED, None),
        (OutcomeCode.SENDER_REFUSED, None),
    ],
)
async def test_five_that_turn_us_away_in_a_row_stop_the_mail_and_name_the_list(sick: Sick, code: OutcomeCode, listed: str | None) -> None:
    await sick.due("utrecht", 9)
    async with sick.ground.maker.begin() as session:
        await session.execute(update(Invitation).values(channel="mail"))
    sick.channel.weather = Retry(code, timedelta(days=1), listed)
    await sick.drain()

    assert [(halt.channel, halt.reason, halt.blocked_by, halt.probes) for halt in await sick.halts()] == [("mail", code, listed, 0)]
    assert len(sick.channel.handed_over) == 5
    sick.later(minutes=5)
    await sick.drain()
    assert (len(sick.channel.handed_over), [halt.probes for halt in await sick.halts()]) == (6, [1])

    sick.channel.weather = Sent()
    sick.later(minutes=10)
    await sick.drain()
    assert (await sick.halts(), (await sick.states())["sent"]) == ([], 3)


async def test_what_is_turned_away_for_its_own_address_in_a_row_stops_nothing(sick: Sick) -> None:
    await sick.due("utrecht", 9)
    sick.channel.weather = Refused(OutcomeCode.NO_SUCH_MAILBOX)
    await sick.drain()
    await sick.due("utrecht", 9, start=9)
    sick.channel.weather = Retry(OutcomeCode.SMTP_BUSY)
    await sick.drain()

    assert await sick.halts() == []


async def test_those_who_turn_us_away_between_answers_stop_nothing(sick: Sick) -> None:
    for start, weather in (
        (0, Retry(OutcomeCode.BLOCK_LISTED, timedelta(days=1))),
        (4, Sent()),
        (5, Retry(OutcomeCode.BLOCK_LISTED, timedelta(days=1))),
    ):
        sick.channel.weather = weather
        await sick.due("utrecht", 1 if isinstance(weather, Sent) else 4, start=start)
        await sick.drain()

    assert await sick.halts() == []


async def test_a_round_that_goes_on_hears_that_somebody_else_mended_the_channel(sick: Sick) -> None:
    await sick.due("utrecht", 1)
    ground = sick.ground
    watch = ChannelWatch(ground.maker, ground.clock, Fuse())
    async with ground.maker.begin() as session:
        [claimed] = await job_queue.claim_due(session, INVITATIONS, now=ground.clock.now(), lease=LEASE)
    await watch.came_to(claimed, "platform", Halt(OutcomeCode.TOKEN_REFUSED))
    async with ground.maker.begin() as session:
        await watch.look_again(session)
        assert watch.stands_still(claimed, "platform")
        await session.execute(delete(ChannelHalt))

    async with ground.maker.begin() as session:
        await watch.look_again(session)

    assert not watch.stands_still(claimed, "platform")
