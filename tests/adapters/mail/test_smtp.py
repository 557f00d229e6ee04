"""Every way in which a mail server can answer, or fail to, and what the channel makes of it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from datetime import timedelta

import msgspec
import pytest

from reviews.adapters.mail.mail_server import MailServer, read_url
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.handover.outcomes import NOT_MARKED, Outcome, Refused, Retry, Sent, Unknown
from reviews.reasons import OutcomeCode
from tests.adapters.letters_to_jan import TO_JAN, yes
from tests.fakes import FakePost
from tests.standins.programs import PostOffice

SENT = Sent(TO_JAN.message_id)
PATIENCE = timedelta(seconds=1)
Fault = dict[str, object]


@pytest.fixture
async def channel(post: PostOffice) -> AsyncGenerator[SmtpTransport]:
    server = read_url(f"smtp://127.0.0.1:{post.smtp_port}")
    opened = SmtpTransport(server, step_timeout=PATIENCE, final_timeout=PATIENCE, local_hostname="reviews.example")
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("smtp://mail.example", True),
        ("smtp://10.0.0.4:2525", True),
        ("smtp://post:2525", True),
        ("smtp://localhost", False),
        ("smtp://[::1]:2525", False),
        ("smtps://mail.example", False),
        ("smtp+starttls://mail.example", False),
    ],
)
def test_a_way_on_which_mail_can_be_read_is_known_for_one(url: str, clear: bool) -> None:
    assert read_url(url).in_the_clear is clear


@pytest.mark.parametrize(
    ("fault", "expected", "kept"),
    [
        ({"at": "connect", "mode": "close"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "connect", "mode": "reset"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "connect", "mode": "code", "code": 421}, Retry(OutcomeCode.SMTP_BUSY), 0),
        ({"at": "connect", "mode": "code", "code": 554}, Retry(OutcomeCode.SMTP_TURNED_AWAY), 0),
        ({"at": "connect", "mode": "garbage"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "connect", "mode": "stall"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "ehlo", "mode": "close"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "ehlo", "mode": "stall"}, Retry(OutcomeCode.SMTP_UNREACHABLE), 0),
        ({"at": "mail", "mode": "code", "code": 451}, Retry(OutcomeCode.SENDER_DEFERRED), 0),
        ({"at": "mail", "mode": "code", "code": 550}, Retry(OutcomeCode.SENDER_REFUSED, timedelta(days=1)), 0),
        ({"at": "mail", "mode": "code", "code": 421}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "mail", "mode": "close"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "rcpt", "mode": "code", "code": 450}, Retry(OutcomeCode.RECIPIENT_DEFERRED), 0),
        ({"at": "rcpt", "mode": "code", "code": 452}, Retry(OutcomeCode.RECIPIENT_DEFERRED), 0),
        ({"at": "rcpt", "mode": "code", "code": 550}, Refused(OutcomeCode.RECIPIENT_REFUSED, "550 zoals gevraagd"), 0),
        ({"at": "rcpt", "mode": "stall"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "rcpt", "mode": "garbage"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "code", "code": 451}, Retry(OutcomeCode.MESSAGE_DEFERRED), 0),
        ({"at": "data", "mode": "code", "code": 554}, Refused(OutcomeCode.MESSAGE_REFUSED, "554 zoals gevraagd"), 0),
        ({"at": "data", "mode": "code", "code": 421}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "code", "code": 250}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "close"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "reset"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "garbage"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "data", "mode": "stall"}, Retry(OutcomeCode.SMTP_LOST), 0),
        ({"at": "body", "mode": "close"}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"at": "body", "mode": "reset"}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"at": "final", "mode": "code", "code": 421}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"at": "final", "mode": "code", "code": 451}, Retry(OutcomeCode.MESSAGE_DEFERRED), 0),
        ({"at": "final", "mode": "code", "code": 452}, Retry(OutcomeCode.MESSAGE_DEFERRED), 0),
        ({"at": "final", "mode": "code", "code": 554}, Refused(OutcomeCode.MESSAGE_REFUSED, "554 zoals gevraagd"), 0),
        ({"at": "final", "mode": "close"}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"at": "final", "mode": "reset"}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"at": "final", "mode": "lost_reply"}, Unknown(OutcomeCode.REPLY_LOST), 1),
        ({"at": "final", "mode": "stall"}, Unknown(OutcomeCode.REPLY_LOST), 1),
        ({"at": "final", "mode": "garbage"}, Unknown(OutcomeCode.REPLY_LOST), 1),
        ({"at": "quit", "mode": "close"}, SENT, 1),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
async def test_each_answer_has_its_meaning(post: PostOffice, channel: SmtpTransport, fault: Fault, expected: Outcome, kept: int) -> None:
    post.misbehave(**fault)

    outcome = await channel.send(TO_JAN, mark=yes)
    await channel.close()

    if fault == {"at": "final", "mode": "garbage"}:
        assert isinstance(outcome, Unknown)
    else:
        assert outcome == expected
    assert len(post.mails()) == kept


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outcome = await SmtpTransport(read_url(f"smtp://127.0.0.1:{closed.getsockname()[1]}")).send(TO_JAN, mark=yes)

    assert outcome == Retry(OutcomeCode.SMTP_UNREACHABLE)


async def test_letters_share_a_line(post: PostOffice, channel: SmtpTransport) -> None:
    before = post.connections()

    outcomes = [await channel.send(TO_JAN, mark=yes) for _ in range(5)]

    assert outcomes == [SENT] * 5
    assert post.connections() == before + 1
    assert len(post.mails()) == 5


@pytest.mark.parametrize("mode", [{"mode": "close"}, {"mode": "code", "code": 421}])
async def test_a_line_that_died_while_idle_costs_nothing_but_a_new_one(post: PostOffice, channel: SmtpTransport, mode: Fault) -> None:
    await channel.send(TO_JAN, mark=yes)
    post.misbehave(at="mail", **mode)

    assert await channel.send(TO_JAN, mark=yes) == SENT
    assert len(post.mails()) == 2


async def test_a_late_reply_never_speaks_for_another_letter(post: PostOffice, channel: SmtpTransport) -> None:
    post.misbehave(at="final", mode="stall", seconds=1.5)
    before = post.connections()

    first = await channel.send(TO_JAN, mark=yes)
    post.misbehave(at="final", mode="code", code=554)
    second = await channel.send(msgspec.structs.replace(TO_JAN, message_id="<tweede@ambiance.example>"), mark=yes)

    assert first == Unknown(OutcomeCode.REPLY_LOST)
    assert second == Refused(OutcomeCode.MESSAGE_REFUSED, "554 zoals gevraagd")
    assert post.connections() == before + 2


async def test_a_line_that_went_strange_is_never_used_again(post: PostOffice, channel: SmtpTransport) -> None:
    before = post.connections()
    post.misbehave(at="final", mode="garbage")

    assert isinstance(await channel.send(TO_JAN, mark=yes), Unknown)
    assert await channel.send(TO_JAN, mark=yes) == SENT
    assert post.connections() == before + 2


async def test_after_a_refusal_the_line_is_wiped_clean_for_the_next_letter(post: PostOffice, channel: SmtpTransport) -> None:
    before = post.connections()
    post.misbehave(at="rcpt", mode="code", code=550)
    refused = await channel.send(TO_JAN, mark=yes)

    sent = await channel.send(msgspec.structs.replace(TO_JAN, to_address="piet@example.nl"), mark=yes)

    assert isinstance(refused, Refused)
    assert sent == SENT
    assert [mail["recipients"] for mail in post.mails()] == [["piet@example.nl"]]
    assert post.connections() == before + 1


async def test_a_mark_that_is_not_granted_leaves_nothing_behind(post: PostOffice, channel: SmtpTransport) -> None:
    asked: list[int] = []

    async def refuse() -> bool:
        asked.append(len(post.mails()))
        return False

    assert await channel.send(TO_JAN, mark=refuse) == Retry(NOT_MARKED)
    assert asked == [0]
    assert await channel.send(TO_JAN, mark=yes) == SENT
    assert len(post.mails()) == 1


@pytest.mark.parametrize("mode", [{"mode": "close"}, {"mode": "code", "code": 451}, {"mode": "code", "code": 421}, {"mode": "stall"}])
@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data"])
async def test_no_mark_stands_for_a_mail_that_the_server_did_not_ask_for(post: PostOffice, channel: SmtpTransport, at: str, mode: Fault) -> None:
    marks: list[bool] = []

    async def mark() -> bool:
        marks.append(True)
        return True

    post.misbehave(at=at, **mode)
    outcome = await channel.send(TO_JAN, mark=mark)

    assert isinstance(outcome, Retry)
    assert marks == []


async def test_letters_that_wait_for_a_line_have_no_mark(post: PostOffice, channel: SmtpTransport) -> None:
    marks: list[str] = []
    at_the_mark, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> bool:
        marks.append("first")
        at_the_mark.set()
        await go_on.wait()
        return True

    async def second() -> bool:
        marks.append("second")
        return True

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(channel.send(TO_JAN, mark=slow))
        await at_the_mark.wait()
        waiting = tasks.create_task(channel.send(TO_JAN, mark=second))
        await asyncio.sleep(0)
        assert (marks, waiting.done()) == (["first"], False)
        go_on.set()

    assert marks == ["first", "second"]


async def test_a_refused_recipient_is_never_marked(post: PostOffice, channel: SmtpTransport) -> None:
    marks: list[bool] = []

    async def mark() -> bool:
        marks.append(True)
        return True

    post.misbehave(at="rcpt", mode="code", code=550)
    await channel.send(TO_JAN, mark=mark)

    assert marks == []


async def test_a_mark_that_fails_sends_nothing_and_spoils_nothing(post: PostOffice, channel: SmtpTransport) -> None:
    async def broken() -> bool:
        raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError):
        await channel.send(TO_JAN, mark=broken)

    assert post.mails() == []
    assert await channel.send(TO_JAN, mark=yes) == SENT


async def test_the_servers_words_are_kept_without_the_address(post: PostOffice, channel: SmtpTransport) -> None:
    outcome = await channel.send(msgspec.structs.replace(TO_JAN, to_address="a" * 64 + "@" + "b" * 60 + ".nl"), mark=yes)

    assert outcome == SENT
    post.misbehave(at="rcpt", mode="code", code=550)
    refused = await channel.send(TO_JAN, mark=yes)
    assert isinstance(refused, Refused)
    assert "jan@example.nl" not in refused.detail


@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "final", "connect"])
@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (554, "5.7.1 Client host blocked using zen.spamhaus.org", Retry(OutcomeCode.BLOCK_LISTED, timedelta(days=1), "zen.spamhaus.org")),
        (550, "5.0.0 Access denied", Retry(OutcomeCode.POLICY_REFUSED, timedelta(days=1))),
        (550, "5.7.26 no DMARC pass", Retry(OutcomeCode.NOT_AUTHENTICATED, timedelta(days=1))),
        (451, "4.7.1 blocked using bl.example.net", Retry(OutcomeCode.BLOCK_LISTED, None, "bl.example.net")),
    ],
)
async def test_what_turns_us_away_keeps_the_mail_waiting_wherever_it_is_said(
    post: PostOffice, channel: SmtpTransport, at: str, code: int, text: str, expected: Retry
) -> None:
    post.misbehave(at=at, mode="code", code=code, words=text)

    outcome = await channel.send(TO_JAN, mark=yes)

    # at the greeting the whole server turns us away, which may end sooner
    assert outcome == (Retry(expected.code, None, expected.blocked_by) if at == "connect" else expected)


async def test_a_probe_tells_whether_the_server_would_take_letters(post: PostOffice, channel: SmtpTransport) -> None:
    assert await channel.probe() == Sent()
    post.misbehave(at="connect", mode="code", code=421)
    assert await channel.probe() == Retry(OutcomeCode.SMTP_BUSY)
    assert post.mails() == []


@pytest.mark.parametrize("kind", ["real", "fake"])
async def test_a_channel_and_its_fake_agree(post: PostOffice, channel: SmtpTransport, kind: str) -> None:
    fake = FakePost()
    any_channel = channel if kind == "real" else fake

    async def no() -> bool:
        return False

    post.misbehave(at="rcpt", mode="code", code=550)
    fake.will(Refused(OutcomeCode.RECIPIENT_REFUSED, "550 zoals gevraagd"))
    assert await any_channel.send(TO_JAN, mark=yes) == Refused(OutcomeCode.RECIPIENT_REFUSED, "550 zoals gevraagd")
    assert await any_channel.send(TO_JAN, mark=no) == Retry(NOT_MARKED)
    post.misbehave(at="final", mode="lost_reply")
    fake.will(Unknown(OutcomeCode.REPLY_LOST), taken=True)
    assert await any_channel.send(TO_JAN, mark=yes) == Unknown(OutcomeCode.REPLY_LOST)
    assert await any_channel.send(TO_JAN, mark=yes) == SENT
    assert await any_channel.send(msgspec.structs.replace(TO_JAN, subject="a\nb"), mark=yes) == Refused(OutcomeCode.UNSAFE_HEADER, "subject")
    assert len(post.mails() if kind == "real" else fake.taken) == 2


@pytest.mark.parametrize("url", ["", "http://a", "smtp://", "smtp://user:secret@mail.example"])
def test_an_address_that_will_not_do_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="smtp") as refused:
        read_url(url)

    assert "secret" not in str(refused.value)


def test_an_address_brings_host_port_and_login() -> None:
    server = read_url("smtp+starttls://user%40a:p%3Aw@mail.example")

    assert server == MailServer(scheme="smtp+starttls", host="mail.example", port=587, user="user@a", password="p:w")
    assert "p:w" not in repr(server)
