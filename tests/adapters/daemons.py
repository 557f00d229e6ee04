"""A small clamd on loopback: it speaks PING, VERSION and INSTREAM, and finds the harmless EICAR file."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """The daemon; `scanned` holds what it was given."""

    def __init__(self) -> None:
        self.scanned: list[bytes] = []

    @asynccontextmanager
    async def serving(self, path: Path | None = None) -> AsyncGenerator[str]:
        """Listen, at a socket in the file system or on loopback, and yield the address."""
        if path:
            server, address = await asyncio.start_unix_server(self._answer, path), f"unix:{path}"
        else:
            server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield address
        finally:
            server.close()
            await server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if command == b"zPING\0":
            writer.write(b"PONG\0")
        elif command == b"zVERSION\0":
            writer.write(b"ClamAV 1.4.6/27800/Mon Nov 23 08:26:12 2026\0")
        elif command == b"zINSTREAM\0":
            writer.write(await self._scan(reader))
        await writer.drain()
        writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        data = bytearray()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            data += await reader.readexactly(size)
        self.scanned.append(bytes(data))
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
