"""Tell the picture of a page that a program drew from one that a scanner or a camera took of paper.

Paper is never white to the last pixel, never lies straight to the last line, and a lens leaves noise between the letters. Measured on the
genuine and redrawn scans of two sets: of the PDFs that are flat and straight at once, five were drawn (all that were) and three came
from scanner apps, which name themselves. Screenshots of telephones are as clean; they are pictures, and not looked at here.
"""

import re

import numpy as np
import numpy.typing as npt
from PIL import Image

BLOCK = 16
"""Pixels of the squares in which paper is looked at."""
BLANK, FLAT = 24, 2
"""Of 255: how much the pixels of a square without letters differ at most, and those of a square that was drawn."""
MOSTLY = 0.94
"""Share of the squares without letters that must be flat."""
INK = 140
STRIPS, TURNS = 8, 20
"""In how many strips a page is cut to see whether its lines lie level, and by how many pixels over its width it is turned to try."""
STRAIGHT = 1
"""Pixels over the width of a page."""
FEWEST_GREYS = 8
"""A page of black and white alone comes from a copier or a fax."""
SCANNERS = re.compile(
    r"scan|fax|copier|multifunc|\bskm|canon|epson|brother|\bhp\b|hewlett|xerox|ricoh|konica|minolta|kyocera|lexmark|sharp|toshiba|fujitsu|"
    r"naps2|camera|\bios\b|iphone|ipad|android|notities|notes|lens|evernote|dropbox",
    re.IGNORECASE,
)
"""How scanners, copiers and telephones name themselves."""
Grey = npt.NDArray[np.uint8]


def is_drawn(picture: Image.Image, program: str) -> bool:
    """Whether a page's picture was drawn and never on paper; `program` is how the file names what made it."""
    if SCANNERS.search(program):
        return False
    grey: Grey = np.asarray(picture.convert("L"))
    return len(np.unique(grey)) >= FEWEST_GREYS and _is_flat(grey) and _is_straight(grey)


def _is_flat(grey: Grey) -> bool:
    rows, columns = (size // BLOCK for size in grey.shape)
    if not rows or not columns:
        return False
    squares = grey[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    ranges = squares.max(axis=(1, 3)).astype(np.int16) - squares.min(axis=(1, 3))
    blank = ranges < BLANK
    return bool(blank.any()) and float((ranges[blank] <= FLAT).mean()) >= MOSTLY


def _is_straight(grey: Grey) -> bool:
    """Whether the lines of a page are sharpest as they lie: the ink per row, strip by strip, moved against each other by a few pixels."""
    wide = grey.shape[1] // STRIPS
    profiles = [(grey[:, strip * wide : (strip + 1) * wide] < INK).sum(axis=1, dtype=np.float64) for strip in range(STRIPS)]
    sharpness = {turn: _sharpness(profiles, turn) for turn in range(-TURNS, TURNS + 1)}
    # A page without lines is as sharp one way as another, and proves nothing.
    best: int = max(sharpness, key=lambda turn: sharpness[turn])
    return sharpness[0] > 0 and abs(best) <= STRAIGHT


def _sharpness(profiles: list[npt.NDArray[np.float64]], turn: int) -> float:
    moved = [np.roll(profile, round(turn * (strip / (STRIPS - 1) - 0.5))) for strip, profile in enumerate(profiles)]
    return float((np.diff(np.sum(moved, axis=0)) ** 2).sum())
