"""Recognise the words of a picture, with the models that lie in the wheel and one thread."""

import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR

from reviews.proofs.inspection import Word

LONGEST_SIDE = 2000
"""Pixels; the engine's own limit: a larger picture is shrunk by it anyway, less well."""
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


def recognise(picture: Image.Image, page: int) -> tuple[list[Word], Image.Image, int]:
    """Return the words of a picture, the picture turned upright, and by how many degrees it was turned counter-clockwise.

    The engine reads lines in any direction but gives their boxes sideways, so a page that lies is turned and read again: upright lines
    are also read better.
    """
    small = _shrunk(picture)
    lines = _lines(small)
    turn = _turn(lines)
    if turn:
        small, picture = small.rotate(turn, expand=True), picture.rotate(turn, expand=True)
        lines = _lines(small)
    return _words(lines, page, small.width), picture, turn


def _shrunk(picture: Image.Image) -> Image.Image:
    small = picture.convert("RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return small


def _lines(picture: Image.Image) -> list[tuple[tuple[str, float, Any], ...]]:
    pixels = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    found = engine()(pixels)
    return [tuple(line) for line in found.word_results if line and line[0][2] is not None]


def _turn(lines: list[tuple[tuple[str, float, Any], ...]]) -> int:
    """Return how far the page must be turned so that most of its text runs from left to right: 0, 90, 180 or 270 degrees.

    The first two corners of a word's box run along its reading direction. Short words vote too little to matter and too unsurely to count.
    """
    votes = {0: 0.0, 90: 0.0, 180: 0.0, 270: 0.0}
    for line in lines:
        first, last = _corners(line[0][2]), _corners(line[-1][2])
        along = last[1] - first[0]
        length = float(math.hypot(*along))
        if sum(len(word[0]) for word in line) >= 4:
            votes[round(math.degrees(math.atan2(float(along[1]), float(along[0]))) / 90) % 4 * 90] += length
    best = max(votes, key=lambda turn: votes[turn])
    return best if votes[best] > 1.5 * votes[0] else 0


def _corners(box: Any) -> Corners:
    return np.asarray(box, np.float32)


def _words(lines: list[tuple[tuple[str, float, Any], ...]], page: int, width: int) -> list[Word]:
    words = list[Word]()
    for line in lines:
        for text, score, box in line:
            corners = _corners(box) / width
            (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
            if text.strip():
                words.append(Word(text.strip(), page, float(x0), float(y0), float(x1), float(y1), round(float(score), 3)))
    return words
