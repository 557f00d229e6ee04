"""What `reviews doctor` says about sending mail: the mail server, or SendGrid and the key that its events are checked with."""

from dataclasses import dataclass
from datetime import timedelta

from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.sendgrid import SendGridTransport
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.errors import ConfigurationError
from reviews.handover.outcomes import Sent
from reviews.invitations.feedback import sendgrid_events
from reviews.settings import Settings

_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """The result of one check: `do` says what to do, and is empty where nothing is wrong."""

    what: str
    ok: bool
    found: str
    do: str = ""


async def look(chosen: Settings) -> CheckLine:
    """Try the transport that mail would take, without sending anything."""
    if chosen.sendgrid_api_key.get_secret_value():
        return await _sendgrid(chosen)
    url = chosen.smtp_url.get_secret_value()
    if not url:
        do = "zet REVIEWS_SMTP_URL, zoals smtp+starttls://naam:wachtwoord@mail:587, of REVIEWS_SENDGRID_API_KEY"
        return CheckLine("mail", ok=False, found="geen mailserver ingesteld; brieven wachten", do=do)
    try:
        server = read_url(url)
        channel = SmtpTransport(server, step_timeout=_PATIENCE)
    except ValueError as problem:
        return CheckLine("mail", ok=False, found=str(problem), do="verbeter REVIEWS_SMTP_URL")
    outcome = await channel.probe()
    if isinstance(outcome, Sent) and server.in_the_clear:
        do = "neem smtp+starttls:// of smtps://; namen van klanten en links naar hun aanvraag gaan nu leesbaar over het netwerk"
        return CheckLine("mail", ok=False, found="de mailserver neemt ons aan, zonder versleuteling", do=do)
    if isinstance(outcome, Sent):
        return CheckLine("mail", ok=True, found="de mailserver neemt ons aan")
    return CheckLine("mail", ok=False, found=outcome.code, do="controleer adres, poort, certificaat en aanmelding van de mailserver")


async def _sendgrid(chosen: Settings) -> CheckLine:
    """Ask SendGrid whether the key may send, and read the key that its events are checked with."""
    post = SendGridTransport(chosen.sendgrid_url, chosen.sendgrid_api_key.get_secret_value(), timeout=_PATIENCE)
    outcome = await post.probe()
    await post.close()
    if not isinstance(outcome, Sent):
        do = "controleer REVIEWS_SENDGRID_API_KEY (recht mail.send) en REVIEWS_SENDGRID_URL"
        return CheckLine("mail", ok=False, found=f"SendGrid: {outcome.code}", do=do)
    key = chosen.sendgrid_webhook_key.get_secret_value()
    if not key:
        do = "zet de ondertekende event webhook aan, zie docs/operations.md; zonder leert de dienst niets van teruggekomen mail"
        return CheckLine("mail", ok=False, found="SendGrid neemt ons aan; REVIEWS_SENDGRID_WEBHOOK_KEY ontbreekt", do=do)
    try:
        sendgrid_events.read_key(key)
    except ConfigurationError as problem:
        return CheckLine("mail", ok=False, found=str(problem), do="neem de verification key over uit SendGrid")
    return CheckLine("mail", ok=True, found="SendGrid neemt ons aan")
