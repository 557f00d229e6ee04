"""Check a reader's answer before anything uses it: the reader may have been taken over by the document that it read.

The schema of a Reading says which types its values have. This module says how many and how large they may be, so that judging meets only
finite numbers, moments that can be compared, texts that a database can hold, and no more of them than documents have.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from reviews.proofs import intake
from reviews.proofs.findings import Code
from reviews.proofs.reading import FAR, LONGEST_WORD, NEEDS_RECOGNITION, Page, Reading, ReadingLimits, Word

FAILURES = {None, NEEDS_RECOGNITION, Code.MALFORMED_FILE, Code.OVERSIZED, Code.ENCRYPTED, Code.UNSUPPORTED_TYPE, Code.UNREADABLE}
"""What a reader may say of a file that it can't read."""
MOST_SAID = 100
LONGEST_TEXT = 4_000
MOST_COUNTED = 100_000
_PICTURE_HASH = re.compile(r"[0-9a-f]{64}")
_OF_WORDS = ("words", "covered", "overwritten", "unseen", "contradicting", "foreign_type", "uneven", "patches")
_NO_WORDS: dict[str, Any] = dict.fromkeys(_OF_WORDS, ())


def reading_in(answer: bytes, parts: Sequence[tuple[bytes, str]], limits: ReadingLimits) -> Reading | None:
    """Return the reading of these files (bytes, media type) that an answer holds; None for an answer that no honest reader gives.

    What this process knows by itself, the digest and the type, is not taken from the answer.
    """
    try:
        reading = msgspec.msgpack.decode(answer, type=Reading)
    # msgspec lets the last two through: text that is no UTF-8, and lists within lists.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not _is_possible(reading, limits):
        return None
    # Looked for first: copying every struct of a reading costs more, and nearly none has a NUL.
    told = _without_nul(reading) if any("\0" in text for text in _texts(reading)) else reading
    # Computed here: a reader that was taken over could pass its document off as another one.
    digest = intake.digest_of([hashlib.sha256(data).digest() for data, _ in parts])
    return replace(told, sha256=digest.hex(), media_type=parts[0][1] if parts else "")


def _is_possible(reading: Reading, limits: ReadingLimits) -> bool:
    if reading.failure not in FAILURES or not len(reading.pages) == reading.page_count <= limits.pages:
        return False
    lists = [getattr(reading, name) for name in _NO_WORDS]
    if any(limits.are_passed_by(words, whole=True) or not all(_is_word(word, reading.page_count) for word in words) for words in lists):
        return False
    if any(limits.are_passed_by([word for word in reading.words if word.page == number]) for number in range(reading.page_count)):
        return False
    said = (reading.changes, reading.signatures, reading.fonts, reading.active, reading.attachments, reading.notes)
    hashed = reading.picture_hash is None or _PICTURE_HASH.fullmatch(reading.picture_hash) is not None
    letter = reading.letter
    addressed = letter is None or max(letter.documents, letter.bodies, len(letter.recipients), len(letter.copied)) <= MOST_SAID
    counted = addressed and 0 <= reading.ink <= 1 and 0 <= reading.lines <= MOST_COUNTED and 0 <= reading.revisions <= MOST_COUNTED
    dates = (reading.created_at, reading.modified_at, reading.mail.sent_at if reading.mail else None)
    # A naive moment would raise where the judging process compares it with an aware one.
    aware = all(moment is None or moment.tzinfo is not None for moment in dates)
    short = all(len(text) <= LONGEST_TEXT for text in _texts(replace(reading, **_NO_WORDS)))
    few = max(map(len, said)) <= MOST_SAID
    return hashed and counted and aware and short and few and all(map(_is_page, reading.pages))


def _is_word(word: Word, pages: int) -> bool:
    # Chained comparisons are false for NaN, so this also refuses what is no number.
    placed = -FAR <= word.x0 <= word.x1 <= FAR and -FAR <= word.y0 <= word.y1 <= FAR
    return placed and 0 <= word.page < pages and len(word.text) <= LONGEST_WORD and 0 <= word.score <= 1


def _is_page(page: Page) -> bool:
    """Whether a page can be shown: its pictures are WebP and nothing that a browser could take for something else."""
    pictures = [picture for picture in (page.picture, page.redacted) if picture is not None]
    # By its first bytes, without decoding: a decoder in this process is what the sandbox avoids.
    shown = all(picture[:4] == b"RIFF" and picture[8:12] == b"WEBP" for picture in pictures)
    return (
        shown
        and math.isfinite(page.height)
        and 0 < page.height <= FAR
        and page.source in {"text", "picture", "einvoice"}
        and page.turned in {0, 90, 180, 270}
    )


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a reading."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))


def _without_nul(value: Any) -> Any:
    """Return the same reading without the character that PostgreSQL holds in no text; programs leave it in the name of a producer."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, tuple):
        return tuple(_without_nul(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return replace(value, **{name: _without_nul(getattr(value, name)) for name in value.__struct_fields__})
    return value
