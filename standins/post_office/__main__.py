"""Run the demo post office: `python -m standins.post_office --smtp-port 0 --http-port 0`."""

import argparse
import asyncio
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from standins import ports
from standins.moments import Moments
from standins.post_office import pages
from standins.post_office.faults import Faults
from standins.post_office.mailbox import Mailbox
from standins.post_office.reception import Clerk, Reception


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="standins.post_office", description="Takes every mail, delivers none, shows them all.")
    parser.add_argument("--host", default=ports.HOST, help="address to listen on")
    parser.add_argument("--smtp-port", type=int, default=0, help="a taken port moves on to the next; 0: any")
    parser.add_argument("--http-port", type=int, default=0, help="a taken port moves on to the next; 0: any")
    parser.add_argument("--folder", type=Path, help="keep the mails here, so that they survive a restart")
    parser.add_argument("--certificate", type=Path, help="PEM with certificate and key: offer STARTTLS")
    parser.add_argument("--tls", action="store_true", help="speak TLS from the first byte (smtps) instead of STARTTLS")
    parser.add_argument("--login", help="user:password that must be given")
    return parser.parse_args(arguments)


async def run(given: argparse.Namespace) -> None:
    """Serve SMTP and HTTP until SIGTERM or Ctrl-C."""
    clerk = Clerk(Mailbox(given.folder), Faults(), Moments())
    tls = _tls(given.certificate)
    user, _, password = (given.login or "").partition(":")
    login = (user, password) if given.login else None
    smtp_door, http_door = ports.listen(given.smtp_port, given.host), ports.listen(given.http_port, given.host)
    reception = await asyncio.get_running_loop().create_server(
        lambda: Reception(clerk, None if given.tls else tls, login), sock=smtp_door, ssl=tls if given.tls else None
    )
    server = uvicorn.Server(uvicorn.Config(pages.build(clerk), log_level="warning", lifespan="off", timeout_graceful_shutdown=2))
    print(f"post: smtp://{ports.address_of(smtp_door)}", flush=True)  # noqa: T201 - the caller reads the addresses
    print(f"post: http://{ports.address_of(http_door)}/demo/post", flush=True)  # noqa: T201 - the caller reads the addresses
    await server.serve(sockets=[http_door])
    reception.close()


def main() -> None:
    """Start from the command line."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    asyncio.run(run(options()))


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


if __name__ == "__main__":
    main()
