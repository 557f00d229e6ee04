"""Lay the text of a mail out on pages, so that it is read, shown and compared like any other document."""

import textwrap

from PIL import Image

from reviews.adapters.documents.reading.einvoices.invoice_page import HEIGHT, LINE, MARGIN, InvoicePage
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import own_text
from reviews.proofs.reading import Word

WIDTH = 86
"""Characters of a line; longer ones are broken, but for rows of a table, which are drawn closer."""
MOST_PAGES = 6
LONGEST = 60_000
"""Characters; six full pages have half of that."""
_ON_PAGE = (HEIGHT - 2 * MARGIN) // LINE
_SOURCE = "Deze bladzijde is gemaakt uit de tekst van de mail."


def draw(text: str, first: int) -> list[tuple[list[Word], Image.Image]]:
    """Return the words and the picture of each page, numbered from `first`; raise ReadingError for a text that no invoice has the length of."""
    if len(text) > LONGEST:
        raise ReadingError("oversized")
    lines = [part for line in own_text.own_lines(text) for part in _broken(line)]
    pages = [lines[start : start + _ON_PAGE - 2] for start in range(0, len(lines), _ON_PAGE - 2)]
    if len(pages) > MOST_PAGES:
        raise ReadingError("oversized")
    widest = max([WIDTH, *map(len, lines)])
    return [_draw(page, first + number, widest) for number, page in enumerate(pages)]


def _broken(line: str) -> list[str]:
    """Break a line of running text; a row of columns stays a row, and an empty line a line."""
    return [line] if "  " in line.strip() or len(line) <= WIDTH else textwrap.wrap(line, WIDTH, break_on_hyphens=False)


def _draw(lines: list[str], number: int, widest: int) -> tuple[list[Word], Image.Image]:
    sheet = InvoicePage(number)
    for line in lines:
        sheet.write_row(line, widest)
    sheet.skip()
    sheet.write(_SOURCE)
    return sheet.words, sheet.picture
