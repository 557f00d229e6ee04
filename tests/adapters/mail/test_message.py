"""What goes over the wire: our headers and no others, whatever a name or a subject tries."""

import email
import email.policy
import re
from collections.abc import AsyncGenerator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.message import UnsafeHeaderError, compose, is_one_address
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.branches import naming
from reviews.handover.outcomes import Refused, Sent
from reviews.invitations.sending.mail_message import MailMessage
from reviews.reasons import OutcomeCode
from reviews.texts.addresses import as_sent
from tests import cast
from tests.adapters.letters_to_jan import HEADERS_TO_JAN, TO_JAN, an_invitation, yes
from tests.standins.programs import PostOffice

INJECTIONS = [
    "Jan\r\nBcc: x@y.nl",
    "Jan\nBcc: x@y.nl",
    "Jan\rBcc: x@y.nl",
    "Jan\r\n\r\n<h1>phish</h1>",
    "Jan\r\n Bcc: x@y.nl",
    "Jan\x00",
    "Jan\x0b",
    "Jan\x0c",
    "Jan\x1b[2J",
    "Jan\x7f",
    "Jan\x85Bcc: x@y.nl",
    "Jan\u2028Bcc: x@y.nl",
    "Jan\u2029Bcc: x@y.nl",
    "Jan\udcff",
    "=?utf-8?q?Jan=0D=0ABcc:_x@y.nl=0D=0A=0D=0A<h1>phish</h1>?=",
    "=?utf-8?b?SmFuDQpCY2M6IHhAeS5ubA==?=",
    "=?UTF-8?Q?Jan=0d=0aBcc:_x@y.nl?=",
    "=?UTF-8?B?SmFuDQpCY2M6IHhAeS5ubA==?=",
    "=?iso-8859-1?q?Jan=0A?= =?utf-8?q?Bcc:_x@y.nl?=",
    "=?utf-8?q?Jan?=\r\n =?utf-8?q?=0ABcc:_x@y.nl?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3FJan=3D0A=3F=3D?=",
    "Jan =?utf-8?q?de=0D=0AVries?=",
    "=?",
]
NAMES = [
    "Jan de Vries",
    "O'Brien",
    "Ömer Şahin",
    "Müller, Jan",
    "Bcc: x@y.nl",
    '"ceo@bank.nl"',
    "ceo@bank.nl <ceo@bank.nl>",
    "ceo@bank.nl,",
    "a\\",
    'a"b\\"c',
    "陳大文 " * 40,
    "n" * 500,
    "Jan (baas)",
    "{{7*7}}",
    "🙂 🙃",
    "=cmd()",
    "?=",
]
ADDRESSES = [
    "b@x>\r\nDATA",
    "a@b.nl\r\nRCPT TO:<c@d.nl>",
    "a@b.nl\n",
    "a@b.nl>",
    "<a@b.nl>",
    "a@b.nl,c@d.nl",
    "a@b.nl;c@d.nl",
    "a@b.nl c@d.nl",
    "Jan <a@b.nl>",
    '"a b"@x.nl',
    "a@b@c.nl",
    "a@",
    "@b.nl",
    "a@b.nl.",
    "a@.b.nl",
    "a..b@c.nl",
    "jän@example.nl",
    "jan@ｅxample.nl",
    "jan@example.\u212al",
    "a" * 65 + "@b.nl",
    "a@" + "b" * 260 + ".nl",
    "=?utf-8?q?a?=@b.nl",
    "a@b.nl\x00",
    "",
]


@pytest.fixture
async def channel(post: PostOffice) -> AsyncGenerator[SmtpTransport]:
    opened = SmtpTransport(read_url(f"smtp://127.0.0.1:{post.smtp_port}"), local_hostname="reviews.example")
    yield opened
    await opened.close()


def parsed(raw: bytes) -> Message:
    return email.message_from_bytes(raw)


def decoded(raw: bytes, name: str) -> str:
    return str(make_header(decode_header(re.sub(r"\r\n(?= )", "", str(parsed(raw)[name])))))


def test_the_table_has_forty_hostile_values() -> None:
    assert len({*INJECTIONS, *NAMES}) == 40


def _tampered(field: str, value: str) -> MailMessage:
    put: object = (f"https://a.example/{value}",) if field == "list_unsubscribe" else value
    return msgspec.structs.replace(TO_JAN, **{field: put})


