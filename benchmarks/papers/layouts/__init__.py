"""The own layouts of the set; none is taken from anybody's house style, and none is one of the demo's four."""

from collections.abc import Callable

import msgspec

from benchmarks.papers.content import Paper
from benchmarks.papers.drawing import Drawing
from benchmarks.papers.layouts import boxed, classic, grammar, letters, modern, strange
from benchmarks.papers.layouts.sheet import Sheet
from benchmarks.papers.wording import Wording


class Layout(msgspec.Struct, frozen=True):
    """How a layout is drawn: by which function, in which typeface and size, on what paper (millimetres)."""

    put: Callable[[Sheet], None]
    face: str = "sans"
    size: float = 9.5
    width: float = 210
    height: float = 297


OWN = {
    "window_right": Layout(classic.window_right),
    "headed_columns": Layout(classic.headed_columns),
    "dense": Layout(classic.dense, size=8),
    "typewriter": Layout(classic.typewriter, face="mono", size=9.5),
    "label_boxes": Layout(boxed.label_boxes, face="serif", size=10.5),
    "work_form": Layout(boxed.work_form),
    "side_column": Layout(boxed.side_column),
    "minimal": Layout(boxed.minimal),
    "letter": Layout(letters.letter, face="serif", size=11),
    "letter_first": Layout(letters.letter_first),
    "two_pages": Layout(letters.two_pages, face="serif", size=10),
    "summary_first": Layout(modern.summary_first),
    "two_addresses": Layout(modern.two_addresses),
    "full_grid": Layout(modern.full_grid, face="serif", size=10),
    "belgian": Layout(letters.belgian),
    "transfer": Layout(letters.transfer),
    "till": Layout(letters.till, face="mono", size=7, width=80, height=240),
}
"""Drawn by hand."""
STRANGE = {
    "running_letter": Layout(strange.running_letter, face="serif", size=11), "printed_mail": Layout(strange.printed_mail, size=9.5),
    "pen_form": Layout(strange.pen_form), "van_slip": Layout(strange.van_slip, face="mono", size=8, width=110, height=260),
    "half_sheet": Layout(strange.half_sheet, width=210, height=148),
}  # fmt: skip
"""Drawn by hand too; only in wide sets, as they need the words of these."""
LAYOUTS = OWN | STRANGE | {name: Layout(grammar.compose(design), face=design.face, size=design.size) for name, design in grammar.DESIGNS.items()}
HELD_OUT = frozenset(
    {
        "headed_columns",
        "side_column",
        "letter",
        "summary_first",
        "printed_mail",
        "half_sheet",
        *(design.name for design in grammar.DESIGNS.values() if design.held_out),
    }
)
"""Layouts on which nothing may be trained or tried out: the figure on these counts."""
BY_KIND = frozenset({"transfer", "till", "belgian"})
"""Drawn when the kind of document or its issuer asks for it."""
SETS = {
    "own": tuple(OWN), "all": tuple(LAYOUTS), "train": tuple(name for name in LAYOUTS if name not in HELD_OUT),
    "test": tuple(name for name in LAYOUTS if name in HELD_OUT),
}  # fmt: skip
SECOND_LANGUAGE = {name: design.bilingual for name, design in grammar.DESIGNS.items() if design.bilingual}
"""Layouts whose labels stand in two languages."""
FRONTED = frozenset({"letter_first", "two_pages"}) | {name for name, design in grammar.DESIGNS.items() if design.before}
"""Layouts of which the first sheet does not say everything."""


def drawn(paper: Paper, layout: str, words: Wording) -> Drawing:
    """Draw a document in one of the layouts, with the pages that follow it."""
    how = LAYOUTS[layout]
    draw = Drawing(face=how.face, size=how.size, width=how.width, height=how.height)
    sheet = Sheet(draw, paper, words)
    sheet.stamp()
    how.put(sheet)
    sheet.after()
    return draw
