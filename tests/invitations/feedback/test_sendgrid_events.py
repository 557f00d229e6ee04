"""Events of SendGrid: only what it signed lately, byte for byte, and only what is about a mail of ours."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from reviews.errors import ConfigurationError, MalformedError
from reviews.invitations.feedback import sendgrid_events
from reviews.invitations.feedback.sendgrid_events import SIGNATURE_HEADER, TIMESTAMP_HEADER
from tests.invitations.signed_events import KEY, body_of, event, shown, signed

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
MOMENT = str(int(NOW.timestamp()))
WIDE = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}
"""The digits of East Asia, which are digits to Python too."""
BODY = body_of(event("0123456789abcdef0123", "delivered", NOW))
PUBLIC = sendgrid_events.read_key(shown(KEY))


def genuine(headers: Mapping[str, str], body: bytes = BODY, now: datetime = NOW) -> bool:
    return sendgrid_events.is_genuine(PUBLIC, headers=headers, body=body, now=now)


def test_what_it_signed_is_genuine() -> None:
    assert genuine(signed(BODY, NOW))


def test_its_published_example_is_genuine() -> None:
    """The test vector of SendGrid's own libraries, its trailing line end included."""
    key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    body = (
        b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
        b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
        b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
    )
    then = datetime.fromtimestamp(1_600_112_502, UTC)
    headers = {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: "1600112502"}
    public = sendgrid_events.read_key(key)

    assert sendgrid_events.is_genuine(public, headers=headers, body=body, now=then)
    assert not sendgrid_events.is_genuine(public, headers=headers, body=body.rstrip(), now=then)


@pytest.mark.parametrize(("seconds", "fits"), [(-301, False), (-300, True), (0, True), (300, True), (301, False), (86_400, False)])
def test_an_old_or_future_signature_is_none(seconds: int, fits: bool) -> None:
    assert genuine(signed(BODY, NOW), now=NOW + timedelta(seconds=seconds)) is fits


@pytest.mark.parametrize("missing", [SIGNATURE_HEADER, TIMESTAMP_HEADER])
def test_without_signature_or_timestamp_nothing_is_believed(missing: str) -> None:
    headers = signed(BODY, NOW)
    del headers[missing]

    assert not genuine(headers)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", f" {MOMENT}", MOMENT.translate(WIDE), f"{MOMENT}.0", "9" * 400])
def test_a_timestamp_is_digits_and_nothing_else(timestamp: str) -> None:
    signature = base64.b64encode(KEY.sign(timestamp.encode() + BODY, ec.ECDSA(hashes.SHA256()))).decode()

    assert not genuine({SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: timestamp})


def test_a_timestamp_of_another_moment_breaks_the_signature() -> None:
    headers = signed(BODY, NOW)

    assert not genuine(headers | {TIMESTAMP_HEADER: str(int(headers[TIMESTAMP_HEADER]) + 1)})


@pytest.mark.parametrize(
    "signature", ["", "MEUCIGHQ", "not base64 at all", "====", base64.b64encode(b"\x30\x06\x02\x01\x00\x02\x01\x00").decode(), "é"]
)
def test_a_bad_signature_is_refused_and_breaks_nothing(signature: str) -> None:
    assert not genuine(signed(BODY, NOW) | {SIGNATURE_HEADER: signature})


def test_two_signatures_in_one_header_are_none() -> None:
    headers = signed(BODY, NOW)
    one = headers[SIGNATURE_HEADER]

    assert not genuine(headers | {SIGNATURE_HEADER: f"{one},{one}"})
    assert not genuine(headers | {SIGNATURE_HEADER: f"{one} {one}"})


