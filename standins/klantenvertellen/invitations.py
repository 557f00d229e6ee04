"""Take an invitation in, by the platform's rules."""

import re
import secrets
from datetime import timedelta

from standins.klantenvertellen.answers import RefusedError, invalid, required, unauthorized
from standins.klantenvertellen.book import Book, Invitation, Location

_SOME = ("en", "nl", "fi-FI", "fr", "be", "de", "hu", "bg", "ro", "hr", "ja", "es-ES", "it", "pt-PT", "tr")
_OTHERS = ("nn-NO", "sv-SE", "da", "pt-BR", "pl", "sl", "zh-CN", "ru", "el", "cs", "et", "lt", "lv", "sk")
LANGUAGES = frozenset((*_SOME, *_OTHERS))
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@.<>,;:\"()\[\]\\]{2,}")
_MOST_PRODUCTS = 10


def authorize(book: Book, location_id: str, token: str | None) -> Location:
    """Return the location, if the token is its own. The answer is the same for an unknown location and a wrong token."""
    location = book.pages.locations.get(location_id)
    if location is None or not token or not secrets.compare_digest(location.token.encode(), token.encode()):
        raise unauthorized()
    return location


def looks_like_address(value: str) -> bool:
    """Whether the platform would take this for one e-mail address."""
    return len(value) <= 254 and _ADDRESS.fullmatch(value) is not None


def accept(book: Book, body: dict[str, object], token: str | None) -> Invitation:
    """Check an invitation and store it; fields that the platform does not know are dropped without notice."""
    location_id = body.get("location_id")
    if not isinstance(location_id, str) or not location_id:
        raise required("location_id")
    location = authorize(book, location_id, token)
    email, delay = _email(body), _delay(body)
    language = body.get("language", "nl")
    if language not in LANGUAGES:
        raise invalid("language", "is not supported")
    _check_products(body.get("product_code", []), location)
    if book.invited_recently(location.location_id, email):
        message = "An invitation has already been sent to this email address in the last 30 days"
        raise RefusedError(400, "INVITATION_ALREADY_PLACED", message, "INTERNAL_SERVER_ERROR")
    now = book.moments.now()
    invitation = Invitation(
        token=secrets.token_urlsafe(32),
        location_id=location.location_id,
        email=email,
        first_name=_text(body, "first_name"),
        last_name=_text(body, "last_name"),
        city=_text(body, "city"),
        language=str(language),
        reference_code=_text(body, "ref_code") or None,
        invited_at=now,
        due_at=now + timedelta(days=delay),
    )
    book.invite(invitation)
    return invitation


def _email(body: dict[str, object]) -> str:
    email = body.get("invite_email")
    if not isinstance(email, str) or not email:
        raise required("invite_email")
    if not looks_like_address(email):
        raise invalid("invite_email", "is not a valid email address")
    return email


def _delay(body: dict[str, object]) -> int:
    delay = body.get("delay")
    if delay is None:
        raise required("delay")
    if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= 365:
        raise invalid("delay", "must be a whole number of days")
    return delay


def _check_products(codes: object, location: Location) -> None:
    if not isinstance(codes, list) or len(codes) > _MOST_PRODUCTS:
        raise invalid("product_code", f"must be a list of at most {_MOST_PRODUCTS}")
    if any(code not in location.products for code in codes):
        raise RefusedError(400, "INVALID_PRODUCT_ID", "Unknown product code")


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise invalid(name, "must be a text")
    return value.strip()
