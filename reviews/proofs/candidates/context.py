"""What the candidates of a document have in common: its kind, its cells with what they announce, its rows of goods, its usual height of letters."""

import statistics
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from reviews.proofs.candidates.mentions import Mention
from reviews.proofs.candidates.relations import Span, Surroundings, relations
from reviews.proofs.evidence import amount_words, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind, Label

_INVOICE = (Label.INVOICE_NUMBER, Label.INVOICE_DATE)
_WORK = (Label.WORK_NUMBER, Label.FORM_DATE)
_CREDIT = (Label.CREDIT_NUMBER, Label.INVOICE_DATE)
_OWN = {Kind.FACTUUR: (_INVOICE, _WORK, "done"), Kind.WERKBON: (_WORK, _INVOICE, "done_work"), Kind.CREDITNOTA: (_CREDIT, _WORK, "done")}
"""Per kind: the labels of its own number and date, those of the other kind, and what the day of the work is called."""
_SUMS = (
    *("totaal", "subtotaal", "btw", "total", "tva", "mwst", "netto", "bruto", "tebetalen", "nogtebetalen", "summe", "gesamt"),
    *("factuurbedrag", "aanbetaling"),
)
"""How the lines under a table of goods begin."""
IN_LINE = 0.6
"""Of the height of the taller of two cells: their centre lines lie no further apart on one line."""
LARGE = 1.25
"""Heights of the usual text from which a cell stands out."""


class Context:
    """A document's cells as candidates see them: `every` cell, and those from the page on which the document proper begins (`first`)."""

    def __init__(self, cells: Sequence[Cell], mentions: Iterable[Mention], kind: Kind, first: int) -> None:
        """Put the mentions in terms of the kind (`own_number`) and find where the rows of goods are."""
        mentions = tuple(mentions)
        names = _renamed(kind, {mention.name for mention in mentions})
        self.kind, self.first = kind, first
        self._related: dict[tuple[int, int, int], list[str]] = {}
        self.every = tuple(cells)
        self.cells = cells = tuple(cell for cell in cells if cell.page >= first)
        self.announced = tuple(mention for mention in mentions if mention.cell.page >= first)
        self.around = Surroundings(
            cells, (msgspec.structs.replace(mention, name=names.get(mention.name, mention.name)) for mention in self.announced)
        )
        self.usual = {page: _usual([cell for cell in cells if cell.page == page]) for page in {cell.page for cell in cells}}
        heads = [cell for cell in cells if any(mention.name == Label.TABLE for mention in self.around.mentions_in(cell))]
        self._heads = {id(cell) for head in heads for cell in self.around.beside(head, share=IN_LINE)}
        # The highest of each page: what stands beneath it may be a row of goods.
        self._tables = {head.page: head for head in sorted(heads, key=lambda head: -head.middle)}
        self._rows = {id(cell) for cell in cells if self._is_row(cell)}

    def relations(self, span: Span) -> list[str]:
        """Return how a span stands to what announces values."""
        key = (id(span.cell), span.start, span.end)
        if key not in self._related:
            self._related[key] = relations(span, self.around)
        return self._related[key]

    def in_goods(self, cell: Cell) -> bool:
        """Whether a cell stands in a row of goods: beneath the head of their table, beside amounts."""
        return id(cell) in self._rows

    def takes_off(self, cell: Cell) -> bool:
        """Whether a line takes a payment off: what it names is another paper's (`Af: aanbetaling factuur 2026-001 d.d. 01-03-2026 € 1.000,00`)."""
        if not amount_words.takes_off(cell.text):
            return False
        return any(patterns.find_amounts(other.text) for other in (cell, *self.around.right_of(cell)))

    def is_head(self, cell: Cell) -> bool:
        """Whether a cell is part of the head of the table of goods."""
        return id(cell) in self._heads

    def size(self, cell: Cell) -> float:
        """Return the height of a cell in heights of its page's usual text."""
        return cell.height / self.usual[cell.page] if self.usual[cell.page] else 1.0

    def places(self, cell: Cell) -> list[str]:
        """Return where a cell stands, as evidence."""
        found = ["page:first" if cell.page == self.first else "page:later"]
        found += ["large"] if self.size(cell) > LARGE else []
        found += ["goods"] if self.in_goods(cell) else []
        return found + (["head"] if self.is_head(cell) else [])

    def _is_row(self, cell: Cell) -> bool:
        head = self._tables.get(cell.page)
        if head is None or head.middle >= cell.middle:
            return False
        beside = self.around.beside(cell, share=IN_LINE)
        if any(other is head for other in beside):
            return False
        # A line of totals has one amount and a label; a row of goods several columns, or a text that announces nothing.
        words = [other for other in beside if any(char.isalpha() for char in other.text) and not patterns.find_amounts(other.text)]
        return bool(words) and not any(patterns.compact(other.text).startswith(_SUMS) for other in words)


def _renamed(kind: Kind, announced: AbstractSet[str]) -> dict[str, str]:
    """Return what labels are called for a kind: `own_number` on an invoice is `rival_number` on a work order."""
    if kind not in _OWN:
        return {f"title:{kind.value}": "title:own"}
    own, rival, done = _OWN[kind]
    names = {own[0]: "own_number", own[1]: "own_date", rival[0]: "rival_number", rival[1]: "rival_date", Label.WORK_DATE: f"{done}_date"}
    # A work order that is dated by no other day is dated by that of the work.
    if kind is Kind.WERKBON and not announced & {Label.FORM_DATE.value, Label.PLAIN_DATE.value}:
        names[Label.WORK_DATE] = "own_date"
    return {label.value: name for label, name in names.items()} | {f"title:{kind.value}": "title:own"}


def _usual(cells: Sequence[Cell]) -> float:
    return statistics.median([cell.height for cell in cells if len(cell.text) >= 4] or [cell.height for cell in cells])
