"""Find text of a PDF that a later object paints over: opaque rectangles, other shapes, pictures, also inside form objects.

The order of drawing decides. A candidate is confirmed by painting the later object alone, on nothing: a stamp, a logo with a transparent background
or a shape that is clipped leaves the words visible.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from pypdfium2 import raw

from reviews.proofs.inspection import Word

MOST_OBJECTS = 20_000
MOST_CONFIRMED = 12
"""Objects that are painted alone; words beneath any further ones count as covered without that check."""
DEEPEST = 4
OPAQUE = 200
"""Of 255."""
HIDING = 0.6
"""Share of a word's place that an object must paint to hide it."""
PAINTED_WIDTH = 800
"""Pixels."""
Alpha = npt.NDArray[np.uint8]


class DrawnWord(NamedTuple):
    """A word, the middle of it in points, and the address of the text object that draws it."""

    word: Word
    x: float
    y: float
    item: int


class Drawn(NamedTuple):
    """An object as drawn: its number in the order of drawing, its edges in points, the page's own object that it belongs to."""

    item: Any
    kind: int
    order: int
    edges: tuple[float, float, float, float]
    outermost: int


def find_covered(page: pdfium.PdfPage, standing: Sequence[DrawnWord], *, confirm: bool = True) -> list[bool]:
    """Tell for each word whether something opaque was drawn over it."""
    objects = list(_drawn(page))
    # By address: ctypes makes a new pointer at each call, the object behind it stays.
    order = {ctypes.addressof(drawn.item.contents): drawn.order for drawn in objects if drawn.kind == raw.FPDF_PAGEOBJ_TEXT}
    first = min(order.values(), default=MOST_OBJECTS)
    covers = [drawn for drawn in objects if drawn.order > first and _can_cover(drawn)]
    hidden, confirmed = [False] * len(standing), 0
    for cover in covers:
        beneath = [
            at for at, word in enumerate(standing) if not hidden[at] and order.get(word.item, cover.order) < cover.order and _over(cover, word)
        ]
        if not beneath:
            continue
        confirmed += 1
        alone = _painted_alone(page, cover) if confirm and confirmed <= MOST_CONFIRMED else None
        for at in beneath:
            hidden[at] = alone is None or _hides(alone, standing[at].word)
    return hidden


def _drawn(page: pdfium.PdfPage) -> Iterator[Drawn]:
    order = 0
    for index in range(min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        for item, matrix in _within(raw.FPDFPage_GetObject(page, index), np.eye(3), 0):
            order += 1
            if order > MOST_OBJECTS:
                return
            yield Drawn(item, raw.FPDFPageObj_GetType(item), order, _edges(item, matrix), index)


def _within(item: Any, matrix: npt.NDArray[np.float64], depth: int) -> Iterator[tuple[Any, npt.NDArray[np.float64]]]:
    """Yield an object, or what a form object holds, each with the matrix that leads from its own space to the page."""
    if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM or depth >= DEEPEST:
        yield item, matrix
        return
    own = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, own)
    # PDF multiplies row vectors, so the inner matrix comes first (ISO 32000-1, 8.3.4).
    inner = np.array([[own.a, own.b, 0], [own.c, own.d, 0], [own.e, own.f, 1.0]]) @ matrix
    for index in range(min(raw.FPDFFormObj_CountObjects(item), MOST_OBJECTS)):
        yield from _within(raw.FPDFFormObj_GetObject(item, index), inner, depth + 1)


def _edges(item: Any, matrix: npt.NDArray[np.float64]) -> tuple[float, float, float, float]:
    bounds = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *bounds):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (edge.value for edge in bounds)
    # All four corners: a form may be turned, and two would then span nothing.
    corners = np.array([(left, bottom, 1), (right, bottom, 1), (right, top, 1), (left, top, 1)]) @ matrix
    return float(corners[:, 0].min()), float(corners[:, 1].min()), float(corners[:, 0].max()), float(corners[:, 1].max())


def _can_cover(drawn: Drawn) -> bool:
    return drawn.kind == raw.FPDF_PAGEOBJ_IMAGE or (drawn.kind == raw.FPDF_PAGEOBJ_PATH and _is_opaque(drawn.item))


def _is_opaque(item: Any) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, mode, stroke)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    filled = mode.value != raw.FPDF_FILLMODE_NONE and bool(raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha))
    return bool(filled and alpha.value > OPAQUE)


def _over(cover: Drawn, standing: DrawnWord) -> bool:
    left, bottom, right, top = cover.edges
    return left < standing.x < right and bottom < standing.y < top


def _painted_alone(page: pdfium.PdfPage, cover: Drawn) -> Alpha:
    """Return how opaque a page is where only one of its own objects is drawn."""
    others = [raw.FPDFPage_GetObject(page, index) for index in range(min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)) if index != cover.outermost]
    # Remembered, so that layers that were off stay off afterwards.
    active = [item for item in others if _is_active(item)]
    for item in active:
        raw.FPDFPageObj_SetIsActive(item, False)
    bitmap = page.render(
        scale=PAINTED_WIDTH / page.get_width(), fill_color=(255, 255, 255, 0), force_bitmap_format=raw.FPDFBitmap_BGRA, may_draw_forms=False
    )  # pyright: ignore[reportArgumentType] - a float, as its documentation says
    for item in active:
        raw.FPDFPageObj_SetIsActive(item, True)
    # Copied: the array is a view of pdfium's bitmap, which is freed with it.
    return np.asarray(bitmap.to_numpy())[:, :, 3].copy()


def _is_active(item: Any) -> bool:
    active = ctypes.c_int()
    return bool(raw.FPDFPageObj_GetIsActive(item, active)) and bool(active.value)


def _hides(alone: Alpha, word: Word) -> bool:
    width = alone.shape[1]
    left, right = max(0, int(word.x0 * width)), max(0, int(np.ceil(word.x1 * width)))
    top, bottom = max(0, int(word.y0 * width)), max(0, int(np.ceil(word.y1 * width)))
    place = alone[top:bottom, left:right]
    return place.size > 0 and float((place > OPAQUE).mean()) >= HIDING
