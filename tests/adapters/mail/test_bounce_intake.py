"""Reports of mail servers as they really write them, and what else comes back to the envelope's sender."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.database.tables import new_id
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.feedback.bounce_reports import BounceMailbox, sender_for
from reviews.invitations.feedback.delivery_events import DeliveryEvent
from reviews.keys import KeyRing

SEAL = KeyRing("a secret that only the tests know, long enough")
BOX = BounceMailbox("bounces@reviews.example", SEAL)
REFERENCE = "0123456789abcdef0123"
VERP = sender_for(REFERENCE, BOX.address, SEAL) or ""
NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
REPORTS = Path(__file__).parent / "reports"


def report(name: str, *, to: str = VERP) -> bytes:
    return (REPORTS / f"{name}.eml").read_text("utf-8").replace("@VERP@", to).encode()


def read(raw: bytes, recipients: Sequence[str] = ()) -> DeliveryEvent | None:
    return BOX.read(raw, recipients=recipients, now=NOW)


@pytest.mark.parametrize(
    ("name", "kind", "status", "at"),
    [
        ("postfix", "bounce", "5.1.1", "11:00:07"),
        ("exchange", "bounce", "5.1.10", "11:02:09"),
        ("gmail", "bounce", "5.1.1", "11:05:00"),
        ("exim", "bounce", "5.0.0", "11:07:01"),
        ("delayed", "deferred", "4.4.1", "11:30:00"),
        ("full", "soft_bounce", "4.2.2", "11:40:00"),
        ("complaint", "complaint", None, "11:50:00"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_servers_report_is_understood(name: str, kind: str, status: str | None, at: str, line_end: str) -> None:
    told = read(report(name).replace(b"\n", line_end.encode()))

    assert told is not None
    assert (told.reference, told.kind, told.status, told.provider) == (REFERENCE, kind, status, "bounce")
    assert told.at.isoformat() == f"2026-11-24T{at}+00:00"


def test_the_same_report_is_known_again_and_another_is_not() -> None:
    first, again, other = (read(report(name)) for name in ("postfix", "postfix", "gmail"))

    ids = [told.event_id for told in (first, again, other) if told]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]


def test_the_envelope_tells_whom_a_report_is_about_where_the_headers_do_not() -> None:
    bare = report("postfix", to="bounces@reviews.example")

    assert read(bare) is None
    told = read(bare, [f"<{VERP.upper()}>"])
    assert told is not None
    assert told.reference == REFERENCE


@pytest.mark.parametrize(
    "forged",
    [
        f"bounces+{REFERENCE}.aaaaaaaaaaaa@reviews.example",
        f"bounces+{REFERENCE}@reviews.example",
        VERP.replace(REFERENCE, "fedcba98765432100123"),
        VERP.replace("reviews.example", "elsewhere.example"),
        VERP.replace("bounces", "info"),
        "bounces+@reviews.example",
        "bounces@reviews.example",
    ],
)
def test_nobody_can_make_up_a_report_about_somebody_elses_mail(forged: str) -> None:
    assert read(report("postfix", to=forged), [forged]) is None


def test_a_tag_of_another_secret_is_no_tag() -> None:
    other = sender_for(REFERENCE, BOX.address, KeyRing("another secret, which is long enough too")) or ""

    assert other != VERP
    assert read(report("postfix", to=other)) is None


def test_an_answer_from_a_holiday_teaches_nothing() -> None:
    assert read(report("holiday")) is None


def test_a_report_inside_a_mail_that_is_quoted_teaches_nothing() -> None:
    quoted = report("postfix").replace(b"\r\n", b"\n")
    raw = f"To: {VERP}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: message/rfc822\n\n".encode()

    assert read(raw + quoted + b"\n--q--\n") is None


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.2", "", "bounce"),
        ("5.2.1", "550 5.2.1 mailbox disabled", "bounce"),
        ("5.4.4", "host not found", "blocked"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "blocked"),
        ("5.0.0", "550 5.1.1 user unknown", "bounce"),
        ("", "550 no such user", "bounce"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft_bounce"),
        ("5.7.1", "554 5.7.1 message looks like spam", "blocked"),
        ("5.4.7", "delivery time expired", "blocked"),
        ("5.3.4", "552 5.3.4 message too big", "soft_bounce"),
        ("5.0.0", "554 rejected for policy reasons", "blocked"),
        ("5.0.0", "550 5.7.1 blocked by a list", "blocked"),
        ("5.0.0", "550 192.0.2.7 is in an RBL, rejected as spam", "blocked"),
        ("5.0.0", "550 5.0.0 Access denied", "blocked"),
        ("5.0.0", "550", "soft_bounce"),
        ("4.4.7", "", "soft_bounce"),
        ("", "", "soft_bounce"),
    ],
)
def test_only_the_fault_of_the_address_itself_is_hard(status: str, words: str, kind: str) -> None:
    raw = report("postfix").replace(b"Status: 5.1.1", f"Status: {status}".encode())
    start = raw.index(b"Diagnostic-Code:")
    raw = raw[:start] + f"Diagnostic-Code: smtp; {words}\n\n--4XyY0b1Kz.1764846007/mx1.provider.example--\n".encode()

    told = read(raw)

    assert told is not None
    assert told.kind == kind


@pytest.mark.parametrize(
    ("name", "changes", "about"),
    [
        ("postfix", {}, ["jan@example.com"]),
        ("postfix", {"Final-Recipient: rfc822; jan@example.com": "Final-Recipient: rfc822; J.de.Vries@gmail.com"}, ["jdevries@gmail.com"]),
        ("postfix", {"Final-Recipient: rfc822; jan@example.com": "Final-Recipient: rfc822; <Jan@Example.com>"}, ["jan@example.com"]),
        ("postfix", {"Final-Recipient: rfc822; jan@example.com\n": ""}, []),
        ("postfix", {"Final-Recipient: rfc822; jan@example.com": "Final-Recipient: x400; /S=jan"}, []),
        ("exim", {}, ["jan@weg.example"]),
        ("exim-old", {}, ["jan@weg.example"]),
        ("qmail", {}, []),
        ("delayed", {}, []),
        ("complaint", {}, []),
    ],
)
def test_a_report_tells_which_address_failed(name: str, changes: dict[str, str], about: list[str]) -> None:
    raw = report(name)
    for before, after in changes.items():
        assert before.encode() in raw
        raw = raw.replace(before.encode(), after.encode())

    told = read(raw)

    assert told is not None
    assert told.about == tuple(map(SEAL.address_key, about))


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "delayed", "banana", ""])
def test_what_did_not_fail_is_no_bounce(action: str) -> None:
    told = read(report("postfix").replace(b"Action: failed", f"Action: {action}".encode()))

    expected = {"delivered": "delivered", "relayed": "accepted", "expanded": "accepted", "delayed": "deferred"}
    assert (told.kind if told else None) == expected.get(action)


@pytest.mark.parametrize(
    ("name", "kind", "status", "blocked_by"),
    [
        ("exim-old", "bounce", None, None),
        ("qmail", "bounce", "5.1.1", None),
        ("hmailserver", "bounce", "5.1.1", None),
        ("hmailserver-no-host", "soft_bounce", None, None),
        ("forwarded", "bounce", "5.1.1", None),
        ("exim-listed", "blocked", "5.7.1", "zen.spamhaus.org"),
        ("qmail-full", "soft_bounce", "5.2.2", None),
        ("exim-warning", "deferred", None, None),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_report_that_is_written_for_people_is_understood(name: str, kind: str, status: str | None, blocked_by: str | None, line_end: str) -> None:
    told = read(report(name).replace(b"\n", line_end.encode()))

    assert told is not None
    assert (told.reference, told.kind, told.status, told.blocked_by) == (REFERENCE, kind, status, blocked_by)


def test_an_action_with_a_remark_behind_it_is_one_all_the_same() -> None:
    told = read(report("postfix").replace(b"Action: failed", b"Action: Failed (permanent)"))

    assert told is not None
    assert told.kind == "bounce"


@pytest.mark.parametrize(
    "text",
    [
        "Ik ben er niet. Uw mail kon niet worden bezorgd, grapje: 550 5.1.1 user unknown.",
        "Dank! Mijn vorige mail: undeliverable, permanent error, returned to sender.",
        "My provider could not be reached yesterday. I have given up.",
    ],
)
def test_what_a_person_writes_is_no_report_whatever_its_words(text: str) -> None:
    raw = f"Return-Path: <>\nFrom: Jan <jan@example.com>\nTo: {VERP}\nAuto-Submitted: auto-replied\nSubject: Re: Undeliverable\n\n{text}\n"

    assert read(raw.encode()) is None


def test_a_report_for_people_without_a_tag_of_ours_is_nobodys() -> None:
    assert read(report("qmail", to="bounces@reviews.example")) is None
    assert read(report("qmail", to=f"bounces+{REFERENCE}.aaaaaaaaaaaa@reviews.example")) is None


def test_a_complaint_that_is_taken_back_stops_nothing() -> None:
    assert read(report("complaint").replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")) is None


@pytest.mark.parametrize("date", ["", "Date: gisteren\n", "Date: Tue, 24 Nov 2076 12:00:07 +0100\n", "Date: Thu, 1 Jan 1970 00:00:00 +0000\n"])
def test_a_date_that_cannot_be_is_taken_as_now(date: str) -> None:
    lines = report("postfix").decode().splitlines(keepends=True)
    raw = "".join(date if line.startswith("Date:") else line for line in lines).encode()

    told = read(raw)

    assert told is not None
    assert told.at == NOW


def test_fields_set_apart_by_a_line_of_blanks_are_found() -> None:
    raw = report("postfix")
    start, end = raw.index(b"Reporting-MTA"), raw.index(b"\n--4XyY0b1Kz.1764846007/mx1.provider.example\nContent-Description: Undelivered")

    told = read(raw[:start] + raw[start:end].replace(b"\n\n", b"\n \n") + raw[end:])

    assert told is not None
    assert told.kind == "bounce"


@given(cut=st.integers(0, 2500), noise=st.binary(max_size=40))
def test_a_broken_report_breaks_nothing(cut: int, noise: bytes) -> None:
    raw = report("postfix")

    told = read(raw[:cut] + noise + raw[cut:])

    assert told is None or told.reference == REFERENCE
    told = read(raw[:cut] + noise)
    assert told is None or told.reference == REFERENCE


def test_a_mail_of_many_parts_or_bytes_costs_little() -> None:
    many = f"To: {VERP}\nContent-Type: multipart/report; boundary=m\n\n" + "--m\nContent-Type: text/plain\n\nx\n" * 5_000 + "--m--\n"

    assert read(many.encode()) is None
    assert read(report("postfix") + b"x" * 1_000_000) is None


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/report; boundary=b", "message/delivery-status"])
def test_mails_inside_each_other_without_end_teach_nothing(kind: str) -> None:
    opening = f"Content-Type: {kind}\n\n" + ("--b\n" if "boundary" in kind else "")

    assert read(f"To: {VERP}\n".encode() + opening.encode() * 20_000) is None


def test_the_longest_reference_fits_before_the_at_sign() -> None:
    longest = sender_for(delivery_effects.claim_mail_reference(new_id()), "teruggekomenpost@reviews.example", SEAL)

    assert longest is not None
    assert len(longest.partition("@")[0]) == 64
    assert sender_for(delivery_effects.claim_mail_reference(new_id()), "teruggekomenpost1@reviews.example", SEAL) is None
    assert sender_for(REFERENCE, "", SEAL) is None


@pytest.mark.parametrize(
    "reference",
    [delivery_effects.claim_mail_reference(new_id()), delivery_effects.reminder_reference(REFERENCE), REFERENCE],
    ids=["claim mail", "reminder", "invitation"],
)
def test_a_reference_survives_its_own_address(reference: str) -> None:
    assert BOX.reference_in(["x@y.example", sender_for(reference, BOX.address, SEAL) or ""]) == reference


def test_a_mailbox_without_an_address_takes_nothing() -> None:
    shut = BounceMailbox("", SEAL)

    assert not shut.takes("@")
    assert not shut.takes("bounces@reviews.example")
    assert shut.read(report("postfix"), now=NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("charset", [b"charset*=utf-8''x", b'charset="a\0b"', b"charset=nonsense", b"boundary=\xff"])
def test_a_mail_with_odd_words_for_what_it_is_holds_up_nobody(charset: bytes) -> None:
    assert read(b"Content-Type: multipart/mixed; " + charset + b"\n\n\xff\xfe hi") is None


@pytest.mark.parametrize("name", [b"To", b"Subject", b"Delivered-To"])
def test_a_header_without_an_end_is_not_searched_to_its_end(name: bytes) -> None:
    assert read(name + b": " + b"a" * 900_000 + b"\n\nhi") is None
