"""Invite by our own mail: the branch's letter, with a link to the platform's form under our reference."""

from typing import Protocol
from urllib.parse import quote, urlencode

from reviews.adapters.letters import Letter
from reviews.adapters.stationery import Asking, Stationery
from reviews.invitations.dispatch import Mark, Parcel
from reviews.invitations.outcomes import Halt, Outcome


class Post(Protocol):
    """What takes our mail out of the house: a mail server (`smtp`) or a mail service (`sendgrid`)."""

    async def send(self, letter: Letter, *, mark: Mark) -> Outcome:
        """Send one letter, awaiting `mark` just before what cannot be taken back."""
        ...

    async def probe(self) -> Outcome:
        """Find out without sending anything whether letters would be taken: `Sent` when they would."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class MailChannel:
    """The channel `mail` of a branch: its invitations, or with `which` their reminders."""

    def __init__(self, post: Post, stationery: Stationery, platform_url: str, which: Asking = "invitation") -> None:
        self._post = post
        self._stationery = stationery
        self._platform_url = platform_url
        self._which: Asking = which

    async def send(self, parcel: Parcel, *, mark: Mark) -> Outcome:
        """Write and send one mail; without a place at the platform there is nothing to invite to."""
        if parcel.location is None:
            return Halt("no_location")
        return await self._post.send(self._stationery.asking(self._which, parcel, link=self._link(parcel, parcel.location)), mark=mark)

    def _link(self, parcel: Parcel, location: str) -> str:
        """Return the platform's form for this person; the reference is all that it tells, so no address stands in a link."""
        query = urlencode({"lang": parcel.language, "reference_code": parcel.reference})
        return f"{self._platform_url}/invite-link/{quote(location, safe='')}/{quote(parcel.branch['slug'], safe='')}?{query}"
