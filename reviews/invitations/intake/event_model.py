"""What a source sends: the shape of an event, what may be wrong with it, and the order in which events happened. Pure."""

import hashlib
import types
import typing
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, cast, get_args

import msgspec

from reviews import validation
from reviews.branches.rules import Kind
from reviews.errors import FieldError, InvalidError
from reviews.texts import addresses

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

NEAR_MISS: Final = "{typed} lijkt een tikfout voor {meant}. Wij hebben niets veranderd; meld het goede adres als het er een is."

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

    `job_id` is the source's own id of the job. `final` is False for a completion that is not the last of its job: part of it was delivered, and
    the invitation waits for the rest; None says nothing, which for a completion means that it is the last. `credit_number` is the credit note's
    own number, by which a note that is told twice is one.
    """

    event_id: Id
    type: EventType
    branch: Id
    number: Id
    occurred_at: datetime
    job_id: Id | None = None
    kind: Kind | None = None
    customer: Customer | None = None
    total: Money | None = None
    basis: Literal["customer", "consent"] | None = None
    consent: Consent | None = None
    final: bool | None = None
    credit_number: Id | None = None


def read(raw: object, *, now: datetime) -> Event:
    """Return what a source sent as an event; raise InvalidError with all that is wrong with it."""
    try:
        event = validation.read(raw, Event, lambda event: _errors_in(event, now))
    except InvalidError as problem:
        # msgspec stops at the first error, and a source should hear of all at once.
        raise validation.also(problem, _apart(raw, now)) from None
    # One spelling of what a completion means by itself: said or not, it is the same event.
    return msgspec.structs.replace(event, final=None) if event.type == "job.completed" and event.final else event


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

_LOOKED_AT: Final = 1000
"""How long a text may be that is looked through: longer than any field."""

_CHECKS: Final = {"customer.name": validation.name_errors, "customer.email": validation.address_errors}
"""What is asked of a text beside what is asked of all."""


def _text_errors(raw: object) -> list[FieldError]:
    found: list[FieldError] = []
    for field in TEXTS:
        value = _within(raw, field)
        # A longer one was refused for its length, and what looks closely would take long.
        if isinstance(value, str) and len(value) <= _LOOKED_AT:
            # What became of a value says more than that it is no address.
            check = _CHECKS.get(field)
            found += validation.text_errors(field, value) or validation.damage_errors(field, value) or (check(field, value) if check else [])
    return found


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


def customer_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that names the customer; with it go address and total."""
    return max((event for event in events if event.customer), key=moment, default=None)


def basis_of(events: Sequence[Event]) -> Event | None:
    """Return the last event that happened and that states a legal basis."""
    return max((event for event in events if event.basis), key=moment, default=None)


_TURN: Final[dict[EventType, int]] = {type_: turn for turn, type_ in enumerate(get_args(EventType))}


def moment(event: Event) -> tuple[datetime, int, bool, str]:
    """Return the key by which the events of a job are put in order; the id comes last, so that the order never depends on arrival."""
    return event.occurred_at, _TURN[event.type], event.final is not False, event.event_id


class Suggestion(msgspec.Struct, frozen=True):
    """What a source is told of an event that was taken in as it is: a domain that is probably a slip of the pen. It names nobody."""

    field: str
    code: str
    domain: str
    detail: str


def suggestions(event: Event) -> list[Suggestion]:
    """Return what may be meant otherwise; the event itself is never changed by it."""
    address = event.customer.email if event.customer else None
    return near_misses("customer.email", address) if address else []


def near_misses(field: str, address: str) -> list[Suggestion]:
    """Return what may be meant by the domain of an address that was given in `field`; every door for machines says so."""
    meant = addresses.near_miss(address)
    if meant is None:
        return []
    return [Suggestion(field, "near_miss_domain", meant, NEAR_MISS.format(typed=address.rpartition("@")[2], meant=meant))]


def number_key(number: str) -> str:
    """Return the one spelling of a document number within a branch."""
    return "".join(number.split()).casefold()


def spelled(number: str) -> str:
    """Return the letters and digits of a number, by which two spellings are one: programs differ in dashes and spaces."""
    return "".join(char for char in number.casefold() if char.isalnum())


def fingerprint(event: Event) -> bytes:
    """Return the digest by which a repeated event is distinguished from a reused id."""
    return hashlib.sha256(msgspec.json.encode(event, order="sorted")).digest()
