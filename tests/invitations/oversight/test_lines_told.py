"""Every line that a source told is in the ledger: as a job, as something about a known job, or refused with its reason."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Job, ToldLines, Trigger
from reviews.errors import RefusedEventError
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import lines_told
from reviews.invitations.oversight.lines_told import ToldDay
from reviews.moderation import checkpoints
from tests.invitations import books
from tests.invitations.books import Books
from tests.invitations.intake.test_trigger import HORIZON, raw

PIET = {"name": "P. Bakker", "email": "piet@example.nl", "postcode": "9711 AA"}


@pytest.fixture
async def told(maker: async_sessionmaker[AsyncSession], key_ring: Any, now: Any) -> Books:
    """Books in which one line of each kind was told."""
    opened = await books.opened(maker, key_ring, now)
    await opened.tell(raw("a"), raw("b", number="W2", customer=PIET))
    await opened.tell(
        raw("a"), raw("a", total="1.00"), raw("c", customer=PIET), raw("d", type="job.cancelled", occurred_at="2026-11-21T10:00:00+01:00")
    )
    return opened


async def days(ground: Books) -> list[ToldDay]:
    async with ground.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        moment = ground.clock.moment
        return await lines_told.days(session, ids, moment - timedelta(days=400), moment + timedelta(days=1), everywhere=True)


async def wrong(ground: Books) -> list[tuple[str, str]]:
    async with ground.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        return [(found.table, found.what) async for found in checkpoints.verify(session, ids)]


async def test_what_was_told_is_what_became_of_it(told: Books) -> None:
    [day] = await days(told)

    assert (day.source, day.told, day.jobs, day.repeats, day.refused, day.closes) == ("erp", 6, 2, 2, 2, True)
    assert day.reasons == {"event_id_reused": 1, "number_of_another_customer": 1}
    assert await wrong(told) == []


async def test_a_line_that_was_swallowed_by_hand_is_named(told: Books) -> None:
    """Two ways: the line is gone, or it stands with somebody else's job."""
    async with told.maker.begin() as session:
        await session.execute(delete(Trigger).where(Trigger.event_id == "d"))
    assert ("told_lines", "melding d van bron erp, verteld op 2026-11-24, staat nergens meer") in await wrong(told)


async def test_a_customer_who_was_put_with_anothers_job_by_hand_is_named(told: Books) -> None:
    async with told.maker.begin() as session:
        job = (await session.scalars(select(Job).where(Job.number == "W2026-0117"))).one()
        await session.execute(update(Trigger).where(Trigger.event_id == "b").values(job_id=job.id))

    found = await wrong(told)
    assert ("triggers", "melding b noemt een andere klant dan de opdracht waar zij bij staat: die klant staat nergens") in found


async def test_a_job_that_was_deleted_with_all_that_is_its_own_is_missed(told: Books) -> None:
    async with told.maker.begin() as session:
        job = (await session.scalars(select(Job).where(Job.number == "W2"))).one()
        await session.execute(text("DELETE FROM invitation_events"))
        await session.execute(text("DELETE FROM invitations WHERE job_id = :job"), {"job": job.id})
        await session.execute(delete(Job).where(Job.id == job.id))

    found = await wrong(told)
    assert ("told_lines", "melding b van bron erp, verteld op 2026-11-24, staat nergens meer") in found
    assert ("jobs", "op 2026-11-24 begonnen de regels van bronnen 2 opdrachten; er staan er 1") in found


@pytest.mark.parametrize("column", ["told", "jobs", "repeats", "refused"])
async def test_a_count_that_was_changed_by_hand_keeps_the_sum_from_closing(told: Books, column: str) -> None:
    async with told.maker.begin() as session:
        row = (await session.scalars(select(ToldLines).order_by(ToldLines.id))).first()
        assert row is not None
        setattr(row, column, getattr(row, column) + 1)

    assert "told_lines" in {table for table, _ in await wrong(told)}
    assert [day.closes for day in await days(told)] == [False]


