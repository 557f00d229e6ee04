"""Find numbers and values that are not set as one program sets them: words that an editor changed without leaving the old ones beneath.

A program sets the digits of one number in one typeface, at one size, on one line; and a value in the typeface of the values around it. Measured
on 297 PDFs that nobody changed: no number with digits apart, and no value in a typeface of its own, though 12 of those documents use two or
three typefaces (for headings, payment slips and covers). Of 39 PDFs with one value retyped, 35 stand out; the others have another type size,
were retyped in the document's own typeface, or name another branch in the letterhead. A page that is turned, and slanted text, are not looked
at.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.inspection import Word

SEPARATORS = frozenset(".,-/:")
OVERLAP, GAP = 0.15, 0.12
"""Of the type size; how far two characters of one number overlap or stand apart at most. The narrowest space is 0.2."""
LEVEL = 0.35
"""Of the type size; what stands higher or lower belongs to another line."""
OFF_LINE, OTHER_SIZE = 0.025, 0.03
"""Of the type size; rounding of coordinates stays below 0.01."""
RAISED = 0.15
"""How much smaller raised cents and footnote marks are; those are typography."""
CELL, CROWDED = 4.0, 8
"""Points; and how many characters in such a square are looked at: a page that prints more over each other would only keep its reader busy."""
LIKE_ITS_NEIGHBOURS = 0.1
"""Of the type size; a total in large display type is a layout, one as large as what is around it is not."""
FEWEST_VALUES, MOST_ODD = 4, 2
"""Of the five values that are looked for; a form that was filled in by another program has most of them in its own typeface."""


@dataclass(frozen=True, slots=True)
class Character:
    """A digit, or a separator between digits, on a level line: its edges, type size and base line in points, and the word that it is part of."""

    text: str
    word: Word
    left: float
    right: float
    base: float
    size: float
    family: str


@dataclass(frozen=True, slots=True)
class SetWord:
    """A word with the family of its typeface and its type size in points."""

    word: Word
    family: str
    size: float


def uneven_numbers(characters: Iterable[Character]) -> list[Word]:
    """Return the words of numbers in which a digit stands beside one of another family or size, or off its base line."""
    # A grid: comparing each character with each would cost the square of 60,000.
    cells = defaultdict[tuple[int, int], list[Character]](list)
    placed = list(characters)
    for character in placed:
        cells[_cell(character.left, character.base)].append(character)
    found = dict[int, Word]()
    for one in placed:
        next_one = _next_digit(one, cells) if one.text.isdigit() else None
        if next_one and _apart(one, next_one):
            found |= {id(one.word): one.word, id(next_one.word): next_one.word}
    return list(found.values())


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // CELL), int(y // CELL)


def _next_digit(one: Character, cells: dict[tuple[int, int], list[Character]]) -> Character | None:
    """Return the digit that follows in the same number, past a separator."""
    following = next(_candidates(one, cells), None)
    if following and following.text in SEPARATORS:
        following = next(_candidates(following, cells), None)
    return following if following and following.text.isdigit() else None


def _candidates(one: Character, cells: dict[tuple[int, int], list[Character]]) -> Iterator[Character]:
    first, low = _cell(one.right - OVERLAP * one.size, one.base - LEVEL * one.size)
    last, high = _cell(one.right + GAP * one.size, one.base + LEVEL * one.size)
    for column in range(first, min(last, first + CROWDED) + 1):
        for row in range(low, min(high, low + CROWDED) + 1):
            for other in cells.get((column, row), [])[:CROWDED]:
                away, raised = (other.left - one.right) / one.size, abs(other.base - one.base) / one.size
                if other is not one and -OVERLAP <= away <= GAP and raised <= LEVEL:
                    yield other


def _apart(one: Character, other: Character) -> bool:
    larger, smaller = max(one.size, other.size), min(one.size, other.size)
    # Raised cents differ in size and base line by design; a typeface of their own still counts.
    if larger - smaller > RAISED * larger:
        return one.family != other.family
    off_line = abs(one.base - other.base) > OFF_LINE * larger
    return one.family != other.family or off_line or larger - smaller > OTHER_SIZE * larger


def odd_values(found: Extraction, words: list[SetWord]) -> list[Word]:
    """Return the words of one or two values that are set in a typeface which the document uses for nothing else, at the size of its other words."""
    main = Counter(one.family for one in words).most_common(1)[0][0] if words else ""
    rare = [one for one in words if one.family != main]
    values = [value for value in (found.number, found.date, found.customer_name, found.postcode, found.total) if value]
    odd = [value for value in values if any(_lies_in(one.word, value) for one in rare)]
    if len(values) < FEWEST_VALUES or not 0 < len(odd) <= MOST_ODD:
        return []
    inside = [one for one in rare if any(_lies_in(one.word, value) for value in odd)]
    families, said = {one.family for one in inside}, {one.word.text for one in inside}
    usual = {one.size for one in words if one.family == main}
    used_elsewhere = any(one.family in families and one.word.text not in said for one in rare)
    ordinary = all(any(abs(one.size - size) <= LIKE_ITS_NEIGHBOURS * size for size in usual) for one in inside)
    return [one.word for one in inside] if ordinary and not used_elsewhere else []


def _lies_in(word: Word, value: Field) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    left, top, right, bottom = value.box
    return word.page == value.page and left <= x <= right and top <= y <= bottom
