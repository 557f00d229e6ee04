"""What a reader says is taken no further than it can be true: it may have been taken over by the document that it read."""

import hashlib
import math
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.specimens import ON
from reviews.adapters.documents import answer_checks
from reviews.proofs import verdict
from reviews.proofs.evidence import layout
from reviews.proofs.findings import Code
from reviews.proofs.reading import Invoice, Page, Reading, ReadingLimits, Word
from reviews.settings import PROJECT
from tests.proofs.cases import CLAIM, PAPER, WORLD, reading_of

PARTS = [(b"%PDF-1.7", "application/pdf")]
LIMITS = ReadingLimits()
SOUND = reading_of(*PAPER)
WORD = Word("Factuur", 0, 0.1, 0.1, 0.2, 0.12, 1.0)


def heard(reading: Reading) -> Reading | None:
    return answer_checks.reading_in(msgspec.msgpack.encode(reading), PARTS, LIMITS)


def bent(**told: Any) -> Reading | None:
    """Return what becomes of a sound answer in which a child says something else."""
    sound = msgspec.msgpack.decode(msgspec.msgpack.encode(SOUND))
    return answer_checks.reading_in(msgspec.msgpack.encode({**sound, **told}), PARTS, LIMITS)


def test_each_failure_that_a_reader_tells_is_taken() -> None:
    readers = (PROJECT / "reviews" / "adapters" / "documents" / "reading").rglob("*.py")
    told = {code for path in readers for code in re.findall(r'ReadingError\("(\w+)"\)', path.read_text())}

    assert "malformed_file" in told
    assert told - answer_checks.FAILURES == set()


def test_a_sound_answer_is_taken_and_its_digest_and_type_are_our_own() -> None:
    taken = heard(replace(SOUND, sha256="f" * 64, media_type="text/html"))

    assert taken is not None
    assert taken.words == SOUND.words
    assert (taken.media_type, taken.sha256) == ("application/pdf", hashlib.sha256(PARTS[0][0]).hexdigest())


@pytest.mark.parametrize(
    "told",
    [
        {"failure": "genuine"},
        {"failure": "x" * 5_000},
        {"page_count": 2},
        {"page_count": 2**64 - 1},
        {"ink": math.nan},
        {"lines": -1},
        {"revisions": 2**40},
        {"picture_hash": "not a number"},
        {"created_at": "2026-01-01T00:00:00"},
        {"producer": "x" * 5_000},
        {"notes": ["x"] * 500},
        {"mail": {"domain": "a", "selector": "b", "sender": "c", "sent_at": "2026-01-01T00:00:00"}},
    ],
    ids=lambda told: next(iter(told)),
)
def test_an_answer_that_no_reader_gives_is_no_reading(told: dict[str, Any]) -> None:
    assert bent(**told) is None


@pytest.mark.parametrize(
    "word",
    [
        replace(WORD, x0=math.nan),
        replace(WORD, y1=math.inf),
        replace(WORD, x1=-1.0),
        replace(WORD, y0=1e30, y1=1e31),
        replace(WORD, page=1),
        replace(WORD, page=-1),
        replace(WORD, score=2.0),
        replace(WORD, text="x" * 1_000),
    ],
)
def test_a_word_that_stands_nowhere_makes_an_answer_void(word: Word) -> None:
    assert heard(replace(SOUND, unseen=(word,))) is None
    assert heard(replace(SOUND, words=(*SOUND.words, word))) is None


@pytest.mark.parametrize("many", [3_001, 20_001])
def test_more_words_than_people_print_make_an_answer_void(many: int) -> None:
    assert heard(replace(SOUND, words=(WORD,) * 3_000)) is not None
    assert heard(replace(SOUND, words=(WORD,) * many)) is None


@pytest.mark.parametrize(
    "page",
    [
        Page(height=math.nan, source="text"),
        Page(height=0, source="text"),
        Page(height=1.4, source="hearsay"),
        Page(height=1.4, source="text", turned=45),
        Page(height=1.4, source="text", picture=b"<html><script>alert(1)</script>"),
        Page(height=1.4, source="text", redacted=b"%PDF-1.7"),
    ],
)
def test_a_page_that_cannot_be_shown_makes_an_answer_void(page: Page) -> None:
    assert heard(replace(SOUND, pages=(page,))) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x80\x80",
        b"\x81\xa7failure\xa3\xed\xa0\x80",
        b"\x81\xa7failure\xa1\xff",
        b"\x81\xa1x" + b"\x91" * 100_000,
        b"\x81\xa5words\xdd\xff\xff\xff\xff",
    ],
    ids=["nothing", "too much", "half a character", "no character", "boxes in boxes", "4,294,967,295 words"],
)
def test_bytes_that_are_no_answer_are_no_reading(answer: bytes) -> None:
    assert answer_checks.reading_in(answer, PARTS, LIMITS) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sound_reading_or_none(answer: bytes) -> None:
    reading = answer_checks.reading_in(answer, PARTS, LIMITS)

    assert reading is None or verdict.judge(reading, CLAIM, WORLD, on=ON).outcome != "accept"


def test_a_character_that_no_database_holds_is_left_out() -> None:
    taken = heard(replace(SOUND, producer="Kas\0boek", active=("java\0script",)))

    assert taken is not None
    assert (taken.producer, taken.active) == ("Kasboek", ("javascript",))


@pytest.mark.parametrize("total", ["veel", "2.770,00", "NaN", "sNaN", "Infinity", "1e999999999", "2770.01"])
def test_an_e_invoice_with_another_amount_or_none_that_is_a_number_disagrees_with_the_page(total: str) -> None:
    reading = replace(SOUND, invoice=Invoice(number="2026-0117", total=total))

    found = verdict.judge(reading, CLAIM, WORLD, on=ON)

    assert found.outcome != "accept"
    assert {finding.code for finding in found.findings} & {Code.HIDDEN_TEXT, Code.UNSEEN_TEXT}


def test_lines_that_fall_to_both_sides_are_read_without_setting_the_page_straight() -> None:
    def line(row: int, fall: float) -> list[Word]:
        return [
            Word(f"{row}{place}", 0, 0.1 + place / 20, 0.1 * row + fall * place, 0.14 + place / 20, 0.1 * row + 0.02 + fall * place, 1.0)
            for place in range(5)
        ]

    words = [word for row in range(6) for word in line(row, 0.004 if row % 2 else -0.004)]

    assert sum(len(cell.words) for cell in layout.cells_of(words)) == len(words)


def test_a_run_of_words_is_the_same_however_far_away_other_runs_ended() -> None:
    cells = layout.cells_of(SOUND.words)

    assert "Totaal incl. btw" in [cell.text for cell in cells]
    assert len(cells) == len([part for line in PAPER if line for part in line.split("|")])
