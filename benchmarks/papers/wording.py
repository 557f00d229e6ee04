"""The words under which a program prints the values: each program has its own, and one document uses one of them throughout."""

import msgspec

from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind, Paper


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The labels of one document; `dates` is how it writes its dates, `sign` and `sign_after` what stands around its amounts.

    `dash` writes whole euros as 155,-; `lot` decides in which order a composed layout tells its particulars.
    """

    title: str
    number: str
    date: str
    customer: str
    order: str
    ordered: str
    delivered: str
    due: str
    reference: str
    worker: str
    description: str
    quantity: str
    price: str
    amount: str
    net: str
    tax: str
    total: str
    paid: str
    open: str
    phone: str
    closing: str
    dates: str
    sign: str
    sign_after: str = ""
    thousands: str = "."
    dash: bool = False
    lot: int = 0
    to: str = "Factuuradres"
    delivered_to: str = "Afleveradres"
    name: str = "Naam"
    street: str = "Adres"
    town: str = "Postcode/plaats"
    holder: str = "Ten name van"
    mention: str = "Onder vermelding van"
    to_pay: str = "Bedrag"
    payer: str = "Betaald door"
    row: str = "Nr"
    rate: str = "Btw"
    base: str = "Grondslag"
    tax_word: str = "Btw-bedrag"
    gross: str = "Bedrag incl. btw"
    sum_word: str = "Totaal"
    with_tax: str = "incl. btw"
    sentence: str = "Hierbij ontvangt u {kind} {number} d.d. {date}."
    in_title: str = "{kind} nr. {number} van {date}"
    total_sentence: str = "Het totaalbedrag van {total} is inclusief {tax} btw over {net}."
    paid_sentence: str = " Hiervan is {paid} reeds voldaan; te betalen blijft {open}."
    salutation: str = "Geachte heer, mevrouw,"
    greeting: str = "Met vriendelijke groet,"
    thanks: str = "Dank voor uw opdracht en tot ziens in onze toonzaal."
    cover: str = (
        "Dank dat u voor ons hebt gekozen. Bijgaand ontvangt u het document dat bij uw opdracht hoort. De offerte en de orderbevestiging die u "
        "eerder ontving, zijn hiermee afgehandeld. Heeft u vragen, bel ons dan gerust."
    )


TITLES: dict[str, dict[Kind, tuple[str, ...]]] = {
    "nl": {
        Kind.FACTUUR: ("Factuur", "FACTUUR", "Verkoopfactuur", "Faktuur"), Kind.WERKBON: ("Werkbon", "WERKBON", "Servicebon", "Montagebon"),
        Kind.OFFERTE: ("Offerte", "Prijsopgave", "OFFERTE"), Kind.ORDERBEVESTIGING: ("Orderbevestiging", "Opdrachtbevestiging"),
        Kind.CREDITNOTA: ("Creditnota", "CREDITFACTUUR", "Creditfactuur"), Kind.PAKBON: ("Pakbon", "Afleverbon"),
        Kind.AANMANING: ("Betalingsherinnering", "Aanmaning", "Tweede herinnering"), Kind.KASSABON: ("Kassabon",),
        Kind.BETAALBEWIJS: ("Overboeking", "Betaling"), Kind.PROFORMA: ("Pro forma factuur", "PROFORMA FACTUUR"),
    },
    "de": {Kind.FACTUUR: ("Rechnung",), Kind.WERKBON: ("Arbeitsschein",), Kind.OFFERTE: ("Angebot",)},
    "fr": {Kind.FACTUUR: ("Facture",), Kind.WERKBON: ("Bon de travail",), Kind.OFFERTE: ("Devis",)},
}  # fmt: skip
STEMS: dict[Kind, tuple[str, ...]] = {
    Kind.FACTUUR: ("Factuur",), Kind.WERKBON: ("Werkbon", "Bon"), Kind.OFFERTE: ("Offerte",), Kind.ORDERBEVESTIGING: ("Order",),
    Kind.CREDITNOTA: ("Creditnota",), Kind.PAKBON: ("Pakbon",), Kind.AANMANING: ("Factuur",), Kind.KASSABON: ("Bon",),
    Kind.BETAALBEWIJS: ("Factuur",), Kind.PROFORMA: ("Proforma",),
}  # fmt: skip
NUMBERS: dict[str, tuple[str, ...]] = {
    "nl": ("{}nummer", "{}nr.", "{} nr.", "{}nummer", "{}no.", "Nummer", "Ons nummer"),
    "de": ("Rechnungsnummer", "Rechnungs-Nr."),
    "fr": ("Facture n°", "N° de facture"),
}
DATES: dict[str, tuple[str, ...]] = {
    "nl": ("{}datum", "Datum", "{}datum", "Datum {}"),
    "de": ("Rechnungsdatum", "Datum"),
    "fr": ("Date de facturation", "Date"),
}
REST: dict[str, dict[str, tuple[str, ...]]] = {
    "nl": {
        "customer": ("Klantnummer", "Debiteurnr.", "Debiteurnummer", "Klantnr.", "Relatienummer"),
        "order": ("Ordernummer", "Order", "Opdrachtnr.", "Projectnummer"),
        "ordered": ("Besteld op", "Orderdatum", "Datum opdracht"), "delivered": ("Leverdatum", "Montagedatum", "Geplaatst op", "Uitgevoerd op"),
        "due": ("Vervaldatum", "Te betalen voor", "Uiterste betaaldatum"), "reference": ("Uw referentie", "Uw kenmerk", "Betreft"),
        "worker": ("Monteur", "Uw adviseur"),
        "description": ("Omschrijving", "Artikel", "Product / dienst"), "quantity": ("Aantal", "Aant."),
        "price": ("Stuksprijs", "Prijs", "Prijs p/s"), "amount": ("Bedrag", "Totaal excl.", "Subtotaal"),
        "net": ("Subtotaal", "Totaal excl. btw", "Netto", "Bedrag exclusief btw"), "tax": ("Btw {}%", "BTW {} %", "{}% btw over {}"),
        "total": ("Totaal incl. btw", "Totaal", "Totaalbedrag", "Eindbedrag", "Totaal inclusief btw", "Te voldoen", "Factuurtotaal"),
        "paid": ("Reeds voldaan", "Aanbetaling", "Ontvangen"), "open": ("Nog te betalen", "Openstaand", "Restant"),
        "phone": ("Tel.", "T", "Telefoon"),
    },
    "de": {
        "customer": ("Kundennummer",), "order": ("Auftragsnummer",), "ordered": ("Bestelldatum",), "delivered": ("Lieferdatum",),
        "due": ("Zahlbar bis",), "reference": ("Ihr Zeichen",),
        "worker": ("Monteur",), "description": ("Beschreibung",), "quantity": ("Menge",), "price": ("Einzelpreis",), "amount": ("Betrag",),
        "net": ("Nettobetrag",),
        "tax": ("MwSt. {} %",), "total": ("Gesamtbetrag", "Rechnungsbetrag"), "paid": ("Bereits bezahlt",), "open": ("Noch zu zahlen",),
        "phone": ("Tel.",),
    },
    "fr": {
        "customer": ("N° client",), "order": ("N° de commande",), "ordered": ("Date de commande",), "delivered": ("Date de livraison",),
        "due": ("Date d'échéance",),
        "reference": ("Votre référence",), "worker": ("Monteur",), "description": ("Désignation",), "quantity": ("Quantité",),
        "price": ("Prix unitaire",), "amount": ("Montant",),
        "net": ("Total HT",), "tax": ("TVA {} %",), "total": ("Total TTC", "Montant total TTC"), "paid": ("Acompte versé",),
        "open": ("Reste à payer",), "phone": ("Tél.",),
    },
}  # fmt: skip
CLOSINGS = {
    Kind.FACTUUR: "Graag ontvangen wij uw betaling uiterlijk {due} op rekening {iban} van {legal} met vermelding van {number}.",
    Kind.WERKBON: "Voor akkoord getekend door de klant. Klachten binnen acht dagen melden.",
    Kind.OFFERTE: "Deze prijs geldt tot {due}. Pas na uw handtekening bestellen wij de materialen; u ontvangt dan later een factuur.",
    Kind.ORDERBEVESTIGING: "Wij hebben uw bestelling genoteerd zoals hierboven. Na plaatsing ontvangt u de factuur.",
    Kind.CREDITNOTA: "Het bedrag wordt binnen tien dagen op uw rekening bijgeschreven.",
    Kind.PAKBON: "Zendingen graag nazien op breuk voordat de chauffeur vertrekt.",
    Kind.AANMANING: "Volgens onze boeken is deze factuur nog niet betaald. Wilt u dat binnen een week doen op {iban}?",
    Kind.KASSABON: "Ruilen kan binnen veertien dagen met deze bon.",
    Kind.BETAALBEWIJS: "Deze overboeking is verwerkt.",
    Kind.PROFORMA: "Dit is geen factuur in de zin van de wet; aan dit stuk kan geen recht op aftrek worden ontleend.",
}
FOREIGN_CLOSINGS = {
    "de": "Bitte überweisen Sie den Betrag bis {due} auf das Konto {iban}, {legal}, unter Angabe von {number}.",
    "fr": "Merci de verser ce montant avant le {due} sur le compte {iban} de {legal}, en mentionnant {number}.",
}


def wording(paper: Paper, chance: Chance) -> Wording:
    """Choose the words of a document in its language; Belgium prints Dutch."""
    language = "nl" if paper.language == "be" else paper.language
    rest = {name: chance.pick(choices) for name, choices in REST[language].items()}
    stem = chance.pick(STEMS[paper.kind])
    if not paper.paid and rest["total"] == "Te voldoen" and paper.kind is not Kind.FACTUUR:
        rest["total"] = "Totaal"
    return Wording(
        title=chance.pick(TITLES[language][paper.kind]),
        number=chance.pick(NUMBERS[language]).format(stem),
        date=chance.pick(DATES[language]).format(stem if language == "nl" else ""),
        closing=FOREIGN_CLOSINGS.get(language, CLOSINGS[paper.kind]),
        dates=chance.pick(("figures", "short", "slashes", "words", "brief", "figures") if language != "de" else ("dots", "words")),
        sign=chance.pick(("€ ", "€ ", "", "EUR ")),
        dash=False,
        lot=0,
        **rest,
    )
