"""Say what stands around an amount and calls it something: before and behind it, left of it, over it, beside it in two lines."""

from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import layout
from reviews.proofs.evidence.amount_words import said

STACKED = 1.6
"""Heights between an amount and the two lines of the label beside it (`TOTAAL` over `incl. btw`)."""
BESIDE = 0.45
"""Widths of the page between a stacked label and its amount."""


def announced(span: Span, context: Context) -> list[str]:
    """Return what is said of an amount before and behind it in its cell, left of it, over it, and beside it in two lines."""
    own = said(layout.said(span.cell.words[: span.start]))
    behind = said(layout.said(span.cell.words[span.end :]))
    found = ([f"in:{own}"] if own else []) + ([f"behind:{behind}"] if behind else [])
    return found if own else found + _around(span, context)


def _around(span: Span, context: Context) -> list[str]:
    left = [(at, word) for at, cell in enumerate(context.around.left_of(span.cell)) if (word := said(cell.text))][:1]
    over = context.around.over(span.cell, span.x0, span.x1)[:3]
    named = [(at, cell) for at, cell in enumerate(over[:2]) if said(cell.text)]
    found = [f"left{min(at, 2) or ''}:{word}" for at, word in left]
    found += [f"over{at or ''}:{said(cell.text)}" for at, cell in named[:1]]
    found += [f"over both:{said(named[1][1].text + ' ' + named[0][1].text)}"] if len(named) > 1 else []
    if not found:
        found += [f"under:{said(cell.text)}" for cell in context.around.under(span.cell, span.x0, span.x1)[:1]]
    return found + _stacked(span, context, bool(left))


def _stacked(span: Span, context: Context, is_labelled: bool) -> list[str]:
    """Return what two lines left of an amount say together, one of them a little higher or lower."""
    cell = span.cell
    reach = STACKED * context.around.tallest(cell.page)
    near = [
        other
        for other in context.around.between(cell.page, cell.middle - reach, cell.middle + reach)
        if span.x0 - BESIDE < other.x0
        and other.x1 <= span.x0 + 0.005
        and 0.3 * cell.height < abs(other.middle - cell.middle) < STACKED * max(other.height, cell.height)
        and said(other.text)
    ]
    if is_labelled:
        beside = [other for other in context.around.left_of(cell) if said(other.text)][:1]
        both = sorted([*beside, *near[:1]], key=lambda other: other.middle)
        return [f"joined:{said(' '.join(other.text for other in both))}"] if near else []
    if len(near) > 1:
        return [f"stacked:{said(near[0].text + ' ' + near[-1].text)}"]
    return [f"aside:{said(other.text)}" for other in near]
