"""Other rules plan anew what waits, and only that."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches import config
from reviews.database.tables import AuditEntry, Branch, Invitation, InvitationEvent, RuleVersion
from reviews.invitations.planning import replanning
from reviews.keys import KeyRing
from tests import cast
from tests.invitations.channels import PausedClock
from tests.invitations.event_intake import HORIZON, Intake, invitation_of
from tests.invitations.telling import told

LEAST = {"slug": "utrecht", "trade_names": ["Ambiance Utrecht"], "kvk": "90001234", "sending_hours": ["00:00", "24:00"], "working_days_only": False}


@dataclass
class Desk:
    """Utrecht, its program, and a worker that plans anew."""

    maker: async_sessionmaker[AsyncSession]
    key_ring: KeyRing
    clock: PausedClock

    async def set(self, **pairs: str) -> None:
        """Change rules as an administrator does."""
        async with self.maker.begin() as session:
            await config.change(session, "utrecht", pairs, key_ring=self.key_ring, now=self.clock.now())

    async def tell(self, *numbers: str) -> None:
        """Finish a repair of a customer of its own for each number."""
        async with self.maker.begin() as session:
            intake = await Intake.of(session, self.key_ring, self.clock.now())
            branch = (await session.scalars(select(Branch))).one()
            for number in numbers:
                customer = {**cast.JAN, "email": f"klant.{number}@example.com"}
                await intake.tell(branch, [told(number, self.clock.now(), number=number, customer=customer)], self.clock.now())

    async def change(self, number: str, **values: object) -> None:
        """Let something happen to an invitation."""
        async with self.maker.begin() as session:
            row = await invitation_of(session, number)
            for name, value in values.items():
                setattr(row, name, value)

    async def row(self, number: str) -> Invitation:
        """Return the invitation of a job."""
        async with self.maker() as session:
            return await invitation_of(session, number)

    async def past(self, number: str) -> list[tuple[str, str | None, datetime | None, str]]:
        """Return the history of an invitation."""
        row = await self.row(number)
        async with self.maker() as session:
            events = await session.scalars(select(InvitationEvent).where(InvitationEvent.invitation_id == row.id).order_by(InvitationEvent.id))
            return [(one.state, one.reason, one.due_at, one.actor) for one in events]

    async def catch_up(self, *, chunk: int = 500) -> int:
        """Plan anew until nothing waits for it; return how many steps that took."""
        steps = 0
        while await replanning.catch_up(self.maker, self.clock, HORIZON, chunk=chunk):
            steps += 1
        return steps


@pytest.fixture
async def desk(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Desk:
    async with maker.begin() as session:
        await config.add(session, config.read(LEAST), key_ring=key_ring, now=now)
    return Desk(maker, key_ring, PausedClock(now))


async def test_a_shorter_delay_moves_what_waits_and_says_so(desk: Desk, now: datetime) -> None:
    await desk.tell("W1")
    await desk.set(**{"delay_days.repair": "30m"})
    before = await desk.row("W1")
    await desk.catch_up()

    row = await desk.row("W1")
    assert (before.due_at, before.rules_version) == (now + timedelta(days=10), 1)
    assert (row.state, row.reason, row.due_at, row.rules_version) == ("planned", "rules_changed", now + timedelta(minutes=30), 2)
    assert (await desk.past("W1"))[-1] == ("planned", "rules_changed", row.due_at, "policy")
    assert row.evidence["steps"][1]["days"] == pytest.approx(30 / 1440)


async def test_what_stays_where_it_was_gets_the_new_version_and_no_line(desk: Desk) -> None:
    await desk.tell("W1")
    await desk.set(cap_days="60")
    await desk.catch_up()

    assert (await desk.row("W1")).rules_version == 2
    assert len(await desk.past("W1")) == 1


async def test_what_a_person_holds_stays_held(desk: Desk, now: datetime) -> None:
    await desk.tell("W1")
    await desk.change("W1", state="held")
    await desk.set(**{"delay_days.repair": "2w"})
    await desk.catch_up()

    row = await desk.row("W1")
    assert (row.state, row.due_at) == ("held", now + timedelta(days=14))


@pytest.mark.parametrize("state", ["sent", "unknown", "cancelled", "refused", "expired"])
async def test_what_has_left_or_ended_is_left_alone(desk: Desk, now: datetime, state: str) -> None:
    await desk.tell("W1")
    await desk.change("W1", state=state, marked_at=now)
    await desk.set(**{"delay_days.repair": "2w"})
    await desk.catch_up()

    row = await desk.row("W1")
    assert (row.state, row.due_at, row.rules_version) == (state, now + timedelta(days=10), 1)


async def test_what_was_tried_before_keeps_the_moment_of_its_next_try(desk: Desk, now: datetime) -> None:
    await desk.tell("W1")
    await desk.change("W1", tries=1, due_at=now + timedelta(hours=7))
    await desk.set(**{"delay_days.repair": "2w"})
    await desk.catch_up()

    assert (await desk.row("W1")).due_at == now + timedelta(hours=7)


async def test_a_branch_that_is_switched_off_leaves_out_and_takes_back_in(desk: Desk, now: datetime) -> None:
    await desk.tell("W1")
    await desk.set(active="false")
    await desk.catch_up()
    off = await desk.row("W1")
    await desk.tell("W2")
    await desk.set(active="true")
    await desk.catch_up()

    assert (off.state, off.reason) == ("skipped", "branch_off")
    for number in ("W1", "W2"):
        row = await desk.row(number)
        assert (row.state, row.due_at, row.rules_version) == ("planned", now + timedelta(days=10), 3)


async def test_many_are_planned_anew_in_steps_and_a_stop_between_loses_nothing(desk: Desk, now: datetime) -> None:
    numbers = [f"W{number}" for number in range(7)]
    await desk.tell(*numbers)
    await desk.set(**{"delay_days.repair": "1d"})
    await replanning.catch_up(desk.maker, desk.clock, HORIZON, chunk=3)
    async with desk.maker() as session:
        moved = await session.scalar(select(func.count()).select_from(Invitation).where(Invitation.rules_version == 2))

    assert moved == 3
    assert await desk.catch_up(chunk=3) == 2
    assert {(await desk.row(number)).due_at for number in numbers} == {now + timedelta(days=1)}


async def test_each_version_of_the_rules_is_kept(desk: Desk, now: datetime) -> None:
    await desk.set(cap_days="60")
    await desk.set(cap_days="60")
    await desk.set(active="false")

    async with desk.maker() as session:
        versions = (await session.scalars(select(RuleVersion).order_by(RuleVersion.version))).all()
        recorded = (await session.scalars(select(AuditEntry).order_by(AuditEntry.position))).all()
    assert [(one.version, one.rules["cap_days"], one.since) for one in versions] == [(1, 90, now), (2, 60, now), (3, 60, now)]
    assert [one.replanned_at for one in versions] == [now, now, None]
    assert [one.evidence["changed"] for one in recorded[1:]] == [["cap_days"], ["active"]]
