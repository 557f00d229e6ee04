"""Which job an event is about: by the source's own id, else by branch, kind, number and the year that the job belongs to. Pure.

A number alone is no identity: programs begin again each year, count per kind of document, and spreadsheets turn long numbers into one. So

1. an event with a `job_id` is about the job that its source knows by that id; the first one takes over a job of that number which another source
   told, where kind, year and customer fit, and is a job of its own otherwise;
2. a completion is about the job of its number, kind and book year, else about one of that number that waits for a completion;
3. any other event is about the job of its number that was there last before it happened. Kind and customer, where it names them, leave out others.

An event that names another customer than all events of a job before it is never about that job (`is_another`).
"""

import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reviews.errors import NumberOfAnotherCustomerError, NumberOfSeveralJobsError
from reviews.invitations.intake.event_model import Customer, Event, moment, number_key
from reviews.invitations.intake.job_state import fold
from reviews.keys import normal_address
from reviews.local import LOCAL
from reviews.validation import field_error

OwnId = tuple[uuid.UUID, str]
"""A source, and its own id of a job."""

_UNFINISHED = "-"
"""What the identity of a job begins with of which no completion was told: that one says of which kind and year it is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that an event may be about: all that was told of it so far, and by which ids sources know it. Never without an event."""

    job_id: uuid.UUID
    events: list[Event]
    own_ids: set[OwnId]

    @property
    def latest(self) -> Event:
        """Return what happened last."""
        return max(self.events, key=moment)

    @property
    def completions(self) -> list[Event]:
        """Return the events that say that it was finished, or a part of it."""
        return [event for event in self.events if event.type == "job.completed"]

    @property
    def kinds(self) -> set[str]:
        """Return the kinds that it can be of; none is told where it is not known yet."""
        return {event.kind for event in self.completions or self.events if event.kind}

    @property
    def since(self) -> date:
        """Return the local day on which it was finished first, or else on which anything happened to it."""
        return min(event.occurred_at for event in self.completions or self.events).astimezone(LOCAL).date()

    def years(self, book_year_ends: str) -> set[date]:
        """Return the book years in which it was finished, or else something happened, each as its last day."""
        return {book_year(event.occurred_at, book_year_ends) for event in self.completions or self.events}

    @property
    def is_named(self) -> bool:
        """Whether its customer is known."""
        return any(event.customer for event in self.events)

    def is_of_another(self, customer: Customer | None) -> bool:
        """Whether it has a customer, and this is another one; whoever agrees with any of its events is no other."""
        named = [event.customer for event in self.events if event.customer]
        return customer is not None and self.is_named and all(is_another(known, customer) for known in named)

    def waits_for(self, completion: Event, year: date, book_year_ends: str) -> bool:
        """Whether it waits for a completion such as this one: it was reopened or delivered in part, or only later events were told of it.

        What was told of a job before its completion is of the same year, or happened afterwards in the next, or of the same customer in the one
        before: what was cancelled in December and is told as finished in January stays cancelled.
        """
        if self.kinds and completion.kind not in self.kinds:
            return False
        if self.completions:
            return fold(self.events).state == "open"
        near = {0, 1, -1} if self.is_named and completion.customer else {0, 1}
        return any(own.year - year.year in near for own in self.years(book_year_ends))


def find(candidates: Collection[Candidate], event: Event, own_id: OwnId | None, *, book_year_ends: str) -> Candidate | None:
    """Return the job that an event is about, None for a job that is not known yet.

    Raise NumberOfAnotherCustomerError when the job that it would be about is another customer's, NumberOfSeveralJobsError when it can be about
    more than one. `candidates` may hold jobs that have nothing to do with the event.
    """
    if own_id:
        mine = next((one for one in candidates if own_id in one.own_ids), None)
        if mine:
            return _unless_another(mine, event)
        # Jobs that the source knows by other ids are other jobs, whatever their number.
        candidates = [one for one in candidates if own_id[0] not in {source_id for source_id, _ in one.own_ids}]
    key = number_key(event.number)
    candidates = [one for one in candidates if number_key(one.latest.number) == key]
    fitting = [one for one in candidates if not one.is_of_another(event.customer)]
    year = book_year(event.occurred_at, book_year_ends)
    found = _of_completion(fitting, event, year, book_year_ends) if event.type == "job.completed" else _of_later(fitting, event, year, book_year_ends)
    if found is None and own_id is None:
        _refuse_another(candidates, event, year, book_year_ends)
    if found is None and event.type == "job.completed":
        return next((one for one in fitting if one.waits_for(event, year, book_year_ends)), None)
    return found


