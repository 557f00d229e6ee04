"""Misbehave on command, below the API: an ASGI layer that answers, delays or disconnects in its place."""

import asyncio
import socket
import struct
from random import Random
from uuid import uuid4

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# SO_LINGER on, zero seconds: closing then sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)
_HTML = b"<!doctype html><title>Onderhoud</title><h1>We zijn zo terug</h1>"
_BODIES = {"html": (b"text/html", _HTML), "empty": (b"application/json", b""), "plain_ok": (b"text/plain", b"OK")}
_lines: dict[object, asyncio.Transport] = {}


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing to do wrong with a call (`*`: any).

    `mode` is a status ("429", "503", "302", …), or one of: `timeout` (nothing for `seconds`, then the connection closes), `late` (the work is
    done, the answer comes after `seconds`), `reset` (nothing is done), `lost_reply` and `half_body` (the work is done), `html`, `empty`,
    `plain_ok` (200 that confirms nothing). `works` makes the others do the work too. `times` is how often (none: until cleared), `share` the part
    of the calls, drawn with a fixed seed; `error_code` goes into the error body, `retry_after` (seconds or an HTTP date) and `location`
    into the headers.
    """

    call: str
    mode: str
    times: int | None = 1
    share: float = 1.0
    retry_after: int | str | None = None
    rate_limit_reset: int | None = None
    seconds: float = 3600.0
    works: bool = False
    error_code: str | None = None
    location: str = "https://example.invalid/"


class Faults:
    """The faults in force; the first that fits a call is taken."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []
        self.played = 0
        self._dice = Random(0)  # noqa: S311 - repeatable, not secret

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self.pending.append(fault)

    def clear(self) -> None:
        """Behave from now on."""
        self.pending = []

    def take(self, call: str) -> Fault | None:
        """Return the fault that is due for this call, and count it off."""
        fault = next((one for one in self.pending if one.call in (call, "*") and (one.share >= 1 or self._dice.random() < one.share)), None)
        if fault is None:
            return None
        self.played += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.pending.remove(fault)
        return fault


class KnownLine(H11Protocol):
    """A connection that the faults can find by its peer and cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        _lines[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _lines.pop(self.client, None)
        super().connection_lost(exc)


async def play(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Carry out the fault."""
    if fault.works or fault.mode in ("late", "lost_reply", "half_body"):
        held = await _answer_of(app, scope, receive)
    else:
        held = []
    if fault.mode == "late":
        await asyncio.sleep(fault.seconds)
        for message in held:
            await send(message)
    elif fault.mode in ("timeout", "reset", "lost_reply"):
        if fault.mode == "timeout":
            await asyncio.sleep(fault.seconds)
        await _cut(scope, reset=fault.mode == "reset")
    elif fault.mode == "half_body":
        await _send_half(held, send)
        await _cut(scope, reset=False)
    else:
        await _send_instead(fault, send)


async def _answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    held: list[Message] = []

    async def hold(message: Message) -> None:
        held.append(message)

    await app(scope, receive, hold)
    return held


async def _send_half(held: list[Message], send: Send) -> None:
    for message in held:
        if message["type"] == "http.response.body":
            body = message["body"]
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            return
        await send(message)


async def _send_instead(fault: Fault, send: Send) -> None:
    kind, body = _BODIES.get(fault.mode, (b"application/json", _error_body(fault)))
    status = int(fault.mode) if fault.mode.isdecimal() else 200
    headers = [(b"content-type", kind)]
    # A 204 has no body and no Content-Length (RFC 9110, 8.6).
    if status == 204:
        body = b""
    else:
        headers.append((b"content-length", str(len(body)).encode()))
    if fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    if fault.rate_limit_reset is not None:
        headers.append((b"x-ratelimit-reset", str(fault.rate_limit_reset).encode()))
    if 300 <= status < 400:
        headers.append((b"location", fault.location.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _error_body(fault: Fault) -> bytes:
    body: dict[str, object] = {"httpCode": fault.mode, "errorCode": "INTERNAL_SERVER_ERROR", "id": str(uuid4())}
    if fault.error_code:
        body["detailedError"] = [{"errorCode": fault.error_code, "message": "zoals gevraagd"}]
    return msgspec.json.encode(body)


async def _cut(scope: Scope, *, reset: bool) -> None:
    transport = _lines.get(scope["client"])
    if transport is None:
        return
    if reset:
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
