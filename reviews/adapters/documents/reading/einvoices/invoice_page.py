"""Lay an e-invoice out on a page, so that it is read, shown and compared like any other document."""

import io
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

from reviews.adapters.documents.reading.einvoices.parsing import Content, Party
from reviews.proofs.reading import Word

WIDTH, HEIGHT, MARGIN = 1100, 1556, 80
"""Pixels; the shape of A4."""
LINE, SIZE, TITLE = 28, 18, 30
SECOND, THIRD = 400, 800
"""Where the columns start."""
BELOW_LINES = 8
"""Lines of the page that stay free for the sum."""
_AMOUNT = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
"""As EN 16931 writes it; Decimal takes `1E+99999999` as well, and would write it out."""
# reportlab brings Vera along; a system may have no fonts at all. Held in memory, because a reader opens no file.
_PLAIN, _BOLD = ((Path(reportlab.__file__).parent / "fonts" / name).read_bytes() for name in ("Vera.ttf", "VeraBd.ttf"))
_CELL = re.compile(r"\S+(?: \S+)*")
_SOURCE = "Deze bladzijde is gemaakt uit de gegevens van de e-factuur."


@dataclass(slots=True)
class InvoicePage:
    """A page on its way: its picture, and its words where they stand."""

    number: int
    picture: Image.Image = field(default_factory=lambda: Image.new("RGB", (WIDTH, HEIGHT), "white"))
    words: list[Word] = field(default_factory=list)
    down: int = MARGIN

    def write(self, *columns: str, bold: bool = False, size: int = SIZE) -> None:
        """Write a line: each text at the start of its column; what does not fit on the page is left out."""
        font = ImageFont.truetype(io.BytesIO(_BOLD if bold else _PLAIN), size)
        for text, left in zip(columns, (MARGIN, SECOND, THIRD), strict=False):
            if self.down < HEIGHT - MARGIN:
                self._put(_printable(text), left, font)
        self.down += LINE * size // SIZE

    def write_row(self, row: str, width: int) -> None:
        """Write a line of so many characters at most: what stands behind two spaces or more is another column, at the place that it has there."""
        font, across = ImageFont.truetype(io.BytesIO(_PLAIN), SIZE), 0.0
        for cell in _CELL.finditer(row):
            across = self._put(cell[0], max(across, MARGIN + cell.start() * (WIDTH - 2 * MARGIN) / width), font) + 2 * SIZE
        self.down += LINE

    def _put(self, text: str, across: float, font: ImageFont.FreeTypeFont) -> float:
        """Write words behind each other and return where they end."""
        drawing = ImageDraw.Draw(self.picture)
        # Word by word, so that each has the box that reading a PDF would give it.
        for word in text.split():
            drawing.text((across, self.down), word, fill="black", font=font)
            x0, y0, x1, y1 = drawing.textbbox((across, self.down), word, font=font)
            self.words.append(Word(word, self.number, x0 / WIDTH, y0 / WIDTH, x1 / WIDTH, y1 / WIDTH, 1.0))
            across = x1 + font.getlength(" ")
        return across

    def skip(self) -> None:
        """Leave a line open."""
        self.down += LINE


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:120]


def draw(content: Content, number: int) -> tuple[list[Word], Image.Image]:
    """Return the words and the picture of the page that an e-invoice makes: a title, who sells and buys, labels with values, the sum."""
    sheet = InvoicePage(number)
    sheet.write(content.kind.upper(), bold=True, size=TITLE)
    _write_seller(sheet, content)
    _write_buyer(sheet, content.buyer)
    document = "Creditnota" if content.kind == "Creditnota" else "Factuur"
    sheet.write(f"{document}nummer", content.number or "")
    sheet.write(f"{document}datum", _dutch(content.issued))
    if content.due:
        sheet.write("Vervaldatum", _dutch(content.due))
    sheet.skip()
    # One page only: the sum must be on it, items may be left out.
    fitting = max(0, (HEIGHT - MARGIN - sheet.down) // LINE - BELOW_LINES)
    for said, amount in content.lines[:fitting]:
        sheet.write(said, "", _euros(amount, ""))
    if len(content.lines) > fitting:
        sheet.write("En meer regels, die hier niet staan.")
    sheet.skip()
    for label, sum_of in (("Totaal excl. btw", content.net), ("Btw", content.tax), ("Totaal incl. btw", content.total)):
        if sum_of:
            sheet.write(label, "", _euros(sum_of, content.currency or ""), bold=label.endswith("incl. btw"))
    sheet.skip()
    sheet.write(_SOURCE)
    return sheet.words, sheet.picture


def _write_seller(sheet: InvoicePage, content: Content) -> None:
    seller = content.seller
    for name in dict.fromkeys(name for name in (seller.trade_name, seller.name) if name):
        sheet.write(name, bold=True)
    sheet.write(", ".join(part for part in (seller.street, _town(seller)) if part))
    numbers = [f"{label} {number}" for label, number in seller.ids if label]
    numbers += [f"IBAN {content.iban}"] if content.iban else []
    for row in (*numbers, *(value for value in (seller.phone, seller.email) if value)):
        sheet.write(row)
    sheet.skip()


def _write_buyer(sheet: InvoicePage, buyer: Party) -> None:
    for row in (buyer.name or buyer.trade_name or buyer.contact, buyer.street, _town(buyer), buyer.email):
        if row:
            sheet.write(row)
    sheet.skip()


def _town(party: Party) -> str:
    return " ".join(part for part in (party.postcode, party.city) if part)


def _dutch(written: str | None) -> str:
    try:
        return date.fromisoformat((written or "")[:10]).strftime("%d-%m-%Y")
    except ValueError:
        return written or ""


def _euros(written: str, currency: str) -> str:
    """Return an amount as the Dutch write it; what is no amount stays as it is."""
    if not _AMOUNT.fullmatch(written):
        return written
    # Swaps both at once: two calls of replace would turn all points into commas and back.
    amount = f"{Decimal(written):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{ {'EUR': '€'}.get(currency, currency) } {amount}".strip()
