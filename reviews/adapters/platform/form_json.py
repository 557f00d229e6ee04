"""Fill in a location's questionnaire with a review that was written on our own form."""

from collections.abc import Mapping
from typing import Final

import msgspec

from reviews.adapters.platform import feed_json as feed
from reviews.handover.outcomes import Refused
from reviews.reasons import OutcomeCode
from reviews.texts import addresses

_HEADLINE_LENGTH: Final = 150


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a location; `asked` is the platform's whole description of it, which is sent back with the answer."""

    question_id: str
    kind: str
    group: str
    question: str
    required: bool
    asked: Mapping[str, object]


class Questionnaire(msgspec.Struct, frozen=True, kw_only=True):
    """What a location asks of a reviewer."""

    questions: tuple[Question, ...]
    name_required: bool
    city_required: bool
    agreement_text: str
    agreement_url: str


class OwnReview(msgspec.Struct, frozen=True, kw_only=True):
    """A review that was written on our form. `rating` is 1 to 10; without a headline the opinion's first line stands in."""

    name: str
    email: str
    city: str = ""
    locale: str = "nl"
    rating: int
    headline: str = ""
    opinion: str
    recommended: bool | None = None

    def __repr__(self) -> str:
        """Show nothing of the person or the review."""
        return "OwnReview(…)"


def read_questionnaire(raw: bytes) -> Questionnaire | None:
    """Read the platform's questionnaire; None when this is none."""
    body = feed.mapping(feed.decode(raw))
    if "questions" not in body:
        return None
    questions = [_question(feed.mapping(entry)) for entry in feed.items(body["questions"], "questions")]
    return Questionnaire(
        questions=tuple(question for question in questions if question is not None),
        name_required=feed.truth(body.get("nameRequired")) or False,
        city_required=feed.truth(body.get("cityRequired")) or False,
        agreement_text=feed.text(body.get("agreementText")) or "",
        agreement_url=feed.text(body.get("agreementUrl")) or "",
    )


def fill_in(questionnaire: Questionnaire, review: OwnReview) -> bytes | Refused:
    """Return the file for part `data`, or which required questions our form did not ask. An answer is never made up."""
    answers = {question.question_id: _answer(question, review) for question in questionnaire.questions}
    missing = [q.group if q.group != "CUSTOM" else q.question for q in questionnaire.questions if q.required and answers[q.question_id] is None]
    if questionnaire.name_required and not review.name.strip():
        missing.append("name")
    if questionnaire.city_required and not review.city.strip():
        missing.append("city")
    if missing:
        return Refused(OutcomeCode.QUESTIONNAIRE_UNANSWERED, ", ".join(missing))
    return msgspec.json.encode(
        {
            "questions": [
                # The platform calls each answer `rating`, whatever was asked.
                {**question.asked, "rating": answers[question.question_id]}
                for question in questionnaire.questions
                if answers[question.question_id] is not None
            ],
            "name": review.name.strip(),
            "city": review.city.strip(),
            "locale": review.locale,
            "email": addresses.as_sent(review.email),
            "companyName": "",
            "agreementFulfilled": True,
        }
    )


def _question(entry: Mapping[str, object]) -> Question | None:
    question_id = feed.text(entry.get("questionId"))
    if question_id is None:
        return None
    return Question(
        question_id=question_id,
        kind=feed.text(entry.get("questionTypeEnum")) or "",
        group=feed.text(entry.get("questionGroupEnum")) or "",
        question=feed.text(entry.get("question")) or "",
        required=feed.truth(entry.get("required")) or False,
        asked=entry,
    )


def _answer(question: Question, review: OwnReview) -> str | int | bool | None:
    if question.group == "DEFAULT_OVERALL":
        return review.rating
    if question.group in feed.ONELINERS:
        return (review.headline.strip() or review.opinion.strip().partition("\n")[0])[:_HEADLINE_LENGTH] or None
    if question.group == "DEFAULT_OPINION":
        return review.opinion.strip() or None
    if question.group == "DEFAULT_RECOMMEND":
        return review.recommended
    return None
