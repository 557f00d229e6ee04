"""Numbers and dates on a paper that are not its own: of projects, quotes and deliveries, for payments, of phones, pages and prints."""

from datetime import date, timedelta

from benchmarks.papers.chance import Chance
from benchmarks.papers.patterns import expanded

Fact = tuple[str, str | date]
LABELS = {
    "nl": {
        "project": "<Project|Projectnummer|Projectnr.|Dossier>",
        "quote": "<Offertenummer|Offertenr.|Offerte>",
        "delivery": "<Pakbonnummer|Pakbon|Leverbonnr.>",
        "ours": "<Ons kenmerk|Onze referentie>",
        "yours": "<Uw kenmerk|Uw ordernummer|Inkoopnummer>",
        "phone": "<Telefoon klant|Uw telefoonnummer|Mobiel>",
        "payment": "<Betalingskenmerk|Kenmerk betaling>",
        "page": "<Pagina|Blad|Pag.>",
        "printed": "<Afdrukdatum|Printdatum|Afgedrukt op>",
        "quoted": "<Offertedatum|Datum offerte>",
        "measured": "<Inmeetdatum|Ingemeten op>",
        "article": "<Serienummer|Artikelgroep>",
    },
    "de": {
        "project": "<Projekt|Projekt-Nr.>",
        "quote": "Angebotsnummer",
        "delivery": "Lieferschein-Nr.",
        "ours": "Unser Zeichen",
        "yours": "Ihre Bestellnummer",
        "phone": "Telefon Kunde",
        "payment": "Zahlungsreferenz",
        "page": "Seite",
        "printed": "Druckdatum",
        "quoted": "Angebot vom",
        "measured": "Aufmaß am",
        "article": "Seriennummer",
    },
    "fr": {
        "project": "<Projet|Chantier>",
        "quote": "N° de devis",
        "delivery": "Bon de livraison n°",
        "ours": "Notre référence",
        "yours": "Votre commande",
        "phone": "Téléphone client",
        "payment": "Communication",
        "page": "Page",
        "printed": "Imprimé le",
        "quoted": "Devis du",
        "measured": "Mesuré le",
        "article": "N° de série",
    },
}
EARLIER = {"printed": -2, "quoted": 40, "measured": 20}
"""How many days before the document; a print comes after it."""


def drawn(language: str, number: str, on: date, chance: Chance) -> tuple[Fact, ...]:
    """Choose up to three of them, in the words of a language."""
    labels = LABELS["nl" if language == "be" else language]
    names = sorted(labels)
    start = chance.number(0, len(names) - 1)
    picked = [names[(start + turn * 5) % len(names)] for turn in range(chance.pick((0, 1, 1, 2, 3)))]
    return tuple((expanded(labels[name], chance), _value(name, number, on, chance)) for name in picked)


def _value(name: str, number: str, on: date, chance: Chance) -> str | date:
    if name in EARLIER:
        return on - timedelta(days=EARLIER[name] + chance.number(0, 3))
    digits = "".join(char for char in number if char.isdigit())
    values = {
        "phone": f"06-{chance.number(10, 99)}000{chance.number(100, 999)}",
        "payment": f"{chance.number(1, 9)}000{digits.zfill(8)}{chance.number(1000, 9999)}",
        "page": chance.pick(("1/1", "1 / 2", "1 van 1")),
        "ours": f"{chance.pick(('JB', 'MvD', 'KS'))}/{chance.number(100, 999)}",
        "project": f"<P|PR-|>{on.year % 100}{chance.number(100, 999)}",
        "article": f"SN{chance.number(100000, 999999)}",
    }
    return expanded(values.get(name, f"<|OF|{on.year}->{chance.number(10000, 99999)}"), chance)


def beneath(customer_number: str, email: str, chance: Chance) -> tuple[str, ...]:
    """Return lines that programs print under an address: the customer's number, phone or mail address."""
    lines = (
        f"<Klantnr.|Nr.|Nummer:|Debiteur> {customer_number or chance.number(1000, 29999)}",
        f"<Tel.|T|Mob.> 06-{chance.number(10, 99)}000{chance.number(100, 999)}",
        email,
    )
    return tuple(expanded(chance.pick(lines), chance) for _ in range(chance.pick((0, 0, 0, 1, 1, 2))) if email)