def _of_completion(fitting: Sequence[Candidate], event: Event, year: date, book_year_ends: str) -> Candidate | None:
    """Return the job of that kind that was finished in that year: of several of one customer the latest."""
    same = [one for one in fitting if event.kind in one.kinds and one.completions and year in one.years(book_year_ends)]
    return max(same, key=lambda one: (one.since, one.job_id), default=None)


def _of_later(fitting: Sequence[Candidate], event: Event, year: date, book_year_ends: str) -> Candidate | None:
    """Return the job that was there last before the event, or else, since events may arrive in any order, one of the same year."""
    possible = [one for one in fitting if event.kind is None or not one.kinds or event.kind in one.kinds]
    # A case of service about a purchase is told as a repair now and then: then the customer says whose job is meant.
    possible = possible or [one for one in fitting if event.customer and one.is_named]
    # By days: sources that know only days give any hour.
    before = [one for one in possible if one.since <= event.occurred_at.astimezone(LOCAL).date()]
    last = max((max(one.years(book_year_ends)) for one in before), default=year)
    meant = [one for one in before or possible if last in one.years(book_year_ends)]
    if len(meant) > 1:
        raise NumberOfSeveralJobsError([field_error("number", "number_of_several_jobs")])
    return meant[0] if meant else None


def _refuse_another(candidates: Sequence[Candidate], event: Event, year: date, book_year_ends: str) -> None:
    """Raise when a job of another customer stands where this event's job would stand: the same number, year and kind, as far as it is told."""
    for one in candidates:
        same_kind = event.kind is None or not one.kinds or event.kind in one.kinds
        # A cancellation or a case in January may be about what was finished in December; a completion is of its own year.
        years = {year.year} if event.type == "job.completed" else {year.year, year.year - 1}
        if same_kind and any(own.year in years for own in one.years(book_year_ends)) and one.is_of_another(event.customer):
            _unless_another(one, event)


def _unless_another(one: Candidate, event: Event) -> Candidate:
    if not one.is_of_another(event.customer):
        return one
    known = max((told for told in one.events if told.customer), key=moment)
    known_on, told_on = (told.occurred_at.astimezone(LOCAL).date() for told in (known, event))
    errors = [field_error("number", "number_of_another_customer", f"{known_on}, {told_on}")]
    raise NumberOfAnotherCustomerError(errors, known_on=known_on, told_on=told_on)


def is_another(known: Customer, told: Customer) -> bool:
    """Whether two namings are of two customers: their addresses differ, and their names or their postcodes as well.

    An address that only one of them has agrees with nothing; a postcode that only one of them has contradicts nothing.
    """
    if known.email and told.email and normal_address(known.email) == normal_address(told.email):
        return False
    postcodes = [_spelled(one.postcode) for one in (known, told) if one.postcode and _spelled(one.postcode)]
    return _spelled(known.name) != _spelled(told.name) or len(set(postcodes)) > 1


def _spelled(text: str) -> str:
    """Return the letters and digits of a text without case and accents, by which two spellings are one; a text without any stays itself."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalnum()).casefold()
    return plain or text.strip()


def book_year(at: datetime, ends: str) -> date:
    """Return the last day of the book year in which a moment lies; `ends` is the month and day, such as `12-31`."""
    day = at.astimezone(LOCAL).date()
    return date.fromisoformat(f"{day.year if f'{day:%m-%d}' <= ends else day.year + 1}-{ends}")


def identity(job: Candidate, kept: str | None, *, book_year_ends: str) -> str:
    """Return what no two jobs of a branch share: a source's own id where there is one, else kind, book year and number.

    `kept` is what the job was known by: it stays, unless no completion was known or a source gave its own id since.
    """
    if job.own_ids:
        source_id, own = min(job.own_ids)
        return f"{source_id}/{own}"
    if kept and not kept.startswith(_UNFINISHED):
        return kept
    if not job.completions:
        return f"{_UNFINISHED}/{job.job_id}"
    first = min(job.completions, key=moment)
    return f"{first.kind}/{book_year(first.occurred_at, book_year_ends)}/{number_key(first.number)}"
