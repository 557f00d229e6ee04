"""The simulator tells what the rules do, and writes nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import config
from reviews.branches.rules import Rules
from reviews.database.tables import Branch, Invitation, InvitationEvent, Person
from reviews.errors import InvalidError
from reviews.invitations.planning.simulate import Simulation, SimulationFigures, simulate
from reviews.keys import KeyRing
from reviews.local import LOCAL
from reviews.privacy import suppression
from tests import cast
from tests.invitations.event_intake import Intake, invitation_of
from tests.invitations.telling import told

AGE = timedelta(days=180)


@pytest.fixture
async def intake(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Intake:
    return await Intake.of(session, key_ring, now)


def customer(name: str) -> dict[str, Any]:
    return {**cast.JAN, "email": f"{name}@example.com"}


async def played(
    session: AsyncSession, now: datetime, *shown: Branch, changed: Mapping[UUID, Rules] | None = None, since: datetime | None = None
) -> Simulation:
    return await simulate(
        session, changed or {}, shown={branch.id for branch in shown}, since=since or now - timedelta(days=90), now=now, job_max_age=AGE
    )


async def test_it_plans_each_job_on_the_day_on_which_it_would_leave(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    done = now - timedelta(days=30)
    await intake.tell(utrecht, [told("a", done)], now)
    later = config.tried(utrecht, {"delay_days": {"repair": "2w"}})

    found = await played(session, now, utrecht, changed={utrecht.id: later})

    assert found.jobs == 1
    assert found.now.days == {(done + timedelta(days=10)).astimezone(LOCAL).date(): SimulationFigures(planned=1, skipped={})}
    assert found.changed is not None
    assert found.changed.days == {(done + timedelta(days=14)).astimezone(LOCAL).date(): SimulationFigures(planned=1, skipped={})}
    assert found.changed.branches == {"utrecht": SimulationFigures(planned=1, skipped={})}


async def test_what_was_known_only_after_it_would_have_left_changes_nothing(
    session: AsyncSession, utrecht: Branch, intake: Intake, key_ring: KeyRing, now: datetime
) -> None:
    """A credit note and an opt-out 12 days after completion: the mail of day 10 has left, that of day 14 has not."""
    done = now - timedelta(days=30)
    await intake.tell(utrecht, [told("a", done, number="W1", customer=customer("a"))], done)
    await intake.tell(utrecht, [told("b", done, number="W2", customer=customer("b"))], done)
    await intake.tell(utrecht, [told("c", done + timedelta(days=12), number="W1", type="job.credited", customer=customer("a"))], now)
    await suppression.suppress(session, key_ring.address_key("b@example.com"), reason="opt_out", origin="link", now=done + timedelta(days=12))
    later = config.tried(utrecht, {"delay_days": {"repair": 14}})

    found = await played(session, now, utrecht, changed={utrecht.id: later})

    assert found.now.all == SimulationFigures(planned=2, skipped={})
    assert found.changed is not None
    assert found.changed.all == SimulationFigures(planned=0, skipped={"job_cancelled": 1, "suppressed": 1})


async def test_the_cap_counts_over_all_branches_in_the_order_of_sending(
    session: AsyncSession, utrecht: Branch, groningen: Branch, intake: Intake, now: datetime
) -> None:
    """Groningen's job is finished later, but its mail would leave first under a shorter delay; then Utrecht's falls under the cap."""
    done = now - timedelta(days=40)
    await intake.tell(utrecht, [told("a", done, number="W1")], now)
    await intake.tell(groningen, [told("b", done + timedelta(days=2), number="G1", branch="groningen")], now)
    sooner = config.tried(groningen, {"delay_days": {"repair": "1d"}})

    found = await played(session, now, utrecht, groningen, changed={groningen.id: sooner})

    one, none = SimulationFigures(planned=1, skipped={}), SimulationFigures(planned=0, skipped={"invited_recently": 1})
    assert found.now.branches == {"utrecht": one, "groningen": none}
    assert found.changed is not None
    assert found.changed.branches == {"utrecht": none, "groningen": one}


async def test_who_sees_one_branch_sees_the_figures_of_that_one_only(
    session: AsyncSession, utrecht: Branch, groningen: Branch, intake: Intake, now: datetime
) -> None:
    done = now - timedelta(days=40)
    await intake.tell(utrecht, [told("a", done, number="W1")], now)
    await intake.tell(groningen, [told("b", done + timedelta(days=2), number="G1", branch="groningen")], now)

    found = await played(session, now, groningen)

    assert (found.jobs, found.now.branches, found.changed) == (1, {"groningen": SimulationFigures(planned=0, skipped={"invited_recently": 1})}, None)


async def test_an_invitation_from_before_the_period_counts_for_the_cap(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    long_ago, done = now - timedelta(days=100), now - timedelta(days=60)
    await intake.tell(utrecht, [told("a", long_ago, number="W1")], long_ago)
    row = await invitation_of(session, "W1")
    row.state, row.marked_at, row.sent_at = "sent", long_ago, long_ago
    await intake.tell(utrecht, [told("b", done, number="W2")], done)

    assert (await played(session, now, utrecht)).now.all == SimulationFigures(planned=0, skipped={"invited_recently": 1})


async def test_the_sums_close_for_each_set_of_rules(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    for number in range(12):
        done = now - timedelta(days=80 - 5 * number)
        email = {} if number % 4 == 1 else {"email": f"klant{number % 3}@example.com"}
        who = {"name": "J. de Vries", **email}
        await intake.tell(utrecht, [told(f"e{number}", done, number=f"W{number}", customer=who, basis=None if number % 5 == 2 else "customer")], done)
    other = config.tried(utrecht, {"cap_days": 14, "sending_hours": ["09:00", "11:00"], "working_days_only": True})

    found = await played(session, now, utrecht, changed={utrecht.id: other})

    assert found.changed is not None
    for outcome in (found.now, found.changed):
        assert outcome.all.planned + outcome.all.left_out == found.jobs == 12
        assert sum(day.planned + day.left_out for day in outcome.days.values()) == 12
        assert {"no_address", "no_basis"} <= outcome.all.skipped.keys()
    assert found.now.all.planned < found.changed.all.planned


async def test_today_s_rules_tell_what_they_really_did(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    """The plan that stands in the database is the one that the simulator finds: one policy, not two."""
    for number, kind in enumerate(("repair", "purchase", "repair")):
        done = now - timedelta(days=5 + number)
        await intake.tell(utrecht, [told(f"e{number}", done, number=f"W{number}", kind=kind, customer=customer(str(number)))], done)
    await intake.tell(utrecht, [told("case", now - timedelta(days=1), number="W1", type="case.opened", customer=customer("1"))], now)

    found = await played(session, now, utrecht)

    due = (await session.scalars(select(Invitation.due_at))).all()
    planned = {day: figures.planned for day, figures in found.now.days.items()}
    assert planned == dict.fromkeys({one.astimezone(LOCAL).date() for one in due}, 1)


async def test_it_needs_no_right_to_write(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    await intake.tell(utrecht, [told("a", now - timedelta(days=30))], now)
    before = await counts(session)
    for statement in ("CREATE ROLE only_reads", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads", "SET LOCAL ROLE only_reads"):
        await session.execute(text(statement))

    found = await played(session, now, utrecht, changed={utrecht.id: Rules(cap_days=1)})

    assert found.jobs == 1
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with session.begin_nested():
            await session.execute(text("UPDATE branches SET rules_version = 9"))
    await session.execute(text("RESET ROLE"))
    assert await counts(session) == before


async def test_afterwards_the_same_transaction_may_write_again(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await played(session, now, utrecht)

    assert await session.scalar(text("SHOW transaction_read_only")) == "off"


async def counts(session: AsyncSession) -> list[int | None]:
    return [await session.scalar(select(func.count()).select_from(table)) for table in (Invitation, InvitationEvent, Person, Branch)]


def test_the_rules_to_try_are_read_as_strictly_as_those_of_a_branch() -> None:
    branch = Branch(rules=msgspec.to_builtins(Rules()))

    assert config.tried(branch, {"delay_days": {"repair": "30m"}}).delay_days == {"purchase": 10.0, "repair": 30 / 1440}
    with pytest.raises(InvalidError) as problem:
        config.tried(branch, {"cap_days": -1, "expected_score": 9})
    assert {error.field for error in problem.value.errors} == {"cap_days", "expected_score"}
