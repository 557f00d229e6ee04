"""Choose what a person needs to see of a document to judge it: the fields, their labels, and the issuer. All else is redacted.

The law asks for no more data than the purpose needs (AVG art. 5 lid 1 c): what was bought, telephone numbers, the customer's account, remarks
and signatures prove nothing about who bought where.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from reviews.proofs import extraction
from reviews.proofs.candidates import mentions, splitting
from reviews.proofs.candidates.addressees import Own
from reviews.proofs.evidence import identifiers, layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.reading import Reading, Word

Box = tuple[float, float, float, float]
NEEDED_LABELS = {
    Label.INVOICE_NUMBER,
    Label.WORK_NUMBER,
    Label.CREDIT_NUMBER,
    Label.PLAIN_NUMBER,
    Label.ORDER_NUMBER,
    Label.INVOICE_DATE,
    Label.WORK_DATE,
    Label.PLAIN_DATE,
    Label.CUSTOMER,
    Label.PLACE,
    Label.EMAIL,
}
LOWEST_HEAD = 0.3
"""Widths of the page; a letterhead does not reach lower."""
ASIDE, APART = 0.02, 2.4
"""Widths of the page between the edges of lines of one block, and heights of a line between them."""
MOST_LINES = 6
MOST_ADDRESSEES = 3
"""The issuer, the customer, and where the goods went."""


def needed_words(reading: Reading) -> tuple[list[Word], dict[int, float]] | None:
    """Return the words to keep and how far each page's letterhead reaches, in widths; None when a document says neither number nor name."""
    found, *others = map(extraction.likely, _by_addressee(reading))
    if found.number is None and found.customer_name is None:
        return None
    cells = layout.cells_of(reading.words)
    fields = [field for field in (found.kind, found.number, found.date, found.email, found.total) if field]
    customer = list(_customer_cells(found, cells))
    kept = [word for field in fields for word in reading.words if _lies_in(word, field)]
    kept += [word for one in (found, *others) for word in _addressee_words(one, cells, reading.words)]
    announced = mentions.find_mentions(splitting.parted(cells))
    kept += [word for mention in announced if mention.name in NEEDED_LABELS for word in mention.cell.words[mention.start : mention.end]]
    kept += _announcing(found.total, cells)
    kept += [word for cell in _issuer_cells(cells, customer, found) for word in cell.words]
    return kept, _heads(found)


def _by_addressee(reading: Reading) -> list[Extraction]:
    """Return what a document says, first by its most likely addressee, then by the next ones.

    Which addresses belong to branches is not known here: rather show everybody who could be the customer than redact the customer.
    """
    found, passed = [extraction.extract(reading)], set[str]()
    while len(found) < MOST_ADDRESSEES and (code := found[-1].postcode) is not None and code.value not in passed:
        passed.add(code.value)
        found.append(extraction.extract(reading, Own(postcodes=frozenset(passed))))
    return found


def _addressee_words(found: Extraction, cells: Sequence[Cell], words: Sequence[Word]) -> list[Word]:
    """Return name, house number and postcode, without street and place."""
    name = [word for word in words if found.customer_name is not None and _lies_in(word, found.customer_name)]
    return name + _postcode_words(found, words) + _house_words(found, list(_customer_cells(found, cells)))


def _lies_in(word: Word, field: Field) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    left, top, right, bottom = field.box
    return word.page == field.page and left <= x <= right and top <= y <= bottom


def _postcode_words(found: Extraction, words: Iterable[Word]) -> list[Word]:
    """Return the words that form the postcode, without the place that stands on the same line."""
    if found.postcode is None:
        return []
    code = patterns.compact(found.postcode.value)
    return [word for word in words if _lies_in(word, found.postcode) and (text := patterns.compact(word.text)) and (text in code or code in text)]


