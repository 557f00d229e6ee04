"""Show reviews the way real replies do: correct, but in varying shapes. The rotation is fixed by the review's number."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from standins.klantenvertellen.book import Line, Location, Removal, Review

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Shown = dict[str, object]


def moment(at: datetime, turn: int) -> str:
    """Write a moment in one of the six ways that were seen."""
    utc, local = at.astimezone(UTC), at.astimezone(_AMSTERDAM)
    milliseconds = f"{utc.microsecond // 1000:03d}"
    seconds = utc.strftime("%Y-%m-%dT%H:%M:%S")
    forms = (
        f"{seconds}.{milliseconds}Z",
        f"{seconds}Z",
        local.strftime("%Y-%m-%dT%H:%M:%S.") + milliseconds + local.strftime("%z")[:3] + ":00",
        f"{seconds}.{milliseconds}+00:00",
        f"{seconds}.{milliseconds[:2]}Z",
        f"{seconds}.{milliseconds}",
    )
    return forms[turn % len(forms)]


def wrapped(items: Sequence[Shown], key: str, turn: int) -> object:
    """Show a list as a list, as a list of lists, or as an object that holds it."""
    if turn % 3 == 1:
        return [list(items)]
    if turn % 3 == 2:
        return {key: list(items)}
    return list(items)


def review(one: Review) -> Shown:
    """Show a review; what is empty is left out, and in some turns so are optional fields."""
    turn = one.number
    shown: Shown = {
        "reviewId": one.review_id,
        "reviewAuthor": one.author,
        "city": one.city,
        "rating": one.rating,
        "reviewContent": wrapped([line(each, turn) for each in one.lines], "reviewContent", turn),
        "reviewComments": one.comments,
        "dateSince": moment(one.created_at, turn),
        "updatedSince": moment(one.updated_at, turn + 1),
        "referenceCode": one.reference_code,
        "reviewLanguage": one.language if turn % 5 != 2 else None,
    }
    return {key: value for key, value in shown.items() if value is not None}


def line(one: Line, turn: int) -> Shown:
    """Show an answered question."""
    group = "DEFAULT_ONLINER" if one.group == "DEFAULT_ONELINER" and turn % 2 else one.group
    shown: Shown = {
        "questionGroup": group,
        "questionType": one.kind,
        "rating": one.rating,
        "order": one.order,
        "questionTranslation": one.question,
        "notApplicable": one.not_applicable or None,
        "questionId": one.question_id if turn % 2 == 0 else None,
    }
    return {key: value for key, value in shown.items() if value is not None}


def location(one: Location, reviews: Sequence[Review], host: str, *, now: datetime) -> Shown:
    """Show a location without its reviews."""
    recent = _averages(_of_last_year(reviews, now))
    stars = [sum(1 for each in reviews if (each.rating + 1) // 2 == count) for count in (5, 4, 3, 2, 1)]
    return {
        "locationId": one.location_id,
        "locationName": one.name,
        "city": one.city,
        "country": "NL",
        **_averages(reviews),
        "last12MonthAverageRating": recent["averageRating"],
        "last12MonthNumberReviews": recent["numberReviews"],
        "last12MonthPercentageRecommendation": recent["percentageRecommendation"],
        **dict(zip(("fiveStars", "fourStars", "threeStars", "twoStars", "oneStars"), stars, strict=True)),
        **_addresses(one, host),
        "canonicalName": one.slug,
        "locationActive": True,
    }


def statistics(one: Location, reviews: Sequence[Review], host: str, *, now: datetime) -> Shown:
    """Show a location's averages; here the recommendation goes by another name."""
    figures, recent = _averages(reviews), _averages(_of_last_year(reviews, now))
    return {
        "locationId": one.location_id,
        "averageRating": figures["averageRating"],
        "numberReviews": figures["numberReviews"],
        "recommendation": figures["percentageRecommendation"],
        "last12MonthAverageRating": recent["averageRating"],
        "last12MonthRecommendation": recent["percentageRecommendation"],
        "last12MonthNumberReviews": recent["numberReviews"],
        "locationName": one.name,
        "locationActive": True,
        **_addresses(one, host),
        "locationQuestionAverage": [],
    }


def removal(one: Removal, turn: int) -> Shown:
    """Show a removed review."""
    return {
        "tenantId": one.tenant_id,
        "locationId": one.location_id,
        "reviewId": one.review_id,
        "updatedSince": moment(one.removed_at, turn),
    }


def _of_last_year(reviews: Sequence[Review], now: datetime) -> list[Review]:
    return [one for one in reviews if now - one.created_at < timedelta(days=365)]


def _averages(reviews: Sequence[Review]) -> Shown:
    recommended = [each for one in reviews for each in one.lines if each.group == "DEFAULT_RECOMMEND"]
    yes = sum(1 for each in recommended if each.rating == "true")
    return {
        "averageRating": round(sum(one.rating for one in reviews) / len(reviews), 1) if reviews else 0.0,
        "numberReviews": len(reviews),
        "percentageRecommendation": round(100 * yes / len(recommended)) if recommended else 0,
    }


def _addresses(one: Location, host: str) -> Shown:
    return {
        "viewReviewUrl": f"{host}/reviews/{one.location_id}/{one.slug}",
        "createReviewUrl": f"{host}/add-review/{one.location_id}/{one.slug}",
    }
