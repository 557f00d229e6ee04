"""Recognise the words of a picture, with the models in the wheel.

1. Lines are found on a small copy: finding costs by the pixel, and a line can be found at a resolution too low to read it.
2. They are cut out of the large one, where their letters have most pixels.
3. Which way the page lies is settled from the shapes of the lines and the engine's own classifier, before the slowest step: lines upside down
   or sideways are read less well, and their boxes are useless.
4. Each line is read by itself, as wide as it is, two at a time. The engine's own batches pad every line to the widest of six.
5. Lines with an uncertain character are read twice more.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecOutput
from rapidocr.main import RapidOCRError

from reviews.adapters.documents.reading.draft import Recognised
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
SUREST = 0.999
"""What is read from a picture is never as certain as text."""
# Height to width of a line on its side; length to thickness of a line that may vote; its score; how clearly upright must lose.
TALL, LONG, SURE, MAJORITY = 1.5, 3.0, 0.8, 1.5
Corners = npt.NDArray[np.float32]
SURE_ENOUGH = 0.85
"""Of the least sure letter of a line; below it a number counts as unsure."""
LOOKED_AT_AGAIN = 16
"""Lines of a page; a good picture has two or three such lines, and in a bad one more looks gain nothing."""
MARGINS = (0.0, 0.1)
"""Heights of the line around its box."""


class RecognisedLine(NamedTuple):
    """A line as it was read: its picture, where that was cut from a page of so many pixels, the engine's notes, and how sure each letter is."""

    crop: Any
    box: Any
    width: int
    text: str
    score: float
    info: Any
    letters: list[float]

    @property
    def says(self) -> str:
        """The letters and figures of the line."""
        return "".join(char for char in self.text if char.isalnum())

    @property
    def weakest(self) -> float:
        """How sure the least sure letter or figure is."""
        return min((score for char, score in zip(self.text, self.letters, strict=False) if char.isalnum()), default=0.0)


@functools.cache
def engine() -> RapidOCR:
    """Return the engine, made once; the server that forks the readers makes it before it forks.

    With one thread of its own it works in forked children, which start theirs.
    """
    return RapidOCR(
        params={
            # A pool of threads does not survive the fork; two lines at once use both cores instead (docs/decisions/0022).
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            # No batches: each would pad its lines to the widest one.
            "Rec.rec_batch_num": 1,
            # The least width, 320 by default, is what short lines would be padded to.
            "Rec.rec_img_shape": [3, LINE_HEIGHT, LINE_HEIGHT],
        }
    )


def warm() -> None:
    """Load the models and run each of them once, so that a forked reader need not."""
    canvas = np.full((64, 320, 3), 255, np.uint8)
    # Strokes that look like a line of text: on a blank picture the recogniser would not run.
    canvas[24:40, 20:300:12] = 0
    engine()(canvas)


def recognise(picture: Image.Image, page: int) -> Recognised:
    """Read a picture and turn it upright (counter-clockwise)."""
    large = picture.convert("RGB")
    large.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    corners = _find_lines(large)
    # Counted before the cut: how many were seen at all is part of the reading.
    lines, corners = len(corners), corners[:MOST_LINES]
    crops, turn = _cut_out(large, corners)
    if turn:
        corners = _turned(corners, large.width, large.height, turn)
        large, picture = large.rotate(turn, expand=True), picture.rotate(turn, expand=True)
        # Cut out anew: lines of a page on its side were cut out turned.
        crops, _ = _cut_out(large, corners)
    read = _read_all(crops, corners, picture, large.width)
    return Recognised([word for line in read for word in _words_of(line, page)], picture, turn, lines)


def _find_lines(large: Image.Image) -> Corners:
    """Return the four corners of each line in pixels."""
    scale = min(1.0, (PIXELS_SEARCHED / (large.width * large.height)) ** 0.5)
    size = round(large.width * scale), round(large.height * scale)
    small = large if scale == 1 else large.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    padded: dict[str, Any] = {}
    try:
        _, found = engine().detect_and_crop(_pixels(small), padded)
    # The engine's way to say that it found no line.
    except RapidOCRError:
        return np.zeros((0, 4, 2), np.float32)
    # The engine pads flat pictures before it searches, and its boxes count from the padding.
    corners = np.asarray(found.boxes, np.float32) - np.asarray([padded["padding_1"]["left"], padded["padding_1"]["top"]], np.float32)
    return corners * np.asarray([large.width / small.width, large.height / small.height], np.float32)


def _pixels(picture: Image.Image) -> npt.NDArray[np.uint8]:
    # BGR, as OpenCV and the models have it; contiguous, because OpenCV takes no negative strides.
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


def _read_all(crops: list[Any], corners: Corners, picture: Image.Image, width: int) -> list[RecognisedLine]:
    """Read the lines, the longest first so that the last ones end together; the first of those that are not sure are looked at again."""
    order = sorted(range(len(crops)), key=lambda index: -crops[index].shape[1] / crops[index].shape[0])
    first = dict(zip(order, _at_once(lambda index: _read_line(crops[index], corners[index], width), order), strict=True))
    unsure = [index for index in range(len(crops)) if first[index].weakest < SURE_ENOUGH][:LOOKED_AT_AGAIN]
    again = dict(zip(unsure, _at_once(lambda index: _look_again(first[index], picture), unsure), strict=True))
    return [again.get(index, first[index]) for index in range(len(crops))]


