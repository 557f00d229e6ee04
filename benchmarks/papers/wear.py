"""What scanner, phone and time do to a sheet, as numbers that are drawn from a range: blur, noise, turn, slant, shadow, contrast, fold, crop."""

from collections.abc import Callable
from io import BytesIO

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from benchmarks.papers.chance import Chance
from benchmarks.papers.renderers import FONTS
from benchmarks.papers.tampering import places

Pixels = npt.NDArray[np.float32]
FONT = FONTS / "Vera.ttf"
ORIENTATION, ON_ITS_SIDE = 0x0112, 6
INK_UNTIL = 188
"""Grey levels that a copier prints black: grey type stays."""
MOST = 3600
"""Pixels along the longest side."""


class Wear(msgspec.Struct, frozen=True, kw_only=True):
    """How a sheet became a picture; `turn` in degrees, `slant`, `crop` and `fold` as shares of the sheet, `blur` and `noise` in pixels and levels.

    Where `patch` stands, somebody wrote `patched` over it in the picture.
    """

    dpi: int
    blur: float = 0.0
    noise: float = 0.0
    turn: float = 0.0
    slant: float = 0.0
    shadow: float = 0.0
    contrast: float = 1.0
    fold: float = 0.0
    crop: float = 0.0
    quality: int = 90
    margin: float = 0.0
    grey: bool = False
    two_tone: bool = False
    sideways: bool = False
    patch: str = ""
    patched: str = ""

    def told(self) -> str:
        """Return it in a few words, without what is as it should be."""
        usual = Wear(dpi=self.dpi)
        worn = [f"{name} {getattr(self, name):.3g}" for name in ("blur", "noise", "turn", "slant", "shadow", "contrast", "fold", "crop", "quality")
                if getattr(self, name) != getattr(usual, name)]  # fmt: skip
        return ", ".join([f"{self.dpi} dpi", *worn])


Making = Callable[[bytes, Wear, int], bytes]
"""What makes a picture of a PDF: with this wear, and from this seed."""


def of_scan(chance: Chance) -> Wear:
    """Draw what a scanner, a copier or a fax makes of a sheet that people can still read."""
    two_tone = chance.happens(0.18)
    return Wear(
        dpi=chance.number(190, 300) if two_tone else chance.number(140, 300),
        blur=chance.between(0, 0.8),
        noise=chance.between(0, 9),
        turn=chance.between(-1.6, 1.6),
        shadow=chance.between(0, 0.12),
        contrast=chance.between(0.85 if two_tone else 0.62, 1),
        fold=chance.between(0.25, 0.75) if chance.happens(0.25) else 0,
        crop=chance.between(0, 0.012),
        quality=chance.number(45, 92),
        grey=chance.happens(0.5),
        two_tone=two_tone,
    )


def of_photo(chance: Chance) -> Wear:
    """Draw what a phone makes of a sheet on a table."""
    return Wear(
        dpi=chance.number(170, 260),
        blur=chance.between(0.3, 1.3),
        noise=chance.between(1, 9),
        turn=chance.between(-4, 4),
        slant=chance.between(0, 0.045),
        shadow=chance.between(0.05, 0.4),
        contrast=chance.between(0.65, 1),
        fold=chance.between(0.25, 0.75) if chance.happens(0.35) else 0,
        quality=chance.number(50, 92),
        margin=chance.between(0.015, 0.09),
        sideways=chance.happens(0.15),
    )


def of_screen(chance: Chance) -> Wear:
    """Draw a picture of a digital page: clean, as a screen shows it."""
    return Wear(dpi=chance.number(110, 200))


def scan(pdf: bytes, wear: Wear, seed: int) -> bytes:
    """Return a PDF of pictures, or a black and white TIFF."""
    pages = pictures(pdf, wear, seed)
    out = BytesIO()
    if wear.two_tone:
        pages = [page.convert("L").point([0] * INK_UNTIL + [255] * (256 - INK_UNTIL)).convert("1") for page in pages]
        pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(wear.dpi, wear.dpi))
    else:
        pages = [page.convert("L") if wear.grey else page for page in pages]
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=wear.dpi, quality=wear.quality)
    return out.getvalue()


def photo(pdf: bytes, wear: Wear, seed: int) -> bytes:
    """Return a JPEG of the first sheet, which may lie on its side with EXIF telling so."""
    picture, out, exif = pictures(pdf, wear, seed)[0], BytesIO(), Image.Exif()
    if wear.sideways:
        exif[ORIENTATION] = ON_ITS_SIDE
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    picture.save(out, "JPEG", quality=wear.quality, exif=exif)
    return out.getvalue()


def screen(pdf: bytes, wear: Wear, _seed: int) -> bytes:
    """Return a PNG of the first sheet without any wear."""
    out = BytesIO()
    _image(_sheets(pdf, wear.dpi)[0]).save(out, "PNG")
    return out.getvalue()


