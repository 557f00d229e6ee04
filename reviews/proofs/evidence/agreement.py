"""Check whether a page says what an e-invoice says: a number, a name, a date, an amount, found anywhere among its words."""

import re
from decimal import Decimal

from reviews.proofs.evidence.patterns import compact, find_date, folded

LONGEST_DATE = 3
"""Words: 3 november 2026."""
MOST_WORDS = 3000
LONG_ENOUGH = 6
"""Characters; shorter seller identifiers are schemes and codes."""


def says(text: str, value: str) -> bool:
    """Whether a page holds a value, however it is spaced, dotted and capitalised."""
    return compact(value) in compact(text)


def names_one_of(text: str, values: tuple[str, ...]) -> bool:
    """Whether a page holds one of several names and numbers; True when none of them is long enough to say anything."""
    telling = [value for value in values if len(value) >= LONG_ENOUGH]
    return not telling or any(says(text, value) for value in telling)


def names_person(text: str, name: str) -> bool:
    """Whether a page holds the longest part of a name: first names are shortened, surnames are not."""
    parts = re.findall(r"[^\W\d_]+", folded(name))
    # A name without letters cannot contradict anything.
    return not parts or max(parts, key=len) in folded(text)


def dates(text: str, issued: str) -> bool:
    """Whether a page holds a day (ISO), written in any way; True when there is no date on it at all, which says nothing."""
    words = text.split()[:MOST_WORDS]
    found = {day.isoformat() for index in range(len(words)) if (day := find_date(" ".join(words[index : index + LONGEST_DATE])))}
    return not found or issued in found


def is_same_amount(one: str, other: str) -> bool:
    """Whether two amounts are equal to the cent, whatever their sign; what is no number equals nothing."""
    try:
        return abs(abs(Decimal(one)) - abs(Decimal(other))) < Decimal("0.01")
    except ArithmeticError:
        return False
