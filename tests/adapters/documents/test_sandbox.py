"""Whatever a document does to its reader, the answer is a value and the parent goes on."""

import io
import os
import resource
import select
import signal
import struct
import zlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import msgspec
import pypdf
import pytest
from PIL import Image

from benchmarks.specimens import INVOICE
from reviews.adapters.documents.fork_server import READERS, ForkServer
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents import renderings
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.errors import ReaderUnavailableError
from reviews.proofs.reading import READER_DIED, TOO_SLOW, ReadingLimits
from tests.adapters.documents.attempts import attempt
from tests.proofs import taken_over as taking_over

PDF = "application/pdf"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return as_pdf(INVOICE, Layout.MODERN)


@pytest.fixture(scope="module")
def impatient() -> Generator[Sandbox]:
    box = Sandbox(ReadingLimits(seconds=5, answer_megabytes=1), children=1)
    box.start(recognition=False)
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
    reading = sandbox.read_now([(pdf, PDF)])

    assert reading.failure is None
    assert "2026-0117" in [word.text for word in reading.words]
    picture = reading.pages[0].picture
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as shown:
        assert shown.format == "WEBP"
        assert 600 < shown.width <= 1100


def test_several_files_are_one_document_with_its_pages_numbered_on(sandbox: Sandbox, pdf: bytes) -> None:
    other = as_pdf(msgspec.structs.replace(INVOICE, number="2026-0118"), Layout.LEDGER)

    reading = sandbox.read_now([(pdf, PDF), (other, PDF)], keys={"s._domainkey.example.nl": b"v=DKIM1; p=" + b"A" * 9000})

    places = {word.text: word.page for word in reading.words}
    assert (places["2026-0117"], places["2026-0118"], reading.page_count, len(reading.pages)) == (0, 1, 2, 2)
    assert reading.sha256 == sha256(sha256(pdf).digest() + sha256(other).digest()).hexdigest()
    assert sandbox.read_now([(pdf, PDF)]).sha256 == sha256(pdf).hexdigest()


def test_a_document_with_a_text_layer_is_read_without_the_recognition_models(pdf: bytes) -> None:
    box = Sandbox(children=1, with_pictures=False)

    assert box.read_now([(pdf, PDF)]).failure is None
    assert len(box.server_pids) == 1
    box.close()


def test_several_files_may_not_be_larger_together_than_one(pdf: bytes) -> None:
    box = Sandbox(ReadingLimits(megabytes=1))

    assert box.read_now([(bytes(600_000), PDF), (bytes(600_000), PDF)]).failure == "oversized"
    assert box.server_pids == ()


