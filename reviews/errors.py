"""Every deliberate error, each with the HTTP status and the slug that the web process answers with.

ReviewsError
├── ConfigurationError      a setting, key or server is not as it must be; the sentence says what to do
├── ReaderUnavailableError  nothing can be read now, whatever the document is: our trouble, never the document's
│   └── WallsMissingError   this system cannot hold a reader that its document has taken over, so none is started
├── MalformedError          400  the request can't be read at all
├── UnauthorizedError       401  no key or session that is known
├── NotFoundError           404  nothing that the caller may see (also: it belongs to another branch)
├── ForbiddenError          403  known, but not allowed
├── InvalidError            422  the request has errors; all of them are listed
├── ConflictError           409  what the caller saw has changed
│   ├── TooLateError        409  the invitation has left already
│   ├── AlreadyDecidedError 409  another person decided first
│   │   └── AlreadyAnsweredError  a question about a credit was answered, by whom and when
│   ├── NotPlayableError    409  an outcome that can't follow on the state of a test invitation
│   └── RefusedEventError   409  an event that was read well and can't be taken in beside what is known
│       ├── EventIdReusedError            the same event id came with other content
│       ├── NumberOfAnotherCustomerError  a job of another customer has that number
│       └── NumberOfSeveralJobsError      more than one job has that number
└── TooManyError            429  a named limit is reached
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong in a request: the field's path, a stable code, a sentence for a person."""

    field: str
    code: str
    detail: str


class ReviewsError(Exception):
    """The root of all deliberate errors."""

    status = 500
    slug = "internal_error"
    errors: Sequence[FieldError] = ()


class ConfigurationError(ReviewsError):
    """A setting, key or server must be put right before the service can go on."""

    slug = "configuration"


class ReaderUnavailableError(ReviewsError):
    """No document can be read now: the readers do not start, or must not. It says nothing about the document, which is read later.

    `recognition` is set when only pictures cannot be read.
    """

    slug = "reader_unavailable"
    recognition = False


class WallsMissingError(ReaderUnavailableError):
    """The walls that must stand around a reader do not, and the administrator has not said that it may read without them."""

    slug = "walls_missing"


class MalformedError(ReviewsError):
    """The request cannot be read at all: no JSON, no text, no form."""

    status = 400
    slug = "malformed"


class UnauthorizedError(ReviewsError):
    """The caller shows no key or session that we know."""

    status = 401
    slug = "unauthorized"


class NotFoundError(ReviewsError):
    """There is nothing that the caller may see under this name."""

    status = 404
    slug = "not_found"


class ForbiddenError(ReviewsError):
    """The caller is known, but may not do this."""

    status = 403
    slug = "forbidden"


class InvalidError(ReviewsError):
    """The request has errors: `errors` lists all of them."""

    status = 422
    slug = "invalid"

    def __init__(self, errors: list[FieldError]) -> None:
        # Fields and codes only: this text may reach a log, and details quote what was sent.
        super().__init__("; ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = errors


class ConflictError(ReviewsError):
    """What the caller saw has changed since."""

    status = 409
    slug = "conflict"


class TooLateError(ConflictError):
    """The invitation has left already."""

    slug = "too_late"


class AlreadyDecidedError(ConflictError):
    """Another person decided first; that decision stands."""

    slug = "already_decided"


class AlreadyAnsweredError(AlreadyDecidedError):
    """A question about a credit was answered before; `whole` is what was answered."""

    def __init__(self, by: str, at: datetime, *, whole: bool) -> None:
        super().__init__("another person answered this question before")
        self.by, self.at, self.whole = by, at, whole


class NotPlayableError(ConflictError):
    """What a test source wants to happen can't follow on the state of its invitation."""

    slug = "not_from_this_state"


class RefusedEventError(ConflictError):
    """An event that was read well and can't be taken in beside what is known: nothing of it is stored."""


class EventIdReusedError(RefusedEventError):
    """The same event id came with other content."""

    slug = "event_id_reused"


class NumberOfAnotherCustomerError(RefusedEventError):
    """A job of another customer has that number: the two documents are of these local days."""

    slug = "number_of_another_customer"

    def __init__(self, errors: Sequence[FieldError], *, known_on: date, told_on: date) -> None:
        super().__init__(f"documents of {known_on} and {told_on}")
        self.errors, self.known_on, self.told_on = errors, known_on, told_on


class NumberOfSeveralJobsError(RefusedEventError):
    """More than one job has that number, and the event does not say which it is about."""

    slug = "number_of_several_jobs"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("more than one job has that number")
        self.errors = errors


class TooSlowError(ReviewsError):
    """The body of the request comes too slowly to wait for the rest of it."""

    status = 408
    slug = "too_slow"


class TooManyError(ReviewsError):
    """A named limit is reached; `retry_after` is in whole seconds."""

    status = 429
    slug = "too_many_requests"

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after

    @property
    def minutes(self) -> int:
        """Return how long to wait in whole minutes, rounded up, as a person is told."""
        return math.ceil(self.retry_after / 60)


class CrowdedError(TooManyError):
    """All callers together have reached a limit, whatever this one did: when there is room again nobody knows."""

    slug = "crowded"
