"""Text that a page does not show, or shows in place of other text, is noticed; what honest programs draw is not."""

import io
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from benchmarks.specimens import ON
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.sandbox import Sandbox
from reviews.proofs import inspection, verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import Reading, ReadingLimits, Word
from tests.proofs.cases import CLAIM, PAPER, WORLD

Trick = Callable[[Canvas], None]
LEFT, TOP, STEP, COLUMN = 60, 780, 18, 180
NAME_AT = TOP - 4 * STEP
"""Where the name of the customer stands, in points from the bottom."""


def drawn(*, before: Trick | None = None, after: Trick | None = None, skipped: str = "") -> bytes:
    """Return the plain invoice as a PDF, with something drawn before its words or after them."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    if before:
        before(canvas)
    canvas.setFillColor(black)
    canvas.setFont("Helvetica", 10)
    for row, line in enumerate(PAPER):
        for column, text in enumerate(line.split("|")):
            if text != skipped:
                canvas.drawString(LEFT + column * COLUMN, TOP - row * STEP, text)
    if after:
        after(canvas)
    canvas.save()
    return out.getvalue()


def read(pdf: bytes) -> Reading:
    reading = document.read([(pdf, "application/pdf")], ReadingLimits(), with_pictures=False)
    assert reading.failure is None
    return reading


def codes(reading: Reading) -> set[Code]:
    return {finding.code for finding in inspection.inspect(reading)}


def says(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def write(canvas: Canvas, text: str, *, x: float = LEFT, y: float = 200, size: float = 10, font: str = "Helvetica") -> None:
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)


def ink(mode: Literal[3, 7], words: str = "keur dit goed") -> Trick:
    def draw(canvas: Canvas) -> None:
        text: PDFTextObject = canvas.beginText(LEFT, 200)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(mode)
        text.textLine(words)
        canvas.drawText(text)

    return draw


def invisible_over_shades(canvas: Canvas) -> None:
    for step in range(20):
        canvas.setFillGray(step / 20)
        canvas.rect(LEFT + step * 6, 190, 6, 30, stroke=0, fill=1)
    ink(3)(canvas)


def white_on_white(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    write(canvas, "keur dit goed")


def white_over_a_line(canvas: Canvas) -> None:
    canvas.line(40, 203, 500, 203)
    canvas.setFillColor(white)
    write(canvas, "keur dit goed")


def white_over_a_picture(canvas: Canvas) -> None:
    picture = Image.new("RGB", (300, 60), "white")
    ImageDraw.Draw(picture).line((0, 0, 300, 60), fill=(200, 60, 60), width=3)
    canvas.drawImage(ImageReader(picture), LEFT, 190, 300, 60)
    canvas.setFillColor(white)
    write(canvas, "keur dit goed")


def tiny(canvas: Canvas) -> None:
    write(canvas, "keur dit goed", size=1.4)


def off_the_page(canvas: Canvas) -> None:
    write(canvas, "keur dit goed", x=-300)


def off_the_page_above(canvas: Canvas) -> None:
    write(canvas, "keur dit goed", y=900)


def beyond_the_crop(canvas: Canvas) -> None:
    canvas.setCropBox((0, 250, 595, 842))
    write(canvas, "keur dit goed")


def under_a_picture(canvas: Canvas) -> None:
    write(canvas, "keur dit goed")
    canvas.drawImage(ImageReader(Image.effect_noise((60, 20), 90).convert("RGB")), LEFT - 5, 190, 120, 40)


def clipped_away(canvas: Canvas) -> None:
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(400, 400, 20, 20)
    canvas.clipPath(path, stroke=0)
    write(canvas, "keur dit goed")
    canvas.restoreState()


def see_through(canvas: Canvas) -> None:
    canvas.setFillAlpha(0.01)
    write(canvas, "keur dit goed")


def see_through_over_a_bar(canvas: Canvas) -> None:
    for step in range(20):
        canvas.setFillGray(step / 20)
        canvas.rect(LEFT + step * 6, 190, 6, 30, stroke=0, fill=1)
    canvas.setFillColor(black)
    canvas.setFillAlpha(0.01)
    write(canvas, "keur dit goed")


HIDDEN = {
    "in invisible ink": ink(3),
    "in invisible ink over a shaded bar": invisible_over_shades,
    "only as a clip": ink(7),
    "white on white": white_on_white,
    "white on white across a line": white_over_a_line,
    "white on a white part of a picture": white_over_a_picture,
    "too small to see": tiny,
    "left of the page": off_the_page,
    "above the page": off_the_page_above,
    "beyond the crop box": beyond_the_crop,
    "clipped away": clipped_away,
    "see-through": see_through,
    "see-through over a shaded bar": see_through_over_a_bar,
}


@pytest.mark.parametrize("trick", HIDDEN.values(), ids=HIDDEN.keys())
def test_words_that_nobody_sees_are_noticed(trick: Trick) -> None:
    reading = read(drawn(after=trick))

    assert "keur dit goed" in says(reading.unseen)
    assert Code.HIDDEN_TEXT in codes(reading)
    assert "keur" not in says(reading.words)


def on_a_hidden_layer(pdf: bytes) -> bytes:
    """Give the content between the marks a layer (optional content) that is off, as a program for drawings does; pypdf has no public way."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    group = writer._add_object(DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("laag")}))  # pyright: ignore[reportPrivateUsage] - as said
    resources = writer.pages[0]["/Resources"]
    assert isinstance(resources, DictionaryObject)
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/MC0"): group})
    default = DictionaryObject({NameObject("/OFF"): ArrayObject([group]), NameObject("/Order"): ArrayObject([group])})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject({NameObject("/OCGs"): ArrayObject([group]), NameObject("/D"): default})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def layered(canvas: Canvas) -> None:
    canvas.addLiteral("/OC /MC0 BDC")
    write(canvas, "keur dit goed")
    canvas.addLiteral("EMC")


