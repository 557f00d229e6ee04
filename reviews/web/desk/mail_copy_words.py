"""The words of the desk's pages about copies of mails."""

from typing import Final

STATES: Final = {
    "waiting": ("", "wordt gelezen"),
    "claimed": ("", "wordt gelezen"),
    "unrecognised": ("look", "wacht op u"),
    "dead": ("look", "wacht op u"),
    "told": ("good", "overgenomen"),
    "dismissed": ("", "niets mee gedaan"),
}
REASONS: Final = {
    "no_document": "Er zit geen pdf of e-factuur in deze mail.",
    "unreadable": "De bijlage is niet te lezen: zij is beschadigd, beveiligd of te groot.",
    "too_many_parts": "In deze mail zitten meer bijlagen of lagen dan wij openen. Vul zelf in waar hij over gaat.",
    "bytes_missing": "De inhoud van deze mail is er niet meer.",
    "unknown_sender": "Mails van deze soort kent het systeem nog niet. Zeg één keer wat zij betekenen, dan gaat het daarna vanzelf.",
    "unclear_kind": "Uit de bijlage blijkt niet of het een factuur, werkbon of creditnota is.",
    "several_documents": "Er zitten meer facturen of werkbonnen in deze mail. Kies er één, of meld ze apart.",
    "other_branch": "Op het document staat een andere vestiging of een ander bedrijf.",
    "which_branch": "Het is niet duidelijk bij welke vestiging deze mail hoort.",
    "no_number": "Op het document is geen nummer gevonden.",
    "no_date": "Op het document is geen datum gevonden.",
    "no_name": "De naam van de klant is niet gevonden.",
    "no_address": "Het mailadres van de klant is niet gevonden.",
    "several_addresses": "De mail ging naar meer adressen. Kies dat van de klant.",
    "date_in_future": "De datum op het document ligt na de dag waarop de mail kwam.",
    "unsure": "Nummer of datum is niet zeker gelezen. Controleer ze.",
    "credited_which": "Op de creditnota staat niet duidelijk welke factuur zij terugneemt. Vul het nummer van die factuur in.",
    "odd_values": "Een van de gegevens kan niet worden overgenomen. Controleer nummer, naam en mailadres.",
    "told_differently": "Deze mail is al eerder gemeld, met andere gegevens.",
    "taught_to_ignore": "Mails van deze soort worden genegeerd; dat is zo ingesteld.",
    "not_finished": "Een offerte, orderbevestiging, pakbon of herinnering: er is nog niets afgerond.",
    "in_part": "Een factuur voor een deel of vooraf: de opdracht is nog niet afgerond.",
    "own_mail": "Dit is een mail van ons eigen systeem.",
    "auto_reply": "Een automatisch antwoord.",
    "bounce": "Een melding dat een mail niet kon worden bezorgd.",
    "by_hand": "Een medewerker heeft hem genegeerd.",
    "nobody_looked": "Niemand heeft ernaar gekeken; een uitnodiging kan er niet meer op volgen.",
}
KINDS: Final = {
    "factuur": "factuur",
    "werkbon": "werkbon",
    "creditnota": "creditnota",
    "offerte": "offerte",
    "orderbevestiging": "orderbevestiging",
    "pakbon": "pakbon",
    "aanmaning": "aanmaning",
    "kassabon": "kassabon",
    "betaalbewijs": "betaalbewijs",
    "anders": "iets anders",
}
MEANINGS: Final = {"purchase": "een aankoop", "repair": "een reparatie", "credit": "een creditnota", "ignore": "niets: negeer hem"}


def reason_of(code: str | None) -> str:
    """Return a reason as a sentence; empty where there is none."""
    return REASONS.get(code, f"Melding: {code}") if code else ""


def state_of(state: str, code: str | None) -> str:
    """Return why a mail is in its state: one that could not be read has no reason of its own."""
    return "Het lezen van deze mail lukt niet. Vul zelf in waar hij over gaat." if state == "dead" else reason_of(code)


def tells(said: str, kind: str | None) -> str:
    """Return in words what a taught kind of mail reports."""
    if said == "ignore":
        return "negeren"
    return "creditnota" if said == "job.credited" else {"purchase": "aankoop", "repair": "reparatie"}.get(kind or "", "afgeronde opdracht")


def likely(kind: str) -> str:
    """Return which answer to offer first for a kind of document; none where that would be a guess."""
    return {"werkbon": "repair", "creditnota": "credit", "offerte": "ignore", "orderbevestiging": "ignore"}.get(kind, "")
