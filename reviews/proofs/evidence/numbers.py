"""Find the document's own number among the many numbers on it."""

import re
from collections.abc import Sequence

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.kinds import PROOFS, Title
from reviews.proofs.evidence.labels import Hit
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import LABELS, TITLES, Label
from reviews.proofs.inspection import Word

_NUMBER = re.compile(
    r"^[A-Z]{0,8}[-./_#]?\d[\dA-Z]*(?:[-./_][\dA-Z]+)*$|^[A-Z]{1,5}(?:[-./_][A-Z]{1,5})*[-./_]\d[\dA-Z]*(?:[-./_][\dA-Z]+)*$", re.IGNORECASE
)
_PART = re.compile(r"^(?:[A-Z]{1,5}|[-./]|[\d./-]+|[A-Z]{0,5}[\d./-]+)$")
_OTHER_USE = re.compile(
    r"0[6\d]\d?-?\d{6,8}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|[A-Z]{2}\d{2}[A-Z]{4}\d+|(NL|BE)\d{9,}(B\d\d)?|[1-9]\d{3}[A-Z]{2}", re.IGNORECASE
)
"""Telephone numbers, dates, accounts, btw-ids and postcodes."""
_ANNOUNCING = {word for label in (Label.INVOICE_NUMBER, Label.WORK_NUMBER, Label.PLAIN_NUMBER) for word in LABELS[label]} | {
    "factuur",
    "nota",
    "rekening",
    "werkbon",
    "bon",
}
_BEARING = {name for kind in PROOFS for name in TITLES[kind]}
_APART = re.compile(r"[\s:]+|(?<=[a-z])\.(?=\d)", re.IGNORECASE)
Parsed = tuple[str, tuple[Word, ...]]


def without_label(said: str) -> str:
    """Return a number as people type it without the words that announce it (`nr. 0511967`, `factuur 2026-12`)."""
    words = _APART.split(said.strip())
    while len(words) > 1 and patterns.compact(words[0]) in _ANNOUNCING:
        words = words[1:]
    return " ".join(words)


def parse_number(words: tuple[Word, ...]) -> Parsed | None:
    """Read a document number: it holds a figure, is no date, amount, postcode or telephone number, and may be broken by spaces."""
    texts = [word.text.strip(":;,|()") for word in words]
    count = 1
    while count < len(texts) and count < 4 and _PART.match(texts[count]) and _PART.match(texts[count - 1]) and not _starts_date(texts[count:]):
        count += 1
    if patterns.find_date(" ".join(texts[:3])) is not None and not patterns.find_date(texts[0]) and _NUMBER.match(texts[0]) is None:
        return None
    for size in range(count, 0, -1):
        value = "".join(texts[:size]).strip("./-#_")
        if is_number(value):
            return value, words[:size]
    return None


def _starts_date(texts: list[str]) -> bool:
    """Whether words begin with a date: that of the next column, not a further part of a number."""
    return bool(patterns.find_date(texts[0]) or (patterns.find_date(" ".join(texts[:3])) and not patterns.find_date(" ".join(texts[1:4]))))


def is_number(value: str) -> bool:
    """Whether a text can be the number of a document."""
    figures = sum(char.isdigit() for char in value)
    return figures >= 2 and len(value) <= 20 and bool(_NUMBER.match(value)) and not _OTHER_USE.fullmatch(value)


def titled_number(title: Title | None, cells: Sequence[Cell]) -> list[Parsed]:
    """Take a number that stands in the title, beside it, or right beneath it."""
    if title is None:
        return []
    rest = _from_first_figure(title.cell.words)
    under = [cell for cell in layout.below(title.cell, cells, lines=1.6)[:1] if len(cell.words) <= 2]
    places = [rest] if rest else [cell.words for cell in (*layout.right_of(title.cell, cells)[:1], *under)]
    return [parsed for words in places if words and (parsed := _without_label(words))]


def subject_number(subject: Title | None) -> list[Parsed]:
    """Take the number that follows the kind in the subject line of a letter (`Betreft: factuur nr. 2026-12`)."""
    if subject is None:
        return []
    words = subject.cell.words
    named = next((at for at, word in enumerate(words) if at and patterns.compact(word.text) in _BEARING), None)
    parsed = _without_label(words[named + 1 :]) if named is not None and named + 1 < len(words) else None
    return [parsed] if parsed else []


def payment_number(cells: Sequence[Cell]) -> list[Parsed]:
    """Take the number that a customer is asked to pay under (`onder vermelding van factuurnummer 2026-12`)."""
    found = list[Parsed]()
    for cell in cells:
        names = [patterns.compact(word.text) for word in cell.words]
        if not ({"vermelding", "ovv"} & set(names)):
            continue
        at = next((at for at, name in enumerate(names) if name in _ANNOUNCING and at and at + 1 < len(names)), None)
        parsed = parse_number(cell.words[at + 1 :]) if at is not None else None
        found += [parsed] if parsed else []
    return found


def _from_first_figure(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the words from the first with a figure on, and a letter that a recogniser parted from it (`W B2026/563`)."""
    first = next((at for at, word in enumerate(words) if any(char.isdigit() for char in word.text)), None)
    if first is None:
        return ()
    return words[first - 1 :] if first and re.fullmatch(r"[A-Z]", words[first - 1].text) else words[first:]


def _without_label(words: tuple[Word, ...]) -> Parsed | None:
    """Read `nr. 2026-12` and `No 12345`."""
    start = 1 if len(words) > 1 and patterns.compact(words[0].text) in {"nr", "no", "nummer", "n"} else 0
    return parse_number(words[start:])


def unlabelled_number(cells: Sequence[Cell], hits: Sequence[Hit], page: int) -> list[Parsed]:
    """Take the number in a row of values whose labels could not be read: the only one on the line of a date, in the upper half.

    It is no more than likely; only the branch's own list makes it certain.
    """
    labelled = {id(cell) for hit in hits for cell in (hit.cell, *layout.right_of(hit.cell, cells)[:1])}
    # In the same part of the page in which dates are sought (`dates.UPPER_PART`).
    free = [cell for cell in cells if cell.page == page and cell.middle < 0.75 and len(cell.words) <= 3 and id(cell) not in labelled]
    dated = [cell for cell in free if patterns.find_date(cell.text)]
    # Under the head of a table, a row with a date is a line of goods.
    if any(hit.label is Label.TABLE and hit.cell.middle < min((cell.middle for cell in dated), default=0) for hit in hits):
        return []
    beside = [cell for cell in free if cell not in dated and any(abs(cell.middle - other.middle) < cell.height for other in dated)]
    # Shorter ones may as well be quantities or page numbers.
    found = [parsed for cell in beside if (parsed := parse_number(cell.words)) and len(parsed[0]) >= 4]
    return found if len({value for value, _ in found}) == 1 else []
