"""Lay a photographed or scanned page flat for viewing: find the sheet, undo perspective and slant, and move the words' boxes with it.

Recognition works on the picture as it came; this changes only what people see and where boxes stand on it. The words themselves are the check:
a change is kept only if all of them lie on the sheet that was found and their lines run straighter than before. In doubt the picture stays as it is.
"""

import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from reviews.proofs.evidence import layout
from reviews.proofs.inspection import FAR, Word

SEARCHED_SIDE = 640
"""Pixels; the edge of a sheet is found as well in a small picture, in a fraction of the time."""
LEAST_SHEET, MOST_SHEET = 0.2, 0.985
"""Shares of the picture; less is no page, more is a scan whose edge is the picture's."""
SQUARE, SQUAREST = 0.92, 35.0
"""How much of its four corners' area a sheet fills, and how many degrees its corners may be off a right angle (a sheet seen from the side)."""
MARGIN = 0.012
"""Of the sheet's width; what is kept around it, so that no letter is cut off."""
ON_SHEET = 0.99
ANOTHER_SHADE, ANY_TABLE = 10, 200
"""Steps of 255 between a sheet's edge and what it lies on, and how many pixels of the small picture that must at least be."""
LONG_LINE, FEWEST_LINES = 0.12, 5
STEEPEST = 0.35
"""Steps up per step sideways (19°); a page at a larger angle is left as it is."""
STRAIGHT, VISIBLE = 0.006, 0.003
"""Steps up per step sideways: lines that are straight enough (a third of a degree), and a slant that an eye sees on a scan."""
A_SERIES, NEARLY_A = 2**0.5, 0.1
Corners = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]


class Flattening(NamedTuple):
    """How the pixels of a picture move: a homography and the size of the picture that it leads to."""

    matrix: Matrix
    size: tuple[int, int]


def find_flattenings(picture: Image.Image, words: Sequence[Word], *, width: int) -> Iterator[Flattening]:
    """Yield ways to lay a page flat, the best first, at most `width` pixels wide; none where it is straight already or nothing is certain."""
    slopes = slants(words)
    if len(slopes) < FEWEST_LINES:
        return
    sheet = _find_sheet(picture, words)
    if sheet is not None:
        flat = _levelled(_onto_rectangle(sheet, width), words, picture.width)
        if _is_better(slants(moved(words, flat, picture.width)), slopes):
            yield flat
    turned = _deskewed(picture, slopes, words, width)
    if turned is not None:
        yield turned


