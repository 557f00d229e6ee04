"""Say where a vulnerability can be reported: `/.well-known/security.txt` (RFC 9116)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from litestar import MediaType, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from reviews.web.context import AppContext

_GOOD_FOR: Final = timedelta(days=180)
"""The RFC recommends less than a year; it is counted from each answer, so it never runs out while the service runs."""


@get("/.well-known/security.txt", name="security_txt", media_type=MediaType.TEXT)
async def show_security_txt(app_context: NamedDependency[AppContext], now: NamedDependency[datetime]) -> str:
    """Print the address that the operator set; where none is set there is no such page."""
    settings = app_context.settings
    if not settings.security_contact:
        raise NotFoundException
    lines = {
        "Contact": settings.security_contact,
        "Expires": (now + _GOOD_FOR).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "nl, en",
        "Canonical": f"{settings.base_url}/.well-known/security.txt",
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


routes: Final = [show_security_txt]
