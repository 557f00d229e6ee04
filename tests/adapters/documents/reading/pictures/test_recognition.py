"""Words are read from pictures, whichever way the page lies, and carry the place where they stand."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from reviews.adapters.documents.reading.draft import Recognised
from reviews.adapters.documents.reading.pictures import recognition

LINES = ("Factuurnummer 2026-0117", "Factuurdatum 3 november 2026", "Knikarmscherm Sorrento geleverd", "Totaal inclusief btw 2770,00")


def page() -> Image.Image:
    picture = Image.new("RGB", (760, 520), "white")
    draw = ImageDraw.Draw(picture)
    for number, text in enumerate(LINES):
        draw.text((60, 60 + 100 * number), text, fill="black", font=ImageFont.load_default(30))
    return picture


def places(read: Recognised) -> dict[str, tuple[float, float]]:
    return {word.text: (word.x0, word.y0) for word in read.words}


@pytest.fixture(scope="module", autouse=True)
def models() -> None:
    """Load the models once: whichever test comes first needs them."""
    recognition.warm()


@pytest.fixture(scope="module")
def upright(models: None) -> Recognised:
    return recognition.recognise(page(), 2)


def test_a_picture_is_read_line_by_line_and_word_by_word(upright: Recognised) -> None:
    assert {"2026-0117", "november", "Sorrento", "2770,00"} <= {word.text for word in upright.words}
    assert (upright.lines, upright.turned) == (len(LINES), 0)
    assert {word.page for word in upright.words} == {2}
    assert all(0.05 < word.x0 < word.x1 < 1 and word.y0 < word.y1 < 520 / 760 and word.score > 0.8 for word in upright.words)


@pytest.mark.parametrize("lies", [90, 180, 270])
def test_a_page_that_does_not_lie_upright_is_turned_and_says_the_same_at_the_same_places(upright: Recognised, lies: int) -> None:
    read = recognition.recognise(page().rotate(lies, expand=True), 2)

    assert (read.turned, read.picture.size) == (360 - lies, page().size)
    expected = places(upright)
    found = places(read)
    assert found.keys() == expected.keys()
    assert all(abs(found[word][axis] - expected[word][axis]) < 0.02 for word in expected for axis in (0, 1))


def test_an_empty_page_says_nothing() -> None:
    read = recognition.recognise(Image.new("RGB", (600, 800), "white"), 0)

    assert (read.words, read.lines, read.turned) == ([], 0, 0)


def test_of_a_line_in_which_a_letter_is_unsure_the_looks_are_compared() -> None:
    picture = Image.new("RGB", (4000, 1600), "white")
    for number, text in enumerate((LINES[0], "Factuurdatum 28 augustus 2026", LINES[2], "8352 JJ 's-Hertogenbosch")):
        ImageDraw.Draw(picture).text((300, 200 + 300 * number), text, fill="black", font=ImageFont.load_default(12))

    read = recognition.recognise(picture, 0)

    assert set(LINES[0].split()) <= {word.text for word in read.words}


def test_a_word_is_as_sure_as_its_least_sure_letter_and_no_picture_is_as_sure_as_text() -> None:
    picture = page().resize((190, 130), Image.Resampling.LANCZOS).resize((760, 520), Image.Resampling.LANCZOS)

    read = recognition.recognise(picture, 0)

    scores = {word.text: word.score for word in read.words}
    assert max(scores.values()) < 1
    assert min(scores.values()) < 0.85 < scores["Totaal"]
