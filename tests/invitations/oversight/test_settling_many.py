"""Many unknowns are settled at once: previewed first, a line of history each, and taken back as far as that is still true."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Invitation, InvitationEvent
from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.handover.outcomes import Sent
from reviews.invitations.oversight import integrity, settling_many
from reviews.invitations.oversight.settling_many import Answer, Batch, Settlement, Which
from reviews.keys import KeyRing
from tests import cast
from tests.invitations.intake.test_trigger import HORIZON
from tests.invitations.sending.test_dispatch import Ground
from tests.invitations.sending.test_fuse import LOST, Sick, Weather

UNDO = timedelta(minutes=10)
NOOR = "user:noor"


class Evening(Sick):
    """An evening on which everything that left became unknown."""

    async def which(self, **asked: Any) -> Which:
        async with self.ground.maker() as session:
            slugs = asked.pop("slugs", ("utrecht", "groningen"))
            ids = tuple(await session.scalars(select(Branch.id).where(Branch.slug.in_(slugs))))
        return Which(branch_ids=ids, **asked)

    async def settle(self, answer: Answer, which: Which | None = None, *, expected: int | None = None) -> int:
        which = which or await self.which()
        async with self.ground.maker.begin() as session:
            many = (await settling_many.preview(session, which, shown=3)).many if expected is None else expected
            settlement = Settlement(answer=answer, actor=NOOR, now=self.ground.clock.moment, undo=UNDO, horizon=HORIZON)
            return await settling_many.settle(session, which, settlement, expected=many)

    async def undo(self, at: datetime, *, actor: str = NOOR) -> int:
        which = await self.which()
        async with self.ground.maker.begin() as session:
            return await settling_many.undo(session, at, actor=actor, branch_ids=which.branch_ids, now=self.ground.clock.moment, within=UNDO)

    async def batch(self, at: datetime) -> Batch:
        async with self.ground.maker() as session:
            return await settling_many.batch(session, at, actor=NOOR, branch_ids=(await self.which()).branch_ids)

    async def lines(self) -> list[tuple[str, str | None, str]]:
        async with self.ground.maker() as session:
            rows = await session.scalars(select(InvitationEvent).where(InvitationEvent.actor == NOOR).order_by(InvitationEvent.id))
            return [(row.state, row.reason, row.actor) for row in rows]

    async def rows(self) -> list[Invitation]:
        async with self.ground.maker() as session:
            return list(await session.scalars(select(Invitation).order_by(Invitation.id)))

    async def mismatches(self) -> list[object]:
        async with self.ground.maker() as session:
            return [one async for one in integrity.verify(session, (await self.which()).branch_ids)]


@pytest.fixture
async def evening(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Evening:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
        await cast.groningen(session, key_ring, now=now)
    evening = Evening(Ground(maker, key_ring, now), Weather(LOST))
    await evening.due("utrecht", 4)
    await evening.drain()
    evening.later(hours=1)
    await evening.due("groningen", 3)
    await evening.drain()
    evening.later(hours=1)
    return evening


async def test_a_preview_tells_how_many_and_who_and_changes_nothing(evening: Evening) -> None:
    before = await evening.states()
    async with evening.ground.maker() as session:
        found = await settling_many.preview(session, await evening.which(), shown=5)

    assert (found.many, found.branches) == (7, (("groningen", 3), ("utrecht", 4)))
    assert [job.number for _, job, _ in found.shown[:4]] == ["utrecht0", "utrecht1", "utrecht2", "utrecht3"]
    assert found.first is not None
    assert found.last == found.first + timedelta(hours=1)
    assert await evening.states() == before


@pytest.mark.parametrize(
    ("asked", "span", "many"),
    [
        ({"slugs": ("utrecht",)}, {}, 4),
        ({"channel": "platform"}, {}, 7),
        ({"channel": "mail"}, {}, 0),
        ({}, {"since": 1}, 3),
        ({}, {"until": 1}, 4),
        ({}, {"since": 3, "until": 2}, 0),
    ],
)
async def test_only_what_is_asked_for_is_settled(evening: Evening, asked: dict[str, Any], span: dict[str, int], many: int) -> None:
    moments = {name: evening.ground.clock.moment - timedelta(hours=ago) for name, ago in span.items()}

    assert await evening.settle("sent", await evening.which(**asked, **moments)) == many
    assert (await evening.states()).get("sent", 0) == many


@pytest.mark.parametrize(
    ("answer", "line"),
    [("sent", ("sent", None, NOOR)), ("not_sent", ("cancelled", "not_sent", NOOR)), ("again", ("planned", "sent_again", NOOR))],
)
async def test_each_gets_one_line_of_history_and_the_books_fit_also_after_it_is_undone(
    evening: Evening, answer: Answer, line: tuple[str, str | None, str]
) -> None:
    at = evening.ground.clock.moment
    assert await evening.settle(answer) == 7
    assert (await evening.lines(), await evening.mismatches()) == ([line] * 7, [])

    evening.later(minutes=9)
    assert await evening.undo(at) == 7
    assert await evening.states() == {"unknown": 7}
    assert {(row.reason, row.sent_at) for row in await evening.rows()} == {("reply_lost", None)}
    assert (await evening.lines())[7:] == [("unknown", "reply_lost", NOOR)] * 7
    assert await evening.mismatches() == []
    assert (await evening.batch(at)).undone == 7


async def test_what_is_to_be_sent_again_does_not_leave_before_it_can_no_longer_be_undone(evening: Evening) -> None:
    await evening.settle("again")
    evening.channel.weather = Sent()
    evening.later(minutes=9)
    assert await evening.drain() == 0
    evening.later(minutes=1)
    await evening.drain()

    assert await evening.states() == {"sent": 7}
    assert [len({one.message_id for one in evening.channel.handed_over}), len(evening.channel.handed_over)] == [7, 14]


async def test_what_happened_since_is_not_undone(evening: Evening) -> None:
    at = evening.ground.clock.moment
    await evening.settle("again")
    evening.later(minutes=9)
    async with evening.ground.maker.begin() as session:
        row = (await session.scalars(select(Invitation).limit(1))).one()
        row.state = "claimed"  # a worker has it in hand
    assert await evening.undo(at) == 6

    found = await evening.batch(at)
    assert (found.settled, found.undone, found.moved_on, found.undoable) == (7, 6, 1, 0)


async def test_nothing_is_undone_after_ten_minutes_twice_or_by_somebody_else(evening: Evening) -> None:
    at = evening.ground.clock.moment
    await evening.settle("sent")
    assert await evening.undo(at, actor="user:bas") == 0
    evening.later(minutes=5)
    assert (await evening.undo(at), await evening.undo(at)) == (7, 0)
    evening.later(minutes=6)
    with pytest.raises(TooLateError):
        await evening.undo(at)


async def test_more_than_were_previewed_are_not_settled(evening: Evening) -> None:
    with pytest.raises(ConflictError, match="there are 7 now, not 6"):
        await evening.settle("sent", expected=6)
    assert await evening.states() == {"unknown": 7}


async def test_what_is_too_old_to_be_asked_again_stays_unknown(evening: Evening) -> None:
    evening.later(days=400)

    assert await evening.settle("again") == 0
    assert await evening.states() == {"unknown": 7}


async def test_a_branch_of_somebody_else_is_not_among_them(evening: Evening) -> None:
    at = evening.ground.clock.moment
    await evening.settle("sent", await evening.which(slugs=("utrecht",)))
    groningen = (await evening.which(slugs=("groningen",))).branch_ids

    async with evening.ground.maker() as session:
        with pytest.raises(NotFoundError):
            await settling_many.batch(session, at, actor=NOOR, branch_ids=groningen)
        with pytest.raises(NotFoundError):
            await settling_many.batch(session, at, actor=NOOR, branch_ids=[UUID(int=0)])
