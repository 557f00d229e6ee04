import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update

from reviews.branches.rules import Rules
from reviews.database import engine as database
from reviews.database import job_queue
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import Branch, ChannelHalt, Invitation, InvitationEvent, Person, Suppression
from reviews.handover.outcomes import Halt, Mark, Outcome, Retry, Unknown
from reviews.invitations.sending import send_mark
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.invitations.sending.send_mark import MarkRequest
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.invitations.sending.test_dispatch import LEASE, Ground, ground

__all__ = ["ground"]


def many(count: int, first: int = 0, *, branch: str = "utrecht") -> list[dict[str, Any]]:
    """Return what a program tells of jobs, each of a person of its own."""
    return [
        raw(
            f"{branch}{n}", branch=branch, number=f"{branch}-{n}", occurred_at="2026-11-10T10:00:00+01:00",
            customer={**cast.JAN, "email": f"{branch}{n}@example.com"},
        )
        for n in range(first, first + count)
    ]  # fmt: skip


def dispatcher(ground: Ground, channel: RecordingChannel | None = None, **options: Any) -> Dispatcher:
    channels = {"platform": channel or ground.channel, "mail": channel or ground.channel}
    return Dispatcher(ground.maker, channels, ground.clock, LEASE, **options)


async def drain(worker: Dispatcher) -> None:
    while await worker.dispatch_due():
        pass


async def states(ground: Ground) -> dict[str, int]:
    async with ground.maker() as session:
        rows = (await session.execute(select(Invitation.state, func.count()).group_by(Invitation.state))).all()
    return {row[0]: row[1] for row in rows}


async def test_ten_tries_are_made_over_75_hours_and_then_it_is_given_up_for_all_to_see(ground: Ground) -> None:
    channel = RecordingChannel(*[Retry(OutcomeCode.SMTP_BUSY)] * 20)
    started, pauses = ground.clock.moment, list[timedelta]()
    while (row := await ground.row()).state == "planned":
        if row.tries:
            pauses.append(row.due_at - ground.clock.moment)
            ground.clock.moment = row.due_at
        await dispatcher(ground, channel).dispatch_due()

    assert (row.state, row.reason, len(channel.handed_over)) == ("dead", "smtp_busy", 10)
    assert timedelta(hours=75, minutes=35, seconds=5) <= ground.clock.moment - started <= timedelta(hours=83.2)
    assert [planned <= taken <= planned * 1.1 for planned, taken in zip(job_queue.PAUSES, pauses, strict=True)] == [True] * 9
    assert len({(parcel.message_id, parcel.message_at) for parcel in channel.handed_over}) == 1


async def test_a_message_id_is_ours_and_names_nobody(ground: Ground) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{20}", (await ground.row()).message_id)


async def test_what_other_sides_ask_for_is_waited_for(ground: Ground) -> None:
    await dispatcher(ground, RecordingChannel(Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(hours=2)))).dispatch_due()

    assert (await ground.row()).due_at == ground.clock.moment + timedelta(hours=2)


async def test_after_ten_days_of_standstill_nothing_stale_is_sent(ground: Ground) -> None:
    await ground.told(*many(20))
    async with ground.maker.begin() as session:
        await session.execute(update(Invitation).values(send_before=Invitation.due_at + timedelta(days=7)))
    ground.clock.moment += timedelta(days=10)
    await drain(dispatcher(ground))

    assert (await states(ground), ground.channel.handed_over) == ({"expired": 21}, [])


class Poisoned(RecordingChannel):
    """Cannot write to one person."""

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        if parcel.email == "utrecht7@example.com":
            raise ZeroDivisionError
        return await super().send(parcel, mark=mark)


async def test_one_that_always_breaks_off_holds_up_nobody_and_ends_dead(ground: Ground) -> None:
    await ground.told(*many(299))
    channel = Poisoned()
    await drain(dispatcher(ground, channel))
    assert await states(ground) == {"sent": 299, "planned": 1}

    for pause in job_queue.PAUSES:
        ground.clock.moment += pause * 1.2
        await drain(dispatcher(ground, channel))

    assert await states(ground) == {"sent": 299, "dead": 1}


async def test_what_breaks_off_after_the_mark_is_unknown(ground: Ground) -> None:
    class Breaking(RecordingChannel):
        async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
            await super().send(parcel, mark=mark)
            raise ZeroDivisionError

    await dispatcher(ground, Breaking()).dispatch_due()

    row = await ground.row()
    assert (row.state, row.reason) == ("unknown", "broke_off")


async def test_a_branch_with_many_due_does_not_starve_one_with_few(ground: Ground) -> None:
    await ground.told(*many(60))
    await ground.told(*many(10, branch="groningen"), slug="groningen")
    await dispatcher(ground, batch=20).dispatch_due()

    names = [parcel.branch.slug for parcel in ground.channel.handed_over]
    assert names[:28].count("groningen") == 10
    assert set(names[:4]) == {"groningen", "utrecht"}


