"""The ledger: every job stands in one group, and the sums close on the last one."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Invitation
from reviews.invitations.oversight import ledger
from reviews.keys import KeyRing
from tests.invitations import books
from tests.invitations.books import Books


@pytest.fixture
async def filled(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Books:
    return await books.filled(maker, key_ring, now)


async def sums(filled: Books, *slugs: str, days: int = 1) -> ledger.Sums:
    since = filled.clock.moment - timedelta(days=days)
    async with filled.maker() as session:
        ids = list(await session.scalars(select(Branch.id).where(Branch.slug.in_(slugs))))
        return await ledger.sums(session, ids, since, filled.clock.moment + timedelta(seconds=1))


async def test_every_job_stands_in_one_group_and_the_sums_close(filled: Books) -> None:
    found = await sums(filled, "utrecht")

    assert {group: found.of(group) for group in ledger.GROUPS} == {
        "invited": 2,
        "waiting": 4,
        "skipped": 4,
        "failed": 1,
        "unknown": 1,
        "missing": 0,
    }
    assert (found.jobs, found.closes) == (12, True)


async def test_each_reason_has_its_own_line(filled: Books) -> None:
    found = await sums(filled, "utrecht")

    assert {(line.group, line.state, line.reason): line.jobs for line in found.lines if line.group in {"skipped", "failed"}} == {
        ("skipped", "cancelled", "by_hand"): 1,
        ("skipped", "cancelled", "job_cancelled"): 1,
        ("skipped", "cancelled", "not_sent"): 1,
        ("skipped", "skipped", "no_basis"): 1,
        ("failed", "refused", "recipient_refused"): 1,
    }


async def test_a_job_that_is_open_again_waits(filled: Books) -> None:
    found = await sums(filled, "utrecht")

    assert [line.jobs for line in found.lines if (line.group, line.reason) == ("waiting", "job_open")] == [1]


async def test_a_job_without_invitation_keeps_the_sums_from_closing(filled: Books) -> None:
    async with filled.maker.begin() as session:
        row = await filled.invitation(session, "planned")
        await session.execute(delete(Invitation).where(Invitation.id == row.id))

    found = await sums(filled, "utrecht")

    assert (found.jobs, found.of("missing"), found.closes) == (12, 1, False)
    since, until = ledger.period(date(2026, 11, 24), date(2026, 11, 24))
    async with filled.maker() as session:
        rows = [row async for row in ledger.rows(session, [row.branch_id], since, until)]
    assert [(one.state, one.due_at) for one in rows if one.group == "missing"] == [("missing", None)]
    assert len(rows) == 12


async def test_branches_and_days_are_counted_apart(filled: Books) -> None:
    assert (await sums(filled, "groningen")).jobs == 1
    assert (await sums(filled, "utrecht", "groningen")).jobs == 13
    assert (await sums(filled, "utrecht", days=0)).jobs == 12
    async with filled.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        earlier = await ledger.sums(session, ids, filled.clock.moment - timedelta(days=9), filled.clock.moment)
    assert (earlier.jobs, earlier.lines, earlier.closes) == (0, (), True)


async def test_the_rows_are_the_jobs_and_tell_what_the_sums_count(filled: Books) -> None:
    async with filled.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        since, until = ledger.period(date(2026, 11, 24), date(2026, 11, 24))
        rows = [row async for row in ledger.rows(session, ids, since, until)]
    counted = await sums(filled, "utrecht", "groningen")

    assert Counter(row.group for row in rows) == Counter({group: counted.of(group) for group in ledger.GROUPS if counted.of(group)})
    assert {row.number: (row.state, row.actor) for row in rows if row.number in {"held", "no-basis", "refused"}} == {
        "held": ("held", "user:noor"),
        "no-basis": ("skipped", "policy"),
        "refused": ("refused", "worker"),
    }


def test_a_period_is_made_of_local_days() -> None:
    since, until = ledger.period(date(2026, 10, 25), date(2026, 10, 25))

    assert until - since == timedelta(hours=25)


@given(
    st.sampled_from(["sent", "reviewed", "planned", "claimed", "held", "cancelled", "expired", "refused", "unknown", "skipped", "dead"]), st.text()
)
def test_every_state_has_a_group_whatever_the_reason(state: str, reason: str) -> None:
    assert ledger.group_of(state, reason) in ledger.GROUPS
