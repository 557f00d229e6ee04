"""What people see of a page: laid flat with its words in place, and covered but for what is needed to judge it."""

import io

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw

from benchmarks.specimens import INVOICE
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.draft import Recognised
from reviews.adapters.documents.reading.pdf import text_layer
from reviews.adapters.documents.reading.pictures import decoding, page_views, straightening
from reviews.adapters.documents.reading.pictures.straightening import Flattening
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import extraction
from reviews.proofs.reading import Page, Reading, ReadingLimits, Word
from tests.proofs.cases import PAPER, paper, reading_of

PHOTO = (1500, 2000)
CORNERS = ((210, 130), (1330, 60), (1440, 1890), (90, 1800))
"""Where the corners of the sheet lie on the photo, from the upper left one clockwise."""
WOOD = (96, 72, 50)


def page_of(layout: Layout = Layout.BOOKKEEPING) -> tuple[Image.Image, list[Word]]:
    page = pypdfium2.PdfDocument(as_pdf(INVOICE, layout))[0]
    return text_layer.picture_of(page, 1600), text_layer.read_layer(page, 0).words


def photographed(
    picture: Image.Image, words: list[Word], corners: tuple[tuple[int, int], ...], ground: tuple[int, int, int]
) -> tuple[Image.Image, list[Word]]:
    """Return a page as it lies on a table, with the upright boxes that a recogniser draws around its slanted words."""
    width, height = picture.size
    matrix = cv2.getPerspectiveTransform(np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32), np.array(corners, np.float32))
    pixels = cv2.warpPerspective(np.asarray(picture), matrix, PHOTO, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    return Image.fromarray(pixels), [_seen(word, np.asarray(matrix, np.float64), width) for word in words]


def _seen(word: Word, matrix: npt.NDArray[np.float64], width: int) -> Word:
    corners = np.array([(word.x0, word.y0), (word.x1, word.y0), (word.x1, word.y1), (word.x0, word.y1)]) * width
    mapped = np.hstack([corners, np.ones((4, 1))]) @ matrix.T
    places = mapped[:, :2] / mapped[:, 2:] / PHOTO[0]
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    return replace(word, x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1), score=0.99)


def laid_flat(picture: Image.Image, words: list[Word]) -> tuple[Image.Image, list[Word]]:
    flat, placed = page_views.lay_flat(picture, words)
    assert flat is not None
    return straightening.flatten(picture, flat), placed


def test_a_sheet_on_a_table_is_laid_flat_with_its_words_where_they_were() -> None:
    picture, words = page_of()

    shown, placed = laid_flat(*photographed(picture, words, CORNERS, WOOD))

    edge = straightening.MARGIN
    assert shown.width == decoding.DESK_WIDTH
    assert shown.height / shown.width == pytest.approx(picture.height / picture.width, abs=0.02)
    for before, after in zip(words, placed, strict=True):
        expected = [edge + (1 - 2 * edge) * value for value in (before.x0, before.y0, before.x1, before.y1)]
        assert [after.x0, after.y0, after.x1, after.y1] == pytest.approx(expected, abs=0.008), after.text


def test_a_slanted_scan_is_set_straight_and_its_boxes_hold_the_ink() -> None:
    picture, words = page_of(Layout.LEDGER)
    turn = np.asarray(cv2.getRotationMatrix2D((750, 1000), -2.0, 1.0))
    corners = tuple((int(x), int(y)) for x, y in np.array([(43, 0, 1), (1457, 0, 1), (1457, 2000, 1), (43, 2000, 1)]) @ turn.T)

    scan, seen = photographed(picture, words, corners, (255, 255, 255))
    shown, placed = laid_flat(scan, seen)

    slopes = straightening.slants(placed)
    assert np.median(np.abs(straightening.slants(seen))) > 0.03
    assert np.median(np.abs(slopes)) < 0.004
    grey = np.asarray(shown.convert("L"))
    assert all(_has_ink(grey, word) for word in placed if len(word.text) > 3)


def _has_ink(grey: npt.NDArray[np.uint8], word: Word) -> bool:
    width = grey.shape[1]
    place = grey[int(word.y0 * width) : int(word.y1 * width) + 1, int(word.x0 * width) : int(word.x1 * width) + 1]
    return float((place < 190).mean()) > 0.04


def test_a_straight_page_is_left_as_it_is() -> None:
    picture, words = page_of()

    assert page_views.lay_flat(picture, words) == (None, words)


def test_a_printed_frame_is_not_taken_for_the_edge_of_the_paper() -> None:
    picture, words = page_of()
    left, top = min(word.x0 for word in words) * picture.width - 15, min(word.y0 for word in words) * picture.width - 15
    right, bottom = max(word.x1 for word in words) * picture.width + 15, max(word.y1 for word in words) * picture.width + 15
    ImageDraw.Draw(picture).rectangle((left, top, right, bottom), outline="black", width=5)

    assert list(straightening.find_flattenings(picture, words, width=1100)) == []


def test_a_photo_with_few_words_is_left_as_it_is() -> None:
    photo, words = photographed(*page_of(), CORNERS, WOOD)

    assert page_views.lay_flat(photo, words[:3]) == (None, words[:3])


@pytest.mark.parametrize("degrees", [45, 135, 225])
def test_where_the_boxes_of_a_slanted_page_tell_nothing_no_word_is_placed(degrees: int) -> None:
    picture, words = page_of()
    turn = np.vstack([np.asarray(cv2.getRotationMatrix2D((550, 750), degrees, 1.0), np.float64), [0.0, 0.0, 1.0]])

    assert straightening.moved(words, Flattening(turn, (1100, 1500)), picture.width) == []