def most_in_any_hour(moments: Sequence[datetime]) -> int:
    return max(sum(start - timedelta(hours=1) < moment <= start for moment in moments) for start in moments)


async def test_a_limit_per_hour_holds_over_two_workers_and_restarts(ground: Ground) -> None:
    await ground.told(*many(249))
    moments: list[datetime] = []
    for minutes in (0, 13, 26, 39, 52, 59, 61, 74, 90, 119, 121, 135):
        ground.clock.moment = datetime.fromisoformat("2026-11-24T13:30:00Z") + timedelta(minutes=minutes)
        workers = [dispatcher(ground, per_hour={"platform": 100}, batch=15) for _ in range(2)]
        await asyncio.gather(*(worker.dispatch_due() for worker in workers))
        moments += [ground.clock.moment] * (len(ground.channel.handed_over) - len(moments))

    assert most_in_any_hour(moments) == 100
    assert len(moments) == 250


async def test_what_a_worker_holds_counts_as_if_it_had_left(ground: Ground) -> None:
    await ground.told(*many(20))
    async with ground.maker() as session:
        await session.execute(
            update(Invitation).where(Invitation.state == "planned").values(state="claimed", lease_until=ground.clock.moment + LEASE)
        )
        await session.commit()
    await ground.told(*many(20, 20))
    await drain(dispatcher(ground, per_hour={"platform": 25}))

    assert len(ground.channel.handed_over) == 4


async def test_a_branch_limits_itself_and_no_other(ground: Ground) -> None:
    await ground.told(*many(19))
    await ground.told(*many(20, branch="groningen"), slug="groningen")
    async with ground.maker.begin() as session:
        branch = (await session.scalars(select(Branch).where(Branch.slug == "utrecht"))).one()
        branch.rules = {**branch.rules, "most_per_hour": 5}
    await drain(dispatcher(ground))

    names = [parcel.branch.slug for parcel in ground.channel.handed_over]
    assert (names.count("utrecht"), names.count("groningen")) == (5, 20)


async def test_a_restricted_person_is_left_alone_until_the_last_moment(ground: Ground) -> None:
    async def restrict() -> None:
        async with ground.maker.begin() as session:
            await session.execute(update(Person).values(restricted_at=ground.clock.moment))

    await dispatcher(ground, RecordingChannel(before_mark=restrict)).dispatch_due()
    assert (ground.channel.handed_over, (await ground.row()).state) == ([], "planned")

    ground.clock.moment += timedelta(minutes=2)
    await dispatcher(ground).dispatch_due()
    row = await ground.row()
    assert (row.state, row.reason, ground.channel.handed_over) == ("skipped", "restricted", [])


async def test_a_refused_token_is_shown_to_the_platform_once_and_stops_that_branch_only(ground: Ground) -> None:
    await ground.told(*many(19))
    await ground.told(*many(5, branch="groningen"), slug="groningen")

    class Refusing(RecordingChannel):
        async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
            outcome = await super().send(parcel, mark=mark)
            return Halt(OutcomeCode.TOKEN_REFUSED) if parcel.branch.slug == "utrecht" else outcome

    channel = Refusing()
    await drain(dispatcher(ground, channel, at_once=1))

    names = [parcel.branch.slug for parcel in channel.handed_over]
    assert (names.count("utrecht"), names.count("groningen")) == (1, 5)
    assert await states(ground) == {"planned": 20, "sent": 5}
    async with ground.maker() as session:
        halted = list(await session.scalars(select(Branch.slug).join(ChannelHalt, ChannelHalt.branch_id == Branch.id)))
    assert halted == ["utrecht"]


async def test_an_orderly_stop_finishes_what_is_begun_and_leaves_the_rest(ground: Ground) -> None:
    await ground.told(*many(49))
    worker: Dispatcher

    class Stopping(RecordingChannel):
        async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
            worker.stop()
            return await super().send(parcel, mark=mark)

    worker = dispatcher(ground, Stopping(), at_once=4)
    await worker.dispatch_due()

    assert await states(ground) == {"sent": 4, "planned": 46}


async def test_row_and_history_tell_the_same(ground: Ground) -> None:
    for outcome in (Retry(OutcomeCode.SMTP_BUSY), Halt(OutcomeCode.CERTIFICATE_INVALID), Unknown(OutcomeCode.REPLY_LOST)):
        await dispatcher(ground, RecordingChannel(outcome)).dispatch_due()
        row = await ground.row()
        async with ground.maker() as session:
            last = (await session.scalars(select(InvitationEvent).order_by(InvitationEvent.id.desc()).limit(1))).one()
        assert (row.state, row.reason) == (last.state, last.reason)
        assert last.due_at in (row.due_at, None)
        async with ground.maker.begin() as session:
            await session.execute(delete(ChannelHalt))
        ground.clock.moment = row.due_at


