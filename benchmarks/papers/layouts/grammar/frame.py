"""The sheet on which a composed layout is drawn: its margins, its manner of writing, and words that are fitted to a width."""

from decimal import Decimal

import msgspec

from benchmarks.papers.drawing import GREY, INK, POINT, width_of
from benchmarks.papers.layouts.grammar.design import Design
from benchmarks.papers.layouts.sheet import Sheet

BOTTOM = 262.0
"""Below this line only the foot is printed."""
SMALLEST = 6.0


class Frame(msgspec.Struct, frozen=True):
    """A document that is being drawn in a composed layout."""

    sheet: Sheet
    design: Design

    @property
    def left(self) -> float:
        """The left margin."""
        return self.design.left

    @property
    def right(self) -> float:
        """The right margin, from the left edge of the paper."""
        return self.design.right

    @property
    def width(self) -> float:
        """What lies between the margins."""
        return self.right - self.left

    @property
    def step(self) -> float:
        """The distance of two baselines."""
        return self.sheet.draw.size * POINT * self.design.lead

    def text(self, x: float, y: float, words: str, *, size: float = 0, bold: bool = False, colour: str = INK, align: str = "left") -> None:
        """Write one line."""
        self.sheet.draw.text(x, y, words, size=size, bold=bold, colour=colour, align=align)

    def fitted(
        self, x: float, y: float, words: str, room: float, *, size: float = 0, bold: bool = False, colour: str = INK, align: str = "left"
    ) -> None:
        """Write one line, smaller where it would be wider than its room, but never so small that nobody could read it."""
        draw = self.sheet.draw
        size = size or draw.size
        wide = width_of(words, size, face=draw.face, bold=bold) * 1.08
        size = max(min(size, SMALLEST), size * room / wide) if wide > room else size
        draw.text(x, y, words, size=round(size, 2), bold=bold, colour=colour, align=align)

    def measure(self, words: str, *, size: float = 0, bold: bool = False) -> float:
        """Return about how wide words are."""
        return width_of(words, size or self.sheet.draw.size, face=self.sheet.draw.face, bold=bold)

    def label(self, words: str) -> str:
        """Return a label as this layout closes its labels."""
        return f"{words}{self.design.colon}"

    def stack(self, x: float, y: float, rows: list[str], *, size: float = 0, colour: str = INK, align: str = "left", room: float = 90) -> float:
        """Write rows below each other, each fitted to the room; return the baseline below them."""
        size = size or self.sheet.draw.size
        for row in rows:
            self.fitted(x, y, row, room, size=size, colour=colour, align=align)
            y += size * POINT * self.design.lead
        return y

    def bar(self, y: float, height: float, *, fill: str = "#eceff2", stroke: str = "") -> None:
        """Draw a bar from margin to margin."""
        self.sheet.draw.box(self.left, y, self.width, height, fill=fill, stroke=stroke)

    def rule(self, y: float, *, weight: float = 0.5, colour: str = INK) -> None:
        """Draw a line from margin to margin."""
        self.sheet.draw.rule(self.left, y, self.width, weight=weight, colour=colour)

    def new_page(self) -> float:
        """Go on on another sheet under a short head; return where to write."""
        sheet = self.sheet
        sheet.draw.next_page()
        self.text(self.left, 18, sheet.paper.issuer.trade_name, bold=True)
        self.text(self.right, 18, f"{sheet.words.title} {sheet.paper.number} - pagina {len(sheet.draw.pages)}", size=8, colour=GREY, align="right")
        return 30.0

    def room_for(self, y: float, height: float) -> float:
        """Return y where the height still fits on this sheet, and the top of the next where it doesn't."""
        return y if y + height <= BOTTOM else self.new_page()

    def amount(self, amount: Decimal) -> str:
        """Write an amount as the document does, or nothing on papers without prices."""
        return self.sheet.money(amount) if self.sheet.paper.priced else ""