@pytest.mark.parametrize("with_pictures", [True, False])
def test_words_stand_where_they_stand_on_the_flat_page_whether_it_is_drawn_or_not(with_pictures: bool) -> None:
    photo, seen = photographed(*page_of(), CORNERS, WOOD)

    def recognise(picture: Image.Image, page: int) -> Recognised:
        return Recognised(seen, picture, page, len(seen))

    reading = document.read([(_jpeg(photo), "image/jpeg")], ReadingLimits(), with_pictures=with_pictures, recognise=recognise)

    flat, placed = page_views.lay_flat(photo, seen)
    assert flat is not None
    assert [(word.x0, word.y0) for word in reading.words] == [pytest.approx((word.x0, word.y0), abs=0.01) for word in placed]
    assert reading.pages[0].height == pytest.approx(flat.size[1] / flat.size[0], abs=0.01)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG")
    return written.getvalue()


def test_a_page_laid_flat_may_say_more_but_never_less() -> None:
    words = list(reading_of(*paper()).words)
    without = [word for word in words if word.text != "2026-0117"]
    other = [replace(word, text="2026-0118") if word.text == "2026-0117" else word for word in words]

    assert page_views.keeps_what_was_read(words, words)
    assert page_views.keeps_what_was_read(without, words)
    assert not page_views.keeps_what_was_read(words, without)
    assert not page_views.keeps_what_was_read(words, other)


def redacted(reading: Reading) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    page = reading.pages[0]
    assert page.picture is not None
    assert page.redacted is not None
    return _pixels(page.picture), _pixels(page.redacted)


def _pixels(data: bytes) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "WEBP"
        assert picture.width <= decoding.DESK_WIDTH
        return np.asarray(picture.convert("L"))


def _place(pixels: npt.NDArray[np.uint8], word: Word) -> npt.NDArray[np.int16]:
    width = pixels.shape[1]
    return pixels[int(word.y0 * width) : int(word.y1 * width) + 1, int(word.x0 * width) : int(word.x1 * width) + 1].astype(np.int16)


def is_covered(pixels: npt.NDArray[np.uint8], word: Word) -> bool:
    place = _place(pixels, word)
    return int(np.percentile(place, 95)) - int(np.percentile(place, 5)) < 40 and float(place.mean()) > 150


def is_shown(shown: npt.NDArray[np.uint8], pixels: npt.NDArray[np.uint8], word: Word) -> bool:
    return float(np.abs(_place(shown, word) - _place(pixels, word)).mean()) < 12


@pytest.mark.parametrize("layout", Layout)
def test_what_was_bought_is_covered_and_what_proves_is_shown(layout: Layout) -> None:
    reading = document.read([(as_pdf(INVOICE, layout), "application/pdf")], ReadingLimits())

    shown, pixels = redacted(reading)

    words = {word.text: word for word in reading.words}
    for text in ("Knikarmscherm", "Sorrento", "inregelen", "Oudegracht"):
        assert is_covered(pixels, words[text]), text
    for text in ("2026-0117", "Vries", "3511"):
        assert is_shown(shown, pixels, words[text]), text
    number = next(word for word in reading.words if "00412876" in word.text)
    assert is_shown(shown, pixels, number)


def test_a_telephone_and_a_remark_are_covered() -> None:
    reading = with_picture(reading_of(*paper(**{"Uw klantnummer|77123": "Telefoon|0612345678|hond bijt"})))

    shown, pixels = redacted(page_views.with_redaction(reading))

    words = {word.text: word for word in reading.words}
    assert all(is_covered(pixels, words[text]) for text in ("0612345678", "hond", "bijt"))
    assert all(is_shown(shown, pixels, words[text]) for text in ("2026-0117", "03-11-2026", "12", "Factuurnummer"))


def test_a_customer_is_not_covered_where_the_branchs_own_address_could_be_the_addressee() -> None:
    letterhead = ("Zon aan Huis", "Vaartsedijk 112", "3522 AB Utrecht", "", "")
    lines = (*letterhead, "FACTUUR", "", "Bakkerij Jansen", "Oudegracht 12", "3511 AB Utrecht", "", *PAPER[9:])
    reading = with_picture(reading_of(*lines))
    best = extraction.extract(reading).customer_name
    assert best is not None
    assert best.value == "Bakkerij Jansen"

    shown, pixels = redacted(page_views.with_redaction(reading))

    words = {word.text: word for word in reading.words}
    assert all(is_shown(shown, pixels, words[text]) for text in ("Bakkerij", "Jansen", "12", "3511"))
    assert is_covered(pixels, words["Oudegracht"])


def test_handwriting_that_nobody_could_read_is_covered_too() -> None:
    reading = with_picture(reading_of(*paper()), scribble=(700, 900, 900, 1000))

    _, pixels = redacted(page_views.with_redaction(reading))

    assert int(pixels[900:1000, 700:900].min()) > 190


def test_a_document_without_number_and_name_is_kept_whole() -> None:
    reading = with_picture(reading_of("Beste mensen", "Bedankt voor de koffie van gisteren", "Tot gauw"))

    assert page_views.with_redaction(reading).pages[0].redacted is None


def with_picture(reading: Reading, scribble: tuple[int, int, int, int] | None = None) -> Reading:
    """Return a reading with a picture on which each word is a chequered block."""
    picture = Image.new("L", (1100, 1551), 255)
    for word in reading.words:
        for at in range(int(word.x0 * 1100), int(word.x1 * 1100), 4):
            ImageDraw.Draw(picture).rectangle((at, int(word.y0 * 1100), at + 1, int(word.y1 * 1100)), fill=0)
    if scribble:
        ImageDraw.Draw(picture).line(scribble, fill=0, width=6)
    return replace(reading, pages=(Page(height=1.41, source="text", picture=decoding.for_the_desk(picture.convert("RGB"))),))
