"""Every way in which SendGrid can answer, or fail to, and what our post makes of it."""

import socket
import ssl
import time
from collections.abc import AsyncGenerator, Generator
from datetime import timedelta

import msgspec
import pytest

from reviews.adapters.mail.sendgrid import SendGridTransport
from reviews.handover.outcomes import NOT_MARKED, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.reasons import OutcomeCode
from tests.adapters.letters_to_jan import TO_JAN, yes
from tests.standins import programs
from tests.standins.programs import SendGrid

LETTER = msgspec.structs.replace(TO_JAN, reference="0123456789abcdef0123")
PATIENCE = timedelta(seconds=1)
Fault = dict[str, object]


@pytest.fixture(scope="module")
def running() -> Generator[SendGrid]:
    with programs.sendgrid() as program:
        yield program


@pytest.fixture
def sendgrid(running: SendGrid) -> SendGrid:
    running.behave()
    return running


@pytest.fixture
async def post(sendgrid: SendGrid) -> AsyncGenerator[SendGridTransport]:
    opened = SendGridTransport(sendgrid.url, "SG.test", timeout=PATIENCE)
    yield opened
    await opened.close()


async def test_a_domain_beyond_ascii_leaves_as_its_a_label(sendgrid: SendGrid, post: SendGridTransport) -> None:
    await post.send(msgspec.structs.replace(LETTER, to_address="jan@exämple.de"), mark=yes)

    assert [mail["body"]["personalizations"][0]["to"][0]["email"] for mail in sendgrid.mails()] == ["jan@xn--exmple-cua.de"]


@pytest.mark.parametrize(
    ("fault", "expected", "kept"),
    [
        ({"mode": "timeout"}, Unknown(OutcomeCode.SENDGRID_TIMEOUT), 0),
        ({"mode": "late", "seconds": 1.5}, Unknown(OutcomeCode.SENDGRID_TIMEOUT), 1),
        ({"mode": "reset"}, Unknown(OutcomeCode.REPLY_LOST), 0),
        ({"mode": "lost_reply"}, Unknown(OutcomeCode.REPLY_LOST), 1),
        ({"mode": "html"}, Unknown(OutcomeCode.ANSWER_UNCLEAR), 0),
        ({"mode": "empty"}, Unknown(OutcomeCode.ANSWER_UNCLEAR), 0),
        ({"mode": "204"}, Unknown(OutcomeCode.ANSWER_UNCLEAR), 0),
        ({"mode": "302"}, Halt(OutcomeCode.SENDGRID_MOVED), 0),
        ({"mode": "307"}, Halt(OutcomeCode.SENDGRID_MOVED), 0),
        ({"mode": "401"}, Halt(OutcomeCode.KEY_REFUSED), 0),
        ({"mode": "403"}, Halt(OutcomeCode.SENDER_FORBIDDEN), 0),
        ({"mode": "404"}, Halt(OutcomeCode.SENDGRID_MOVED), 0),
        ({"mode": "408"}, Retry(OutcomeCode.REQUEST_TIMEOUT), 0),
        ({"mode": "429"}, Retry(OutcomeCode.TOO_MANY_REQUESTS), 0),
        ({"mode": "503"}, Retry(OutcomeCode.SENDGRID_UNAVAILABLE), 0),
        ({"mode": "500"}, Unknown(OutcomeCode.SENDGRID_ERROR), 0),
        ({"mode": "500", "works": True}, Unknown(OutcomeCode.SENDGRID_ERROR), 1),
        ({"mode": "502"}, Unknown(OutcomeCode.SENDGRID_ERROR), 0),
        ({"mode": "504"}, Unknown(OutcomeCode.SENDGRID_ERROR), 0),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
async def test_each_answer_has_its_meaning(sendgrid: SendGrid, post: SendGridTransport, fault: Fault, expected: Outcome, kept: int) -> None:
    sendgrid.misbehave(call="send", **fault)

    assert await post.send(LETTER, mark=yes) == expected
    assert len(sendgrid.mails()) == kept


@pytest.mark.parametrize("mode", ["400", "413", "418"])
async def test_a_mail_that_it_does_not_want_is_refused_in_its_words_without_the_address(
    sendgrid: SendGrid, post: SendGridTransport, mode: str
) -> None:
    sendgrid.misbehave(call="send", mode=mode, error_code=f"BAD {LETTER.to_address.upper()}")

    outcome = await post.send(LETTER, mark=yes)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.detail[:4]) == ("message_refused", f"{mode} ")
    assert "BAD …" in outcome.detail
    assert LETTER.to_address not in outcome.detail.lower()


async def test_what_it_took_is_sent_under_its_own_id(sendgrid: SendGrid, post: SendGridTransport) -> None:
    outcome = await post.send(LETTER, mark=yes)

    assert outcome == Sent(sendgrid.mails()[0]["id"])


async def test_nobody_there_is_certainly_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        post = SendGridTransport(f"http://127.0.0.1:{closed.getsockname()[1]}", "SG.test", timeout=PATIENCE)
        assert await post.send(LETTER, mark=yes) == Retry(OutcomeCode.SENDGRID_UNREACHABLE)
        await post.close()


async def test_a_mail_says_all_that_it_said_over_smtp_and_nothing_about_the_person_stays_there(sendgrid: SendGrid, post: SendGridTransport) -> None:
    await post.send(LETTER, mark=yes)

    mail = sendgrid.mails()[0]
    body = mail["body"]
    assert body["personalizations"] == [
        {"to": [{"email": "jan@example.nl", "name": "Jan de Vries"}], "custom_args": {"reference": LETTER.reference}},
    ]
    assert body["from"] == {"email": LETTER.from_address, "name": "Ambiance Utrecht"}
    assert body["reply_to"] == {"email": LETTER.reply_to}
    assert [(part["type"], part["value"]) for part in body["content"]] == [("text/plain", LETTER.text), ("text/html", LETTER.html)]
    assert body["headers"] == {
        "Message-ID": LETTER.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-ID": f"<{LETTER.list_id}>",
        "List-Unsubscribe": ", ".join(f"<{address}>" for address in LETTER.list_unsubscribe),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": LETTER.feedback_id,
    }
    assert "categories" not in body
    assert mail["headers"]["authorization"] == "Bearer SG.test"
    assert "SG.test" not in msgspec.json.encode(body).decode()


async def test_tracking_is_off_by_name_unless_openings_are_asked_for(sendgrid: SendGrid, post: SendGridTransport) -> None:
    await post.send(LETTER, mark=yes)
    curious = SendGridTransport(sendgrid.url, "SG.test", timeout=PATIENCE, opens=True)
    await curious.send(LETTER, mark=yes)
    await curious.close()

    plain, open_one = (mail["body"]["tracking_settings"] for mail in sendgrid.mails())
    assert plain == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    }
    assert open_one == plain | {"open_tracking": {"enable": True}}


