"""Whoever changes the ledger behind our back is found: the row by the rows around it, the forger by the closing of the day."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import audit
from reviews.database.tables import AuditEntry, Branch, Invitation, InvitationEvent, Job, Trigger
from reviews.invitations.oversight import integrity
from reviews.invitations.oversight.integrity import Mismatch
from reviews.invitations.sending import history
from reviews.keys import KeyRing
from reviews.moderation import checkpoints
from reviews.moderation.checkpoints import DayCloser
from tests.invitations import books
from tests.invitations.books import Books

LEASE = timedelta(seconds=60)
A_DAY = timedelta(days=1)


@pytest.fixture
async def filled(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: Any) -> Books:
    return await books.filled(maker, key_ring, now)


@pytest.fixture
async def closed(filled: Books) -> Books:
    """The same books a day later, closed."""
    filled.clock.moment += A_DAY
    closer = DayCloser(filled.maker, filled.clock, LEASE)
    while await closer.close_due():
        pass
    return filled


async def findings(ground: Books, *, noted: tuple[str, ...] = ()) -> list[Mismatch]:
    async with ground.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        return [finding async for finding in checkpoints.verify(session, ids, noted=noted)]


async def by_hand(ground: Books, statement: str, number: str) -> tuple[Invitation, Job]:
    """Run SQL as somebody with the rights of the database would, for one job's rows."""
    async with ground.maker.begin() as session:
        row = await ground.invitation(session, number)
        job = await session.get_one(Job, (row.branch_id, row.job_id))
        await session.execute(text(statement), {"invitation": row.id, "job": row.job_id})
    return row, job


async def test_books_that_nobody_touched_have_no_findings(closed: Books) -> None:
    assert await findings(closed) == []


@pytest.mark.parametrize(
    "number", ["sent", "reviewed", "refused", "retry", "unanswered", "settled", "planned", "held", "cancelled", "credited", "open"]
)
async def test_a_changed_state_names_the_invitation(filled: Books, number: str) -> None:
    row, _ = await by_hand(filled, "UPDATE invitations SET state = 'expired' WHERE id = :invitation", number)

    [finding] = [found for found in await findings(filled) if "staat" in found.what]
    assert (finding.table, finding.id, finding.branch) == ("invitations", str(row.id), "utrecht")


@pytest.mark.parametrize(
    ("number", "change", "word"),
    [
        ("no-basis", "UPDATE invitations SET reason = 'too_old' WHERE id = :invitation", "reden"),
        ("refused", "UPDATE invitations SET reason = NULL WHERE id = :invitation", "reden"),
        ("planned", "UPDATE invitations SET due_at = due_at + interval '30 days' WHERE id = :invitation", "geplande moment"),
        ("sent", "UPDATE invitations SET sent_at = sent_at - interval '1 minute' WHERE id = :invitation", "versturen"),
        ("sent", "UPDATE invitations SET sent_at = NULL WHERE id = :invitation", "versturen"),
        ("planned", "UPDATE invitations SET sent_at = now() WHERE id = :invitation", "versturen"),
        ("reviewed", "UPDATE invitations SET reviewed_at = NULL WHERE id = :invitation", "review"),
        ("sent", "UPDATE invitations SET reviewed_at = now() WHERE id = :invitation", "review"),
    ],
)
async def test_a_changed_invitation_is_named_with_what_differs(filled: Books, number: str, change: str, word: str) -> None:
    row, _ = await by_hand(filled, change, number)

    [finding] = await findings(filled)
    assert (finding.table, finding.id) == ("invitations", str(row.id))
    assert word in finding.what


