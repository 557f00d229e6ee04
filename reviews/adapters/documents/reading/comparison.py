"""Compare what a file says with what its pages show."""

import re
from collections import Counter

from rapidfuzz import fuzz, process

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.reading import Word

_STYLE_NAMES = "bold|italic|oblique|regular|roman|medium|semibold|light|black|book|mt|ps|std|pro|semi|demi|extra|condensed"
STYLES = re.compile(rf"[-, ]?({_STYLE_NAMES})", re.IGNORECASE)

RARE_TYPE = 0.2
LIKENESS, LIKENESS_WITHIN = 70, 80
BEGINS = 0.8
"""Heights of a line between the beginnings of two that stand in one place."""
LETTERS, FEW_FIGURES = "letters", 4
SHORTEST_WITHIN = 6
"""Letters; a shorter word is found in any line."""


def overwritten(words: list[Word]) -> list[Word]:
    """Return words that others of the same kind stand over, in the same place: a date over a date, or a line that begins where the other begins.

    A long label that runs into an amount, or into the next column, is a layout too narrow for it. `words` are in the order of the file.
    """
    found, runs = dict[int, Word](), _runs(words)
    ordered = sorted(words, key=lambda word: word.y0)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            # Sorted by upper edge: nothing further down can overlap, which keeps this from growing with the square.
            if other.y0 > one.y1:
                break
            if one.text != other.text and _alike(one, other) and _shared(one, other) > 0.5 and _in_its_place(one, other, runs):
                # By identity: two equal words at one place are two words.
                found |= {id(word): word for word in (*runs[id(one)], *runs[id(other)])}
    return list(found.values())


def _in_its_place(one: Word, other: Word, runs: dict[int, list[Word]]) -> bool:
    first, second = runs[id(one)], runs[id(other)]
    if first is second:
        return False
    begins = abs(first[0].x0 - second[0].x0) < BEGINS * (one.y1 - one.y0)
    return _sort(one.text) == _sort(other.text) and (begins or _sort(one.text) != LETTERS)


def _sort(text: str) -> str:
    if patterns.find_date(text):
        return "date"
    if patterns.find_amounts(text):
        return "amount"
    return "number" if sum(map(str.isdigit, text)) >= FEW_FIGURES else LETTERS


def _runs(words: list[Word]) -> dict[int, list[Word]]:
    """Return for each word, by identity, the words of its line that were written in one go."""
    runs, run = dict[int, list[Word]](), list[Word]()
    for word in words:
        if not run or not _goes_on(run[-1], word):
            run = []
        run.append(word)
        runs[id(word)] = run
    return runs


def _goes_on(last: Word, word: Word) -> bool:
    tall = max(last.y1 - last.y0, word.y1 - word.y0)
    return last.page == word.page and abs((last.y0 + last.y1) - (word.y0 + word.y1)) < tall and 0 <= word.x0 - last.x1 < 2 * tall


def _alike(one: Word, other: Word) -> bool:
    heights = sorted((one.y1 - one.y0, other.y1 - other.y0))
    return heights[0] > 0.5 * heights[1]


def _shared(one: Word, other: Word) -> float:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    tall = min(one.y1, other.y1) - max(one.y0, other.y0)
    smaller = min((one.x1 - one.x0) * (one.y1 - one.y0), (other.x1 - other.x0) * (other.y1 - other.y0))
    return wide * tall / smaller if wide > 0 and tall > 0 and smaller > 0 else 0.0


def foreign_type(words: list[Word], fonts: list[str]) -> list[Word]:
    """Return words in a typeface that the document hardly uses, on a line with words in the typeface it mainly uses.

    Weight and slant are no other typeface: a family is named by what stands before them.
    """
    families = [family(font) for font in fonts]
    usage = Counter(families)
    if len(usage) < 2:
        return []
    main, most = usage.most_common(1)[0]
    rare = {name for name, count in usage.items() if count < RARE_TYPE * most}
    letters = [(word, name) for word, name in zip(words, families, strict=True) if any(char.isalnum() for char in word.text)]
    usual = [word for word, name in letters if name == main]
    return [word for word, name in letters if name in rare and any(_same_line(word, other) for other in usual)]


def family(font: str) -> str:
    """Return the family of a typeface, without its subset mark, weight and slant."""
    # A subset is named ABCDEF+Name (ISO 32000-1, 9.6.4); the six letters differ in each file.
    name = font.partition("+")[2] or font
    return STYLES.sub("", name).lower().strip("- ,")


def _same_line(one: Word, other: Word) -> bool:
    return one.page == other.page and min(one.y1, other.y1) - max(one.y0, other.y0) > 0.5 * (one.y1 - one.y0)


def not_said(claimed: list[Word], seen: list[Word]) -> list[Word]:
    """Return words of an invisible layer that the picture does not say, slips of a recogniser aside.

    Only words that can mean something count: four letters or digits and more. Layers join words that stand close, and part others.
    """
    said = [_plain(word.text) for word in seen]
    lines = [_plain(cell.text) for cell in layout.cells_of(seen)]
    together = "".join(lines)
    weighty = [word for word in claimed if len(_plain(word.text)) >= 4]
    return [word for word in weighty if _plain(word.text) not in together and not _is_near(_plain(word.text), said, lines)]


def _is_near(text: str, said: list[str], lines: list[str]) -> bool:
    if process.extractOne(text, said, scorer=fuzz.ratio, score_cutoff=LIKENESS) is not None:
        return True
    if len(text) < SHORTEST_WITHIN:
        return False
    # Only in lines at least as long: a short line would lie within many a word.
    return (
        process.extractOne(text, [line for line in lines if len(line) >= len(text)], scorer=fuzz.partial_ratio, score_cutoff=LIKENESS_WITHIN)
        is not None
    )


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
