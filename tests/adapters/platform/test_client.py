"""Every way in which the platform can answer, or fail to, and what the connector makes of it."""

import logging
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from structlog.testing import capture_logs

from reviews.adapters.platform.client import Klantenvertellen, Location
from reviews.adapters.platform.form_json import OwnReview, Questionnaire
from reviews.adapters.platform.pace import NoPace, SharedPace, retry_after
from reviews.handover.outcomes import Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.reasons import OutcomeCode, SkipReason
from reviews.texts.addresses import as_sent
from tests.standins.programs import Simulator

Fault = dict[str, object]


@pytest.fixture
async def connector(platform: Simulator) -> AsyncGenerator[Klantenvertellen]:
    client = Klantenvertellen(platform.url, pace=NoPace(), timeout=timedelta(seconds=1))
    yield client
    await client.close()


@pytest.fixture
def location(location_id: str) -> Location:
    return Location(location_id=location_id, token=f"geheim-{location_id}")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"mode": "late", "seconds": 0.01}, Sent()),
        ({"mode": "429", "retry_after": 7}, Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(seconds=7))),
        ({"mode": "429", "retry_after": 86_400}, Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(days=1))),
        ({"mode": "429"}, Retry(OutcomeCode.TOO_MANY_REQUESTS)),
        ({"mode": "500"}, Retry(OutcomeCode.PLATFORM_ERROR)),
        ({"mode": "502"}, Retry(OutcomeCode.PLATFORM_ERROR)),
        ({"mode": "503", "retry_after": 30}, Retry(OutcomeCode.PLATFORM_ERROR, timedelta(seconds=30))),
        ({"mode": "504"}, Unknown(OutcomeCode.PLATFORM_TIMEOUT)),
        ({"mode": "408"}, Retry(OutcomeCode.PLATFORM_ERROR)),
        ({"mode": "timeout"}, Unknown(OutcomeCode.PLATFORM_TIMEOUT)),
        ({"mode": "late", "seconds": 30}, Unknown(OutcomeCode.PLATFORM_TIMEOUT)),
        ({"mode": "reset"}, Unknown(OutcomeCode.PLATFORM_LINE_LOST)),
        ({"mode": "lost_reply"}, Unknown(OutcomeCode.PLATFORM_LINE_LOST)),
        ({"mode": "half_body"}, Unknown(OutcomeCode.PLATFORM_LINE_LOST)),
        ({"mode": "html"}, Unknown(OutcomeCode.ANSWER_UNCLEAR)),
        ({"mode": "empty"}, Unknown(OutcomeCode.ANSWER_UNCLEAR)),
        ({"mode": "plain_ok"}, Unknown(OutcomeCode.ANSWER_UNCLEAR)),
        ({"mode": "204"}, Unknown(OutcomeCode.ANSWER_UNCLEAR)),
        ({"mode": "302"}, Unknown(OutcomeCode.ANSWER_UNCLEAR)),
        ({"mode": "301"}, Halt(OutcomeCode.PLATFORM_MOVED)),
        ({"mode": "308"}, Halt(OutcomeCode.PLATFORM_MOVED)),
        ({"mode": "401", "error_code": "ERROR_401"}, Halt(OutcomeCode.TOKEN_REFUSED)),
        ({"mode": "403"}, Halt(OutcomeCode.FORBIDDEN)),
        ({"mode": "404"}, Halt(OutcomeCode.NOT_FOUND)),
        ({"mode": "400"}, Refused(OutcomeCode.PLATFORM_REFUSED)),
        ({"mode": "409"}, Refused(OutcomeCode.PLATFORM_REFUSED)),
        ({"mode": "400", "error_code": "INVITATION_ALREADY_PLACED"}, Refused(SkipReason.INVITED_RECENTLY, "zoals gevraagd")),
        ({"mode": "500", "error_code": "INVITATION_ALREADY_PLACED"}, Refused(SkipReason.INVITED_RECENTLY, "zoals gevraagd")),
        ({"mode": "400", "error_code": "INVALID_PRODUCT_ID"}, Refused(OutcomeCode.INVALID_PRODUCT, "zoals gevraagd")),
        ({"mode": "400", "error_code": "REQUIRED_FIELD"}, Refused(OutcomeCode.INVALID_REQUEST, "zoals gevraagd")),
        ({"mode": "422", "error_code": "MAIL_BLACKLISTED"}, Refused(OutcomeCode.MAIL_BLACKLISTED, "zoals gevraagd")),
        ({"mode": "400", "error_code": "<h1>!"}, Refused(OutcomeCode.PLATFORM_REFUSED, "zoals gevraagd")),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
async def test_each_answer_has_its_meaning(
    platform: Simulator, connector: Klantenvertellen, location: Location, fault: Fault, expected: Outcome
) -> None:
    platform.misbehave(call="invite", **fault)

    assert await connector.invite(location, "jan@example.nl", ref_code="A") == expected


@pytest.mark.parametrize(("said", "logged"), [("QUOTA_USED_UP", "QUOTA_USED_UP"), ("<h1>!\n", "")])
async def test_a_refusal_that_we_do_not_know_has_one_code_and_the_log_names_the_platforms_own(
    platform: Simulator, connector: Klantenvertellen, location: Location, said: str, logged: str
) -> None:
    platform.misbehave(call="invite", mode="400", error_code=said)

    with capture_logs() as logs:
        outcome = await connector.invite(location, "jan@example.nl", ref_code="A")

    assert outcome == Refused(OutcomeCode.PLATFORM_REFUSED, "zoals gevraagd")
    assert logs == [{"event": "platform_refused", "log_level": "warning", "status": 400, "their_code": logged}]


