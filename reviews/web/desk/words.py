"""The words of the desk: codes of verdicts, fields, states and reasons as a person reads them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from reviews import reasons
from reviews.invitations.oversight.attention import Standstill
from reviews.local import LOCAL
from reviews.moderation.case import Case, CaseFinding, CaseView
from reviews.privacy.suppression import TOLD_BRANCH
from reviews.proofs.verdict_words import FIELDS, OUTCOMES, SOURCES, WEIGHTS, sureness

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
READING: Final = {
    "waiting": "Het document staat in de rij om opnieuw te worden gelezen.",
    "claimed": "Het document wordt nu opnieuw gelezen.",
}
"""How far a document is that is read once more."""
STOPS: Final = {
    "hard_bounce": "Mail kwam terug: dit adres bestaat niet of neemt geen mail aan. Dit eindigt vanzelf als de klant het adres bevestigt.",
    "soft_bounces": "Mail kwam te vaak terug, zonder vaste oorzaak. Dit eindigt vanzelf als de klant het adres bevestigt.",
    "complaint": "De klant meldde een mail als ongewenst.",
    "unsubscribe": "De klant meldde zich af bij de maildienst.",
    "opt_out": "De klant meldde zich zelf af met de link in een mail.",
    "told_branch": "De klant liet een vestiging weten geen mail te willen.",
}
"""Why all mail to a person stands still."""
_STOPPED_BY: Final = {"link": "de klant zelf", "bounce": "de mailserver van de klant", "sendgrid": "de maildienst"}
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
    "dead": ("bad", "vastgelopen"),
}
KINDS: Final = {"purchase": "aankoop", "repair": "reparatie"}
GROUPS: Final = {
    "invited": "uitgenodigd",
    "waiting": "wacht nog",
    "skipped": "geen uitnodiging, met reden",
    "failed": "niet gelukt",
    "unknown": "onbekend",
    "missing": "zonder uitnodiging",
}
"""The groups of the ledger."""

REFUSALS: Final = {
    "invalid": "niet goed ingevuld",
    "malformed": "niet te lezen",
    "forbidden": "van een andere vestiging",
    "event_id_reused": "met een event_id van een andere melding",
    "number_of_another_customer": "met het nummer van een andere klant",
    "number_of_several_jobs": "met een nummer van meer dan één opdracht",
    "internal_error": "door de database geweigerd",
}
"""Why lines of sources were refused, as it stands behind how many."""

ACTIONS: Final = {
    "hold": ("Houd vast", "Zij blijft wachten tot iemand haar laat doorgaan."),
    "release": ("Laat doorgaan", "Zij gaat weer in de rij."),
    "send-now": ("Verstuur nu", "De wachttijd vervalt. De verzendtijden, de wens van de klant en de rustperiode blijven gelden."),
    "replay": ("Probeer opnieuw", "Doe dit als de oorzaak is verholpen. Alles wordt voor het versturen opnieuw bekeken."),
    "cancel": ("Trek in", "Deze klant krijgt over deze opdracht geen uitnodiging meer. Dit kan niet ongedaan worden gemaakt."),
}
"""What a person may do with an invitation, and what it means."""

WAYS: Final = {"platform": "via klantenvertellen.nl", "mail": "die wij zelf mailen"}
"""The channels, as what goes by them is called."""

ANSWERS: Final = {
    "sent": ("Zij zijn verstuurd", "Zij tellen als verstuurd."),
    "not_sent": ("Zij zijn niet verstuurd, en dat blijft zo", "Deze klanten krijgen over deze opdracht geen uitnodiging meer."),
    "again": (
        "Zij zijn niet verstuurd: laat ze alsnog gaan",
        "Kies dit alleen als het zeker is: anders krijgt iemand dezelfde vraag twee keer. Wat te oud is om nog te vragen, blijft onbekend.",
    ),
}
"""What somebody may have found out about many unknowns, and what it means."""

SETTLED: Final = {
    "sent": "zij zijn verstuurd",
    "not_sent": "zij zijn niet verstuurd, en dat blijft zo",
    "again": "zij zijn niet verstuurd en gaan alsnog",
}
"""The same, once it is kept."""

OPT_OUTS: Final = {
    "waits": ("look", "wacht"),
    "counts": ("good", "geldt"),
    "declined": ("", "terzijde gelegd"),
    "withdrawn": ("", "teruggenomen"),
}
"""What became of an opt-out that a source passed on."""
WAITS_FOR: Final = {
    "not_customer": "Geen klant van een vestiging van deze bron. Wordt deze persoon dat, dan geldt de afmelding vanzelf.",
    "daily_cap": "Meer dan de bron op één dag mag doorgeven.",
}
"""Why an opt-out does not count by itself."""

_ACTORS: Final = {
    "policy": "de regels",
    "worker": "de dienst",
    "feed": "klantenvertellen.nl",
    "person": "de klant",
    "operator": "de beheerder",
    "mail": "de maildienst",
    "cli": "de beheerder",
}


class FieldRow(NamedTuple):
    """A field on the document, as the customer gave it and as the branch knows it. `place` is its page, `sure` how well it could be read."""

    code: str
    label: str
    seen: str
    place: int | None
    sure: str
    told: str | None
    known: str | None


def compared(case: Case) -> list[FieldRow]:
    """Return the fields in the order in which a person looks; one that was not found or not filled in is among them."""
    told = {"number": case.number or "", "customer_name": case.name, "postcode": case.postcode or ""}
    rows = list[FieldRow]()
    for code, label in FIELDS.items():
        seen = case.fields.get(code)
        value = (case.issuer or case.branch_name) if seen and code == "issuer_branch" else seen.value if seen else ""
        sure = sureness(seen.sure) if seen and seen.page and code != "issuer_branch" else ""
        rows.append(FieldRow(code, label, value, seen.page if sure and seen else None, sure, told.get(code), case.known.get(code)))
    return rows


def read_from(fields: Mapping[str, CaseView]) -> str:
    """Return in words where the fields were read, once for all of them; empty when nothing was."""
    sources = [SOURCES[how] for how in SOURCES if any(seen.how == how for seen in fields.values())]
    return f"Gelezen {' en '.join(sources)}." if sources else ""


def boxes_on(fields: Mapping[str, CaseView], page: int) -> list[tuple[str, str, float, float, float, float]]:
    """Return the places of the fields on a page as (code, label, x, y, width, height) in widths of the page, with a little air around them."""
    placed = [
        (code, label, seen.box) for code, label in FIELDS.items() if (seen := fields.get(code)) and seen.page == page and code != "issuer_branch"
    ]
    return [
        (code, label, box[0] - _AIR, box[1] - _AIR, box[2] - box[0] + 2 * _AIR, box[3] - box[1] + 2 * _AIR)
        for code, label, box in placed
        if box is not None
    ]


def by_weight(noticed: Sequence[CaseFinding]) -> list[tuple[str, str, list[CaseFinding]]]:
    """Return findings in groups as (tone, heading, findings), the weightiest first; groups without any are left out."""
    groups = [(tone, heading, [one for one in noticed if one.weight is weight]) for weight, tone, heading in WEIGHTS]
    return [group for group in groups if group[2]]


def stop_of(reason: str) -> str:
    """Say why all mail to a person stands still; a reason that is not known here is shown as it is."""
    return STOPS.get(reason, f"Melding: {reason}")


def told_by(reason: str, origin: str) -> str:
    """Return who told that mail to a person must stop: a source by its name, or one of those that tell by themselves."""
    return f"bron {origin}" if reason == TOLD_BRANCH else _STOPPED_BY.get(origin, origin)


def reason_of(code: str | None) -> str:
    """Return a reason as a sentence; a code that an earlier version kept stays as it is, for whoever must look into it."""
    return (reasons.sentence_of(code) or f"Melding: {code}") if code else ""


def actor_of(actor: str, names: Mapping[str, str]) -> str:
    """Return who did something; `names` holds those of the desk's people by their id."""
    kind, _, who = actor.partition(":")
    if kind == "user":
        return names.get(who, "een medewerker")
    return f"bron {who}" if kind == "source" else _ACTORS.get(actor, actor)


