"""Open a winmail.dat: what Outlook makes of a mail's attachments when it sends its own format (MS-OXTNEF), bounded and without guessing.

A stream that does not keep to the format gives nothing at all: half of what somebody sent would look like the whole.
"""

from collections.abc import Iterator

from reviews.adapters.documents.reading.failures import ReadingError

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 10_000
"""Attributes and properties of a stream; a mail has about thirty, and as many for each attachment."""
DEEPEST = 3
"""Messages within messages; as of mails within mails."""
_ATTACHMENT, _DATA, _PROPERTIES = 0x00069002, 0x0006800F, 0x00069005
"""Attributes (2.1.3.2): where an attachment begins, its bytes, and what MAPI knows of it."""
_LEVELS, _HEAD = (1, 2), 9
_DATA_PROPERTY = 0x3701
_OBJECT, _VARIABLE = 0x000D, (0x000D, 0x001E, 0x001F, 0x0102)
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16}
"""Bytes that a value of a fixed type takes, padding included (2.1.3.5)."""
_MULTIPLE, _NAMED, _INTERFACE = 0x1000, 0x8000, 16


class _Stream:
    """Bytes that are taken one piece after the other; raises ReadingError where there are fewer than announced."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self._taken = data, 0, 0

    def __bool__(self) -> bool:
        """Whether there is more than the line end that mail servers leave behind an attachment."""
        return bool(self._data[self._at : self._at + _HEAD].strip(b"\r\n"))

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise ReadingError("malformed_file")
        self._at += count
        return piece

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def padded(self, count: int) -> bytes:
        piece = self.take(count)
        self.take(-count % 4)
        return piece

    def counted(self) -> None:
        """Count one more attribute or property: each costs us, and may be as small as its sender likes."""
        self._taken += 1
        if self._taken > MOST_ATTRIBUTES:
            raise ReadingError("oversized")


def is_tnef(data: bytes) -> bool:
    """Whether a file begins as a stream of this format."""
    return data.startswith(SIGNATURE)


def attachments(data: bytes) -> list[bytes]:
    """Return the attachments of a stream, those of messages within it included; raise ReadingError for one that is not well-formed."""
    return list(_attachments(data, DEEPEST))


def _attachments(data: bytes, deeper: int) -> Iterator[bytes]:
    held, known = list[bytes | None](), list[bytes | None]()
    for name, value in _attributes(data):
        if name == _ATTACHMENT:
            held.append(None)
            known.append(None)
        elif name in {_DATA, _PROPERTIES} and not held:
            raise ReadingError("malformed_file")
        elif name == _DATA:
            held[-1] = value
        elif name == _PROPERTIES:
            known[-1] = _held_by_properties(value)
    for plain, mapi in zip(held, known, strict=True):
        content = plain or mapi
        if content is not None and is_tnef(content) and deeper:
            yield from _attachments(content, deeper - 1)
        elif content:
            yield content


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes of a stream (2.1.3.1): level, name, length, value, and the sum of the value's bytes."""
    stream = _Stream(data)
    if stream.take(4) != SIGNATURE:
        raise ReadingError("malformed_file")
    stream.take(2)
    while stream:
        stream.counted()
        if stream.number(1) not in _LEVELS:
            raise ReadingError("malformed_file")
        name, value = stream.number(4), stream.take(stream.number(4))
        if stream.number(2) != sum(value) & 0xFFFF:
            raise ReadingError("malformed_file")
        yield name, value


def _held_by_properties(data: bytes) -> bytes | None:
    """Return the attachment that its properties hold (2.1.3.4): of a message within a message they are the only place."""
    stream, found = _Stream(data), None
    for _ in range(stream.number(4)):
        stream.counted()
        kind, name = stream.number(2), stream.number(2)
        if name >= _NAMED:
            _pass_name(stream)
        values = _values(stream, kind)
        if name == _DATA_PROPERTY and values:
            # An object stands behind the name of the interface by which Outlook opens it.
            found = values[0][_INTERFACE:] if kind == _OBJECT else values[0]
    return found


def _pass_name(stream: _Stream) -> None:
    stream.take(16)
    if stream.number(4) == 0:
        stream.take(4)
    else:
        stream.padded(stream.number(4))


def _values(stream: _Stream, kind: int) -> list[bytes]:
    plain = kind & ~_MULTIPLE
    if plain in _VARIABLE:
        return [_counted_value(stream) for _ in range(stream.number(4))]
    if plain not in _SIZES:
        raise ReadingError("malformed_file")
    return [stream.take(_SIZES[plain]) for _ in range(stream.number(4) if kind & _MULTIPLE else 1)]


def _counted_value(stream: _Stream) -> bytes:
    stream.counted()
    return stream.padded(stream.number(4))
