"""The closed list of what can be noticed about a proof, with a plain sentence for the manager and one for the customer.

The customer's sentence never accuses: it says what to send instead.
"""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """Why a proof is or is not certain."""

    GENUINE = "genuine"
    NAME_VARIANT = "name_variant"
    COMPANY_CUSTOMER = "company_customer"
    NO_TOTAL = "no_total"
    ORDER_UNKNOWN = "order_unknown"
    NUMBER_MISMATCH = "number_mismatch"
    ADDRESS_MISMATCH = "address_mismatch"
    ISSUER_UNCLEAR = "issuer_unclear"
    POOR_QUALITY = "poor_quality"
    WRONG_BRANCH = "wrong_branch"
    FOREIGN_COMPANY = "foreign_company"
    NOT_A_PROOF = "not_a_proof"
    NAME_MISMATCH = "name_mismatch"
    ORDER_MISMATCH = "order_mismatch"
    TOO_OLD = "too_old"
    FUTURE_DATE = "future_date"
    DUPLICATE_DOCUMENT = "duplicate_document"
    ALTERED_DOCUMENT = "altered_document"
    HIDDEN_TEXT = "hidden_text"
    UNREADABLE = "unreadable"
    NOT_A_DOCUMENT = "not_a_document"
    ACTIVE_CONTENT = "active_content"
    ENCRYPTED = "encrypted"
    MALFORMED_FILE = "malformed_file"
    UNSUPPORTED_TYPE = "unsupported_type"
    OVERSIZED = "oversized"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was noticed; `evidence` is what it rests on, in the document's own words or figures."""

    code: Code
    evidence: str | None = None


class Sentences(msgspec.Struct, frozen=True):
    """How a finding is told: to the manager what was noticed, to the customer what to send instead."""

    manager: str
    customer: str


_READABLE = "Stuur het document als pdf, of maak een scherpe foto waar de hele bladzijde op staat."
_ORIGINAL = "Stuur de factuur of werkbon zoals u die van ons kreeg, bij voorkeur de pdf uit de mail."
_RIGHT_KIND = "Stuur de factuur of de werkbon van deze opdracht."
_CHECK_CLAIM = "Controleer wat u in het formulier invulde, of stuur het document dat erbij hoort."

SENTENCES: dict[Code, Sentences] = {
    Code.GENUINE: Sentences("Alles klopt: soort document, vestiging, klant, nummer, datum en bedrag zijn vastgesteld.", "Uw klantbewijs is in orde."),
    Code.NAME_VARIANT: Sentences(
        "De naam op het document lijkt op die van de aanvrager, maar is niet zeker dezelfde: misschien een partner, meisjesnaam of roepnaam.",
        "Stuur een document waar uw eigen naam op staat, of laat weten hoe u bij de klant hoort.",
    ),
    Code.COMPANY_CUSTOMER: Sentences(
        "Het document staat op naam van een bedrijf of vereniging.", "Laat weten wat uw rol is bij het bedrijf of de vereniging op het document."
    ),
    Code.NO_TOTAL: Sentences(
        "Het bedrag staat niet op het document of is niet zeker te lezen.", "Stuur een document waar het totaalbedrag op staat."
    ),
    Code.ORDER_UNKNOWN: Sentences("Dit nummer staat niet in de lijst met opdrachten van de vestiging.", _CHECK_CLAIM),
    Code.NUMBER_MISMATCH: Sentences("Het nummer in de aanvraag is een ander dan dat op het document.", _CHECK_CLAIM),
    Code.ADDRESS_MISMATCH: Sentences("De postcode in de aanvraag is een andere dan die op het document.", _CHECK_CLAIM),
    Code.ISSUER_UNCLEAR: Sentences(
        "Niet vast te stellen welke vestiging dit document heeft gemaakt.",
        "Stuur een document waar de gegevens van de vestiging op staan: naam, adres en KvK- of btw-nummer.",
    ),
    Code.POOR_QUALITY: Sentences("Een deel van het document is niet goed te lezen of ontbreekt.", _READABLE),
    Code.WRONG_BRANCH: Sentences(
        "Het document is van een andere vestiging.", "Vraag uw review aan bij de vestiging die op uw factuur of werkbon staat."
    ),
    Code.FOREIGN_COMPANY: Sentences("Het document is van een bedrijf dat geen vestiging is.", "Stuur de factuur of werkbon van onze vestiging."),
    Code.NOT_A_PROOF: Sentences("Dit is geen factuur of werkbon.", _RIGHT_KIND),
    Code.NAME_MISMATCH: Sentences("Het document staat op naam van iemand anders.", "Stuur een document waar uw eigen naam op staat."),
    Code.ORDER_MISMATCH: Sentences("De lijst met opdrachten van de vestiging zegt iets anders over dit nummer.", _ORIGINAL),
    Code.TOO_OLD: Sentences("Het document is ouder dan de vestiging aanneemt.", "Stuur een document van een opdracht van de laatste tijd."),
    Code.FUTURE_DATE: Sentences("De datum op het document ligt na de dag van de aanvraag.", _RIGHT_KIND),
    Code.DUPLICATE_DOCUMENT: Sentences(
        "Dit document is al eerder gebruikt.", "Stuur het document van een andere opdracht; voor deze is al een review aangevraagd."
    ),
    Code.ALTERED_DOCUMENT: Sentences("Er zijn sporen van bewerking.", _ORIGINAL),
    Code.HIDDEN_TEXT: Sentences("Er staat tekst in het bestand die op de bladzijde niet te zien is, of die iets anders zegt.", _ORIGINAL),
    Code.UNREADABLE: Sentences("Het document is niet te lezen.", _READABLE),
    Code.NOT_A_DOCUMENT: Sentences("Dit is geen document: een lege bladzijde, of een foto van iets anders.", _READABLE),
    Code.ACTIVE_CONTENT: Sentences("Het bestand bevat een script, een opdracht of een programma. Het is niet geopend.", _ORIGINAL),
    Code.ENCRYPTED: Sentences("Het bestand is beveiligd met een wachtwoord.", "Stuur het document zonder wachtwoord, of maak er een foto van."),
    Code.MALFORMED_FILE: Sentences("Het bestand is beschadigd of leeg.", "Stuur het bestand nog een keer, of maak een foto van het document."),
    Code.UNSUPPORTED_TYPE: Sentences(
        "Dit soort bestand wordt niet gelezen.", "Stuur de factuur of werkbon als pdf, of als foto (JPEG, PNG, WebP, HEIC of TIFF)."
    ),
    Code.OVERSIZED: Sentences("Het bestand is te groot om te lezen.", _READABLE),
}


def sentence(code: str) -> str:
    """Return what a finding says to a manager; an unknown code of an older version of the rules is shown as it is."""
    return SENTENCES[Code(code)].manager if code in set(Code) else code


def advice(code: str) -> str:
    """Return what a finding says to a customer: what to send instead."""
    return SENTENCES[Code(code)].customer if code in set(Code) else _READABLE
