"""Take copies of mails in over SMTP or LMTP (RFC 5321, RFC 2033), on loopback or behind the administrator's own mail server.

The recipient is the secret: `SECRET@…`, `melding+SECRET@…`, and with a branch's slug behind it for a source with several. 250 says that the
mail is durably stored; 451 that the sender must try again; 550 that there is no such mailbox; 552 that it is too large. One mail has one
recipient here, so that one answer says what became of it.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any, Literal, Protocol

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from reviews.errors import ConfigurationError, NotFoundError, TooManyError
from reviews.invitations.intake.mail_copies.inbound import Addressed, Intake

log = structlog.get_logger("reviews.worker")

Speech = Literal["smtp", "lmtp"]
MOST_AT_ONCE = 20
LONGEST_LINE = 100_000
"""Bytes; the standard allows 998, which programs that write HTML ignore."""
_AGAIN = "451 4.3.0 Not kept; please try again later"
_NOBODY = "550 5.1.1 No such mailbox"
_SECRET = re.compile(r"(?:^|\+)(?P<secret>[0-9a-fA-F]{40})(?:\+(?P<branch>[a-z0-9-]{1,60}))?$")


class Bounces(Protocol):
    """What takes in bounces of our own mails at addresses of its own."""

    async def takes(self, recipient: str) -> bool:
        """Whether an address is one that bounces come to."""
        ...

    async def receive(self, recipient: str, raw: bytes) -> None:
        """Store what a bounce reports; a mail that is no bounce is ignored and no error."""
        ...


class Reception:
    """What aiosmtpd asks at each step of a conversation."""

    def __init__(self, intake: Intake, bounces: Bounces | None = None) -> None:
        self._intake = intake
        self._bounces = bounces

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        """Accept one recipient: the secret address of a source, or an address for bounces."""
        if envelope.rcpt_tos:
            # 4xx: the sender delivers the others in a transaction of their own (RFC 5321, 4.5.3.1.10).
            return "452 4.5.3 One recipient at a time"
        if not (self._bounces and await self._bounces.takes(address)) and await self._owner(address) is None:
            return _NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail, and say so only when it is kept."""
        [address], raw = envelope.rcpt_tos, envelope.original_content or b""
        if self._bounces and await self._bounces.takes(address):
            await self._bounces.receive(address, raw)
            return "250 2.0.0 Kept"
        # Looked up again: between RCPT and the end of DATA the address may have been revoked.
        owner = await self._owner(address)
        if owner is None:
            return _NOBODY
        try:
            receipt = await self._intake.receive(owner, raw)
        except TooManyError:
            return "451 4.7.1 Too many mails at once; please try again later"
        log.info("mail_copy_kept", mail_id=str(receipt.id), fresh=receipt.fresh)
        return "250 2.0.0 Kept"

    async def handle_exception(self, error: Exception) -> str:
        """Ask the sender to try again, whatever failed: until we say 250 the mail is still theirs."""
        # Only the kind: the error's words may quote the mail.
        log.error("mail_copy_not_kept", kind=type(error).__qualname__)
        return _AGAIN

    async def _owner(self, address: str) -> Addressed | None:
        found = _SECRET.search(address.rpartition("@")[0])
        if found is None:
            return None
        try:
            return await self._intake.whose(found["secret"], branch=found["branch"])
        except NotFoundError:
            return None


class _Counted:
    """How many connections are open: memory is bounded by that times the largest mail."""

    def __init__(self) -> None:
        self.open = 0


def _speaking(speech: Speech, counted: _Counted) -> Callable[..., SMTP]:
    """Return a server that refuses connections beyond `MOST_AT_ONCE`."""
    spoken: type[SMTP] = LMTP if speech == "lmtp" else SMTP

    class Bounded(spoken):  # type: ignore[misc, valid-type]  # aiosmtpd has no types
        line_length_limit = LONGEST_LINE

        def connection_made(self, transport: Any) -> None:
            counted.open += 1
            if counted.open > MOST_AT_ONCE:
                transport.write(b"421 4.3.2 Too many connections; please try again later\r\n")
                transport.close()
                return
            # Not called for a refused connection: aiosmtpd would start a session and greet first.
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            counted.open -= 1
            # A refused connection never got a transport, and aiosmtpd's own clean-up needs one.
            if self.transport is not None:
                super().connection_lost(error)

    return Bounded


@contextlib.asynccontextmanager
async def listening(
    address: str, speech: Speech, intake: Intake, *, most_bytes: int, bounces: Bounces | None = None
) -> AsyncGenerator[tuple[str, int] | None]:
    """Listen at an address (`127.0.0.1:2525`) until the end of the block, and yield the address in use; with an empty address nothing listens.

    Several background processes may listen at one address; the system spreads the callers over them.
    """
    if not address:
        yield None
        return
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would name recipients, and those are secrets
    host, _, port = address.rpartition(":")
    reception, speaker = Reception(intake, bounces), _speaking(speech, _Counted())
    options = {"data_size_limit": most_bytes, "enable_SMTPUTF8": True, "ident": "reviews", "hostname": "reviews"}
    try:
        # create_server and not aiosmtpd's Controller: that runs a thread with a loop of its own, where our database sessions do not belong.
        server = await asyncio.get_running_loop().create_server(partial(speaker, reception, **options), host.strip("[]"), int(port), reuse_port=True)
    except OSError as problem:
        raise ConfigurationError(f"REVIEWS_INBOUND_LISTEN: nothing can listen at {address}: {problem.strerror}") from None
    bound = server.sockets[0].getsockname()
    log.info("mail_copies_listening", port=bound[1], protocol=speech)
    try:
        yield bound[0], bound[1]
    finally:
        server.close()
        await server.wait_closed()
