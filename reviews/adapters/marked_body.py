"""Exchange an HTTP request whose body waits for its mark: nothing can be acted upon before it, and everything after its first byte."""

import asyncio
from collections.abc import AsyncIterator

import httpx2

from reviews.handover.outcomes import Mark


class NotGrantedError(Exception):
    """The mark was not granted: the call ends before its body, and nothing was asked for."""


class UnansweredError(Exception):
    """No answer came. `begun`: the other side may have acted; `in_time`: the connection ended, and not our patience. The cause says what happened."""

    def __init__(self, *, begun: bool, in_time: bool) -> None:
        super().__init__(begun, in_time)
        self.begun, self.in_time = begun, in_time


class MarkedBody(httpx2.AsyncByteStream):
    """A body whose first byte follows its mark. `begun` says whether that was granted: until then whatever fails is certain not to count."""

    def __init__(self, content: bytes, mark: Mark) -> None:
        self._content, self._mark = content, mark
        self.begun = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Ask for the mark, behind the headers on a connection that stands, and give the body; raise NotGrantedError without it."""
        if not await self._mark():
            raise NotGrantedError
        self.begun = True
        yield self._content


async def marked(request: httpx2.Request, mark: Mark) -> tuple[httpx2.Request, MarkedBody]:
    """Return the same request with a body that waits for its mark, and that body."""
    body = MarkedBody(await request.aread(), mark)
    return httpx2.Request(request.method, request.url, headers=request.headers, stream=body, extensions=request.extensions), body


async def exchange(client: httpx2.AsyncClient, request: httpx2.Request, mark: Mark | None, *, seconds: float) -> httpx2.Response:
    """Return the answer to a request, whose body waits for its mark if it has one, within so many seconds in all.

    Raise NotGrantedError without the mark, UnansweredError where no answer came.
    """
    body: MarkedBody | None = None
    if mark is not None:
        request, body = await marked(request, mark)
    try:
        # httpx counts its timeout anew for each read: an answer that drips in must end too.
        async with asyncio.timeout(seconds):
            return await client.send(request)
    except (httpx2.RequestError, TimeoutError) as problem:
        connected = not isinstance(problem, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        begun = connected and (body is None or body.begun)
        raise UnansweredError(begun=begun, in_time=not isinstance(problem, httpx2.TimeoutException | TimeoutError)) from problem
