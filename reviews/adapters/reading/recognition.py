"""Recognise the words of a picture, with the models that lie in the wheel.

1. Lines are found on a small copy: finding costs by the pixel, and a line is seen long before it can be read.
2. They are cut out of the large one, where their letters have most pixels.
3. Which way the page lies is settled from the shapes of the lines and the engine's own classifier, before the slowest step: lines upside down
   or sideways are read less well, and their boxes are of no use.
4. Each line is read by itself, as wide as it is, two at a time. The engine's own batches pad every line to the widest of six.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.main import RapidOCRError

from reviews.adapters.reading.draft import Recognised
from reviews.proofs.inspection import Word

LONGEST_SIDE = 2000
"""Pixels of the picture that lines are cut from, an A4 at 170 dpi; from a larger one no more was read."""
PIXELS_SEARCHED = 1440 * 1018
"""Of the copy that lines are found on; an A4 at 123 dpi."""
MOST_LINES = 250
"""A page of small print in two columns has half as many; one with thousands would only keep its reader busy."""
LINES_AT_ONCE = 2
LINE_HEIGHT = 48
"""Pixels; what the recogniser was trained on."""
LEAST_SCORE = 0.5
"""What the engine itself drops below."""
TALL, LONG, SURE, MAJORITY = 1.5, 3.0, 0.8, 1.5
Corners = npt.NDArray[np.float32]


@functools.cache
def engine() -> RapidOCR:
    """Return the engine, made once; the server that forks the readers makes it before it forks.

    With one thread of its own it works in forked children, which start theirs.
    """
    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Rec.rec_batch_num": 1,
            "Rec.rec_img_shape": [3, LINE_HEIGHT, LINE_HEIGHT],
        }
    )


def warm() -> None:
    """Load the models and run each of them once, so that a forked reader need not."""
    canvas = np.full((64, 320, 3), 255, np.uint8)
    canvas[24:40, 20:300:12] = 0
    engine()(canvas)


def recognise(picture: Image.Image, page: int) -> Recognised:
    """Read a picture and turn it upright (counter-clockwise)."""
    large = picture.convert("RGB")
    large.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    corners = _find_lines(large)
    lines, corners = len(corners), corners[:MOST_LINES]
    crops, turn = _cut_out(large, corners)
    if turn:
        corners = _turned(corners, large.width, large.height, turn)
        large, picture = large.rotate(turn, expand=True), picture.rotate(turn, expand=True)
        crops, _ = _cut_out(large, corners)
    return Recognised(_words(crops, corners, page, large.width), picture, turn, lines)


def _find_lines(large: Image.Image) -> Corners:
    """Return the four corners of each line in pixels."""
    scale = min(1.0, (PIXELS_SEARCHED / (large.width * large.height)) ** 0.5)
    size = round(large.width * scale), round(large.height * scale)
    small = large if scale == 1 else large.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    padded: dict[str, Any] = {}
    try:
        _, found = engine().detect_and_crop(_pixels(small), padded)
    except RapidOCRError:
        return np.zeros((0, 4, 2), np.float32)
    corners = np.asarray(found.boxes, np.float32) - np.asarray([padded["padding_1"]["left"], padded["padding_1"]["top"]], np.float32)
    return corners * np.asarray([large.width / small.width, large.height / small.height], np.float32)


def _pixels(picture: Image.Image) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _cut_out(large: Image.Image, corners: Corners) -> tuple[list[Any], int]:
    """Return the lines as pictures, none upside down, and how far the page must be turned to have most of them run left to right."""
    if not len(corners):
        return [], 0
    crops, sides = engine().cls_and_rotate(engine().crop_text_regions(_pixels(large), corners))
    return crops, _turn(corners, sides.cls_res or [])


def _turn(corners: Corners, sides: list[tuple[str, float]]) -> int:
    """Let long lines vote, each with its length; a tall box was turned counter-clockwise by the engine before it was classified."""
    votes = {0: 0.0, 90: 0.0, 180: 0.0, 270: 0.0}
    for box, (side, score) in zip(corners, sides, strict=True):
        wide = float(np.linalg.norm(box[1] - box[0]))
        tall = float(np.linalg.norm(box[3] - box[0]))
        lies = tall >= TALL * wide
        if max(wide, tall) >= LONG * min(wide, tall) and score > SURE:
            votes[(90 if lies else 0) + (180 if side == "180" else 0)] += max(wide, tall)
    best = max(votes, key=lambda turn: votes[turn])
    return best if votes[best] > MAJORITY * votes[0] else 0


def _turned(corners: Corners, width: int, height: int, turn: int) -> Corners:
    """Turn boxes with their page; each starts again with its left upper corner."""
    x, y = corners[:, :, 0], corners[:, :, 1]
    places = {90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[turn]
    return np.roll(np.stack(places, axis=2), -(turn // 90), axis=1)


def _words(crops: list[Any], corners: Corners, page: int, width: int) -> list[Word]:
    """Read the lines, the longest first so that the last ones end together."""
    order = sorted(range(len(crops)), key=lambda index: -crops[index].shape[1] / crops[index].shape[0])

    def read(index: int) -> list[Word]:
        return _read_line(crops[index], corners[index], page, width)

    read_lines = dict(zip(order, _at_once(read, order), strict=True))
    return [word for index in range(len(crops)) for word in read_lines[index]]


def _at_once(read: Callable[[int], list[Word]], order: list[int]) -> list[list[Word]]:
    try:
        with ThreadPoolExecutor(LINES_AT_ONCE) as pool:
            return list(pool.map(read, order))
    except RuntimeError:  # where a reader is kept from starting processes by a limit on their number, it can't start threads either
        return [read(index) for index in order]


def _read_line(crop: Any, box: Any, page: int, width: int) -> list[Word]:
    read = engine().recognize_txt([crop])
    if read.scores[0] < LEAST_SCORE:
        return []
    found: Any = engine().cal_rec_boxes([crop], np.asarray([box]), read, return_single_char_box=False).word_results
    return [_word(text, certainty, place, page, width) for line in found for text, certainty, place in line if text.strip() and place is not None]


def _word(text: str, score: float, box: Any, page: int, width: int) -> Word:
    corners = np.asarray(box, np.float32) / width
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Word(text.strip(), page, float(x0), float(y0), float(x1), float(y1), round(float(score), 3))
