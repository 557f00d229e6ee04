"""Open a client for calls of other people's servers: no redirect, no proxy of the environment, no connection used twice."""

import ssl
import sys
from typing import Final

import httpx2

_AUDITED: Final = "reviews.network"
"""The name of the audit event (PEP 578) that each call raises in the task of its caller; sockets may be connected in tasks of the library."""


def open_client(timeout: httpx2.Timeout, *, root: str = "", tls: ssl.SSLContext | None = None) -> httpx2.AsyncClient:
    """Return a client of the server at `root`, or of any; the caller closes it. `tls` is for a certificate that no public authority signed."""
    return httpx2.AsyncClient(
        base_url=root,
        timeout=timeout,
        # A redirect would take a token, a mail or a customer's news to an address that nobody set or checked.
        follow_redirects=False,
        # After a lost answer nobody can tell whether a kept connection was closed before the call; and the pool knows connections by address:
        # a kept one would serve another name there, whose certificate was never checked.
        limits=httpx2.Limits(max_keepalive_connections=0),
        verify=tls or True,
        # A proxy of the environment would see the token, and look the name up itself.
        trust_env=False,
        event_hooks={"request": [_tell]},
    )


async def _tell(request: httpx2.Request) -> None:
    sys.audit(_AUDITED, request.url.host)
