"""Read the address of a mail server, as an administrator sets it."""

from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server as an address names it. The password shows in no repr."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def in_the_clear(self) -> bool:
        """Whether what is mailed crosses a network unencrypted on its way there: names, and links that open a claim."""
        return self.scheme == "smtp" and self.host not in _LOOPBACK

    def __repr__(self) -> str:
        """Name the server without its login."""
        return f"MailServer({self.scheme}://{self.host}:{self.port})"


def read_url(url: str) -> MailServer:
    """Read smtp://, smtp+starttls:// or smtps:// with an optional login.

    Raises ValueError, without the address in it: for another scheme, no host, or a login that would cross a network in the clear.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("a mail server's address starts with smtp://, smtp+starttls:// or smtps:// and names a host")
    server = MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    if server.user and server.in_the_clear:
        raise ValueError("a login over smtp:// would cross the network in the clear: use smtp+starttls:// or smtps://")
    return server
