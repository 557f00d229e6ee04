"""Hand mails to a mail server over SMTP, with one durable mark before each, and distinguish sent, not sent and unknown.

aiosmtplib's `sendmail` cannot tell "connection lost before DATA" from "accepted, reply lost"; its single steps can. Everything up to the mark
is certainly not sent; from then on only a reply of the server settles it (docs/decisions/0036). A connection on which anything timed out
or failed is never used again: a late reply must not be taken for the answer to another mail.
"""

import asyncio
import re
import ssl
from contextlib import suppress
from datetime import timedelta
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP

from reviews.adapters.mail import smtp_replies
from reviews.adapters.mail.mail_server import MailServer
from reviews.adapters.mail.message import UnsafeHeaderError, compose
from reviews.handover.outcomes import NOT_MARKED, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.sending.mail_message import MailMessage
from reviews.reasons import OutcomeCode

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class _Line(SMTP):
    """A connection that counts the mails it was used for."""

    messages: int = 0


class SmtpTransport:
    """Sends mails over at most `connections` connections, kept open until `close`, or until each has carried `letters_per_line` mails.

    `step_timeout` is the patience at each step before the message is handed over. `final_timeout` is for the final dot alone: RFC 5321
    4.5.3.2.6 asks for ten minutes, since a shorter wait makes duplicates.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        step_timeout: timedelta = timedelta(seconds=60),
        final_timeout: timedelta = timedelta(seconds=600),
        connections: int = 1,
        letters_per_line: int = 100,
        local_hostname: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._step = step_timeout.total_seconds()
        self._final = final_timeout.total_seconds()
        self._slots = asyncio.Semaphore(connections)
        self._letters_per_line = letters_per_line
        self._local_hostname = local_hostname
        self._tls = tls or ssl.create_default_context()
        self._idle: list[_Line] = []

    async def send(self, message: MailMessage, *, mark: Mark) -> Outcome:
        """Send one mail, awaiting `mark` once the server has asked for it (354); `outcomes` says what each answer means.

        When the mark is not granted nothing was sent, and the outcome is `Retry(NOT_MARKED)`.
        """
        try:
            # First of all: a mail that cannot be written must not be marked.
            raw = compose(message)
        except UnsafeHeaderError as problem:
            return Refused(OutcomeCode.UNSAFE_HEADER, problem.field)
        async with self._slots:
            line = await self._addressed_line(message)
            if not isinstance(line, _Line):
                return line
            # Holds if the task is cancelled below: the mail may have been said by then.
            outcome: Outcome = Unknown(OutcomeCode.INTERRUPTED)
            try:
                outcome = await _hand_over(line, message, raw, mark, self._final)
            finally:
                settled = not isinstance(outcome, Unknown) and outcome != smtp_replies.LOST
                await self._lay_by(line, settled=settled, wipe=not isinstance(outcome, Sent))
            return outcome

    async def probe(self) -> Outcome:
        """Connect and log in without sending anything: `Sent` when the server would take mails from us."""
        line = await self._connected()
        if not isinstance(line, _Line):
            return line
        await self._say_goodbye(line)
        return Sent()

    async def close(self) -> None:
        """Send QUIT on every connection; what the server answers changes nothing."""
        while self._idle:
            await self._say_goodbye(self._idle.pop())

    async def _addressed_line(self, message: MailMessage) -> _Line | Outcome:
        """Return a connection on which the server accepted MAIL and RCPT; one that died while idle is replaced by a new one."""
        while self._idle:
            line = self._idle.pop()
            refusal = await _address(line, message)
            if refusal is None:
                return line
            await self._lay_by(line, settled=refusal != smtp_replies.LOST)
            if refusal != smtp_replies.LOST:
                return refusal
        fresh = await self._connected()
        if not isinstance(fresh, _Line):
            return fresh
        refusal = await _address(fresh, message)
        if refusal is None:
            return fresh
        await self._lay_by(fresh, settled=refusal != smtp_replies.LOST)
        return refusal

    async def _connected(self) -> _Line | Outcome:
        server = self._server
        line = _Line(
            hostname=server.host,
            port=server.port,
            use_tls=server.scheme == "smtps",
            # aiosmtplib's default is to try STARTTLS and go on without it: `_introduce` does it and stops if it is missing.
            start_tls=False,
            timeout=self._step,
            tls_context=self._tls if server.scheme != "smtp" else None,
            local_hostname=self._local_hostname,
        )
        refusal = await _introduce(line, server)
        if refusal is None:
            return line
        _drop(line)
        return refusal

    async def _lay_by(self, line: _Line, *, settled: bool, wipe: bool = True) -> None:
        """Keep a connection for the next mail, if every command on it was answered and, where needed, RSET succeeds."""
        line.messages += 1
        # An answer that is still out would be read as the answer to the next mail's first command.
        if not settled or not line.is_connected:
            _drop(line)
            return
        if line.messages >= self._letters_per_line:
            await self._say_goodbye(line)
            return
        try:
            # After a mail that was sent the server has forgotten it by itself; RSET would be one more round trip.
            if wipe:
                await line.rset()
        except (aiosmtplib.SMTPException, OSError):
            _drop(line)
        else:
            self._idle.append(line)

    async def _say_goodbye(self, line: SMTP) -> None:
        transport = line.transport
        with suppress(aiosmtplib.SMTPException, OSError):
            await line.quit(timeout=min(self._step, 5.0))
        _cut(transport)


def _drop(line: SMTP) -> None:
    """Give a connection up, never to be used again."""
    transport = line.transport
    line.close()
    _cut(transport)


def _cut(transport: asyncio.BaseTransport | None) -> None:
    """Close at once: TLS would wait for a close_notify that may never come."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


