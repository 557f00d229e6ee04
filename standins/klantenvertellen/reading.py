"""Give reviews back: filter, sort, page."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from standins.klantenvertellen import shapes
from standins.klantenvertellen.answers import RefusedError, invalid
from standins.klantenvertellen.book import Book, Location, Review

_MOST: Final = 250
_USUAL: Final = 10
_ORDERS: Final = ("CREATE_DATE", "RATING", "UPDATE_DATE", "MODIFIED_DATE")
_LATEST_REACH: Final = timedelta(days=30)


def page(book: Book, location: Location, query: Mapping[str, str], *, host: str, turn: int) -> object:
    """Return the location with one page of its reviews; `turn` picks the odd shape in which they are wrapped."""
    everything = [review for review in book.pages.reviews if review.location_id == location.location_id]
    chosen = sorted(_filtered(everything, query), key=_sort_key(query), reverse=query.get("sortOrder", "DESC") != "ASC")
    limit = _number(query, "limit", _USUAL, least=1, most=_MOST)
    first = _number(query, "pageNumber", 0, least=0, most=1_000_000) * limit
    shown = [shapes.review(review) for review in chosen[first : first + limit]]
    head = shapes.location(location, everything, host, now=book.moments.now())
    return {**head, "reviews": shapes.wrapped(shown, "reviews", turn)}


def statistics(book: Book, location: Location, *, host: str) -> object:
    """Return the averages of a location."""
    reviews = [review for review in book.pages.reviews if review.location_id == location.location_id]
    return shapes.statistics(location, reviews, host, now=book.moments.now())


def removed(book: Book, tenant_id: int, query: Mapping[str, str]) -> object:
    """Return the removals of a whole tenant since a moment."""
    since = _moment(query, "updatedSince")
    chosen = [one for one in book.pages.removals if one.tenant_id == tenant_id and (since is None or one.removed_at >= since)]
    return [shapes.removal(one, turn) for turn, one in enumerate(chosen)]


def latest(book: Book, query: Mapping[str, str], *, host: str) -> object:
    """Return the locations with activity since a date, at most thirty days back."""
    since = _moment(query, "dateSince") or _moment(query, "updatedSince")
    now = book.moments.now()
    if since is not None and now - since > _LATEST_REACH:
        raise RefusedError(400, "DATE_OUT_OF_RANGE", "The date may be at most 30 days back")
    active = {one.location_id for one in book.pages.reviews if since is None or one.updated_at >= since}
    return [
        shapes.statistics(location, [one for one in book.pages.reviews if one.location_id == location.location_id], host, now=now)
        for location in book.pages.locations.values()
        if location.location_id in active
    ]


def _filtered(reviews: list[Review], query: Mapping[str, str]) -> list[Review]:
    created, updated = _moment(query, "dateSince"), _moment(query, "updatedSince")
    reference, review_id = query.get("referenceCode"), query.get("reviewId")
    return [
        review
        for review in reviews
        if (created is None or review.created_at >= created)
        and (updated is None or review.updated_at >= updated)
        and (reference is None or review.reference_code == reference)
        and (review_id is None or review.review_id == review_id)
    ]


def _sort_key(query: Mapping[str, str]) -> Callable[[Review], tuple[float, int]]:
    order = query.get("orderBy", "CREATE_DATE")
    if order not in _ORDERS:
        raise invalid("orderBy", "is not supported")

    def key(review: Review) -> tuple[float, int]:
        if order == "RATING":
            return review.rating, review.number
        moment = review.created_at if order == "CREATE_DATE" else review.updated_at
        return moment.timestamp(), review.number

    return key


def _number(query: Mapping[str, str], name: str, usual: int, *, least: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return usual
    if not text.isdecimal() or len(text) > 9 or int(text) < least:
        raise invalid(name, "is not a number in range")
    return min(int(text), most)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name, "is not a date") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
