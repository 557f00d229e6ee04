"""The words of the desk: codes of verdicts, fields, states and reasons as a person reads them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from reviews.invitations import policy
from reviews.moderation.queue import Case, Noticed, Seen
from reviews.proofs.wording import FIELDS, OUTCOMES, SOURCES, WEIGHTS, sureness

VERDICTS: Final = OUTCOMES
_AIR: Final = 0.006

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


class Row(NamedTuple):
    """A field on the document, as the customer gave it and as the branch knows it. `place` is its page, `sure` how well it could be read."""

    code: str
    label: str
    seen: str
    place: int | None
    sure: str
    told: str | None
    known: str | None


def compared(case: Case) -> list[Row]:
    """Return the fields in the order in which a person looks; one that was not found or not filled in is among them."""
    told = {"number": case.number or "", "customer_name": case.name, "postcode": case.postcode or ""}
    rows = list[Row]()
    for code, label in FIELDS.items():
        seen = case.fields.get(code)
        value = (case.issuer or case.branch_name) if seen and code == "issuer_branch" else seen.value if seen else ""
        sure = sureness(seen.sure) if seen and seen.page and code != "issuer_branch" else ""
        rows.append(Row(code, label, value, seen.page if sure and seen else None, sure, told.get(code), case.known.get(code)))
    return rows


def read_from(fields: Mapping[str, Seen]) -> str:
    """Return in words where the fields were read, once for all of them; empty when nothing was."""
    sources = [SOURCES[how] for how in SOURCES if any(seen.how == how for seen in fields.values())]
    return f"Gelezen {' en '.join(sources)}." if sources else ""


def boxes_on(fields: Mapping[str, Seen], page: int) -> list[tuple[str, str, float, float, float, float]]:
    """Return the places of the fields on a page as (code, label, x, y, width, height) in widths of the page, with a little air around them."""
    placed = [
        (code, label, seen.box) for code, label in FIELDS.items() if (seen := fields.get(code)) and seen.page == page and code != "issuer_branch"
    ]
    return [
        (code, label, box[0] - _AIR, box[1] - _AIR, box[2] - box[0] + 2 * _AIR, box[3] - box[1] + 2 * _AIR)
        for code, label, box in placed
        if box is not None
    ]


def by_weight(noticed: Sequence[Noticed]) -> list[tuple[str, str, list[Noticed]]]:
    """Return findings in groups as (tone, heading, findings), the weightiest first; groups without any are left out."""
    groups = [(tone, heading, [one for one in noticed if one.weight is weight]) for weight, tone, heading in WEIGHTS]
    return [group for group in groups if group[2]]


def reason_of(code: str | None) -> str:
    """Return a reason as a sentence; a code of the platform or a mail server stays as it is, for whoever must look into it."""
    return _REASONS.get(code, f"Melding: {code}") if code else ""


def days_since(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in local days."""
    days = (now.astimezone(policy.LOCAL).date() - then.astimezone(policy.LOCAL).date()).days
    if days <= 0:
        return "vandaag"
    return "sinds gisteren" if days == 1 else f"{days} dagen"
