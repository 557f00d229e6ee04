"""When no background process is there, the web process says so: at the desk, and to head office by mail, once each time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import app
from reviews.adapters import templates
from reviews.adapters.mail.render import MailRenderer
from reviews.clock import SystemClock
from reviews.commands.doctor import condition
from reviews.database import channel_halts, faults, presence
from reviews.database import engine as database_engine
from reviews.database.channel_halts import Cause
from reviews.database.tables import Alert, Branch, ServicePresence, User
from reviews.handover.outcomes import Halt
from reviews.invitations.sending.mail_message import MailMessage
from reviews.keys import KeyRing
from reviews.moderation.alerts import Alerts
from reviews.moderation.worker_watch import WorkerWatch
from reviews.reasons import OutcomeCode
from reviews.settings import Settings
from tests import cast
from tests.commands.test_waiting import process
from tests.fakes import FakePost
from tests.standins.programs import PostOffice
from tests.standins.running import post, running_post

__all__ = ["post", "running_post"]

Maker = async_sessionmaker[AsyncSession]
AFTER = timedelta(minutes=15)


class House:
    """Utrecht with Noor, head office with Iris; web processes that watch, and a background process whose presence is written as it would."""

    def __init__(self, maker: Maker, key_ring: KeyRing) -> None:
        self.maker, self.clock, self.mails = maker, SystemClock(), FakePost()
        self.renderer = MailRenderer(templates.environment(base_url="https://r.example"), "https://r.example", "reviews@r.example", key_ring)
        self.web = self.web_process()

    def web_process(self, *, by_mail: bool = True) -> WorkerWatch[MailMessage]:
        alerts = Alerts(self.maker, self.clock, timedelta(minutes=1), timedelta(days=7))
        return WorkerWatch(self.maker, alerts, AFTER, self.mails if by_mail else None, self.renderer.alert)

    async def settle_in(self, key_ring: KeyRing) -> None:
        now = self.clock.now()
        async with self.maker.begin() as session:
            await cast.manager(session, "noor@utrecht.example", "Noor", await cast.utrecht(session, key_ring, now=now), now=now)
            session.add(User(email="iris@franchise.example", name="Iris", role="office", created_at=now))

    async def work(self) -> None:
        """Let the background process say that it is there."""
        await presence.note_worker(self.maker)

    async def pass_by(self, *, minutes: float, watched: bool = True) -> None:
        """Let time pass, in which a web process went on watching or all were stopped."""
        earlier = timedelta(minutes=minutes)
        async with self.maker.begin() as session:
            move = {"seen_at": ServicePresence.seen_at - earlier, "since": ServicePresence.since - earlier}
            await session.execute(update(ServicePresence).values(move))
            await session.execute(update(Alert).values(since=Alert.since - earlier))
            if watched:
                await session.execute(update(ServicePresence).where(ServicePresence.name == "watch").values(seen_at=text("clock_timestamp()")))

    async def standing(self) -> list[str]:
        async with self.maker() as session:
            return [fault.name for fault in await faults.standing(session)]


@pytest.fixture
async def house(maker: Maker, key_ring: KeyRing) -> House:
    made = House(maker, key_ring)
    await made.settle_in(key_ring)
    return made


async def test_a_background_process_that_is_gone_for_a_quarter_of_an_hour_is_told_once_to_head_office(house: House) -> None:
    await house.work()
    await house.web.look()
    await house.pass_by(minutes=14)
    await house.web.look()
    assert (house.mails.taken, await house.standing()) == ([], [])

    await house.pass_by(minutes=2)
    for _ in range(3):
        await house.web.look()
        await house.pass_by(minutes=60)

    [mail] = house.mails.taken
    assert (mail.to_address, mail.subject) == ("iris@franchise.example", "Het achtergrondproces staat stil")
    assert "draait het achtergrondproces van de reviews niet" in mail.text
    assert await house.standing() == ["worker"]


async def test_of_several_web_processes_one_tells(house: House) -> None:
    await house.work()
    await house.web.look()
    await house.pass_by(minutes=16)

    await asyncio.gather(*(house.web_process().look() for _ in range(5)))

    assert len(house.mails.taken) == 1


async def test_a_background_process_that_is_back_ends_it_at_once_and_the_next_time_is_told_again(house: House) -> None:
    for _ in range(2):
        await house.work()
        assert await house.standing() == []
        await house.web.look()
        await house.pass_by(minutes=16)
        await house.web.look()

    assert len(house.mails.taken) == 2


async def test_a_web_process_that_starts_before_the_background_process_misses_nobody(house: House) -> None:
    await house.work()
    await house.web.look()
    await house.pass_by(minutes=120, watched=False)

    await house.web_process().look()
    await house.pass_by(minutes=14)
    await house.web_process().look()
    assert (house.mails.taken, await house.standing()) == ([], [])
    await house.pass_by(minutes=2)
    await house.web_process().look()
    assert len(house.mails.taken) == 1


async def test_web_processes_that_are_started_anew_one_after_the_other_go_on_watching(house: House) -> None:
    await house.work()
    for _ in range(8):
        await house.web_process().look()
        await house.pass_by(minutes=2, watched=False)
    await house.web_process().look()

    assert len(house.mails.taken) == 1


async def test_an_installation_that_never_had_a_background_process_is_told_too_and_once(house: House) -> None:
    await house.web.look()
    assert house.mails.taken == []
    await house.pass_by(minutes=16)
    await house.web.look()
    await house.pass_by(minutes=120, watched=False)
    await house.web_process().look()
    await house.pass_by(minutes=16)
    await house.web_process().look()

    assert len(house.mails.taken) == 1


async def test_a_mail_that_could_not_leave_waits_and_is_over_when_the_background_process_is_back(house: House) -> None:
    house.mails.will(Halt(OutcomeCode.LOGIN_REFUSED))
    await house.work()
    await house.web.look()
    await house.pass_by(minutes=16)
    await house.web.look()
    await house.work()
    async with house.maker.begin() as session:
        await session.execute(update(Alert).values(due_at=text("now() - interval '1 hour'")))
    await Alerts(house.maker, house.clock, timedelta(minutes=1), timedelta(days=7)).tell_due(house.mails, house.renderer.alert)

    assert house.mails.taken == []
    async with house.maker() as session:
        assert list(await session.scalars(select(Alert.state))) == ["over"]


async def test_the_web_process_leaves_the_other_alerts_to_the_background_process(house: House) -> None:
    async with house.maker.begin() as session:
        for branch_id in await session.scalars(select(Branch.id)):
            await channel_halts.stop(session, "platform", branch_id, Cause(OutcomeCode.TOKEN_REFUSED), now=house.clock.now())
    background = Alerts(house.maker, house.clock, timedelta(minutes=1), timedelta(days=7))
    for _ in range(2):
        house.mails.will(Halt(OutcomeCode.LOGIN_REFUSED))
    await background.tell_due(house.mails, house.renderer.alert)
    await house.work()
    await house.web.look()
    await house.pass_by(minutes=16)
    async with house.maker.begin() as session:
        await session.execute(update(Alert).values(due_at=text("now() - interval '1 hour'")))

    await house.web.look()

    async with house.maker() as session:
        rows = await session.execute(select(Alert.kind, Alert.state))
        assert sorted((kind, state) for kind, state in rows) == [
            ("channel_halted", "waiting"), ("channel_halted", "waiting"), ("worker_stopped", "sent"),
        ]  # fmt: skip


async def test_without_mail_it_is_shown_and_doctor_says_since_when(house: House) -> None:
    web = house.web_process(by_mail=False)
    await house.work()
    await web.look()
    await house.pass_by(minutes=16)

    await web.look()

    assert await house.standing() == ["worker"]
    async with house.maker() as session:
        assert "er draait geen achtergrondproces (reviews work) sinds" in (await condition.standing_faults(session)).found
        assert list(await session.scalars(select(Alert))) == []


def work_once(url: str, folder: Path) -> None:
    with process("work", "--once", url=url, folder=folder) as running:
        _, said = running.communicate(timeout=300)
    assert running.returncode == 0, said


async def told_by(office: PostOffice) -> Sequence[dict[str, Any]]:
    """Wait for the mail; the stand-in is another program."""
    async with asyncio.timeout(60):
        mails: Sequence[dict[str, Any]] = ()
        while not mails:
            mails = await asyncio.to_thread(office.mails, "iris@franchise.example")
    return mails


async def test_an_address_of_the_mail_server_that_makes_no_sense_keeps_nobody_from_watching(
    house: House, database: str, key_ring: KeyRing, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, smtp_url=SecretStr("http://mail.example"))
    engine = database_engine.connect(database)
    async with app.missing_worker(settings, engine, key_ring, house.clock), house.maker() as session:
        async with asyncio.timeout(60):
            while not await session.scalar(select(ServicePresence.seen_at)):
                await session.rollback()
    await engine.dispose()


async def test_the_real_web_process_mails_it_and_the_real_background_process_ends_it(
    house: House, post: PostOffice, database: str, key_ring: KeyRing, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, smtp_url=SecretStr(f"smtp://127.0.0.1:{post.smtp_port}"))
    await house.work()
    await house.web_process(by_mail=False).look()
    await house.pass_by(minutes=16)
    engine = database_engine.connect(database)
    try:
        async with app.missing_worker(settings, engine, key_ring, house.clock), app.missing_worker(settings, engine, key_ring, house.clock):
            [mail] = await told_by(post)
        assert mail["subject"] == "Het achtergrondproces staat stil"
        assert await house.standing() == ["worker"]
        async with house.maker.begin() as session:
            # The process has a secret of its own, by which it could not read the token.
            await session.execute(update(Branch).values(platform_token=None))
        await asyncio.to_thread(work_once, database, tmp_path)
        assert await house.standing() == []
        async with app.missing_worker(settings, engine, key_ring, house.clock):
            pass
    finally:
        await engine.dispose()
    assert len(post.mails()) == 1