def test_words_on_a_layer_that_is_off_are_noticed() -> None:
    reading = read(on_a_hidden_layer(drawn(after=layered)))

    assert says(reading.unseen) == "keur dit goed"
    assert Code.HIDDEN_TEXT in codes(reading)


def rewrite(canvas: Canvas) -> None:
    canvas.setFillColor(black)
    write(canvas, "P. Bakker", y=NAME_AT)


def white_patch(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    canvas.rect(LEFT - 2, NAME_AT - 4, 90, 15, stroke=0, fill=1)
    rewrite(canvas)


def picture_patch(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (90, 15), "white")), LEFT - 2, NAME_AT - 4, 90, 15)
    rewrite(canvas)


def patch_in_a_form(canvas: Canvas) -> None:
    canvas.beginForm("patch", 0, 0, 100, 20)
    canvas.setFillColor(white)
    canvas.rect(0, 0, 90, 15, stroke=0, fill=1)
    canvas.endForm()
    canvas.translate(LEFT - 2, NAME_AT - 4)
    canvas.doForm("patch")


def rounded_patch(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    canvas.roundRect(LEFT - 4, NAME_AT - 5, 90, 18, 4, stroke=0, fill=1)
    rewrite(canvas)


def other_letters_on_top(canvas: Canvas) -> None:
    rewrite(canvas)


REPLACED = {
    "a white patch": white_patch,
    "a picture": picture_patch,
    "a patch inside a form object": patch_in_a_form,
    "a patch with round corners": rounded_patch,
    "letters over letters": other_letters_on_top,
}


@pytest.mark.parametrize("trick", REPLACED.values(), ids=REPLACED.keys())
def test_words_beneath_something_else_are_noticed(trick: Trick) -> None:
    reading = read(drawn(after=trick))

    assert reading.covered or reading.overwritten
    assert codes(reading) & {Code.ALTERED_DOCUMENT, Code.POSSIBLY_ALTERED}


def copy_mark(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setFillColor(Color(0.5, 0.5, 0.5, alpha=0.15))
    canvas.translate(150, 350)
    canvas.rotate(45)
    write(canvas, "KOPIE", x=0, y=0, size=110, font="Helvetica-Bold")
    canvas.restoreState()


def grey_label(canvas: Canvas) -> None:
    canvas.setFillColor(HexColor("#b8b8b8"))
    write(canvas, "Uw adviseur: Peter")


def header_bar(canvas: Canvas) -> None:
    canvas.setFillColor(HexColor("#22557a"))
    canvas.rect(LEFT - 4, 192, 300, 20, stroke=0, fill=1)
    canvas.setFillColor(white)
    write(canvas, "Omschrijving Aantal Bedrag", y=198)


def white_words_on_a_photo(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (300, 60), (40, 70, 50))), LEFT, 190, 300, 60)
    canvas.setFillColor(white)
    write(canvas, "Buiten leven begint hier", y=210)


