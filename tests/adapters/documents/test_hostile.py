"""Files that are made to do harm: each is refused or read with a sentence for its sender, and leaves nothing behind."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.specimens import INVOICE, ON
from reviews.adapters.documents import fork_server
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.pictures import decoding
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.errors import InvalidError
from reviews.proofs import findings, inspection, intake, verdict
from reviews.proofs.findings import Code
from reviews.proofs.intake import Upload, UploadLimits
from reviews.proofs.reading import READER_DIED, TOO_SLOW, ReadingLimits
from tests.proofs import hostile
from tests.proofs.cases import CLAIM, WORLD

PDF = "application/pdf"
MOST_GROWTH = 20_000_000
HEAVY = {"500 MB in half a megabyte", "twice packed", "10,001 pages", "20,000 words on a page"}
"""What may run into the limits of time on a busy machine."""


@pytest.fixture(scope="module")
def box() -> Generator[Sandbox]:
    made = Sandbox(ReadingLimits(seconds=10), children=2)
    made.start(recognition=False)
    yield made
    made.close()


def children_of(*pids: int) -> list[int]:
    """Return the processes that live and have one of these for their parent."""
    found = list[int]()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) in pids and state != "Z":
            found.append(int(status.parent.name))
    return found


def are_gone(*pids: int) -> bool:
    """Whether no reader of these servers is left; a process that was killed needs a moment to give its memory back."""
    return any(not children_of(*pids) or threading.Event().wait(0.05) for _ in range(100))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def own_memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def told(code: str) -> str:
    return findings.advice(code)


@pytest.mark.parametrize("name", sorted(hostile.DOCUMENTS))
def test_a_hostile_document_gets_an_answer_that_accepts_nothing_and_says_what_to_send(box: Sandbox, name: str) -> None:
    reading = box.read_now([(hostile.DOCUMENTS[name], PDF)])
    found = verdict.judge(reading, CLAIM, WORLD, on=ON)

    assert reading.failure in {None, Code.MALFORMED_FILE, Code.OVERSIZED} or name in HEAVY
    assert found.outcome != "accept"
    assert all(told(finding.code).startswith(("Stuur", "Dit", "Vraag", "Laat", "Controleer")) for finding in found.findings)


def test_bombs_leave_no_memory_no_open_file_and_no_process_behind(box: Sandbox) -> None:
    bombs = [hostile.DOCUMENTS[name] for name in sorted(set(hostile.DOCUMENTS) - HEAVY)] + [hostile.with_page(hostile.PAGE)]
    box.read_now([(bombs[-1], PDF)])
    memory, opened = own_memory(), open_files()

    for number in range(20):
        box.read_now([(bombs[number % len(bombs)], PDF)])

    assert own_memory() - memory < MOST_GROWTH
    assert open_files() == opened
    assert are_gone(*box.server_pids)


def test_a_document_is_read_while_another_one_keeps_its_reader_busy(box: Sandbox) -> None:
    busy = hostile.with_content(hostile.stream(hostile.packed(b"BT /F 1 Tf (x) Tj ET ", 3_000_000)))
    answers = list[str | None]()
    waiting = threading.Thread(target=lambda: answers.append(box.read_now([(busy, PDF)]).failure))
    waiting.start()

    reading = box.read_now([(as_pdf(INVOICE, Layout.MODERN), PDF)])
    answered_first = not answers
    waiting.join()

    assert reading.failure is None
    assert answered_first
    assert answers[0] in {TOO_SLOW, READER_DIED, Code.OVERSIZED}
    assert are_gone(*box.server_pids)


STAYS = "import os, sys, time; os.write(int(sys.argv[1]), os.getpid().to_bytes(8, 'little') + b'{}'); os.close(int(sys.argv[1])); time.sleep(600)"


def test_a_reader_that_was_taken_over_does_not_live_on_after_its_answer() -> None:
    here, there = os.pipe()
    staying = subprocess.Popen([sys.executable, "-I", "-c", STAYS, str(there)], pass_fds=[there], start_new_session=True)
    os.close(there)

    heard, in_time = fork_server._receive(here, time.monotonic() + 60, 1_000)  # pyright: ignore[reportPrivateUsage]

    os.close(here)
    assert (heard[8:], in_time) == (b"{}", True)
    assert staying.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize("kind", ["javascript", "launch", "submit", "opens", "embedded", "program", "xfa"])
def test_a_document_that_would_do_something_is_known_for_it_and_never_opened(box: Sandbox, kind: str) -> None:
    reading = box.read_now([(hostile.doing(kind), PDF)])

    assert kind in reading.active
    assert Code.ACTIVE_CONTENT in {finding.code for finding in inspection.inspect(reading)}


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + bytes(300) + b"PK\x05\x06", b"<html><script>alert(1)</script>"], ids=["a ZIP", "a page of HTML"])
def test_what_hangs_behind_a_document_never_reaches_a_person(box: Sandbox, tail: bytes) -> None:
    reading = box.read_now([(as_pdf(INVOICE, Layout.MODERN) + tail, PDF)])

    shown = [page.picture or b"" for page in reading.pages]
    assert all(picture[:4] == b"RIFF" and int.from_bytes(picture[4:8], "little") + 8 == len(picture) and tail not in picture for picture in shown)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow remarks upon what it finds broken; in the reader nobody hears it
@pytest.mark.parametrize("name", sorted(hostile.PICTURES))
def test_a_hostile_picture_is_refused_before_it_costs_anything(name: str) -> None:
    data, media_type, allowed = hostile.PICTURES[name]
    before = own_memory()

    became: str | None = None
    try:
        opened = decoding.open_picture(data, media_type, megapixels=60)
        assert all(max(frame.size) <= decoding.LONGEST_SIDE for frame in decoding.frames(opened, most=3, megapixels=60))
    except ReadingError as problem:
        became = problem.code

    assert became in allowed
    assert own_memory() - before < 100_000_000


@pytest.mark.parametrize("name", sorted(hostile.HARMLESS_PICTURES))
def test_a_strange_but_harmless_picture_is_shown_clean(name: str) -> None:
    data, media_type = hostile.HARMLESS_PICTURES[name]

    frame = next(decoding.frames(decoding.open_picture(data, media_type, megapixels=60), most=1, megapixels=60))
    shown = decoding.for_the_desk(frame)

    assert (frame.mode, frame.size) == ("RGB", (400, 100))
    assert b"<script>" not in shown
    with Image.open(io.BytesIO(shown)) as again:
        assert (again.format, again.getexif(), again.info.get("icc_profile"), again.info.get("comment")) == ("WEBP", Image.Exif(), None, None)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photo_is_turned_as_its_camera_was_held_and_loses_its_place(turned: int) -> None:
    held = Image.new("RGB", (400, 100), "white")
    held.paste("black", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112], exif[0x8825] = turned, {1: "N", 2: (52.0, 5.0, 0.0)}
    out = io.BytesIO()
    held.save(out, "JPEG", exif=exif)

    frame = next(decoding.frames(decoding.open_picture(out.getvalue(), "image/jpeg", megapixels=60), most=1, megapixels=60))

    assert frame.size == ((400, 100) if turned < 5 else (100, 400))
    corner = {1: (5, 5), 2: (-5, 5), 3: (-5, -5), 4: (5, -5), 5: (5, 5), 6: (-5, 5), 7: (-5, -5), 8: (5, -5)}[turned]
    assert frame.convert("L").getpixel((corner[0] % frame.width, corner[1] % frame.height)) < 60  # type: ignore[operator]  # one band: a number
    with Image.open(io.BytesIO(decoding.for_the_desk(frame))) as shown:
        assert 0x8825 not in shown.getexif()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"MZ\x90\x00" + bytes(500), "unsupported_type"),
        (b" " * 1_100 + b"%PDF-1.7\n1 0 obj", "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_type"),
        (b"<!doctype html><script>alert(1)</script>", "unsupported_type"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "unsupported_type"),
        (b"GIF89a" + bytes(50), "unsupported_type"),
        (b"BM" + bytes(50), "unsupported_type"),
        (b"8BPS" + bytes(50), "unsupported_type"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "unsupported_type"),
        (b"SIMPLE  =                    T", "unsupported_type"),
        (b"PK\x03\x04" + bytes(50), "unsupported_type"),
        (b"Rar!\x1a\x07\x01\x00", "unsupported_type"),
        (b"7z\xbc\xaf\x27\x1c", "unsupported_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "unsupported_type"),
        (b"", "malformed_file"),
        (b"x", "unsupported_type"),
        (b"%PDF-1.7\n%%EOF", "malformed_file"),
    ],
)
def test_what_is_no_document_is_refused_at_the_door_with_what_we_take(data: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        intake.admit_document([Upload(data, "factuur.pdf")], UploadLimits())

    assert (refused.value.errors[0].code, refused.value.errors[0].field) == (code, "proof.0")
    assert any(word in refused.value.errors[0].detail for word in ("pdf", "foto"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\Jan\\factuur.pdf", "factuur.pdf"),
        ("a\0b\r\nX: y.pdf", "abX: y.pdf"),
        ("con", "con"),
        ("factuur\u202efdp.exe", "factuurfdp.exe"),
        ('"; filename="b.exe', '"; filename="b.exe'),
        ("zon\U0001f31e.pdf", "zon\U0001f31e.pdf"),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_what_could_mislead(name: str, shown: str) -> None:
    assert intake.clean_name(name) == shown


def test_a_name_without_end_is_cut() -> None:
    assert len(intake.clean_name("x" * 5_000 + ".pdf")) == intake.LONGEST_NAME