async def test_a_platform_that_is_not_there_is_tried_later() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        absent = Klantenvertellen(f"http://127.0.0.1:{closed.getsockname()[1]}", pace=NoPace())
        outcome = await absent.invite(Location(location_id="1", token="t"), "jan@example.nl", ref_code="A")
        await absent.close()

    assert outcome == Retry(OutcomeCode.PLATFORM_UNREACHABLE)


async def test_a_redirect_is_never_followed(platform: Simulator, connector: Klantenvertellen, location: Location) -> None:
    platform.misbehave(call="invite", mode="307", location=f"{platform.url}/v1/invite/external")

    assert await connector.invite(location, "jan@example.nl", ref_code="A") == Halt(OutcomeCode.PLATFORM_MOVED)
    assert platform.invitations(location.location_id) == []


async def test_after_a_429_with_a_time_nothing_is_asked_before_it(
    platform: Simulator, maker: async_sessionmaker[AsyncSession], location: Location
) -> None:
    connector = Klantenvertellen(platform.url, pace=SharedPace(maker, timedelta(0)), timeout=timedelta(seconds=1))
    platform.misbehave(call="invite", mode="429", retry_after=60)
    await connector.invite(location, "jan@example.nl", ref_code="A")

    outcome = await connector.invite(location, "piet@example.nl", ref_code="B")

    assert isinstance(outcome, Retry)
    assert outcome.after is not None
    assert timedelta(seconds=50) < outcome.after <= timedelta(seconds=60)
    assert platform.invitations(location.location_id) == [], "the platform was not asked again"
    await connector.close()


@pytest.mark.parametrize("mode", ["timeout", "reset", "html", "500", "429", "302"])
async def test_a_failed_reading_may_always_be_repeated(platform: Simulator, connector: Klantenvertellen, location: Location, mode: str) -> None:
    platform.misbehave(call="reviews", mode=mode)

    assert isinstance(await connector.read_reviews(location), Retry)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("500", Unknown(OutcomeCode.PLATFORM_ERROR)), ("502", Unknown(OutcomeCode.PLATFORM_ERROR)), ("503", Retry(OutcomeCode.PLATFORM_ERROR))],
)
async def test_a_submitted_review_is_never_sent_again_on_a_guess(
    platform: Simulator, connector: Klantenvertellen, location: Location, mode: str, expected: Outcome
) -> None:
    asked = await connector.questionnaire(location)
    assert isinstance(asked, Questionnaire)
    review = OwnReview(name="Sanne", email="s@example.nl", city="Utrecht", rating=9, opinion="Prima\nwerk", recommended=False)
    platform.misbehave(call="submit", mode=mode, works=True)

    assert await connector.submit_review(location, review, asked) == expected


async def test_a_no_stays_a_no_and_the_first_line_becomes_the_headline(platform: Simulator, connector: Klantenvertellen, location: Location) -> None:
    asked = await connector.questionnaire(location)
    assert isinstance(asked, Questionnaire)
    review = OwnReview(name="Sanne", email="s@example.nl", city="Utrecht", rating=3, opinion="Te laat\nen slordig", recommended=False)

    assert await connector.submit_review(location, review, asked) == Sent()

    page = await connector.read_reviews(location)
    assert not isinstance(page, Retry | Refused | Halt)
    (read,) = page.reviews
    assert (read.headline, read.opinion, read.recommended, read.rating) == ("Te laat", "Te laat\nen slordig", False, 3)


async def test_the_token_shows_nowhere(
    platform: Simulator, connector: Klantenvertellen, location: Location, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    platform.misbehave(call="invite", mode="500")

    outcome = await connector.invite(location, "jan@example.nl", ref_code="A")

    assert location.token not in repr(location) + repr(outcome) + repr(connector)
    told = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpcore", "asyncio"))]
    assert not any(location.token in line or "jan@example.nl" in line for line in told)


@pytest.mark.parametrize("domain", ["exämple.de", "münchen.example.com", "straße.de", "例え.テスト", "exa\u0308mple.de"])
async def test_a_domain_beyond_ascii_leaves_as_its_a_label(platform: Simulator, connector: Klantenvertellen, location: Location, domain: str) -> None:
    assert await connector.invite(location, f"jan@{domain}", ref_code="A") == Sent()

    [invitation] = platform.invitations(location.location_id)
    assert invitation["email"] == as_sent(f"jan@{domain}")


async def test_the_address_is_cut_from_what_the_platform_says(platform: Simulator, connector: Klantenvertellen, location: Location) -> None:
    outcome = await connector.invite(location, "jan @example.nl", ref_code="A")

    assert outcome == Refused(OutcomeCode.INVALID_REQUEST, "invite_email is not a valid email address")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("Tue, 24 Nov 2026 12:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 24 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("99999999999999999999", timedelta(days=7)),
        ("-1", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, expected: timedelta | None) -> None:
    answered_at = datetime(2026, 11, 24, 12, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert retry_after(value, answered_at=answered_at) == expected
