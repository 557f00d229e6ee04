"""A page that was drawn and never lay on a scanner is told from paper by its flat white and its level lines."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from reviews.adapters.documents.reading.pictures import raster

PRINTER, SCANNER = "Microsoft: Print To PDF", "Scan-App 3 for phones"


def page(*, large: int = 22) -> Image.Image:
    """Draw a page of text as a program would."""
    drawn = Image.new("RGB", (1000, 1400), "white")
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(size=large)
    for row in range(30):
        pen.text((80, 100 + row * 40), f"Regel {row} van een factuur met een bedrag van € {row * 17},50", fill="black", font=font)
    return drawn


def noisy(drawn: Image.Image) -> Image.Image:
    pixels = np.asarray(drawn, np.int16) + np.random.default_rng(7).normal(-8, 4, (1400, 1000, 3)).astype(np.int16)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("program", [PRINTER, "", "PDFium", "paint.net 5"])
@pytest.mark.parametrize("large", [18, 26])
def test_a_page_that_a_program_drew_is_told(program: str, large: int) -> None:
    assert raster.is_drawn(page(large=large), program)
    assert raster.is_drawn(page(large=large).filter(ImageFilter.GaussianBlur(0.8)), program)


@pytest.mark.parametrize("degrees", [0.3, -0.5, 1.2, -1.0])
def test_a_page_that_lies_askew_was_paper(degrees: float) -> None:
    assert not raster.is_drawn(page().rotate(degrees, fillcolor="white", resample=Image.Resampling.BICUBIC), PRINTER)


def test_a_page_with_noise_between_its_letters_was_paper() -> None:
    assert not raster.is_drawn(noisy(page()), PRINTER)


@pytest.mark.parametrize("program", [SCANNER, "Canon iR-ADV", "iOS Version 17.5 Quartz PDFContext", "Microsoft Lens"])
def test_a_scanner_that_names_itself_may_bleach_and_straighten(program: str) -> None:
    assert not raster.is_drawn(page(), program)


def test_black_and_white_and_nothing_at_all_prove_nothing() -> None:
    assert not raster.is_drawn(page().convert("1"), PRINTER)
    assert not raster.is_drawn(Image.new("RGB", (1000, 1400), "white"), PRINTER)
    assert not raster.is_drawn(Image.new("RGB", (10, 10), "white"), PRINTER)
