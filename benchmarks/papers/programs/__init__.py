"""Programs that print marks as PDF: those that Python brings always, the others where they are installed.

Always: reportlab, fpdf2, typst. With the development packages and Pango: weasyprint. Where Debian's packages are installed: chromium
(`chromium`), wkhtmltopdf (`wkhtmltopdf`), tcpdf (`php-cli`, `php-tcpdf`), fop (`fop`), latex (`texlive-latex-base`, `texlive-latex-recommended`),
office (`libreoffice-writer-nogui`).
"""

import contextlib
import shutil
from collections.abc import Callable, Generator, Sequence

from benchmarks.papers import renderers
from benchmarks.papers.drawing import Drawing
from benchmarks.papers.programs import chromium, fop, html, latex, office, tcpdf

Print = Callable[[Sequence[Drawing]], list[bytes]]


def _each(render: renderers.Render) -> Print:
    return lambda drawings: [render(drawing) for drawing in drawings]


OWN = {name: _each(render) for name, render in renderers.RENDERERS.items()}
"""Those without which no set is made."""


PACKAGED: dict[str, tuple[str, Print]] = {
    "wkhtmltopdf": ("wkhtmltopdf", _each(html.by_wkhtmltopdf)), "tcpdf": ("php", tcpdf.print_all), "fop": ("fop", fop.print_all),
    "latex": ("pdflatex", latex.print_all), "office": ("soffice", office.print_all),
}  # fmt: skip
"""Those that need a command which may not be installed."""


@contextlib.contextmanager
def own(*, with_chromium: bool) -> Generator[dict[str, Print]]:
    """Hand out the four programs of the own layouts; where there is no Chromium, reportlab draws its part."""
    with chromium.printing() if with_chromium else contextlib.nullcontext() as by_chromium:
        yield {**OWN, "chromium": _each(by_chromium or renderers.by_reportlab)}


@contextlib.contextmanager
def installed(*, with_chromium: bool = True) -> Generator[dict[str, Print]]:
    """Hand out every program that there is here."""
    found = dict(OWN)
    if by_weasyprint := html.weasyprint():
        found["weasyprint"] = _each(by_weasyprint)
    found |= {name: prints for name, (needs, prints) in PACKAGED.items() if shutil.which(needs)}
    if "tcpdf" in found and not tcpdf.LIBRARY.exists():
        del found["tcpdf"]
    with chromium.printing() if with_chromium else contextlib.nullcontext() as by_chromium:
        if by_chromium:
            found["chromium"] = _each(by_chromium)
        yield found
