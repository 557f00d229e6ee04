"""What stands on a document: who issued it, to whom, for what, and for how much."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal

BTW_RATE = Decimal(21)
CENT = Decimal("0.01")


class DocumentKind(StrEnum):
    """What a document calls itself; only a factuur or a werkbon proves a purchase."""

    FACTUUR = "factuur"
    WERKBON = "werkbon"
    OFFERTE = "offerte"
    ORDERBEVESTIGING = "orderbevestiging"
    CREDITNOTA = "creditnota"
    PAKBON = "pakbon"


class PaperIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """The company that issued the document, as it prints its own details."""

    trade_name: str
    legal_name: str
    kvk: str
    btw_id: str
    iban: str
    address: str
    postcode: str
    city: str
    phone: str
    email: str
    website: str


class PaperCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the document is made out to, with street and house number in `address`."""

    name: str
    address: str
    postcode: str
    city: str


class ItemLine(msgspec.Struct, frozen=True):
    """One row: what it is, how many, and what the row costs with btw (None: not priced, as on many work orders)."""

    description: str
    quantity: str
    amount: Decimal | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document; consumer prices include btw, so the total is the plain sum of its rows."""

    kind: DocumentKind
    issuer: PaperIssuer
    customer: PaperCustomer
    number: str
    dated_on: date
    lines: tuple[ItemLine, ...]
    reference: str = ""
    remark: str = ""

    @property
    def total(self) -> Decimal | None:
        """The sum of the priced rows, btw included, or None when no row has a price."""
        amounts = [line.amount for line in self.lines if line.amount is not None]
        return sum(amounts, Decimal(0)) if amounts else None

    @property
    def btw(self) -> Decimal | None:
        """The btw within the total."""
        if self.total is None:
            return None
        return (self.total * BTW_RATE / (100 + BTW_RATE)).quantize(CENT, ROUND_HALF_UP)

    @property
    def base(self) -> Decimal | None:
        """The total without btw."""
        return None if self.total is None or self.btw is None else self.total - self.btw


def euros(amount: Decimal) -> str:
    """Write an amount as the Dutch do, without the sign: 1.234,50."""
    return format_decimal(amount, "#,##0.00", locale="nl")


def long_date(day: date) -> str:
    """Write a date in words: 3 november 2026."""
    return format_date(day, "d MMMM yyyy", locale="nl")


def short_date(day: date) -> str:
    """Write a date in figures: 03-11-2026."""
    return format_date(day, "dd-MM-yyyy", locale="nl")


def grouped_iban(iban: str) -> str:
    """Write an IBAN in groups of four, as it is printed."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def closing(document: Document) -> str:
    """Return the sentence below the amounts that goes with the kind of document."""
    issuer = document.issuer
    return {
        DocumentKind.FACTUUR: f"Wij verzoeken u het totaalbedrag binnen 14 dagen over te maken op {grouped_iban(issuer.iban)} "
        f"ten name van {issuer.legal_name}, onder vermelding van {document.number}.",
        DocumentKind.WERKBON: "Het werk is naar tevredenheid uitgevoerd. Op alle montage geldt twee jaar garantie.",
        DocumentKind.OFFERTE: "Deze offerte is vrijblijvend en 30 dagen geldig. Voor akkoord ontvangen wij graag een getekend exemplaar retour.",
        DocumentKind.ORDERBEVESTIGING: "Hartelijk dank voor uw opdracht. Wij nemen contact met u op voor een montageafspraak.",
        DocumentKind.CREDITNOTA: "Dit bedrag wordt binnen 14 dagen teruggestort op de rekening waarmee u hebt betaald.",
        DocumentKind.PAKBON: "Controleer de levering direct na ontvangst. Aan deze pakbon kunnen geen rechten worden ontleend.",
    }[document.kind]
