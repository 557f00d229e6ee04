"""A call's mark stands between its headers and its body: what fails before is certain, and what follows is in doubt."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest

from reviews.adapters.marked_body import MarkedBody, NotGrantedError, marked
from tests.adapters.letters_to_jan import yes


class Listener:
    """A server that keeps what came, and answers 200 once a body is whole."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.head_is_there = asyncio.Event()
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        self.head_is_there.set()
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        try:
            self.bodies.append(await reader.readexactly(length))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
            await writer.drain()
        except asyncio.IncompleteReadError as cut:
            self.bodies.append(cut.partial)
        self.gone.set()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncGenerator[tuple[Listener, httpx2.Request]]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield listener, httpx2.Request("POST", f"http://127.0.0.1:{port}/", json={"to": "jan"})
    server.close()
    await server.wait_closed()


async def test_the_mark_is_asked_when_the_other_side_has_the_headers_and_nothing_of_the_body() -> None:
    seen: list[tuple[int, list[bytes]]] = []
    async with asyncio.timeout(30), listening() as (listener, request), httpx2.AsyncClient(trust_env=False) as client:

        async def mark() -> bool:
            await listener.head_is_there.wait()
            seen.append((len(listener.heads), list(listener.bodies)))
            return True

        sent, body = await marked(request, mark)
        answer = await client.send(sent)

        assert (answer.status_code, body.begun, seen, listener.bodies) == (200, True, [(1, [])], [b'{"to":"jan"}'])


async def test_without_its_mark_the_other_side_gets_no_body() -> None:
    async def no() -> bool:
        return False

    async with asyncio.timeout(30), listening() as (listener, request), httpx2.AsyncClient(trust_env=False) as client:
        sent, body = await marked(request, no)
        with pytest.raises(NotGrantedError):
            await client.send(sent)
        await listener.gone.wait()

        assert (body.begun, listener.bodies) == (False, [b""])


@pytest.mark.parametrize("begins", [False, True])
async def test_whether_the_body_began_is_known_after_any_failure(begins: bool) -> None:
    class Failing(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if begins and isinstance(request.stream, MarkedBody):
                async for _ in request.stream:
                    break
            raise httpx2.ReadError("the line is gone")

    async with httpx2.AsyncClient(transport=Failing()) as client:
        sent, body = await marked(httpx2.Request("POST", "http://platform.example/", content=b"x"), yes)
        with pytest.raises(httpx2.ReadError):
            await client.send(sent)

    assert body.begun is begins
