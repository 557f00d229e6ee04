"""Check the checksums of a PDF's packed streams (RFC 1950).

Programs that draw a page ignore a wrong one, and a byte that was damaged on the way can be another figure on the page. They also ignore one
that is cut off, as some makers of PDFs leave it (its last bytes, or all of it behind a flush): that says nothing about the words before it.
"""

import base64
import zlib

from pypdf.generic import ArrayObject, PdfObject, StreamObject

MOST_UNPACKED = 32_000_000
"""Bytes; what follows is not checked, since no page is larger."""
_STEP = 1 << 20
_CHECKSUM = 4
_HEADER = 2
_FLUSHED = b"\x00\x00\xff\xff"
"""The empty block by which a packer ends what it wrote so far (RFC 1951, 3.2.4): nothing before it is missing."""
# Only filters whose last step carries an Adler-32 checksum; with others before it the bytes here are not yet the packed ones.
_PACKED = (["/FlateDecode"], ["/ASCII85Decode", "/FlateDecode"])


def is_sound(item: StreamObject) -> bool:
    """Whether a stream's bytes are those that were packed, as far as they tell; True for one that is not packed, or without a checksum."""
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
    # The header first, as zlib itself reads it: what is no zlib stream raises here.
    zlib.decompressobj().decompress(packed[:_HEADER])
    unpacker, unpacked, checksum, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, 1, packed[_HEADER:]
    while rest and not unpacker.eof and unpacked < MOST_UNPACKED:
        # A step at a time and nothing kept: a few kilobytes can unpack to gigabytes.
        part = unpacker.decompress(rest, _STEP)
        unpacked, checksum, rest = unpacked + len(part), zlib.adler32(part, checksum), unpacker.unconsumed_tail
    if unpacker.eof:
        return _agrees(unpacker.unused_data, checksum.to_bytes(_CHECKSUM, "big"))
    return unpacked >= MOST_UNPACKED or packed.rstrip(b"\r\n").endswith(_FLUSHED)


def _agrees(said: bytes, true: bytes) -> bool:
    """Whether a checksum is the true one, or cut off; a line end may stand behind what is left of it."""
    if len(said) < _CHECKSUM or said.startswith(true):
        return True
    left = said.rstrip(b"\r\n")
    return len(left) < _CHECKSUM and true.startswith(left)
