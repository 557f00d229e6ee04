"""Hand mails to SendGrid (API v3): as over SMTP, one durable mark before each, and outcomes that distinguish sent, not sent and unknown.

SendGrid knows no idempotency key: what may have been taken is unknown and never repeated here. Its own later events settle that.

====================================================================  =========
SendGrid                                                              outcome
====================================================================  =========
202                                                                   `Sent`
cannot be reached                                                     `Retry`
429 (no sooner than Retry-After or X-RateLimit-Reset), 408, 425, 503  `Retry`
an invalid certificate                                                `Halt`
401, 403, 404, 405, or moved                                          `Halt`
400, 413 and any other 4xx                                            `Refused`
500, 502, 504 and any other 5xx: it may have been queued              `Unknown`
anything that fails before the body of our call                       `Retry`
no answer in time, a lost connection, half an answer after it         `Unknown`
200 (its sandbox, or a page from another server), another 2xx         `Unknown`
====================================================================  =========

The key travels in a header and nowhere else; redirects are never followed; a connection is not kept open, for a stale one would turn certain
failures into unknowns. Nothing about a person is sent in `custom_args`, which SendGrid keeps for good. Our Message-ID is passed on; SendGrid writes
Date and the envelope's sender itself, so that bounces come back as its events.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import msgspec

from reviews.adapters.http import open_client
from reviews.adapters.mail.message import UnsafeHeaderError, guard
from reviews.adapters.marked_body import NotGrantedError, UnansweredError, exchange
from reviews.adapters.platform.pace import retry_after
from reviews.handover.outcomes import NOT_MARKED, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.feedback.sendgrid_events import REFERENCE
from reviews.invitations.sending.mail_message import MailMessage
from reviews.reasons import OutcomeCode

_SEND: Final = "/v3/mail/send"
_SCOPES: Final = "/v3/scopes"
_MAY_SEND: Final = "mail.send"
_HALTS: Final = {401: OutcomeCode.KEY_REFUSED, 403: OutcomeCode.SENDER_FORBIDDEN, 404: OutcomeCode.SENDGRID_MOVED, 405: OutcomeCode.SENDGRID_MOVED}
# Of the 5xx only 503 says that nothing was taken; the others may come after the mail was queued.
_UNTAKEN: Final = {
    408: OutcomeCode.REQUEST_TIMEOUT,
    425: OutcomeCode.TOO_EARLY,
    429: OutcomeCode.TOO_MANY_REQUESTS,
    503: OutcomeCode.SENDGRID_UNAVAILABLE,
}
_DETAIL_LENGTH: Final = 200
# Shorter than the whole: what fails while connecting is certain not to be sent, so it should fail there.
_CONNECT_SECONDS: Final = 10.0
_SEPARATORS: Final = re.compile(r"[,;\"]")


class SendGridTransport:
    """SendGrid at one address. `timeout` is for the whole of one call; `opens` adds a picture by which an opening may show: off by default."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: timedelta = timedelta(seconds=30),
        connections: int = 4,
        opens: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._key = key
        self._patience = timeout.total_seconds()
        self._opens = opens
        self._slots = asyncio.Semaphore(connections)
        self._held_until = 0.0
        limits = httpx2.Timeout(self._patience, connect=min(_CONNECT_SECONDS, self._patience / 2))
        self._client = open_client(limits, root=base_url, tls=tls)

    async def close(self) -> None:
        """Let go of everything."""
        await self._client.aclose()

    async def send(self, message: MailMessage, *, mark: Mark) -> Outcome:
        """Send one mail, awaiting `mark` just before the body of the call; the table above says what the answer means.

        When the mark is not granted nothing was sent, and the outcome is `Retry(NOT_MARKED)`.
        """
        try:
            guard(message)
        except UnsafeHeaderError as problem:
            return Refused(OutcomeCode.UNSAFE_HEADER, problem.field)
        body = msgspec.json.encode(_body(message, opens=self._opens))
        async with self._slots:
            # Asked before the mark: what must wait anyway should not be marked, since a mark rules out a silent retry.
            held = self._held_until - _ticks()
            if held > 0:
                return Retry(OutcomeCode.TOO_MANY_REQUESTS, timedelta(seconds=held))
            answer = await self._call("POST", _SEND, body, mark)
        return self._settle(answer, message) if isinstance(answer, httpx2.Response) else answer

    async def probe(self) -> Outcome:
        """Ask what the key may do, without sending anything: `Sent` when it may send."""
        answer = await self._call("GET", _SCOPES)
        if not isinstance(answer, httpx2.Response):
            return answer
        if answer.status_code != 200:
            return _refusal(answer, None, "")
        try:
            scopes = msgspec.json.decode(answer.content, type=_Scopes).scopes
        except msgspec.DecodeError:
            return Unknown(OutcomeCode.ANSWER_UNCLEAR)
        return Sent() if _MAY_SEND in scopes else Halt(OutcomeCode.KEY_MAY_NOT_SEND)

    async def _call(self, method: str, path: str, content: bytes | None = None, mark: Mark | None = None) -> httpx2.Response | Outcome:
        """Make one call; without an answer, say whether SendGrid certainly was asked for nothing: its body had not begun."""
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"} | ({"Content-Type": "application/json"} if content else {})
        request = self._client.build_request(method, path, content=content, headers=headers)
        try:
            return await exchange(self._client, request, mark, seconds=self._patience)
        except NotGrantedError:
            return Retry(NOT_MARKED)
        except UnansweredError as lost:
            if lost.begun:
                return Unknown(OutcomeCode.REPLY_LOST if lost.in_time else OutcomeCode.SENDGRID_TIMEOUT)
            return Halt(OutcomeCode.CERTIFICATE_INVALID) if _is_about_certificate(lost) else Retry(OutcomeCode.SENDGRID_UNREACHABLE)

    def _settle(self, answer: httpx2.Response, message: MailMessage) -> Outcome:
        if answer.status_code == 202:
            return Sent(answer.headers.get("X-Message-Id") or message.message_id)
        after = _pause(answer.headers)
        if answer.status_code == 429 and after:
            self._held_until = max(self._held_until, _ticks() + after.total_seconds())
        return _refusal(answer, after, message.to_address)


