"""Recognise the words of a picture, with the models that lie in the wheel and one thread."""

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.main import RapidOCRError

from reviews.proofs.inspection import Word

LONGEST_SIDE = 2000
"""Pixels; the engine's own limit: a larger picture is shrunk by it anyway, less well."""
LEAST_SCORE = 0.5
"""What the engine itself drops below."""
TALL, LONG, SURE, MAJORITY = 1.5, 3.0, 0.8, 1.5
Corners = npt.NDArray[np.float32]


@functools.cache
def engine() -> RapidOCR:
    """Return the engine, made once; the server that forks the readers makes it before it forks."""
    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "critical",
            "Global.return_word_box": True,
        }
    )


def warm() -> None:
    """Load the models and run each of them once, so that a forked reader need not."""
    canvas = np.full((64, 320, 3), 255, np.uint8)
    canvas[24:40, 20:300:12] = 0
    engine()(canvas)


class Recognised(NamedTuple):
    """What a picture says: its words, itself turned upright, by how many degrees that was, and how many lines were seen at all."""

    words: list[Word]
    picture: Image.Image
    turned: int
    lines: int


def recognise(picture: Image.Image, page: int) -> Recognised:
    """Read a picture and turn it upright (counter-clockwise).

    Which way a page lies is settled from the shapes of its lines and the engine's own classifier, before the slow step, recognition: lines
    upside down or sideways are read less well, and their boxes are of no use.
    """
    small = _shrunk(picture)
    crops, boxes, turn = _find_lines(small)
    if turn:
        small, picture = small.rotate(turn, expand=True), picture.rotate(turn, expand=True)
        crops, boxes, _ = _find_lines(small)
    return Recognised(_words(crops, boxes, page, small.width) if crops else [], picture, turn, len(crops))


def _shrunk(picture: Image.Image) -> Image.Image:
    small = picture.convert("RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return small


def _find_lines(picture: Image.Image) -> tuple[list[Any], Corners, int]:
    """Return the cut-out lines, their corners in pixels, and how far the page must be turned to have most of them run left to right."""
    pixels = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    padded: dict[str, Any] = {}
    try:
        crops, found = engine().detect_and_crop(pixels, padded)
        turned, sides = engine().cls_and_rotate(crops)
    except RapidOCRError:
        return [], np.zeros((0, 4, 2), np.float32), 0
    corners = np.asarray(found.boxes, np.float32) - np.asarray([padded["padding_1"]["left"], padded["padding_1"]["top"]], np.float32)
    return turned, corners, _turn(corners, sides.cls_res or [])


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


def _words(crops: list[Any], boxes: Corners, page: int, width: int) -> list[Word]:
    read = engine().recognize_txt(crops)
    lines: Any = engine().cal_rec_boxes(crops, boxes, read, return_single_char_box=False).word_results
    words = list[Word]()
    for line, score in zip(lines, read.scores, strict=True):
        if score >= LEAST_SCORE:
            words += [_word(text, certainty, box, page, width) for text, certainty, box in line if text.strip() and box is not None]
    return words


def _word(text: str, score: float, box: Any, page: int, width: int) -> Word:
    corners = np.asarray(box, np.float32) / width
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Word(text.strip(), page, float(x0), float(y0), float(x1), float(y1), round(float(score), 3))