async def test_a_no_that_only_stands_on_the_list_stops_the_mail_at_its_mark(ground: Ground) -> None:
    async def listed() -> None:
        async with ground.maker.begin() as session:
            key = ground.key_ring.address_key("jan@example.com")
            session.add(Suppression(address_key=key, reason="opt_out", origin="list", at=ground.clock.moment))

    await dispatcher(ground, RecordingChannel(before_mark=listed)).dispatch_due()

    assert (ground.channel.handed_over, (await ground.row()).state) == ([], "planned")


@pytest.mark.parametrize("moment", ["before the check", "just before the mark"])
@pytest.mark.parametrize(("over", "sent"), [(timedelta(), 1), (timedelta(microseconds=-1), 0)])
async def test_the_cap_is_over_at_its_very_moment(ground: Ground, moment: str, over: timedelta, sent: int) -> None:
    await ground.told(raw("g1", branch="groningen", number="G1", occurred_at="2026-11-10T11:00:00+01:00"), slug="groningen")
    elsewhere = select(Branch.id).where(Branch.slug == "groningen").scalar_subquery()

    async def invited_elsewhere() -> None:
        async with ground.maker.begin() as session:
            marked = ground.clock.moment - timedelta(days=Rules().cap_days) - over
            await session.execute(update(Invitation).where(Invitation.branch_id == elsewhere).values(state="sent", marked_at=marked))

    async with ground.maker.begin() as session:
        later = ground.clock.moment + timedelta(days=1)
        await session.execute(update(Invitation).where(Invitation.branch_id == elsewhere).values(due_at=later))
    if moment == "before the check":
        await invited_elsewhere()
    await dispatcher(ground, channel := RecordingChannel(before_mark=None if moment == "before the check" else invited_elsewhere)).dispatch_due()

    assert (len(channel.handed_over), channel.refused_marks) == (sent, 0 if sent or moment == "before the check" else 1)


async def test_people_are_locked_in_the_order_of_their_address_keys_however_they_came(ground: Ground) -> None:
    """Who waits for the first holds no other: so two workers, or a worker and a trigger, never wait for each other."""
    keys = {email: ground.key_ring.address_key(email) for email in ("one@example.com", "two@example.com")}
    first, second = sorted(keys, key=lambda email: keys[email])
    for email in (second, first):
        await ground.told(raw(email, number=email, occurred_at="2026-11-10T10:00:00+01:00", customer={**cast.JAN, "email": email}))
    now = ground.clock.moment
    async with ground.maker.begin() as session:
        claimed = {one.key[1]: one for one in await job_queue.claim_due(session, INVITATIONS, now=now, lease=LEASE)}
        people = {person.email: person.id for person in await session.scalars(select(Person))}
        rows = {row.person_id: row.id for row in await session.scalars(select(Invitation))}
    asked = [MarkRequest(claimed[rows[people[email]]], people[email], now, now + LEASE) for email in (second, first)]
    async with ground.maker() as other, ground.maker() as working, ground.maker() as third:
        await other.execute(select(Person.id).where(Person.id == people[first]).with_for_update())
        worker = asyncio.create_task(send_mark.write(await database.autocommitting(working), asked, now=now))
        await _until_somebody_waits(ground, worker)
        free = await third.scalar(select(Person.email).where(Person.id == people[second]).with_for_update(skip_locked=True))
        await third.rollback()
        await other.rollback()
        assert await worker == [True, True]

    assert free == second


async def _until_somebody_waits(ground: Ground, worker: asyncio.Task[Any]) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    async with ground.maker() as watcher:
        while not worker.done() and not await watcher.scalar(waiting):
            await watcher.rollback()


async def test_a_mark_waits_for_what_another_worker_is_doing_with_the_same_person(ground: Ground) -> None:
    await ground.told(raw("g1", branch="groningen", number="G1", occurred_at="2026-11-10T11:00:00+01:00"), slug="groningen")
    async with ground.maker() as other:
        await other.execute(select(Person.id).with_for_update())
        elsewhere = update(Invitation).where(Invitation.branch_id.in_(select(Branch.id).where(Branch.slug == "groningen")))
        await other.execute(elsewhere.values(state="sent", marked_at=ground.clock.moment))
        worker = asyncio.create_task(dispatcher(ground).dispatch_due())
        await _until_somebody_waits(ground, worker)
        await other.commit()
    await worker

    assert await states(ground) == {"sent": 1, "planned": 1}
    assert ground.channel.handed_over == []
