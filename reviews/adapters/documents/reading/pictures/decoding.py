"""Open pictures: bounded before they are decoded, turned upright, on white, one picture per page."""

import io
import re
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence

from reviews.adapters.documents.reading.failures import ReadingError

# pi_heif and not pillow-heif: its wheels hold a decoder only, without GPL code.
pi_heif.register_heif_opener()

DESK_WIDTH = 1100
"""Pixels; as wide as a page picture ever is at the desk."""
MOST_DESK_HEIGHT = 16_000
"""Pixels; WebP ends at 16,383, a till roll does not."""
MOST_XMP = 200_000
LONGEST_SIDE = 3500
"""Pixels; what is larger than a page at 300 dpi holds nothing more to read."""
SHRINKING = 4
"""How many times the allowed pixels a JPEG may declare: it is decoded at a part of its size, never whole (phones make 108 and 200 million)."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF", "image/tiff": "TIFF"}
BROKEN = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, TypeError, LookupError, AttributeError, ArithmeticError, struct.error, zlib.error)
"""What Pillow raises at pictures that are not as they should be: it has no single root for that."""


def open_picture(data: bytes, media_type: str, *, megapixels: int) -> Image.Image:
    """Open a picture without decoding it; raise ReadingError when it is none or larger than allowed."""
    # Our own limit follows; Pillow's would refuse a JPEG that is decoded at a part of its size.
    Image.MAX_IMAGE_PIXELS = None
    try:
        # One format: most security fixes of Pillow are in decoders that nobody needs here.
        picture = Image.open(io.BytesIO(data), formats=[FORMATS[media_type]])
    except BROKEN:
        raise ReadingError("malformed_file") from None
    if picture.width * picture.height > megapixels * 1_000_000 * (SHRINKING if picture.format == "JPEG" else 1):
        raise ReadingError("oversized")
    return picture


def frames(picture: Image.Image, *, most: int, megapixels: int) -> Iterator[Image.Image]:
    """Yield each page of a picture, decoded, upright and in RGB; raise ReadingError for one that cannot be decoded."""
    try:
        for number, frame in enumerate(ImageSequence.Iterator(picture)):
            if number >= most:
                return
            part = min(1.0, LONGEST_SIDE / max(frame.size))
            # Before load(): a JPEG is then decoded at a half, a quarter or an eighth, and never whole.
            frame.draft("RGB", (round(frame.width * part), round(frame.height * part)))
            # Again, for each frame: a TIFF's later pages may be larger, and a JPEG has its drafted size only now.
            if frame.width * frame.height > megapixels * 1_000_000:
                raise ReadingError("oversized")
            yield _upright(frame)
    except BROKEN:
        raise ReadingError("malformed_file") from None


def _upright(frame: Image.Image) -> Image.Image:
    frame.load()
    # Turned first: the steps after it may drop the EXIF data.
    turned = _in_common_colours(_turned(frame))
    # 16 and 32 bits: convert() would cut them off at 255 instead of scaling.
    if turned.mode.startswith("I") or turned.mode == "F":
        turned = Image.fromarray(_eight_bits(np.asarray(turned, np.float32)))
    if "A" in turned.getbands() or turned.mode == "P":
        clear = turned.convert("RGBA")
        # On white, as on paper: what is transparent would otherwise come out black.
        turned = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    flat = turned.convert("RGB")
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return flat


def _turned(frame: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF data say; a picture is no worse for EXIF data that nobody can read."""
    try:
        return ImageOps.exif_transpose(frame)
    except BROKEN:
        return frame


def _in_common_colours(picture: Image.Image) -> Image.Image:
    """Bring a picture with a colour profile of its own (a camera's wide gamut, a print shop's inks) to sRGB; a broken profile is left aside."""
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or picture.mode not in {"RGB", "CMYK"}:
        return picture
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def _eight_bits(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    top = float(pixels.max()) if pixels.size else 0.0
    return (pixels * (255.0 / top if top > 255 else 1.0)).clip(0, 255).astype(np.uint8)


def software(picture: Image.Image) -> str:
    """Return the program that a picture says it was saved by: in its EXIF, a text of its own (PNG), or its XMP."""
    try:
        camera = picture.getexif().get(ExifTags.Base.Software)
    except BROKEN:
        camera = None
    told = [camera, picture.info.get("Software"), _from_xmp(picture.info.get("xmp"))]
    return "; ".join(dict.fromkeys(str(name) for name in told if name))[:200]


def _from_xmp(packet: object) -> str:
    """Return the last program that worked on a picture by its XMP packet (ISO 16684-1); only this one attribute is sought in it."""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet or "")
    found = re.findall(r"""(?:CreatorTool|softwareAgent)(?:=["']|>)([^"'<]{1,80})""", text[:MOST_XMP])
    return found[-1].strip() if found else ""


def for_the_desk(picture: Image.Image) -> bytes:
    """Encode a page for the desk: no wider than the desk shows, without any of the file's own metadata."""
    width = min(DESK_WIDTH, picture.width)
    height = min(MOST_DESK_HEIGHT, max(1, round(picture.height * width / picture.width)))
    return encoded(picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0))


def encoded(picture: Image.Image) -> bytes:
    """Encode a picture as WebP without metadata."""
    written = io.BytesIO()
    # No exif= and no icc_profile=: Pillow then writes none, so a photo's place does not reach the desk.
    picture.save(written, "WEBP", quality=70, method=2)
    return written.getvalue()
