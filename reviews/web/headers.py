"""Headers that every answer carries, whatever made it: what a browser may load, where we may be framed, what may be kept."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from reviews.web.context import context_in

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Many mail programs load no style sheets, so the styles of a mail are inline.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
"""For a mail that our own page shows in a frame: nothing of it runs or loads, and its links lead nowhere (`opt={"letter": True}`)."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Addresses hold tokens: no other site may learn one from a link that is followed.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
}


async def protect(message: Message, scope: Scope) -> None:
    """Add the headers; what is not an asset is kept by no cache, because nearly every page here is about a person."""
    if message["type"] != "http.response.start":
        return
    message.setdefault("headers", [])
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers[name] = value
    if getattr(scope.get("route_handler"), "opt", {}).get("letter"):
        headers["Content-Security-Policy"], headers["X-Frame-Options"] = LETTER_POLICY, "SAMEORIGIN"
    # setdefault: static files come with their own.
    headers.setdefault("Cache-Control", "no-store")
    # One address gives pages in several languages, whole or as a fragment.
    headers.add("Vary", "Accept-Language, HX-Request")
    if context_in(scope["litestar_app"]).secure:
        # Over https only (RFC 6797, 7.2).
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
