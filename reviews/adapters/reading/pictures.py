"""Open pictures: bounded before they are decoded, turned upright, on white, one picture per page."""

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import ExifTags, Image, ImageOps, ImageSequence

from reviews.adapters.reading.failures import ReadingError

pi_heif.register_heif_opener()

DESK_WIDTH = 1100
"""Pixels; as wide as a page picture ever is at the desk."""
LONGEST_SIDE = 3500
"""Pixels; what is larger than a page at 300 dpi holds nothing more to read."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF", "image/tiff": "TIFF"}


def open_picture(data: bytes, media_type: str, *, megapixels: int) -> Image.Image:
    """Open a picture without decoding it; raise ReadingError when it is none or larger than allowed."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        picture = Image.open(io.BytesIO(data), formats=[FORMATS[media_type]])
    except (OSError, ValueError, SyntaxError, RuntimeError):
        raise ReadingError("malformed_file") from None
    if picture.width * picture.height > megapixels * 1_000_000:
        raise ReadingError("oversized")
    return picture


def frames(picture: Image.Image, *, most: int, megapixels: int) -> Iterator[Image.Image]:
    """Yield each page of a picture, decoded, upright and in RGB; raise ReadingError for one that cannot be decoded."""
    try:
        for number, frame in enumerate(ImageSequence.Iterator(picture)):
            if number >= most:
                return
            if frame.width * frame.height > megapixels * 1_000_000:
                raise ReadingError("oversized")
            yield _upright(frame)
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError):
        raise ReadingError("malformed_file") from None


def _upright(frame: Image.Image) -> Image.Image:
    frame.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(frame)
    if turned.mode.startswith("I") or turned.mode == "F":
        turned = Image.fromarray(_eight_bits(np.asarray(turned, np.float32)))
    if "A" in turned.getbands() or turned.mode == "P":
        clear = turned.convert("RGBA")
        turned = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    flat = turned.convert("RGB")
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return flat


def _eight_bits(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    top = float(pixels.max()) if pixels.size else 0.0
    return (pixels * (255.0 / top if top > 255 else 1.0)).clip(0, 255).astype(np.uint8)


def software(picture: Image.Image) -> str:
    """Return the program that a picture says it was saved by."""
    named = picture.getexif().get(ExifTags.Base.Software) or picture.info.get("Software")
    return str(named)[:200] if named else ""


def for_the_desk(picture: Image.Image) -> bytes:
    """Encode a page for the desk: WebP, no wider than the desk shows, without any of the file's own metadata."""
    width = min(DESK_WIDTH, picture.width)
    shown = picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    shown.save(written, "WEBP", quality=70, method=2)
    return written.getvalue()
