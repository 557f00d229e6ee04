"""How a verdict is worded for a person, at the desk and on the command line: outcomes, fields, findings by weight, how sure a reading is."""

from typing import Final

from reviews.proofs.findings import Weight

OUTCOMES: Final = {
    "accept": ("good", "Zeker", "Alles wijst op een echte klant van deze vestiging."),
    "refer": ("look", "Kijk even", "Het kan kloppen, maar iets vraagt om uw blik. Zie de bevindingen."),
    "reject": ("bad", "Lijkt geen klantbewijs", "Het programma zag iets dat niet past. U besluit; zie de bevindingen."),
}
"""Per outcome: the tone, the word, and what it means. The machine accepts or asks; even the last one only advises a person."""

FIELDS: Final = {
    "document_kind": "Soort document",
    "issuer_branch": "Opgemaakt door",
    "number": "Nummer",
    "date": "Datum",
    "customer_name": "Naam",
    "postcode": "Postcode",
    "total": "Totaal",
}
"""The fields in the order in which a person looks."""

WEIGHTS: Final = (
    (Weight.AGAINST, "bad", "Past niet bij een klantbewijs"),
    (Weight.OPEN, "look", "Vraagt om uw blik"),
    (Weight.NOTE, "", "Goed om te weten, telt niet mee"),
    (Weight.FOR, "good", "In orde"),
)
"""In which order findings are shown, in which tone, and under which heading."""


SOURCES: Final = {
    "text": "uit het bestand",
    "picture": "van de afbeelding",
    "einvoice": "uit de e-factuur",
    "job": "van de opdracht die de vestiging kent",
}
"""How a field was read, by `Field.how`."""


def reading_of(how: str, sure: float) -> str:
    """Return in words how a field was read and how sure that is, 0 to 1; what was taken from a known job was not read at all."""
    return SOURCES[how] if how == "job" else f"{SOURCES[how]}, {sureness(sure)}"


def sureness(sure: float) -> str:
    """Return a score from 0 to 1 in words."""
    if sure >= 0.9:
        return "goed te lezen"
    # 0.8 is the least with which a date or a total counts as established (`verdict.SURE`).
    return "redelijk te lezen" if sure >= 0.8 else "slecht te lezen: kijk zelf"
