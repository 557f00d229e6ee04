"""Why a claim is refused or sent back: the closed list, in words for the customer, each with the next step.

A *mend* can be corrected with a better file, so that it is what `ask` uses; a *final* one can't. A refusal may give either: what the customer
can do about it stands in the mail in both cases.
"""

from enum import StrEnum
from typing import Literal

import msgspec


class RefusalCode(StrEnum):
    """Which reason: the code that a decision keeps and other systems are told."""

    POOR_QUALITY = "poor_quality"
    PAGE_MISSING = "page_missing"
    OTHER_DOCUMENT = "other_document"
    NAME_DIFFERS = "name_differs"
    DETAILS_MISSING = "details_missing"
    OTHER_COMPANY = "other_company"
    NO_PURCHASE = "no_purchase"
    TOO_OLD = "too_old"
    ALREADY_USED = "already_used"
    ALTERED = "altered"


class RefusalReason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: what the customer reads (`sentence`), and what they can do now (`next_step`); `label` is what the desk shows."""

    code: RefusalCode
    sort: Literal["mend", "final"]
    label: str
    sentence: str
    next_step: str


_LIST = (
    RefusalReason(
        code=RefusalCode.POOR_QUALITY,
        sort="mend",
        label="Niet goed leesbaar",
        sentence="Een deel van uw klantbewijs is niet goed te lezen.",
        next_step="Maak een nieuwe foto van de hele bladzijde, recht van boven en bij daglicht, of stuur de pdf die u per mail kreeg.",
    ),
    RefusalReason(
        code=RefusalCode.PAGE_MISSING,
        sort="mend",
        label="Bladzijde of rand ontbreekt",
        sentence="Er ontbreekt een bladzijde of een rand van uw klantbewijs.",
        next_step="Stuur het hele document, met bovenaan de gegevens van de vestiging en uw naam, het nummer en de datum.",
    ),
    RefusalReason(
        code=RefusalCode.OTHER_DOCUMENT,
        sort="mend",
        label="Geen factuur of werkbon",
        sentence="Wat u stuurde is geen factuur of werkbon, zoals een offerte, orderbevestiging of betaalbewijs.",
        next_step="Stuur de factuur die u na de aankoop kreeg, of de werkbon van de reparatie.",
    ),
    RefusalReason(
        code=RefusalCode.NAME_DIFFERS,
        sort="mend",
        label="Andere naam",
        sentence="De naam op het klantbewijs is niet de naam bij uw review.",
        next_step="Stuur een klantbewijs op uw eigen naam, of vraag degene op wiens naam het staat om zelf een review te schrijven.",
    ),
    RefusalReason(
        code=RefusalCode.DETAILS_MISSING,
        sort="mend",
        label="Nummer, datum of naam onzichtbaar",
        sentence="Op het klantbewijs zijn nummer, datum of naam niet te zien.",
        next_step="Stuur het document zonder die gegevens af te dekken; bedragen mag u wel afdekken.",
    ),
    RefusalReason(
        code=RefusalCode.OTHER_COMPANY,
        sort="final",
        label="Ander bedrijf of andere vestiging",
        sentence="Het klantbewijs is van een ander bedrijf of van een andere vestiging.",
        next_step="Schrijf uw review op de pagina van de vestiging die op uw factuur staat.",
    ),
    RefusalReason(
        code=RefusalCode.NO_PURCHASE,
        sort="final",
        label="Geen aankoop of reparatie",
        sentence="Er is bij deze vestiging geen aankoop of reparatie geweest die bij dit bewijs past.",
        next_step="Denkt u dat dit niet klopt? Doe dan een nieuwe aanvraag met de factuur of werkbon die u van deze vestiging kreeg.",
    ),
    RefusalReason(
        code=RefusalCode.TOO_OLD,
        sort="final",
        label="Te lang geleden",
        sentence="De aankoop of reparatie is langer geleden dan de vestiging voor reviews aanhoudt.",
        next_step="Hebt u een recenter klantbewijs van dezelfde vestiging, doe dan een nieuwe aanvraag.",
    ),
    RefusalReason(
        code=RefusalCode.ALREADY_USED,
        sort="final",
        label="Al eerder gebruikt",
        sentence="Met dit klantbewijs is al eerder een review geplaatst.",
        next_step="Wilt u uw eerdere review wijzigen, doe dat dan op het platform via de mail die u daar kreeg.",
    ),
    RefusalReason(
        code=RefusalCode.ALTERED,
        sort="final",
        label="Document is gewijzigd",
        sentence="Het klantbewijs is niet meer zoals de vestiging het heeft opgemaakt.",
        next_step="Doe een nieuwe aanvraag met het oorspronkelijke document, zoals u het per mail of op papier kreeg.",
    ),
)

REASONS: dict[str, RefusalReason] = {reason.code: reason for reason in _LIST}
MEND: tuple[RefusalReason, ...] = tuple(reason for reason in _LIST if reason.sort == "mend")
FINAL: tuple[RefusalReason, ...] = tuple(reason for reason in _LIST if reason.sort == "final")


def label_of(code: str | None) -> str:
    """Return what the desk shows for the reason of a decision: none for an approval, the code itself for one that is in the list no more."""
    reason = REASONS.get(code or "")
    return reason.label if reason else f"Melding: {code}" if code else ""
