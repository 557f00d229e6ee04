"""Make the pictures that people see: a page laid flat, and the same page with all but the needed words redacted.

What is redacted is gone: its pixels are painted over before the picture is encoded.
"""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from PIL import Image

from reviews.adapters.documents.reading.pictures import decoding, redaction, straightening
from reviews.adapters.documents.reading.pictures.straightening import Flattening
from reviews.proofs import extraction
from reviews.proofs.inspection import Page, Reading, Word

PAPER, BAR = 238, 205
"""Greys: of the redacted page, and of redacted words, so that a person sees where something was."""
AROUND, BESIDE = 0.3, 0.45
"""Heights of a word that are kept over, under and beside it."""
Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]


def lay_flat(picture: Image.Image, words: Sequence[Word]) -> tuple[Flattening | None, list[Word]]:
    """Return how a page is laid flat and where its words then stand; None, and the words as they are, where that is not certain.

    Laying flat is for the eye: it must not change what is read, so it is kept only if every field that was found comes out the same. Nothing is
    drawn here, so that the words are the same whether anybody wants the picture or not.
    """
    for flat in straightening.find_flattenings(picture, words, width=decoding.DESK_WIDTH):
        after = straightening.moved(words, flat, picture.width)
        if after and keeps_what_was_read(words, after):
            return flat, after
    return None, list(words)


def keeps_what_was_read(before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether every field that was found in the old places is found in the new ones; additional fields do no harm."""
    return all(was is None or was == now for was, now in zip(_says(before), _says(after), strict=True))


def _says(words: Sequence[Word]) -> tuple[object, ...]:
    found = extraction.extract(Reading(pages=(Page(height=1.4, source="picture"),), words=tuple(replace(word, page=0) for word in words)))
    fields = (found.kind, found.number, found.date, found.customer_name, found.postcode, found.email, found.total)
    numbers = (set(found.identifiers.kvk), set(found.identifiers.btw), set(found.identifiers.iban))
    return (*(field.value if field else None for field in fields), found.house_number, numbers)


def with_redaction(reading: Reading) -> Reading:
    """Add to each page the picture of it on which only the needed words can be read; a document with too few known fields is not redacted."""
    needed = redaction.needed_words(reading)
    if needed is None:
        return reading
    kept, heads = needed
    pages = [
        page
        if page.picture is None
        else replace(page, redacted=_redacted(page.picture, _on(number, reading.words), _on(number, kept), heads.get(number, 0)))
        for number, page in enumerate(reading.pages)
    ]
    return replace(reading, pages=tuple(pages))


def _on(number: int, words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.page == number]


def _redacted(encoded: bytes, words: Sequence[Word], kept: Sequence[Word], head: float) -> bytes:
    with Image.open(io.BytesIO(encoded), formats=["WEBP"]) as picture:
        shown = np.asarray(picture.convert("RGB"))
    return decoding.encoded(Image.fromarray(covered(shown, words, kept, head)))


def covered(shown: Pixels, words: Sequence[Word], kept: Sequence[Word], head: float) -> Pixels:
    """Return a picture on which everything is painted over but the head (its depth in widths) and the kept words with a margin.

    Other words that reach into such a margin are redacted even there.
    """
    height, width = shown.shape[:2]
    places = {_box(word, width, height, 0, 0) for word in kept}
    others = [box for word in words if (box := _box(word, width, height, 0, 0)) not in places and box[1] >= head * width]
    # Starts blank and copies in what is kept: a word that recognition missed is redacted too.
    painted = np.full_like(shown, PAPER)
    for word in kept:
        _uncover(painted, shown, _box(word, width, height, BESIDE, AROUND))
    for left, top, right, bottom in others:
        painted[top:bottom, left:right] = BAR
    # Once more, without margin: a neighbour's box may have cut into a kept word.
    for box in places:
        _uncover(painted, shown, box)
    _uncover(painted, shown, (0, 0, width, round(head * width)))
    return painted


def _uncover(painted: Pixels, shown: Pixels, box: Box) -> None:
    left, top, right, bottom = box
    painted[top:bottom, left:right] = shown[top:bottom, left:right]


def _box(word: Word, width: int, height: int, beside: float, around: float) -> Box:
    tall = word.y1 - word.y0
    left, right = (word.x0 - beside * tall) * width, (word.x1 + beside * tall) * width
    top, bottom = (word.y0 - around * tall) * width, (word.y1 + around * tall) * width
    return max(0, int(left)), max(0, int(top)), min(width, max(0, int(np.ceil(right)))), min(height, max(0, int(np.ceil(bottom))))
