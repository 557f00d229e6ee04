"""A connection that costs next to nothing: requests as they go over the wire, so that what is slow is the service and not its client."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final

PATIENCE: Final = 40
"""Seconds until an answer counts as none: longer than the service waits for its own database."""

_IDLE: Final = 3
"""Seconds after which a connection is made anew: the server closes an idle one after five, perhaps just when it is used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection of one client, made anew whenever it broke."""

    def __init__(self, address: str) -> None:
        self.host, _, port = address.removeprefix("http://").partition(":")
        self.port = int(port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer | None:
        """Send a request and return its answer; None when none came, or only half of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._exchange(method, path, headers, body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            return None

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if monotonic() - self._used > _IDLE:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        told = {"Host": f"{self.host}:{self.port}", "Content-Length": str(len(body)), **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        answer = await _answer(reader)
        self._used = monotonic()
        if answer.headers.get("connection") == "close":
            self.close()
        return answer


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    return Answer(int(head[0].split()[1]), headers, await reader.readexactly(int(headers.get("content-length", "0"))))
