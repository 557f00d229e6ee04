"""Tables of what was bought or done, over as many sheets as they need; each returns the baseline under it."""

import itertools
from collections.abc import Callable

import msgspec

from benchmarks.papers.content import Item
from benchmarks.papers.drawing import GREY
from benchmarks.papers.layouts.grammar.frame import BOTTOM, Frame


class Column(msgspec.Struct, frozen=True):
    """What a column holds, and its edge as a share of the width; figures end at it, words begin there."""

    holds: str
    at: float

    @property
    def align(self) -> str:
        """Words to the left, figures to the right."""
        return "left" if self.holds in {"row", "description"} else "right"


FULL = (Column("description", 0), Column("quantity", 0.66), Column("price", 0.83), Column("net", 1))
COUNTED = (Column("row", 0), Column("description", 0.07), Column("quantity", 0.68), Column("price", 0.84), Column("net", 1))
TAXED = (Column("description", 0), Column("quantity", 0.58), Column("price", 0.73), Column("rate", 0.82), Column("net", 1))
NARROW = (Column("description", 0), Column("net", 0.72))
INCLUSIVE = (Column("quantity", 0.07), Column("description", 0.1), Column("gross", 1))


def _held(frame: Frame, number: int, item: Item) -> dict[str, str]:
    paper = frame.sheet.paper
    return {
        "row": str(number),
        "description": item.description,
        "quantity": str(item.quantity),
        "price": frame.sheet.plain(item.price) if paper.priced else "",
        "net": frame.sheet.plain(item.net) if paper.priced else "",
        "rate": f"{item.rate}%" if paper.priced else "",
        "gross": frame.amount(paper.grosses()[number - 1]),
    }


def _headings(frame: Frame) -> dict[str, str]:
    words, priced = frame.sheet.words, frame.sheet.paper.priced
    money = {"price": words.price, "net": words.amount, "rate": words.rate, "gross": words.gross} if priced else {}
    return {"row": words.row, "description": words.description, "quantity": words.quantity, **money}


def _room(columns: tuple[Column, ...], turn: int, width: float) -> float:
    """Return how wide a cell may be: until the next column that begins or the one before that ends."""
    column = columns[turn]
    if column.align == "left":
        following = columns[turn + 1]
        return (following.at - column.at) * width - (2 if following.align == "left" else 16)
    before = columns[turn - 1] if turn else Column("row", 0)
    return (column.at - before.at) * width - 2 if before.align == "right" else 24


def _heads(frame: Frame, y: float, columns: tuple[Column, ...], pad: float, *, colour: str) -> None:
    titles = _headings(frame)
    width = frame.width - 2 * pad
    for turn, column in enumerate(columns):
        x = frame.left + pad + column.at * width
        frame.fitted(x, y, titles.get(column.holds, ""), _room(columns, turn, width), bold=True, colour=colour, align=column.align)


def _rows(frame: Frame, y: float, columns: tuple[Column, ...], *, pad: float = 0, step: float = 1.35, line: Callable[[int, float], None]) -> float:
    """Write the rows; `line` draws what goes with each. A full sheet is followed by another."""
    width = frame.width - 2 * pad
    for number, item in enumerate(frame.sheet.paper.items, 1):
        if y > BOTTOM - 8:
            y = frame.new_page()
        line(number, y)
        held = _held(frame, number, item)
        for turn, column in enumerate(columns):
            frame.fitted(frame.left + pad + column.at * width, y, held[column.holds], _room(columns, turn, width), align=column.align)
        y += frame.step * step
    return y


def _nothing(_number: int, _y: float) -> None:
    return


def _ruled(frame: Frame, y: float, columns: tuple[Column, ...] = FULL) -> float:
    _heads(frame, y, columns, 0, colour="#1a1a1c")
    frame.rule(y + 1.8)
    y = _rows(frame, y + 2.5 + frame.step, columns, line=_nothing)
    frame.rule(y - frame.step * 0.7, weight=0.3)
    return y


def _zebra(frame: Frame, y: float) -> float:
    height = frame.step * 1.45
    frame.bar(y - height * 0.72, height, fill=frame.design.hue)
    _heads(frame, y, FULL, 2, colour="#ffffff")

    def stripe(number: int, at: float) -> None:
        if number % 2 == 0:
            frame.bar(at - height * 0.72, height, fill="#eef0f3")

    return _rows(frame, y + height, FULL, pad=2, step=1.45, line=stripe)


def _grid(frame: Frame, y: float) -> float:
    height = frame.step * 1.5
    edges = [0.0, 0.56, 0.68, 0.85, 1.0]

    def cells(_number: int, at: float) -> None:
        for left, right in itertools.pairwise(edges):
            frame.sheet.draw.box(frame.left + left * frame.width, at - height * 0.7, (right - left) * frame.width, height, stroke=GREY, weight=0.4)

    cells(0, y)
    _heads(frame, y, FULL, 1.5, colour="#1a1a1c")
    return _rows(frame, y + height, FULL, pad=1.5, step=1.5, line=cells)


def _plain(frame: Frame, y: float) -> float:
    _heads(frame, y, FULL, 0, colour=GREY)
    return _rows(frame, y + frame.step * 1.4, FULL, line=_nothing)


def _numbered(frame: Frame, y: float) -> float:
    return _ruled(frame, y, COUNTED)


def _taxed(frame: Frame, y: float) -> float:
    return _ruled(frame, y, TAXED)


def _narrow(frame: Frame, y: float) -> float:
    return _ruled(frame, y, NARROW)


def _inclusive(frame: Frame, y: float) -> float:
    """Amounts with btw in the rows, as shops print them."""
    return _ruled(frame, y, INCLUSIVE)


def _leaders(frame: Frame, y: float) -> float:
    """No heads: what it is, dots, what it costs."""
    for item in frame.sheet.paper.items:
        if y > BOTTOM - 8:
            y = frame.new_page()
        said = f"{item.quantity} x {item.description}"
        frame.fitted(frame.left, y, said, frame.width * 0.7)
        start = frame.left + min(frame.measure(said) * 1.1, frame.width * 0.7) + 2
        dots = int((frame.right - 24 - start) / frame.measure(" ."))
        if frame.sheet.paper.priced:
            frame.text(start, y, " ." * max(dots, 0), colour=GREY)
        frame.fitted(frame.right, y, frame.amount(item.net), 26, align="right")
        y += frame.step * 1.3
    return y + 2


def _stacked(frame: Frame, y: float) -> float:
    """Two lines for each: the description in bold, and under it how many at which price."""
    words = frame.sheet.words
    for item in frame.sheet.paper.items:
        if y > BOTTOM - 12:
            y = frame.new_page()
        frame.fitted(frame.left, y, item.description, frame.width * 0.75, bold=True)
        priced = f" x {frame.sheet.plain(item.price)}" if frame.sheet.paper.priced else ""
        frame.fitted(frame.left, y + frame.step, f"{words.quantity}: {item.quantity}{priced}", frame.width * 0.6, size=8, colour=GREY)
        frame.fitted(frame.right, y, frame.amount(item.net), 30, align="right")
        y += frame.step * 2.4
    return y


TABLES: dict[str, Callable[[Frame, float], float]] = {
    "ruled": _ruled, "zebra": _zebra, "grid": _grid, "plain": _plain, "numbered": _numbered, "taxed": _taxed, "narrow": _narrow, "leaders": _leaders,
    "stacked": _stacked, "inclusive": _inclusive,
}  # fmt: skip
