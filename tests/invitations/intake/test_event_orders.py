"""Whatever order the events of a job arrive in, the same comes of it; and what a job cost never matters."""

import random
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, Job
from reviews.invitations.intake import event_model
from reviews.invitations.intake.event_model import Event, EventType
from reviews.invitations.intake.job_state import fold
from reviews.keys import KeyRing
from tests.invitations.event_intake import Intake
from tests.invitations.telling import told

BEGIN = datetime.fromisoformat("2026-11-01T10:00:00+01:00")


def day(count: float) -> datetime:
    return BEGIN + timedelta(days=count)


STORIES: dict[str, list[Event]] = {
    "reopened and finished again, with a complaint between": [
        told("a", day(0)),
        told("b", day(2), type="job.reopened"),
        told("c", day(4)),
        told("d", day(5), type="case.opened"),
        told("e", day(9), type="case.closed"),
    ],
    "credited before it was finished": [told("a", day(1), type="job.credited", customer=None, kind=None), told("b", day(3)), told("c", day(5))],
    "credited long after": [told("a", day(0)), told("b", day(20), type="job.credited", customer=None, kind=None)],
    "delivered in parts": [
        told("a", day(0), final=False),
        told("b", day(3), final=False),
        told("c", day(8)),
        told("d", day(9), type="case.opened"),
    ],
    "only a part": [told("a", day(0), final=False), told("b", day(1), type="case.opened")],
    "cancelled, reopened, finished": [
        told("a", day(0), type="job.cancelled"),
        told("b", day(1), type="job.reopened"),
        told("c", day(2), customer={"name": "J. de Vries", "email": "jan.elders@example.com"}),
        told("d", day(2), type="case.opened"),
    ],
    "credited in one day, by a source that knows only days": [
        told("a", day(0), type="job.credited"),
        told("b", day(0)),
        told("c", day(0), type="case.closed"),
        told("d", day(0), type="case.opened"),
    ],
    "two deliveries in one day, by a source that knows only days": [told("a", day(0)), told("b", day(0), final=False)],
    "reopened and finished in one day, by a source that knows only days": [told("a", day(0)), told("b", day(0), type="job.reopened")],
    "two cases of which the first is never closed": [
        told("a", day(0)),
        told("b", day(1), type="case.opened"),
        told("c", day(12), type="case.opened"),
        told("d", day(13), type="case.closed"),
        told("e", day(14), type="case.opened"),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_every_order_adds_up_to_the_same_job(story: str) -> None:
    assert len({repr(fold(order)) for order in permutations(STORIES[story])}) == 1


def test_thousands_of_stories_of_six_events_add_up_to_the_same_in_any_order() -> None:
    chance = random.Random(6)  # noqa: S311 - the same stories in each run, no secret
    differing: list[list[Event]] = []
    for _ in range(5_000):
        story = [
            Event(
                event_id=str(number),
                type=chance.choice(("job.completed", *get_args(EventType))),
                branch="utrecht",
                number="W1",
                occurred_at=day(chance.randrange(8)),
                kind=chance.choice(("purchase", "repair")),
                basis=chance.choice((None, "customer")),
                final=chance.random() < 0.7,
            )
            for number in range(chance.randrange(2, 7))
        ]
        if fold(chance.sample(story, len(story))) != fold(story):
            differing.append(story)
    assert differing == []


@pytest.mark.parametrize(
    ("story", "state", "completed"),
    [
        ("reopened and finished again, with a complaint between", "completed", 4),
        ("credited before it was finished", "credited", 5),
        ("credited long after", "credited", 0),
        ("delivered in parts", "completed", 8),
        ("only a part", "open", None),
        ("cancelled, reopened, finished", "completed", 2),
        ("credited in one day, by a source that knows only days", "credited", 0),
        ("two deliveries in one day, by a source that knows only days", "completed", 0),
        ("reopened and finished in one day, by a source that knows only days", "completed", 0),
    ],
)
def test_a_story_comes_to_its_own_end(story: str, state: str, completed: int | None) -> None:
    facts = fold(STORIES[story])

    assert (facts.state, facts.completed_at) == (state, None if completed is None else day(completed))


def test_a_case_of_one_moment_is_closed() -> None:
    [case] = fold(STORIES["credited in one day, by a source that knows only days"]).cases

    assert case.closed_at == case.opened_at


def test_a_case_that_is_opened_again_while_it_is_open_is_one_case() -> None:
    cases = fold(STORIES["two cases of which the first is never closed"]).cases

    assert [(case.opened_at, case.closed_at) for case in cases] == [(day(1), day(13)), (day(14), None)]


def test_a_new_field_leaves_the_fingerprints_of_old_events_as_they_were() -> None:
    assert event_model.fingerprint(told("a", day(0))) == event_model.fingerprint(told("a", day(0), final=True))
    assert b"final" not in msgspec.json.encode(told("a", day(0)))


@pytest.fixture
async def intake(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Intake:
    return await Intake.of(session, key_ring, now)


async def end_of(session: AsyncSession) -> tuple[Any, ...]:
    """Where job and invitation stand."""
    await session.flush()
    job = (await session.scalars(select(Job))).one()
    row = (await session.scalars(select(Invitation))).one()
    due = row.due_at if row.state == "planned" else None
    return job.state, job.completed_at, job.email, job.total, row.state, row.reason, due, row.evidence.get("steps")


@pytest.mark.parametrize("story", STORIES)
async def test_every_order_of_arrival_leaves_the_same_in_the_database(
    session: AsyncSession, utrecht: Branch, intake: Intake, story: str, now: datetime
) -> None:
    ends: set[str] = set()
    for order in list(permutations(STORIES[story]))[::5]:
        undo = await session.begin_nested()
        await intake.tell(utrecht, order, now)
        ends.add(repr(await end_of(session)))
        await undo.rollback()
        session.expire_all()
        await session.refresh(utrecht)

    assert len(ends) == 1


async def test_what_was_sent_already_stays_sent_whatever_is_told_later(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    await intake.tell(utrecht, [told("a", day(0))], now)
    row = (await session.scalars(select(Invitation))).one()
    row.state, row.marked_at, row.sent_at = "sent", now, now
    await intake.tell(utrecht, [told("b", day(2), type="job.reopened"), told("c", day(4)), told("d", day(5), type="job.credited")], now)

    assert (await end_of(session))[:2] == ("credited", day(4))
    assert (await end_of(session))[4:6] == ("sent", None)


async def test_another_address_that_is_told_before_the_mail_leaves_gets_it(
    session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime
) -> None:
    await intake.tell(utrecht, [told("a", day(0))], now)
    before = (await session.scalars(select(Invitation))).one()
    first, due = before.person_id, before.due_at
    await intake.tell(utrecht, [told("b", day(1), type="case.closed", customer={"name": "J. de Vries", "email": "jan.elders@example.com"})], now)

    assert (before.due_at, before.state) == (due, "planned")
    assert before.person_id != first


async def test_the_same_story_with_other_amounts_and_names_is_planned_the_same(
    session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime
) -> None:
    """By behaviour and not only by structure: through the door, once cheap and happy, once dear and complaining in its name."""
    story = STORIES["reopened and finished again, with a complaint between"]
    ends: list[tuple[Any, ...]] = []
    for total, name in (("0.01", "Tevreden Klant"), ("99999.99", "Boze Klant"), ("-250.00", "Cijfer Eén")):
        undo = await session.begin_nested()
        await intake.tell(
            utrecht,
            [msgspec.structs.replace(one, total=total, customer=msgspec.structs.replace(one.customer, name=name)) for one in story if one.customer],
            now,
        )
        _, completed_at, _, _, *rest = await end_of(session)
        ends.append((completed_at, *rest))
        await undo.rollback()
        session.expire_all()
        await session.refresh(utrecht)

    assert ends[0] == ends[1] == ends[2]
    assert ends[0][1] == "planned"
