"""What a caller may cost before there is a request: the real server, told limits that a test can reach."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from reviews.web import transport
from reviews.web.transport import TransportLimits
from standins import ports

LIMITS = TransportLimits(connections=5, head_bytes=4096, head_seconds=30)
IMPATIENT = TransportLimits(connections=5, head_bytes=4096, head_seconds=0.3)


async def _app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    body = b""
    while scope["type"] == "http" and (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    if scope["path"] == "/later":
        # Longer than the patience with a next request.
        await asyncio.sleep(3 * LIMITS.head_seconds)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(limits: TransportLimits) -> AsyncGenerator[tuple[str, int]]:
    """A server behind these limits; where it listens."""
    door = ports.listen(0, ports.HOST)
    config = uvicorn.Config(_app, log_level="critical", lifespan="off", http=transport.bounded(limits), timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[door]))
    yield door.getsockname()[:2]
    server.should_exit = True
    await running


@pytest.fixture
async def place() -> AsyncGenerator[tuple[str, int]]:
    """A server that waits longer for a head than any test takes to send one."""
    async with serving(LIMITS) as there:
        yield there


async def said(place: tuple[str, int], *pieces: bytes) -> bytes:
    """Send these pieces and return all that comes back until the server ends the connection."""
    reader, writer = await asyncio.open_connection(*place)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"


async def test_a_usual_request_is_answered_and_two_on_one_connection_too(place: tuple[str, int]) -> None:
    assert (await said(place, GET + CLOSE)).startswith(b"HTTP/1.1 200")
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    assert (await said(place, post + GET + b"\r\n" + GET + CLOSE)).count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "pieces",
    [
        (GET + b"X: " + b"x" * 5000 + b"\r\n" + CLOSE,),
        (GET + b"X: " + b"x" * 5000,),
        (GET, *[b"X-%d: %s\r\n" % (number, b"x" * 90) for number in range(60)]),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n" + CLOSE,),
        (b"GET /" + b"a" * 5000,),
    ],
)
async def test_headers_that_are_too_large_are_refused(place: tuple[str, int], pieces: tuple[bytes, ...]) -> None:
    assert b"HTTP/1.1 431 " in await said(place, *pieces)


POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 0\r\nContent-Length: 90\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length : 0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"X: y\nContent-Length: 0\r\n\r\n" + HIDDEN,
    ],
    ids=["length and chunks", "chunks and length", "two lengths", "below zero", "a sign", "space before the colon", "0x", "other chunks", "bare LF"],
)
async def test_a_request_whose_end_is_in_doubt_is_refused_with_all_behind_it(place: tuple[str, int], raw: bytes) -> None:
    answer = await said(place, raw)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("begin", [b"", b"G", GET, GET + b"X: y", b"\r\n", GET + b"\r\n" + GET])
async def test_headers_that_do_not_come_are_not_waited_for(begin: bytes) -> None:
    async with serving(IMPATIENT) as place:
        answer = await said(place, begin)

    assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(b"408 Request Timeout")


@pytest.mark.parametrize("second", [GET, GET + b"X: " + b"x" * 5000 + b"\r\n" + CLOSE])
async def test_a_second_request_that_is_refused_is_not_taken_for_the_answer_to_the_first(place: tuple[str, int], second: bytes) -> None:
    reader, writer = await asyncio.open_connection(*place)
    writer.write(b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n" + second)

    answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    writer.close()


async def test_one_connection_too_many_is_told_when_to_come_back_and_those_that_are_there_go_on(place: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*place)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" + CLOSE)
    held = [await asyncio.open_connection(*place) for _ in range(LIMITS.connections - 1)]

    refused = await said(place)

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: " in refused
    writer.write(b"ab")
    assert (await reader.read()).endswith(b"\r\n\r\nab")
    for _, other in (*held, (reader, writer)):
        other.close()
