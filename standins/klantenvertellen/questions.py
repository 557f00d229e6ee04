"""The questionnaire: what is asked, and whether answers to it are valid."""

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from standins.klantenvertellen.answers import RefusedError, invalid, required
from standins.klantenvertellen.book import Line


class Option(msgspec.Struct, frozen=True):
    """One answer of a question with a list."""

    option_id: int
    nl: str
    en: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question in two languages."""

    question_id: str
    kind: str
    group: str
    nl: str
    en: str
    required: bool
    order: int
    options: tuple[Option, ...] = ()

    def text(self, locale: str) -> str:
        """Return the question in Dutch, or in English for everybody else."""
        return self.nl if locale in ("nl", "be") else self.en


QUESTIONS: Final = (
    Question(question_id="1001", kind="INT", group="DEFAULT_OVERALL", nl="Uw totaal oordeel", en="Your overall rating", required=True, order=0),
    Question(
        question_id="1002",
        kind="TEXT",
        group="DEFAULT_ONELINER",
        nl="Beschrijf uw ervaring in één regel",
        en="Describe your experience in one line",
        required=True,
        order=1,
    ),
    Question(
        question_id="1003", kind="TEXT", group="DEFAULT_OPINION", nl="Beschrijf uw ervaring", en="Describe your experience", required=True, order=2
    ),
    Question(
        question_id="1004",
        kind="BOOLEAN",
        group="DEFAULT_RECOMMEND",
        nl="Zou u ons aanbevelen?",
        en="Would you recommend us?",
        required=True,
        order=3,
    ),
    Question(
        question_id="1005",
        kind="SELECT_LIST",
        group="CUSTOM",
        nl="Welke dienst?",
        en="Which service?",
        required=False,
        order=4,
        options=(Option(51, "Montage", "Fitting"), Option(52, "Service", "Service"), Option(53, "Advies", "Advice")),
    ),
    Question(question_id="1006", kind="INT", group="CUSTOM", nl="Netheid", en="Tidiness", required=False, order=5),
)
AGREEMENT: Final = "Ik ga akkoord met de voorwaarden voor het plaatsen van een review."


def questionnaire(locale: str, host: str) -> dict[str, object]:
    """Return the questionnaire as the platform shows it to programs."""
    return {
        "questions": [
            {
                "questionId": question.question_id,
                "questionTypeEnum": question.kind,
                "question": question.text(locale),
                "required": question.required,
                "questionGroupEnum": question.group,
                "orderId": question.order,
                "questionOptions": [
                    {"optionId": option.option_id, "option": option.nl if locale == "nl" else option.en, "orderId": order}
                    for order, option in enumerate(question.options)
                ],
            }
            for question in QUESTIONS
        ],
        "agreementText": AGREEMENT,
        "agreementUrl": f"{host}/voorwaarden",
        "companyNameEnabled": False,
        "nameRequired": True,
        "cityRequired": True,
        "locale": locale,
    }


def answered(ratings: Mapping[str, object], locale: str) -> list[Line]:
    """Turn answers by question id into lines, or say what is missing or wrong. Unanswered optional questions become no line."""
    unknown = set(ratings) - {question.question_id for question in QUESTIONS}
    if unknown:
        raise RefusedError(400, "VALIDATION_ERROR", f"unknown question {min(unknown)}")
    lines: list[Line] = []
    for question in QUESTIONS:
        rating = ratings.get(question.question_id)
        if rating is None or rating == "":
            if question.required:
                raise required(f"question {question.question_id}")
            continue
        lines.append(
            Line(
                question_id=question.question_id,
                group=question.group,
                kind=question.kind,
                rating=_stored(question, rating),
                order=question.order,
                question=question.text(locale),
            )
        )
    return lines


def overall(lines: list[Line]) -> int:
    """Return the rating that counts."""
    return next(int(line.rating or 0) for line in lines if line.group == "DEFAULT_OVERALL")


def _stored(question: Question, rating: object) -> str:
    """Return the answer as the platform keeps it: always a string."""
    if question.kind == "INT":
        return _stored_number(question, rating)
    if question.kind == "BOOLEAN":
        if str(rating).lower() not in ("true", "false"):
            raise invalid(f"question {question.question_id}", "must be true or false")
        return str(rating).lower()
    if question.kind == "SELECT_LIST":
        return _stored_list(question, rating)
    return str(rating).strip()


def _stored_number(question: Question, rating: object) -> str:
    text = str(rating)
    if not text.isdecimal() or not 1 <= int(text) <= 10:
        raise invalid(f"question {question.question_id}", "must be a number from 1 to 10")
    return str(int(text))


def _stored_list(question: Question, rating: object) -> str:
    names = {str(option.option_id): option.nl for option in question.options}
    chosen = [part.strip() for part in str(rating).strip("[]").split(",") if part.strip()]
    if any(part not in names for part in chosen):
        raise invalid(f"question {question.question_id}", "names an unknown option")
    return json.dumps([names[part] for part in chosen], ensure_ascii=False)
