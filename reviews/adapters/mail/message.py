"""Write one mail as bytes, with every header exactly as we wrote it and none that a person's data added.

Python's `email` package decodes and re-encodes headers behind one's back: an encoded word in a name became extra headers and a body on the
wire, and a long List-Unsubscribe became an encoded word that no mailbox understands. So the headers are encoded and folded here, everything
that reaches them is checked first, and the two parts of the body are written here too: that takes a twentieth of the processor time.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import format_datetime
from typing import Final

from reviews.invitations.sending.mail_message import MailMessage

_FOLD: Final = "\n "
# Also U+0085 and U+2028, which some programs take for line ends, lone surrogates, and the start of an encoded word (RFC 2047).
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|=\?")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_LINE_ENDS: Final = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
# 45 bytes are 60 characters in base64; with `=?utf-8?b?` and `?=` that is 72 of the 75 that RFC 2047 allows.
_BYTES_PER_WORD: Final = 45
# Far below the 998 bytes of a line (RFC 5322, 2.1.1), so that a plain value needs no folding.
_PLAIN_LENGTH: Final = 200


class UnsafeHeaderError(ValueError):
    """A value may not reach a header; `field` says which, never what was in it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} holds what may not reach a mail header")
        self.field = field


def compose(message: MailMessage) -> bytes:
    """Return the mail as it goes over the wire, with CRLF line ends and no line beyond 998 bytes.

    Raises UnsafeHeaderError for a value with control characters or an encoded word, and for anything but one plain address.
    """
    guard(message)
    plain = _part("plain", message.text)
    head = [*_headers(message), ("MIME-Version", "1.0")]
    if message.html is None:
        return _joined(_head(head), plain)
    # From the Message-ID, so that every attempt writes the same bytes; `=_` at its start cannot occur in quoted-printable.
    boundary = f"=_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}"
    head.append(("Content-Type", f'multipart/alternative;{_FOLD}boundary="{boundary}"'))
    between = f"--{boundary}\n".encode()
    return _joined(_head(head), b"\n", between, plain, b"\n", between, _part("html", message.html), b"\n", f"--{boundary}--\n".encode())


def _head(headers: Sequence[tuple[str, str]]) -> bytes:
    """Write the headers; each must be one line of printable ASCII between its folds, whatever the guards before it let through."""
    for name, value in headers:
        unfolded = value.replace(_FOLD, " ")
        if not unfolded.isascii() or not unfolded.isprintable():
            raise UnsafeHeaderError(name)
    # LF here and CRLF once at the end in `_joined`: two places that write line ends would end in bare ones.
    return "".join(f"{name}: {value}\n" for name, value in headers).encode("ascii")


def _part(subtype: str, text: str) -> bytes:
    """Write a text as quoted-printable: no line beyond 76 bytes, none that is a dot alone, and no `=_`, of which the boundary is made."""
    # istext: line ends stay line ends instead of becoming =0A.
    encoded = binascii.b2a_qp(_lines(text).encode(), istext=True)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
    return kind.encode() + encoded + (b"" if encoded.endswith(b"\n") else b"\n")


def _joined(*pieces: bytes) -> bytes:
    return b"".join(pieces).replace(b"\n", b"\r\n")


def _headers(message: MailMessage) -> list[tuple[str, str]]:
    headers = [
        ("From", _mailbox(message.from_name, message.from_address)),
        ("To", _mailbox(message.to_name, message.to_address)),
        ("Subject", _words(message.subject)),
        ("Date", format_datetime(message.date.astimezone(UTC))),
        ("Message-ID", message.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if message.reply_to:
        headers.append(("Reply-To", message.reply_to))
    if message.list_id:
        headers.append(("List-ID", f"<{message.list_id}>"))
    if message.list_unsubscribe:
        # Each address on a line of its own, never encoded: RFC 8058's one-click needs it as it stands.
        headers.append(("List-Unsubscribe", f",{_FOLD}".join(f"<{address}>" for address in message.list_unsubscribe)))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if message.feedback_id:
        headers.append(("Feedback-ID", message.feedback_id))
    return headers


def guard(message: MailMessage) -> None:
    """Refuse the mail when a value for a header or the envelope could add anything to it."""
    for field in ("from_name", "to_name", "subject"):
        if _UNSAFE.search(getattr(message, field) or ""):
            raise UnsafeHeaderError(field)
    for field in ("from_address", "to_address", "reply_to", "envelope_sender"):
        address: str | None = getattr(message, field)
        if address is not None and not is_one_address(address):
            raise UnsafeHeaderError(field)
    if not _MESSAGE_ID.fullmatch(message.message_id):
        raise UnsafeHeaderError("message_id")
    tokens = {"list_id": message.list_id or "", "feedback_id": message.feedback_id or "", "list_unsubscribe": "".join(message.list_unsubscribe)}
    for field, token in tokens.items():
        # Checked although they are ours: a branch's slug and the base URL come from settings.
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
    # By character and not by byte: RFC 2047 forbids a word that ends inside one.
    for sign in value:
        if len((chunks[-1] + sign).encode()) > _BYTES_PER_WORD:
            chunks.append("")
        chunks[-1] += sign
    return _FOLD.join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _lines(text: str) -> str:
    """Give every line the same end, and drop what no mail may hold."""
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    # `replace` also turns lone surrogates, which no UTF-8 can hold, into question marks.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
