"""Damage files as disks, mailers and people with intentions do: flipped bits, lost ends, pieces of another file, words with a meaning.

All chance comes from the generator that is handed in, so that a case can be made again from its seed.
"""

import random
import re
from collections.abc import Callable, Sequence

Damage = Callable[[bytes, random.Random], bytes]
PDF_WORDS = (
    b"endobj", b"obj", b"stream\n", b"endstream", b"xref", b"trailer", b"startxref", b"%%EOF", b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">",
    b"/Kids", b"/Parent", b"/Count 2147483648", b"/Length 2147483648", b"/Length -1", b"/Prev 9", b"/Size 0", b"/Type/ObjStm", b"/Type/XRef",
    b"/FlateDecode", b"/LZWDecode", b"/ASCII85Decode", b"/RunLengthDecode", b"/JBIG2Decode", b"/JPXDecode", b"/CCITTFaxDecode", b"/Crypt",
    b"/DecodeParms<</Predictor 15/Columns 99999999>>", b"/Encrypt 1 0 R", b"/OpenAction 1 0 R", b"/AA 1 0 R", b"/JS(x)", b"/S/Launch",
    b"/URI(\xff)", b"/MediaBox[0 0 0 0]", b"/MediaBox[0 0 1e38 1e38]", b"/MediaBox[nan 0 600 800]", b"/Rotate 45", b"/Rotate 90",
    b"/UserUnit 1e9", b"/CropBox[9 9 1 1]", b"/Contents 1 0 R", b"/Annots[1 0 R]", b"/Rect[1 2]", b"/Subtype/FreeText", b"/ToUnicode 1 0 R",
    b"/XFA 1 0 R", b"/EF<</F 1 0 R>>", b"1 0 R", b"2 0 R", b"3 0 R", b"4 0 R", b"99999999 0 R", b"-1 0 R", b"0 0 R", b"null", b"true", b"1e999",
    b"-9223372036854775809", b"\xfe\xff\xd8\x00", b" BT ", b" ET ", b" Tj ", b" Tf ", b" 1e30 0 0 1e30 0 0 cm ", b" 1e38 1e38 Td ", b" q ",
    b" Q ", b" Do ", b" 3 Tr ", b" -1 Tz ", b" 0 Tz ",
)  # fmt: skip
OTHER_WORDS = (
    b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xd9", b"\xff\xda", b"\xff\xc4", b"\xff\xe1\xff\xff",
    b"Exif\x00\x00", b"IHDR", b"IDAT", b"zTXt", b"iCCP", b"acTL", b"VP8X", b"ANIM", b"ANMF", b"ftypheic", b"meta", b"iloc", b"II*\x00",
    b"MM\x00*", b"\r\n", b"\r\n\r\n", b"--", b"boundary=", b"Content-Type: message/rfc822\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"=?utf-8?q?=0D=0A?=", b"Content-Transfer-Encoding: base64\r\n", b"charset=klingon",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=; b=\r\n", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<cbc:ID>", b"</cbc:ID>",
    b"<![CDATA[", b"xmlns=''", b"NaN", b"1e999", b"-0.00", b"9999-99-99", b"\xed\xa0\x80",
)  # fmt: skip
_NUMBER = re.compile(rb"\d+")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
ODD_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999999999999", b"0.0000001")


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Turn a few bits over."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def overwritten(data: bytes, chance: random.Random) -> bytes:
    """Put chance over a run of bytes."""
    start, length = _run(data, chance)
    return data[:start] + chance.randbytes(length) + data[start + length :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    """Lose the end."""
    return data[: chance.randrange(len(data))]


def cut_out(data: bytes, chance: random.Random) -> bytes:
    """Lose a run of bytes."""
    start, length = _run(data, chance)
    return data[:start] + data[start + length :]


def doubled(data: bytes, chance: random.Random) -> bytes:
    """Say a run of bytes again, elsewhere."""
    start, length = _run(data, chance)
    place = chance.randrange(len(data))
    return data[:place] + data[start : start + length] + data[place:]


def renumbered(data: bytes, chance: random.Random) -> bytes:
    """Make another number of one that is written in figures: a length, a place, a count, a size."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return flipped(data, chance)
    match = chance.choice(found)
    other = chance.choice((*ODD_NUMBERS, str(int(match[0][:18]) + chance.choice((-1, 1, 7))).encode(), chance.choice(found)[0]))
    return data[: match.start()] + other + data[match.end() :]


def spoken(data: bytes, chance: random.Random) -> bytes:
    """Put a word with a meaning for the format somewhere, before what stands there or over it."""
    words = PDF_WORDS if data.startswith(b"%PDF") else OTHER_WORDS
    word, place = chance.choice(words), chance.randrange(len(data))
    return data[:place] + word + data[place + chance.choice((0, len(word))) :]


def within_a_stream(data: bytes, chance: random.Random) -> bytes:
    """Change a byte within one of a PDF's streams: what is drawn, and not how the file is built."""
    found = [match for match in _STREAM.finditer(data) if match.end(1) > match.start(1)]
    if not found:
        return flipped(data, chance)
    match = chance.choice(found)
    place = chance.randrange(match.start(1), match.end(1))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


DAMAGES: tuple[Damage, ...] = (flipped, overwritten, cut_off, cut_out, doubled, renumbered, spoken, within_a_stream)


def damaged(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Damage a file in one to three ways, sometimes by a piece of another one."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = spliced(data, chance.choice(others), chance) if others and chance.random() < 0.1 else chance.choice(DAMAGES)(data, chance)
        if not data:
            return data
    return data


def spliced(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put a run of another file into one."""
    start, length = _run(other, chance)
    place = chance.randrange(len(data))
    return data[:place] + other[start : start + length] + data[place + chance.choice((0, length)) :]


def _run(data: bytes, chance: random.Random) -> tuple[int, int]:
    """Return where a run of bytes starts and how long it is: mostly short, at times a good part of the whole."""
    length = min(len(data), int(2 ** chance.uniform(0, 14)))
    return chance.randrange(len(data) - length + 1), length