class _Scopes(msgspec.Struct):
    scopes: list[str]


def _body(message: MailMessage, *, opens: bool) -> dict[str, Any]:
    """Return a mail as SendGrid wants it, with each kind of tracking switched off by name, since an account may have it on."""
    content = [{"type": "text/plain", "value": _sayable(message.text)}]
    if message.html is not None:
        content.append({"type": "text/html", "value": _sayable(message.html)})
    person: dict[str, Any] = {"to": [_mailbox(message.to_name, message.to_address)]}
    if message.reference:
        # Only the reference: SendGrid keeps custom_args for good.
        person["custom_args"] = {REFERENCE: message.reference}
    body: dict[str, Any] = {
        "personalizations": [person],
        "from": _mailbox(message.from_name, message.from_address),
        "subject": message.subject,
        "content": content,
        "headers": _headers(message),
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": opens},
            # Switched on, SendGrid would replace our List-Unsubscribe by its own.
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    return body | ({"reply_to": {"email": message.reply_to}} if message.reply_to else {})


def _sayable(text: str) -> str:
    """Drop what neither JSON nor a mail may hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _mailbox(name: str | None, address: str) -> dict[str, str]:
    """Return an address with its name; a comma, a semicolon or a quote would make SendGrid see two people."""
    plain = " ".join(_SEPARATORS.sub(" ", name or "").split())
    return {"email": address, "name": plain} if plain else {"email": address}


def _headers(message: MailMessage) -> dict[str, str]:
    """Return the headers that SendGrid lets us write; the addresses, the subject and the date are its own to write."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if message.list_id:
        headers["List-ID"] = f"<{message.list_id}>"
    if message.list_unsubscribe:
        headers["List-Unsubscribe"] = ", ".join(f"<{address}>" for address in message.list_unsubscribe)
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message.feedback_id:
        headers["Feedback-ID"] = message.feedback_id
    return headers


def _refusal(answer: httpx2.Response, after: timedelta | None, address: str) -> Outcome:
    """Classify an answer that is no success; the table says why each is what it is."""
    status = answer.status_code
    if status in _HALTS or 300 <= status < 400:
        return Halt(_HALTS.get(status, OutcomeCode.SENDGRID_MOVED))
    if status in _UNTAKEN:
        return Retry(_UNTAKEN[status], after)
    if 400 <= status < 500:
        return Refused(OutcomeCode.MESSAGE_REFUSED, _detail(answer, address))
    return Unknown(OutcomeCode.SENDGRID_ERROR if status >= 500 else OutcomeCode.ANSWER_UNCLEAR)


def _pause(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long SendGrid wants us to wait: Retry-After, else X-RateLimit-Reset, a Unix time held against the answer's own Date."""
    reset = headers.get("X-RateLimit-Reset", "")
    # Written as an HTTP date so that one reader compares both kinds with the answer's own Date: clocks differ.
    until = f"{datetime.fromtimestamp(int(reset), UTC):%a, %d %b %Y %H:%M:%S GMT}" if re.fullmatch(r"[0-9]{9,10}", reset) else None
    return retry_after(headers.get("Retry-After") or until, answered_at=headers.get("Date"))


def _detail(answer: httpx2.Response, address: str) -> str:
    """Return SendGrid's words for people at the desk: on one line, shortened, without the address."""
    words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", f"{answer.status_code} {answer.text}")
    return (re.sub(re.escape(address), "…", words, flags=re.IGNORECASE) if address else words)[:_DETAIL_LENGTH]


def _is_about_certificate(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return True
        # httpx wraps the TLS error; the certificate shows only down the chain.
        problem = problem.__cause__ or problem.__context__
    return False


def _ticks() -> float:
    return asyncio.get_running_loop().time()
