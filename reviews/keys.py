"""Everything derived from the secret key: address keys, encrypted tokens, signed opt-out links and receipts.

Each use has a key of its own, derived from the secret with HKDF (RFC 5869), so that none reveals anything about another.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
import uuid
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reviews.errors import ConfigurationError
from reviews.texts import addresses

LEAST_LENGTH = 32
_ADDRESS_KEY_BYTES = 32
_SIGNATURE_BYTES = 16
# 60 bits: the tag and the reference must fit into the 64 octets before the @ (RFC 5321, 4.5.3.1.1).
_TAG_LENGTH = 12
_LINK_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")


_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}
"""Domains of large providers under which each mailbox of another domain of theirs is reached too."""
_IGNORED_SIGNS = {"gmail.com": ".", "proton.me": "._-"}
"""Signs before the @ that a provider does not look at."""
_OWN_DOMAINS = ("fastmail.com", "fastmail.fm")
"""Domains under which each customer has one of their own: anything@jan.fastmail.com is jan@fastmail.com."""


def secret_in(folder: Path) -> str:
    """Return the secret kept in `folder`, made at the first call; two processes that call at once get the same one."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "secret.key"
    draft = folder / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
    if not kept.exists():
        # The mode before the content: nobody else may read even a part of it.
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # A link and not a rename: it fails where another process was first, and that secret stays.
            kept.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return kept.read_text().strip()


def normal_address(address: str) -> str:
    """Return the one spelling of an e-mail address: NFC, lower case, A-labels, without a +tag or what its provider does not look at.

    They are spellings of one mailbox: a person who opted out has opted out of all of them, and a limit per address counts them as one.
    """
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    local = local.casefold()
    # The keys in the database rest on this spelling: a change here forgets every opt-out. The domain as it leaves: straße.de is not strasse.de.
    # `or local`: of an address that starts with + something must remain.
    return _mailbox(local.split("+", 1)[0] or local, addresses.ascii_domain(domain).casefold())


def _mailbox(local: str, domain: str) -> str:
    """Return the mailbox that a large provider brings an address to; any other stays what it is."""
    owner, _, parent = domain.partition(".")
    if parent in _OWN_DOMAINS:
        local, domain = owner, parent
    domain = _SAME_DOMAIN.get(domain, domain)
    ignored = str.maketrans("", "", _IGNORED_SIGNS.get(domain, ""))
    return f"{local.translate(ignored) or local}@{domain}"


