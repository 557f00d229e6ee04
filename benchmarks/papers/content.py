"""What stands on a document, apart from where: who, to whom, what for, how much, and under which words."""

import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec
from babel.dates import format_date

from reviews.demo.documents.content import CENT, PaperIssuer, euros


class Kind(StrEnum):
    """What a document calls itself, as the labels of a set name it; a pro forma counts as anders."""

    FACTUUR = "factuur"
    WERKBON = "werkbon"
    OFFERTE = "offerte"
    ORDERBEVESTIGING = "orderbevestiging"
    CREDITNOTA = "creditnota"
    PAKBON = "pakbon"
    AANMANING = "aanmaning"
    KASSABON = "kassabon"
    BETAALBEWIJS = "betaalbewijs"
    PROFORMA = "anders"


class Item(msgspec.Struct, frozen=True):
    """One row: what it is, how many, the price of one without btw, and its rate in per cent."""

    description: str
    quantity: int
    price: Decimal
    rate: int = 21

    @property
    def net(self) -> Decimal:
        """What the row costs without btw."""
        return self.price * self.quantity


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a document is made out: `lines` as printed; `name` as a label gives it, without form of address."""

    lines: tuple[str, ...]
    name: str
    postcode: str
    house_number: str


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document; what it leaves out is empty. `language` is nl, be, de or fr.

    `others` are labels with numbers and dates that are not the document's own, `beneath` lines under the customer's address.
    """

    kind: Kind
    issuer: PaperIssuer
    addressee: Addressee
    number: str
    dated_on: date
    items: tuple[Item, ...]
    language: str = "nl"
    customer_number: str = ""
    order_number: str = ""
    reference: str = ""
    email: str = ""
    worker: str = ""
    ordered_on: date | None = None
    delivered_on: date | None = None
    due_on: date | None = None
    paid: Decimal = Decimal(0)
    priced: bool = True
    copy: bool = False
    branches: tuple[PaperIssuer, ...] = ()
    terms: bool = False
    remark: str = ""
    others: tuple[tuple[str, str | date], ...] = ()
    beneath: tuple[str, ...] = ()

    @property
    def nets(self) -> dict[int, Decimal]:
        """What the rows come to without btw, by rate, the highest rate first."""
        rates = sorted({item.rate for item in self.items}, reverse=True)
        return {rate: sum((item.net for item in self.items if item.rate == rate), Decimal(0)) for rate in rates}

    @property
    def taxes(self) -> dict[int, Decimal]:
        """The btw by rate."""
        return {rate: (net * rate / 100).quantize(CENT, ROUND_HALF_UP) for rate, net in self.nets.items()}

    @property
    def net(self) -> Decimal:
        """The amount without btw."""
        return sum(self.nets.values(), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The amount with btw, before what was paid."""
        return self.net + sum(self.taxes.values(), Decimal(0))

    @property
    def open(self) -> Decimal:
        """What is left to pay."""
        return self.total - self.paid

    def grosses(self) -> list[Decimal]:
        """What each row costs with btw; the last row takes the cents that rounding leaves, so that they add up to the total."""
        rows = [(item.net * (100 + item.rate) / 100).quantize(CENT, ROUND_HALF_UP) for item in self.items]
        rows[-1] += self.total - sum(rows, Decimal(0))
        return rows


FORMATS = {
    "figures": "dd-MM-yyyy",
    "short": "d-M-yyyy",
    "slashes": "dd/MM/yyyy",
    "dots": "dd.MM.yyyy",
    "words": "d MMMM yyyy",
    "brief": "d MMM yyyy",
    "iso": "yyyy-MM-dd",
    "years": "dd-MM-yy",
    "points": "d.M.yyyy",
    "spelled": "EEEE d MMMM yyyy",
    "short_years": "d/M/yy",
    "words_de": "d. MMMM yyyy",
    "dot_years": "dd.MM.yy",
    "words_nfd": "d MMMM yyyy",
    "years_slash": "dd/MM/yy",
}
LOCALES = {"nl": "nl", "be": "nl_BE", "de": "de", "fr": "fr"}


def written(day: date, how: str, language: str = "nl") -> str:
    """Write a date in one of the FORMATS, in the words of a language; the French write the first of a month as 1er, `nfd` takes accents apart."""
    words = format_date(day, FORMATS[how], locale=LOCALES[language])
    if language == "fr" and day.day == 1 and how.startswith("words"):
        words = words.replace("1 ", "1er ", 1)
    return unicodedata.normalize("NFD", words) if how.endswith("_nfd") else words


def figures(amount: Decimal, thousands: str = ".", *, dash: bool = False) -> str:
    """Write an amount without a sign of currency: 1.234,50; whole euros with a dash where the document does so."""
    words = euros(amount).replace(".", thousands)
    return f"{words[:-2]}-" if dash and words.endswith(",00") else words
