"""Invite by our own mail: the branch's invitation, with a link to the platform's form that carries our reference."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

from reviews.adapters.mail.render import Asking, MailRenderer
from reviews.handover.outcomes import MAILBOX_FULL, NO_SUCH_MAILBOX, Halt, Mark, Outcome, Refused, Retry
from reviews.invitations.sending.mail_message import MailTransport
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.reasons import DeliveryKind, OutcomeCode

TurnedAway = Callable[[str, DeliveryKind, str], Awaitable[None]]
"""Takes the reference of a mail, what a report would have called its refusal, and the server's words."""


class MailChannel:
    """The channel `mail` of a branch: its invitations, or with `which` their reminders.

    `turned_away` is called at once when a mail server says that there is no such mailbox, or that it is full: a bounce that needs no report.
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
        """Write and send one mail; a branch without a location at the platform has no form to link to."""
        if parcel.location is None:
            return Halt(OutcomeCode.NO_LOCATION)
        message = self._mail_renderer.asking(self._which, parcel, link=self._link(parcel, parcel.location))
        outcome = await self._post.send(message, mark=mark)
        if (bounced := _bounced(outcome)) and self._turned_away and message.reference:
            await self._turned_away(message.reference, *bounced)
        return outcome

    def _link(self, parcel: InvitationParcel, location: str) -> str:
        """Return the platform's form for this person; the reference is all that it carries, so no address stands in a link."""
        query = urlencode({"lang": parcel.language, "reference_code": parcel.reference})
        return f"{self._platform_url}/invite-link/{quote(location, safe='')}/{quote(parcel.branch.slug, safe='')}?{query}"


def _bounced(outcome: Outcome) -> tuple[DeliveryKind, str] | None:
    """Return what a refusal says against the address; None for others, which speak of the message or of us, and count against nobody."""
    match outcome:
        case Refused(code, detail) if code == NO_SUCH_MAILBOX:
            return DeliveryKind.BOUNCE, detail
        case Retry(code) if code == MAILBOX_FULL:
            return DeliveryKind.SOFT_BOUNCE, ""
        case _:
            return None