async def _introduce(line: SMTP, server: MailServer) -> Outcome | None:
    """Connect, say EHLO, start TLS where the address asks for it, log in; return the outcome that prevents sending, or None."""
    try:
        await line.connect()
        await line.ehlo()
        if server.scheme == "smtp+starttls":
            if not line.supports_extension("starttls"):
                return Halt(OutcomeCode.STARTTLS_MISSING)
            # A second EHLO follows: RFC 3207 (4.2) voids what was said in the clear, the extensions too.
            await line.starttls()
            await line.ehlo()
        if server.user:
            return await _log_in(line, server)
    except aiosmtplib.SMTPConnectResponseError as problem:
        return smtp_replies.greeting(problem)
    except (aiosmtplib.SMTPException, OSError) as problem:
        # A wrong certificate does not mend itself: halt the channel and alert instead of trying for three days.
        if isinstance(problem, ssl.SSLCertVerificationError) or isinstance(problem.__cause__, ssl.SSLCertVerificationError):
            return Halt(OutcomeCode.CERTIFICATE_INVALID)
        return Retry(OutcomeCode.SMTP_UNREACHABLE)
    return None


async def _log_in(line: SMTP, server: MailServer) -> Outcome | None:
    if not line.supports_extension("auth"):
        return Halt(OutcomeCode.LOGIN_UNSUPPORTED)
    try:
        await line.login(server.user, server.password)
    except aiosmtplib.SMTPAuthenticationError as problem:
        return Retry(OutcomeCode.LOGIN_DEFERRED) if 400 <= problem.code < 500 else Halt(OutcomeCode.LOGIN_REFUSED)
    return None


async def _address(line: SMTP, message: MailMessage) -> Outcome | None:
    """Say MAIL and RCPT; return the refusal, or None. Nothing is sent yet, whatever happens here."""
    try:
        await _say(line, b"MAIL", b"FROM:", message.sender, aiosmtplib.SMTPSenderRefused)
        await _say(line, b"RCPT", b"TO:", message.to_address, aiosmtplib.SMTPRecipientRefused)
    except aiosmtplib.SMTPSenderRefused as problem:
        return smtp_replies.refusal("sender", problem, message)
    except aiosmtplib.SMTPRecipientRefused as problem:
        return smtp_replies.refusal("recipient", problem, message)
    except (aiosmtplib.SMTPException, OSError):
        return smtp_replies.LOST
    return None


async def _say(
    line: SMTP, verb: bytes, word: bytes, address: str, refused: type[aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused]
) -> None:
    """Say one address as it is: `compose` made sure that it is exactly one, so that nothing needs to read it again."""
    reply = await line.execute_command(verb, word + b"<" + address.encode("ascii") + b">")
    # 251: "user not local, will forward" is an acceptance (RFC 5321, 3.4).
    if reply.code not in (250, 251):
        raise refused(reply.code, reply.message, address)


async def _hand_over(line: SMTP, message: MailMessage, raw: bytes, mark: Mark, patience: float) -> Outcome:
    """Say DATA, and mark once the server has asked for the mail: from then on only its reply to the final dot settles what happened.

    Until 354 nothing is handed over, so that what fails there is tried again; and no mark stands for a mail whose DATA had not begun.
    """
    try:
        reply = await line.execute_command(b"DATA")
    except (aiosmtplib.SMTPException, OSError):
        return smtp_replies.LOST
    if reply.code != aiosmtplib.SMTPStatus.start_input:
        return smtp_replies.refusal("data", aiosmtplib.SMTPResponseException(reply.code, reply.message), message)
    if not await mark():
        # Only the end of the connection takes DATA back: a server asks for the mail until it has its dot.
        _drop(line)
        return Retry(NOT_MARKED)
    return await _say_mail(line, message, raw, patience)


async def _say_mail(line: SMTP, message: MailMessage, raw: bytes, patience: float) -> Outcome:
    """Say the mail and its final dot, and wait for the reply. A connection that ended while the mark was set took nothing of it."""
    protocol = line.protocol
    try:
        if protocol is None:
            return smtp_replies.LOST
        protocol.write(_with_dot(raw))
    except aiosmtplib.SMTPServerDisconnected:
        return smtp_replies.LOST
    try:
        reply = await protocol.read_response(timeout=patience)
    except (aiosmtplib.SMTPException, OSError):
        return Unknown(OutcomeCode.REPLY_LOST)
    if reply.code == aiosmtplib.SMTPStatus.completed:
        return Sent(message.message_id)
    return smtp_replies.refusal("final", aiosmtplib.SMTPResponseException(reply.code, reply.message), message)


def _with_dot(raw: bytes) -> bytes:
    """Return a mail as it goes over the line: CRLF, a second dot before each that begins a line, and the final one (RFC 5321, 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", raw)
    return re.sub(rb"(?m)^\.", b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"
