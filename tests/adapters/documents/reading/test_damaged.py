"""Files that were damaged on their way: each gets an answer, and none is accepted that says something else than the document it was."""

import base64
import random
import zlib
from collections.abc import Sequence

import pytest

from benchmarks import damage, specimens
from benchmarks.specimens import Specimen
from reviews.adapters.documents.sandbox import Sandbox
from reviews.proofs import findings, verdict
from reviews.proofs.findings import Code
from reviews.proofs.matching import World
from reviews.proofs.reading import Reading
from tests.proofs import hostile

DOCUMENTS, PICTURES = 172, 28
FAILURES = {Code.MALFORMED_FILE, Code.OVERSIZED, Code.ENCRYPTED, Code.UNSUPPORTED_TYPE}


TO_DOCUMENTS = (damage.flipped, damage.within_a_stream, damage.cut_off)
TO_PICTURES = (damage.cut_off, damage.flipped, damage.cut_off, damage.cut_off)


def harmed(held: Sequence[Specimen], number: int) -> tuple[Specimen, bytes]:
    """Return a specimen and what bits that turned over, a byte that changed within a stream, or a lost end made of it; always the same."""
    specimen = held[number % len(held)]
    ways = TO_PICTURES if specimen.slow else TO_DOCUMENTS
    return specimen, ways[number // len(held) % len(ways)](specimen.data, random.Random(number))  # noqa: S311 - to be the same every time


PACKED = zlib.compress(hostile.WORDS)


def accepted_with_other_content(reading: Reading, world: World) -> dict[str, str | None]:
    """Return the fields of an accepted reading that are not those of the document that every specimen shows."""
    found = verdict.judge(reading, specimens.CLAIM, world, on=specimens.ON)
    if found.outcome != "accept":
        return {}
    said = {name: field.value if (field := getattr(found.fields, name)) else None for name in specimens.SAYS}
    return {name: value for name, value in said.items() if value != specimens.SAYS[name]}


def answers(sandbox: Sandbox, held: Sequence[Specimen], count: int) -> list[str]:
    """Read and judge damaged files; return what each became, after seeing that nothing else was accepted for what it was."""
    became = list[str]()
    for number in range(count):
        specimen, data = harmed(held, number)
        reading = sandbox.read_now([(data, specimen.media_type)])
        for world in (specimens.WITH_JOBS, specimens.WITHOUT_JOBS):
            assert accepted_with_other_content(reading, world) == {}, (number, specimen.name)
        became.append(reading.failure or "read")
    return became


def test_every_damaged_document_gets_an_answer_and_none_is_accepted_with_other_content(sandbox: Sandbox) -> None:
    became = answers(sandbox, specimens.documents(), DOCUMENTS)

    assert set(became) <= {*FAILURES, "read"}
    assert became.count("read") > DOCUMENTS // 5
    assert became.count(Code.MALFORMED_FILE) > DOCUMENTS // 5


def test_every_damaged_picture_gets_an_answer(sandbox: Sandbox) -> None:
    became = answers(sandbox, specimens.pictures(), PICTURES)

    assert set(became) <= {*FAILURES, "read"}
    assert became.count(Code.MALFORMED_FILE) > PICTURES // 5


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_what_is_damaged_beyond_reading_is_told_with_what_to_send_instead(code: str) -> None:
    assert any(word in findings.advice(code) for word in ("Stuur", "maak"))


def test_a_document_whose_amount_was_changed_in_the_file_is_not_accepted_where_the_job_is_known(sandbox: Sandbox) -> None:
    unpacked = next(specimen for specimen in specimens.documents() if specimen.name == "pdf unpacked")
    assert b"2.770,00" in unpacked.data

    reading = sandbox.read_now([(unpacked.data.replace(b"2.770,00", b"2.170,00"), unpacked.media_type)])
    found = verdict.judge(reading, specimens.CLAIM, specimens.WITH_JOBS, on=specimens.ON)

    assert found.outcome == "reject"
    assert Code.ORDER_MISMATCH in {finding.code for finding in found.findings}


def test_a_page_whose_checksum_is_not_that_of_its_words_is_damaged(sandbox: Sandbox) -> None:
    packed = zlib.compress(b"BT /F 12 Tf 72 700 Td (Factuur) Tj ET")
    changed = packed[:-1] + bytes([packed[-1] ^ 1])

    for content, entries in ((packed, b"/Filter/FlateDecode"), (base64.a85encode(packed) + b"~>", b"/Filter[/ASCII85Decode/FlateDecode]")):
        reading = sandbox.read_now([(hostile.with_content(hostile.stream(content, entries)), specimens.PDF)])
        assert [word.text for word in reading.words] == ["Factuur"]
    for content, entries in ((changed, b"/Filter/FlateDecode"), (base64.a85encode(changed) + b"~>", b"/Filter[/ASCII85Decode/FlateDecode]")):
        assert sandbox.read_now([(hostile.with_content(hostile.stream(content, entries)), specimens.PDF)]).failure == "malformed_file"


def flushed(words: bytes, mode: int) -> bytes:
    """Pack a page as a program that ends its streams with a flush and never closes them."""
    packer = zlib.compressobj()
    return packer.compress(words) + packer.flush(mode)


CUT_OFF = {
    "without its last byte": PACKED[:-1],
    "without its last three bytes": PACKED[:-3],
    "without any of it": PACKED[:-4],
    "without its last byte, before a line end": PACKED[:-1] + b"\n",
    "with a line end behind it": PACKED + b"\r\n",
    "behind a flush": flushed(hostile.WORDS, zlib.Z_SYNC_FLUSH),
    "behind a full flush and a line end": flushed(hostile.WORDS, zlib.Z_FULL_FLUSH) + b"\n",
}


@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF.keys())
@pytest.mark.parametrize("letters", [False, True], ids=["bytes", "letters"])
def test_a_page_whose_checksum_is_cut_off_is_read(sandbox: Sandbox, content: bytes, *, letters: bool) -> None:
    entries = b"/Filter[/ASCII85Decode/FlateDecode]" if letters else b"/Filter/FlateDecode"
    held = base64.a85encode(content) + b"~>" if letters else content

    reading = sandbox.read_now([(hostile.with_content(hostile.stream(held, entries)), specimens.PDF)])

    assert (reading.failure, [word.text for word in reading.words]) == (None, ["Factuur"])


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-4] + b"\0\0\0\0",
        PACKED[:-1] + bytes([PACKED[-1] ^ 128]),
        PACKED[:-4] + bytes([PACKED[-4] ^ 1]) + PACKED[-3:] + b"\n",
        PACKED[: len(PACKED) // 2],
        PACKED[:-9],
        b"\x78\x00" + PACKED[2:],
    ],
    ids=["a whole one of nothing", "one bit of the last byte", "its first byte", "half of the words", "the end of the words", "the header"],
)
def test_a_page_whose_words_are_cut_off_or_whose_whole_checksum_differs_is_damaged(sandbox: Sandbox, content: bytes) -> None:
    pdf = hostile.with_content(hostile.stream(content))

    assert sandbox.read_now([(pdf, specimens.PDF)]).failure == "malformed_file"


def test_an_undamaged_document_of_every_kind_says_what_it_says(sandbox: Sandbox) -> None:
    for specimen in specimens.documents():
        reading = sandbox.read_now([(specimen.data, specimen.media_type)])
        outcome = verdict.judge(reading, specimens.CLAIM, specimens.WITH_JOBS, on=specimens.ON).outcome

        assert reading.failure is None, specimen.name
        assert accepted_with_other_content(reading, specimens.WITH_JOBS) == {}
        assert outcome == ("accept" if specimen.name not in {"pdf with script", "pdf altered", "pdf with hidden text"} else "reject"), specimen.name
