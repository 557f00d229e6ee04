"""Choose how mail is sent: by SendGrid, by a mail server, or not yet."""

from datetime import timedelta

from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.sendgrid import SendGridTransport
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.errors import ConfigurationError
from reviews.invitations.sending.mail_message import MailTransport
from reviews.settings import Settings


def open_transport(settings: Settings) -> MailTransport | None:
    """Return what sends our mail: SendGrid when its key is set, else the mail server; None when neither is set: mails wait in the queue."""
    key = settings.sendgrid_api_key.get_secret_value()
    if key:
        patience = timedelta(seconds=settings.sendgrid_timeout_seconds)
        return SendGridTransport(settings.sendgrid_url, key, timeout=patience, connections=settings.smtp_connections, opens=settings.sendgrid_opens)
    url = settings.smtp_url.get_secret_value()
    if not url:
        return None
    try:
        server = read_url(url)
    except ValueError as problem:
        raise ConfigurationError(f"REVIEWS_SMTP_URL: {problem}") from None
    return SmtpTransport(
        server,
        step_timeout=timedelta(seconds=settings.smtp_timeout_seconds),
        final_timeout=timedelta(seconds=settings.smtp_final_timeout_seconds),
        connections=settings.smtp_connections,
        letters_per_line=settings.smtp_letters_per_line,
    )
