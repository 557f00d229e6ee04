"""Have files scanned by ClamAV's daemon: clamd's INSTREAM over TCP or a socket of the same machine.

It fails closed: a daemon that is not there, stalls, resets the connection (as it does above its `StreamMaxLength`) or answers anything but
"clean" leaves a file unscanned.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from reviews.errors import ConfigurationError
from reviews.proofs.virus_scan import Clean, Infected, NotScanned, Scan
from reviews.settings import Settings

log = structlog.get_logger("reviews.antivirus")

_CHUNK: Final = 1 << 16
_PATIENCE_WITH_A_PING: Final = timedelta(seconds=5)
_LONGEST_NAME: Final = 80


class Clamd:
    """A daemon at `host:port` or `unix:/path`; satisfies `reviews.proofs.virus_scan.Scanner`."""

    def __init__(self, address: str, *, timeout: timedelta) -> None:
        path = address.removeprefix("unix:")
        self._path = path if path != address else ""
        self._host, _, port = address.rpartition(":")
        if not self._path and not port.isdigit():
            raise ConfigurationError("REVIEWS_CLAMD_ADDRESS must be host:port or unix:/path")
        self._port = int(port) if not self._path else 0
        self._timeout = timeout
        self._was_there = True

    async def answers(self) -> bool:
        """Say whether the daemon answers; losing it and finding it again are each logged once."""
        there = await self._ask(b"PING", b"", patience=_PATIENCE_WITH_A_PING) == "PONG"
        if there != self._was_there:
            (log.info if there else log.warning)("antivirus_back" if there else "antivirus_gone")
        self._was_there = there
        return there

    async def version(self) -> str | None:
        """Return what the daemon calls itself, its signatures and their day, or None where it does not answer."""
        return await self._ask(b"VERSION", b"", patience=_PATIENCE_WITH_A_PING)

    async def scan(self, data: bytes) -> Scan:
        """Scan a file; everything but a clear answer is `NotScanned`."""
        answer = await self._ask(b"INSTREAM", _as_stream(data), patience=self._timeout)
        # Whole and exact: "stream: OK" within anything longer is no verdict.
        if answer == "stream: OK":
            return Clean()
        if answer and answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return Infected(answer.removeprefix("stream: ").removesuffix(" FOUND")[:_LONGEST_NAME])
        return NotScanned("no_answer" if answer is None else "no_result")

    async def _ask(self, command: bytes, body: bytes, *, patience: timedelta) -> str | None:
        """Send one command and return the one answer, None where none came."""
        try:
            async with asyncio.timeout(patience.total_seconds()):
                reader, writer = await self._connect()
                try:
                    # z: command and answer end with NUL instead of a line end (clamd(8)).
                    writer.write(b"z" + command + b"\0" + body)
                    await writer.drain()
                    answer = await reader.readuntil(b"\0")
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        text = answer[:-1].decode("utf-8", errors="replace")
        # The answer reaches log and desk.
        return "".join(char for char in text if char.isprintable())

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._path:
            return await asyncio.open_unix_connection(self._path)
        return await asyncio.open_connection(self._host.strip("[]"), self._port)


def _as_stream(data: bytes) -> bytes:
    """Return a file as clamd wants it: chunks with their length before them, an empty one last."""
    chunks = (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))
    return b"".join(len(chunk).to_bytes(4, "big") + chunk for chunk in chunks) + bytes(4)


def open_scanner(settings: Settings) -> Clamd | None:
    """Return the virus scanner, or None when none is set."""
    if not settings.clamd_address:
        return None
    return Clamd(settings.clamd_address, timeout=timedelta(seconds=settings.clamd_timeout_seconds))
