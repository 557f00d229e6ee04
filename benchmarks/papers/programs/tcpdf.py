"""Print marks with TCPDF, as Dolibarr and many web shops do, credit line of 1 point included."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.papers.drawing import Drawing
from benchmarks.papers.renderers import MADE_AT

LIBRARY = Path("/usr/share/php/tcpdf/tcpdf.php")
SCRIPT = Path(__file__).with_name("tcpdf.php")


def print_all(drawings: Sequence[Drawing]) -> list[bytes]:
    """Print each, every second one with embedded typefaces."""
    return [_print(drawing, embed=turn % 2 == 1) for turn, drawing in enumerate(drawings)]


def _print(drawing: Drawing, *, embed: bool) -> bytes:
    told = {"width": drawing.width, "height": drawing.height, "embed": embed, "made": int(MADE_AT.timestamp()), "pages": drawing.pages}
    done = subprocess.run(["php", str(SCRIPT)], input=msgspec.json.encode(told), capture_output=True, check=True, timeout=120)
    return done.stdout