def digest(token: str) -> bytes:
    """Return the SHA-256 under which a random token is stored."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """Return 256 random bits for a link or a key (OWASP ASVS 11.5.1)."""
    return secrets.token_urlsafe(32)


class KeyRing:
    """The keys derived from the secret; its repr shows none of them."""

    def __init__(self, secret: str) -> None:
        if len(secret) < LEAST_LENGTH:
            raise ConfigurationError(f"REVIEWS_SECRET_KEY must have at least {LEAST_LENGTH} characters; make one with: openssl rand -base64 48")
        self._secret = secret.encode()
        # The purposes are part of the keys: another word here would void every stored key, token and link.
        self._addresses = self._derive("address keys")
        self._links = self._derive("opt-out links")
        self._claims = self._derive("claim links")
        self._bounces = self._derive("bounce addresses")
        self._reasons = self._derive("why links")
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("platform tokens")))
        self._receipts = Ed25519PrivateKey.from_private_bytes(self._derive("receipts"))

    def _derive(self, purpose: str) -> bytes:
        # No salt: the secret is random already, and keys must come out the same in every process.
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"reviews: {purpose}".encode()).derive(self._secret)

    def of_test_source(self, source_id: uuid.UUID) -> "KeyRing":
        """Return keys of a test source's own: to it an address is somebody else than to all others, so that nobody's wish or cap holds for it."""
        return KeyRing(self._derive(f"test source {source_id}").hex())

    def address_key(self, address: str) -> bytes:
        """Return the pseudonym of an address: HMAC-SHA-256 of its normal spelling; without the secret it can't be tested against a list."""
        return hmac.digest(self._addresses, normal_address(address).encode(), "sha256")

    def encrypt(self, text: str) -> bytes:
        """Encrypt a secret of a branch for the database."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """Decrypt what `encrypt` made; raise ConfigurationError when the secret key is another one."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise ConfigurationError(
                "a platform token was encrypted under another REVIEWS_SECRET_KEY: restore that key or set the token anew"
            ) from None

    def opt_out_token(self, address_key: bytes) -> str:
        """Return the token of an opt-out link: it needs no row, so it works for ever, even after the person was erased."""
        return base64.urlsafe_b64encode(address_key + self._link_signature(address_key)).decode().rstrip("=")

    def opened_opt_out(self, token: str) -> bytes | None:
        """Return the address key in an opt-out token, or None when it is not one of ours."""
        if not _LINK_TOKEN.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        key, signature = raw[:_ADDRESS_KEY_BYTES], raw[_ADDRESS_KEY_BYTES:]
        return key if hmac.compare_digest(signature, self._link_signature(key)) else None

    def why_token(self, branch_id: uuid.UUID, invitation_id: uuid.UUID) -> str:
        """Return the token of the page that explains a mail: it names the invitation, not the person, and never expires."""
        named = branch_id.bytes + invitation_id.bytes
        return base64.urlsafe_b64encode(named + self._why_signature(named)).decode()

    def opened_why(self, token: str) -> tuple[uuid.UUID, uuid.UUID] | None:
        """Return the branch and invitation in a why token, or None when it is not one of ours."""
        if not _LINK_TOKEN.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        named, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._why_signature(named)):
            return None
        return uuid.UUID(bytes=named[:16]), uuid.UUID(bytes=named[16:])

    def _why_signature(self, named: bytes) -> bytes:
        return hmac.digest(self._reasons, named, "sha256")[:_SIGNATURE_BYTES]

    def claim_token(self, claim_id: uuid.UUID) -> str:
        """Return the token of a claim's own page: derived, so that each mail can contain it and no table stores it."""
        return base64.urlsafe_b64encode(hmac.digest(self._claims, claim_id.bytes, "sha256")).decode().rstrip("=")

    def _link_signature(self, address_key: bytes) -> bytes:
        return hmac.digest(self._links, address_key, "sha256")[:_SIGNATURE_BYTES]

    def bounce_tag(self, reference: str) -> str:
        """Return the 60 bits, in lower-case base32, that prove a bounce address ours; they follow the mail's reference in it."""
        # Base32 in lower case: mail servers may change the case of an address.
        return base64.b32encode(hmac.digest(self._bounces, reference.encode(), "sha256"))[:_TAG_LENGTH].decode().lower()

    def sign(self, statement: bytes) -> bytes:
        """Sign a receipt's statement (Ed25519, RFC 8032)."""
        return self._receipts.sign(statement)

    def verify(self, statement: bytes, signature: bytes) -> bool:
        """Whether a signature under a receipt is ours."""
        try:
            self._receipts.public_key().verify(signature, statement)
        except InvalidSignature:
            return False
        return True

    def sign_text(self, statement: bytes) -> str:
        """Sign a statement, and return the signature as text that fits a cookie or a field of a form."""
        return base64.urlsafe_b64encode(self.sign(statement)).decode()

    def verify_text(self, statement: bytes, text: str) -> bool:
        """Whether a text is our signature under a statement."""
        try:
            return self.verify(statement, base64.b64decode(text.encode(), altchars=b"-_", validate=True))
        # What is no base64 at all: binascii.Error is one of these.
        except ValueError:
            return False

    def public_key(self) -> str:
        """Return the public key of receipts in hexadecimal, for checking one without us."""
        return self._receipts.public_key().public_bytes_raw().hex()
