"""The SMTP side: takes mails in with aiosmtpd, and misbehaves as it was asked to."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from standins.moments import Moments
from standins.post_office.faults import Fault, Faults, Step
from standins.post_office.mailbox import Mailbox

_SIZE_LIMIT = 30_000_000
_CHUNK = 1 << 18
_RESET = struct.pack("ii", 1, 0)
_GARBAGE = b"\x16\x03 dit is geen SMTP\r\n"


class Clerk:
    """Stores received mails in the mailbox, and decides on the answer to the final dot."""

    def __init__(self, mailbox: Mailbox, faults: Faults, moments: Moments) -> None:
        self.mailbox = mailbox
        self.faults = faults
        self.moments = moments
        self.connections = 0
        self.asked_for: set[str] = set()
        """Recipients whose DATA had begun, whether or not their mail came."""

    async def answer_to(self, server: SMTP, envelope: Envelope) -> str:
        """Answer the final dot: keep the mail and confirm it, or carry out the fault."""
        fault = self.faults.take("final")
        if fault is None:
            return self._keep(envelope)
        if fault.mode in ("lost_reply", "stall", "garbage"):
            self._keep(envelope)
        if fault.mode == "code":
            return f"{fault.code} {fault.words}"
        if fault.mode == "garbage":
            return _GARBAGE.decode("ascii").rstrip()
        if fault.mode == "stall":
            await asyncio.sleep(fault.seconds)
            return "250 laat maar aangenomen"
        await hang_up(server, reset=fault.mode == "reset")
        return "421 dag"

    def _keep(self, envelope: Envelope) -> str:
        mail = self.mailbox.keep(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"", self.moments.now())
        return f"250 aangenomen als {mail.id}"


class Reception(SMTP):
    """One connection. Each step first checks whether a fault is due there."""

    def __init__(self, clerk: Clerk, tls: ssl.SSLContext | None, login: tuple[str, str] | None) -> None:
        super().__init__(
            clerk,
            hostname="postkantoor.test",
            ident="demo-postkantoor",
            data_size_limit=_SIZE_LIMIT,
            tls_context=tls,
            authenticator=_doorkeeper(login) if login else None,
            auth_required=login is not None,
            # A login without TLS is allowed where none is offered: the demo speaks over loopback.
            auth_require_tls=tls is not None or login is None,
        )
        self.clerk = clerk

    async def _handle_client(self) -> None:
        self.clerk.connections += 1
        if not await self._met("connect"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Answer EHLO, unless a fault is due."""
        if not await self._met("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the sender, unless a fault is due."""
        if not await self._met("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a recipient, unless a fault is due."""
        if not await self._met("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the mail, unless a fault is due. Whole chunks are read, because aiosmtpd's own reading line by line is slow."""
        if await self._met("data") or await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 eerst een ontvanger, dan DATA zonder meer")
            return
        self.clerk.asked_for.update(self.envelope.rcpt_tos)
        await self.push("354 begin maar")
        fault = self.clerk.faults.take("body")
        if fault is not None:
            # Waits for the first line, so that the fault falls into the body and not before it.
            await self._reader.readuntil(b"\r\n")
            await self._play(fault)
            return
        self.envelope.original_content = await self._content()
        status = await self.clerk.answer_to(self, self.envelope)
        self.envelope = self._create_envelope()
        await self.push(status)

    async def _content(self) -> bytes:
        """Read up to the lone dot and undo the doubling of dots (RFC 5321 4.5.2)."""
        # A line end in front, so that a mail that is nothing but the dot ends too.
        read = bytearray(b"\r\n")
        while not read.endswith(b"\r\n.\r\n"):
            chunk = await self._reader.read(_CHUNK)
            if not chunk or len(read) > _SIZE_LIMIT:
                await hang_up(self, reset=False)
            read += chunk
        return bytes(read[:-3]).replace(b"\r\n..", b"\r\n.")[2:]

    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Answer QUIT, unless a fault is due."""
        if not await self._met("quit"):
            await super().smtp_QUIT(arg)

    async def _met(self, at: Step) -> bool:
        fault = self.clerk.faults.take(at)
        return fault is not None and await self._play(fault)

    async def _play(self, fault: Fault) -> bool:
        """Carry out the fault; return whether it ends the step."""
        if fault.mode == "stall":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.mode == "code":
            await self.push(f"{fault.code} {fault.words}")
        if fault.mode == "garbage":
            await self.push(_GARBAGE.rstrip())
        if fault.mode in ("close", "reset", "lost_reply") or fault.code == 421 or fault.at == "connect":
            await hang_up(self, reset=fault.mode == "reset")
        return True


async def hang_up(server: SMTP, *, reset: bool) -> None:
    """Close the connection: in order, or with a TCP reset. Ends by cancellation once the loss is noticed."""
    transport = server.transport
    if isinstance(transport, asyncio.Transport):
        if reset:
            line: socket.socket = transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
        else:
            transport.close()
    # aiosmtpd cancels this task when it sees the connection lost; returning would let it answer first.
    await asyncio.sleep(60)


def _doorkeeper(login: tuple[str, str]) -> Callable[[SMTP, Session, Envelope, str, object], AuthResult]:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=known, handled=False)

    return check
