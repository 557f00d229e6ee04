"""What becomes of two invitations, one after the other, when the other side behaves like this, and once it is well again.

Each row tells the states and the copies while it is sick, and afterwards. No row has a copy too many, none is lost without being shown, and
*unknown* is only what the other side had begun to take.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters import templates
from reviews.adapters.mail.bounce_intake import BounceDoor
from reviews.adapters.mail.channel import MailChannel
from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.adapters.platform.channel import PlatformChannel
from reviews.adapters.platform.client import Klantenvertellen
from reviews.adapters.platform.pace import NoPace
from reviews.database.tables import ChannelHalt, Invitation, Person
from reviews.invitations.feedback.bounce_reports import BounceMailbox
from reviews.invitations.sending.dispatch import Channel, Dispatcher
from reviews.keys import KeyRing
from tests import cast
from tests.flows.peers import OK, Do, MailPeer, Peer, PlatformPeer, Sick, http
from tests.invitations import mailed
from tests.invitations.channels import PausedClock

Maker = async_sessionmaker[AsyncSession]
LEASE: Final = timedelta(seconds=60)
PATIENCE: Final = timedelta(seconds=30)
BRIEF: Final = timedelta(seconds=1)
"""Patience with a peer that never answers; nothing that answers is measured by it."""

WAITS, SENT, UNKNOWN, REFUSED = ("planned",) * 2, ("sent",) * 2, ("unknown",) * 2, ("refused",) * 2
TAKE, CLOSE, RESET, STALL = Do.TAKE, Do.CLOSE, Do.RESET, Do.STALL
States = tuple[str, ...]


class Two:
    """Two invitations that are due, of two people, by one channel."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime, channel: str) -> None:
        self.maker, self.key_ring, self.clock, self.channel = maker, key_ring, PausedClock(now), channel

    async def settle_in(self) -> None:
        now = self.clock.moment
        due: dict[str, Any] = {"state": "planned", "marked_at": None, "sent_at": None, "message_at": None, "attempt": 0, "channel": self.channel}
        async with self.maker.begin() as session:
            utrecht = await cast.utrecht(session, self.key_ring, now=now, rules=msgspec.structs.replace(cast.ANY_HOUR, channel=self.channel))
            for number, email in (("W1", "jan@example.com"), ("W2", "piet@example.com")):
                await mailed.invitation(session, utrecht, await mailed.person(session, self.key_ring, now, email), now, number, **due)

    async def dispatch(self, by: Channel) -> None:
        await Dispatcher(self.maker, {self.channel: by}, self.clock, LEASE, at_once=1).dispatch_due()

    async def mend(self) -> None:
        """Let time pass, and a person mend what was halted."""
        self.clock.moment += timedelta(days=3)
        async with self.maker.begin() as session:
            await session.execute(delete(ChannelHalt))

    async def states(self) -> States:
        async with self.maker() as session:
            return tuple(sorted((await session.scalars(select(Invitation.state))).all()))

    async def unknown(self) -> set[str]:
        """The names by which the other side knows the unknown ones."""
        column = Person.email if self.channel == "mail" else Invitation.reference
        async with self.maker() as session:
            found = select(column).select_from(Invitation).join(Person, Person.id == Invitation.person_id).where(Invitation.state == "unknown")
            return set(await session.scalars(found))


async def tried(two: Two, peer: Peer, sick: Channel, well: Channel, row: tuple[Sick, States, int, States, int]) -> None:
    moves, states, copies, states_after, copies_after = row
    peer.sick = moves
    await two.dispatch(sick)
    assert (await two.states(), peer.copies.total()) == (states, copies)
    assert await two.unknown() <= peer.begun, "only what had begun is unknown"

    peer.sick = {}
    await two.mend()
    await two.dispatch(well)
    assert (await two.states(), peer.copies.total()) == (states_after, copies_after)
    assert set(peer.copies.values()) <= {1}, "nobody gets two"


