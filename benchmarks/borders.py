"""Where bytes from outside meet our own code without a child process in between: each border takes whatever comes, and only chance comes.

A border is called with a generator of chance and what there is to damage, and says in a word what became of it; what it may not do is raise.
"""

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from benchmarks import specimens
from benchmarks.damage import damaged
from benchmarks.specimens import Specimen
from reviews.adapters.documents import answer_checks
from reviews.adapters.documents.reading.einvoices import parsing
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import forwarded_mail
from reviews.errors import InvalidError
from reviews.proofs import extraction, intake, verdict
from reviews.proofs.reading import FAR, LONGEST_WORD, Reading, ReadingLimits, Word

LIMITS = ReadingLimits()
ODD_NUMBERS: tuple[Any, ...] = (math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0, -1, 1, 2**31, 2**63, 2**64 - 1, 0.5, 20_000, -20_000, True)
ODD_TEXTS = (
    "", "\0", "a\0b", "\ud7ff", "\U0010ffff", "\u202e", "é" * 500, "9" * 900, "1.1.1.1." * 100, "-" * 900, "€", "€ 9" * 200, "1,00-", "--1,00",
    "0" * 40 + ",00", "2026-02-31", "99-99-9999", "1/1/01", "31 februari 2026", "Factuur", "FACTUURNUMMER:", "factuurdatum", "totaal", "incl.",
    "btw", "KvK", "IBAN", "¹²³", "٣٤٥", "NL00BANK0000000000", "NL000000000B00", "BE0000000000", "3511", "AB", "3511AB", "a@" + "b." * 200 + "c",
    "x" * 1000, "İ", "ﬁ", "ß" * 100, "de", "heer", "B.V.", "2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "NaN", "sNaN", "1e999999999", "picture", "text", "genuine",
)  # fmt: skip
MARKS = "0123456789.,-/:€ abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéïüñßøı'’\u00a0\u200b\u0301\U0001f600"
Border = Callable[[random.Random, Sequence[Reading], Sequence[Specimen]], str]


def words(chance: random.Random, readings: Sequence[Reading], _: Sequence[Specimen]) -> str:
    """Extract from any words that a sound answer may hold, and judge them."""
    start = chance.choice(readings)
    held = list(start.words) or [_word(chance)]
    for _turn in range(chance.choice((1, 3, 10, 100))):
        place = chance.randrange(len(held))
        held[place] = _other(held[place], chance) if chance.random() < 0.7 else _word(chance)
    if chance.random() < 0.1:
        held = [_word(chance) for _ in range(chance.choice((1, 2, 30, 300)))]
    reading = replace(start, words=tuple(held))
    extraction.extract(reading)
    return _judged(reading)


def _other(word: Word, chance: random.Random) -> Word:
    """Return a word with another text, or at another place."""
    kind = chance.randrange(4)
    if kind == 0:
        return replace(word, text=_text(chance))
    if kind == 1:
        end, start = (chance.randrange(len(word.text) + 1) for _ in range(2))
        return replace(word, text=word.text[:end] + chance.choice(MARKS) + word.text[start:])
    if kind == 2:
        return _placed(word.text, word.score, chance)
    return replace(word, x1=word.x0, y1=word.y0, score=chance.choice((0.0, 0.5, 1.0)))


def _word(chance: random.Random) -> Word:
    return _placed(_text(chance), chance.random(), chance)


def _placed(text: str, score: float, chance: random.Random) -> Word:
    x0, x1 = sorted((_edge(chance), _edge(chance)))
    y0, y1 = sorted((_edge(chance), _edge(chance)))
    return Word(text, 0, x0, y0, x1, y1, score)


def _edge(chance: random.Random) -> float:
    return chance.choice((chance.random(), chance.random(), chance.uniform(-1, 3), 0.0, 1.0, -0.0, 5e-324, FAR, -FAR))


def _text(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(ODD_TEXTS).replace("\0", "")[:LONGEST_WORD]
    letters = "".join(chance.choice(MARKS) if chance.random() < 0.8 else chr(chance.randrange(1, 0xD800)) for _ in range(chance.randrange(1, 20)))
    return (letters * chance.choice((1, 1, 1, 40)))[:LONGEST_WORD]


def bent_answers(chance: random.Random, readings: Sequence[Reading], held: Sequence[Specimen]) -> str:
    """Take answers of the right shape with values that no reader gives, as a child sends that was taken over, and judge what is let through."""
    told: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(chance.choice(readings)))
    for _ in range(chance.choice((1, 1, 2, 5))):
        _bend(told, chance)
    return _taken(msgspec.msgpack.encode(told), held[0])