KINDS = ("purchase", "repair")


def customer(who: int, chance: Random) -> dict[str, Any]:
    """A customer, now and then with another address or another spelling of the name, never with both."""
    name, email = f"Klant {who}", f"klant{who}@example.nl"
    how = chance.randrange(6)
    return {
        "name": f"de heer {name}" if how == 0 else name.upper() if how == 1 else name,
        "email": f"nieuw{who}@example.nl" if how == 2 else email,
        **({"postcode": f"{1000 + who} AB"} if how > 2 else {}),
    }


def lines(seed: int) -> list[tuple[int, dict[str, Any]]]:
    """Lines about few numbers, of many customers, over two years and kinds, with and without ids, in any order, some twice."""
    chance = Random(seed)  # noqa: S311 - a generator with a seed, so that a failure comes back
    told = list[tuple[int, dict[str, Any]]]()
    for place in range(60):
        who = chance.randrange(12)
        type_ = chance.choice(["job.completed"] * 6 + ["job.cancelled", "job.credited", "job.reopened", "case.opened", "case.closed"])
        named = type_ == "job.completed" or chance.random() < 0.3
        row = raw(
            f"e{place}",
            type=type_,
            number=chance.choice(["117", "202612", "W1"]),
            kind=chance.choice(KINDS),
            occurred_at=f"202{chance.choice([5, 6])}-{chance.randrange(1, 11):02}-{chance.randrange(1, 28):02}T12:00:00+01:00",
            customer=customer(who, chance),
            total=chance.choice(["100.00", "50.00"]),
        )
        for name in [name for name in ("kind", "customer", "total") if not (named or chance.random() < 0.3)]:
            row.pop(name)
        if chance.random() < 0.2:
            row["job_id"] = f"job-{who}"
        told += [(who, row)] * (2 if chance.random() < 0.15 else 1)
    chance.shuffle(told)
    return told


@pytest.mark.parametrize("seed", range(25))
async def test_no_customer_is_ever_in_no_row(session: AsyncSession, utrecht: Branch, key_ring: Any, now: Any, seed: int) -> None:
    """Each customer of a completion stands with a job of their own, or was told that the line is refused; and the sums close."""
    intake = await program(session, now)
    chance, told, answers = Random(seed), lines(seed), list[Any]()  # noqa: S311
    while len(answers) < len(told):
        part = told[len(answers) : len(answers) + chance.choice([1, 1, 2, 7, 30])]
        read = [event_model.read(row, now=now) for _, row in part]
        answers += await trigger.accept(session, utrecht, intake, read, key_ring=key_ring, horizon=HORIZON, now=now)
    await session.flush()

    jobs: dict[str, set[int]] = {}
    for (who, row), answer in zip(told, answers, strict=True):
        if "customer" in row and not isinstance(answer, RefusedEventError):
            jobs.setdefault(answer.body["job_id"], set()).add(who)
    shown = {str(job.id): job.customer_name for job in await session.scalars(select(Job))}
    assert {job_id: len(whose) for job_id, whose in jobs.items() if len(whose) != 1} == {}
    assert [job_id for job_id, [who] in jobs.items() if f"klant {who}" not in (shown[job_id] or "").casefold()] == []
    became = Counter("refused" if isinstance(answer, RefusedEventError) else "taken" if answer.fresh else "again" for answer in answers)
    rows = (await session.scalars(select(ToldLines))).all()
    assert (sum(row.told for row in rows), sum(row.refused for row in rows)) == (len(told), became["refused"])
    assert sum(row.jobs for row in rows) == len(shown)
    assert sum(row.jobs + row.repeats for row in rows) == became["taken"] + became["again"]
    assert [found async for found in checkpoints.verify(session, [utrecht.id])] == []


async def program(session: AsyncSession, now: Any) -> Any:
    key = await sources.add_key(session, "erp", [], now=now)
    return (await sources.caller_with(session, key, now=now)).source_id
