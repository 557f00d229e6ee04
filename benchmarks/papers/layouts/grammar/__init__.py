"""Layouts that are composed: where the head, the customer, the particulars, the table, the sums and the foot stand, each chosen apart."""

from collections.abc import Callable

from benchmarks.papers.layouts.grammar.addresses import ADDRESSES, AT_THE_RIGHT, WIDE
from benchmarks.papers.layouts.grammar.design import DESIGNS, Design
from benchmarks.papers.layouts.grammar.extra_pages import AFTER, BEFORE
from benchmarks.papers.layouts.grammar.feet import FEET, PAYMENTS
from benchmarks.papers.layouts.grammar.frame import Frame
from benchmarks.papers.layouts.grammar.letterheads import LETTERHEADS
from benchmarks.papers.layouts.grammar.particulars import COLUMNAR, PARTICULARS, WITH_TITLE
from benchmarks.papers.layouts.grammar.tables import TABLES
from benchmarks.papers.layouts.grammar.totals import TOTALS
from benchmarks.papers.layouts.sheet import Sheet

__all__ = ["DESIGNS", "Design", "compose"]


def compose(design: Design) -> Callable[[Sheet], None]:
    """Return what draws a document in this layout."""

    def put(sheet: Sheet) -> None:
        frame = Frame(sheet, design)
        BEFORE[design.before](frame)
        y = _upper_part(frame, LETTERHEADS[design.letterhead](frame) + 8)
        y = TABLES[design.table](frame, y + 6)
        if sheet.paper.priced:
            y = TOTALS[design.totals](frame, frame.room_for(y + 3, 34))
        if sheet.paper.remark:
            y = sheet.draw.paragraph(frame.left, y + 4, sheet.paper.remark, width=frame.width, size=8.5)
        PAYMENTS[design.payment](frame, y)
        FEET[design.foot](frame)
        AFTER[design.after](frame)

    return put


def _upper_part(frame: Frame, y: float) -> float:
    """Write address, title and particulars, beside each other where they fit; return the baseline under them."""
    design = frame.design
    if design.address == "after_title":
        y = _title(frame, max(y, 38)) + 2
    end = ADDRESSES[design.address](frame, max(y, 40))
    beside = design.beside and design.particulars in COLUMNAR and design.address not in WIDE
    if beside:
        start = max(y, 50 if design.address.startswith("window") else 40)
        x, width = (frame.left, 82.0) if design.address in AT_THE_RIGHT else (frame.right - 82, 82.0)
        end = max(end, PARTICULARS[design.particulars](frame, x, start, width))
    if design.address != "after_title" and design.particulars not in WITH_TITLE:
        end = _title(frame, end + 6)
    return end + 2 if beside else PARTICULARS[design.particulars](frame, frame.left, end + 4, frame.width) + 2


def _title(frame: Frame, y: float) -> float:
    words, design = frame.sheet.words.title, frame.design
    x, align = {"right": (frame.right, "right"), "centre": ((frame.left + frame.right) / 2, "centre")}.get(design.title, (frame.left, "left"))
    size = {"small": 11, "coloured": 18, "capitals": 14}.get(design.title, 16)
    frame.fitted(x, y + 2, words.upper() if design.title == "capitals" else words, frame.width, size=size, bold=design.title != "coloured",
                 colour=design.hue if design.title == "coloured" else "#1a1a1c", align=align)  # fmt: skip
    return y + 7
