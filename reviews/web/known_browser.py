"""Recognise a browser in which somebody logged in before, so that strangers who try passwords on their account can't lock them out.

The cookie gives no access: tries from such a browser are counted apart from those of everybody else, by the same limit (OWASP: device cookies).
"""

import secrets
from typing import Final

from litestar.datastructures import Cookie

from reviews.keys import digest
from reviews.web import forms
from reviews.web.context import AppRequest, context_of

_NAME: Final = "known"
_DAYS: Final = 180
# In front of what is signed, so that no signature of another kind fits.
_STATEMENT: Final = b"a browser in which this account logged in: "


def mark(request: AppRequest, email: str, password_mark: bytes) -> Cookie:
    """Make the cookie of a browser in which this account has just logged in; it is worth something until the password changes."""
    nonce = secrets.token_urlsafe(16)
    signature = context_of(request).key_ring.sign_text(_said(email, password_mark, nonce))
    return forms.cookie(request, _NAME, f"{nonce}.{signature}", max_age=_DAYS * 24 * 3600)


def of(request: AppRequest, email: str, password_mark: bytes) -> bytes | None:
    """Return what tries from this browser are counted by; None for one in which this account never logged in by its present password."""
    nonce, _, signature = request.cookies.get(forms.cookie_name(request, _NAME), "").partition(".")
    ours = bool(nonce) and context_of(request).key_ring.verify_text(_said(email, password_mark, nonce), signature)
    return digest(nonce) if ours else None


def _said(email: str, password_mark: bytes, nonce: str) -> bytes:
    return _STATEMENT + digest(email.casefold()) + password_mark + nonce.encode()
