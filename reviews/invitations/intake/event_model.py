"""What a source sends: the shape of an event, what may be wrong with it, and what all events of a job add up to. Pure."""

import hashlib
import types
import typing
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, assert_never, cast, get_args

import msgspec

from reviews import validation
from reviews.branches.rules import Kind
from reviews.errors import FieldError, InvalidError
from reviews.invitations.planning.policy import CaseSpan, JobFacts

Text = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
# \Z and not $, which also fits before a line end.
Money = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,2})?\Z", extra={"error_code": "not_an_amount"})]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}\Z")]

EventType = Literal["job.reopened", "job.completed", "job.cancelled", "job.credited", "case.opened", "case.closed"]
"""What can happen to a job.

The order counts: of two events with one moment, as a source sends them that knows only days, the one that stands first here came first. So
what stops the mail wins.
"""

# Clocks of sources are ahead now and then (`clock_skew`); more is a wrong date.
_SKEW = timedelta(hours=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer of a job, as the source names them."""

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
    """A melding: one thing that happened to a job. Money is a decimal string in euros, times carry an offset.

    `final` is False for a completion that is not the last of its job: part of it was delivered, and the invitation waits for the rest.
    """

    event_id: Id
    type: EventType
    branch: Id
    number: Id
    occurred_at: datetime
    kind: Kind | None = None
    customer: Customer | None = None
    total: Money | None = None
    basis: Literal["customer", "consent"] | None = None
    consent: Consent | None = None
    final: bool = True


def read(raw: object, *, now: datetime) -> Event:
    """Return what a source sent as an event; raise InvalidError with all that is wrong with it."""
    try:
        return validation.read(raw, Event, lambda event: _errors_in(event, now))
    except InvalidError as problem:
        # msgspec stops at the first error, and a source should hear of all at once.
        raise validation.also(problem, _apart(raw, now)) from None


def _errors_in(event: Event, now: datetime) -> list[FieldError]:
    found = _time_errors("occurred_at", event.occurred_at, now)
    if event.type == "job.completed":
        found += [validation.field_error(name, "missing") for name in ("kind", "customer") if getattr(event, name) is None]
    if event.basis == "consent" and event.consent is None:
        found.append(validation.field_error("consent", "missing"))
    if event.consent:
        found += _time_errors("consent.at", event.consent.at, now)
    return [*found, *_text_errors(msgspec.to_builtins(event))]


def _apart(raw: object, now: datetime) -> list[FieldError]:
    """Look at each field by itself, so that what is wrong elsewhere hides nothing."""
    found = _text_errors(raw)
    for field in ("occurred_at", "consent.at"):
        try:
            found += _time_errors(field, msgspec.convert(_within(raw, field), datetime), now)
        except msgspec.ValidationError:
            continue
    if _within(raw, "type") == "job.completed":
        found += [validation.field_error(name, "missing") for name in ("kind", "customer") if _within(raw, name) is None]
    if _within(raw, "basis") == "consent" and _within(raw, "consent") is None:
        found.append(validation.field_error("consent", "missing"))
    return found


def _texts_in(shape: type[msgspec.Struct], path: str = "") -> Iterator[str]:
    """Yield the path of each text of an event, those of the structs within it too: read off the types, so that none can be forgotten."""
    for field in msgspec.structs.fields(shape):
        kinds = typing.get_args(field.type) if typing.get_origin(field.type) in {types.UnionType, typing.Union} else (field.type,)
        for kind in (typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind for kind in kinds):
            if kind is str:
                yield f"{path}{field.encode_name}"
            elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from _texts_in(kind, f"{path}{field.encode_name}.")


TEXTS: Final = tuple(_texts_in(Event))
"""Each text of an event by its path: all of them are looked through for what no text may hold."""


def _text_errors(raw: object) -> list[FieldError]:
    found: list[FieldError] = []
    for field in TEXTS:
        value = _within(raw, field)
        if isinstance(value, str):
            # What became of a value says more than that it is no address.
            found += validation.text_errors(field, value) or validation.damage_errors(field, value) or _address_errors(field, value)
    return found


def _address_errors(field: str, value: str) -> list[FieldError]:
    return validation.address_errors(field, value) if field == "customer.email" else []


def _within(raw: object, field: str) -> object:
    """Return what stands at `field`, such as `customer.email`; None where nothing does."""
    for name in field.split("."):
        raw = cast("dict[str, object]", raw).get(name) if isinstance(raw, dict) else None
    return raw


def _time_errors(field: str, moment: datetime, now: datetime) -> list[FieldError]:
    if moment.tzinfo is None:
        return [validation.field_error(field, "no_offset")]
    if moment > now + _SKEW:
        return [validation.field_error(field, "in_future")]
    return [validation.field_error(field, "too_long_ago")] if moment < _EARLIEST else []


def fold(events: Sequence[Event]) -> JobFacts:
    """Return what a job is after all that happened to it, whatever order it arrived in.

    1. A cancellation or a credit note holds until the job is reopened: a completion that happened or was reported later does not undo it.
    2. A completion that is not final leaves the job waiting for the one that is; reopening starts all over.
    3. A case that is opened again while it is open is one case; one that is closed without having been opened is none.
    """
    told = sorted(events, key=_moment)
    state: Literal["completed", "cancelled", "credited", "open"] = "open"
    kind: Kind = "purchase"
    completed_at, partly = None, False
    for event in told:
        match event.type:
            case "job.completed":
                kind, partly = event.kind or kind, not event.final
                completed_at = event.occurred_at if event.final else None
                if state in {"open", "completed"}:
                    state = "completed" if event.final else "open"
            case "job.cancelled":
                state = "cancelled"
            case "job.credited":
                state = "credited"
            case "job.reopened":
                state, completed_at, partly = "open", None, False
            case "case.opened" | "case.closed":
                pass  # `_cases` counts these
            case _:
                assert_never(event.type)
    return JobFacts(
        kind=kind,
        state=state,
        completed_at=completed_at,
        cases=_cases(told),
        has_basis=basis_of(events) is not None,
        partly_delivered=partly and state == "open",
    )


def _cases(told: Sequence[Event]) -> tuple[CaseSpan, ...]:
    spans: list[CaseSpan] = []
    for event in told:
        is_open = bool(spans) and spans[-1].closed_at is None
        if event.type == "case.opened" and not is_open:
            spans.append(CaseSpan(event.occurred_at))
        elif event.type == "case.closed" and is_open:
            spans[-1] = CaseSpan(spans[-1].opened_at, event.occurred_at)
    return tuple(spans)


def customer_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that names the customer; with it go address and total."""
    return max((event for event in events if event.customer), key=_moment, default=None)


def basis_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that states a legal basis."""
    return max((event for event in events if event.basis), key=_moment, default=None)


_TURN: Final[dict[EventType, int]] = {type_: turn for turn, type_ in enumerate(get_args(EventType))}


def _moment(event: Event) -> tuple[datetime, int, bool, str]:
    # The id comes last, so that the order never depends on arrival.
    return event.occurred_at, _TURN[event.type], event.final, event.event_id


def number_key(number: str) -> str:
    """Return the one spelling of a document number within a branch."""
    return "".join(number.split()).casefold()


def fingerprint(event: Event) -> bytes:
    """Return the digest by which a repeated event is distinguished from a reused id."""
    return hashlib.sha256(msgspec.json.encode(event, order="sorted")).digest()
