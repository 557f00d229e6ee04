"""What the platform knows: locations, invitations, reviews, removals. In memory, with a JSON file when one is named."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec

from standins.moments import Moments

INVITE_AGAIN_AFTER = timedelta(days=30)


class Location(msgspec.Struct, kw_only=True):
    """A branch as the platform knows it. `products` are the product codes that invitations may name."""

    location_id: str
    token: str
    name: str = "Voorbeeld B.V."
    tenant_id: int = 99
    city: str = "Utrecht"
    products: list[str] = []

    @property
    def slug(self) -> str:
        """Return the name as it stands in addresses."""
        return "_".join("".join(sign if sign.isalnum() else " " for sign in self.name.lower()).split()) or "locatie"


class Invitation(msgspec.Struct, kw_only=True):
    """An accepted invitation. `token` is the unguessable end of its link; `reference_code` is the caller's own."""

    token: str
    location_id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    city: str = ""
    language: str = "nl"
    reference_code: str | None = None
    invited_at: datetime
    due_at: datetime
    mailed_at: datetime | None = None
    review_id: str | None = None


class Line(msgspec.Struct, kw_only=True):
    """One answered question; the platform keeps every answer as a string."""

    question_id: str
    group: str
    kind: str
    rating: str | None
    order: int
    question: str
    not_applicable: bool = False


class Review(msgspec.Struct, kw_only=True):
    """A review. `number` counts all reviews and selects the next odd shape; `source` and `email` are never shown."""

    number: int
    review_id: str
    location_id: str
    author: str
    city: str | None
    rating: int
    lines: list[Line]
    comments: str | None = None
    created_at: datetime
    updated_at: datetime
    reference_code: str | None = None
    language: str = "nl"
    source: str = "open"
    email: str = ""
    change_requests: int = 0
    abuse_reasons: list[str] = []


class Removal(msgspec.Struct, kw_only=True):
    """A review that is no more."""

    tenant_id: int
    location_id: str
    review_id: str
    removed_at: datetime


class Pages(msgspec.Struct):
    """Everything that survives a restart."""

    locations: dict[str, Location] = {}
    invitations: list[Invitation] = []
    reviews: list[Review] = []
    removals: list[Removal] = []
    days_ahead: float = 0
    last_number: int = 0


class Book:
    """The platform's memory. Changes are written to the file by `save`, which the background loop calls."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.pages = msgspec.json.decode(path.read_bytes(), type=Pages) if path and path.exists() else Pages()
        self.moments = Moments(timedelta(days=self.pages.days_ahead))
        self.changed = False
        self._last_invited = {(one.location_id, one.email.lower()): one.invited_at for one in self.pages.invitations}

    def register(self, location: Location) -> None:
        """Make a location known, or change what is known of it."""
        self.pages.locations[location.location_id] = location
        self.changed = True

    def invited_recently(self, location_id: str, email: str) -> bool:
        """Whether this address had an invitation for this location in the last 30 days."""
        last = self._last_invited.get((location_id, email.lower()))
        return last is not None and self.moments.now() - last < INVITE_AGAIN_AFTER

    def invite(self, invitation: Invitation) -> None:
        """Write an accepted invitation down."""
        self.pages.invitations.append(invitation)
        self._last_invited[invitation.location_id, invitation.email.lower()] = invitation.invited_at
        self.changed = True

    def invitation(self, location_id: str, token: str) -> Invitation | None:
        """Find an invitation by the end of its link, in constant time per candidate."""
        for one in self.pages.invitations:
            if one.location_id == location_id and secrets.compare_digest(one.token.encode(), token.encode()):
                return one
        return None

    def by_reference(self, location_id: str, reference: str, language: str) -> Invitation | None:
        """Make an invitation for a mail that another program sent; None where there is no such location. A reference serves once."""
        if location_id not in self.pages.locations:
            return None
        now = self.moments.now()
        used = next((one.review_id for one in self.pages.reviews if (one.location_id, one.reference_code) == (location_id, reference)), None)
        return Invitation(
            token="", location_id=location_id, email="", language=language, reference_code=reference,
            invited_at=now, due_at=now, mailed_at=now, review_id=used,
        )  # fmt: skip

    def due(self) -> list[Invitation]:
        """Return the invitations whose mail must go out now."""
        now = self.moments.now()
        return [one for one in self.pages.invitations if one.mailed_at is None and one.due_at <= now]

    def add_review(self, review: Review) -> None:
        """Publish a review."""
        self.pages.reviews.append(review)
        self.changed = True

    def next_identity(self) -> tuple[int, str]:
        """Return number and id for a new review; every fifth id is of the platform's old kind."""
        self.pages.last_number += 1
        number = self.pages.last_number
        return number, f"KIYNL-{100_000 + number}" if number % 5 == 3 else str(uuid4())

    def review(self, review_id: str) -> Review | None:
        """Find a review."""
        return next((review for review in self.pages.reviews if review.review_id == review_id), None)

    def remove(self, review: Review) -> Removal:
        """Take a review down."""
        location = self.pages.locations[review.location_id]
        removal = Removal(
            tenant_id=location.tenant_id,
            location_id=review.location_id,
            review_id=review.review_id,
            removed_at=self.moments.now(),
        )
        self.pages.reviews.remove(review)
        self.pages.removals.append(removal)
        self.changed = True
        return removal

    def save(self) -> None:
        """Write everything to the file, if there is one and something changed."""
        if self._path is None or not self.changed:
            return
        self.changed = False
        self.pages.days_ahead = self.moments.ahead / timedelta(days=1)
        # Renamed into place: a kill in the middle must not leave half a file.
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.pages))
        fresh.replace(self._path)
