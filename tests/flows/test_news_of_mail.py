"""From the due invitation to what became of the mail: our own web process and background process beside a SendGrid that is a program of its own."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import NullPool, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from reviews.adapters import templates
from reviews.adapters.mail.bounce_intake import BounceDoor
from reviews.adapters.mail.channel import MailChannel
from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.mail.sendgrid import SendGridTransport
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.adapters.storage import open_store
from reviews.app import create_app
from reviews.clock import SystemClock
from reviews.database.engine import address
from reviews.database.tables import Branch, Invitation, InvitationEvent, Suppression
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.feedback.bounce_reports import BounceMailbox
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.mail_message import MailTransport
from reviews.keys import KeyRing
from reviews.settings import Settings
from standins import ports
from tests import cast
from tests.invitations import mailed
from tests.standins import programs
from tests.standins.programs import PostOffice, SendGrid
from tests.standins.running import post, running_post

__all__ = ["post", "running_post"]
LEASE = timedelta(seconds=60)
BOUNCES = "bounces@reviews.example"


class House:
    """Utrecht with one invitation to Jan that is due now, by mail."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], key_ring: KeyRing) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, SystemClock()
        self.bounces = BounceDoor(BounceMailbox(BOUNCES, key_ring), maker, self.clock)

    async def settle_in(self) -> None:
        now = self.clock.now()
        async with self.maker.begin() as session:
            rules = msgspec.structs.replace(cast.ANY_HOUR, channel="mail")
            utrecht: Branch = await cast.utrecht(session, self.key_ring, now=now, rules=rules)
            jan = await mailed.person(session, self.key_ring, now)
            waiting: dict[str, Any] = {"state": "planned", "marked_at": None, "sent_at": None, "message_at": None, "attempt": 0}
            await mailed.invitation(session, utrecht, jan, now, **waiting)

    async def dispatch(self, by: MailTransport) -> None:
        mail_renderer = MailRenderer(
            templates.environment(base_url="http://x.example"), "http://x.example", "reviews@x.example", self.key_ring, BOUNCES
        )
        channel = MailChannel(by, mail_renderer, "http://platform.example", turned_away=self.bounces.turned_away)
        assert await Dispatcher(self.maker, {"mail": channel}, self.clock, LEASE).dispatch_due() == 1

    async def end(self) -> tuple[str, str | None, str | None]:
        """State and reason of the invitation, and why mail to Jan is stopped."""
        async with self.maker() as session:
            row = (await session.scalars(select(Invitation))).one()
            return row.state, row.reason, await session.scalar(select(Suppression.reason))

    async def past(self) -> list[tuple[str, str | None]]:
        async with self.maker() as session:
            lines = await session.scalars(select(InvitationEvent).order_by(InvitationEvent.id))
            return [(line.state, line.reason) for line in lines]


@pytest.fixture
async def house(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing) -> House:
    made = House(maker, key_ring)
    await made.settle_in()
    return made


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with ports.listen(0) as listening:
        yield listening


@pytest.fixture
def sendgrid(door: socket.socket) -> Iterator[SendGrid]:
    with programs.sendgrid("--webhook", f"http://{ports.address_of(door)}/hooks/sendgrid/events") as program:
        yield program


@pytest.fixture
async def web(database: str, door: socket.socket, sendgrid: SendGrid, key_ring: KeyRing, tmp_path: Path) -> AsyncGenerator[None]:
    """Our web process, on a real port."""
    engine = create_async_engine(address(database), poolclass=NullPool)
    settings = Settings(base_url=f"http://{ports.address_of(door)}", data_dir=tmp_path, sendgrid_webhook_key=SecretStr(sendgrid.verification_key()))
    app = create_app(settings, engine=engine, store=open_store("", folder=tmp_path / "proofs"), key_ring=key_ring, clock=SystemClock())
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
    running = asyncio.create_task(server.serve(sockets=[door]))
    yield
    server.should_exit = True
    await running
    await engine.dispose()


@pytest.fixture
async def by_sendgrid(sendgrid: SendGrid) -> AsyncGenerator[SendGridTransport]:
    opened = SendGridTransport(sendgrid.url, "SG.test", timeout=timedelta(seconds=5))
    yield opened
    await opened.close()


