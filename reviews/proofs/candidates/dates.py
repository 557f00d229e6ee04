"""Find the date of a document among the days on it: all of them, with the evidence for and against each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.reading import Word

SENTENCE, LONGEST_TOWN = 8, 3
"""Words of a cell that is running text, and of the name of a town before the date of a letter."""
OF_OTHERS = frozenset(f"past:{label}" for label in (Label.OTHER_NUMBER, Label.ORDER_NUMBER, "title:other"))
"""How a day stands to the number of a quotation or an order in its own line."""
MOST_WORDS = 5
"""Words of a date as a recogniser may break it: `14 - 11 - 2025`."""
Dated = tuple[Span, date]


def find_dates(context: Context) -> list[Dated]:
    """Return every day that a document names, with where it stands."""
    return [(Span(cell, start, end), day) for cell in context.cells for start, end, day in _dates_in(cell.words)]


def _is_of_another_paper(span: Span, context: Context) -> bool:
    """Whether a day is that of a payment that is taken off, or of the quotation or order whose number stands before it."""
    return context.takes_off(span.cell) or any(name in OF_OTHERS for name in context.relations(span)[:1])


def _dates_in(words: Sequence[Word]) -> Iterator[tuple[int, int, date]]:
    at = 0
    while at < len(words):
        found = _date_at(words, at) if re.match(r"\W?\d", words[at].text) else None
        if found:
            yield at, *found
        at = found[0] if found else at + 1


def _date_at(words: Sequence[Word], at: int) -> tuple[int, date] | None:
    """Return the end of the date that begins with a word, and the day; the fewest words that say it."""
    for end in range(at + 1, min(at + MOST_WORDS, len(words)) + 1):
        said = layout.said(words[at:end])
        day = patterns.find_date(said) or patterns.find_date(said.replace(" ", ""))
        if day and (end == at + 1 or patterns.find_date(layout.said(words[at + 1 : end])) != day):
            return _with_rest_of_year(words, at, end) or (end, day)
    return None


def _with_rest_of_year(words: Sequence[Word], at: int, end: int) -> tuple[int, date] | None:
    """Read on where a recogniser broke the year of a date in two (`12-03-20 26`)."""
    if end == len(words) or not words[end - 1].text.endswith("20") or not re.fullmatch(r"\d\d", words[end].text):
        return None
    day = patterns.find_date("".join(word.text for word in words[at : end + 1]))
    return (end + 1, day) if day else None


def candidates(context: Context, found: Sequence[Dated]) -> list[Candidate]:
    """Return the days that `find_dates` found, as ISO dates, each with its evidence."""
    found = [(span, day) for span, day in found if not _is_of_another_paper(span, context)]
    days = sorted({day for _, day in found})
    often = Counter(day for _, day in found)
    return [
        Candidate(
            day.isoformat(),
            span.words,
            (
                *context.relations(span),
                *context.places(span.cell),
                *_company(span),
                _order(day, days),
                *(["repeated"] if often[day] > 1 else []),
            ),
        )
        for span, day in found
    ]


def _order(day: date, days: Sequence[date]) -> str:
    """Say where a day stands among all that are named: what is due comes after what is dated, an order before it."""
    if len(days) == 1:
        return "only"
    return "earliest" if day == days[0] else "latest" if day == days[-1] else "between"


def _company(span: Span) -> list[str]:
    before = span.cell.words[: span.start]
    town = 0 < len(before) <= LONGEST_TOWN and before[-1].text.endswith(",") and before[0].text[:1].isupper()
    found = ["behind a town"] if town else []
    found += ["alone"] if len(span.cell.words) == len(span.words) else []
    return found + (["in a sentence"] if len(span.cell.words) > SENTENCE else [])
