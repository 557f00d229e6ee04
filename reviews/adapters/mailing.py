"""Invite by our own mail: the branch's letter, with a link to the platform's form under our reference."""

from urllib.parse import quote, urlencode

from reviews.adapters.smtp import SmtpChannel
from reviews.adapters.stationery import Stationery
from reviews.invitations.dispatch import Mark, Parcel
from reviews.invitations.outcomes import Halt, Outcome


class MailChannel:
    """The channel `mail` of a branch."""

    def __init__(self, post: SmtpChannel, stationery: Stationery, platform_url: str) -> None:
        self._post = post
        self._stationery = stationery
        self._platform_url = platform_url

    async def send(self, parcel: Parcel, *, mark: Mark) -> Outcome:
        """Write and send one invitation; without a place at the platform there is nothing to invite to."""
        if parcel.location is None:
            return Halt("no_location")
        return await self._post.send(self._stationery.invitation(parcel, link=self._link(parcel, parcel.location)), mark=mark)

    def _link(self, parcel: Parcel, location: str) -> str:
        """Return the platform's form for this person; the reference is all that it tells, so no address stands in a link."""
        query = urlencode({"lang": parcel.language, "reference_code": parcel.reference})
        return f"{self._platform_url}/invite-link/{quote(location, safe='')}/{quote(parcel.branch['slug'], safe='')}?{query}"
