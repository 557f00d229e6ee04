"""Run the stand-in: `python -m standins.sendgrid --port 0 --key SG.demo --webhook http://127.0.0.1:8000/hooks/sendgrid/events`."""

import argparse
import asyncio
from collections.abc import Sequence

import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send

from standins import ports
from standins.klantenvertellen import faults
from standins.sendgrid.mailroom import HANDLERS, Mailroom

_CALLS = {("POST", "/v3/mail/send"): "send", ("GET", "/v3/scopes"): "scopes"}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="standins.sendgrid", description="Takes mails by SendGrid's API, delivers none, tells signed events.")
    parser.add_argument("--port", type=int, default=0, help="a taken port moves on to the next; 0: any")
    parser.add_argument("--key", default="SG.demo", help="the API key that may send")
    parser.add_argument("--webhook", default="", help="where events are told")
    return parser.parse_args(arguments)


def build(room: Mailroom) -> ASGIApp:
    """Return the whole program as one ASGI application, faults included."""
    app = Litestar(route_handlers=HANDLERS, state=State({"mailroom": room}), openapi_config=None, request_max_body_size=31_000_000)

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        name = _CALLS.get((str(scope.get("method", "")), str(scope.get("path", ""))))
        fault = room.faults.take(name) if name else None
        if fault is None:
            await app(scope, receive, send)
        else:
            await faults.play(fault, app, scope, receive, send)

    return faulty


async def run(given: argparse.Namespace) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    door = ports.listen(given.port)
    config = uvicorn.Config(
        build(Mailroom(given.key, given.webhook)), http=faults.KnownLine, log_level="warning", lifespan="off", timeout_graceful_shutdown=2
    )
    print(f"sendgrid op http://{ports.address_of(door)}", flush=True)  # noqa: T201 - the caller reads the address
    await uvicorn.Server(config).serve(sockets=[door])


if __name__ == "__main__":
    asyncio.run(run(options()))
