"""Read a copy of a mail that a branch's program sent: what its header and its text say, and which of its attachments are documents.

Only the secret address that it came to vouches for such a mail; here it is only taken apart, in the isolated child.
"""

import hashlib
import re
from email.utils import getaddresses

from msgspec.structs import replace

from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import html_text
from reviews.adapters.documents.reading.mails.mime import Entity, entity, is_unopened, leaves, text_of
from reviews.proofs import file_types
from reviews.proofs.reading import MailFacts

PDF, XML = "application/pdf", "application/xml"
TEXT, HTML = "text/plain", "text/html"
BODY = "body-"
"""Before the number of a mail's own text, in the media type by which a part of a mail is asked for."""
LONGEST_TEXT = 3_500
LONGEST_LINE = 300
MOST_MAILBOXES = 20
MOST_DOCUMENTS = 50
_LOOKED_AT = 400_000
"""Bytes of a text that are read; what a program writes to a customer is a hundredth of it."""
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}")


def read_letter(data: bytes) -> MailFacts:
    """Return what a mail says of itself; with too many parts only its header is read, which still names the sender."""
    mail = entity(_without_envelope(data))
    letter = _headed(mail)
    try:
        parts = [part for part, _ in leaves(mail)]
    except ReadingError:
        return replace(letter, incident="too_many_parts")
    documents = _documents(parts)
    if len(documents) > MOST_DOCUMENTS:
        return replace(letter, incident="too_many_parts")
    if not documents and any(map(is_unopened, parts)):
        return replace(letter, incident="malformed_file")
    text = _text(parts)
    bodies = 0 if documents else len(_bodies(parts))
    return replace(letter, text=text, documents=len(documents), bodies=bodies, content=_content(documents, letter.subject, text))


def document_in(data: bytes, media_type: str) -> tuple[bytes, str]:
    """Return the document of a mail that a media type of ours names (`…;3`, from 0), or one of its own texts (`…;body-0`), with its media type."""
    parts, name = [part for part, _ in leaves(entity(_without_envelope(data)))], media_type.partition(";")[2]
    found = _bodies(parts) if name.startswith(BODY) else _documents(parts)
    number = int(name.removeprefix(BODY))
    if number >= len(found):
        raise ReadingError("malformed_file")
    return found[number]


def _without_envelope(data: bytes) -> bytes:
    # Only the start is copied and searched: the line of a mailbox file is short.
    bare = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return re.sub(rb"\A>?From [^\r\n]*\r?\n", b"", bare) + data[1000:]


def _documents(parts: list[Entity]) -> list[tuple[bytes, str]]:
    """Return the attachments that are PDFs by their content, e-invoices only where there is none: what the customer could see counts."""
    opened = [(content, file_types.media_type_of(content)) for content in (part.decoded() for part in parts)]
    documents = [(content, PDF) for content, kind in opened if kind == PDF]
    return documents or [(content, XML) for content, kind in opened if kind == XML]


def _content(documents: list[tuple[bytes, str]], subject: str, text: str) -> str:
    """Return what makes two mails copies of one: what servers and programs write around it differs from copy to copy, the documents do not."""
    said = [content for content, _ in documents] or [part.encode("utf-8", "surrogatepass") for part in (subject, text) if part]
    digests = sorted(hashlib.sha256(part).digest() for part in said)
    return hashlib.sha256(b"".join(digests)).hexdigest() if digests else ""


def _bodies(parts: list[Entity]) -> list[tuple[bytes, str]]:
    return [(text.encode("utf-8", "replace"), TEXT) for text in own_texts(parts)]


def own_texts(parts: list[Entity]) -> list[str]:
    """Return the texts of a mail that can be a document themselves, the plain and the HTML one of the same mail both."""
    inline = [part for part in parts if part.kind in {TEXT, HTML} and not _is_attached(part)]
    read = [html_text.shown(_decoded(part)) if part.kind == HTML else _decoded(part) for part in inline]
    return [text for text in read if text.strip()]


def _headed(mail: Entity) -> MailFacts:
    senders = _mailboxes(mail, "From")
    return MailFacts(
        sender=senders[0][1] if senders else "",
        recipients=_mailboxes(mail, "To"),
        copied=_mailboxes(mail, "Cc"),
        subject=_line(text_of(_header(mail, "Subject"))),
        message_id=_line(_header(mail, "Message-ID")).strip("<> "),
        automatic=_automatic(mail),
    )


def _header(mail: Entity, name: str) -> str:
    value = mail.head.get(name)
    return "" if value is None else str(value)[:5_000]


def _automatic(mail: Entity) -> str:
    """Recognise bounces and out-of-office replies (RFC 3834); `auto-generated` does not count, since every invoicing program writes it."""
    if mail.kind == "multipart/report" or _header(mail, "Return-Path").strip() == "<>":
        return "report"
    answered = _header(mail, "Auto-Submitted").strip().casefold().startswith("auto-replied")
    return "reply" if answered or _header(mail, "X-Autoreply") or _header(mail, "Precedence").strip().casefold() == "auto_reply" else ""


def _mailboxes(mail: Entity, name: str) -> tuple[tuple[str, str], ...]:
    """Return (name, address) of the mailboxes in a header, addresses in lower case; what is no address is left out."""
    given = [str(value)[:20_000] for value in mail.head.get_all(name, [])[:5]]
    found = [(_line(text_of(shown)), address.casefold()) for shown, address in getaddresses(given) if _ADDRESS.fullmatch(address)]
    return tuple(dict.fromkeys((shown, _line(address)) for shown, address in found))[:MOST_MAILBOXES]


def _line(text: str) -> str:
    """Return a text on one line, without what can't be shown or stored."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST_LINE]


def _text(parts: list[Entity]) -> str:
    """Return the text of a mail: its plain one, or else what its HTML says without any markup."""
    plain = next((_decoded(part) for part in parts if part.kind == TEXT and not _is_attached(part)), "")
    if plain.strip():
        return _lines(plain)
    marked = next((_decoded(part) for part in parts if part.kind == HTML and not _is_attached(part)), "")
    return _lines(html_text.shown(marked))


def _is_attached(part: Entity) -> bool:
    return _header(part, "Content-Disposition").strip().casefold().startswith("attachment")


def _decoded(part: Entity) -> str:
    """Return a text in the character set that it says it has, or else in UTF-8: programs often name the wrong one."""
    held = part.decoded()[:_LOOKED_AT]
    try:
        return held.decode(str(part.head.get_content_charset() or "utf-8"), errors="replace")
    except (LookupError, ValueError, TypeError):
        return held.decode("utf-8", errors="replace")


def _lines(text: str) -> str:
    lines = [_line(line) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]
