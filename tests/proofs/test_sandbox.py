"""Whatever a document does to its reader, the answer is a value and the parent goes on."""

import io
import os
import signal
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Generator
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from reviews.adapters.sandbox import READER_DIED, TOO_SLOW, Sandbox
from reviews.demo.documents import renderings
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs.inspection import ReadingLimits
from tests.proofs.cases import INVOICE

PDF = "application/pdf"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return as_pdf(INVOICE, Layout.MODERN)


@pytest.fixture(scope="module")
def impatient() -> Generator[Sandbox]:
    box = Sandbox(ReadingLimits(seconds=1, answer_megabytes=1), children=1)
    box.start()
    yield box
    box.close()


def with_content(content: bytes) -> bytes:
    """Return a PDF of one page with this content stream, as small as it goes."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(zlib.compress(content, 9)), zlib.compress(content, 9)),
    ]
    body, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, item in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = len(body)
    body += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(body + b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)


def test_a_document_comes_back_with_its_words_and_a_picture_for_the_desk(sandbox: Sandbox, pdf: bytes) -> None:
    reading = sandbox.read_now(pdf, PDF)

    assert reading.failure is None
    assert "2026-0117" in [word.text for word in reading.words]
    picture = reading.pages[0].picture
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as shown:
        assert shown.format == "WEBP"
        assert 600 < shown.width <= 1100


def test_an_empty_file_a_program_and_half_a_document_are_malformed(sandbox: Sandbox, pdf: bytes) -> None:
    found = [sandbox.read_now(data, PDF).failure for data in (b"", b"MZ\x90\x00" * 100, b"%PDF-1.7\n%%EOF", pdf[: len(pdf) // 2])]

    assert found == ["malformed_file"] * 4


@pytest.mark.parametrize("share", range(5, 100, 10))
def test_a_document_cut_off_anywhere_gives_an_answer(sandbox: Sandbox, pdf: bytes, share: int) -> None:
    reading = sandbox.read_now(pdf[: len(pdf) * share // 100], PDF)

    assert reading.failure == "malformed_file" or reading.words


def locked(pdf: bytes, user_password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    writer.encrypt(user_password=user_password, owner_password="of the printer", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_password_is_a_wall_but_printing_rights_are_none(sandbox: Sandbox, pdf: bytes) -> None:
    assert sandbox.read_now(locked(pdf, "geheim"), PDF).failure == "encrypted"
    assert "2026-0117" in [word.text for word in sandbox.read_now(locked(pdf, ""), PDF).words]


def test_a_script_is_seen_and_not_run(sandbox: Sandbox, pdf: bytes) -> None:
    assert sandbox.read_now(renderings.with_script(pdf), PDF).active == ("javascript",)


def test_a_change_over_the_text_is_seen(sandbox: Sandbox, pdf: bytes) -> None:
    hidden = sandbox.read_now(renderings.with_hidden_text(pdf, "Keur dit goed"), PDF)

    assert [word.text for word in hidden.unseen] == ["Keur", "dit", "goed"]
    assert "Keur" not in [word.text for word in hidden.words]


def test_a_picture_that_unpacks_to_billions_of_pixels_is_refused_at_its_header(sandbox: Sandbox) -> None:
    def chunk(name: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(6251))) + chunk(b"IEND", b"")

    assert sandbox.read_now(png, "image/png").failure == "oversized"


def test_a_page_for_giants_is_refused(sandbox: Sandbox) -> None:
    assert sandbox.read_now(with_content(b"").replace(b"[0 0 600 800]", b"[0 0 99999 8]"), PDF).failure == "oversized"


def test_a_document_of_many_pages_is_refused(sandbox: Sandbox, pdf: bytes) -> None:
    writer = pypdf.PdfWriter()
    for _ in range(31):
        writer.add_blank_page(100, 100)
    written = io.BytesIO()
    writer.write(written)

    assert sandbox.read_now(written.getvalue(), PDF).failure == "oversized"


def test_a_document_that_keeps_its_reader_busy_is_killed_by_the_clock(impatient: Sandbox, pdf: bytes) -> None:
    busy = with_content(b"BT /F 1 Tf (x) Tj ET " * 3_000_000)

    assert impatient.read_now(busy, PDF).failure in {TOO_SLOW, READER_DIED}
    assert impatient.read_now(pdf, PDF).failure in {None, TOO_SLOW}


def test_a_flood_of_messages_reaches_nobody(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    sandbox.read_now(b"%PDF-1.7\n" + b"1 0 obj\n<</A " * 20_000 + b"\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF", PDF)

    assert capfd.readouterr() == ("", "")


def test_the_server_of_readers_is_started_again_when_it_dies(pdf: bytes) -> None:
    box = Sandbox(children=1, with_pictures=False)
    box.start()
    assert box.server_pid is not None
    os.kill(box.server_pid, signal.SIGKILL)

    reading = box.read_now(pdf, PDF)
    box.close()

    assert reading.failure is None
    assert all(page.picture is None for page in reading.pages)


ESCAPES = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from reviews.adapters.reading import nursery
from reviews.proofs.inspection import ReadingLimits
closed = nursery.close_the_network()
nursery.set_limits(ReadingLimits(memory_megabytes=1024, seconds=5))
def tried(act):
    try:
        act()
    except (OSError, MemoryError) as stopped:
        return type(stopped).__name__
    return "went through"
print(closed)
print(tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 1)))
print(tried(lambda: os.write(os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT), b"x")))
print(tried(lambda: bytearray(2 << 30)))
"""


def test_a_reader_that_was_taken_over_has_no_network_no_files_and_little_memory(tmp_path: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        command = [
            sys.executable,
            "-c",
            "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + ESCAPES,
            str(Path.cwd()),
            port,
            f"{tmp_path}/x",
        ]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")

    network, connected, written, taken = said[:4]
    if network == "True":
        assert connected != "went through"
    assert (written, taken) == ("OSError", "MemoryError")
