"""Mails as branches send and customers forward them, signed with a key of the tests' own."""

import base64
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

BRANCH_DOMAIN = "vandamzonwering.example.nl"
SENDER = f"facturen@{BRANCH_DOMAIN}"
KEY_NAME = f"mail2026._domainkey.{BRANCH_DOMAIN}"
SIGNED_HEADERS = (b"from", b"to", b"subject", b"date", b"mime-version", b"content-type")


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem() -> bytes:
    return private_key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())


def record() -> bytes:
    """Return what the branch publishes about its key."""
    published = private_key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(published)


def keys() -> dict[str, bytes]:
    return {KEY_NAME: record()}


def letter(*attachments: tuple[bytes, str], sender: str = SENDER, subject: str = "Uw factuur 2026-0117", text: str = "Beste klant") -> EmailMessage:
    """Return a mail with these attachments, each with its media type."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"Van Dam Zonwering <{sender}>", "jan@example.nl", subject
    message["Date"] = "Tue, 03 Nov 2026 09:30:00 +0100"
    message["Message-ID"] = "<117@vandamzonwering.example.nl>"
    message.set_content(text)
    for content, media_type in attachments:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename="factuur." + sub)
    return message


def signed(
    message: EmailMessage | bytes,
    *,
    domain: str = BRANCH_DOMAIN,
    headers: tuple[bytes, ...] = SIGNED_HEADERS,
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
) -> bytes:
    """Return a mail as it leaves a mail server that signs."""
    raw = message if isinstance(message, bytes) else message.as_bytes()
    signer = dkim.DKIM(raw, signature_algorithm=algorithm)
    signature = signer.sign(b"mail2026", domain.encode(), _pem(), canonicalize=(b"relaxed", b"relaxed"), include_headers=headers, length=length)
    return bytes(signature) + raw


def signed_as(message: EmailMessage, identity: bytes) -> bytes:
    """Return a signed mail whose signature names for whom it was set (`i=`)."""
    raw = message.as_bytes()
    return bytes(dkim.DKIM(raw).sign(b"mail2026", BRANCH_DOMAIN.encode(), _pem(), identity=identity, include_headers=SIGNED_HEADERS)) + raw


def forwarded(original: bytes, *, sender: str = "jan@example.nl") -> bytes:
    """Return a customer's own mail with another one inside, byte for byte."""
    head = f"From: Jan <{sender}>\r\nTo: review@example.nl\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=buiten\r\n\r\n"
    parts = b"--buiten\r\nContent-Type: text/plain\r\n\r\nZie bijlage\r\n--buiten\r\nContent-Type: message/rfc822\r\n\r\n" + original
    return head.encode() + parts + b"\r\n--buiten--\r\n"


def signed_until(message: EmailMessage, expires: int) -> bytes:
    """Return a signed mail whose signature carries a day on which it runs out (`x=`), in seconds since 1970."""

    class Expiring(dkim.DKIM):  # type: ignore[misc]  # dkimpy has no types
        def gen_header(
            self,
            fields: list[tuple[bytes, bytes]],
            include_headers: Any,
            canon_policy: Any,
            header_name: Any,
            pk: Any,
            standardize: bool = False,
        ) -> bytes:
            dated = [(name, b"1699000000" if name == b"t" else value) for name, value in fields]
            dated.insert(-2, (b"x", str(expires).encode()))
            return bytes(super().gen_header(dated, include_headers, canon_policy, header_name, pk, standardize))

    raw = message.as_bytes()
    return bytes(Expiring(raw).sign(b"mail2026", BRANCH_DOMAIN.encode(), _pem(), include_headers=SIGNED_HEADERS)) + raw
