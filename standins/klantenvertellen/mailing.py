"""Mail the invitations, as the platform does: in Dutch, with a link to its own page."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import aiosmtplib
import jinja2

from standins.klantenvertellen.book import Book, Invitation, Location

UNREACHABLE: Final = (aiosmtplib.SMTPException, OSError)
_SENDER: Final = "noreply@klantenvertellen.test"
_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
)


async def send(due: Sequence[Invitation], book: Book, *, smtp: tuple[str, int], host: str) -> int:
    """Send the mails over one connection and return how many were accepted; each is marked at once."""
    sent = 0
    async with aiosmtplib.SMTP(hostname=smtp[0], port=smtp[1], start_tls=False, timeout=10) as line:
        for invitation in due:
            letter = compose(invitation, book, host)
            await line.sendmail(_SENDER, [invitation.email], letter.as_bytes())
            invitation.mailed_at = book.moments.now()
            book.changed = True
            sent += 1
    return sent


def compose(invitation: Invitation, book: Book, host: str) -> EmailMessage:
    """Write one invitation."""
    location = book.pages.locations[invitation.location_id]
    values = {
        "name": " ".join(part for part in (invitation.first_name, invitation.last_name) if part),
        "location": location,
        "link": link_of(invitation, location, host),
    }
    letter = EmailMessage()
    letter["From"] = _SENDER
    letter["To"] = invitation.email
    letter["Subject"] = f"Wat vond u van {location.name}?"
    letter["Date"] = format_datetime(book.moments.now())
    letter["Message-ID"] = f"<{invitation.token[:16]}@klantenvertellen.test>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(_templates.get_template("invitation.txt").render(values), cte="quoted-printable")
    letter.add_alternative(_templates.get_template("invitation.html").render(values), subtype="html", cte="quoted-printable")
    return letter


def link_of(invitation: Invitation, location: Location, host: str) -> str:
    """Return the link to the page where the invited person writes the review."""
    return f"{host}/invite-link/{location.location_id}/{location.slug}?lang={invitation.language}&code={invitation.token}"
