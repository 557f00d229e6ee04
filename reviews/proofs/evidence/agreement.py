"""Check whether a page says what an e-invoice says: a number, a name, a date, an amount, found anywhere among its words."""

import re
from decimal import Decimal

from reviews.proofs.evidence.patterns import compact, find_amounts, find_date, folded

LONGEST_DATE = 3
"""Words: 3 november 2026."""
MOST_WORDS = 3000
_MONTH_FIRST = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])[/.-](0?[1-9]|[12]\d|3[01])[/.-](20\d\d)(?!\d)")
_FIGURES = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.,\s'’]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}[.,]\d{1,2})(?!\d)")
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
    found = dates_in(text)
    return not found or issued in found


def dates_in(text: str) -> frozenset[str]:
    """Return the days (ISO) that a text says; figures that can be read either way (03/11/2026, in US order 11/03/2026) say both."""
    words = text.split()[:MOST_WORDS]
    pieces = [" ".join(words[index : index + LONGEST_DATE]) for index in range(len(words))]
    found = {day.isoformat() for piece in pieces if (day := find_date(piece))}
    swapped = {f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}" for match in _MONTH_FIRST.finditer(" ".join(words))}
    return frozenset(found | swapped)


def amounts_in(text: str) -> frozenset[str]:
    """Return the amounts that a text says, without their signs, as any country writes them (1.234,56 and 1,234.56 and 1'234.56)."""
    plain = {f"{abs(amount):.2f}" for amount in find_amounts(text)}
    return frozenset(plain | {_value_of(match[0]) for match in _FIGURES.finditer(text)})


def _value_of(written: str) -> str:
    """Return what figures with signs among them come to; the last sign parts the cents if one or two figures follow it, else it groups."""
    parts = re.split(r"[.,\s'’]", written)
    cents = parts.pop() if len(parts) > 1 and len(parts[-1]) < len("000") else "0"
    return f"{int(''.join(parts) or '0')}.{cents.ljust(2, '0')}"


def is_same_amount(one: str, other: str) -> bool:
    """Whether two amounts are equal to the cent, whatever their sign; what is no number equals nothing."""
    try:
        return abs(abs(Decimal(one)) - abs(Decimal(other))) < Decimal("0.01")
    except ArithmeticError:
        return False