def test_a_signature_of_another_key_is_refused() -> None:
    assert not genuine(signed(BODY, NOW, ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize("body", [BODY.rstrip(), BODY.replace(b",", b", ", 1), BODY + b" ", b"", BODY.replace(b"jan", b"tom")])
def test_a_body_that_was_written_again_no_longer_fits(body: bytes) -> None:
    assert not genuine(signed(BODY, NOW), body=body)


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", "no key", shown(ed25519.Ed25519PrivateKey.generate()), shown(ec.generate_private_key(ec.SECP384R1())), shown(KEY)[:40]],
    ids=["nothing", "no DER", "words", "Ed25519", "P-384", "cut short"],
)
def test_a_key_that_is_no_key_of_sendgrid_is_told_at_once(text: str) -> None:
    with pytest.raises(ConfigurationError, match="REVIEWS_SENDGRID_WEBHOOK_KEY"):
        sendgrid_events.read_key(text)


def test_a_key_with_line_ends_around_it_is_read() -> None:
    text = shown(KEY)

    assert sendgrid_events.read_key(f"  {text[:60]}\n{text[60:]}\n").public_numbers() == PUBLIC.public_numbers()


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("processed", {}, ("accepted", None, None)),
        ("delivered", {"response": "250 OK"}, ("delivered", None, None)),
        ("deferred", {"response": "400 try again later", "attempt": "5"}, ("deferred", None, None)),
        ("bounce", {"status": "5.1.1", "reason": "550 no such user", "type": "bounce"}, ("bounce", "5.1.1", "hard_bounce")),
        ("bounce", {"reason": "550 5.1.1 no such user"}, ("bounce", "5.1.1", "hard_bounce")),
        ("bounce", {"status": "4.2.2", "type": "blocked"}, ("soft_bounce", "4.2.2", None)),
        ("bounce", {"status": "4.2.2", "type": "bounce"}, ("soft_bounce", "4.2.2", None)),
        ("bounce", {"status": "4.2.2", "type": "bounce", "reason": "452 4.2.2 mailbox full"}, ("soft_bounce", "4.2.2", None)),
        ("bounce", {"status": "5.2.2", "type": "bounce"}, ("soft_bounce", "5.2.2", None)),
        ("bounce", {"status": "5.0.0", "type": "bounce", "reason": "550 you are in an RBL"}, ("blocked", "5.0.0", None)),
        ("bounce", {"status": "5.7.1", "type": "bounce"}, ("blocked", "5.7.1", None)),
        ("bounce", {"status": "5.4.4", "type": "bounce"}, ("blocked", "5.4.4", None)),
        ("bounce", {"type": "bounce", "bounce_classification": "Reputation"}, ("blocked", None, None)),
        ("bounce", {"type": "bounce", "bounce_classification": "Invalid Address"}, ("bounce", None, "hard_bounce")),
        ("bounce", {"type": "bounce"}, ("soft_bounce", None, None)),
        ("bounce", {"type": "blocked", "status": "5.1.1", "reason": "550 user unknown"}, ("soft_bounce", "5.1.1", None)),
        ("bounce", {"type": "expired"}, ("soft_bounce", None, None)),
        ("blocked", {}, ("blocked", None, None)),
        ("dropped", {"reason": "Bounced Address"}, ("dropped", None, "hard_bounce")),
        ("dropped", {"reason": "Unsubscribed Address"}, ("dropped", None, "unsubscribe")),
        ("dropped", {"reason": "Spam Reporting Address"}, ("dropped", None, "complaint")),
        ("dropped", {"reason": "Spam Content (if Spam Checker app is enabled)"}, ("dropped", None, None)),
        ("dropped", {}, ("dropped", None, None)),
        ("spamreport", {}, ("complaint", None, "complaint")),
        ("unsubscribe", {}, ("unsubscribe", None, "unsubscribe")),
        ("group_unsubscribe", {"asm_group_id": 7}, ("unsubscribe", None, "unsubscribe")),
        ("open", {"sg_machine_open": False, "useragent": "x"}, ("opened", None, None)),
        ("open", {"sg_machine_open": True}, ("opened_by_machine", None, None)),
        ("click", {"url": "https://x.example"}, ("clicked", None, None)),
    ],
)
def test_each_kind_of_event_has_its_word(kind: str, more: dict[str, Any], expected: tuple[str, str | None, str | None]) -> None:
    [delivery_event] = sendgrid_events.read(body_of(event("0123", kind, NOW, **more))).delivery_event

    assert (delivery_event.kind, delivery_event.status, delivery_event.stops) == expected
    assert (delivery_event.reference, delivery_event.event_id, delivery_event.at, delivery_event.provider) == ("0123", "e1", NOW, "sendgrid")


@pytest.mark.parametrize(
    "odd",
    [
        event("0123", "group_resubscribe", NOW),
        event("0123", "account_status_change", NOW),
        event("0123", "a kind of next year", NOW),
        event(None, "bounce", NOW),
        event("", "bounce", NOW),
        event("x" * 101, "bounce", NOW),
        event("0123\0", "bounce", NOW),
        event("0123", "bounce", NOW, timestamp="yesterday"),
        event("0123", "bounce", NOW, timestamp=-1),
        event("0123", "bounce", NOW, timestamp=10**18),
        event("0123", "bounce", NOW, timestamp=2**63),
        event("0123", "bounce", NOW, sg_event_id=""),
        event("0123", "bounce", NOW, sg_event_id=7),
        event("0123", "bounce", NOW) | {"reference": ["0123"]},
        {"event": "bounce"},
        [],
        None,
        7,
        "bounce",
    ],
    ids=str,
)
def test_an_event_that_is_not_ours_or_cannot_be_read_is_skipped_and_the_rest_is_not(odd: Any) -> None:
    reading = sendgrid_events.read(body_of(odd, event("0123", "delivered", NOW, later="anything", status={"a": 1}, reason=None), odd))

    assert ([delivery_event.kind for delivery_event in reading.delivery_event], reading.skipped) == (["delivered"], 2)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b"7"])
def test_what_is_no_list_of_events_is_refused_whole(body: bytes) -> None:
    with pytest.raises(MalformedError):
        sendgrid_events.read(body)
