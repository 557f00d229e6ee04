"""Read what klantenvertellen.nl answers, defensively: real replies differ from its documentation in the ways listed here.

Keys may be absent; lists come as lists, as lists of lists, or inside an object; a boolean is a word in a string; dates come in six ways, some
without a zone (taken as UTC); an id may be anything. What cannot be read is counted, never guessed, and stops nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

# The second spelling is the platform's own mistake, in real replies.
ONELINERS: Final = frozenset({"DEFAULT_ONELINER", "DEFAULT_ONLINER"})


class PlatformAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answered question; `choices` are the picked options of a SELECT_LIST."""

    group: str
    kind: str
    question: str
    value: str | None
    choices: tuple[str, ...] = ()
    not_applicable: bool = False


class PlatformReview(msgspec.Struct, frozen=True, kw_only=True):
    """A review as the platform shows it. `rating` is 1 to 10; `comments` is the company's public answer."""

    review_id: str
    author: str
    city: str | None
    rating: int | None
    headline: str | None
    opinion: str | None
    recommended: bool | None
    answers: tuple[PlatformAnswer, ...]
    comments: str | None
    created_at: datetime | None
    updated_at: datetime | None
    reference_code: str | None
    language: str | None

    def __repr__(self) -> str:
        """Name the review by its id only."""
        return f"PlatformReview({self.review_id!r})"


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of reviews; `found` counts what stood on it, `unreadable` what could not be understood."""

    reviews: tuple[PlatformReview, ...]
    found: int
    unreadable: int


class RemovedReview(msgspec.Struct, frozen=True, kw_only=True):
    """A review that the platform took down."""

    tenant_id: int | None
    location_id: str
    review_id: str
    removed_at: datetime | None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """The averages of one location; percentages are whole."""

    location_name: str | None
    active: bool | None
    average_rating: Decimal | None
    number_reviews: int | None
    recommendation: int | None
    last_12_months_average_rating: Decimal | None
    last_12_months_number_reviews: int | None
    last_12_months_recommendation: int | None
    view_review_url: str | None


def read_page(raw: bytes) -> ReviewPage | None:
    """Read a location with its reviews; None when this is no such answer. No reviews is a valid answer."""
    body = mapping(decode(raw))
    # A location without reviews may leave the list out: only an answer with neither is none.
    if "locationId" not in body and "reviews" not in body:
        return None
    entries = list(items(body.get("reviews"), "reviews"))
    reviews = [review for review in map(_review, entries) if review is not None]
    return ReviewPage(reviews=tuple(reviews), found=len(entries), unreadable=len(entries) - len(reviews))


def read_removed(raw: bytes) -> list[RemovedReview] | None:
    """Read the list of removed reviews; None when this is no list."""
    decoded = decode(raw)
    if not isinstance(decoded, list):
        return None
    entries = [mapping(entry) for entry in items(decoded, "reviews")]
    return [
        RemovedReview(
            tenant_id=_whole(entry.get("tenantId")),
            location_id=location_id,
            review_id=review_id,
            removed_at=moment(entry.get("updatedSince")),
        )
        for entry in entries
        if (location_id := text(entry.get("locationId"))) and (review_id := text(entry.get("reviewId")))
    ]


def read_statistics(raw: bytes) -> Statistics | None:
    """Read the averages of a location; None when this is no such answer."""
    body = mapping(decode(raw))
    if "averageRating" not in body and "numberReviews" not in body:
        return None
    return Statistics(
        location_name=text(body.get("locationName")),
        active=truth(body.get("locationActive")),
        average_rating=_decimal(body.get("averageRating")),
        number_reviews=_whole(body.get("numberReviews")),
        recommendation=_whole(body.get("recommendation", body.get("percentageRecommendation"))),
        last_12_months_average_rating=_decimal(body.get("last12MonthAverageRating")),
        last_12_months_number_reviews=_whole(body.get("last12MonthNumberReviews")),
        last_12_months_recommendation=_whole(body.get("last12MonthRecommendation", body.get("last12MonthPercentageRecommendation"))),
        view_review_url=text(body.get("viewReviewUrl")),
    )


def decode(raw: bytes) -> object:
    """Decode JSON to plain values; None for anything that is not JSON."""
    try:
        # Not decoded into a struct: one field of an odd type would cost the whole page.
        decoded: object = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decoded


def items(value: object, key: str) -> Iterator[object]:
    """Yield the entries of a list, of lists in a list, or of a list inside an object under `key`."""
    if isinstance(value, list):
        for entry in msgspec.convert(value, list[object]):
            if isinstance(entry, list) or (isinstance(entry, dict) and key in entry):
                yield from items(entry, key)
            else:
                yield entry
    elif isinstance(value, dict):
        yield from items(mapping(value).get(key), key)


def moment(value: object) -> datetime | None:
    """Read a moment in any of the ways that were seen; one without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """Read a text or a number as text; None when there is nothing in it."""
    # bool is an int to Python, and True is no text.
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    # PostgreSQL holds no NUL in a text.
    return str(value).replace("\0", "").strip() or None


def truth(value: object) -> bool | None:
    """Read a boolean, also as a word: "false" is a non-empty string."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def mapping(value: object) -> Mapping[str, object]:
    """Return an object's members; nothing for anything else."""
    return msgspec.convert(value, dict[str, object]) if isinstance(value, dict) else {}


def _review(value: object) -> PlatformReview | None:
    entry = mapping(value)
    review_id = text(entry.get("reviewId"))
    if review_id is None:
        return None
    answers = tuple(_answer(mapping(line)) for line in items(entry.get("reviewContent"), "reviewContent"))
    return PlatformReview(
        review_id=review_id,
        author=text(entry.get("reviewAuthor")) or "",
        city=text(entry.get("city")),
        # The review's own rating may be absent; its first question then holds it.
        rating=_rating(entry.get("rating")) or _rating(_value(answers, frozenset({"DEFAULT_OVERALL"}))),
        headline=_value(answers, ONELINERS),
        opinion=_value(answers, frozenset({"DEFAULT_OPINION"})),
        recommended=truth(_value(answers, frozenset({"DEFAULT_RECOMMEND"}))),
        answers=answers,
        comments=text(entry.get("reviewComments")),
        created_at=moment(entry.get("dateSince")),
        updated_at=moment(entry.get("updatedSince")),
        reference_code=text(entry.get("referenceCode")),
        language=text(entry.get("reviewLanguage")),
    )


def _answer(line: Mapping[str, object]) -> PlatformAnswer:
    kind, value = text(line.get("questionType")) or "", text(line.get("rating"))
    return PlatformAnswer(
        group=text(line.get("questionGroup")) or "",
        kind=kind,
        question=text(line.get("questionTranslation")) or "",
        value=value,
        choices=_choices(value) if kind == "SELECT_LIST" else (),
        not_applicable=truth(line.get("notApplicable")) or False,
    )


def _choices(value: str | None) -> tuple[str, ...]:
    chosen = decode((value or "").encode())
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in items(chosen, ""))


def _value(answers: tuple[PlatformAnswer, ...], groups: frozenset[str]) -> str | None:
    return next((answer.value for answer in answers if answer.group in groups and answer.value), None)


def _rating(value: object) -> int | None:
    number = _decimal(value)
    # A rating with a fraction is not rounded: it would count as one that nobody gave.
    return int(number) if number is not None and 1 <= number <= 10 and number == int(number) else None


def _whole(value: object) -> int | None:
    number = _decimal(value)
    return round(number) if number is not None else None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        # Through str: a float as it stands would bring its binary digits along.
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    # Decimal reads NaN and Infinity too.
    return number if number.is_finite() else None