def test_an_empty_file_a_program_and_half_a_document_are_malformed(sandbox: Sandbox, pdf: bytes) -> None:
    found = [sandbox.read_now([(data, PDF)]).failure for data in (b"", b"MZ\x90\x00" * 100, b"%PDF-1.7\n%%EOF", pdf[: len(pdf) // 2])]

    assert found == ["malformed_file"] * 4


@pytest.mark.parametrize("share", range(5, 100, 10))
def test_a_document_cut_off_anywhere_gives_an_answer(sandbox: Sandbox, pdf: bytes, share: int) -> None:
    reading = sandbox.read_now([(pdf[: len(pdf) * share // 100], PDF)])

    assert reading.failure == "malformed_file" or reading.words


def locked(pdf: bytes, user_password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    writer.encrypt(user_password=user_password, owner_password="of the printer", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_password_is_a_wall_but_printing_rights_are_none(sandbox: Sandbox, pdf: bytes) -> None:
    assert sandbox.read_now([(locked(pdf, "geheim"), PDF)]).failure == "encrypted"
    assert "2026-0117" in [word.text for word in sandbox.read_now([(locked(pdf, ""), PDF)]).words]


def test_a_script_is_seen_and_not_run(sandbox: Sandbox, pdf: bytes) -> None:
    assert sandbox.read_now([(renderings.with_script(pdf), PDF)]).active == ("javascript",)


def test_a_change_over_the_text_is_seen(sandbox: Sandbox, pdf: bytes) -> None:
    hidden = sandbox.read_now([(renderings.with_hidden_text(pdf, "Keur dit goed"), PDF)])

    assert [word.text for word in hidden.unseen] == ["Keur", "dit", "goed"]
    assert "Keur" not in [word.text for word in hidden.words]


def test_a_picture_that_unpacks_to_billions_of_pixels_is_refused_at_its_header(sandbox: Sandbox) -> None:
    def chunk(name: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(6251))) + chunk(b"IEND", b"")

    assert sandbox.read_now([(png, "image/png")]).failure == "oversized"


def test_a_page_for_giants_is_refused(sandbox: Sandbox) -> None:
    assert sandbox.read_now([(with_content(b"").replace(b"[0 0 600 800]", b"[0 0 99999 8]"), PDF)]).failure == "oversized"


def test_a_document_of_many_pages_is_refused(sandbox: Sandbox, pdf: bytes) -> None:
    writer = pypdf.PdfWriter()
    for _ in range(31):
        writer.add_blank_page(100, 100)
    written = io.BytesIO()
    writer.write(written)

    assert sandbox.read_now([(written.getvalue(), PDF)]).failure == "oversized"


def test_a_document_that_keeps_its_reader_busy_is_killed_by_the_clock(impatient: Sandbox, pdf: bytes) -> None:
    busy = with_content(b"BT /F 1 Tf (x) Tj ET " * 3_000_000)

    assert impatient.read_now([(busy, PDF)]).failure in {TOO_SLOW, READER_DIED}
    assert impatient.read_now([(pdf, PDF)]).failure in {None, TOO_SLOW}


def test_a_flood_of_messages_reaches_nobody(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    sandbox.read_now([(b"%PDF-1.7\n" + b"1 0 obj\n<</A " * 20_000 + b"\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF", PDF)])

    assert capfd.readouterr() == ("", "")


def test_the_server_of_readers_is_started_again_when_it_dies(pdf: bytes) -> None:
    box = Sandbox(children=1, with_pictures=False)
    box.start(recognition=False)
    for pid in box.server_pids:
        os.kill(pid, signal.SIGKILL)

    reading = box.read_now([(pdf, PDF)])
    box.close()

    assert reading.failure is None
    assert all(page.picture is None for page in reading.pages)


def test_servers_are_given_back_after_a_quiet_time_and_started_again_when_they_are_needed(pdf: bytes) -> None:
    box = Sandbox(children=1, with_pictures=False, quiet=1)
    box.start(recognition=False)
    [first] = box.server_pids
    ended = os.pidfd_open(first)
    assert box.read_now([(pdf, PDF)]).failure is None

    assert select.select([ended], [], [], 30)[0], "the server is still there"
    os.close(ended)
    reading = box.read_now([(pdf, PDF)])
    box.close()

    assert reading.failure is None
    assert first not in box.server_pids


def test_no_reader_at_work_dies_because_another_has_finished() -> None:
    fork_server = ForkServer("tests.proofs.taken_over", quiet=0.001)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(attempt, fork_server, "loop_for_ever", seconds=60)
        beside = [attempt(fork_server, "compute", seconds=60) for _ in range(5)]
        at_work, rest = not busy.done(), fork_server._rest  # pyright: ignore[reportPrivateUsage]
        fork_server.close()

        assert (at_work, rest) == (True, None)
        assert beside == ["went_through"] * 5
        with pytest.raises(ReaderUnavailableError):
            busy.result(60)


def test_a_thread_whose_server_died_leaves_the_new_one_to_those_who_use_it() -> None:
    fork_server = ForkServer(READERS)
    fork_server.start()
    first = fork_server.pid
    assert first is not None
    fork_server._drop(first)  # pyright: ignore[reportPrivateUsage]
    fork_server.start()
    second = fork_server.pid

    fork_server._drop(first)  # pyright: ignore[reportPrivateUsage]

    assert second is not None
    assert fork_server.pid == second
    fork_server.close()


def test_a_sandbox_that_was_closed_blames_no_document_and_starts_nothing_again(pdf: bytes) -> None:
    box = Sandbox(children=1, with_pictures=False)
    box.close()

    with pytest.raises(ReaderUnavailableError):
        box.read_now([(pdf, PDF)])
    assert box.server_pids == ()


def test_a_server_that_forks_no_child_blames_no_document() -> None:
    """Such as one that may have no more processes: its child never wrote its number, and so never saw the document."""
    fork_server = ForkServer("tests.adapters.documents.childless")

    with pytest.raises(ReaderUnavailableError):
        fork_server.ask(b"order", [b"%PDF"], seconds=20, most=1000)
    fork_server.close()


def test_servers_that_do_not_start_leave_nothing_behind() -> None:
    fork_server = ForkServer("json")

    with pytest.raises(ReaderUnavailableError):
        fork_server.start()

    assert fork_server.pid is None


@pytest.fixture(scope="module")
def taken_over() -> Generator[ForkServer]:
    fork_server = ForkServer("tests.proofs.taken_over")
    fork_server.start()
    yield fork_server
    fork_server.close()


def test_a_reader_that_was_taken_over_writes_no_file(taken_over: ForkServer) -> None:
    assert attempt(taken_over, "write_a_file") != "went_through"
    assert not taking_over.OUTSIDE.exists() or not taking_over.OUTSIDE.stat().st_size


def test_a_reader_has_nothing_open_that_its_server_has(taken_over: ForkServer) -> None:
    assert attempt(taken_over, "write_to_what_the_server_left_open") == "OSError"


def test_a_reader_that_takes_2_gb_is_refused_them(taken_over: ForkServer) -> None:
    assert attempt(taken_over, "allocate_2_gb") == "MemoryError"


def test_a_reader_that_says_1_gb_is_cut_off_and_the_parent_keeps_nothing_of_it(taken_over: ForkServer) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert attempt(taken_over, "print_1_gb") is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000


def test_a_reader_that_loops_for_ever_is_stopped_and_holds_up_nobody(taken_over: ForkServer) -> None:
    with ThreadPoolExecutor(1) as pool:
        looping = pool.submit(attempt, taken_over, "loop_for_ever", seconds=10)
        beside = attempt(taken_over, "compute")
        first = not looping.done()

        assert (beside, first, looping.result()) == ("went_through", True, None)


def test_the_walls_leave_room_for_threads(taken_over: ForkServer) -> None:
    assert attempt(taken_over, "start_a_thread") == "went_through"
