"""Proof flow, step 2 of 6: let in a file that can be a proof, told by its content and not by its name.

Nothing is opened here: the first bytes decide. What they promise is checked later, by the reader in its child process.
"""

import re
import unicodedata

import msgspec

from reviews.errors import InvalidError, Mistake
from reviews.proofs.findings import Code

LONGEST_NAME = 120
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_SENTENCES = {
    Code.MALFORMED_FILE: "Dit bestand is leeg. Kies het nog een keer, of maak een foto van het document.",
    Code.OVERSIZED: "Dit bestand is te groot: maximaal {megabytes} MB. Maak een foto van het document, of bewaar de pdf kleiner.",
    Code.UNSUPPORTED_TYPE: "Dit soort bestand lezen we niet. Stuur de factuur of werkbon als pdf of als foto (JPEG, PNG, WebP, HEIC of TIFF).",
}


class Admitted(msgspec.Struct, frozen=True):
    """A file that may be read, and what it is."""

    media_type: str


class Refused(msgspec.Struct, frozen=True):
    """A file that is no proof in any case, and why."""

    code: Code


def media_type_of(data: bytes) -> str | None:
    """Return what a file is by its first bytes, None for anything that is not taken.

    A PDF must start at its first byte: a file that is something else in front of a PDF is made to be taken for two things.
    """
    for start, media_type in _STARTS:
        if data.startswith(start):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else None


def examine(data: bytes, *, max_bytes: int) -> Admitted | Refused:
    """Say whether a file may be read."""
    if not data:
        return Refused(Code.MALFORMED_FILE)
    if len(data) > max_bytes:
        return Refused(Code.OVERSIZED)
    media_type = media_type_of(data)
    return Admitted(media_type) if media_type else Refused(Code.UNSUPPORTED_TYPE)


def admit(data: bytes, file_name: str, *, max_bytes: int) -> Admitted:
    """Return what an upload is; raise InvalidError with a sentence that says what to send instead.

    The name only helps a customer to recognise which file is meant.
    """
    answer = examine(data, max_bytes=max_bytes)
    if isinstance(answer, Admitted):
        return answer
    sentence = _SENTENCES[answer.code].format(megabytes=max_bytes // 1_000_000)
    shown = clean_name(file_name)
    raise InvalidError([Mistake("proof", answer.code.value, f"{shown}: {sentence}" if shown else sentence)])


def clean_name(name: str) -> str:
    """Return a file name fit to be shown: its last part, without controls and marks that turn the reading direction, of bounded length."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    tidy = " ".join(visible.split()).strip(". ")
    if len(tidy) <= LONGEST_NAME:
        return tidy
    stem, dot, extension = tidy.rpartition(".")
    tail = dot + extension if stem and len(extension) <= 8 else ""
    return tidy[: LONGEST_NAME - len(tail) - 1] + "…" + tail
