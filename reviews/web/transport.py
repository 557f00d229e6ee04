"""Bound what a caller may cost before there is a request: connections, and how large and how slow its headers are (CWE-400).

uvicorn bounds none of these with its fast parser. A body is bounded later, by whoever reads it (`patience`).
"""

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from reviews.settings import Settings


class TransportLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Connections at once; bytes of the request line and all headers; seconds in which they must have come."""

    connections: int
    head_bytes: int
    head_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "TransportLimits":
        """Return the limits that the administrator set."""
        return cls(connections=settings.connections_max, head_bytes=settings.head_bytes_max, head_seconds=settings.head_seconds)


def bounded(limits: TransportLimits) -> type[asyncio.Protocol]:
    """Return the protocol of one connection, as uvicorn makes it, within these limits."""

    class Bounded(_BoundedProtocol):
        def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **options: Any) -> None:
            super().__init__(config, server_state, app_state, **options)
            self.limits = limits

    return Bounded


class _BoundedProtocol(HttpToolsProtocol):
    """A connection that is ended with a plain answer where it passes a limit.

    `_head` counts the bytes of headers that are not complete yet; None while no headers are awaited.
    """

    limits: TransportLimits
    _head: int | None = None
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or end it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; the first byte of a next request begins its patience."""
        if self.transport.is_closing():
            return
        if self._head is None and getattr(self.cycle, "response_complete", True):
            self._await_head()
        super().data_received(data)
        if self._head is not None:
            # What came without completing a header was not counted by it.
            self._head += len(data)
            self._check_head()

    def on_message_begin(self) -> None:
        """Begin to count; requests may follow one another in one piece of data."""
        if self._head is None:
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin with the request if its headers are within bounds."""
        self._head = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        self._check_head()
        self._stop_waiting()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def _await_head(self) -> None:
        self._head = 0
        self._patience = self.loop.call_later(self.limits.head_seconds, self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _check_head(self) -> None:
        if self._head is not None and self._head > self.limits.head_bytes:
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _stop_waiting(self) -> None:
        self._head = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end(self, status: HTTPStatus) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if not getattr(self.cycle, "response_complete", True):
            # The request before this one is being answered: what was written here would be taken for its answer.
            self.flow.pause_reading()
            self.cycle.keep_alive = False
            return
        again = "Retry-After: 5\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
        text = f"{status.phrase}\n"
        self.transport.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n{again}"
            f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode()
        )
        self.transport.close()