@pytest.mark.usefixtures("web")
async def test_a_bounce_ends_what_was_sent(house: House, sendgrid: SendGrid, by_sendgrid: SendGridTransport) -> None:
    await house.dispatch(by_sendgrid)
    assert await house.end() == ("sent", None, None)

    told: dict[str, object] = {"event": "bounce", "more": {"type": "bounce", "status": "5.1.1"}}
    assert await asyncio.to_thread(sendgrid.tell, {"event": "processed"}, told) == 200

    assert await house.end() == ("refused", "bounced", "hard_bounce")
    assert (await house.past())[-2:] == [("sent", None), ("refused", "bounced")]


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(("event", "reason"), [("processed", "accepted"), ("delivered", "delivered")])
async def test_an_unknown_is_settled_by_what_it_tells_later(
    house: House, sendgrid: SendGrid, by_sendgrid: SendGridTransport, event: str, reason: str
) -> None:
    sendgrid.misbehave(call="send", mode="500", works=True)
    await house.dispatch(by_sendgrid)
    assert await house.end() == ("unknown", "sendgrid_error", None)

    assert await asyncio.to_thread(sendgrid.tell, {"event": event}) == 200

    assert await house.end() == ("sent", reason, None)


@pytest.mark.usefixtures("web")
async def test_an_unsubscription_at_sendgrid_is_one_with_us(house: House, sendgrid: SendGrid, by_sendgrid: SendGridTransport) -> None:
    await house.dispatch(by_sendgrid)

    assert await asyncio.to_thread(sendgrid.tell, {"event": "group_unsubscribe", "more": {"asm_group_id": 3}}) == 200

    assert await house.end() == ("sent", None, "unsubscribe")


async def test_over_smtp_a_report_finds_its_mail_by_the_envelope_that_it_came_back_to(house: House, post: PostOffice) -> None:
    line = SmtpTransport(read_url(f"smtp://127.0.0.1:{post.smtp_port}"), local_hostname="reviews.example")
    await house.dispatch(line)
    await line.close()
    [mail] = post.mails()
    sender = str(mail["sender"])
    desk = house.bounces

    assert sender.startswith("bounces+")
    assert await desk.takes(sender)
    assert not await desk.takes("reviews@x.example")
    report = (Path(__file__).parents[1] / "adapters" / "mail" / "reports" / "postfix.eml").read_text().replace("@VERP@", sender)
    forged = report.replace(sender, sender.replace(".", ".a", 1))
    await desk.receive(sender.replace(".", ".a", 1), forged.encode())
    assert await house.end() == ("sent", None, None)

    for _ in range(2):
        await desk.receive(sender, report.encode())

    assert await house.end() == ("refused", "bounced", "hard_bounce")
    async with house.maker() as session:
        row = (await session.scalars(select(Invitation))).one()
        assert [(event.kind, event.status) for event in await delivery_effects.of_invitation(session, row)] == [("bounce", "5.1.1")]


@pytest.mark.parametrize("at", ["rcpt", "final"])
async def test_a_full_mailbox_at_the_door_is_a_soft_bounce_and_the_third_the_last(
    house: House, post: PostOffice, at: Literal["rcpt", "final"]
) -> None:
    ends = list[tuple[str, str | None, str | None]]()
    for day in range(3):
        post.misbehave(at=at, mode="code", code=552, words="5.2.2 mailbox full")
        line = SmtpTransport(read_url(f"smtp://127.0.0.1:{post.smtp_port}"), local_hostname="reviews.example")
        await house.dispatch(line)
        await line.close()
        ends.append(await house.end())
        async with house.maker.begin() as session:
            row = (await session.scalars(select(Invitation))).one()
            assert day == 2 or row.due_at >= house.clock.now() + timedelta(hours=23)
            row.due_at = house.clock.now()

    assert [(state, stopped) for state, _, stopped in ends] == [("planned", None), ("planned", None), ("refused", "soft_bounces")]


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("5.1.1 no such user", ("refused", "bounced", "hard_bounce")),
        ("no such user", ("refused", "bounced", "hard_bounce")),
        ("5.7.1 not from you", ("planned", "policy_refused", None)),
        ("5.0.0 Access denied", ("planned", "policy_refused", None)),
        ("5.0.0 you are in an RBL", ("planned", "block_listed", None)),
        ("zoals gevraagd", ("refused", "recipient_refused", None)),
    ],
)
@pytest.mark.parametrize("at", ["rcpt", "final"])
async def test_a_mailbox_that_does_not_exist_at_the_door_is_a_hard_bounce(
    house: House, post: PostOffice, words: str, end: tuple[str, str, str | None], at: Literal["rcpt", "final"]
) -> None:
    """Some servers look up a mailbox only once they have the whole message."""
    end = (end[0], end[1].replace("recipient", "message"), end[2]) if at == "final" else end
    post.misbehave(at=at, mode="code", code=550, words=words)
    line = SmtpTransport(read_url(f"smtp://127.0.0.1:{post.smtp_port}"), local_hostname="reviews.example")

    await house.dispatch(line)
    await line.close()

    assert await house.end() == end
    assert post.mails() == []
