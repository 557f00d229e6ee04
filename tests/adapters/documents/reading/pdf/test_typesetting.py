"""Numbers and values that were retyped in a PDF, with nothing left beneath them, are noticed; what typography and honest programs do is not."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from reviews.adapters.documents.reading import document
from reviews.proofs import inspection
from reviews.proofs.findings import Code
from reviews.proofs.reading import Reading, ReadingLimits
from tests.proofs.cases import PAPER

Setting = tuple[str, float]
Trick = Callable[[Canvas, float, float], None]
LEFT, TOP, STEP, COLUMN = 60.0, 780.0, 18.0, 180.0
PLAIN: Setting = ("Helvetica", 10)
NUMBER, TOTAL = "2026-0117", "€ 2.770,00"


def printed(*, retyped: dict[str, Trick] | None = None, set_in: dict[str, Setting] | None = None) -> Reading:
    """Return the reading of the plain invoice, with some of its texts drawn by another hand and some set in another way."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    hands, settings = retyped or {}, set_in or {}
    last = list[tuple[Trick, float, float]]()
    for row, line in enumerate(PAPER):
        for column, text in enumerate(line.split("|")):
            x, y = LEFT + column * COLUMN, TOP - row * STEP
            if text in hands:
                last.append((hands[text], x, y))
                continue
            canvas.setFont(*settings.get(text, PLAIN))
            canvas.drawString(x, y, text)
    for draw, x, y in last:  # an editor's words come last in the file
        draw(canvas, x, y)
    canvas.save()
    return document.read([(out.getvalue(), "application/pdf")], ReadingLimits(), with_pictures=False)


def pieces(*parts: tuple[str, Setting, float]) -> Trick:
    """Draw pieces of a text one behind the other, each set in its own way and raised by some points."""

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for text, setting, raised in parts:
            canvas.setFont(*setting)
            canvas.drawString(x, y + raised, text)
            x += canvas.stringWidth(text, *setting)

    return draw


def inner_last(before: str, inner: tuple[str, Setting, float], after: str) -> Trick:
    """Draw a text around a gap, and only then what fills it."""

    def draw(canvas: Canvas, x: float, y: float) -> None:
        text, setting, raised = inner
        start = x + canvas.stringWidth(before, *PLAIN)
        canvas.setFont(*PLAIN)
        canvas.drawString(x, y, before)
        canvas.drawString(start + canvas.stringWidth(text, *setting), y, after)
        canvas.setFont(*setting)
        canvas.drawString(start, y + raised, text)

    return draw


def said(reading: Reading) -> str:
    return " ".join(word.text for word in reading.uneven)


def codes(reading: Reading) -> set[Code]:
    return {finding.code for finding in inspection.inspect(reading)}


RETYPED = {
    "in another typeface": pieces(("2026-0", PLAIN, 0), ("9", ("Times-Roman", 10), 0), ("17", PLAIN, 0)),
    "a size larger": pieces(("2026-0", PLAIN, 0), ("9", ("Helvetica", 10.5), 0), ("17", PLAIN, 0)),
    "a third of a point off its line": pieces(("2026-0", PLAIN, 0), ("9", PLAIN, 0.33), ("17", PLAIN, 0)),
    "behind a separator": pieces(("2026-", PLAIN, 0), ("0917", ("Courier", 10), 0)),
    "put in last": inner_last("2026-0", ("9", ("Helvetica", 10), -0.4), "17"),
}


@pytest.mark.parametrize("trick", RETYPED.values(), ids=RETYPED.keys())
def test_a_digit_that_is_set_unlike_its_neighbours_is_a_trace(trick: Trick) -> None:
    reading = printed(retyped={NUMBER: trick})

    assert said(reading)
    assert set("".join(word.text for word in reading.uneven)) <= set("2026-0917")
    assert codes(reading) == {Code.POSSIBLY_ALTERED}


def repeated(canvas: Canvas, x: float, y: float) -> None:
    """Draw a number more than once, a fraction apart, as programs do to make it bold or to shade it."""
    canvas.setFont(*PLAIN)
    for shift in (0, 1.2):
        canvas.drawString(x + shift, y - shift, TOTAL)


def stamped(canvas: Canvas, x: float, y: float) -> None:
    pieces((NUMBER, PLAIN, 0))(canvas, x, y)
    canvas.saveState()
    canvas.translate(300, 300)
    canvas.rotate(4)
    canvas.setFont("Times-Bold", 30)
    canvas.drawString(0, 0, "BETAALD 03-11-2026")
    canvas.restoreState()


TYPOGRAPHY = {
    "small raised cents": (TOTAL, pieces(("€ 2.770,", PLAIN, 0), ("00", ("Helvetica", 6), 3.5))),
    "bold cents": (TOTAL, pieces(("€ 2.770,", PLAIN, 0), ("00", ("Helvetica-Bold", 10), 0))),
    "a number printed over itself": (TOTAL, repeated),
    "a slanted stamp": (NUMBER, stamped),
    "a note mark": (NUMBER, pieces((NUMBER, PLAIN, 0), ("1", ("Helvetica", 6), 4))),
}


@pytest.mark.parametrize(("text", "trick"), TYPOGRAPHY.values(), ids=TYPOGRAPHY.keys())
def test_typography_is_no_trace(text: str, trick: Trick) -> None:
    reading = printed(retyped={text: trick})

    assert said(reading) == ""
    assert codes(reading) == set()


@pytest.fixture
def vera() -> str:
    """An embedded typeface that is not one of the fourteen that every reader of PDF has."""
    path = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    pdfmetrics.registerFont(TTFont("Vera", path))
    return "Vera"


@pytest.mark.parametrize("text", ["J. de Vries", NUMBER, "03-11-2026", TOTAL])
def test_a_value_in_a_typeface_that_the_page_uses_for_nothing_else_is_a_trace(text: str, vera: str) -> None:
    reading = printed(set_in={text: (vera, 10)})

    assert said(reading).split() == [part for part in text.split() if part != "€"]
    assert codes(reading) == {Code.POSSIBLY_ALTERED}


FILLED_IN = ("J. de Vries", "Oudegracht 12", "3511 AB Utrecht", NUMBER, "03-11-2026", "17-11-2026", "77123", TOTAL)
LAYOUTS: dict[str, tuple[tuple[str, ...], float]] = {
    "a form filled in by another program": (FILLED_IN, 10),
    "a form of which only the values that count were filled in": (("J. de Vries", NUMBER, "03-11-2026", TOTAL), 10),
    "a total in display type": ((TOTAL,), 16),
    "a heading and the number": (("FACTUUR", NUMBER), 10),
    "an address block": (("J. de Vries", "Oudegracht 12", "3511 AB Utrecht"), 10),
}


@pytest.mark.parametrize(("texts", "size"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_layout_with_a_second_typeface_is_no_trace(texts: tuple[str, ...], size: float, vera: str) -> None:
    reading = printed(set_in=dict.fromkeys(texts, (vera, size)))

    assert said(reading) == ""
    assert codes(reading) == set()
