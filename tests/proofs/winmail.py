"""A winmail.dat as Outlook writes it (MS-OXTNEF): attributes with their lengths and sums, attachments plain or as MAPI properties."""

import struct

SIGNATURE = b"\x78\x9f\x3e\x22"
MESSAGE, ATTACHMENT = 1, 2
VERSION, CLASS, SUBJECT = 0x00089006, 0x00078008, 0x00018004
BEGINS, TITLE, DATA, PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005


def attribute(level: int, name: int, value: bytes, *, total: int | None = None) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", (sum(value) if total is None else total) & 0xFFFF)


def stream(*attributes: bytes) -> bytes:
    head = attribute(MESSAGE, VERSION, b"\x00\x00\x01\x00") + attribute(MESSAGE, CLASS, b"IPM.Microsoft Mail.Note\0")
    return SIGNATURE + b"\x01\x00" + head + attribute(MESSAGE, SUBJECT, b"Uw factuur\0") + b"".join(attributes)


def attached(content: bytes, name: str = "factuur.pdf") -> bytes:
    """An attachment as a file."""
    begins = attribute(ATTACHMENT, BEGINS, struct.pack("<HIII", 1, 0xFFFFFFFF, 0, 0))
    known = properties(fixed(0x0003, 0x3705, 1), text(0x3707, name), named("x-naam", "waarde"))
    return begins + attribute(ATTACHMENT, TITLE, name.encode() + b"\0") + attribute(ATTACHMENT, DATA, content) + known


def within(message: bytes) -> bytes:
    """A message as an attachment: its bytes stand in a property only, behind the name of an interface."""
    value = bytes(16) + message
    return attribute(ATTACHMENT, BEGINS, bytes(14)) + properties(fixed(0x0003, 0x3705, 5), struct.pack("<HH", 0x000D, 0x3701) + counted(value))


def properties(*values: bytes) -> bytes:
    return attribute(ATTACHMENT, PROPERTIES, struct.pack("<I", len(values)) + b"".join(values))


def fixed(kind: int, name: int, value: int) -> bytes:
    return struct.pack("<HHI", kind, name, value)


def text(name: int, value: str) -> bytes:
    return struct.pack("<HH", 0x001F, name) + counted(value.encode("utf-16-le"))


def named(name: str, value: str) -> bytes:
    spelled = name.encode("utf-16-le")
    return struct.pack("<HH16sII", 0x001F, 0x8001, bytes(16), 1, len(spelled)) + padded(spelled) + counted(value.encode("utf-16-le"))


def counted(value: bytes) -> bytes:
    return struct.pack("<II", 1, len(value)) + padded(value)


def padded(value: bytes) -> bytes:
    return value + bytes(-len(value) % 4)