def _may_leave(field: str, value: str) -> bool:
    """Whether a value may stand in this header: a name that is only odd may, and an address of the opt-out that is one word of ASCII."""
    if value in INJECTIONS or field == "reply_to":
        return False
    return field != "list_unsubscribe" or (value.isascii() and not re.search(r"[\s<>]", value))


@pytest.mark.parametrize("field", ["subject", "from_name", "to_name", "reply_to", "list_unsubscribe"])
@pytest.mark.parametrize("value", [*INJECTIONS, *NAMES], ids=ascii)
async def test_a_hostile_name_leaves_the_headers_of_the_template_or_does_not_leave(
    post: PostOffice, channel: SmtpTransport, value: str, field: str
) -> None:
    """X1 and T-13, on the wire: the headers are those of the template, each once, in its order; what is refused opens no connection."""
    before = post.connections()
    outcome = await channel.send(_tampered(field, value), mark=yes)

    mails = post.mails()
    if not _may_leave(field, value):
        assert outcome == Refused(OutcomeCode.UNSAFE_HEADER, field)
        assert (mails, post.connections()) == ([], before), "nothing on the wire"
        return
    assert outcome == Sent(TO_JAN.message_id)
    [mail] = mails
    head, _, body = str(mail["raw"]).encode().partition(b"\r\n\r\n")
    assert [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")] == HEADERS_TO_JAN
    assert b"phish" not in body
    assert str(mail["text"]).replace("\r\n", "\n").strip() == TO_JAN.text.strip()


@pytest.mark.parametrize("value", [*INJECTIONS, *NAMES], ids=ascii)
async def test_a_hostile_customer_or_branch_gets_an_invitation_with_our_headers_or_none(post: PostOffice, channel: SmtpTransport, value: str) -> None:
    """The same values, through the template of the invitation: as the customer's name, and as the branch's."""
    honest = list(parsed(compose(an_invitation())))
    letters = [an_invitation(name=value), an_invitation(branch=naming.of({**cast.UTRECHT, "trade_names": [value]}))]
    safe = [letter for letter in letters if value not in INJECTIONS and "=?" not in letter.subject]
    sent = [letter for letter in letters if isinstance(await channel.send(letter, mark=yes), Sent)]

    assert [letter for letter in safe if letter not in sent] == []
    # A name that a mailbox would make a link of is printed nowhere, so that nothing of it is left to refuse.
    assert [letter for letter in sent if letter not in safe and value in f"{letter.to_name}{letter.subject}{letter.text}"] == []
    assert len(post.mails()) == len(sent)
    for mail in post.mails():
        assert list(parsed(str(mail["raw"]).encode())) == honest


@pytest.mark.parametrize("value", INJECTIONS, ids=ascii)
async def test_no_value_says_more_than_it_should_in_the_other_headers(post: PostOffice, channel: SmtpTransport, value: str) -> None:
    for field in ("list_id", "feedback_id", "message_id", "from_address"):
        assert await channel.send(_tampered(field, value), mark=yes) == Refused(OutcomeCode.UNSAFE_HEADER, field)
    assert post.mails() == []


@pytest.mark.parametrize("domain", ["exämple.de", "münchen.example.com", "straße.de", "例え.テスト", "exa\u0308mple.de"])
async def test_a_domain_beyond_ascii_leaves_as_its_a_label(post: PostOffice, channel: SmtpTransport, domain: str) -> None:
    label = as_sent(f"jan@{domain}")

    letter = msgspec.structs.replace(TO_JAN, to_address=f"jan@{domain}", reply_to=f"info@{domain}")
    assert await channel.send(letter, mark=yes) == Sent(TO_JAN.message_id)

    [mail] = post.mails()
    assert mail["recipients"] == [label]
    [(_, to)], [(_, reply_to)] = (getaddresses([str(parsed(str(mail["raw"]).encode())[name])]) for name in ("To", "Reply-To"))
    assert (to, reply_to) == (label, label.replace("jan@", "info@"))
    assert label.isascii()


@pytest.mark.parametrize("value", ADDRESSES, ids=ascii)
async def test_nothing_but_one_plain_address_reaches_the_envelope(post: PostOffice, channel: SmtpTransport, value: str) -> None:
    before = post.connections()

    assert await channel.send(msgspec.structs.replace(TO_JAN, to_address=value), mark=yes) == Refused(OutcomeCode.UNSAFE_HEADER, "to_address")
    assert post.connections() == before, "nothing on the wire"


async def test_odd_but_honest_names_arrive_whole_and_stay_names(post: PostOffice, channel: SmtpTransport) -> None:
    for name in NAMES:
        letter = msgspec.structs.replace(TO_JAN, from_name=name, to_name=name, subject=name)
        assert await channel.send(letter, mark=yes) == Sent(letter.message_id)

    mails = post.mails()
    assert len(mails) == len(NAMES)
    for name, mail in zip(NAMES, mails, strict=True):
        raw = str(mail["raw"]).encode()
        assert list(parsed(raw)) == HEADERS_TO_JAN
        assert decoded(raw, "Subject") == name
        for header, address in (("From", TO_JAN.from_address), ("To", TO_JAN.to_address)):
            ((shown, found),) = getaddresses([decoded(raw, header) if "=?" not in str(parsed(raw)[header]) else str(parsed(raw)[header])])
            assert found == address
            assert str(make_header(decode_header(re.sub(r"\r\n(?= )", "", shown)))).strip() == name.strip()


@pytest.mark.parametrize(
    "body",
    [
        ".\r\nQUIT\r\n",
        "a\n.\nMAIL FROM:<x@y.nl>\n",
        "a\n.\r\nb",
        "a\r.\rb",
        "a\x00b",
        "x" * 5000,
        "é" * 3000,
        "a\x85b\u2028c",
        "..\n...\n",
        "",
    ],
    ids=ascii,
)
async def test_no_body_ends_the_letter_early(post: PostOffice, channel: SmtpTransport, body: str) -> None:
    letter = msgspec.structs.replace(TO_JAN, text=body, html=f"<p>{body}</p>")

    assert await channel.send(letter, mark=yes) == Sent(letter.message_id)

    (mail,) = post.mails()
    raw = str(mail["raw"]).encode()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", raw), "no bare CR, LF or NUL"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    expected = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", body).replace("\x00", "")
    assert str(mail["text"]).replace("\r\n", "\n").rstrip("\n") == expected.rstrip("\n")


