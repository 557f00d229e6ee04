"""Pictures of every make come out upright, flat, on white and in plain colours; what is too large is never decoded."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.pictures import decoding

HEIC = Path(__file__).parent / "invoice.heic"
"""The demo's own invoice photographed by the demo's own camera (`renderings.as_photo`), saved once with pillow-heif 1.8 at quality 38."""
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 170, 30), (30, 30, 200), (255, 255, 255)
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores a picture for each orientation (EXIF 2.3, tag 274), so that undoing it brings the picture back."""


def quarters() -> Image.Image:
    """Return a picture whose corners differ: red, green above white, blue."""
    picture = Image.new("RGB", (64, 96), WHITE)
    picture.paste(RED, (0, 0, 32, 48))
    picture.paste(GREEN, (32, 0, 64, 48))
    picture.paste(BLUE, (32, 48, 64, 96))
    return picture


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def opened(data: bytes, media_type: str, *, megapixels: int = 60, most: int = 30) -> list[Image.Image]:
    return list(decoding.frames(decoding.open_picture(data, media_type, megapixels=megapixels), most=most, megapixels=megapixels))


def assert_quarters(picture: Image.Image, *, slack: int = 12) -> None:
    assert (picture.mode, picture.size) == ("RGB", (64, 96))
    for place, colour in (((16, 24), RED), ((48, 24), GREEN), ((16, 72), WHITE), ((48, 72), BLUE)):
        pixel = picture.getpixel(place)
        assert isinstance(pixel, tuple)
        assert max(abs(one - other) for one, other in zip(pixel, colour, strict=True)) <= slack, (place, pixel)


@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_turned_as_its_camera_says(orientation: int) -> None:
    turn = TURNS[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = quarters() if turn is None else quarters().transpose(turn)

    assert_quarters(opened(saved(stored, "JPEG", quality=98, subsampling=0, exif=exif), "image/jpeg")[0])


def test_a_picture_in_printing_inks_keeps_its_colours() -> None:
    assert_quarters(opened(saved(quarters().convert("CMYK"), "JPEG", quality=98, subsampling=0), "image/jpeg")[0], slack=20)


def test_sixteen_bits_of_grey_are_read_as_eight() -> None:
    ramp = Image.fromarray(np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (8, 1)))

    (picture,) = opened(saved(ramp, "PNG"), "image/png")

    assert (picture.mode, picture.getpixel((0, 0)), picture.getpixel((255, 0))) == ("RGB", (0, 0, 0), (255, 255, 255))
    assert abs(int(np.asarray(picture)[0, 128, 0]) - 128) <= 1


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_clear_becomes_white(form: str) -> None:
    clear = quarters().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 48, 32, 96))

    assert_quarters(opened(saved(clear, form, **({"lossless": True} if form == "WEBP" else {})), f"image/{form.lower()}")[0])


def test_a_palette_with_a_clear_colour_becomes_white_there() -> None:
    few = quarters().convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    clear = few.getpixel((16, 72))

    assert_quarters(opened(saved(few, "PNG", transparency=clear), "image/png")[0])


@pytest.mark.parametrize(("form", "media_type"), [("WEBP", "image/webp"), ("PNG", "image/png"), ("TIFF", "image/tiff")])
def test_a_picture_of_several_frames_gives_them_up_to_a_limit(form: str, media_type: str) -> None:
    shades = [Image.new("RGB", (40, 40), (shade, shade, shade)) for shade in (250, 160, 70)]
    data = saved(shades[0], form, save_all=True, append_images=shades[1:], **({"lossless": True} if form == "WEBP" else {}))

    assert [round(float(np.asarray(frame).mean())) for frame in opened(data, media_type)] == [250, 160, 70]
    assert len(opened(data, media_type, most=2)) == 2


def test_a_colour_profile_is_taken_into_account() -> None:
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert_quarters(opened(saved(quarters(), "PNG", icc_profile=usual), "image/png")[0])
    assert opened(saved(quarters(), "PNG", icc_profile=_swapped(usual)), "image/png")[0].getpixel((16, 24)) == (30, 200, 30)