def _bend(told: Any, chance: random.Random) -> None:
    """Change one value somewhere in what was told."""
    while True:
        place = chance.choice(list(told) if isinstance(told, dict) else range(len(told)))
        below = told[place]
        if isinstance(below, dict | list) and below and chance.random() < 0.9:
            told = below
            continue
        told[place] = _strange(below, chance)
        return


def _strange(was: Any, chance: random.Random) -> Any:
    if chance.random() < 0.1:
        return chance.choice(({}, [], None, b"<html>", [[]] * 9, {"a": {}}))
    if isinstance(was, list):
        return was * chance.choice((0, 2, 500)) if len(was) < 500 else []
    if isinstance(was, str) or was is None:
        return chance.choice(ODD_TEXTS)
    if isinstance(was, bytes):
        return chance.choice((b"", b"<html>", was[:8], b"RIFF0000WEBP<script>"))
    return chance.choice(ODD_NUMBERS)


def broken_answers(chance: random.Random, readings: Sequence[Reading], held: Sequence[Specimen]) -> str:
    """Take answers whose bytes are damaged, or that are nothing but chance."""
    if chance.random() < 0.2:
        return _taken(chance.randbytes(chance.randrange(400)), held[0])
    told = [msgspec.msgpack.encode(replace(reading, pages=())) for reading in readings]
    return _taken(damaged(chance.choice(told), told, chance), held[0])


def _taken(answer: bytes, asked: Specimen) -> str:
    reading = answer_checks.reading_in(answer, [(asked.data, asked.media_type)], LIMITS)
    return "not a reading" if reading is None else _judged(reading)


def _judged(reading: Reading) -> str:
    """Judge in both worlds, and see that the verdict can be kept: PostgreSQL holds neither NUL nor half a character."""
    outcomes: set[str] = set()
    for known in (specimens.WITH_JOBS, specimens.WITHOUT_JOBS):
        found = verdict.judge(reading, specimens.CLAIM, known, on=specimens.ON)
        kept = json.dumps(msgspec.to_builtins(found), allow_nan=False, ensure_ascii=False)
        kept.encode()
        assert "\\u0000" not in kept, "a verdict with NUL"
        outcomes.add(found.outcome)
    return "accept" if "accept" in outcomes else "judged"


def invoices(chance: random.Random, _: Sequence[Reading], held: Sequence[Specimen]) -> str:
    """Read e-invoices, within a PDF and alone."""
    data = _some(held, specimens.XML, chance)
    return "read" if parsing.read_invoice({"factur-x.xml": data}) else "not an invoice"


def mails(chance: random.Random, _: Sequence[Reading], held: Sequence[Specimen]) -> str:
    """Open mails."""
    try:
        forwarded_mail.open_mail(_some(held, specimens.MAIL, chance), {"s._domainkey.utrecht.example": chance.randbytes(50)})
    except ReadingError as problem:
        return problem.code
    return "opened"


def uploads(chance: random.Random, _: Sequence[Reading], held: Sequence[Specimen]) -> str:
    """Let files in, and clean their names."""
    offered = [intake.Upload(damaged(chance.choice(held).data, [], chance), _name(chance)) for _ in range(chance.choice((1, 1, 1, 2, 9)))]
    names = [intake.clean_name(upload.file_name) for upload in offered]
    assert all(len(name) <= intake.LONGEST_NAME and "\0" not in name and "/" not in name and name.isprintable() for name in names), names
    try:
        intake.admit_document(offered, intake.UploadLimits())
    except InvalidError as problem:
        return problem.errors[0].code
    return "let in"


def _name(chance: random.Random) -> str:
    return "".join(chr(chance.choice((chance.randrange(0x110000), chance.randrange(128)))) for _ in range(chance.choice((0, 5, 20, 5000))))


def _some(held: Sequence[Specimen], media_type: str, chance: random.Random) -> bytes:
    kinds = [specimen.data for specimen in held if specimen.media_type == media_type]
    return damaged(chance.choice(kinds), [specimen.data for specimen in held], chance)


ALL: dict[str, Border] = {
    "words": words,
    "bent answers": bent_answers,
    "broken answers": broken_answers,
    "e-invoices": invoices,
    "mails": mails,
    "uploads": uploads,
}
