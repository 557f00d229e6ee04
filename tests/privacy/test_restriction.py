"""Beperking: while it lasts nothing is mailed, and nothing is lost by it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import audit
from reviews.database.tables import AuditEntry, Branch, Invitation, Person, Suppression
from reviews.errors import NotFoundError
from reviews.keys import KeyRing
from reviews.privacy import restriction, suppression
from reviews.reasons import SkipReason
from tests import cast
from tests.invitations.event_intake import HORIZON, Intake, invitation_of
from tests.invitations.telling import told


@pytest.fixture
async def intake(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Intake:
    return await Intake.of(session, key_ring, now)


@pytest.fixture
def jan(key_ring: KeyRing) -> bytes:
    return key_ring.address_key(cast.JAN["email"])


async def of_jan(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> Invitation:
    await intake.tell(utrecht, [told("a", now)], now)
    return await invitation_of(session, "W2026-0117")


async def test_a_restriction_leaves_out_what_waits_and_what_comes(
    session: AsyncSession, utrecht: Branch, intake: Intake, jan: bytes, now: datetime
) -> None:
    waiting = await of_jan(session, utrecht, intake, now)

    assert await restriction.restrict(session, jan, record=audit.append, actor="cli", now=now) == 1
    await session.refresh(waiting)
    await intake.tell(utrecht, [told("b", now, number="W2")], now)
    later = await invitation_of(session, "W2")
    assert [(row.state, row.reason) for row in (waiting, later)] == [("skipped", "restricted")] * 2


async def test_lifting_it_plans_again_with_the_moment_of_the_job(
    session: AsyncSession, utrecht: Branch, intake: Intake, jan: bytes, now: datetime
) -> None:
    row = await of_jan(session, utrecht, intake, now)
    await restriction.restrict(session, jan, record=audit.append, actor="cli", now=now)
    later = now + timedelta(days=3)

    assert await restriction.lift(session, jan, record=audit.append, horizon=HORIZON, actor="cli", now=later) == 1
    await session.refresh(row)
    assert (row.state, row.reason, row.due_at) == ("planned", None, now + timedelta(days=10))


async def test_an_opt_out_during_the_restriction_outlasts_it(
    session: AsyncSession, utrecht: Branch, intake: Intake, jan: bytes, now: datetime
) -> None:
    row = await of_jan(session, utrecht, intake, now)
    await restriction.restrict(session, jan, record=audit.append, actor="cli", now=now)
    await suppression.suppress(session, jan, reason="opt_out", origin="link", now=now)
    await restriction.lift(session, jan, record=audit.append, horizon=HORIZON, actor="cli", now=now)
    await session.refresh(row)

    assert (row.state, row.reason) == ("skipped", "suppressed")


async def test_twice_is_once_and_both_stand_in_the_record(session: AsyncSession, utrecht: Branch, intake: Intake, jan: bytes, now: datetime) -> None:
    await of_jan(session, utrecht, intake, now)
    for _ in range(2):
        await restriction.restrict(session, jan, record=audit.append, actor="cli", now=now)
    for _ in range(2):
        await restriction.lift(session, jan, record=audit.append, horizon=HORIZON, actor="cli", now=now)

    recorded = (await session.scalars(select(AuditEntry).order_by(AuditEntry.position))).all()
    assert [one.action for one in recorded] == ["person_restricted", "restriction_lifted"]
    assert "jan" not in str([one.evidence for one in recorded])
    assert await audit.verify(session) == []


async def test_nobody_is_restricted_by_mistake(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    with pytest.raises(NotFoundError):
        await restriction.restrict(session, key_ring.address_key("niemand@example.com"), record=audit.append, actor="cli", now=now)


@pytest.mark.parametrize("told_by_server", ["hard_bounce", "soft_bounces"])
async def test_an_address_that_bounced_is_told_as_such_until_the_person_speaks(
    session: AsyncSession, utrecht: Branch, intake: Intake, jan: bytes, now: datetime, told_by_server: str
) -> None:
    row = await of_jan(session, utrecht, intake, now)
    await suppression.suppress(session, jan, reason=told_by_server, origin="bounce", now=now)
    await session.refresh(row)
    await intake.tell(utrecht, [told("b", now, number="W2")], now)
    later = await invitation_of(session, "W2")
    assert (row.reason, later.reason) == (SkipReason.UNDELIVERABLE, SkipReason.UNDELIVERABLE)

    await suppression.suppress(session, jan, reason="opt_out", origin="link", now=now)
    await suppression.suppress(session, jan, reason=told_by_server, origin="bounce", now=now)
    kept = (await session.scalars(select(Suppression))).one()
    assert (kept.reason, kept.origin) == ("opt_out", "link")
    assert (await session.scalars(select(Person.restricted_at))).one() is None