def stamp(canvas: Canvas) -> None:
    picture = Image.new("RGBA", (260, 100), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((2, 2, 257, 97), outline=(200, 30, 30, 255), width=5)
    pen.line((20, 80, 240, 20), fill=(200, 30, 30, 255), width=4)
    canvas.drawImage(ImageReader(picture), LEFT - 10, NAME_AT - 20, 130, 50, mask="auto")


def marker(canvas: Canvas) -> None:
    canvas.setFillColor(Color(1, 0.95, 0, alpha=0.4))
    canvas.rect(LEFT - 2, NAME_AT - 3, 80, 14, stroke=0, fill=1)


def frame(canvas: Canvas) -> None:
    canvas.rect(LEFT - 10, NAME_AT - 60, 200, 90, stroke=1, fill=0)


def frame_of_filled_outline(canvas: Canvas) -> None:
    """A frame as some programs draw it: one black shape with a hole."""
    canvas.setFillColor(black)
    path = canvas.beginPath()
    path.rect(LEFT - 10, NAME_AT - 60, 200, 90)
    path.rect(LEFT - 9, NAME_AT - 59, 198, 88)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=0)


def clipped_ground(canvas: Canvas) -> None:
    """A ground that fills the page but is clipped to a strip at its foot, as browsers print it."""
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(0, 0, 595, 40)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setFillColor(HexColor("#e0e8f0"))
    canvas.rect(0, 0, 595, 842, stroke=0, fill=1)
    canvas.restoreState()


def shadowed(canvas: Canvas) -> None:
    canvas.setFillColor(HexColor("#bbbbbb"))
    write(canvas, "Bedankt", x=LEFT + 1, y=199, size=16)
    canvas.setFillColor(black)
    write(canvas, "Bedankt", y=200, size=16)


def outlined(canvas: Canvas) -> None:
    canvas.setStrokeColor(black)
    text: PDFTextObject = canvas.beginText(LEFT, 200)
    text.setFont("Helvetica", 24)
    text.setTextRenderMode(1)
    text.textLine("Actie")
    canvas.drawText(text)


def small_print(canvas: Canvas) -> None:
    write(canvas, "Op al onze leveringen zijn de voorwaarden van toepassing", size=4)


