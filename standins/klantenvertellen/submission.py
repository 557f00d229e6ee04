"""Take in a review that was filled in on a caller's own form, or on the platform's page."""

from collections.abc import Mapping

import msgspec

from standins.klantenvertellen import questions
from standins.klantenvertellen.answers import RefusedError, invalid, required
from standins.klantenvertellen.book import Book, Invitation, Location, Review
from standins.klantenvertellen.invitations import looks_like_address


def own_form(book: Book, location: Location, filename: str, raw: bytes) -> Review:
    """Publish the review in part `data`, which must be a file named *.json."""
    if not filename.lower().endswith(".json"):
        raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", "Part data must be a .json file", "UNSUPPORTED_MEDIA_TYPE")
    try:
        body = msgspec.json.decode(raw, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid("data", "is not a JSON object") from None
    if body.get("agreementFulfilled") is not True:
        raise required("agreementFulfilled")
    name, city, email = (str(body.get(key) or "").strip() for key in ("name", "city", "email"))
    _check_person(name, city, email)
    lines = questions.answered(_ratings(body.get("questions")), str(body.get("locale") or "nl"))
    number, review_id = book.next_identity()
    now = book.moments.now()
    review = Review(
        number=number,
        review_id=review_id,
        location_id=location.location_id,
        author=name,
        city=city,
        rating=questions.overall(lines),
        lines=lines,
        created_at=now,
        updated_at=now,
        language=str(body.get("locale") or "nl"),
        source="own_form",
        email=email,
    )
    book.add_review(review)
    return review


def by_invitation(book: Book, invitation: Invitation, filled_in: Mapping[str, str]) -> Review:
    """Publish what an invited person filled in on the platform's page; an invitation serves once."""
    if invitation.review_id is not None:
        raise RefusedError(409, "ALREADY_REVIEWED", "This invitation was used already")
    name = filled_in.get("name", "").strip()
    if not name:
        raise required("name")
    ratings = {key.removeprefix("q"): value for key, value in filled_in.items() if key.startswith("q")}
    lines = questions.answered(ratings, invitation.language)
    number, review_id = book.next_identity()
    now = book.moments.now()
    review = Review(
        number=number,
        review_id=review_id,
        location_id=invitation.location_id,
        author=name,
        city=filled_in.get("city", "").strip() or None,
        rating=questions.overall(lines),
        lines=lines,
        created_at=now,
        updated_at=now,
        reference_code=invitation.reference_code,
        language=invitation.language,
        source="invitation",
        email=invitation.email,
    )
    invitation.review_id = review_id
    book.add_review(review)
    return review


def _check_person(name: str, city: str, email: str) -> None:
    if not name:
        raise required("name")
    if not city:
        raise required("city")
    if not looks_like_address(email):
        raise invalid("email", "is not a valid email address")


def _ratings(asked: object) -> dict[str, object]:
    if not isinstance(asked, list) or not asked:
        raise required("questions")
    ratings: dict[str, object] = {}
    for each in asked:
        try:
            question = msgspec.convert(each, dict[str, object])
        except msgspec.ValidationError:
            raise invalid("questions", "must be a list of objects") from None
        ratings[str(question.get("questionId"))] = question.get("rating")
    return ratings