def standing_still(state: str, channel: str, slug: str, halted: Sequence[Standstill]) -> Standstill | None:
    """Return what keeps an invitation that waits to leave by this channel of a branch, the whole house's halt before the branch's own."""
    if state not in {"planned", "claimed"}:
        return None
    return next((halt for halt in halted if halt.channel == channel and halt.branch in {None, slug}), None)


def next_probe(probe_at: datetime, now: datetime) -> str:
    """Return when one invitation tries a halted channel again."""
    if probe_at <= now:
        return "De eerstvolgende uitnodiging die aan de beurt is, probeert of het weer gaat."
    minutes = max(1, round((probe_at - now).total_seconds() / 60))
    when = f"{minutes} {'minuut' if minutes == 1 else 'minuten'}" if minutes < 90 else f"{round(minutes / 60)} uur"
    return f"Over {when} proberen wij het met één uitnodiging."


def credited_of(credited: Decimal | None, total: Decimal | None) -> str:
    """Return what was credited of a job, in euros; empty where nothing was."""
    if credited is None:
        return ""
    of = f"van {total:.2f}" if total is not None else "van een onbekend totaal"
    return f"{credited:.2f} {of}".replace(".", ",")


def days_since(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in local days."""
    days = (now.astimezone(LOCAL).date() - then.astimezone(LOCAL).date()).days
    if days <= 0:
        return "vandaag"
    return "sinds gisteren" if days == 1 else f"{days} dagen"


def time_since(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 60:
        return "1 minuut" if minutes == 1 else f"{minutes} minuten"
    if minutes < 48 * 60:
        return f"{minutes // 60} uur"
    return f"{minutes // (24 * 60)} dagen"
