"""Call other people's addresses without being led into our own network.

A name is looked up here, each of its addresses must be public, and the call goes to the address that was checked: a second look-up could
get another answer (DNS rebinding). Redirects are not followed and no proxy of the environment is asked. TLS is checked against the
name all the same.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

import httpx2

from reviews.adapters.http import open_client
from reviews.adapters.platform.pace import retry_after
from reviews.webhooks.delivering import NoReply, Reply

_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""Of the registries of special addresses (RFC 6890) what Python 3.11 takes for global (CVE-2024-4032) or does not know yet."""

# The well-known prefix (RFC 6052): it leads to any IPv4 address, internal ones included.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class WebhookPoster:
    """Posts to public https addresses; `allowed` names the hosts (`crm.internal`, `127.0.0.1:5000`) that the administrator vouches for."""

    def __init__(
        self, *, timeout: timedelta = timedelta(seconds=20), allowed: frozenset[str] = frozenset(), tls: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = allowed
        self._seconds = timeout.total_seconds()
        self._client = open_client(httpx2.Timeout(self._seconds), tls=tls)

    async def close(self) -> None:
        """Let go of everything."""
        await self._client.aclose()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post a body; of the answer only status and headers are read."""
        try:
            # httpx counts anew for each step; a receiver that drips its answer would hold a worker for ever.
            async with asyncio.timeout(self._seconds):
                return await self._post(url, headers, body)
        except (TimeoutError, httpx2.TimeoutException):
            return Reply(failure=NoReply.TIMEOUT)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
            return Reply(failure=NoReply.UNREACHABLE)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        vouched = bool({host, f"{host}:{port}"} & self._allowed)
        if parts.scheme != "https" and not vouched:
            return Reply(failure=NoReply.NOT_HTTPS)
        found = await addresses_of(host, port)
        if not found:
            return Reply(failure=NoReply.UNKNOWN_HOST)
        if not vouched and not all(map(is_public, found)):
            return Reply(failure=NoReply.PRIVATE_ADDRESS)
        address = f"[{found[0]}]" if found[0].version == 6 else str(found[0])
        target = parts._replace(netloc=f"{address}:{port}").geturl()
        # The URL holds the checked address; the name goes into Host and, by sni_hostname, into TLS and its check of the certificate.
        named = {**headers, "host": parts.netloc, "user-agent": "reviews-webhooks"}
        # stream: the body is never read, so a receiver cannot fill our memory with it.
        async with self._client.stream("POST", target, headers=named, content=body, extensions={"sni_hostname": host}) as answer:
            return Reply(
                status=answer.status_code,
                after=retry_after(answer.headers.get("retry-after"), answered_at=answer.headers.get("date")),
            )


async def addresses_of(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    """Return the addresses that a name stands for at this moment; none when it stands for nothing."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    # The zone of a link-local address (`%eth0`) is no part of the address.
    return list(dict.fromkeys(ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the open internet, also when an IPv4 one is wrapped in it (RFC 4291, 6052, 3056, 4380)."""
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        # Any wrapped address counts: 2002::/16 and Teredo would otherwise pass as global.
        if inner:
            return all(map(is_public, inner))
    if any(address in network for network in _SPECIAL):
        return False
    # is_global is true for multicast, and for some reserved ranges.
    return address.is_global and not address.is_multicast and not address.is_reserved


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in inner if one is not None]