def _swapped(profile: bytes) -> bytes:
    """Return a profile whose red and green primaries changed places."""
    return profile.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


def test_a_broken_colour_profile_is_left_aside() -> None:
    assert_quarters(opened(saved(quarters(), "PNG", icc_profile=b"no profile at all"), "image/png")[0])


def test_a_picture_of_a_phone_of_apple_is_read() -> None:
    (picture,) = opened(HEIC.read_bytes(), "image/heic")

    assert (picture.mode, picture.size) == ("RGB", (1700, 2267))
    assert float(np.asarray(picture).std()) > 20


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that declares a size and holds next to nothing: a bomb, or a lie."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_a_picture_with_too_many_pixels_is_not_decoded() -> None:
    with pytest.raises(ReadingError) as refused:
        opened(png_of(30_000, 30_000), "image/png")

    assert refused.value.code == "oversized"


def test_a_picture_that_ends_too_soon_is_malformed() -> None:
    with pytest.raises(ReadingError) as refused:
        opened(png_of(3000, 3000), "image/png")

    assert refused.value.code == "malformed_file"


def test_a_large_jpeg_is_decoded_at_a_part_of_its_size() -> None:
    data = saved(quarters().resize((4800, 7200), Image.Resampling.NEAREST), "JPEG", quality=60)

    (picture,) = opened(data, "image/jpeg", megapixels=12)

    assert picture.size == (2333, 3500)


def test_a_large_picture_that_can_only_be_decoded_whole_is_refused() -> None:
    with pytest.raises(ReadingError) as refused:
        opened(saved(quarters().resize((480, 720)), "PNG"), "image/png", megapixels=0)

    assert refused.value.code == "oversized"


def test_a_jpeg_that_declares_far_too_much_is_refused() -> None:
    data = saved(quarters().resize((2000, 3000)), "JPEG", quality=90)

    with pytest.raises(ReadingError) as refused:
        opened(data, "image/jpeg", megapixels=1)

    assert refused.value.code == "oversized"


def test_the_desk_gets_nothing_but_the_picture() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Telefoon van Jan"
    with Image.open(io.BytesIO(saved(quarters(), "JPEG", exif=exif))) as photo:
        shown = decoding.for_the_desk(photo)

    assert b"Telefoon" not in shown
    with Image.open(io.BytesIO(shown)) as page:
        assert (page.format, page.getexif(), page.info.get("icc_profile")) == ("WEBP", Image.Exif(), None)


def test_the_desk_gets_no_picture_wider_than_it_shows() -> None:
    with Image.open(io.BytesIO(decoding.for_the_desk(Image.new("RGB", (2000, 1000), "white")))) as page:
        assert page.size == (decoding.DESK_WIDTH, decoding.DESK_WIDTH // 2)


def test_a_till_roll_still_fits_in_a_page_picture() -> None:
    with Image.open(io.BytesIO(decoding.for_the_desk(Image.new("L", (120, 40_000), 255).convert("RGB")))) as page:
        assert page.size == (120, decoding.MOST_DESK_HEIGHT)


@pytest.mark.parametrize(
    "packet",
    [
        '<rdf:Description xmp:CreatorTool="Adobe Photoshop 26.0 (Windows)"/>',
        "<xmp:CreatorTool>Telefoon</xmp:CreatorTool><stEvt:softwareAgent>Adobe Photoshop 26.0</stEvt:softwareAgent>",
    ],
)
def test_a_program_is_found_in_what_a_picture_tells_of_itself(packet: str) -> None:
    picture = decoding.open_picture(saved(quarters(), "JPEG", xmp=packet.encode()), "image/jpeg", megapixels=60)

    assert decoding.software(picture).startswith("Adobe Photoshop 26.0")


def test_a_program_is_found_in_the_texts_of_a_png() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Software", "GIMP 2.10")

    assert decoding.software(decoding.open_picture(saved(quarters(), "PNG", pnginfo=told), "image/png", megapixels=60)) == "GIMP 2.10"
