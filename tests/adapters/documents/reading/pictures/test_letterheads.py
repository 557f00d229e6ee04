"""A letterhead that is a picture on a page of text is recognised where the text names nobody, and only there."""

import io
from functools import partial

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.specimens import ON
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.draft import Recognised
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import NEEDS_RECOGNITION, ReadingLimits, Word
from tests.proofs.cases import CLAIM, PAPER, WORLD

LEFT, TOP, STEP, COLUMN = 60, 780, 18, 180
HEAD = ("Ambiance Utrecht Van Dam Zonwering B.V.", "KvK 00412876 BTW NL900412008B01 3522 AB Utrecht")
NOBODY = tuple("" if "KvK" in line or "Ambiance" in line else line for line in PAPER)


def paper(lines: tuple[str, ...], *, picture: tuple[float, float, float, float] | None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    if picture:
        drawn = Image.new("RGB", (600, 120), "white")
        ImageDraw.Draw(drawn).rectangle((5, 5, 590, 110), outline="navy", width=4)
        canvas.drawImage(ImageReader(drawn), *picture)
    for row, line in enumerate(lines):
        for column, text in enumerate(line.split("|")):
            canvas.drawString(LEFT + column * COLUMN, TOP - 60 - row * STEP, text)
    canvas.save()
    return out.getvalue()


def reads(head: tuple[str, ...], asked: list[tuple[int, int]], picture: Image.Image, page: int) -> Recognised:
    """Read a letterhead as a recogniser would: the words of its lines, from left to right."""
    asked.append(picture.size)
    words = list[Word]()
    for row, line in enumerate(head):
        left = 0.02
        for part in line.split():
            words.append(Word(part, page, left, 0.05 + row * 0.05, left + 0.012 * len(part), 0.08 + row * 0.05, 0.97))
            left += 0.012 * (len(part) + 1)
    return Recognised(words, picture, 0, len(head))


STRIP = (40, 760, 500, 75)


def test_the_branch_is_known_by_its_letterhead_that_is_a_picture() -> None:
    asked = list[tuple[int, int]]()

    reading = document.read([(paper(NOBODY, picture=STRIP), "application/pdf")], ReadingLimits(), recognise=partial(reads, HEAD, asked))
    found = verdict.judge(reading, CLAIM, WORLD, on=ON)

    assert (found.outcome, len(asked)) == ("accept", 1)
    assert all(word.y0 < 0.2 and word.score < 1 for word in reading.words if word.text in {"Ambiance", "00412876"})


def test_the_letterhead_of_somebody_else_is_not_taken_for_the_branchs() -> None:
    other = ("Zonnig B.V.", "KvK 00999999 BTW NL876046418B03 1000 AA Amsterdam")

    reading = document.read([(paper(NOBODY, picture=STRIP), "application/pdf")], ReadingLimits(), recognise=partial(reads, other, []))

    assert verdict.judge(reading, CLAIM, WORLD, on=ON).outcome != "accept"


def test_a_reader_of_texts_passes_such_a_page_on() -> None:
    assert document.read([(paper(NOBODY, picture=STRIP), "application/pdf")], ReadingLimits()).failure == NEEDS_RECOGNITION


@pytest.mark.parametrize(
    ("lines", "picture"),
    [(PAPER, STRIP), (NOBODY, None), (NOBODY, (40, 780, 40, 40)), (("OFFERTE", *NOBODY[1:]), STRIP)],
    ids=["nothing is missing", "no picture", "an icon", "a quotation"],
)
def test_nothing_is_recognised_where_it_would_not_matter(lines: tuple[str, ...], picture: tuple[float, float, float, float] | None) -> None:
    assert document.read([(paper(lines, picture=picture), "application/pdf")], ReadingLimits()).failure is None


def test_without_a_letterhead_the_issuer_stays_unclear() -> None:
    reading = document.read([(paper(NOBODY, picture=None), "application/pdf")], ReadingLimits())

    assert Code.ISSUER_UNCLEAR in {finding.code for finding in verdict.judge(reading, CLAIM, WORLD, on=ON).findings}