def test_the_one_click_headers_stand_unencoded_and_each_address_on_its_own_line() -> None:
    raw = compose(TO_JAN)

    assert f"List-Unsubscribe: <{TO_JAN.list_unsubscribe[0]}>,\r\n <{TO_JAN.list_unsubscribe[1]}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_every_attempt_has_the_same_id_and_date() -> None:
    first, second = parsed(compose(TO_JAN)), parsed(compose(TO_JAN))

    assert [first[name] for name in ("Message-ID", "Date")] == [second[name] for name in ("Message-ID", "Date")]
    assert first["Date"] == "Tue, 24 Nov 2026 09:30:00 +0000"
    assert first["Auto-Submitted"] == "auto-generated"


def test_both_parts_are_there_and_the_plain_one_comes_first() -> None:
    message = email.message_from_bytes(compose(TO_JAN), policy=email.policy.default)

    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_mail_without_opt_out_carries_no_list_headers() -> None:
    plain = compose(msgspec.structs.replace(TO_JAN, list_unsubscribe=(), list_id=None, feedback_id=None, reply_to=None, html=None))

    assert [name for name in parsed(plain) if name.startswith(("List-", "Feedback", "Reply"))] == []


def test_a_letter_shows_no_person_in_its_repr() -> None:
    assert repr(TO_JAN) == "MailMessage('<01997e5c@ambiance.example>')"


def test_an_ordinary_address_is_one_address() -> None:
    assert all(is_one_address(address) for address in ("jan@example.nl", "j.de-vries+tag@sub.example.nl", "reviews@localhost"))


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_the_headers_stay_ours(name: str, subject: str) -> None:
    letter: MailMessage = msgspec.structs.replace(TO_JAN, from_name=name, to_name=name, subject=subject)
    try:
        raw = compose(letter)
    except UnsafeHeaderError:
        return

    assert list(parsed(raw)) == HEADERS_TO_JAN
    assert decoded(raw, "Subject").strip() == subject.strip()
