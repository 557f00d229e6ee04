"""Recognise a browser in which somebody logged in before, so that strangers who try passwords on their account can't lock them out.

The cookie gives no access: tries from such a browser are counted apart from those of everybody else, and no less strictly (OWASP: device cookies).
"""

import base64
import binascii
import secrets
from typing import Final

from litestar.datastructures import Cookie

from reviews.keys import KeyRing, digest
from reviews.web import forms
from reviews.web.context import AppRequest, context_of

_NAME: Final = "known"
_DAYS: Final = 180
# In front of what is signed, so that no signature of another kind fits.
_STATEMENT: Final = b"a browser in which this account logged in: "


def mark(request: AppRequest, email: str) -> Cookie:
    """Make the cookie of a browser in which this account has just logged in."""
    nonce = secrets.token_urlsafe(16)
    signature = base64.urlsafe_b64encode(context_of(request).key_ring.sign(_said(email, nonce))).decode()
    return forms.cookie(request, _NAME, f"{nonce}.{signature}", max_age=_DAYS * 24 * 3600)


def of(request: AppRequest, email: str) -> bytes | None:
    """Return what tries from this browser are counted by; None for one in which this account never logged in."""
    nonce, _, signature = request.cookies.get(forms.cookie_name(request, _NAME), "").partition(".")
    return digest(nonce) if nonce and _holds(context_of(request).key_ring, email, nonce, signature) else None


def _holds(key_ring: KeyRing, email: str, nonce: str, signature: str) -> bool:
    try:
        return key_ring.verify(_said(email, nonce), base64.b64decode(signature.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return False


def _said(email: str, nonce: str) -> bytes:
    return _STATEMENT + digest(email.casefold()) + nonce.encode()
