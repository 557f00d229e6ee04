"""What a source tells: the shape of an event, what may be wrong with it, and what all events of a job add up to. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from reviews import mistakes
from reviews.errors import Mistake
from reviews.invitations.policy import JobFacts, Kind

Text = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Money = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]

_SKEW = timedelta(hours=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a job was for, as the source knows them."""

    name: Text
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    postcode: Text | None = None
    house_number: Text | None = None
    language: Language = "nl"


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a person consented, and to which text."""

    at: datetime
    text_version: Id


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A melding: one thing that happened to a job. Money is a decimal string in euros, times carry an offset."""

    event_id: Id
    type: Literal["job.completed", "job.cancelled", "job.credited", "job.reopened", "case.opened", "case.closed"]
    branch: Id
    number: Id
    occurred_at: datetime
    kind: Kind | None = None
    customer: Customer | None = None
    total: Money | None = None
    basis: Literal["customer", "consent"] | None = None
    consent: Consent | None = None


def read(raw: object, *, now: datetime) -> Event:
    """Return what a source sent as an event; raise InvalidError with all that is wrong with it."""
    return mistakes.read(raw, Event, lambda event: _mistakes_in(event, now))


def _mistakes_in(event: Event, now: datetime) -> list[Mistake]:
    found = [*mistakes.text_mistakes("event_id", event.event_id), *mistakes.text_mistakes("number", event.number)]
    found += _time_mistakes("occurred_at", event.occurred_at, now)
    if event.type == "job.completed":
        found += [mistakes.mistake(name, "missing") for name in ("kind", "customer") if getattr(event, name) is None]
    if event.basis == "consent" and event.consent is None:
        found.append(mistakes.mistake("consent", "missing"))
    if event.consent:
        found += _time_mistakes("consent.at", event.consent.at, now)
    if event.customer:
        found += mistakes.address_mistakes("customer.email", event.customer.email)
        for name in ("name", "postcode", "house_number"):
            found += mistakes.text_mistakes(f"customer.{name}", getattr(event.customer, name))
    return found


def _time_mistakes(field: str, moment: datetime, now: datetime) -> list[Mistake]:
    if moment.tzinfo is None:
        return [mistakes.mistake(field, "no_offset")]
    if moment > now + _SKEW:
        return [mistakes.mistake(field, "in_future")]
    return [mistakes.mistake(field, "too_long_ago")] if moment < _EARLIEST else []


def fold(events: Sequence[Event]) -> JobFacts:
    """Return what a job is after all that happened to it, whatever order it arrived in.

    A cancellation or a credit note holds until the job is reopened: a completion that was told late does not undo it.
    """
    state: Literal["completed", "cancelled", "credited", "open"] = "open"
    kind: Kind = "purchase"
    completed_at = opened_at = closed_at = None
    for event in sorted(events, key=_moment):
        if event.type == "job.completed":
            state = "completed" if state in {"open", "completed"} else state
            kind, completed_at = event.kind or kind, event.occurred_at
        elif event.type == "job.cancelled":
            state = "cancelled"
        elif event.type == "job.credited":
            state = "credited"
        elif event.type == "job.reopened":
            state, completed_at = "open", None
        elif event.type == "case.opened":
            opened_at, closed_at = event.occurred_at, None
        elif opened_at:
            closed_at = event.occurred_at
    return JobFacts(
        kind=kind, state=state, completed_at=completed_at, case_opened_at=opened_at, case_closed_at=closed_at, has_basis=basis_of(events) is not None
    )


def customer_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that names the customer; with it go address and total."""
    return max((event for event in events if event.customer), key=_moment, default=None)


def basis_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that states a legal basis."""
    return max((event for event in events if event.basis), key=_moment, default=None)


def _moment(event: Event) -> tuple[datetime, str]:
    return event.occurred_at, event.event_id


def number_key(number: str) -> str:
    """Return the one spelling of a document number within a branch."""
    return "".join(number.split()).casefold()


def fingerprint(event: Event) -> bytes:
    """Return the digest that tells a repeated event from a reused id."""
    return hashlib.sha256(msgspec.json.encode(event, order="sorted")).digest()
