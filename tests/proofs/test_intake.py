"""A file is let in by what it is, not by what it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import InvalidError
from reviews.proofs import intake
from reviews.proofs.findings import Code
from reviews.proofs.intake import Admitted, Refused

MOST = 25_000_000


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"II*\x00\x08", "image/tiff"),
        (b"MM\x00*\x00", "image/tiff"),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(start: bytes, media_type: str) -> None:
    assert intake.examine(start, max_bytes=MOST) == Admitted(media_type)


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"<html>",
        b"<svg xmlns='x'>",
        b"GIF89a",
        b"x" * 1100 + b"%PDF-1.7",
        b"\x00\x00\x00\x18ftypavif",
        b"7z\xbc\xaf",
        b"?",
    ],
)
def test_anything_else_is_refused_whatever_its_name(data: bytes) -> None:
    assert intake.examine(data, max_bytes=MOST) == Refused(Code.UNSUPPORTED_TYPE)
    with pytest.raises(InvalidError, match="unsupported_type"):
        intake.admit(data, "factuur.pdf", max_bytes=MOST)


def test_nothing_and_too_much_are_refused_with_a_sentence_that_helps() -> None:
    with pytest.raises(InvalidError) as empty:
        intake.admit(b"", "factuur.pdf", max_bytes=MOST)
    with pytest.raises(InvalidError) as large:
        intake.admit(b"%PDF-" + b"x" * 11, "factuur.pdf", max_bytes=10)

    assert empty.value.mistakes[0].code == "malformed_file"
    assert "foto" in empty.value.mistakes[0].detail
    assert large.value.mistakes[0].code == "oversized"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\factuur.pdf", "factuur.pdf"),
        ("fac\x00tu\r\nur.pdf", "factuur.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("  factuur   zonwering.pdf. ", "factuur zonwering.pdf"),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_tricks(name: str, shown: str) -> None:
    assert intake.clean_name(name) == shown


@given(st.text(max_size=5000))
def test_a_shown_name_is_short_and_on_one_line(name: str) -> None:
    shown = intake.clean_name(name)

    assert len(shown) <= intake.LONGEST_NAME
    assert shown.isprintable()
