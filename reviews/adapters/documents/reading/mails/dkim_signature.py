"""Check the DKIM signatures of a mail (RFC 6376) with dkimpy, against published keys that were looked up beforehand.

What a person sees of a mail must be what was signed: sender, subject, how the body is encoded and divided, and the whole body. So more is
required than by the standard.
"""

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from reviews.adapters.documents.reading.mails.mime import Entity, boundary, text_of
from reviews.proofs.inspection import MailSignature

MOST = 4
"""Signatures of a mail that are looked at: a sender's, its provider's, and room."""
ALGORITHMS = {b"rsa-sha256", b"ed25519-sha256"}
"""RFC 8301: SHA-1 proves nothing any more."""
SINGLE = ("from", "subject", "date", "content-type", "content-transfer-encoding", "mime-version")
LONGEST_KEY = 3000
"""Characters; a key of 16,384 bits has 2,800."""
LONGEST_NAME = 253
ENDLESS_SPACE = re.compile(rb"[ \t]{2000}")
"""Twice what a line may hold; dkimpy's way to strip it costs its square."""
ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
BROKEN = (
    dkim.DKIMException,
    InvalidTagValueList,
    binascii.Error,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    NameError,
)
"""What dkimpy raises at mails and keys that are not as they should be; NameError: an algorithm whose library is not there."""


def read_signature(mail: Entity, keys: Mapping[str, bytes]) -> MailSignature | None:
    """Return what the best of a mail's signatures says, None when it has none; `keys` are TXT records by their names in the DNS."""
    # Before dkimpy sees it: see ENDLESS_SPACE.
    if ENDLESS_SPACE.search(mail.raw):
        return None
    try:
        signed = dkim.DKIM(mail.raw)
        count = sum(name.lower() == b"dkim-signature" for name, _ in signed.headers)
    except BROKEN:
        return None
    # More than a handful of signatures is a way to keep the reader busy.
    found = [signature for index in range(min(count, MOST)) if (signature := _check(signed, index, mail, keys)) is not None]
    return max(found, key=_worth, default=None)


def _worth(signature: MailSignature) -> tuple[bool, bool]:
    return signature.verified, aligned(signature.domain, signature.sender)


def aligned(domain: str, sender: str) -> bool:
    """Whether a signing domain is the sender's or one above it (RFC 7489, 3.1.1); a domain of one label belongs to nobody."""
    host = sender.rpartition("@")[2]
    return "." in domain and (host == domain or host.endswith("." + domain))


def _check(signed: dkim.DKIM, index: int, mail: Entity, keys: Mapping[str, bytes]) -> MailSignature | None:
    try:
        header = [(name, value) for name, value in signed.headers if name.lower() == b"dkim-signature"][index]
        fields: dict[bytes, bytes] = parse_tag_value(header[1])
        names = [name.decode("ascii").strip().lower() for name in fields[b"h"].split(b":")]
        domain, selector = fields[b"d"].decode("ascii").casefold(), fields[b"s"].decode("ascii").casefold()
    except BROKEN:
        return None
    if max(len(domain), len(selector)) > LONGEST_NAME:
        return None
    key = keys.get(f"{selector}._domainkey.{domain}", b"")[:LONGEST_KEY]
    sender = sender_of(mail)
    # Cheap questions first; the arithmetic comes last.
    holds = bool(key) and bool(sender) and _covers_all(fields, names, mail) and _verifies(signed, fields, header, key)
    # A date that was not signed could be anybody's.
    sent_at = _sent_at(mail) if "date" in names else None
    return MailSignature(domain=domain, selector=selector, sender=sender, sent_at=sent_at, verified=holds, key=key.decode("ascii", "replace"))


def _verifies(signed: dkim.DKIM, fields: dict[bytes, bytes], header: tuple[bytes, bytes], key: bytes) -> bool:
    """Whether the signature verifies. One that has expired (`x=`) counts as on the day it came: customers send proofs long after the mail."""

    def answer(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - the shape that dkimpy calls
        return key

    names = [name.strip().lower() for name in fields[b"h"].split(b":")]
    try:
        # x= is left out, see above; verify() would check it, so its parts are called one by one.
        dkim.validate_signature_fields({tag: value for tag, value in fields.items() if tag != b"x"})
        return _is_meant(key, fields) and bool(signed.verify_sig(fields, names, header, answer))
    except BROKEN:
        return False


def _is_meant(key: bytes, fields: Mapping[bytes, bytes]) -> bool:
    """Whether a key was published for such a signature (RFC 6376, 3.6.1); dkimpy itself checks the services (`s=`).

    A domain that tries DKIM out (`t=y`) asks to be treated as if it did not sign; `t=s` speaks for no domain below; `h=` names the hashes.
    """
    published: dict[bytes, bytes] = parse_tag_value(key)
    flags = {flag.strip() for flag in published.get(b"t", b"").split(b":")}
    hashes = {name.strip() for name in published.get(b"h", b"sha256").split(b":")}
    speaks_for = fields.get(b"i", b"@" + fields[b"d"]).rpartition(b"@")[2]
    return b"y" not in flags and b"sha256" in hashes and (b"s" not in flags or speaks_for.lower() == fields[b"d"].lower())


def _covers_all(fields: Mapping[bytes, bytes], names: list[str], mail: Entity) -> bool:
    """Whether a signature covers everything that decides what a reader of the mail sees.

    1. A current algorithm, and the whole body: no `l=`, after whose length anybody may append.
    2. Sender and subject; no header that programs read once occurs twice.
    3. How the body is divided into parts. Some large senders leave Content-Type out: then the signed body must begin with its own boundary,
       or another header would make other attachments of it.
    """
    once = all(len(mail.head.get_all(name, [])) <= 1 for name in SINGLE)
    if fields.get(b"a") not in ALGORITHMS or b"l" in fields or not once or not {"from", "subject"} <= set(names):
        return False
    if "content-type" in names:
        return True
    named = boundary(mail)
    return named is not None and re.match(rb"--" + re.escape(named.encode()) + rb"[ \t]*\r?\n", mail.body) is not None


def sender_of(mail: Entity) -> str:
    """Return the one address that a mail says it is from, in lower case; empty when there are none or several."""
    written = mail.head.get_all("From", [])
    if len(written) != 1:
        return ""
    # A quoted name may hold < and @: it goes first, so that it cannot pass for the address.
    bare = QUOTED.sub("", " ".join(str(written[0]).split()))
    bracketed = re.findall(r"<([^<>]*)>", bare)
    candidate = bracketed[0].strip() if len(bracketed) == 1 else bare.strip()
    if len(bracketed) > 1 or "," in re.sub(r"=\?[^?\s]*\?[^?\s]*\?[^?\s]*\?=", "", bare.partition("<")[2]):
        return ""
    return candidate.casefold() if ADDRESS.fullmatch(candidate) else ""


def _sent_at(mail: Entity) -> datetime | None:
    try:
        written = parsedate_to_datetime(text_of(mail.head.get("Date")))
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
