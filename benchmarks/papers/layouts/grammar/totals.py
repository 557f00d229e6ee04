"""Ways to sum up; each writes under the table and returns the baseline under itself. Papers without prices have no sums."""

from collections.abc import Callable
from decimal import Decimal

from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.grammar.frame import Frame


def _final(frame: Frame, label: str) -> bool:
    return label == frame.sheet.words.total


def _column(frame: Frame, y: float, left: float, right: float) -> float:
    for label, amount in frame.sheet.sums():
        final = _final(frame, label)
        if final:
            frame.sheet.draw.rule(left, y - frame.step * 0.85, right - left, weight=0.4)
        frame.fitted(left, y, label, (right - left) * 0.6, bold=final)
        frame.fitted(right, y, amount, (right - left) * 0.38, bold=final, align="right")
        y += frame.step * 1.3
    return y


def _right(frame: Frame, y: float) -> float:
    return _column(frame, y, frame.right - 76, frame.right)


def _left(frame: Frame, y: float) -> float:
    return _column(frame, y, frame.left, frame.left + 80)


def _boxes(frame: Frame, y: float) -> float:
    """A row of boxes, a small label above each amount; a dark one for the total."""
    sums = frame.sheet.sums()
    each = frame.width / len(sums)
    for number, (label, amount) in enumerate(sums):
        x, final = frame.left + number * each, _final(frame, label)
        frame.sheet.draw.box(x, y - 3, each, 13, stroke=INK, weight=0.5, fill=frame.design.hue if final else "")
        frame.fitted(x + 2, y + 1, label, each - 4, size=7, colour="#ffffff" if final else GREY)
        frame.fitted(x + each - 2, y + 7.5, amount, each - 4, bold=final, colour="#ffffff" if final else INK, align="right")
    return y + 16


def _stacked(frame: Frame, y: float) -> float:
    """The label of the total in two rows, its amount between them."""
    draw, words = frame.sheet.draw, frame.sheet.words
    left = frame.right - 76
    for label, amount in frame.sheet.sums():
        if _final(frame, label):
            draw.rule(left, y - 3.6, 76, weight=0.6)
            frame.text(left, y + 0.5, words.sum_word.upper(), bold=True)
            frame.text(left, y + 4.2, words.with_tax, size=7, colour=GREY)
            frame.fitted(frame.right, y + 2.3, amount, 40, size=draw.size + 2, bold=True, align="right")
            y += 9
        else:
            frame.fitted(left, y, label, 46)
            frame.fitted(frame.right, y, amount, 28, align="right")
            y += frame.step * 1.3
    return y + 2


def _sentence(frame: Frame, y: float) -> float:
    paper, sheet = frame.sheet.paper, frame.sheet
    tax = sum(paper.taxes.values(), Decimal(0))
    said = sheet.words.total_sentence.format(total=sheet.money(paper.total), tax=sheet.money(tax), net=sheet.money(paper.net))
    if paper.paid:
        said += sheet.words.paid_sentence.format(paid=sheet.money(paper.paid), open=sheet.money(paper.open))
    return sheet.draw.paragraph(frame.left, y, said, width=frame.width) + 1


def _in_table(frame: Frame, y: float) -> float:
    """Rows that close the table over its whole width, the total in a filled one."""
    height = frame.step * 1.5
    for label, amount in frame.sheet.sums():
        final = _final(frame, label)
        frame.bar(y - height * 0.7, height, fill="#dde2e8" if final else "", stroke=GREY)
        frame.fitted(frame.left + 2, y, label, frame.width * 0.6, bold=final)
        frame.fitted(frame.right - 2, y, amount, frame.width * 0.3, bold=final, align="right")
        y += height
    return y + 2


def _rates_beside(frame: Frame, y: float) -> float:
    """A small table of btw by rate at the left, the sums at the right."""
    words, paper = frame.sheet.words, frame.sheet.paper
    edges = [frame.left + 14, frame.left + 42, frame.left + 70]
    for x, head in zip(edges, (words.rate, words.base, words.tax_word), strict=True):
        frame.fitted(x, y, head, 24, size=7.5, colour=GREY, align="right")
    for turn, (rate, tax) in enumerate(paper.taxes.items(), 1):
        for x, value in zip(edges, (f"{rate} %", frame.sheet.plain(paper.nets[rate]), frame.sheet.plain(tax)), strict=True):
            frame.text(x, y + turn * 4.6, value, size=8, align="right")
    return max(_column(frame, y, frame.right - 70, frame.right), y + 4.6 * (len(paper.taxes) + 1))


def _banner(frame: Frame, y: float) -> float:
    """Small sums at the right, and a bar with the total in large."""
    for label, amount in frame.sheet.sums():
        if _final(frame, label):
            frame.bar(y - 2, 11, fill=frame.design.hue)
            frame.fitted(frame.left + 4, y + 5.4, label, 90, size=12, bold=True, colour="#ffffff")
            frame.fitted(frame.right - 4, y + 5.4, amount, 60, size=14, bold=True, colour="#ffffff", align="right")
            y += 15
        else:
            frame.fitted(frame.right - 40, y, label, 50, size=8.5, colour=GREY, align="right")
            frame.fitted(frame.right, y, amount, 34, size=8.5, align="right")
            y += frame.step * 1.2
    return y


def _wide_row(frame: Frame, y: float) -> float:
    """All sums in one line, each behind its label."""
    sums = frame.sheet.sums()
    frame.rule(y - 4, weight=0.4)
    each = frame.width / len(sums)
    for number, (label, amount) in enumerate(sums):
        frame.fitted(frame.left + number * each, y, f"{label} {amount}", each - 3, bold=_final(frame, label))
    frame.rule(y + 2, weight=0.4)
    return y + 8


def _capitals(frame: Frame, y: float) -> float:
    """A label in small capitals above each amount, against the right edge."""
    for label, amount in frame.sheet.sums():
        final = _final(frame, label)
        frame.fitted(frame.right, y, label.upper(), 90, size=6.5, colour=GREY, align="right")
        frame.fitted(frame.right, y + frame.step, amount, 60, size=frame.sheet.draw.size + (5 if final else 0), bold=final, align="right")
        y += frame.step * 2.3 + (2 if final else 0)
    return y


TOTALS: dict[str, Callable[[Frame, float], float]] = {
    "right": _right, "boxes": _boxes, "stacked": _stacked, "sentence": _sentence, "in_table": _in_table, "left": _left,
    "rates_beside": _rates_beside, "banner": _banner, "wide_row": _wide_row, "capitals": _capitals,
}  # fmt: skip
