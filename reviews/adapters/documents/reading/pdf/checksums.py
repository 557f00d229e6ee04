"""Check the checksums of a PDF's packed streams (RFC 1950).

Programs that draw a page ignore a wrong one, and a byte that was damaged on the way can be another figure on the page.
"""

import base64
import zlib

from pypdf.generic import ArrayObject, PdfObject, StreamObject

MOST_UNPACKED = 32_000_000
"""Bytes; what follows is not checked, since no page is larger."""
_STEP = 1 << 20
# Only filters whose last step carries an Adler-32 checksum; with others before it the bytes here are not yet the packed ones.
_PACKED = (["/FlateDecode"], ["/ASCII85Decode", "/FlateDecode"])


def is_sound(item: StreamObject) -> bool:
    """Whether a stream's bytes are those that were packed; True for one that is not packed, or packed in a way that has no checksum."""
    filters = _filters(item.get("/Filter"))
    if filters not in _PACKED:
        return True
    data: bytes = item._data  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - pypdf has no other way to the bytes as they are
    try:
        return _is_whole(data if len(filters) == 1 else _from_letters(data))
    except (zlib.error, ValueError):
        return False


def _filters(named: PdfObject | None) -> list[str]:
    held = named.get_object() if named is not None else None
    return [str(one) for one in held] if isinstance(held, ArrayObject) else [str(held)]


def _from_letters(data: bytes) -> bytes:
    return base64.a85decode(data.strip().removeprefix(b"<~").removesuffix(b"~>"))


def _is_whole(packed: bytes) -> bool:
    unpacker, unpacked = zlib.decompressobj(), 0
    while packed and not unpacker.eof and unpacked < MOST_UNPACKED:
        # A step at a time and nothing kept: a few kilobytes can unpack to gigabytes.
        unpacked += len(unpacker.decompress(packed, _STEP))
        packed = unpacker.unconsumed_tail
    return unpacker.eof or unpacked >= MOST_UNPACKED
