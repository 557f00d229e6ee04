"""The arithmetic of a plan in words, from the evidence stored with it: for whoever runs the branch, and for the customer. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from reviews.branches import delays
from reviews.invitations.planning.policy import PlanStep
from reviews.local import LOCAL

_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december")
_KINDS = {"purchase": "een aankoop", "repair": "een reparatie"}

_STEPS: dict[str, str] = {
    "completed": "Afgerond op {at}.",
    "delay": "Plus {days}, de wachttijd na {kind}: {at}.",
    "open_case": "De klant heeft een serviceverzoek, geopend op {since}; daarom wachten wij tot {at} (hooguit 30 dagen).",
    "planned_late": "Dat moment was al voorbij toen dit werd gepland, op {at}.",
    "credit_unclear": "Er is iets gecrediteerd, en niet bekend is of dat de hele opdracht was; tot {at} kan de vestiging dat zeggen.",
    "hours": "Buiten de verzendtijden; het eerste moment daarna is {at}.",
    "weekend": "Dat is in het weekend; het eerste moment daarna is {at}.",
    "holiday": "Dat is een feestdag; het eerste moment daarna is {at}.",
    "cap": "Op {since} kreeg deze persoon al een uitnodiging. De eerste {days} daarna vragen wij niet opnieuw: tot {at}.",
}

CUSTOMER_STEPS: dict[str, str] = {
    "completed": "Uw opdracht is afgerond op %(at)s.",
    "delay": "Wij wachten daarna %(delay)s: tot %(at)s.",
    "open_case": "U had een serviceverzoek, geopend op %(since)s. Daarom wachtten wij tot %(at)s.",
    "planned_late": "Wij hoorden van uw opdracht op %(at)s.",
    "credit_unclear": "Er is bij uw opdracht iets gecrediteerd. Tot %(at)s kon de vestiging zeggen of dat alles was.",
    "hours": "Wij mailen alleen op een redelijk uur: het werd %(at)s.",
    "weekend": "Wij mailen niet in het weekend: het werd %(at)s.",
    "holiday": "Wij mailen niet op een feestdag: het werd %(at)s.",
    "cap": "U kreeg op %(since)s al een uitnodiging. Wij vragen niet opnieuw vóór %(at)s.",
}
"""Each step as the customer reads it, in Dutch; the catalogues hold the other languages."""


def to_manager(evidence: Mapping[str, Any]) -> list[str]:
    """Return a Dutch sentence per step; none for evidence that was erased or that is older than the arithmetic."""
    kind = _KINDS.get(evidence.get("job", {}).get("kind", ""), "een opdracht")
    return [
        _STEPS[step.what].format(
            at=in_dutch(step.at),
            kind=kind,
            days=delays.in_words(step.days or 0),
            since=in_dutch(step.since) if step.since else "",
        )
        for step in steps_in(evidence)
    ]


def to_customer(evidence: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return for each step a message of `CUSTOMER_STEPS` and its values: `at` and `since` are aware UTC, `delay` is a count and its unit."""
    return [
        (CUSTOMER_STEPS[step.what], {"at": step.at, "since": step.since, "delay": delays.measured(step.days or 0)}) for step in steps_in(evidence)
    ]


def steps_in(evidence: Mapping[str, Any]) -> list[PlanStep]:
    """Return the arithmetic that evidence holds."""
    # Evidence from before the arithmetic was kept has no steps.
    return msgspec.convert(evidence.get("steps", []), list[PlanStep])


def in_dutch(moment: datetime) -> str:
    """Return a moment in local Dutch: donderdag 12 november 2026 om 15:30."""
    local = moment.astimezone(LOCAL)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year} om {local:%H:%M}"
