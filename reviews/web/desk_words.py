"""The words of the desk: codes of verdicts, fields, states and reasons as a person reads them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from reviews.invitations import policy

VERDICTS: Final = {
    "accept": ("good", "Zeker", "Alles wijst op een echte klant van deze vestiging."),
    "refer": ("look", "Kijk even", "Het kan kloppen, maar iets vraagt om uw blik. Zie de bevindingen."),
    "reject": ("bad", "Lijkt geen klantbewijs", "Het programma zag iets dat niet past. U besluit; zie de bevindingen."),
}
"""Per outcome: the tone, the word, and what it means. The machine accepts or asks; also the last one is only a word to a person."""

FIELDS: Final = {
    "document_kind": "Soort document",
    "issuer_branch": "Opgemaakt door",
    "number": "Nummer",
    "date": "Datum",
    "customer_name": "Naam",
    "postcode": "Postcode",
    "total": "Totaal",
}
GOOD_FINDINGS: Final = frozenset({"genuine", "known_job"})
BAD_FINDINGS: Final = frozenset(
    {
        "wrong_branch",
        "foreign_company",
        "not_a_proof",
        "name_mismatch",
        "order_mismatch",
        "too_old",
        "future_date",
        "duplicate_document",
        "altered_document",
        "hidden_text",
        "unreadable",
        "not_a_document",
        "active_content",
        "encrypted",
        "malformed_file",
        "unsupported_type",
        "oversized",
    }
)
CHOICES: Final = {"approve": "Goedgekeurd", "refuse": "Afgewezen", "ask": "Ander document gevraagd"}
CLAIM_STATES: Final = {
    "unconfirmed": "wacht op bevestiging van het mailadres",
    "proof_needed": "wacht op een klantbewijs",
    "checking": "wordt gelezen",
    "judged": "wacht op een besluit",
    "approved": "goedgekeurd, op weg naar het platform",
    "refused": "afgewezen",
    "published": "geplaatst",
}
INVITATION_STATES: Final = {
    "planned": ("", "gepland"),
    "claimed": ("", "wordt verstuurd"),
    "sent": ("good", "verstuurd"),
    "reviewed": ("good", "review ontvangen"),
    "held": ("look", "vastgehouden"),
    "cancelled": ("", "ingetrokken"),
    "expired": ("", "verlopen"),
    "refused": ("bad", "geweigerd"),
    "unknown": ("look", "onbekend"),
    "skipped": ("", "overgeslagen"),
    "dead": ("bad", "niet gelukt"),
}
KINDS: Final = {"purchase": "aankoop", "repair": "reparatie"}
_REASONS: Final = {
    **policy.SENTENCES,
    "by_hand": "Door een medewerker ingetrokken.",
    "not_sent": "Een medewerker stelde vast dat de uitnodiging niet is verstuurd.",
    "worker_lost": "Het versturen werd onderbroken.",
}


def tone_of(code: str) -> str:
    """Return how a finding weighs: good, look or bad; what is not known asks for a look."""
    if code in GOOD_FINDINGS:
        return "good"
    return "bad" if code in BAD_FINDINGS else "look"


def fields_of(fields: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the machine read as (code, label, value), in the order in which a person looks; what it did not find is said so."""
    return [(code, label, str(fields.get(code) or "")) for code, label in FIELDS.items()]


def reason_of(code: str | None) -> str:
    """Return a reason as a sentence; a code of the platform or a mail server stays as it is, for whoever must look into it."""
    return _REASONS.get(code, f"Melding: {code}") if code else ""


def days_since(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in local days."""
    days = (now.astimezone(policy.LOCAL).date() - then.astimezone(policy.LOCAL).date()).days
    if days <= 0:
        return "vandaag"
    return "sinds gisteren" if days == 1 else f"{days} dagen"
