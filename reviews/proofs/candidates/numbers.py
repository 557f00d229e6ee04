"""Find the document's own number among the many numbers on it: what could be one, with the evidence for and against each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.dates import Dated
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import identifiers, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import LABELS, Label
from reviews.proofs.reading import Word

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
_GLUED = re.compile(r"^(?:nr|no|n°|nº|#)[.:]*(?=[A-Z]*[-./]?\d)", re.IGNORECASE)
"""The last label, where no space parts it from the number (`NR.2025/448`)."""
SENTENCE, FIGURES = 8, (2, 3, 4, 12, 20)
"""Words of a cell that is running text, and the classes of numbers by how many figures they have."""
DOUBTFUL = 0.5
"""How sure a number is at most that is called another's."""
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
    texts = [_GLUED.sub("", word.text.strip(":;,|()")) for word in words]
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


def candidates(context: Context, days: Sequence[Dated]) -> list[Candidate]:
    """Return all that could be the number of a document; `days` are the dates on it, whose figures are no numbers."""
    years = frozenset(day.year for _, day in days)
    dated = {id(word) for span, _ in days for word in span.words}
    registered = _registered(context)
    found = [
        (span, value)
        for cell in context.cells
        if not context.takes_off(cell)
        for at, (value, words) in _numbers_in(cell)
        if patterns.compact(value) not in registered
        if _is_announced(span := Span(cell, at, at + len(words)), context) or not any(id(word) in dated for word in words)
    ]
    often = Counter(value for _, value in found)
    return [
        Candidate(
            value,
            span.words,
            (
                *context.relations(span),
                *context.places(span.cell),
                *_form(value, span, years),
                *_company(span, context),
                *(["repeated"] if often[value] > 1 else []),
            ),
        )
        for span, value in found
    ]


def is_anothers(candidate: Candidate) -> bool:
    """Whether the label of a number calls it the customer's, an order's, a quotation's, a telephone's."""
    return any(f"labelled:{label}" in candidate.evidence for label in (Label.OTHER_NUMBER, Label.PHONE))


def _registered(context: Context) -> frozenset[str]:
    """Return the numbers by which companies are known on a document: none of them is the document's own."""
    marks = identifiers.find_identifiers(context.cells)
    return frozenset(patterns.compact(number) for number in (*marks.kvk, *marks.btw, *marks.iban, *marks.unsound, *marks.phones))


def _is_announced(span: Span, context: Context) -> bool:
    """Whether the label of a value calls it a number: a few programs number their papers by the day."""
    return any(name.endswith("_number") for name in context.relations(span)[:1])


def _numbers_in(cell: Cell) -> Iterator[tuple[int, Parsed]]:
    """Yield the numbers of a cell with the word at which each starts: one that spaces may break, and its first part by itself as well."""
    at = 0
    while at < len(cell.words):
        parsed = parse_number(cell.words[at:]) if _may_begin(cell.words[at:]) else None
        if parsed is None:
            at += 1
            continue
        yield at, parsed
        first = parse_number(cell.words[at : at + 1]) if len(parsed[1]) > 1 else None
        if first is not None:
            yield at, first
        at += len(parsed[1])


def _may_begin(words: tuple[Word, ...]) -> bool:
    if any(char.isdigit() for char in words[0].text):
        return True
    return len(words) > 1 and bool(re.fullmatch(r"[A-Z]{1,5}[-./]?|[-#]", words[0].text))


def _form(value: str, span: Span, years: frozenset[int]) -> list[str]:
    """Return what a number looks like: figures, letters, signs, and whether it holds a year of the document."""
    figures, letters = sum(char.isdigit() for char in value), sum(char.isalpha() for char in value)
    found = [f"figures:{next(most for most in FIGURES if figures <= most)}"]
    found += ["wordy"] if letters > figures else ["letters"] if letters else []
    found += ["parted"] if re.search(r"[-./_]", value) else []
    found += ["spaced"] if len(span.words) > 1 else []
    if any(str(year) in value for year in years):
        return [*found, "year"]
    return [*found, "short year"] if any(re.match(rf"[A-Z]*[-./]?{year % 100:02d}", value, re.IGNORECASE) for year in years) else found


def _company(span: Span, context: Context) -> list[str]:
    """Return what stands with a number in its cell and right beneath it."""
    text = span.cell.text
    under = context.around.under(span.cell, span.cell.x0, span.cell.x1)
    holds = {
        "alone": len(span.cell.words) == len(span.words),
        "in a sentence": len(span.cell.words) > SENTENCE,
        "beside a postcode": patterns.find_postcode(text) is not None,
        "beside an amount": bool(patterns.find_amounts(text)),
        "beside a date": patterns.find_date(text) is not None,
        "beside an account": patterns.IBAN.search(text) is not None,
        "over a postcode": bool(under) and patterns.find_postcode(under[0].text) is not None,
        "behind words": not span.leads and not context.around.mentions_in(span.cell),
    }
    return [name for name, is_so in holds.items() if is_so]
