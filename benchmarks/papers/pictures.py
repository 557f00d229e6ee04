"""What customers make of a PDF with scanner, fax and phone, from one seed always the same."""

from collections.abc import Callable
from io import BytesIO

import pypdfium2
from PIL import Image

from benchmarks.papers.chance import Chance
from reviews.demo.documents import renderings

UPRIGHT_IS_TURNED = 6
"""EXIF orientation: turn a quarter clockwise to see it upright."""
ORIENTATION = 0x0112
FAX = (1728, 2200)
"""Pixels of a fax in fine resolution (ITU-T T.4: 1,728 across, 7.7 lines a millimetre)."""


def fax(pdf: bytes, seed: int) -> bytes:
    """Return a black-and-white TIFF in fax resolution, a page each, with specks."""
    chance, out = Chance(seed), BytesIO()
    pages = [_specked(page.convert("L").resize(FAX, Image.Resampling.BILINEAR), chance) for page in _seen(pdf, 3)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(204, 196))
    return out.getvalue()


def copier(pdf: bytes, seed: int) -> bytes:
    """Return a black-and-white TIFF of a copier, a little turned, at 216 dots an inch."""
    chance, out = Chance(seed), BytesIO()
    turned = [page.convert("L").rotate(chance.between(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=255) for page in _seen(pdf, 3)]
    pages = [page.point([0] * 170 + [255] * 86).convert("1") for page in turned]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(216, 216))
    return out.getvalue()


def _specked(page: Image.Image, chance: Chance) -> Image.Image:
    for _ in range(60):
        page.putpixel((chance.number(0, page.width - 1), chance.number(0, page.height - 1)), 0)
    return page.point([0] * 150 + [255] * 106).convert("1")


def rotated_photo(pdf: bytes, seed: int) -> bytes:
    """Return a phone photo of which the sensor lay on its side: only EXIF tells which way is up."""
    picture = Image.open(BytesIO(renderings.as_photo(pdf, seed=seed)))
    exif = Image.Exif()
    exif[ORIENTATION] = UPRIGHT_IS_TURNED
    out = BytesIO()
    picture.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=86, exif=exif)
    return out.getvalue()


def evening_photo(pdf: bytes, seed: int) -> bytes:
    """Return a photo by lamplight: darker, warmer, flatter, and sent on by an app that squeezes it."""
    chance = Chance(seed)
    picture = Image.open(BytesIO(renderings.as_photo(pdf, seed=seed)))
    dim, tint = chance.between(0.62, 0.78), (1.0, 0.94, 0.8)
    table = [int(24 + level * dim * share) for share in tint for level in range(256)]
    out = BytesIO()
    picture.point(table).save(out, "JPEG", quality=72)
    return out.getvalue()


def screenshot(pdf: bytes, _seed: int) -> bytes:
    """Return the first page as the screen of a phone or a computer shows it."""
    out = BytesIO()
    _seen(pdf, 2)[0].save(out, "PNG")
    return out.getvalue()


def _seen(pdf: bytes, scale: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=scale).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


Picture = Callable[[bytes, int], bytes]
GOOD_SCAN: tuple[Picture, str] = (lambda pdf, seed: renderings.as_scan(pdf, seed=seed), "Scan_{:04}.pdf")
SCANS: tuple[tuple[Picture, str], ...] = (
    GOOD_SCAN,
    (copier, "SKM_{:06}.tif"),
    (fax, "fax{:05}.tiff"),
)
GOOD_PHOTOS: tuple[tuple[Picture, str], ...] = (
    (lambda pdf, seed: renderings.as_photo(pdf, seed=seed), "IMG_{:04}.jpg"),
    (rotated_photo, "IMG_{:04}.JPG"),
    (lambda pdf, seed: renderings.as_photo(pdf, seed=seed, media_type="image/webp"), "photo-{}.webp"),
    (screenshot, "Schermafbeelding {}.png"),
)
PHOTOS = (*GOOD_PHOTOS, (evening_photo, "IMG-WA{:04}.jpg"))