def _customer_cells(found: Extraction, cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the lines from the customer's name down to the postcode, and what stands beside them in the same block."""
    name, code = found.customer_name, found.postcode
    if name is None:
        return
    bottom = code.box[3] if code is not None and code.page == name.page and code.box[3] > name.box[1] else name.box[3]
    left = min(name.box[0], code.box[0]) if code is not None else name.box[0]
    right = max(name.box[2], code.box[2]) if code is not None else name.box[2]
    for cell in cells:
        first, last = cell.words[0], cell.words[-1]
        if cell.page == name.page and first.x0 <= right and last.x1 >= left and name.box[1] - 0.002 <= first.y0 and first.y1 <= bottom + 0.002:
            yield cell


def _house_words(found: Extraction, customer: Sequence[Cell]) -> list[Word]:
    """Return the house number of the customer's street, without the street."""
    number = patterns.compact(found.house_number or "")
    if not number:
        return []
    for cell in customer:
        for start in range(1, len(cell.words)):
            if patterns.compact("".join(word.text for word in cell.words[start:])) == number:
                return list(cell.words[start:])
        if len(cell.words) == 1 and patterns.compact(cell.text) == number:
            return list(cell.words)
    return []


def _announcing(total: Field | None, cells: Sequence[Cell]) -> list[Word]:
    """Return the words that call an amount the total: what stands nearest to its left on its line."""
    amount = next((cell for cell in cells if total is not None and any(_lies_in(word, total) for word in cell.words)), None)
    if amount is None:
        return []
    level = [cell for cell in _beside(amount, cells) if cell.x1 <= amount.x0 + 0.005 and any(char.isalpha() for char in cell.text)]
    nearest = max(level, key=lambda cell: cell.x1, default=None)
    return [word for word in nearest.words if any(char.isalpha() for char in word.text) or "%" in word.text] if nearest else []


def _issuer_cells(cells: Sequence[Cell], customer: Sequence[Cell], found: Extraction) -> list[Cell]:
    """Return the lines that name a company by its numbers or site, and the block around each, up to where the customer begins."""
    own = found.email.value.rpartition("@")[2].lower() if found.email else ""
    # By identity: two lines with the same text are two lines.
    barred = {id(cell) for cell in customer}
    kept = {id(cell): cell for cell in cells if id(cell) not in barred and _names_company(cell, own)}
    for start in list(kept.values()):
        for cell in (*_block(start, cells, barred, -1), *_block(start, cells, barred, 1), *_beside(start, cells)):
            if id(cell) not in barred:
                kept[id(cell)] = cell
    return list(kept.values())


def _names_company(cell: Cell, customers_domain: str) -> bool:
    marks = identifiers.find_identifiers([cell])
    own_sites = [site for site in marks.sites if site.removeprefix("www.") != customers_domain]
    return bool(marks.kvk or marks.btw or own_sites)


def _block(start: Cell, cells: Sequence[Cell], barred: set[int], step: int) -> Iterator[Cell]:
    """Yield the lines above (step -1) or below (1) a line that belong to the same block."""
    last = start
    for _ in range(MOST_LINES):
        # 0.008 stands in for lines with hardly any height, such as dashes.
        reach = APART * max(last.height, 0.008) / layout.CAPITAL
        near = [cell for cell in cells if cell.page == last.page and 0 < step * (cell.middle - last.middle) < reach and _aligned(cell, last)]
        following = min(near, key=lambda cell: step * cell.middle, default=None)
        # Stops at amounts and at fields of the customer: a block of the issuer has neither.
        if following is None or id(following) in barred or patterns.find_amounts(following.text) or _is_field(following):
            return
        yield following
        last = following


def _is_field(cell: Cell) -> bool:
    return (
        bool(re.search(r"\b(uw|klant|tel\w*|mobiel|06)\b", cell.text, re.IGNORECASE))
        and not identifiers.find_identifiers([cell]).sites
        and len(cell.words) < 3
    )


def _aligned(one: Cell, other: Cell) -> bool:
    edges = (one.x0 - other.x0, one.x1 - other.x1, (one.x0 + one.x1 - other.x0 - other.x1) / 2)
    return min(abs(edge) for edge in edges) < ASIDE


def _beside(start: Cell, cells: Sequence[Cell]) -> list[Cell]:
    """Return what stands on the same line of a foot: account, bank code, registration numbers side by side."""
    return [
        cell
        for cell in cells
        if cell.page == start.page and abs(cell.middle - start.middle) < 0.65 * start.height and not patterns.find_amounts(cell.text)
    ]


def _heads(found: Extraction) -> dict[int, float]:
    """Return where the letterhead of the first page ends: above the first thing that is the customer's or the document's own."""
    fields = [field for field in (found.customer_name, found.postcode, found.number, found.date) if field]
    page = min(field.page for field in fields)
    return {page: min(LOWEST_HEAD, *(field.box[1] - 0.006 for field in fields if field.page == page))}
