"""Sheets before and after the document itself: a covering letter, the terms, a note of what was delivered."""

from collections.abc import Callable
from datetime import timedelta

from benchmarks.papers.drawing import GREY
from benchmarks.papers.layouts.grammar.frame import Frame
from benchmarks.papers.layouts.sheet import TERMS


def letter(frame: Frame) -> None:
    """Write a covering letter with another date and the names of other papers in it."""
    sheet, words = frame.sheet, frame.sheet.words
    frame.text(frame.left, 22, sheet.paper.issuer.trade_name, size=17, bold=True, colour=frame.design.hue)
    frame.stack(frame.left, 50, list(sheet.paper.addressee.lines))
    frame.text(frame.left, 92, f"{sheet.paper.issuer.city}, {sheet.day(sheet.paper.dated_on + timedelta(days=1))}")
    frame.text(frame.left, 108, words.salutation)
    y = sheet.draw.paragraph(frame.left, 118, words.cover, width=frame.width)
    frame.stack(frame.left, y + 8, [words.greeting, "", "", sheet.paper.issuer.legal_name])
    sheet.draw.next_page()


def terms(frame: Frame) -> None:
    """Print the terms in two columns of small type."""
    draw = frame.sheet.draw
    frame.text(frame.left, 22, "Algemene leverings- en betalingsvoorwaarden", bold=True, size=12)
    each = frame.width / 2 - 4
    for column in (0, 1):
        y = 32.0
        for number, clause in enumerate(TERMS * 2, 1 + column * 12):
            y = draw.paragraph(frame.left + column * (each + 8), y, f"Artikel {number}. {clause}", width=each, size=7) + 1.5


def terms_first(frame: Frame) -> None:
    """Print the terms on the back of what was scanned upside down: before the document."""
    terms(frame)
    frame.sheet.draw.next_page()


def delivery_note(frame: Frame) -> None:
    """Add a second document with a number and a date of its own, without amounts."""
    sheet = frame.sheet
    paper = sheet.paper
    sheet.draw.next_page()
    frame.text(frame.left, 24, paper.issuer.trade_name, bold=True, size=14, colour=frame.design.hue)
    frame.text(frame.right, 24, "Pakbon", size=14, align="right")
    frame.stack(frame.left, 44, list(paper.addressee.lines))
    packed = paper.delivered_on or paper.dated_on - timedelta(days=6)
    frame.stack(frame.right - 60, 44, [f"Pakbonnummer: PB{int(paper.issuer.kvk[-5:]) % 9000 + 1000}", f"Pakbondatum: {sheet.day(packed)}"])
    y = 80.0
    for item in paper.items:
        frame.text(frame.left, y, f"{item.quantity} x")
        frame.fitted(frame.left + 14, y, item.description, frame.width - 20)
        y += frame.step * 1.3
    frame.text(frame.left, y + 10, "In goede staat ontvangen", colour=GREY, size=8)


def _none(_frame: Frame) -> None:
    return


def _terms_after(frame: Frame) -> None:
    frame.sheet.draw.next_page()
    terms(frame)


BEFORE: dict[str, Callable[[Frame], None]] = {"": _none, "letter": letter, "terms": terms_first}
AFTER: dict[str, Callable[[Frame], None]] = {"": _none, "terms": _terms_after, "delivery_note": delivery_note}