@pytest.mark.parametrize("column", ["state", "reason", "actor", "at", "due_at", "invitation_id"])
async def test_a_changed_line_names_the_line(filled: Books, column: str) -> None:
    async with filled.maker.begin() as session:
        row, other = await filled.invitation(session, "held"), await filled.invitation(session, "planned")
        first = (await session.scalars(select(InvitationEvent).where(InvitationEvent.invitation_id == row.id).order_by(InvitationEvent.id))).first()
        assert first is not None
        forged = {
            "state": "sent",
            "reason": "too_old",
            "actor": "user:bas",
            "at": first.at + timedelta(microseconds=1),
            "due_at": first.at,
            "invitation_id": other.id,
        }
        await session.execute(update(InvitationEvent).where(InvitationEvent.id == first.id).values({column: forged[column]}))

    assert ("invitation_events", str(first.id)) in {(found.table, found.id) for found in await findings(filled)}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE jobs SET state = 'cancelled' WHERE id = :job", "staat"),
        ("UPDATE jobs SET kind = 'purchase' WHERE id = :job", "soort"),
        ("UPDATE jobs SET completed_at = completed_at - interval '1 day' WHERE id = :job", "afronding"),
        ("UPDATE jobs SET created_at = created_at - interval '100 days' WHERE id = :job", "eerste melding"),
    ],
)
async def test_a_changed_job_is_named(filled: Books, change: str, word: str) -> None:
    _, job = await by_hand(filled, change, "planned")

    # What the lines of its day add up to may say so too.
    [finding] = [one for one in await findings(filled) if one.id == str(job.id)]
    assert finding.table == "jobs"
    assert word in finding.what


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE triggers SET payload = jsonb_set(payload, '{kind}', '"purchase"') WHERE job_id = :job""",
        """UPDATE triggers SET payload = jsonb_set(payload, '{number}', '"W1"') WHERE job_id = :job""",
        "UPDATE triggers SET payload = payload - 'event_id' WHERE job_id = :job",
        "UPDATE triggers SET digest = sha256('x') WHERE job_id = :job",
        """UPDATE triggers SET answer = jsonb_set(answer, '{job_id}', '"0193"') WHERE job_id = :job""",
    ],
)
async def test_a_changed_trigger_is_named(filled: Books, change: str) -> None:
    _, job = await by_hand(filled, change, "planned")

    async with filled.maker() as session:
        told = await session.scalar(select(Trigger.id).where(Trigger.job_id == job.id))
    assert ("triggers", str(told)) in {(found.table, found.id) for found in await findings(filled)}


async def test_a_deleted_history_names_the_invitation(filled: Books) -> None:
    row, _ = await by_hand(filled, "DELETE FROM invitation_events WHERE invitation_id = :invitation", "sent")

    [finding] = await findings(filled)
    assert (finding.table, finding.id, finding.what) == ("invitations", str(row.id), "er is geen geschiedenis van")


async def test_a_deleted_last_line_names_the_invitation(filled: Books) -> None:
    row, _ = await by_hand(filled, "DELETE FROM invitation_events WHERE invitation_id = :invitation AND state = 'held'", "held")

    [finding] = await findings(filled)
    assert (finding.table, finding.id) == ("invitations", str(row.id))


async def test_a_deleted_invitation_names_its_job(filled: Books) -> None:
    _, job = await by_hand(filled, "DELETE FROM invitations WHERE id = :invitation", "sent")

    [finding] = await findings(filled)
    assert (finding.table, finding.id, finding.what) == ("jobs", str(job.id), "de opdracht heeft 0 uitnodigingen in plaats van één")


async def test_a_deleted_trigger_names_its_job(filled: Books) -> None:
    async with filled.maker.begin() as session:
        row = await filled.invitation(session, "credited")
        await session.execute(text("DELETE FROM triggers WHERE event_id = 'credit'"))

    assert ("jobs", str(row.job_id)) in {(found.table, found.id) for found in await findings(filled)}


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("DELETE FROM jobs WHERE id = :job", "opdrachten"),
        ("DELETE FROM invitation_events WHERE invitation_id = :invitation AND state = 'planned'", "regels"),
    ],
)
async def test_what_was_taken_away_without_a_trace_is_missed_by_the_closing_of_its_day(closed: Books, statement: str, word: str) -> None:
    await by_hand(closed, statement, "held")

    found = await findings(closed)
    # A job that is gone is missed by the lines of its day as well.
    assert {finding.table for finding in found} <= {"audit", "jobs", "told_lines"}
    closings = [finding for finding in found if finding.table == "audit"]
    assert {(closing.id, closing.branch) for closing in closings} == {("2026-11-24", "utrecht")}
    assert any(word in closing.what for closing in closings)


async def test_a_forged_line_with_a_digest_made_anew_is_found_by_the_closing(closed: Books) -> None:
    async with closed.maker.begin() as session:
        row = await closed.invitation(session, "held")
        line = (
            await session.scalars(select(InvitationEvent).where(InvitationEvent.invitation_id == row.id).order_by(InvitationEvent.id.desc()))
        ).first()
        assert line is not None
        line.actor = "user:bas"
        line.digest = history.digest(line.invitation_id, line.at, line.state, line.reason, line.due_at, line.actor)
        await session.flush()
        assert [found async for found in integrity.verify(session, [row.branch_id])] == []

    [finding] = await findings(closed)
    assert (finding.table, finding.id) == ("audit", "2026-11-24")
    assert "andere" in finding.what


async def test_a_line_that_was_slipped_into_a_closed_day_is_found(closed: Books) -> None:
    async with closed.maker.begin() as session:
        row = await closed.invitation(session, "held")
        session.add(history.event(row.branch_id, row.id, row.created_at, "held", None, "user:noor"))

    [finding] = await findings(closed)
    assert (finding.table, finding.id) == ("audit", "2026-11-24")


async def test_a_closing_that_was_made_to_fit_breaks_the_chain(closed: Books) -> None:
    async with closed.maker.begin() as session:
        [head] = [one for one in await audit.heads(session) if one.branch == "utrecht"]
        await session.execute(text("UPDATE audit SET evidence = jsonb_set(evidence, '{jobs,many}', '99') WHERE action = 'ledger_closed'"))
    assert {finding.what for finding in await findings(closed)} > {"de regel is veranderd nadat hij werd geschreven"}

    async with closed.maker.begin() as session:
        await session.execute(text("DELETE FROM audit"))
    assert [finding.what for finding in await findings(closed, noted=(head.hash,))] == [f"noted_head_missing:{head.hash}"]


async def test_a_day_is_closed_once_some_hours_after_it_ended(filled: Books) -> None:
    closer = DayCloser(filled.maker, filled.clock, LEASE)
    midnight = filled.clock.moment.replace(hour=23, minute=0)

    for moment, entries in [(filled.clock.moment, 0), (midnight + timedelta(hours=2), 0), (midnight + timedelta(hours=3), 2), (midnight + A_DAY, 2)]:
        filled.clock.moment = moment
        while await closer.close_due():
            pass
        async with filled.maker() as session:
            assert await session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == checkpoints.ACTION)) == entries, (
                moment
            )


async def test_what_happens_after_a_closing_goes_into_the_next(closed: Books) -> None:
    await closed.by_hand("held", "release")
    assert await findings(closed) == []

    closed.clock.moment += A_DAY
    closer = DayCloser(closed.maker, closed.clock, LEASE)
    while await closer.close_due():
        pass

    async with closed.maker() as session:
        utrecht = (await session.scalars(select(Branch).where(Branch.slug == "utrecht"))).one()
        assert (await checkpoints.last_closed(session, utrecht.id)) == date(2026, 11, 25)
    assert await findings(closed) == []


async def test_each_closing_checks_the_ledger_and_keeps_what_it_found(closed: Books) -> None:
    async with closed.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        assert [(one.branch, one.findings) for one in await checkpoints.checks(session, ids)] == [("groningen", 0), ("utrecht", 0)]

    await by_hand(closed, "UPDATE invitations SET state = 'expired' WHERE id = :invitation", "planned")
    closed.clock.moment += A_DAY
    while await DayCloser(closed.maker, closed.clock, LEASE).close_due():
        pass

    async with closed.maker() as session:
        found = [(one.branch, one.at, one.findings) for one in await checkpoints.checks(session, ids)]
    assert found == [("groningen", closed.clock.moment, 0), ("utrecht", closed.clock.moment, 1)]