MAIL: Final[dict[str, tuple[Sick, States, int, States, int]]] = {
    "well": ({}, SENT, 2, SENT, 2),
    "answers in pieces": ({"mail": (b"25", b"0 2.1.0", b" ok\r\n"), "final": (TAKE, b"2", b"50 ok\r", b"\n")}, SENT, 2, SENT, 2),
    "answers on many lines": ({"rcpt": (b"250-one\r\n250-two\r\n250 three\r\n",)}, SENT, 2, SENT, 2),
    "forwards (251)": ({"rcpt": (b"251 user not local; will forward\r\n",)}, SENT, 2, SENT, 2),
    "hangs up at QUIT": ({"quit": (CLOSE,)}, SENT, 2, SENT, 2),
    "421 at QUIT": ({"quit": (b"421 4.3.2 shutting down\r\n", CLOSE)}, SENT, 2, SENT, 2),
    "421 at the greeting": ({"banner": (b"421 4.3.2 too busy\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "554 at the greeting": ({"banner": (b"554 5.3.2 no service here\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "a list at the greeting": ({"banner": (b"554 5.7.1 blocked using zen.spamhaus.org\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "hangs up at once": ({"banner": (CLOSE,)}, WAITS, 0, SENT, 2),
    "talks nonsense": ({"banner": (b"\x00\xffSSH-2.0\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "never greets": ({"banner": (STALL,)}, WAITS, 0, SENT, 2),
    "hangs up at EHLO": ({"ehlo": (CLOSE,)}, WAITS, 0, SENT, 2),
    "451 at MAIL": ({"mail": (b"451 4.3.0 later\r\n",)}, WAITS, 0, SENT, 2),
    "421 at MAIL": ({"mail": (b"421 4.3.2 shutting down\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "550 at MAIL": ({"mail": (b"550 5.1.8 sender's domain unknown\r\n",)}, WAITS, 0, SENT, 2),
    "greylisting (450)": ({"rcpt": (b"450 4.7.1 greylisted, try again later\r\n",)}, WAITS, 0, SENT, 2),
    "452 at RCPT": ({"rcpt": (b"452 4.2.2 mailbox full\r\n",)}, WAITS, 0, SENT, 2),
    "421 at RCPT": ({"rcpt": (b"421 4.3.2 shutting down\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "no such mailbox, by its code": ({"rcpt": (b"550 5.1.1 no\r\n",)}, REFUSED, 0, REFUSED, 0),
    "no such mailbox, by its words": ({"rcpt": (b"550 no such user here\r\n",)}, REFUSED, 0, REFUSED, 0),
    "a bare 550 at RCPT": ({"rcpt": (b"550 no\r\n",)}, REFUSED, 0, REFUSED, 0),
    "a list at RCPT": ({"rcpt": (b"554 5.7.1 client blocked using zen.spamhaus.org\r\n",)}, WAITS, 0, SENT, 2),
    "550 5.0.0 Access denied at RCPT": ({"rcpt": (b"550 5.0.0 Access denied\r\n",)}, WAITS, 0, SENT, 2),
    "530 at RCPT": ({"rcpt": (b"530 5.7.0 authentication required\r\n",)}, WAITS, 0, SENT, 2),
    "451 at DATA": ({"data": (b"451 4.3.0 later\r\n",)}, WAITS, 0, SENT, 2),
    "421 at DATA": ({"data": (b"421 4.3.2 shutting down\r\n", CLOSE)}, WAITS, 0, SENT, 2),
    "554 at DATA": ({"data": (b"554 5.5.1 no valid recipients\r\n",)}, REFUSED, 0, REFUSED, 0),
    "250 at DATA": ({"data": (b"250 ok\r\n",)}, WAITS, 0, SENT, 2),
    "hangs up before 354": ({"data": (CLOSE,)}, WAITS, 0, SENT, 2),
    "resets before 354": ({"data": (RESET,)}, WAITS, 0, SENT, 2),
    "never says 354": ({"data": (STALL,)}, WAITS, 0, SENT, 2),
    "hangs up in the midst of the mail": ({"body": (CLOSE,)}, UNKNOWN, 0, UNKNOWN, 0),
    "resets in the midst of the mail": ({"body": (RESET,)}, UNKNOWN, 0, UNKNOWN, 0),
    "451 at the dot": ({"final": (b"451 4.3.0 later\r\n",)}, WAITS, 0, SENT, 2),
    "452 at the dot": ({"final": (b"452 4.3.1 disk full\r\n",)}, WAITS, 0, SENT, 2),
    "552 at RCPT, full": ({"rcpt": (b"552 5.2.2 mailbox full\r\n",)}, WAITS, 0, SENT, 2),
    "552 at the dot, full": ({"final": (b"552 5.2.2 over quota\r\n",)}, WAITS, 0, SENT, 2),
    "552 at the dot, too big": ({"final": (b"552 5.3.4 too big\r\n",)}, REFUSED, 0, REFUSED, 0),
    "spam at the dot": ({"final": (b"554 5.7.1 looks like spam\r\n",)}, WAITS, 0, SENT, 2),
    "no such mailbox at the dot": ({"final": (b"550 5.1.1 no such user\r\n",)}, REFUSED, 0, REFUSED, 0),
    "421 at the dot, taken": ({"final": (TAKE, b"421 4.3.2 shutting down\r\n", CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "421 at the dot, not taken": ({"final": (b"421 4.3.2 shutting down\r\n", CLOSE)}, UNKNOWN, 0, UNKNOWN, 0),
    "421 at the dot because of a list": ({"final": (TAKE, b"421 4.7.0 blocked using bl.example.net\r\n", CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and hangs up": ({"final": (TAKE, CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and resets": ({"final": (TAKE, RESET)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and says half a reply": ({"final": (TAKE, b"25", CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and talks nonsense": ({"final": (TAKE, b"\xff\xfe?\r\n", CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and says 354": ({"final": (TAKE, b"354 go on\r\n")}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and never answers": ({"final": (TAKE, STALL)}, UNKNOWN, 2, UNKNOWN, 2),
    "answers each dot twice": ({"final": (TAKE, b"250 ok\r\n250 ok\r\n")}, ("planned", "sent"), 1, SENT, 2),
}
"""What a mail server may do; states and copies while it does, and after it is well again."""


@asynccontextmanager
async def by_mail(two: Two, port: int, *, step: timedelta = PATIENCE, final: timedelta = PATIENCE, scheme: str = "smtp") -> AsyncGenerator[Channel]:
    post = SmtpTransport(read_url(f"{scheme}://127.0.0.1:{port}"), step_timeout=step, final_timeout=final, local_hostname="reviews.example")
    renderer = MailRenderer(templates.environment(base_url="http://x.example"), "http://x.example", "reviews@x.example", two.key_ring, "b@x.example")
    back = BounceDoor(BounceMailbox("b@x.example", two.key_ring), two.maker, two.clock)
    try:
        yield MailChannel(post, renderer, "http://platform.example", turned_away=back.turned_away)
    finally:
        await post.close()


@pytest.mark.parametrize("name", MAIL)
async def test_a_mail_server_that(maker: Maker, key_ring: KeyRing, now: datetime, name: str) -> None:
    two, peer, row = Two(maker, key_ring, now, "mail"), MailPeer(), MAIL[name]
    await two.settle_in()
    stalls = {step for step, moves in row[0].items() if STALL in moves}

    async with asyncio.timeout(120), peer.listening() as port:
        sick = by_mail(two, port, step=BRIEF if stalls - {"final"} else PATIENCE, final=BRIEF if "final" in stalls else PATIENCE)
        async with sick as while_sick, by_mail(two, port) as afterwards:
            await tried(two, peer, while_sick, afterwards, row)


def said(code: str) -> bytes:
    return b'{"detailedError":[{"errorCode":"%s","message":"no"}]}' % code.encode()


PLATFORM: Final[dict[str, tuple[Sick, States, int, States, int]]] = {
    "well": ({}, SENT, 2, SENT, 2),
    "answers in pieces": ({"answer": (TAKE, OK[:9], OK[9:40], OK[40:])}, SENT, 2, SENT, 2),
    "says 100 first": ({"answer": (TAKE, b"HTTP/1.1 100 Continue\r\n\r\n", OK)}, SENT, 2, SENT, 2),
    "plain OK": ({"answer": (http("200 OK", b"OK"),)}, UNKNOWN, 0, UNKNOWN, 0),
    "a page for maintenance with 200": ({"answer": (http("200 OK", b"<html>Onderhoud</html>"),)}, UNKNOWN, 0, UNKNOWN, 0),
    "nothing with 200": ({"answer": (TAKE, http("200 OK"))}, UNKNOWN, 2, UNKNOWN, 2),
    "200 with another code": ({"answer": (http("200 OK", b'{"code":"QUEUED"}'),)}, UNKNOWN, 0, UNKNOWN, 0),
    "204": ({"answer": (TAKE, http("204 No Content"))}, UNKNOWN, 2, UNKNOWN, 2),
    "302": ({"answer": (http("302 Found", b"", "Location: http://127.0.0.1:9/"),)}, UNKNOWN, 0, UNKNOWN, 0),
    "301": ({"answer": (http("301 Moved Permanently", b"", "Location: http://127.0.0.1:9/"),)}, WAITS, 0, SENT, 2),
    "already placed": ({"answer": (http("400 Bad Request", said("INVITATION_ALREADY_PLACED")),)}, REFUSED, 0, REFUSED, 0),
    "not valid": ({"answer": (http("400 Bad Request", said("VALIDATION_ERROR")),)}, REFUSED, 0, REFUSED, 0),
    "an error of its own": ({"answer": (http("409 Conflict", b"?"),)}, REFUSED, 0, REFUSED, 0),
    "401": ({"answer": (http("401 Unauthorized"),)}, WAITS, 0, SENT, 2),
    "403 from a firewall": ({"answer": (http("403 Forbidden", b"<html>blocked</html>"),)}, WAITS, 0, SENT, 2),
    "404": ({"answer": (http("404 Not Found"),)}, WAITS, 0, SENT, 2),
    "408": ({"answer": (http("408 Request Timeout"),)}, WAITS, 0, SENT, 2),
    "429 with a time": ({"answer": (http("429 Too Many Requests", b"", "Retry-After: 1"),)}, WAITS, 0, SENT, 2),
    "429 without a time": ({"answer": (http("429 Too Many Requests"),)}, WAITS, 0, SENT, 2),
    "500": ({"answer": (http("500 Internal Server Error"),)}, WAITS, 0, SENT, 2),
    "502 with a page": ({"answer": (http("502 Bad Gateway", b"<html>502</html>"),)}, WAITS, 0, SENT, 2),
    "503": ({"answer": (http("503 Service Unavailable"),)}, WAITS, 0, SENT, 2),
    "504, taken": ({"answer": (TAKE, http("504 Gateway Timeout"))}, UNKNOWN, 2, UNKNOWN, 2),
    "hangs up after the body": ({"answer": (CLOSE,)}, UNKNOWN, 0, UNKNOWN, 0),
    "takes it and resets": ({"answer": (TAKE, RESET)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and says half an answer": ({"answer": (TAKE, OK[:30], CLOSE)}, UNKNOWN, 2, UNKNOWN, 2),
    "takes it and never answers": ({"answer": (TAKE, STALL)}, UNKNOWN, 2, UNKNOWN, 2),
    "talks nonsense": ({"answer": (b"\xff\xfe\r\n\r\n", CLOSE)}, UNKNOWN, 0, UNKNOWN, 0),
}
"""What a platform may do; states and copies while it does, and after it is well again."""


@asynccontextmanager
async def by_platform(two: Two, port: int, *, patience: timedelta = PATIENCE) -> AsyncGenerator[Channel]:
    connector = Klantenvertellen(f"http://127.0.0.1:{port}", pace=NoPace(), timeout=patience)
    try:
        yield PlatformChannel(connector, two.key_ring)
    finally:
        await connector.close()


@pytest.mark.parametrize("name", PLATFORM)
async def test_a_platform_that(maker: Maker, key_ring: KeyRing, now: datetime, name: str) -> None:
    two, peer, row = Two(maker, key_ring, now, "platform"), PlatformPeer(), PLATFORM[name]
    await two.settle_in()
    stalls = any(STALL in moves for moves in row[0].values())

    async with asyncio.timeout(120), peer.listening() as port:
        sick = by_platform(two, port, patience=BRIEF if stalls else PATIENCE)
        async with sick as while_sick, by_platform(two, port) as afterwards:
            await tried(two, peer, while_sick, afterwards, row)