@pytest.mark.parametrize("name", ["Vries, J. de", 'J. "de" Vries', "a@x.example; b@x.example"])
async def test_a_name_never_becomes_a_second_person(sendgrid: SendGrid, post: SendGridTransport, name: str) -> None:
    await post.send(msgspec.structs.replace(LETTER, to_name=name), mark=yes)

    [to] = sendgrid.mails()[0]["body"]["personalizations"][0]["to"]
    assert to["email"] == "jan@example.nl"
    assert not set(to["name"]) & set(',;"')


@pytest.mark.parametrize("name", ["Jan\r\nBcc: x@example.nl", "=?utf-8?q?Jan=0ABcc?=", "Jan\u2028"])
async def test_what_may_not_reach_a_header_never_leaves(sendgrid: SendGrid, post: SendGridTransport, name: str) -> None:
    async def mark() -> bool:
        pytest.fail("nothing may be marked")

    outcome = await post.send(msgspec.structs.replace(LETTER, to_name=name), mark=mark)

    assert outcome == Refused(OutcomeCode.UNSAFE_HEADER, "to_name")
    assert sendgrid.mails() == []


async def test_without_its_mark_nothing_leaves(sendgrid: SendGrid, post: SendGridTransport) -> None:
    async def no() -> bool:
        return False

    assert await post.send(LETTER, mark=no) == Retry(NOT_MARKED)
    assert sendgrid.mails() == []


async def test_the_mark_stands_before_the_call(sendgrid: SendGrid, post: SendGridTransport) -> None:
    seen: list[int] = []

    async def mark() -> bool:
        seen.append(len(sendgrid.mails()))
        return True

    await post.send(LETTER, mark=mark)

    assert (seen, len(sendgrid.mails())) == ([0], 1)


async def test_a_pause_that_it_asks_for_is_kept_by_all_that_follows(sendgrid: SendGrid, post: SendGridTransport) -> None:
    sendgrid.misbehave(call="send", mode="429", retry_after=120)
    assert await post.send(LETTER, mark=yes) == Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(seconds=120))

    async def mark() -> bool:
        pytest.fail("its turn has not come")

    held = await post.send(LETTER, mark=mark)

    assert isinstance(held, Retry)
    assert held.after is not None
    assert timedelta(seconds=110) < held.after <= timedelta(seconds=120)
    assert sendgrid.mails() == []


async def test_the_moment_of_its_rate_limit_counts_where_no_pause_is_named(sendgrid: SendGrid, post: SendGridTransport) -> None:
    sendgrid.misbehave(call="send", mode="429", rate_limit_reset=int(time.time()) + 60)  # noqa: TID251 - the stand-in lives by the real clock

    outcome = await post.send(LETTER, mark=yes)

    assert isinstance(outcome, Retry)
    assert outcome.after is not None
    assert timedelta(seconds=55) <= outcome.after <= timedelta(seconds=61)


async def test_a_probe_tells_whether_the_key_may_send_and_sends_nothing(sendgrid: SendGrid, post: SendGridTransport) -> None:
    stranger = SendGridTransport(sendgrid.url, "SG.other", timeout=PATIENCE)
    assert (await post.probe(), await stranger.probe()) == (Sent(), Halt(OutcomeCode.SENDER_FORBIDDEN))
    await stranger.close()
    assert sendgrid.mails() == []


async def test_a_key_that_is_not_ours_halts_the_post(sendgrid: SendGrid) -> None:
    stranger = SendGridTransport(sendgrid.url, "SG.other", timeout=PATIENCE)
    assert await stranger.send(LETTER, mark=yes) == Halt(OutcomeCode.KEY_REFUSED)
    await stranger.close()


def test_a_post_shows_its_key_to_nobody() -> None:
    assert "SG.test" not in repr(SendGridTransport("http://127.0.0.1:1", "SG.test", tls=ssl.create_default_context()))
