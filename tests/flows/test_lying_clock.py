"""All loops of the background process, on a clock that is set wrong beside a real database: nothing leaves, and not a row changes."""

import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from reviews import loop, worker
from reviews.adapters.storage import open_store
from reviews.app import create_app
from reviews.clock import CheckedClock, SystemClock
from reviews.commands import opening, processes
from reviews.database import engine as database_engine
from reviews.database import faults
from reviews.database.clock_guard import ClockGuard
from reviews.database.job_queue import INVITATIONS
from reviews.database.tables import Base, Claim, DeskSession, Invitation
from reviews.handover import driver
from reviews.handover.outcomes import Sent
from reviews.handover.row_by_row import RowByRow
from reviews.invitations.intake import sources
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.keys import KeyRing, digest
from reviews.loop import Loop
from reviews.settings import Settings
from tests import cast
from tests.invitations import mailed
from tests.invitations.channels import RecordingChannel, SetWrong
from tests.invitations.intake.test_trigger import raw
from tests.moderation import cases
from tests.standins.programs import PostOffice
from tests.standins.running import post, running_post

__all__ = ["post", "running_post"]

BOUND = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
HOUR = timedelta(hours=1)


class Site:
    """A branch with an invitation that is due and one that is due in ten days, a login, a claim that nobody confirmed, and a decided proof."""

    def __init__(self, engine: AsyncEngine, post: PostOffice, folder: Path, key_ring: KeyRing) -> None:
        self.engine, self.post, self.key_ring = engine, post, key_ring
        self.maker: async_sessionmaker[AsyncSession] = database_engine.sessions(engine)
        self.store = open_store("", folder=folder / "proofs")
        self.settings = Settings(data_dir=folder, smtp_url=SecretStr(f"smtp://127.0.0.1:{post.smtp_port}"), klantenvertellen_url="http://127.0.0.1:9")
        self.machine = SetWrong(timedelta())
        self.clock = CheckedClock(self.machine, BOUND)
        self.guard = ClockGuard(self.maker, self.clock)

    async def build(self) -> None:
        now = SystemClock().now()
        async with self.maker.begin() as session:
            rules = msgspec.structs.replace(cast.ANY_HOUR, channel="mail")
            branch = await cast.utrecht(session, self.key_ring, now=now, rules=rules)
            waiting: dict[str, Any] = {"state": "planned", "marked_at": None, "sent_at": None, "message_at": None, "attempt": 0}
            jan = await mailed.person(session, self.key_ring, now)
            piet = await mailed.person(session, self.key_ring, now, "piet@example.com")
            await mailed.invitation(session, branch, jan, now, "W1", **waiting)
            await mailed.invitation(session, branch, piet, now, "W2", **{**waiting, "due_at": now + timedelta(days=10)})
            unconfirmed = await cases.waiting(session, self.key_ring, branch, now=now - timedelta(days=20), state="unconfirmed")
            decided = await cases.judged(session, self.key_ring, branch, now=now, state="refused")
            await session.execute(text("UPDATE proofs SET shred_after = :at").bindparams(at=now + timedelta(days=5)))
            noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
            row = DeskSession(digest=digest("noor"), user_id=noor.id, form_token="form", created_at=now, expires_at=now + HOUR)
            session.add(row)
            assert unconfirmed.id != decided.id

    @contextlib.asynccontextmanager
    async def loops(self) -> AsyncGenerator[list[Loop]]:
        async with worker.assembled(self.settings, self.engine, self.store, self.key_ring, self.clock, once=True) as assembled:
            yield worker.guarded(assembled, self.guard)

    async def work(self) -> None:
        async with self.loops() as rounds:
            await loop.run_once(rounds)

    async def rows(self) -> dict[str, list[str]]:
        """All rows of all tables, but for what says that the clock lies."""
        async with self.maker() as session:
            tables = [table.name for table in Base.metadata.sorted_tables if table.name != "service_faults"]
            return {name: sorted(map(str, await session.execute(text(f"SELECT * FROM {name}")))) for name in tables}  # noqa: S608 - our own names

    async def standing(self) -> list[str]:
        async with self.maker() as session:
            return [fault.name for fault in await faults.standing(session)]

    async def states(self) -> list[str]:
        async with self.maker() as session:
            return list(await session.scalars(select(Invitation.state).order_by(Invitation.due_at)))


@pytest.fixture
async def site(database: str, post: PostOffice, tmp_path: Path, key_ring: KeyRing) -> AsyncGenerator[Site]:
    engine = database_engine.connect(database)
    made = Site(engine, post, tmp_path, key_ring)
    await made.build()
    yield made
    await engine.dispose()


@pytest.mark.parametrize("ahead", [timedelta(days=11), timedelta(days=400), timedelta(days=-1), timedelta(seconds=90), timedelta(hours=-1)], ids=str)
async def test_by_a_clock_that_is_set_wrong_nothing_leaves_and_no_row_changes(site: Site, ahead: timedelta) -> None:
    site.machine.ahead = ahead
    before = await site.rows()

    await site.work()

    assert await site.rows() == before
    assert site.post.mails() == []
    assert await site.standing() == ["clock"]


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=55), timedelta(seconds=-55)], ids=str)
async def test_within_the_bound_what_is_due_leaves_and_the_rest_waits(site: Site, ahead: timedelta) -> None:
    site.machine.ahead = ahead

    await site.work()

    assert await site.states() == ["sent", "planned"]
    assert len(site.post.mails()) == 1
    assert await site.standing() == []


