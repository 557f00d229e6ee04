"""Look up the published keys (DKIM, RFC 6376, 3.6) by which a forwarded mail can be checked, since the reader has no network.

Anybody may have written the mail, so nothing is parsed here: a bounded expression picks the names out, and only valid host names are looked
up, three at most. Answers come from the system's resolver (or the one that is set) and are only as trustworthy as that is.
"""

import asyncio
import re
import time
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.rdatatype
from dns.rdtypes.txtbase import TXTBase

MOST = 3
MOST_HEADERS = 40
SECONDS = 5.0
"""For all names of a mail together."""
KEPT_SECONDS = 600.0
MOST_KEPT = 500
LARGEST_ANSWER = 3000
# Every repeat is bounded: the mail may be made to keep a regular expression busy.
_HEADER = re.compile(rb"^dkim-signature[ \t]*:((?:[^\r\n]{0,998}\r?\n[ \t]){0,40}[^\r\n]{0,998})", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(rb"(?:^|;)\s*([ds])\s*=\s*([A-Za-z0-9._-]{1,190})\s*(?=;|$)")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{{0,61}}[a-z0-9_])?\.)+_domainkey\.(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")


def wanted(data: bytes) -> list[str]:
    """Return the DNS names of the keys that a mail's signatures name, at most three.

    Of more the last ones: a mail within a mail comes last, and is the one that matters.
    """
    names = dict[str, None]()
    for count, header in enumerate(_HEADER.finditer(data)):
        if count >= MOST_HEADERS:
            break
        tags = {tag[1]: tag[2].decode("ascii").casefold() for tag in _TAG.finditer(header[1])}
        name = f"{tags.get(b's', '')}._domainkey.{tags.get(b'd', '')}"
        if _NAME.fullmatch(name):
            # Moved to the end if it was there: the last ones are kept.
            names.pop(name, None)
            names[name] = None
    return list(names)[-MOST:]


class DomainKeys:
    """Keys as the DNS publishes them.

    `server` is an address, also with a port (`192.0.2.1:53`, `[2001:db8::1]:53`), empty for the system's; a look-up takes `seconds` at most.
    """

    def __init__(self, server: str = "", *, seconds: float = SECONDS) -> None:
        self._server, self._seconds = server, seconds
        self._kept: dict[str, tuple[float, bytes]] = {}

    async def keys_for(self, mail: bytes) -> dict[str, bytes]:
        """Return the keys that a mail's signatures name, as far as they are found."""
        return await self.look_up(wanted(mail))

    async def look_up(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the TXT records of these names; one that is not there, or not found within five seconds, is left out. Raise nothing."""
        found = {name: kept for name in names if (kept := self._keep_of(name)) is not None}
        missing = [name for name in names if name not in found]
        if not missing or (resolver := self._resolver()) is None:
            return found
        tasks = {asyncio.ensure_future(_ask(resolver, name)): name for name in missing[:MOST]}
        done, late = await asyncio.wait(tasks, timeout=self._seconds)
        for task in late:
            task.cancel()
        # A cancelled task must be awaited, or asyncio complains of it when it is collected.
        await asyncio.gather(*late, return_exceptions=True)
        answers = {tasks[task]: answer for task in done if (answer := task.result())}
        self._keep(answers)
        return found | answers

    def _resolver(self) -> dns.asyncresolver.Resolver | None:
        try:
            resolver = dns.asyncresolver.Resolver(configure=not self._server)
            if self._server:
                host, port = _address(self._server)
                resolver.nameservers, resolver.port = [host], port
        except (dns.exception.DNSException, ValueError, OSError):
            return None
        # lifetime is for all tries together, timeout for one.
        resolver.lifetime = resolver.timeout = self._seconds
        # Kept in `_kept` instead, bounded in age and number.
        resolver.cache = None
        return resolver

    def _keep_of(self, name: str) -> bytes | None:
        until, kept = self._kept.get(name, (0.0, b""))
        return kept if until > time.monotonic() else None

    def _keep(self, answers: dict[str, bytes]) -> None:
        if len(self._kept) + len(answers) > MOST_KEPT:
            self._kept.clear()
        self._kept |= {name: (time.monotonic() + KEPT_SECONDS, answer) for name, answer in answers.items()}


def _address(server: str) -> tuple[str, int]:
    match = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?|([0-9.]+)(?::(\d{1,5}))?|([0-9a-fA-F:]+)", server)
    if match is None:
        raise ValueError(f"not an address of a name server: {server}")
    return match[1] or match[3] or match[5], int(match[2] or match[4] or 53)


async def _ask(resolver: dns.asyncresolver.Resolver, name: str) -> bytes:
    """Return the first record that can be a key, its strings put together; empty when there is none."""
    try:
        # With a dot and without search: the system's search domains must not answer for the sender's.
        answer = await resolver.resolve(f"{name}.", dns.rdatatype.TXT, search=False)
    except (dns.exception.DNSException, OSError, ValueError):
        return b""
    records = [b"".join(record.strings) for record in answer if isinstance(record, TXTBase)]
    # A TXT record may be in several strings (RFC 6376, 3.6.2.2); p= is the one tag that a key must have.
    return next((record for record in records if b"p=" in record and len(record) <= LARGEST_ANSWER), b"")
