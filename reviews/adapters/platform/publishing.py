"""Publish an approved review at klantenvertellen.nl, by its questionnaire or by inviting its writer."""

from reviews.adapters.platform.channel import PlatformChannel, first_and_last
from reviews.adapters.platform.client import Klantenvertellen, Location
from reviews.adapters.platform.form_json import OwnReview, Questionnaire
from reviews.handover.outcomes import Halt, Mark, Outcome
from reviews.moderation.publication import ReviewParcel
from reviews.reasons import OutcomeCode


class ReviewPublisher:
    """The platform as the place where reviews are published."""

    def __init__(self, connector: Klantenvertellen, platform: PlatformChannel) -> None:
        self._connector = connector
        self._platform = platform

    async def publish(self, parcel: ReviewParcel, *, mark: Mark) -> Outcome:
        """Publish by the parcel's route; for a branch without a location at the platform the queue waits."""
        if parcel.location is None or parcel.sealed_token is None:
            return Halt(OutcomeCode.NO_LOCATION)
        location = self._platform.location(parcel.location, parcel.tenant, parcel.sealed_token)
        if parcel.route == "invitation":
            return await self._invite(location, parcel, mark)
        return await self._submit(location, parcel, mark)

    async def _submit(self, location: Location, parcel: ReviewParcel, mark: Mark) -> Outcome:
        # Read anew for each review: a location may change its questions.
        questionnaire = await self._connector.questionnaire(location, parcel.language)
        if not isinstance(questionnaire, Questionnaire):
            return questionnaire
        return await self._connector.submit_review(location, _review(parcel), questionnaire, mark=mark)

    async def _invite(self, location: Location, parcel: ReviewParcel, mark: Mark) -> Outcome:
        first, last = first_and_last(parcel.name)
        return await self._connector.invite(
            location,
            parcel.email,
            first_name=first,
            last_name=last,
            language=parcel.language,
            city=parcel.city,
            ref_code=parcel.reference,
            mark=mark,
        )


def _review(parcel: ReviewParcel) -> OwnReview:
    return OwnReview(
        name=parcel.name,
        email=parcel.email,
        city=parcel.city,
        locale=parcel.language,
        rating=parcel.rating,
        headline=parcel.headline,
        opinion=parcel.opinion,
        recommended=parcel.recommends,
    )
