"""Read what was added on top of the pages of a PDF (annotations, ISO 32000-1, 12.5), and decide whether it matters.

Links, form fields, markers, pen strokes, stamps and comments are what offices do to documents. An annotation that shows text of its own
(a text box) or lies over words of the page can make it say something else.
"""

import math
from dataclasses import dataclass

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject

from reviews.proofs.inspection import Word

SPEAKING = {"/FreeText", "/Redact"}
COVERING = {"/Stamp", "/Square", "/Circle", "/Polygon", "/Watermark"}
"""Kinds that can hide what lies beneath; markers and pen strokes leave it visible."""
MOST_NOTES = 200
LONGEST = 200
MUCH = 0.5
"""Of a word, beneath an annotation."""


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation and its place: as for words, pages count from 0 and all edges are in widths of the page from its left upper corner."""

    page: int
    kind: str
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


def read_notes(reader: pypdf.PdfReader) -> list[Note]:
    """Return the annotations that could make a page say something else."""
    return [note for number, page in enumerate(reader.pages) for note in _on_page(page, number)][:MOST_NOTES]


def _on_page(page: pypdf.PageObject, number: int) -> list[Note]:
    held = page.get("/Annots")
    listed = held.get_object() if held is not None else None
    if not isinstance(listed, ArrayObject):
        return []
    # Cut before the objects are fetched: fetching is what costs.
    items = [item.get_object() for item in listed[:MOST_NOTES]]
    return [note for item in items if isinstance(item, DictionaryObject) and (note := _note(item, page, number)) is not None]


def _note(item: DictionaryObject, page: pypdf.PageObject, number: int) -> Note | None:
    kind = str(item.get("/Subtype", ""))
    place = item.get("/Rect")
    edges = [float(value.get_object()) for value in place.get_object()] if place is not None else []
    if kind not in SPEAKING | COVERING or len(edges) != 4 or not all(map(math.isfinite, edges)):
        return None
    return Note(number, kind, str(item.get("/Contents", ""))[:LONGEST], *_placed(edges, page))


def _placed(edges: list[float], page: pypdf.PageObject) -> tuple[float, float, float, float]:
    """Turn a rectangle in points, origin at the lower left of the unturned page, into widths of the page as it is shown."""
    box, turned = page.cropbox, page.rotation % 360
    wide, tall = float(box.width), float(box.height)
    # Sorted: a rectangle may name any two opposite corners (ISO 32000-1, 7.9.5).
    x0, x1 = sorted((edges[0] - float(box.left), edges[2] - float(box.left)))
    y0, y1 = sorted((float(box.top) - edges[1], float(box.top) - edges[3]))
    corners = {90: (tall - y1, x0, tall - y0, x1), 180: (wide - x1, tall - y1, wide - x0, tall - y0), 270: (y0, wide - x1, y1, wide - x0)}
    left, top, right, bottom = corners.get(turned, (x0, y0, x1, y1))
    width = (tall if turned in {90, 270} else wide) or 1.0
    return left / width, top / width, right / width, bottom / width


def telling(notes: list[Note], words: list[Word], *, first: int) -> list[str]:
    """Return kind and text of the annotations that can change what a page says; the file's pages are numbered from `first`."""
    return [f"{note.kind[1:]}: {note.text}" for note in notes if note.kind in SPEAKING or any(_covers(note, word, first) for word in words)]


def _covers(note: Note, word: Word, first: int) -> bool:
    wide = min(note.x1, word.x1) - max(note.x0, word.x0)
    tall = min(note.y1, word.y1) - max(note.y0, word.y0)
    area = (word.x1 - word.x0) * (word.y1 - word.y0)
    return note.page + first == word.page and wide > 0 and tall > 0 and wide * tall > MUCH * area