def flatten(picture: Image.Image, flat: Flattening) -> Image.Image:
    """Return the picture laid flat."""
    wide = float(np.linalg.norm(_jacobian(flat.matrix, picture.width / 2, picture.height / 2)[0]))
    # Shrunk first: warping takes one pixel for one, and would skip most of a large picture's.
    shrink = min(1.0, 1.5 * wide)
    small = picture.resize((max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))), Image.Resampling.BILINEAR, reducing_gap=2)
    grown = flat.matrix @ np.diag([picture.width / small.width, picture.height / small.height, 1.0])
    pixels = cv2.warpPerspective(np.asarray(small.convert("RGB")), grown, flat.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Image.fromarray(pixels)


def moved(words: Sequence[Word], flat: Flattening, width: int) -> list[Word]:
    """Return words where they stand on the flat page; `width` is that of the picture they were read from.

    None of them where one can't be told: a box around a line that lies at 45° is the same for every length of it.
    """
    try:
        found = [_moved(word, flat, width) for word in words]
    # At 45° the two sides of a box cannot be told apart, see above.
    except np.linalg.LinAlgError:
        return []
    return found if all(abs(edge) <= FAR for word in found for edge in (word.x0, word.y0, word.x1, word.y1)) else []


def _moved(word: Word, flat: Flattening, width: int) -> Word:
    """Undo what a slanted line did to the upright box around it: the box is that of a parallelogram along the flat page's axes."""
    x, y = (word.x0 + word.x1) / 2 * width, (word.y0 + word.y1) / 2 * width
    around = np.array([word.x1 - word.x0, word.y1 - word.y0]) * width
    sides = np.abs(np.linalg.inv(_jacobian(flat.matrix, x, y)))
    wide, high = np.linalg.solve(sides, around)
    high = max(high, 0.5 * around[1] / sides[1, 1])
    u, v = _point(flat.matrix, x, y)
    left, top, right, bottom = (float(edge) / flat.size[0] for edge in (u - wide / 2, v - high / 2, u + wide / 2, v + high / 2))
    return Word(word.text, word.page, left, top, right, bottom, word.score)


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    u, v, w = matrix @ (x, y, 1.0)
    return float(u / w), float(v / w)


def _jacobian(matrix: Matrix, x: float, y: float) -> Matrix:
    u, v = _point(matrix, x, y)
    w = float(matrix[2] @ (x, y, 1.0))
    rows: Matrix = (matrix[:2, :2] - np.outer((u, v), matrix[2, :2])) / w
    return rows


def slants(words: Sequence[Word]) -> list[float]:
    """Return how steeply each longer line falls."""
    lines = [(cell.words[0], cell.words[-1]) for cell in layout.cells_of(words) if len(cell.words) > 1 and cell.x1 - cell.x0 > LONG_LINE]
    return [(_middle(last) - _middle(first)) / (_centre(last) - _centre(first)) for first, last in lines if _centre(last) > _centre(first)]


def _middle(word: Word) -> float:
    return (word.y0 + word.y1) / 2


def _centre(word: Word) -> float:
    return (word.x0 + word.x1) / 2


def _is_better(after: list[float], before: list[float]) -> bool:
    if len(after) < FEWEST_LINES:
        return False
    was, now = (statistics.median(abs(slope) for slope in slopes) for slopes in (before, after))
    # Clearly better, or straight: a small gain is not worth a change of the picture.
    return now <= max(STRAIGHT, 0.7 * was) and now <= max(was, STRAIGHT)


def _find_sheet(picture: Image.Image, words: Sequence[Word]) -> Corners | None:
    """Return the corners of the largest sheet that holds all words, from the upper left one clockwise, in pixels of the picture."""
    small = picture.convert("RGB")
    small.thumbnail((SEARCHED_SIDE, SEARCHED_SIDE), Image.Resampling.BILINEAR, reducing_gap=2)
    centres = np.array([(_centre(word), _middle(word)) for word in words], np.float32) * small.width
    found = [corners for outline in _outlines(np.asarray(small)) if (corners := _corners(outline, small.size)) is not None]
    fitting = [corners for corners in found if _holds(corners, centres) and _stands_out(corners, small)]
    best = max(fitting, key=lambda corners: _fill(corners, centres), default=None)
    return None if best is None else best * np.float32(picture.width / small.width)


def _stands_out(corners: Corners, picture: Image.Image) -> bool:
    """Whether a sheet lies on something of another shade: a printed frame has the same paper on both sides."""
    mask = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
    grown, shrunk = (cv2.morphologyEx(mask, how, np.ones((21, 21), np.uint8)) for how in (cv2.MORPH_DILATE, cv2.MORPH_ERODE))
    pixels = np.asarray(picture, np.int32)
    outside, inside = (grown > 0) & (cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0), (mask > 0) & (shrunk == 0)
    if outside.sum() < ANY_TABLE:
        return False
    return bool(np.abs(np.median(pixels[outside], axis=0) - np.median(pixels[inside], axis=0)).max() > ANOTHER_SHADE)


def _fill(corners: Corners, centres: Corners) -> float:
    """Say how tightly a sheet fits its words: the shadow beside a sheet is larger than the sheet."""
    return float(cv2.contourArea(cv2.convexHull(centres))) / max(float(cv2.contourArea(corners)), 1.0)


def _outlines(pixels: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.int32]]:
    """Return outlines of what is brighter, or less coloured, than its surroundings, and of what edges enclose."""
    soft = cv2.GaussianBlur(pixels, (5, 5), 0)
    light, _, _ = cv2.split(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB))
    colour = cv2.split(cv2.cvtColor(soft, cv2.COLOR_RGB2HSV))[1]
    close = np.ones((9, 9), np.uint8)
    edges = cv2.dilate(cv2.Canny(light, 40, 120), np.ones((3, 3), np.uint8))
    masks = [
        cv2.threshold(light, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1],
        cv2.threshold(colour, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1],
        cv2.morphologyEx(edges, cv2.MORPH_CLOSE, close),
    ]
    outlines: list[npt.NDArray[np.int32]] = []
    for mask in masks:
        whole = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) if mask is not masks[2] else mask
        contours, _ = cv2.findContours(cv2.morphologyEx(whole, cv2.MORPH_CLOSE, close), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        outlines += [np.asarray(contour, np.int32) for contour in sorted(contours, key=cv2.contourArea)[-2:]]
    return outlines


def _corners(outline: npt.NDArray[np.int32], size: tuple[int, int]) -> Corners | None:
    """Return the four corners of an outline that is a sheet of paper."""
    hull = cv2.convexHull(outline)
    whole = size[0] * size[1]
    if not LEAST_SHEET * whole < cv2.contourArea(hull) < MOST_SHEET * whole:
        return None
    around = cv2.arcLength(hull, closed=True)
    # From fine to coarse: a bent edge has more corners until it is seen roughly enough.
    for coarseness in (0.01, 0.02, 0.03, 0.05):
        points = cv2.approxPolyDP(hull, coarseness * around, closed=True)
        if len(points) == 4:
            corners = _in_order(points.reshape(4, 2).astype(np.float32))
            filled = cv2.contourArea(hull) / max(cv2.contourArea(corners), 1.0)
            return corners if SQUARE < filled < 1 / SQUARE and _is_square(corners) else None
    return None


def _in_order(corners: Corners) -> Corners:
    sums, differences = corners.sum(axis=1), corners[:, 1] - corners[:, 0]
    # The upper left corner has the least x + y, the upper right one the least y - x.
    return corners[[int(sums.argmin()), int(differences.argmin()), int(sums.argmax()), int(differences.argmax())]]


def _is_square(corners: Corners) -> bool:
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    if float(lengths.min()) < 1:
        return False
    # Clipped: rounding may pass 1, and arccos would give NaN.
    angles = np.degrees(np.arccos(((before * after).sum(axis=1) / lengths).clip(-1, 1)))
    return bool(np.abs(angles - 90).max() < SQUAREST)


def _holds(corners: Corners, centres: Corners) -> bool:
    outline = corners.reshape(4, 1, 2)
    inside = sum(cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) >= 0 for x, y in centres)
    return inside >= ON_SHEET * len(centres)