def pictures(pdf: bytes, wear: Wear, seed: int) -> list[Image.Image]:
    """Return each sheet worn, the first with what somebody patched into it."""
    pages = [_image(worn(page, wear, np.random.default_rng((seed, number)))) for number, page in enumerate(_sheets(pdf, wear.dpi))]
    if wear.patch:
        _patch(pages[0], places(pdf, wear.patch), wear)
    return pages


def _patch(page: Image.Image, found: list[tuple[float, float, float, float]], wear: Wear) -> None:
    """Write other words over flat paper: without noise, and as sharp as no lens is."""
    draw, scale = ImageDraw.Draw(page), wear.dpi / 72
    for left, bottom, right, top in found:
        box = (left * scale - 2, page.height - top * scale - 3, right * scale + 2, page.height - bottom * scale + 3)
        paper = page.getpixel((int(box[0]) - 3, int(box[1]) - 3))
        draw.rectangle(box, fill=paper)
        face = ImageFont.truetype(str(FONT), (top - bottom) * scale * 1.3)
        draw.text((right * scale, page.height - bottom * scale), wear.patched, font=face, fill=(25, 25, 28), anchor="rs")


def worn(page: Pixels, wear: Wear, chance: np.random.Generator) -> Pixels:
    """Wear a sheet: ink first, then folds, then how it lies, then light, lens and sensor."""
    pixels = 250 - (250 - page * 0.98) * wear.contrast
    if wear.fold:
        pixels *= _fold(pixels.shape, wear.fold, chance)[:, :, None]
    pixels = _lying(pixels, wear, chance)
    if wear.shadow:
        pixels *= _light(pixels.shape, wear.shadow, chance)[:, :, None]
    if wear.blur:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), wear.blur), dtype=np.float32)
    if wear.noise:
        pixels += (chance.standard_normal(pixels.shape[:2], dtype=np.float32) * np.float32(wear.noise))[:, :, None]
    return pixels


def _fold(shape: tuple[int, ...], at: float, chance: np.random.Generator) -> Pixels:
    """Darken one side of a crease and lighten the other."""
    across = bool(chance.random() < 0.8)
    length = shape[0] if across else shape[1]
    away = (np.arange(length, dtype=np.float32) - at * length) / (length * 0.01)
    depth = np.float32(chance.uniform(0.08, 0.3))
    profile = 1 - depth * np.exp(-np.abs(away)) * np.where(away < 0, 1, 0.3).astype(np.float32)
    row: Pixels = np.broadcast_to(profile[:, None] if across else profile[None, :], shape[:2]).astype(np.float32)
    return row


def _lying(pixels: Pixels, wear: Wear, chance: np.random.Generator) -> Pixels:
    """Turn and slant the sheet, cut its edges, and lay it on a table or on white."""
    height, width = pixels.shape[:2]
    cut = wear.crop - wear.margin
    corners = np.array([(cut, cut), (1 - cut, cut), (1 - cut, 1 - cut), (cut, 1 - cut)]) * (width, height)
    angle = np.deg2rad(wear.turn)
    spin = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    middle = np.array((width / 2, height / 2))
    source = (corners - middle) @ spin.T + middle + chance.uniform(-wear.slant, wear.slant, (4, 2)) * (width, height)
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    how = cv2.getPerspectiveTransform(source.astype(np.float32), target)
    border = tuple(float(level) for level in chance.uniform(50, 190) + chance.uniform(-14, 14, 3)) if wear.margin else (248.0, 248.0, 248.0)
    laid = cv2.warpPerspective(pixels, how, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border)
    return np.asarray(laid, dtype=np.float32)


def _light(shape: tuple[int, ...], depth: float, chance: np.random.Generator) -> Pixels:
    """Let light fall from one side, with a soft shadow somewhere."""
    height, width = shape[:2]
    across, down = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    way, x, y = chance.uniform(0, 6.28), *chance.uniform(-1, 1, 2)
    slope = (across * np.cos(way) + down * np.sin(way)) * 0.35
    spot = np.exp(-((across - x) ** 2 + (down - y) ** 2) / 0.35) * 0.5
    light: Pixels = (1 - depth * (0.35 + slope + spot)).clip(0.25, 1.1).astype(np.float32)
    return light


def _sheets(pdf: bytes, dpi: int) -> list[Pixels]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_sheet(page, min(dpi / 72, MOST / max(page.get_size()))) for page in document]
    finally:
        document.close()


def _sheet(page: pypdfium2.PdfPage, scale: float) -> Pixels:
    picture = page.render(scale=scale).to_pil()  # pyright: ignore[reportArgumentType] - it takes any number
    return np.asarray(picture.convert("RGB"), dtype=np.float32)


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
