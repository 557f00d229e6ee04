"""Write one mail as bytes, with every header exactly as we wrote it and nobody else's words among them.

Python's `email` package decodes and re-encodes headers behind one's back: an encoded word in a name became extra headers and a body on the
wire, and a long List-Unsubscribe became an encoded word that no mailbox understands. So the headers named in `_OURS` are encoded and folded
here, and pass through the policy untouched; everything that reaches them is guarded first.
"""

import base64
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Final

import msgspec

_FOLD: Final = "\n "
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|=\?")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_LINE_ENDS: Final = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_BYTES_PER_WORD: Final = 45
_PLAIN_LENGTH: Final = 200
_OURS: Final = frozenset(
    {
        "from",
        "to",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "x-auto-response-suppress",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "feedback-id",
    }
)


class UnsafeHeaderError(ValueError):
    """A value may not reach a header; `field` says which, never what was in it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} holds what may not reach a mail header")
        self.field = field


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person, before it is bytes.

    `message_id` (with its angle brackets) and `date` belong to the letter and not to the attempt: every attempt repeats them, so that a
    mailbox may recognise a second copy. `list_unsubscribe` holds the RFC 8058 address first, a mailto second; empty for mail that nobody can
    opt out of. `envelope_sender` is where bounces go, if not to `from_address`.
    """

    from_name: str
    from_address: str
    to_address: str
    to_name: str | None = None
    reply_to: str | None = None
    subject: str
    text: str
    html: str | None = None
    message_id: str
    date: datetime
    list_unsubscribe: tuple[str, ...] = ()
    list_id: str | None = None
    feedback_id: str | None = None
    envelope_sender: str | None = None

    def __repr__(self) -> str:
        """Name the letter by its id only: a person's data does not belong in a log."""
        return f"Letter({self.message_id!r})"

    @property
    def sender(self) -> str:
        """Return the sender on the envelope."""
        return self.envelope_sender or self.from_address


class MailPolicy(EmailPolicy):
    """The modern policy, except that our own headers are stored and written as they are.

    A fold is where a line end and a space stand in a stored value; `compose` alone puts them there.
    """

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        """Keep one of our headers as it is, once it is certain that it holds one line of ASCII between folds."""
        if name.lower() not in _OURS:
            return super().header_store_parse(name, value)
        unfolded = value.replace(_FOLD, " ")
        if not unfolded.isascii() or not unfolded.isprintable():
            raise UnsafeHeaderError(name)
        return name, value

    def fold(self, name: str, value: str) -> str:
        """Write a header."""
        if name.lower() not in _OURS:
            folded: str = super().fold(name, value)
            return folded
        return f"{name}: {value.replace(_FOLD, self.linesep + ' ')}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """Write a header as bytes."""
        if name.lower() not in _OURS:
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


_POLICY: Final = MailPolicy(linesep="\r\n", cte_type="7bit")


def compose(letter: Letter) -> bytes:
    """Return the mail as it goes over the wire, with CRLF line ends and no line beyond 998 bytes.

    Raises UnsafeHeaderError for a value with control characters or an encoded word, and for anything but one plain address.
    """
    _guard(letter)
    message = EmailMessage(policy=_POLICY)
    for name, value in _headers(letter):
        message[name] = value
    message.set_content(_lines(letter.text), cte="quoted-printable")
    if letter.html is not None:
        message.add_alternative(_lines(letter.html), subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _headers(letter: Letter) -> list[tuple[str, str]]:
    headers = [
        ("From", _mailbox(letter.from_name, letter.from_address)),
        ("To", _mailbox(letter.to_name, letter.to_address)),
        ("Subject", _words(letter.subject)),
        ("Date", format_datetime(letter.date.astimezone(UTC))),
        ("Message-ID", letter.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if letter.reply_to:
        headers.append(("Reply-To", letter.reply_to))
    if letter.list_id:
        headers.append(("List-ID", f"<{letter.list_id}>"))
    if letter.list_unsubscribe:
        headers.append(("List-Unsubscribe", f",{_FOLD}".join(f"<{address}>" for address in letter.list_unsubscribe)))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if letter.feedback_id:
        headers.append(("Feedback-ID", letter.feedback_id))
    return headers


def _guard(letter: Letter) -> None:
    """Refuse the letter when any value that reaches a header or the envelope could say more than it should."""
    for field in ("from_name", "to_name", "subject"):
        if _UNSAFE.search(getattr(letter, field) or ""):
            raise UnsafeHeaderError(field)
    for field in ("from_address", "to_address", "reply_to", "envelope_sender"):
        address: str | None = getattr(letter, field)
        if address is not None and not is_one_address(address):
            raise UnsafeHeaderError(field)
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise UnsafeHeaderError("message_id")
    tokens = {"list_id": letter.list_id or "", "feedback_id": letter.feedback_id or "", "list_unsubscribe": "".join(letter.list_unsubscribe)}
    for field, token in tokens.items():
        if not token.isascii() or _UNSAFE.search(token) or re.search(r"[\s<>]", token):
            raise UnsafeHeaderError(field)


def is_one_address(value: str) -> bool:
    """Whether this is exactly one address in ASCII that may stand in MAIL, RCPT and a header without quoting."""
    return len(value) <= 254 and len(value.partition("@")[0]) <= 64 and not _UNSAFE.search(value) and _ADDRESS.fullmatch(value) is not None


def _mailbox(name: str | None, address: str) -> str:
    if not name or not name.strip():
        return f"<{address}>"
    return f"{_phrase(name.strip())}{_FOLD}<{address}>"


def _phrase(name: str) -> str:
    """Write a display name: quoted whenever it is ASCII, so that no comma or @ in it can become an address."""
    if name.isascii() and len(name) <= _PLAIN_LENGTH:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return _encoded_words(name)


def _words(value: str) -> str:
    return value if value.isascii() and len(value) <= _PLAIN_LENGTH else _encoded_words(value)


def _encoded_words(value: str) -> str:
    """Write text as RFC 2047 words of at most 75 characters, never splitting a character."""
    chunks = [""]
    for sign in value:
        if len((chunks[-1] + sign).encode()) > _BYTES_PER_WORD:
            chunks.append("")
        chunks[-1] += sign
    return _FOLD.join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _lines(text: str) -> str:
    """Give every line the same end, and drop what no mail may hold."""
    return _LINE_ENDS.sub("\n", text).replace("\0", "").encode("utf-8", "replace").decode()
