"""Fakes with a memory, which pass the same contract tests as the adapters that they stand for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.adapters.mail.message import UnsafeHeaderError, compose
from reviews.adapters.platform.client import Failure, Location
from reviews.adapters.platform.feed_json import PlatformReview, RemovedReview, ReviewPage, Statistics
from reviews.adapters.platform.form_json import OwnReview, Question, Questionnaire, fill_in
from reviews.handover.outcomes import INVITED_RECENTLY, NOT_MARKED, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.sending.mail_message import MailMessage
from reviews.reasons import OutcomeCode

Mark = Callable[[], Awaitable[bool]]


class FakePost:
    """A mail server in memory. `will` queues outcomes for the next letters; an unknown one may have been taken all the same."""

    def __init__(self) -> None:
        self.taken: list[MailMessage] = []
        self._wills: list[tuple[Outcome, bool]] = []

    def will(self, outcome: Outcome, *, taken: bool = False) -> None:
        """Let the next letter end so; `taken` says whether it arrived nonetheless."""
        self._wills.append((outcome, taken))

    async def send(self, letter: MailMessage, *, mark: Mark) -> Outcome:
        """Take a letter, after its mark."""
        try:
            compose(letter)
        except UnsafeHeaderError as problem:
            return Refused(OutcomeCode.UNSAFE_HEADER, problem.field)
        outcome, taken = self._wills.pop(0) if self._wills else (Sent(letter.message_id), True)
        turned_down = Retry(OutcomeCode.MESSAGE_DEFERRED), Refused(OutcomeCode.MESSAGE_REFUSED)
        beyond_the_mark = isinstance(outcome, Sent | Unknown) or outcome in turned_down
        if beyond_the_mark and not await mark():
            return Retry(NOT_MARKED)
        if taken:
            self.taken.append(letter)
        return outcome

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Invited:
    """What the platform was told about one person."""

    location_id: str
    email: str
    ref_code: str
    name: tuple[str, str]
    language: str
    city: str


class FakePlatform:
    """The platform in memory, with its 30-day rule. `will` queues outcomes for the next calls that change something."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tokens: dict[str, str] = {}
        self.invited: list[Invited] = []
        self.locales_asked: list[str] = []
        self.submitted: list[tuple[str, OwnReview]] = []
        self.reviews: dict[str, list[PlatformReview]] = {}
        self.removed: list[RemovedReview] = []
        self._last: dict[tuple[str, str], datetime] = {}
        self._wills: list[tuple[Outcome, bool]] = []

    def will(self, outcome: Outcome, *, taken: bool = False) -> None:
        """Let the next call end so; `taken` says whether the work was done nonetheless."""
        self._wills.append((outcome, taken))

    def write_review(self, location_id: str, review_id: str, *, reference_code: str | None = None, rating: int = 8) -> None:
        """Publish a review."""
        review = PlatformReview(
            review_id=review_id,
            author="Sanne",
            city="Utrecht",
            rating=rating,
            headline="Netjes gewerkt & snel",
            opinion="Keurig op tijd.",
            recommended=True,
            answers=(),
            comments=None,
            created_at=self.now,
            updated_at=self.now,
            reference_code=reference_code,
            language="nl",
        )
        self.reviews.setdefault(location_id, []).append(review)

    def remove(self, location_id: str, review_id: str) -> None:
        """Take a review down."""
        self.reviews[location_id] = [one for one in self.reviews[location_id] if one.review_id != review_id]
        self.removed.append(RemovedReview(tenant_id=99, location_id=location_id, review_id=review_id, removed_at=self.now))

    async def invite(
        self,
        location: Location,
        email: str,
        *,
        first_name: str = "",
        last_name: str = "",
        language: str = "nl",
        city: str = "",
        ref_code: str,
        mark: Mark | None = None,
    ) -> Outcome:
        """Invite one person now."""
        if mark is not None and not await mark():
            return Retry(NOT_MARKED)
        outcome, taken = self._wills.pop(0) if self._wills else (None, True)
        refusal = self._refusal(location, email)
        if taken and refusal is None:
            self._last[location.location_id, email.lower()] = self.now
            self.invited.append(Invited(location.location_id, email, ref_code, (first_name, last_name), language, city))
        return outcome or refusal or Sent()

    async def read_reviews(
        self, location: Location, *, updated_since: datetime | None = None, page: int = 0, limit: int = 250
    ) -> ReviewPage | Failure:
        """Read one page, newest change first."""
        if self.tokens.get(location.location_id) != location.token:
            return Halt(OutcomeCode.TOKEN_REFUSED)
        reviews = [
            one
            for one in reversed(self.reviews.get(location.location_id, []))
            if updated_since is None or (one.updated_at is not None and one.updated_at >= updated_since)
        ]
        shown = tuple(reviews[page * limit : (page + 1) * limit])
        return ReviewPage(reviews=shown, found=len(shown), unreadable=0)

    async def read_all_reviews(
        self, location: Location, *, updated_since: datetime | None = None, limit: int = 250
    ) -> AsyncIterator[ReviewPage | Failure]:
        """Yield page after page."""
        number = 0
        while True:
            page = await self.read_reviews(location, updated_since=updated_since, page=number, limit=limit)
            yield page
            if not isinstance(page, ReviewPage) or page.found < limit:
                return
            number += 1

    async def read_removed(self, location: Location, *, updated_since: datetime) -> list[RemovedReview] | Failure:
        """Read what was taken down."""
        return [
            one for one in self.removed if one.location_id == location.location_id and one.removed_at is not None and one.removed_at >= updated_since
        ]

    async def statistics(self, location: Location) -> Statistics | Failure:
        """Read the averages."""
        if self.tokens.get(location.location_id) != location.token:
            return Halt(OutcomeCode.TOKEN_REFUSED)
        return Statistics(
            location_name="Ambiance Utrecht",
            active=True,
            average_rating=None,
            number_reviews=len(self.reviews.get(location.location_id, [])),
            recommendation=None,
            last_12_months_average_rating=None,
            last_12_months_number_reviews=None,
            last_12_months_recommendation=None,
            view_review_url=None,
        )

    async def questionnaire(self, location: Location, locale: str = "nl") -> Questionnaire | Failure:
        """Read the four default questions."""
        self.locales_asked.append(locale)
        if self.tokens.get(location.location_id) != location.token:
            return Halt(OutcomeCode.TOKEN_REFUSED)
        groups = (("DEFAULT_OVERALL", "INT"), ("DEFAULT_ONELINER", "TEXT"), ("DEFAULT_OPINION", "TEXT"), ("DEFAULT_RECOMMEND", "BOOLEAN"))
        return Questionnaire(
            questions=tuple(
                Question(question_id=group, kind=kind, group=group, question=group, required=True, asked={"questionId": group})
                for group, kind in groups
            ),
            name_required=True,
            city_required=True,
            agreement_text="",
            agreement_url="",
        )

    async def submit_review(self, location: Location, review: OwnReview, questionnaire: Questionnaire, *, mark: Mark | None = None) -> Outcome:
        """Publish a review from our own form."""
        filled_in = fill_in(questionnaire, review)
        if isinstance(filled_in, Refused):
            return filled_in
        if mark is not None and not await mark():
            return Retry(NOT_MARKED)
        outcome, taken = self._wills.pop(0) if self._wills else (None, True)
        if self.tokens.get(location.location_id) != location.token:
            return Halt(OutcomeCode.TOKEN_REFUSED)
        if taken:
            self.submitted.append((location.location_id, review))
            self.write_review(location.location_id, f"own-{len(self.submitted)}", rating=review.rating)
        return outcome or Sent()

    def _refusal(self, location: Location, email: str) -> Outcome | None:
        if self.tokens.get(location.location_id) != location.token:
            return Halt(OutcomeCode.TOKEN_REFUSED)
        if "@" not in email:
            return Refused(OutcomeCode.INVALID_REQUEST)
        last = self._last.get((location.location_id, email.lower()))
        if last is not None and self.now - last < timedelta(days=30):
            return Refused(INVITED_RECENTLY)
        return None
