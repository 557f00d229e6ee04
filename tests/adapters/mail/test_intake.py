"""Copies of mails over SMTP and LMTP, by a real client to the real listener on loopback."""

import smtplib
from asyncio import to_thread
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from structlog.testing import capture_logs

from reviews.adapters.mail import intake as mail_intake
from reviews.adapters.mail.intake import Bounces, Speech
from reviews.adapters.storage import ObjectFolder, open_store
from reviews.database.tables import InboundMail
from reviews.errors import ConfigurationError
from reviews.invitations.intake.mail_copies import inbound
from reviews.invitations.intake.mail_copies.inbound import Intake
from reviews.keys import KeyRing
from tests import cast
from tests.invitations import copied_mails
from tests.invitations.channels import PausedClock

SENDER = copied_mails.PROGRAM
MOST = 300_000


class FullDisk(ObjectFolder):
    """A store that has no room."""

    def __init__(self) -> None:
        return

    async def put(self, key: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")


@dataclass
class Town:
    """Utrecht and Groningen, an address of both, and where its mails go."""

    maker: async_sessionmaker[AsyncSession]
    store: ObjectFolder
    clock: PausedClock
    secret: str = ""
    answers: list[object] = field(default_factory=list[object])

    @asynccontextmanager
    async def listening(
        self, speech: Speech = "smtp", *, store: ObjectFolder | None = None, bounces: Bounces | None = None, most: int = 100
    ) -> AsyncGenerator[tuple[str, int]]:
        intake = Intake(self.maker, store or self.store, self.clock, most)
        async with mail_intake.listening("127.0.0.1:0", speech, intake, most_bytes=MOST, bounces=bounces) as bound:
            assert bound
            yield bound

    async def rows(self) -> list[InboundMail]:
        async with self.maker() as session:
            return list(await session.scalars(select(InboundMail).order_by(InboundMail.id)))


@pytest.fixture
async def town(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, tmp_path: Path) -> Town:
    made = Town(maker, open_store("", folder=tmp_path / "store"), PausedClock(now))
    async with maker.begin() as session:
        branches = [await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now)]
        made.secret = await inbound.open_address(session, "samen", branches, now=now)
    return made


def deliver(
    bound: tuple[str, int], recipient: str, raw: bytes, speak: Callable[[str, int], smtplib.SMTP] = smtplib.SMTP, sender: str = SENDER
) -> tuple[int, str]:
    """Deliver one mail as a mail server does; return the answer that decided."""
    with speak(*bound) as client:
        client.ehlo_or_helo_if_needed()
        for code, said in (client.mail(sender), client.rcpt(recipient)):
            if code >= 400:
                return code, said.decode()
        code, said = client.data(raw)
        return code, said.decode()


@pytest.mark.parametrize(("speech", "speak"), [("smtp", smtplib.SMTP), ("lmtp", smtplib.LMTP)])
async def test_a_mail_is_kept_before_it_is_said(town: Town, speech: Speech, speak: Callable[[str, int], smtplib.SMTP]) -> None:
    raw = copied_mails.mail(copied_mails.document())
    async with town.listening(speech) as bound:
        answers = [await to_thread(deliver, bound, f"melding+{town.secret.upper()}@in.example", raw, speak) for _ in range(2)]

    assert [code for code, _ in answers] == [250, 250]
    [row] = await town.rows()
    assert await town.store.get(row.storage_key or "") == raw


async def test_the_branch_may_stand_behind_the_secret(town: Town) -> None:
    async with town.listening() as bound:
        assert (await to_thread(deliver, bound, f"{town.secret}+utrecht@in.example", b"Subject: x\r\n\r\nx\r\n"))[0] == 250
        assert (await to_thread(deliver, bound, f"{town.secret}+elders@in.example", b"Subject: y\r\n\r\nx\r\n"))[0] == 550

    [row] = await town.rows()
    assert row.fields == {inbound.TOLD_BRANCH: True}