async def test_it_goes_on_by_itself_once_the_clock_is_right_and_says_each_change_once(site: Site) -> None:
    with structlog.testing.capture_logs() as lines:
        site.machine.ahead = timedelta(days=400)
        async with site.loops() as rounds:
            for _ in range(3):
                await rounds[0].step()
                await loop.run_once(rounds)
            assert site.post.mails() == []
            site.machine.ahead = timedelta()
            await rounds[0].step()
            await loop.run_once(rounds)

    assert await site.states() == ["sent", "planned"]
    assert await site.standing() == []
    assert [line["event"] for line in lines if line["event"].startswith("clock")] == ["clock_not_trusted", "clock_trusted"]


async def test_a_jump_between_two_rounds_is_asked_about_before_anything_is_done(site: Site) -> None:
    async with site.loops() as rounds:
        assert await site.guard.may_go_on()
        site.machine.ahead = timedelta(days=11)
        before = await site.rows()
        await loop.run_once(rounds[1:])

    assert await site.rows() == before
    assert await site.standing() == ["clock"]


async def test_a_jump_in_the_midst_of_a_round_stops_what_has_not_left_yet(site: Site) -> None:
    assert await site.guard.may_go_on()

    async def jump() -> None:
        site.machine.ahead = timedelta(days=11)

    channel = RecordingChannel(before_mark=jump)
    await Dispatcher(site.maker, {"mail": channel}, site.clock, LEASE).dispatch_due()

    assert (channel.handed_over, channel.refused_marks) == ([], 1)
    assert await site.states() == ["planned", "planned"]
    async with site.maker() as session:
        first = (await session.scalars(select(Invitation).order_by(Invitation.due_at))).first()
    assert first is not None
    assert (first.marked_at, first.due_at < SystemClock().now() + HOUR) == (None, True)


async def test_what_leaves_row_by_row_stops_at_a_jump_too(site: Site) -> None:
    assert await site.guard.may_go_on()
    handed_over: list[object] = []

    async def pass_on(parcel: object, *, mark: Any) -> Sent:
        site.machine.ahead = timedelta(days=11)
        if await mark():
            handed_over.append(parcel)
        return Sent()

    async def look(_session: AsyncSession, one: Any, _now: datetime) -> object:
        return one

    async def write(*_of: object) -> None:
        return None

    assert await driver.run(RowByRow(site.maker, INVITATIONS, site.clock, LEASE, look=look, pass_on=pass_on, write=write)) == 1
    assert handed_over == []


async def test_work_once_says_why_it_did_nothing(site: Site, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    clock = CheckedClock(SetWrong(timedelta(days=400)), BOUND)
    parts = opening.OpenedService(site.settings, database, site.key_ring, clock, site.store)
    before = await site.rows()

    with pytest.raises(SystemExit) as ended, opening.mended_by_hand():
        await processes._work(parts, once=True)  # pyright: ignore[reportPrivateUsage]

    assert ended.value.code == 2
    assert "differ too much" in capsys.readouterr().err
    assert await site.rows() == before


async def test_a_database_that_is_away_is_no_clock_that_lies(site: Site) -> None:
    assert await site.guard.may_go_on()
    away = database_engine.connect("postgresql://nobody@127.0.0.1:9/none")
    guard = ClockGuard(database_engine.sessions(away), site.clock)

    with pytest.raises(OperationalError):
        await guard.look()

    assert site.clock.trusted
    assert await site.standing() == []
    await away.dispose()


async def test_a_fault_whose_process_died_is_passed_over(site: Site) -> None:
    async with site.maker.begin() as session:
        await faults.report(session, faults.CLOCK, "90")
        await session.execute(text("UPDATE service_faults SET seen_at = seen_at - interval '4 minutes'"))

    assert await site.standing() == []


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=-400)], ids=str)
async def test_what_a_web_process_takes_in_while_its_clock_lies_is_neither_too_old_nor_of_the_future(site: Site, ahead: timedelta) -> None:
    site.machine.ahead = ahead
    await site.guard.look()
    async with site.maker.begin() as session:
        key = await sources.add_key(session, "erp", [], now=site.clock.now())
    app = create_app(site.settings, engine=site.engine, store=site.store, key_ring=site.key_ring, clock=site.clock)
    finished = (SystemClock().now() - timedelta(days=3)).isoformat()
    event = raw(number="W9", occurred_at=finished, customer={"name": "K. Nieuw", "email": "nieuw@example.com"})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=site.settings.base_url) as client:  # type: ignore[arg-type]  # as in conftest
        told = await client.post("/api/v1/triggers", json=event, headers={"Authorization": f"Bearer {key}"})

    assert (told.status_code, told.json()["outcome"]) == (202, "planned"), told.text


async def test_what_comes_in_while_the_clock_lies_is_dated_by_the_database(site: Site) -> None:
    site.machine.ahead = timedelta(days=400)
    await site.guard.look()

    async with site.maker.begin() as session:
        await session.execute(update(Claim).values(submitted_at=site.clock.now()))
        late = await session.scalar(text("SELECT max(abs(extract(epoch FROM clock_timestamp() - submitted_at))) FROM claims"))

    assert late is not None
    assert late < BOUND.total_seconds()