def _at_once(read: Callable[[int], RecognisedLine], order: list[int]) -> list[RecognisedLine]:
    try:
        with ThreadPoolExecutor(LINES_AT_ONCE) as pool:
            return list(pool.map(read, order))
    except RuntimeError:  # without the filter on calls a limit on processes holds (`confinement`), and threads count as processes
        return [read(index) for index in order]


def _look_again(line: RecognisedLine, picture: Image.Image) -> RecognisedLine:
    """Read a line twice more, from all the pixels there are and cut a little wider; what two of the three looks agree on was read.

    Where no two agree, the first look stands, as unsure as it was.
    """
    looks = [line, *(_read_line(*_cut_again(line, picture, margin)) for margin in MARGINS)]
    agreed = [look for look in looks if sum(look.says == other.says for other in looks) > 1]
    return max(agreed, key=lambda look: look.weakest, default=line)


def _cut_again(line: RecognisedLine, picture: Image.Image, margin: float) -> tuple[Any, Any, int]:
    """Return a line as the picture has it, with a margin around it (in heights of the line), its box, and the width of the picture."""
    corners = line.box * (picture.width / line.width)
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    wide, tall = max(float(np.linalg.norm(along)), 1.0), max(float(np.linalg.norm(down)), 1.0)
    along, down = along / wide * margin * min(wide, tall), down / tall * margin * min(wide, tall)
    outer = np.stack([corners[0] - along - down, corners[1] + along - down, corners[2] + along + down, corners[3] - along + down])
    outer = np.clip(outer, 0, [picture.width - 1, picture.height - 1]).astype(np.float32)
    left, top = (int(edge) for edge in np.floor(outer.min(axis=0)))
    right, bottom = (int(edge) + 1 for edge in np.ceil(outer.max(axis=0)))
    region = picture.crop((left, top, right, bottom)).convert("RGB")
    return engine().crop_text_regions(_pixels(region), outer[np.newaxis] - np.asarray([left, top], np.float32))[0], outer, picture.width


def _words_of(line: RecognisedLine, page: int) -> list[Word]:
    if line.score < LEAST_SCORE:
        return []
    output = TextRecOutput(txts=(line.text,), word_results=(line.info,))
    found: Any = engine().cal_rec_boxes([line.crop], np.asarray([line.box]), output, return_single_char_box=False).word_results
    scored = zip(found[0], _scores_of_words(line.text, [text for text, _, _ in found[0]], line.letters), strict=True)
    return [_word(text, score, place, page, line.width) for (text, _, place), score in scored if text.strip() and place is not None]


def _read_line(crop: Any, box: Any, width: int) -> RecognisedLine:
    """Read a line, with how sure each of its letters is, spaces included.

    A letter is seen in several columns that follow each other; it is as sure as the column that stands best over it. The engine takes the
    first, where half a letter is to be seen, and gives the score of the line's third letter to its third word.
    """
    # Past the engine's own call, which drops the scores per column that are needed here.
    reader: Any = engine().text_rec
    ratio = max(1.0, crop.shape[1] / crop.shape[0])
    columns = reader.session(reader.resize_norm_img(crop, ratio)[np.newaxis].astype(np.float32))
    best, certainty = columns.argmax(axis=2), columns.max(axis=2)
    ((text, score),), (info,) = reader.postprocess_op.decode(best, certainty, True, [ratio], ratio, remove_duplicate=True)
    _, (peaks,) = reader.postprocess_op.decode(best, _peaks(best[0], certainty[0])[np.newaxis], True, [ratio], ratio, remove_duplicate=True)
    return RecognisedLine(crop, box, width, text, score, info, peaks.confs)


def _peaks(best: npt.NDArray[np.int64], certainty: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give each column the highest certainty within its run of equal columns."""
    starts = np.flatnonzero(np.concatenate(([True], best[1:] != best[:-1])))
    return np.repeat(np.maximum.reduceat(certainty, starts), np.diff(np.append(starts, len(best))))


def _scores_of_words(line: str, words: list[str], letters: list[float]) -> list[float]:
    """Return how sure each word of a line is: as sure as its least sure letter or figure, since one wrong character makes another word.

    Punctuation counts only in a word of nothing else: whether a date has dots or dashes changes nothing.
    """
    of_words = iter([(letter, score) for letter, score in zip(line, letters, strict=True) if not letter.isspace()])
    told = [[next(of_words) for _ in word] for word in words]
    return [min([score for letter, score in word if letter.isalnum()] or [score for _, score in word]) for word in told]


def _word(text: str, score: float, box: Any, page: int, width: int) -> Word:
    corners = np.asarray(box, np.float32) / width
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Word(text.strip(), page, float(x0), float(y0), float(x1), float(y1), min(round(float(score), 3), SUREST))