async def test_nobody_is_there_for_an_unknown_secret_and_no_log_names_one(town: Town) -> None:
    with capture_logs() as logs:
        async with town.listening() as bound:
            for recipient in ("info@in.example", "0" * 40 + "@in.example", f"{town.secret}0@in.example"):
                assert (await to_thread(deliver, bound, recipient, b"x"))[0] == 550, recipient
            assert (await to_thread(deliver, bound, f"{town.secret}@in.example", b"x"))[0] == 250

    assert len(await town.rows()) == 1
    assert town.secret not in str(logs)


async def test_what_can_not_be_kept_is_to_be_sent_again(town: Town) -> None:
    async with town.listening(store=FullDisk()) as bound:
        code, said = await to_thread(deliver, bound, f"{town.secret}@in.example", b"Subject: x\r\n\r\nx")
    assert (code, "space" in said) == (451, False)
    assert await town.rows() == []

    town.clock.moment += timedelta(minutes=1)
    async with town.listening(most=1) as bound:
        codes = [(await to_thread(deliver, bound, f"{town.secret}@in.example", b"mail %d" % number))[0] for number in range(2)]
    assert codes == [250, 451]


async def test_what_is_too_large_is_refused_for_good(town: Town) -> None:
    def announced(bound: tuple[str, int]) -> int:
        with smtplib.SMTP(*bound) as client:
            client.ehlo()
            return client.mail(SENDER, [f"SIZE={MOST + 1}"])[0]

    async with town.listening() as bound:
        assert (await to_thread(deliver, bound, f"{town.secret}@in.example", b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 5_000))[0] == 552
        assert await to_thread(announced, bound) == 552
    assert await town.rows() == []


async def test_a_line_that_is_longer_than_it_may_be_is_taken_all_the_same(town: Town) -> None:
    async with town.listening() as bound:
        assert (await to_thread(deliver, bound, f"{town.secret}@in.example", b"Subject: x\r\n\r\n" + b"<td>" * 5_000 + b"\r\n"))[0] == 250


async def test_a_mail_has_one_recipient(town: Town) -> None:
    def two(bound: tuple[str, int]) -> int:
        with smtplib.SMTP(*bound) as client:
            client.ehlo()
            client.mail(SENDER)
            client.rcpt(f"{town.secret}@in.example")
            return client.rcpt(f"{town.secret}+utrecht@in.example")[0]

    async with town.listening() as bound:
        assert await to_thread(two, bound) == 452


async def test_a_bounce_goes_to_who_takes_bounces(town: Town) -> None:
    class Taken:
        def __init__(self) -> None:
            self.mails = list[tuple[str, bytes]]()

        async def takes(self, recipient: str) -> bool:
            return recipient.startswith("bounces+")

        async def receive(self, recipient: str, raw: bytes) -> None:
            self.mails.append((recipient, raw))

    taken = Taken()
    async with town.listening(bounces=taken) as bound:
        assert (await to_thread(deliver, bound, "bounces+abc@in.example", b"Subject: x\r\n\r\nx\r\n", sender=""))[0] == 250

    assert [recipient for recipient, _ in taken.mails] == ["bounces+abc@in.example"]
    assert await town.rows() == []


async def test_who_comes_while_too_many_are_served_is_asked_to_come_again(town: Town) -> None:
    def crowd(bound: tuple[str, int]) -> list[int]:
        clients = [smtplib.SMTP() for _ in range(mail_intake.MOST_AT_ONCE + 1)]
        codes = [client.connect(*bound)[0] for client in clients]
        for client in clients:
            client.close()
        return codes

    async with town.listening() as bound:
        codes = await to_thread(crowd, bound)
        assert (await to_thread(deliver, bound, f"{town.secret}@in.example", b"x"))[0] in {250, 421}

    assert codes == [220] * mail_intake.MOST_AT_ONCE + [421]


async def test_nothing_listens_without_an_address_and_a_wrong_one_is_named(town: Town) -> None:
    intake = Intake(town.maker, town.store, town.clock)
    async with mail_intake.listening("", "smtp", intake, most_bytes=MOST) as bound:
        assert bound is None
    with pytest.raises(ConfigurationError, match="INBOUND_LISTEN"):
        async with mail_intake.listening("192.0.2.1:2525", "smtp", intake, most_bytes=MOST):
            pytest.fail("nothing can listen there")
