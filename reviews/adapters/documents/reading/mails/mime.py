"""Take a mail apart (RFC 5322, RFC 2045–2047) into slices of its own bytes, bounded, without changing a byte: signatures are over bytes.

The standard library's parser is used for single headers only: it builds a tree of objects without bound, and what it prints again is not
what it was given.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser

from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import tnef

LARGEST_HEAD = 256_000
"""Bytes; the headers of large providers stay below a tenth of it."""
MOST_PARTS = 500
DEEPEST = 12
LONGEST_BOUNDARY = 70
"""Characters (RFC 2046, 5.1.1)."""
MOST_FORWARDED = 3
_START = 200
"""Bytes of a part that show how it begins, whatever its encoding."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A mail or one of its parts: the whole of its bytes, its headers, and where its body starts."""

    raw: bytes
    head: Message
    body: bytes

    @property
    def kind(self) -> str:
        """The media type that it says it has, in lower case."""
        return self.head.get_content_type()

    def decoded(self) -> bytes:
        """Return the body without its transfer encoding; what is not well encoded gives what can be made of it."""
        how = str(self.head.get("Content-Transfer-Encoding", "")).strip().casefold()
        if how == "base64":
            # Line ends, blanks and padding in the middle are common; b64decode would stop or fail at them.
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", self.body)
            try:
                return base64.b64decode(letters[: len(letters) // 4 * 4] + _tail(letters))
            except binascii.Error:
                return b""
        return quopri.decodestring(self.body) if how == "quoted-printable" else self.body


def _tail(letters: bytes) -> bytes:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def entity(raw: bytes) -> Entity:
    """Part a mail or a part of it into headers and body; raise ReadingError when its headers have no end.

    A lone CR ends no line. The standard library takes it for a line end, signers of mail do not: the two would see different headers.
    """
    if raw.startswith((b"\n", b"\r\n")):
        return Entity(raw, Message(), raw[raw.index(b"\n") + 1 :])
    end = re.compile(rb"\r?\n\r?\n").search(raw, 0, LARGEST_HEAD)
    if end is None and len(raw) > LARGEST_HEAD:
        raise ReadingError("oversized")
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    one_kind_of_line = re.sub(rb"\r(?!\n)", b" ", head)
    return Entity(raw, BytesHeaderParser().parsebytes(one_kind_of_line + b"\r\n\r\n"), body)


def boundary(part: Entity) -> str | None:
    """Return what parts a multipart body, None when it has none that is allowed."""
    try:
        named = part.head.get_boundary()
    except (ValueError, LookupError, TypeError):
        return None
    return named if named and len(named) <= LONGEST_BOUNDARY and named.isascii() else None


def leaves(mail: Entity) -> Iterator[tuple[Entity, Entity]]:
    """Yield the parts that hold something, in order, each with the mail that it lies in directly.

    A mail within a mail, to a depth of three, is taken apart as well, and so is a winmail.dat, whose attachments are the mail's own; one that
    can't be opened stays the part that it is. Raise ReadingError beyond 500 parts.
    """
    # A list and no recursion: the depth is the sender's choice.
    waiting, count = [(mail, mail, 0, 0)], 0
    while waiting:
        part, holder, depth, forwarded = waiting.pop()
        count += 1
        if count > MOST_PARTS or depth > DEEPEST:
            raise ReadingError("oversized")
        if part.kind.startswith("multipart/"):
            # Reversed, because the last one is taken first: the parts come out in their order.
            waiting += reversed([(child, holder, depth + 1, forwarded) for child in _children(part)])
        elif part.kind == "message/rfc822" and forwarded < MOST_FORWARDED:
            inner = entity(part.decoded())
            waiting.append((inner, inner, depth + 1, forwarded + 1))
        # A mail within mails beyond the third is no leaf either: it is left out.
        elif part.kind != "message/rfc822":
            opened = _opened(part)
            count += len(opened)
            if count > MOST_PARTS:
                raise ReadingError("oversized")
            yield from ((one, holder) for one in opened)


def is_unopened(part: Entity) -> bool:
    """Whether a part is a winmail.dat; of those that `leaves` yields: one that could not be opened."""
    return tnef.is_tnef(replace(part, body=part.body[:_START]).decoded())


def _opened(part: Entity) -> list[Entity]:
    """Return the attachments of a winmail.dat as parts of the mail; of any other part itself."""
    if not is_unopened(part):
        return [part]
    try:
        return [_attached(content) for content in tnef.attachments(part.decoded())]
    except ReadingError:
        return [part]


def _attached(content: bytes) -> Entity:
    head = Message()
    head["Content-Type"], head["Content-Disposition"] = "application/octet-stream", "attachment"
    return Entity(content, head, content)


def _children(part: Entity) -> list[Entity]:
    named = boundary(part)
    if named is None:
        return []
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(named.encode()) + rb"(--)?[ \t]*(?=\r?\n|$)")
    slices, start = list[bytes](), None
    for mark in line.finditer(part.body):
        if start is not None:
            slices.append(part.body[start : mark.start()])
        start = mark.end()
        # What follows the closing boundary is no part (RFC 2046, 5.1.1).
        if mark.group(1) or len(slices) > MOST_PARTS:
            start = None
            break
    if start is not None:
        slices.append(part.body[start:])
    return [entity(_without_line_end(held)) for held in slices]


def _without_line_end(held: bytes) -> bytes:
    # The line end after a boundary belongs to the boundary; more of it belongs to the part and its signature.
    return held[2:] if held.startswith(b"\r\n") else held[1:] if held.startswith(b"\n") else held


def text_of(header: str | None) -> str:
    """Return a header's text with its encoded words read; what can't be read stays as it is."""
    if header is None:
        return ""
    try:
        return str(make_header(decode_header(header)))[:1000]
    except (LookupError, ValueError, binascii.Error):
        return header[:1000]
