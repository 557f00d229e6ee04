"""What is sold and repaired, and the parts that documents add to it: numbers, dates, references."""

from datetime import date, timedelta
from decimal import Decimal

from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Item, Kind

SALES = (
    ("Uitvalscherm type {} breed {} cm", 389, 1290), ("Rolluik {} met handbediening, {} x 140", 310, 940), ("Verandazonwering {} {} cm", 1180, 3900),
    ("Screen {} ritsgeleid {} x 220", 540, 1620), ("Plisségordijn {} {} cm", 88, 345), ("Horren set {} {} cm", 75, 260),
    ("Markies {} breedte {} cm", 720, 1980),
    ("Houten jaloezie {} {} mm", 96, 380), ("Serrezonwering {} {} cm", 990, 2890),
)  # fmt: skip
TYPES = ("Lago", "Rhône", "Nova 55", "Tiber", "S-120", "Kustlijn", "Prestige", "Mistral")
EXTRAS = (
    ("Motor met afstandsbediening", 165, 320),
    ("Wind- en zonautomaat", 120, 260),
    ("Afvoeren oude zonwering", 35, 95),
    ("Montage op locatie", 95, 390),
    ("Steunen en klein materiaal", 12, 60),
)
SERVICE = (
    ("Nieuw doek gezet", 180, 520), ("Buismotor vervangen", 140, 290), ("Band en oproller vernieuwd", 35, 80), ("Uurloon monteur", 48, 66),
    ("Voorrijkosten", 25, 49),
    ("Lamel vervangen", 15, 38), ("Knikarm opnieuw gespannen", 60, 140),
)  # fmt: skip
REDUCED = ("Arbeid isolerend glas, woning ouder dan 2 jaar", 120, 340)
"""Labour on insulation of older homes bears 9 % btw (Wet OB 1968, tabel I, b 10)."""
ABROAD = {
    "de": ("Markise {} {} cm", "Rollladen {} {} cm", "Montage vor Ort {} {}"),
    "fr": ("Store banne {} {} cm", "Volet roulant {} {} cm", "Pose sur place {} {}"),
}
PATTERNS = {
    "utrecht": ("F{year}-{n:04}", "W{year}-{n:04}"), "groningen": ("{year}{n:05}", "S{year}{n:05}"), "zeeland": ("VF{yy}/{n:04}", "MB{yy}/{n:04}"),
    "van-vliet-zeist": ("{year}-{n:04}", "{year}-{n:04}W"), "van-vliet-zeewolde": ("{yy}.{n:04}", "{yy}.{n:04}"), "twente": ("{n:05}", "B{n:05}"),
    "duinrand": ("FACT-{year}-{n}", "BON-{year}-{n}"), "kempen": ("{year}/{n:03}", "WB{year}/{n:03}"),
}  # fmt: skip
"""How each branch numbers its invoices and its work orders."""
FOREIGN_PATTERN = ("{yy}{n:04}", "R{yy}{n:04}")
OTHER = {
    Kind.OFFERTE: "OFF{yy}{n:04}", Kind.ORDERBEVESTIGING: "OB{year}-{n:04}", Kind.CREDITNOTA: "C{year}-{n:04}", Kind.PAKBON: "P{n:06}",
    Kind.PROFORMA: "PF{year}-{n}", Kind.KASSABON: "{n:06}",
}  # fmt: skip


def number(kind: Kind, slug: str, turn: int, on: date) -> str:
    """Write the number of a document after the pattern of its branch; `turn` is its place in the row."""
    own = PATTERNS.get(slug, FOREIGN_PATTERN)
    pattern = OTHER.get(kind) or own[kind is Kind.WERKBON]
    return pattern.format(year=on.year, yy=f"{on.year % 100:02}", n=turn)


def items(kind: Kind, chance: Chance, *, language: str = "nl", reduced: bool = False, many: bool = False) -> tuple[Item, ...]:
    """Choose what is on a document; reductions of a credit note are negative."""
    if language in ABROAD:
        rows = [Item(name.format(chance.pick(TYPES), chance.number(120, 600)), 1, price(chance, 150, 1900)) for name in ABROAD[language]]
    elif kind is Kind.WERKBON:
        rows = [Item(name, 1, price(chance, low, high)) for name, low, high in _some(SERVICE, chance, chance.number(2, 4))]
    else:
        count = 9 if many else chance.number(1, 3)
        sold = [chance.pick(SALES) for _ in range(count)]
        rows = [
            Item(name.format(chance.pick(TYPES), chance.number(8, 60) * 10), chance.number(1, 3), price(chance, low, high))
            for name, low, high in sold
        ]
        rows += [Item(name, 1, price(chance, low, high)) for name, low, high in _some(EXTRAS, chance, chance.number(1, 3))]
    if reduced:
        rows.append(Item(REDUCED[0], 1, price(chance, *REDUCED[1:]), 9))
    sign = -1 if kind is Kind.CREDITNOTA else 1
    return tuple(Item(row.description, row.quantity, row.price * sign, row.rate) for row in rows)


def _some(rows: tuple[tuple[str, int, int], ...], chance: Chance, count: int) -> list[tuple[str, int, int]]:
    start = chance.number(0, len(rows) - 1)
    return [rows[(start + turn) % len(rows)] for turn in range(count)]


def price(chance: Chance, low: int, high: int) -> Decimal:
    """Choose a price in whole euros, or with cents."""
    cents = chance.pick((0, 0, 50, 95, chance.number(1, 99)))
    return Decimal(chance.number(low, high)) + Decimal(cents) / 100


def extras(chance: Chance, on: date) -> dict[str, str | date | None]:
    """Choose what else a document tells: customer and order numbers, dates of order, delivery and payment, references."""
    return {
        "customer_number": str(chance.number(10012, 19950)) if chance.happens(0.6) else "",
        "order_number": f"{chance.pick(('', 'V', 'OR-'))}{chance.number(20110, 28990)}" if chance.happens(0.5) else "",
        "ordered_on": on - timedelta(days=chance.number(30, 70)) if chance.happens(0.3) else None,
        "delivered_on": on - timedelta(days=chance.number(1, 9)) if chance.happens(0.4) else None,
        "due_on": on + timedelta(days=chance.pick((8, 14, 30))),
        "reference": chance.pick(("balkon achterzijde", "telefonisch", "uw mail van maandag", "scherm woonkamer")) if chance.happens(0.25) else "",
        "worker": chance.pick(("Gijs", "R. Tuinstra", "Marloes", "ploeg 2")) if chance.happens(0.25) else "",
    }
