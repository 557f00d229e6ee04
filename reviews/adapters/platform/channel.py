"""Connect the flows to klantenvertellen.nl: their values in, the client's calls out; tokens are decrypted only here."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from reviews.adapters.platform.client import Klantenvertellen, Location
from reviews.adapters.platform.feed_json import PlatformReview, ReviewPage
from reviews.handover.outcomes import Halt, Mark, Outcome, Refused, Retry
from reviews.invitations.feedback.feed import Failure, ProfileFigures, ReadReview, Site
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.reasons import OutcomeCode

# The platform's own numbers for its brands.
TENANTS: Final = {"klantenvertellen": 99, "kiyoh": 98}


class PlatformChannel:
    """The platform as the flows see it: a channel for invitations, and a reader for the feed."""

    def __init__(self, connector: Klantenvertellen, key_ring: KeyRing) -> None:
        self._connector = connector
        self._key_ring = key_ring

    def location(self, location: str, tenant: str, sealed_token: bytes) -> Location:
        """Return a branch's location at the platform, with its token decrypted."""
        return Location(location_id=location, token=self._key_ring.decrypt(sealed_token), tenant_id=TENANTS[tenant])

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        """Have the platform invite a person now: it sends the mail, the queue is ours."""
        if parcel.location is None or parcel.sealed_token is None:
            return Halt(OutcomeCode.NO_LOCATION)
        first, last = first_and_last(parcel.name)
        return await self._connector.invite(
            self.location(parcel.location, parcel.tenant, parcel.sealed_token),
            parcel.email,
            first_name=first,
            last_name=last,
            language=parcel.language,
            ref_code=parcel.reference,
            mark=mark,
        )

    async def changed(self, site: Site, since: datetime | None) -> AsyncIterator[Sequence[ReadReview] | Failure]:
        """Yield pages of reviews that changed."""
        location = self.location(site.location, site.tenant, site.sealed_token)
        async for page in self._connector.read_all_reviews(location, updated_since=since):
            yield [_read(review) for review in page.reviews] if isinstance(page, ReviewPage) else page

    async def removed(self, site: Site, since: datetime) -> Sequence[str] | Failure:
        """Return the ids of reviews that were taken down."""
        found = await self._connector.read_removed(self.location(site.location, site.tenant, site.sealed_token), updated_since=since)
        return found if isinstance(found, Refused | Retry | Halt) else [one.review_id for one in found]

    async def figures(self, site: Site) -> ProfileFigures | Failure:
        """Return the platform's figures of a branch; a branch without reviews has none, which is no failure."""
        found = await self._connector.statistics(self.location(site.location, site.tenant, site.sealed_token))
        if isinstance(found, Refused | Retry | Halt):
            return found
        return ProfileFigures(
            average=found.average_rating,
            # A location without reviews leaves the number out.
            reviews=found.number_reviews or 0,
            recommended=found.recommendation,
            year_average=found.last_12_months_average_rating,
            year_reviews=found.last_12_months_number_reviews,
        )


def first_and_last(name: str) -> tuple[str, str]:
    """Split a name at its last space: the platform wants a first and a last name, and shows them one after the other."""
    first, _, last = name.strip().rpartition(" ")
    return first, last


def _read(review: PlatformReview) -> ReadReview:
    return ReadReview(
        review_id=review.review_id,
        reference=review.reference_code,
        author=review.author or None,
        rating=review.rating,
        headline=review.headline,
        opinion=review.opinion,
        recommends=review.recommended,
        reply=review.comments,
        written_at=review.created_at,
        changed_at=review.updated_at,
    )
