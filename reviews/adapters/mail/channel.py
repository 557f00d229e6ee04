"""Invite by our own mail: the branch's letter, with a link to the platform's form under our reference."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import quote, urlencode

from reviews.adapters.mail.message import MailMessage
from reviews.adapters.mail.render import Asking, MailRenderer
from reviews.handover.driver import Mark
from reviews.handover.outcomes import NO_SUCH_MAILBOX, Halt, Outcome, Refused
from reviews.invitations.sending.preflight import InvitationParcel

TurnedAway = Callable[[str, str], Awaitable[None]]
"""Takes the reference of a mail and the words with which a mail server turned its address away."""


class MailTransport(Protocol):
    """What takes our mail out of the house: a mail server (`smtp`) or a mail service (`sendgrid`)."""

    async def send(self, message: MailMessage, *, mark: Mark) -> Outcome:
        """Send one letter, awaiting `mark` just before what cannot be taken back."""
        ...

    async def probe(self) -> Outcome:
        """Find out without sending anything whether letters would be taken: `Sent` when they would."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class MailChannel:
    """The channel `mail` of a branch: its invitations, or with `which` their reminders.

    `turned_away` is told at once when a mail server says that there is no such mailbox: a hard bounce that needs no report.
    """

    def __init__(
        self,
        post: MailTransport,
        mail_renderer: MailRenderer,
        platform_url: str,
        which: Asking = "invitation",
        *,
        turned_away: TurnedAway | None = None,
    ) -> None:
        self._post = post
        self._turned_away = turned_away
        self._mail_renderer = mail_renderer
        self._platform_url = platform_url
        self._which: Asking = which

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        """Write and send one mail; without a place at the platform there is nothing to invite to."""
        if parcel.location is None:
            return Halt("no_location")
        message = self._mail_renderer.asking(self._which, parcel, link=self._link(parcel, parcel.location))
        outcome = await self._post.send(message, mark=mark)
        if isinstance(outcome, Refused) and outcome.code == NO_SUCH_MAILBOX and self._turned_away and message.reference:
            await self._turned_away(message.reference, outcome.detail)
        return outcome

    def _link(self, parcel: InvitationParcel, location: str) -> str:
        """Return the platform's form for this person; the reference is all that it tells, so no address stands in a link."""
        query = urlencode({"lang": parcel.language, "reference_code": parcel.reference})
        return f"{self._platform_url}/invite-link/{quote(location, safe='')}/{quote(parcel.branch['slug'], safe='')}?{query}"