def _onto_rectangle(corners: Corners, width: int) -> Flattening:
    upper, right, lower, left = (float(np.linalg.norm(corners[(side + 1) % 4] - corners[side])) for side in range(4))
    across, ratio = (upper + lower) / 2, (left + right) / (upper + lower)
    # Nearly A4 is A4: perspective falsifies the ratio that is measured.
    for usual in (A_SERIES, 1 / A_SERIES):
        ratio = usual if abs(ratio / usual - 1) < NEARLY_A else ratio
    wide = min(float(width), across)
    edge = MARGIN * wide
    inner, high = wide - 2 * edge, (wide - 2 * edge) * ratio
    target = np.array([(edge, edge), (edge + inner, edge), (edge + inner, edge + high), (edge, edge + high)], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, target), np.float64)
    return Flattening(matrix, (max(1, round(wide)), max(1, round(high + 2 * edge))))


def _levelled(flat: Flattening, words: Sequence[Word], width: int) -> Flattening:
    """Turn a flat page by what its lines are still askew: print is not always parallel to the edge of its paper."""
    left = slants(moved(words, flat, width))
    slant = statistics.median(left) if len(left) >= FEWEST_LINES else 0.0
    if not VISIBLE < abs(slant) < 0.05:
        return flat
    return Flattening(_rotation(slant, flat.size) @ flat.matrix, flat.size)


def _deskewed(picture: Image.Image, slopes: list[float], words: Sequence[Word], width: int) -> Flattening | None:
    """Turn a page whose lines agree on a slant; nothing is cut off."""
    slant = statistics.median(slopes)
    if not VISIBLE < abs(slant) < STEEPEST:
        return None
    scale = min(1.0, width / picture.width)
    high, wide = picture.height * scale, picture.width * scale
    size = (round(wide + high * abs(slant)), round(high + wide * abs(slant))) if abs(slant) > 0.05 else (round(wide), round(high))
    shift = np.array([[1, 0, (size[0] - wide) / 2], [0, 1, (size[1] - high) / 2], [0, 0, 1.0]])
    flat = Flattening(_rotation(slant, size) @ shift @ np.diag([scale, scale, 1.0]), size)
    return flat if _is_better(slants(moved(words, flat, picture.width)), slopes) else None


def _rotation(slant: float, size: tuple[int, int]) -> Matrix:
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), float(np.degrees(np.arctan(slant))), 1.0)
    return np.vstack([np.asarray(turn, np.float64), [0.0, 0.0, 1.0]])
