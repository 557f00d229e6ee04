"""The body of an HTTP request that waits for its mark: nothing can be acted upon before it, and everything after its first byte."""

from collections.abc import AsyncIterator

import httpx2

from reviews.handover.outcomes import Mark


class NotGrantedError(Exception):
    """The mark was not granted: the call ends before its body, and nothing was asked for."""


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
