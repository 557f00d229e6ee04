"""Open a mail that a customer forwarded as a file (`.eml`): its attachments that can be proofs, and whose signature covers them.

A customer sends the mail as it was saved, or a mail of their own that holds the branch's as an attachment (message/rfc822). Only the
signature of the mail that directly holds an attachment counts for it: a branch's mail server also signs bounces, which quote what anybody sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import branch_copy
from reviews.adapters.documents.reading.mails.dkim_signature import read_signature
from reviews.adapters.documents.reading.mails.mime import Entity, entity, is_unopened, leaves
from reviews.proofs import file_types
from reviews.proofs.reading import MailSignature

LARGEST = 40_000_000
MOST_LINES = 1_000_000
"""A mail of the largest size in base64 has half of that."""
MOST_PROOFS = 10
SMALLEST_PICTURE = 25_000
"""Bytes; smaller ones are logos and icons in people's signatures."""
PDF, XML = "application/pdf", "application/xml"


@dataclass(frozen=True, slots=True)
class ForwardedMail:
    """The attachments that can be proofs, with their media types by content, documents before e-invoices, and the signature over them.

    Of a mail without any, `texts` are what it says itself, the plain and the HTML text of one mail both.
    """

    parts: tuple[tuple[bytes, str], ...]
    signature: MailSignature | None
    texts: tuple[str, ...] = ()


class Attached(NamedTuple):
    """An attachment that can be a proof, and the mail that it lies in directly."""

    holder: Entity
    content: bytes
    kind: str


def open_mail(data: bytes, keys: Mapping[str, bytes]) -> ForwardedMail:
    """Open a mail; `keys` are published DKIM keys (TXT records) by their names in the DNS.

    Raise ReadingError: `oversized` for one that is larger than any mail is, `malformed_file` for one that has only a winmail.dat which can't be
    opened, `unsupported_type` for one that holds neither an attachment that can be a proof nor a text.
    """
    # Lines are counted too: each costs the parser, and a mail of nothing but line ends is small.
    if len(data) > LARGEST or data.count(b"\n") > MOST_LINES:
        raise ReadingError("oversized")
    mail = entity(_without_envelope(data))
    parts = list(leaves(mail))
    found = [Attached(holder, content, kind) for part, holder in parts if (kind := _kind(content := part.decoded())) is not None]
    chosen = _of_one_mail(_without_decoration(found), mail)
    if not chosen:
        return _text_alone(parts, mail, keys)
    return ForwardedMail(tuple((item.content, item.kind) for item in chosen), read_signature(chosen[0].holder, keys))


def _text_alone(parts: list[tuple[Entity, Entity]], outermost: Entity, keys: Mapping[str, bytes]) -> ForwardedMail:
    """Return the text of the mail that was forwarded last, or else of the outermost one."""
    if any(is_unopened(part) for part, _ in parts):
        raise ReadingError("malformed_file")
    holder = next((holder for _, holder in reversed(parts) if holder is not outermost), outermost)
    texts = branch_copy.own_texts([part for part, held_by in parts if held_by is holder])
    if not texts:
        raise ReadingError("unsupported_type")
    return ForwardedMail((), read_signature(holder, keys), tuple(texts))


def _without_envelope(data: bytes) -> bytes:
    """Drop a byte order mark, empty lines, and the line that mailbox files put before a mail."""
    bare = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return re.sub(rb"\A>?From [^\r\n]*\r?\n", b"", bare[:1000]) + bare[1000:]


def _kind(content: bytes) -> str | None:
    found = file_types.media_type_of(content)
    return found if found in {PDF, XML} or (found is not None and found.startswith("image/")) else None


def _without_decoration(found: list[Attached]) -> list[Attached]:
    """Keep the documents; pictures only in a mail that has nothing else, and then those that are no logo."""
    documents = [item for item in found if item.kind in {PDF, XML}]
    return documents or [item for item in found if len(item.content) >= SMALLEST_PICTURE]


def _of_one_mail(found: list[Attached], outermost: Entity) -> list[Attached]:
    """Keep the attachments of one mail, since a signature covers one mail: the last that was forwarded, or else the outermost.

    E-invoices stand last: beside a document they only serve to check it.
    """
    forwarded = [item.holder for item in found if item.holder is not outermost]
    holder = forwarded[-1] if forwarded else outermost
    return sorted((item for item in found if item.holder is holder), key=lambda item: item.kind == XML)[:MOST_PROOFS]
