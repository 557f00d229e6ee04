"""Make of a digital paper what a recogniser would read: slips of letters, words that run together or fall apart, lines that are not level."""

import msgspec
import numpy as np

from reviews.proofs.reading import Reading, Word

SLIPS = {
    "0": "O",
    "O": "0",
    "1": "l",
    "l": "1",
    "I": "l",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "6": "b",
    "e": "c",
    "c": "e",
    "m": "rn",
    "n": "u",
    "i": "l",
    "g": "q",
    ".": ",",
    ",": ".",
    "a": "o",
    "r": "t",
    ":": ";",
}
"""Letters and what recognisers take them for."""
TOUCHING, SHORTEST_CUT = 0.012, 5
"""Widths of the page between words that may run together, and letters of a word that may fall apart."""


def as_recognised(reading: Reading, seed: str) -> Reading:
    """Return a reading as if it came from a picture; the same seed gives the same slips."""
    chance = np.random.default_rng(list(seed.encode()))
    slip, join, cut, drop = chance.uniform(0, (0.012, 0.06, 0.02, 0.004))
    tilt, bend = chance.uniform(-1, 1, 2) * (0.012, 0.006)
    words = [
        _placed(part, tilt, bend, chance)
        for word in _joined(reading.words, join, chance)
        if chance.random() >= drop
        for part in _cut(_slipped(word, slip, chance), cut, chance)
        if part.text.strip()
    ]
    pages = tuple(msgspec.structs.replace(page, source="picture") for page in reading.pages)
    return msgspec.structs.replace(reading, words=tuple(words), pages=pages)


def _joined(words: tuple[Word, ...], share: float, chance: np.random.Generator) -> list[Word]:
    found = list[Word]()
    for word in words:
        last = found[-1] if found else None
        touches = last is not None and last.page == word.page and abs(last.y0 - word.y0) < 0.004 and 0 <= word.x0 - last.x1 < TOUCHING
        if last is not None and touches and chance.random() < share:
            found[-1] = Word(last.text + word.text, word.page, last.x0, min(last.y0, word.y0), word.x1, max(last.y1, word.y1), word.score)
        else:
            found.append(word)
    return found


def _slipped(word: Word, share: float, chance: np.random.Generator) -> Word:
    text = "".join(SLIPS.get(char, char) if chance.random() < share else char for char in word.text)
    return msgspec.structs.replace(word, text=text, score=round(float(np.clip(chance.normal(0.95, 0.05), 0.5, 0.995)), 3))


def _cut(word: Word, share: float, chance: np.random.Generator) -> list[Word]:
    if len(word.text) <= SHORTEST_CUT or chance.random() >= share:
        return [word]
    at = int(chance.integers(2, len(word.text) - 1))
    middle = word.x0 + (word.x1 - word.x0) * at / len(word.text)
    return [
        msgspec.structs.replace(word, text=word.text[:at], x1=middle - 0.001),
        msgspec.structs.replace(word, text=word.text[at:], x0=middle + 0.001),
    ]


def _placed(word: Word, tilt: float, bend: float, chance: np.random.Generator) -> Word:
    """Move a word as a page that lies askew and bulges a little moves it."""
    middle = (word.x0 + word.x1) / 2
    aside, down = chance.normal(0, 0.0008), chance.normal(0, 0.0007) + tilt * middle + bend * middle * middle
    return msgspec.structs.replace(word, x0=word.x0 + aside, x1=word.x1 + aside, y0=word.y0 + down, y1=word.y1 + down + chance.normal(0, 0.0005))
