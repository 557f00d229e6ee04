"""Find what goes with the name of a customer: the line on which a broken name goes on, the postcode, the house number."""

import re
from collections.abc import Sequence

import msgspec

from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import address, layout, patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import CAPITAL, SMALL, Cell
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.reading import Word

ALIGNED, CENTRED = 0.014, 0.016
"""Widths of the page by which the edges, or the centres, of lines of one address may differ."""
DEEPEST, MOST_LINES, LINES_UP = 0.16, 5, 2.6
"""How far an address reaches: widths of the page, lines, and ems between two of them."""
LEVEL = 0.65
"""Of the height of a line: a town beside a postcode stands no higher or lower."""
TOWN_GAP = 0.04
"""Widths of the page: three or four spaces of a typewriter."""
# A surname follows these, so a line that ends in one goes on in the next.
_BROKEN_AFTER = {"van", "von", "de", "den", "der", "ter", "ten", "te", "la", "le", "el", "d'", "'t", "op", "in", "aan", "bij", "uit"}


def lines_under(span: Span, context: Context) -> list[Cell]:
    """Return the lines of the block under a name, at most five, the nearest first."""
    cell, lines = span.cell, list[Cell]()
    last = cell
    for other in context.around.between(cell.page, cell.middle, cell.middle + DEEPEST):
        gap = other.middle - last.middle
        aligned = min(abs(other.x0 - span.x0), abs(other.x0 - cell.x0)) < ALIGNED or abs(other.x0 + other.x1 - span.x0 - span.x1) < CENTRED
        if len(lines) == MOST_LINES:
            break
        if not aligned or gap < 0.4 * last.height:
            continue
        if gap > LINES_UP * max(last.height, other.height, SMALL) / CAPITAL:
            break
        lines.append(other)
        last = other
    return lines


def whole_name(span: Span, context: Context) -> tuple[Word, ...]:
    """Add the next line to a name that was broken after its tussenvoegsel (`U.T. op de` / `Beek`); `Lam, W., 't` is whole."""
    words = span.words
    if patterns.folded(words[-1].text) not in _BROKEN_AFTER or any("," in word.text for word in words):
        return words
    under = [cell for cell in lines_under(span, context)[:1] if len(cell.words) <= 3]
    return words + under[0].words if under and address.is_name(under[0].text) and address.house_number(under[0].text) is None else words


def placed(named: Addressee, span: Span, context: Context, own_postcodes: frozenset[str]) -> Addressee:
    """Add postcode and house number: of the same line, of the lines beneath, else those that the page labels as such."""
    rest = span.cell.words[span.end :]
    if rest and (postcode := address.postcode_of(rest) or patterns.find_postcode(layout.said(rest))):
        return _at(named, postcode, rest, inline_number(rest))
    lines = lines_under(span, context)
    for at, line in enumerate(lines):
        words = _with_town(line, context)
        postcode = address.postcode_of(words) or _wrapped_postcode(line, lines[at + 1 :])
        if postcode is not None:
            return _at(named, postcode, words, _number_in(lines[:at], span, context))
    place, street = _labelled(Label.PLACE, span, context), _labelled(Label.STREET, span, context)
    if place and (postcode := address.postcode_of(place)) and postcode not in own_postcodes:
        return _at(named, postcode, place, address.house_number(layout.said(street)) if street else None)
    return named


def _at(named: Addressee, postcode: str, words: tuple[Word, ...], number: str | None) -> Addressee:
    return msgspec.structs.replace(named, postcode=postcode, postcode_words=words, house_number=number)


def inline_number(words: tuple[Word, ...]) -> str | None:
    """Return the house number in `Dorpsstraat 3, 1234 AB Ede`."""
    before = re.split(r",|\s[1-9]\d{3}\s?[A-Z]{2}\b", layout.said(words).lstrip(", -|•·"))[0]
    return address.house_number(before)


def _number_in(lines: Sequence[Cell], span: Span, context: Context) -> str | None:
    """Return the house number of the lines between name and place, the lowest first; it may have fallen to a line of its own."""
    for at in range(len(lines) - 1, -1, -1):
        if number := address.house_number(lines[at].text):
            return number
        if at and re.fullmatch(r"\d{1,5}\s?[A-Za-z]?", lines[at].text):
            return lines[at].text
    street = _labelled(Label.STREET, span, context)
    return address.house_number(layout.said(street)) if street else None


def _with_town(place: Cell, context: Context) -> tuple[Word, ...]:
    """Add the town to a postcode that stands apart from it, as typewriters set it."""
    if not re.fullmatch(r"(?:B-)?\d{4,5}|\d{4}\s?[A-Z]{2}", place.text):
        return place.words
    level = [
        other
        for other in context.around.between(place.page, place.middle - LEVEL * place.height, place.middle + LEVEL * place.height)
        if 0 <= other.x0 - place.x1 < TOWN_GAP and not any(char.isdigit() for char in other.text)
    ]
    return place.words + (level[0].words if level else ())


def _wrapped_postcode(line: Cell, following: Sequence[Cell]) -> str | None:
    """Return a postcode whose letters fell to the next line of a narrow column."""
    if not following or not re.fullmatch(r"[1-9]\d{3}", line.words[0].text):
        return None
    return line.words[0].text + following[0].text if re.fullmatch(r"[A-Z]{2}", following[0].text) else None


def _labelled(label: Label, span: Span, context: Context) -> tuple[Word, ...] | None:
    """Return the words behind, right of or beneath the label that stands nearest to a name on its page."""
    mentions = [mention for cell in context.around.of_page(span.cell.page) for mention in context.around.mentions_in(cell) if mention.name == label]
    for mention in sorted(mentions, key=lambda mention: abs(mention.cell.middle - span.cell.middle)):
        rest = mention.cell.words[mention.end :]
        if any(char.isalnum() for word in rest for char in word.text):
            return rest
        beside = context.around.right_of(mention.cell)[:1] + context.around.under(mention.cell, mention.cell.x0, mention.cell.x1)[:1]
        if beside:
            return beside[0].words
    return None
