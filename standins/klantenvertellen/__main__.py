"""Run the simulator: `python -m standins.klantenvertellen --port 0 --smtp 127.0.0.1:2525 --locations FILE.json`."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from standins import ports
from standins.klantenvertellen import calls, controls, faults, pages
from standins.klantenvertellen.answers import RefusedError
from standins.klantenvertellen.book import Book, Location
from standins.klantenvertellen.desk import Desk

_STATE_FILE = "klantenvertellen.json"
_NAMES = {
    ("POST", "/v1/invite/external"): "invite",
    ("GET", "/v1/publication/review/external"): "reviews",
    ("GET", "/v1/publication/review/external/location/statistics"): "statistics",
    ("GET", "/v1/publication/review/locations/latest"): "latest",
    ("GET", "/v1/publication/review/removed/latest"): "removed",
    ("PUT", "/v1/publication/review/response"): "response",
    ("PUT", "/v1/publication/review/changerequest"): "changerequest",
    ("PUT", "/v1/publication/review/abuse"): "abuse",
}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="standins.klantenvertellen", description="Speaks the platform's API; mails its invitations.")
    parser.add_argument("--port", type=int, default=0, help="a taken port moves on to the next; 0: any")
    parser.add_argument("--smtp", help="host:port that takes the invitation mails; without it none are sent")
    parser.add_argument("--state", type=Path, help="folder in which everything is kept, so that it survives a restart")
    parser.add_argument("--locations", "--tokens", default="[]", help="JSON, or a file with it: [{location_id, token, name, tenant_id}]")
    parser.add_argument("--partner-token", default="", help="the token that may ask for the latest locations")
    return parser.parse_args(arguments)


def build(desk: Desk) -> ASGIApp:
    """Return the whole program as one ASGI application, faults included."""
    app = Litestar(
        route_handlers=[*calls.HANDLERS, *controls.HANDLERS, *pages.HANDLERS],
        state=State({"desk": desk}),
        exception_handlers={RefusedError: calls.refuse},
        openapi_config=None,
    )

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        name = _name_of(scope)
        if name is None:
            await app(scope, receive, send)
            return
        # A call whose body never came asked for nothing.
        body = await _whole(receive)
        if body is None:
            return
        desk.calls[name] += 1
        fault = desk.faults.take(name)
        if fault is None:
            await app(scope, _again(body, receive), send)
        else:
            await faults.play(fault, app, scope, _again(body, receive), send)

    return counted


async def _whole(receive: Receive) -> bytes | None:
    """Return the body of a call; None when who called went away before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if not message["more_body"]:
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a way to receive a body that was read already, and then whatever follows."""
    read = False

    async def first_the_body() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return first_the_body


async def run(given: argparse.Namespace) -> None:
    """Serve until SIGTERM or Ctrl-C, then save."""
    door = ports.listen(given.port)
    desk = Desk(_book(given.state), host=f"http://{ports.address_of(door)}", smtp=_smtp(given.smtp), partner_token=given.partner_token)
    for location in _locations(given.locations):
        desk.book.register(location)
    # KnownLine is the h11 protocol of uvicorn: faults must be able to cut a connection.
    config = uvicorn.Config(build(desk), http=faults.KnownLine, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
    rounds = asyncio.create_task(desk.rounds())
    print(f"klantenvertellen op {desk.host}", flush=True)  # noqa: T201 - the caller reads the address
    await uvicorn.Server(config).serve(sockets=[door])
    rounds.cancel()
    # Awaited, so that no mail is half sent when the book is saved.
    with suppress(asyncio.CancelledError):
        await rounds
    desk.book.save()


def _name_of(scope: Scope) -> str | None:
    method, path = str(scope.get("method", "")), str(scope.get("path", ""))
    if method == "GET" and path.startswith("/v1/publication/question/"):
        return "questionnaire"
    if method == "POST" and path.startswith("/v1/publication/review/"):
        return "submit"
    return _NAMES.get((method, path))


def _book(folder: Path | None) -> Book:
    if folder is None:
        return Book()
    folder.mkdir(parents=True, exist_ok=True)
    return Book(folder / _STATE_FILE)


def _smtp(given: str | None) -> tuple[str, int] | None:
    if not given:
        return None
    host, _, port = given.removeprefix("smtp://").rpartition(":")
    return host, int(port)


def _locations(given: str) -> list[Location]:
    raw = given.encode() if given.lstrip().startswith("[") else Path(given).read_bytes()
    return msgspec.json.decode(raw, type=list[Location])


if __name__ == "__main__":
    asyncio.run(run(options()))
