"""Find what a document costs in the end: the amount incl. btw, before any payment is taken off.

All amounts are candidates. What the words around one call it, and whether the amounts add up with it as a total, is the evidence.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from reviews.proofs.candidates import amount_labels
from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import IN_LINE, Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.layout import Cell

RATES = (Decimal(21), Decimal(9), Decimal(6), Decimal(12), Decimal(19), Decimal(20), Decimal(7), Decimal("5.5"))
"""Rates of btw, TVA and MwSt. in the Netherlands, Belgium, Germany and France, in per cent."""
CLOSED = 0.95
"""How surely the figures of a total were read that closes with its btw: one misread figure that closes by chance needs the same slip twice."""
ADDED_UP = 0.7
"""How sure a total is at most that nothing calls one, though the amounts add up."""
_CALLED = re.compile(r"[a-z ]+\d?:(inclusive|plain|due|left|perhaps)$")
CENT = Decimal("0.01")
ROUNDING, NEARLY, MOST_CENTS = Decimal("0.03"), Decimal("0.02"), 4
"""Euros by which btw per line and over the sum may differ, in sums of two and of one; and the cents that are tried around a base."""
MOST_PAID = 50
"""Payments that are looked at, the largest first; a page with more is no invoice."""
SENTENCE, MOST_IN_ROW = 8, 4


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The amounts of a document without their signs, the largest first, how often each stands there, which close with btw, which were paid.

    `most` is the largest of those that close, `most_size` the largest size of one.
    """

    amounts: tuple[Decimal, ...]
    often: dict[Decimal, int]
    closing: frozenset[Decimal]
    paid: tuple[Decimal, ...]
    most: Decimal | None
    most_size: Decimal


def candidates(context: Context) -> list[Candidate]:
    """Return all amounts with their evidence; the value is written with a point and two figures."""
    every = [(Span(cell, start, end), amount) for cell in context.cells for start, end, amount in _amounts_in(cell)]
    announced = [(span, amount, amount_labels.announced(span, context)) for span, amount in every]
    # What an order or a quotation comes to is another paper's total.
    kept = [item for item in announced if item[2][:1] not in (["in:order"], ["left:order"])]
    found, named = [(span, amount) for span, amount, _ in kept], [names for _, _, names in kept]
    values = [amount for _, amount in found]
    often = Counter(abs(value) for value in values)
    closing = frozenset(value for value in set(values) if closes(value, often))
    sums = Sums(
        amounts=tuple(sorted({abs(value) for value in values}, reverse=True)),
        often=often,
        closing=closing,
        most=max(closing, default=None),
        most_size=max(map(abs, closing), default=Decimal(0)),
        paid=tuple(sorted({abs(value) for value, names in zip(values, named, strict=True) if _is_paid(names)}, reverse=True)[:MOST_PAID]),
    )
    lowest = max(((span.cell.page, span.cell.middle) for span, _ in found), default=(0, 0.0))
    return [
        Candidate(f"{amount:.2f}", span.words, (*names, *context.places(span.cell), *_reckoned(amount, sums), *_place(span, context, lowest)))
        for (span, amount), names in zip(found, named, strict=True)
    ]


def _is_paid(names: Sequence[str]) -> bool:
    return any(name.endswith(":paid") for name in names)


def is_announced(candidate: Candidate) -> bool:
    """Whether any words call an amount a total, or may do so."""
    return any(_CALLED.match(name) for name in candidate.evidence)


def _amounts_in(cell: Cell) -> Iterator[tuple[int, int, Decimal]]:
    """Yield the amounts of a cell with the words at which each begins and ends."""
    starts, text = list[int](), ""
    for word in cell.words:
        starts.append(len(text))
        text += word.text + " "
    for first, last, amount in patterns.place_amounts(text):
        begin = max(at for at, start in enumerate(starts) if start <= first)
        end = max(at for at, start in enumerate(starts) if start < last) + 1
        yield begin, end, amount


def _reckoned(amount: Decimal, sums: Sums) -> list[str]:
    """Return what arithmetic says for and against an amount as the whole total."""
    size = abs(amount)
    holds = {
        "largest": size == sums.amounts[0],
        "second": sums.amounts[1:2] == (size,),
        "closes": amount in sums.closing,
        "another closes": bool(sums.closing) and amount not in sums.closing,
        "largest that closes": amount == sums.most,
        "below one that closes": sums.most_size > size,
        "net and btw": _adds_up(size, sums.often),
        "what is left of a whole": any(size + paid in sums.often for paid in sums.paid if paid != size),
        "before what was paid": any(size - paid in sums.often for paid in sums.paid if paid != size),
        "repeated": sums.often[size] > 1,
        "negative": amount < 0,
        "zero": amount == 0,
    }
    return [name for name, is_so in holds.items() if is_so]


def _adds_up(whole: Decimal, present: Collection[Decimal]) -> bool:
    """Whether an amount is another without btw and its btw, both of them on the page."""
    return any(base in present and whole - base in present and whole - base < base and _is_btw(whole - base, base) for base in _bases(whole))


def _bases(whole: Decimal) -> Iterator[Decimal]:
    return (base for rate in RATES for base in _bases_at(whole, rate))


def _bases_at(whole: Decimal, rate: Decimal) -> Iterator[Decimal]:
    """Yield what an amount may be without btw at a rate, to a few cents."""
    base = (whole * 100 / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
    return (base + CENT * cents for cents in range(-MOST_CENTS, MOST_CENTS + 1))


def _place(span: Span, context: Context, lowest: tuple[int, float]) -> list[str]:
    cell = span.cell
    row = context.around.beside(cell, share=IN_LINE)
    found = [f"row:{min(sum(len(patterns.find_amounts(other.text)) for other in row), MOST_IN_ROW)}"]
    found += ["lowest"] if cell.page == lowest[0] and abs(cell.middle - lowest[1]) < cell.height else []
    return found + (["in a sentence"] if len(cell.words) > SENTENCE else [])


def closes(total: Decimal, present: Collection[Decimal]) -> bool:
    """Whether a total closes with a btw amount on the page: at a usual rate of the total, or with an amount without btw at such a rate.

    `present` are the amounts of the page without their signs; a set, since each of thousands may be asked about.
    """
    whole = abs(total)
    if any((tax := _share(whole, rate, 100 + rate)) in present and tax != whole for rate in RATES):
        return True
    # Two cents of room: btw is rounded per line or over the sum.
    near = (base for rate in RATES for base in _bases_at(whole, rate) if abs(base - whole * 100 / (100 + rate)) < NEARLY)
    return any(base in present and base != whole for base in near) or _adds_up(whole, present)


def _share(amount: Decimal, part: Decimal, of: Decimal) -> Decimal:
    return (amount * part / of).quantize(CENT, ROUND_HALF_UP)


def _is_btw(amount: Decimal, base: Decimal) -> bool:
    return any(abs(_share(base, rate, Decimal(100)) - amount) < ROUNDING for rate in RATES)
