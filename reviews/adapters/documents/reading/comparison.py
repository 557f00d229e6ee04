"""Compare what a file says with what its pages show."""

import re
from collections import Counter

from rapidfuzz import fuzz, process

from reviews.proofs.inspection import Word

_STYLE_NAMES = "bold|italic|oblique|regular|roman|medium|semibold|light|black|book|mt|ps|std|pro|semi|demi|extra|condensed"
STYLES = re.compile(rf"[-, ]?({_STYLE_NAMES})", re.IGNORECASE)

RARE_TYPE = 0.2
LIKENESS = 70


def overlapping(words: list[Word]) -> list[Word]:
    """Return words that stand on top of other words of about their size: text that was written over text."""
    found = dict[int, Word]()
    ordered = sorted(words, key=lambda word: word.y0)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            # Sorted by upper edge: nothing further down can overlap, which keeps this from growing with the square.
            if other.y0 > one.y1:
                break
            if one.text != other.text and _alike(one, other) and _shared(one, other) > 0.5:
                # By identity: two equal words at one place are two words.
                found[id(other)] = other
    return list(found.values())


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

    Only words that can mean something count: four letters or digits and more.
    """
    said = [_plain(word.text) for word in seen]
    # Also within a longer word: a recogniser joins what stands close.
    together = " ".join(said)
    weighty = [word for word in claimed if len(_plain(word.text)) >= 4]
    return [word for word in weighty if _plain(word.text) not in together and not _is_near(_plain(word.text), said)]


def _is_near(text: str, said: list[str]) -> bool:
    return process.extractOne(text, said, scorer=fuzz.ratio, score_cutoff=LIKENESS) is not None


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
