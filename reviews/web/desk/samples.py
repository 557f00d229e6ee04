"""What the desk needs to show a mail that nobody gets: somebody who writes it, and what stands in it."""

from typing import Literal, Protocol

from reviews.invitations.sending.preflight import InvitationParcel


class Sample(Protocol):
    """A mail as it would leave the house."""

    @property
    def from_name(self) -> str:
        """Return who asks, as a mailbox shows it."""
        ...

    @property
    def from_address(self) -> str:
        """Return the address of the service."""
        ...

    @property
    def reply_to(self) -> str | None:
        """Return the branch's address; None where it has none."""
        ...

    @property
    def subject(self) -> str:
        """Return the subject."""
        ...

    @property
    def text(self) -> str:
        """Return the side without markup."""
        ...

    @property
    def html(self) -> str | None:
        """Return the HTML side; None for a mail that has none."""
        ...


class Writer(Protocol):
    """Who writes our mails."""

    def asking(self, which: Literal["invitation", "reminder"], parcel: InvitationParcel, *, link: str) -> Sample:
        """Write an invitation or its reminder."""
        ...