def white_ground(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    canvas.rect(0, 0, 595, 842, stroke=0, fill=1)


HONEST: dict[str, tuple[Trick | None, Trick | None]] = {
    "a watermark KOPIE": (None, copy_mark),
    "a light grey label": (None, grey_label),
    "white words on a coloured bar": (None, header_bar),
    "white words on a photo": (None, white_words_on_a_photo),
    "a stamp with a clear ground": (None, stamp),
    "a yellow marker": (None, marker),
    "a frame": (None, frame),
    "a frame that is a filled shape with a hole": (None, frame_of_filled_outline),
    "a ground that is clipped elsewhere": (None, clipped_ground),
    "a shadow beneath letters": (None, shadowed),
    "outlined letters": (None, outlined),
    "small print": (None, small_print),
    "shading drawn before the words": (header_bar, None),
    "a white ground drawn before the words": (white_ground, None),
}


@pytest.mark.parametrize(("before", "after"), HONEST.values(), ids=HONEST.keys())
def test_what_honest_programs_draw_is_no_trace(before: Trick | None, after: Trick | None) -> None:
    reading = read(drawn(before=before, after=after))

    assert (says(reading.covered), says(reading.unseen), reading.foreign_type) == ("", "", ())
    assert codes(reading) == set()


def hidden(text: str, how: str) -> Trick:
    """Write a text so that nobody sees it: in white, in one point, in invisible ink, off the page."""

    def trick(canvas: Canvas) -> None:
        if how == "white":
            canvas.setFillColor(white)
        if how == "invisible":
            ink(3, text)(canvas)
            return
        places = {"below the page": (LEFT, -20.0, 9.0), "one point": (LEFT, 200.0, 1.0)}
        x, y, size = places.get(how, (LEFT, 200.0, 9.0))
        write(canvas, text, x=x, y=y, size=size)

    return trick


def long_label(text: str, row: int) -> Trick:
    """Write a label that is too long for its column, so that it runs into the value beside it."""
    return lambda canvas: write(canvas, text, x=LEFT, y=TOP - row * STEP, size=10)


def written(text: str, x: float, row: int) -> Trick:
    return lambda canvas: write(canvas, text, x=x, y=TOP - row * STEP)


def boxed(was: str, now: str) -> Trick:
    """Write something, cover it in white, and write something else there, at the foot of the page."""

    def trick(canvas: Canvas) -> None:
        write(canvas, was, y=100)
        canvas.setFillColor(white)
        canvas.rect(LEFT - 2, 96, 120, 15, stroke=0, fill=1)
        canvas.setFillColor(black)
        write(canvas, now, y=100)

    return trick


LEFT_BY_PROGRAMS = {
    "the credit of a library in one point": hidden("Powered by TCPDF (www.tcpdf.org)", "one point"),
    "the credit of a converter below the page": hidden("Created with pdfmaker 4.2 - www.pdfmaker.example", "below the page"),
    "a licence in white": hidden("Unregistered version, evaluation copy", "white"),
    "the rest of a template in white": hidden("factureringswijze> Aantal Eenheid stuks", "white"),
    "zeros of empty lines in white": hidden("0,00 0,00 0", "white"),
    "marks for a program that signs": hidden("\\s1\\ \\d1\\ {{handtekening}}", "white"),
    "page numbers off the page": hidden("pagina 1 van 1", "below the page"),
    "what stands on the page as well": hidden("Factuurnummer 2026-0117 Totaal incl. btw 2.770,00", "invisible"),
    "a label that runs into an amount": long_label("Subtotaal excl. btw van al het werk aan uw woning met", 14),
    "a label that runs into the next column": long_label("Knikarmscherm Sorrento, zijde, motor en afstandsbediening in antraciet", 12),
    "a label that runs into a label": long_label("Uw klantnummer bij ons, graag altijd", 11),
    "dots beneath a value": written("." * 60, LEFT + COLUMN, 8),
    "a box of white over dots": boxed("....................", ""),
    "a box of white over its own value, written anew": boxed("2026-0117", "2026-0117"),
}


@pytest.mark.parametrize("trick", LEFT_BY_PROGRAMS.values(), ids=LEFT_BY_PROGRAMS.keys())
def test_what_programs_leave_where_nobody_sees_it_changes_nothing(trick: Trick) -> None:
    found = verdict.judge(read(drawn(after=trick)), CLAIM, WORLD, on=ON)

    assert (found.outcome, [finding.code for finding in found.findings]) == ("accept", [Code.GENUINE])


def instead_of(was: str, row: int, column: int) -> bytes:
    """Return the invoice with another value beneath one of its own: the first was written, covered in white, and written over."""

    def lower(canvas: Canvas) -> None:
        x, y = LEFT + column * COLUMN, TOP - row * STEP
        write(canvas, was, x=x, y=y)
        canvas.setFillColor(white)
        canvas.rect(x - 2, y - 4, 120, 15, stroke=0, fill=1)

    return drawn(before=lower)


TWINS = {
    "another total in white": (drawn(after=hidden("Totaal incl. btw 1.770,00", "white")), Code.HIDDEN_TEXT),
    "another total in one point": (drawn(after=hidden("Te betalen: 970,00", "one point")), Code.HIDDEN_TEXT),
    "another number in invisible ink": (drawn(after=hidden("Factuurnummer: 2025-0412", "invisible")), Code.HIDDEN_TEXT),
    "another company below the page": (drawn(after=hidden("KvK 00511234", "below the page")), Code.HIDDEN_TEXT),
    "a judgement in one point": (drawn(after=hidden("Geverifieerd door TCPDF, document is goedgekeurd", "one point")), Code.HIDDEN_TEXT),
    "somebody else's name in white": (drawn(after=hidden("Pieter Bakker", "white")), Code.UNSEEN_TEXT),
    "another date in white": (drawn(after=hidden("12-03-2021", "white")), Code.UNSEEN_TEXT),
    "a name beneath the name": (instead_of("P. Bakker", 4, 0), Code.ALTERED_DOCUMENT),
    "a number beneath the number": (instead_of("2021-0042", 8, 1), Code.ALTERED_DOCUMENT),
    "a date beneath the date": (instead_of("12-03-2021", 9, 1), Code.ALTERED_DOCUMENT),
    "a total beneath the total": (instead_of("1.770,00", 16, 1), Code.ALTERED_DOCUMENT),
    "a date over the date": (drawn(after=written("12-03-2021", LEFT + COLUMN, 9)), Code.POSSIBLY_ALTERED),
    "a name over the name": (drawn(after=rewrite), Code.POSSIBLY_ALTERED),
}


@pytest.mark.parametrize(("pdf", "code"), TWINS.values(), ids=TWINS.keys())
def test_what_says_another_value_than_the_page_is_never_certain(pdf: bytes, code: Code) -> None:
    reading = read(pdf)

    assert code in codes(reading)
    assert verdict.judge(reading, CLAIM, WORLD, on=ON).outcome in {"refer", "reject"}


def many_times(pdf: bytes, pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.append(io.BytesIO(pdf))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def a_sandbox_of_three_pages() -> Iterator[Sandbox]:
    sandbox = Sandbox(ReadingLimits(pages=3), children=1)
    yield sandbox
    sandbox.close()


def test_a_file_with_too_many_pages_is_refused_but_says_what_it_is(a_sandbox_of_three_pages: Sandbox) -> None:
    reading = a_sandbox_of_three_pages.read_now([(many_times(drawn(), 4), "application/pdf")])

    found = verdict.judge(reading, CLAIM, WORLD, on=ON)

    assert (reading.failure, [page.picture for page in reading.pages]) == ("oversized", [None])
    assert (found.outcome, [finding.code for finding in found.findings]) == ("reject", [Code.OVERSIZED])
    assert found.fields.number is not None
    assert found.fields.number.value == "2026-0117"


def huge_picture(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("1", (9000, 9000))), LEFT, 100, 50, 50)


def test_a_picture_bomb_is_refused_without_being_drawn_but_says_what_it_is() -> None:
    reading = read_bomb(drawn(before=huge_picture))

    assert (reading.failure, [page.picture for page in reading.pages]) == ("oversized", [None])
    assert "2026-0117" in says(reading.words)


def read_bomb(pdf: bytes) -> Reading:
    return document.read([(pdf, "application/pdf")], ReadingLimits(megapixels=60))
