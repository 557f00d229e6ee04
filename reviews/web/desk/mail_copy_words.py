"""The words of the desk's pages about copies of mails."""

from typing import Final

from reviews.database.tables import InboundMail
from reviews.invitations.intake.mail_copies import classify
from reviews.invitations.intake.mail_copies.model import ReviewReason

_SENTENCES: Final[dict[str, str]] = {reason.value: reason.sentence for reason in ReviewReason}

STATES: Final = {
    "waiting": ("", "wordt gelezen"),
    "claimed": ("", "wordt gelezen"),
    "unrecognised": ("look", "wacht op u"),
    "dead": ("look", "wacht op u"),
    "told": ("good", "overgenomen"),
    "dismissed": ("", "niets mee gedaan"),
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
    """Return a reason as a sentence; empty where there is none, and the code itself where an earlier version kept another."""
    return _SENTENCES.get(code, f"Melding: {code}") if code else ""


def state_of(mail: InboundMail) -> str:
    """Return why a mail is in its state: one that could not be read has no reason of its own."""
    if mail.state == "dead":
        return "Het lezen van deze mail lukt niet. Vul zelf in waar hij over gaat."
    return f"{reason_of(mail.reason)} {classify.days_in(mail.fields)}".strip()


def tells(said: str, kind: str | None) -> str:
    """Return in words what a taught kind of mail reports."""
    if said == "ignore":
        return "negeren"
    return "creditnota" if said == "job.credited" else {"purchase": "aankoop", "repair": "reparatie"}.get(kind or "", "afgeronde opdracht")


def likely(kind: str) -> str:
    """Return which answer to offer first for a kind of document; none where that would be a guess."""
    return {"werkbon": "repair", "creditnota": "credit", "offerte": "ignore", "orderbevestiging": "ignore"}.get(kind, "")
