"""A mail server and a platform that do exactly what a test tells them, at any step, and count what they took: no stand-ins of the demo."""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Final


class Do(Enum):
    """What a peer can do beside saying something."""

    TAKE = auto()  # what it was given counts as taken: a copy
    CLOSE = auto()
    RESET = auto()
    STALL = auto()


Move = bytes | Do
Sick = Mapping[str, Sequence[Move]]
"""By step, the moves that a peer makes instead of what it should."""


class _OverError(Exception):
    """The conversation has ended."""


class Peer(ABC):
    """A server of which each step can be told to be sick; `copies` counts what it took, and `begun` what it had asked for, by whom it is for."""

    def __init__(self) -> None:
        self.sick: Sick = {}
        self.copies: Counter[str] = Counter()
        self.begun: set[str] = set()
        self._took = asyncio.Event()

    async def taken(self, many: int) -> None:
        """Wait until so many copies were taken."""
        while self.copies.total() < many:
            self._took.clear()
            await self._took.wait()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[int]:
        """Listen on a free port of this machine, and let go of every connection at the end."""
        talks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await self.talk(reader, writer)
            except (_OverError, ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()
                talks.discard(task)

        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    @abstractmethod
    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""

    async def at(self, step: str, writer: asyncio.StreamWriter, *healthy: Move, to: str = "") -> bytes:
        """Make the moves of a step and return what was said last."""
        said = b""
        for move in self.sick.get(step, healthy):
            match move:
                case Do.TAKE:
                    self.copies[to] += 1
                    self._took.set()
                case Do.STALL:
                    await asyncio.Event().wait()
                case Do.RESET:
                    writer.transport.abort()
                    raise _OverError
                case Do.CLOSE:
                    await writer.drain()
                    raise _OverError
                case bytes():
                    said = move
                    writer.write(move)
                    await writer.drain()
        return said


_TO: Final = re.compile(rb"<([^>]*)>")


class MailPeer(Peer):
    """A mail server. Steps: banner, ehlo, mail, rcpt, data, body (in its midst), final, rset, quit."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP (RFC 5321) for one connection."""
        to = ""
        await self.at("banner", writer, b"220 peer.example\r\n")
        while line := await reader.readline():
            match line[:4].upper():
                case b"EHLO":
                    await self.at("ehlo", writer, b"250-peer.example\r\n250 8BITMIME\r\n")
                case b"MAIL":
                    await self.at("mail", writer, b"250 2.1.0 ok\r\n")
                case b"RCPT":
                    found = _TO.search(line)
                    to = found[1].decode() if found else ""
                    await self.at("rcpt", writer, b"250 2.1.5 ok\r\n", to=to)
                case b"DATA":
                    self.begun.add(to)
                    if (await self.at("data", writer, b"354 go on\r\n", to=to)).startswith(b"354"):
                        await self._body(reader, writer, to)
                case b"RSET":
                    await self.at("rset", writer, b"250 2.0.0 ok\r\n")
                case b"QUIT":
                    await self.at("quit", writer, b"221 2.0.0 bye\r\n", Do.CLOSE)
                case _:
                    await self.at("other", writer, b"502 5.5.1 what?\r\n")

    async def _body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: str) -> None:
        await reader.readline()
        await self.at("body", writer)
        while (line := await reader.readline()) != b".\r\n":
            # Half a mail is none (RFC 5321, 4.1.1.4).
            if not line:
                raise _OverError
        await self.at("final", writer, Do.TAKE, b"250 2.0.0 queued\r\n", to=to)


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole answer."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close", *headers])
    return f"{head}\r\n\r\n".encode() + body


OK: Final = http("200 OK", b'{"code":"OK"}')


class PlatformPeer(Peer):
    """A platform that takes invitations. Steps: connect, head (when the headers are there, and nothing of the body), answer."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one call."""
        await self.at("connect", writer)
        head = await reader.readuntil(b"\r\n\r\n")
        await self.at("head", writer)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        to = str(json.loads(await reader.readexactly(length))["ref_code"])
        self.begun.add(to)
        await self.at("answer", writer, Do.TAKE, OK, to=to)
