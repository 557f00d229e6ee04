"""Keep every mail as the bytes that came in; parse it only when it is asked for."""

from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from functools import lru_cache
from pathlib import Path

import msgspec

from standins.post_office import links


class Mail(msgspec.Struct, frozen=True):
    """One mail as it was taken in: the envelope, the moment, the bytes."""

    id: int
    sender: str
    recipients: list[str]
    received_at: datetime
    raw: bytes


class Summary(msgspec.Struct, frozen=True):
    """A line of the list."""

    id: int
    sender: str
    recipients: list[str]
    received_at: datetime
    from_header: str
    subject: str
    message_id: str


class Opened(msgspec.Struct, frozen=True):
    """A mail with everything in it laid out. `headers` are unfolded but not decoded: as they were on the wire."""

    id: int
    sender: str
    recipients: list[str]
    received_at: datetime
    subject: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    links: list[str]
    attachments: list[str]
    raw: str


class Mailbox:
    """All mails in the order in which they came; with a folder they survive a restart."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._mails: list[Mail] = []
        self._next_id = 1
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._mails = [msgspec.msgpack.decode(path.read_bytes(), type=Mail) for path in sorted(folder.glob("*.mail"))]
            self._next_id = self._mails[-1].id + 1 if self._mails else 1

    def keep(self, sender: str, recipients: list[str], raw: bytes, received_at: datetime) -> Mail:
        """Take a mail in."""
        mail = Mail(self._next_id, sender, recipients, received_at, raw)
        self._next_id += 1
        self._mails.append(mail)
        if self._folder is not None:
            (self._folder / f"{mail.id:08d}.mail").write_bytes(msgspec.msgpack.encode(mail))
        return mail

    def mails(self, to: str = "") -> list[Mail]:
        """Return all mails, oldest first, or those to one address (compared without regard to case)."""
        wanted = to.strip().lower()
        return [mail for mail in self._mails if not wanted or wanted in (address.lower() for address in mail.recipients)]

    def find(self, mail_id: int) -> Mail | None:
        """Return the mail with this number."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def empty(self) -> int:
        """Delete all mails and return how many there were; their numbers are not used again."""
        thrown = len(self._mails)
        if self._folder is not None:
            for mail in self._mails:
                (self._folder / f"{mail.id:08d}.mail").unlink(missing_ok=True)
        self._mails = []
        return thrown


def summarise(mail: Mail) -> Summary:
    """Return the line of the list for a mail."""
    sender, subject, message_id = _shown_headers(mail.raw.partition(b"\r\n\r\n")[0])
    return Summary(mail.id, mail.sender, mail.recipients, mail.received_at, sender, subject, message_id)


def open_up(mail: Mail) -> Opened:
    """Lay a mail out. A mail that cannot be parsed shows what can be."""
    message = message_from_bytes(mail.raw, policy=policy.default)
    headers = [(name, "".join(str(value).splitlines())) for name, value in message_from_bytes(mail.raw).items()]
    text, html = _body(message, "plain"), _body(message, "html")
    return Opened(
        id=mail.id,
        sender=mail.sender,
        recipients=mail.recipients,
        received_at=mail.received_at,
        subject=summarise(mail).subject,
        headers=headers,
        text=text,
        html=html,
        links=links.links_of(text, html),
        attachments=[part.get_filename("") for part in message.iter_attachments()],
        raw=mail.raw.decode("utf-8", "backslashreplace"),
    )


@lru_cache(maxsize=50_000)
def _shown_headers(head: bytes) -> tuple[str, str, str]:
    parsed = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
    return _decoded(parsed, "From"), _decoded(parsed, "Subject"), str(parsed.get("Message-ID", "")).strip()


def _decoded(message: Message, name: str) -> str:
    value = "".join(str(message.get(name, "")).splitlines())
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, UnicodeDecodeError, ValueError):
        return value


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
