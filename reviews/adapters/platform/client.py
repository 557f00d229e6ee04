"""Call klantenvertellen.nl: invite, read back, submit. One client for all branches; each call brings its location.

The token travels in a header and nowhere else. Redirects are never followed and TLS is always verified. Nothing is repeated here: the
outcome of a call is a value, and the flows decide. No connection is kept open between calls: a stale one would turn certain failures into
unknowns.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx2
import msgspec
import structlog

from reviews.adapters.http import open_client
from reviews.adapters.marked_body import NotGrantedError, UnansweredError, exchange
from reviews.adapters.platform import feed_json as feed
from reviews.adapters.platform import form_json as form
from reviews.adapters.platform.pace import NoPace, SharedPace, retry_after
from reviews.handover.outcomes import INVITED_RECENTLY, NOT_MARKED, PLATFORM_ERROR, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.reasons import OutcomeCode, SkipReason
from reviews.texts import addresses

log = structlog.get_logger("reviews.platform")

Failure = Refused | Retry | Halt
"""Why something could not be read. Reading changes nothing and may always be repeated, so there is no unknown."""

LARGEST_PAGE: Final = 250
_INVITE: Final = "/v1/invite/external"
REVIEWS: Final = "/v1/publication/review/external"
STATISTICS: Final = "/v1/publication/review/external/location/statistics"
REMOVED: Final = "/v1/publication/review/removed/latest"
_CODES: Final[dict[str, OutcomeCode | SkipReason]] = {
    "INVITATION_ALREADY_PLACED": INVITED_RECENTLY,
    "INVALID_PRODUCT_ID": OutcomeCode.INVALID_PRODUCT,
    "VALIDATION_ERROR": OutcomeCode.INVALID_REQUEST,
    "REQUIRED_FIELD": OutcomeCode.INVALID_REQUEST,
    "MAIL_BLACKLISTED": OutcomeCode.MAIL_BLACKLISTED,
}
# Redirects halt: the address in the settings is out of date, and a person must look where it leads.
_HALTS: Final = {
    301: OutcomeCode.PLATFORM_MOVED,
    307: OutcomeCode.PLATFORM_MOVED,
    308: OutcomeCode.PLATFORM_MOVED,
    401: OutcomeCode.TOKEN_REFUSED,
    403: OutcomeCode.FORBIDDEN,
    404: OutcomeCode.NOT_FOUND,
}
_DETAIL_LENGTH: Final = 200
# An end even for a platform that never sends a short page: 250,000 reviews.
_MOST_PAGES: Final = 1000


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A branch at the platform. The token shows in no repr."""

    location_id: str
    token: str
    tenant_id: int = 99

    def __repr__(self) -> str:
        """Name the location without its token."""
        return f"Location({self.location_id!r}, tenant {self.tenant_id})"


class Klantenvertellen:
    """The platform at one address. `pace` tells when a call with a token may be made."""

    def __init__(
        self,
        base_url: str,
        *,
        pace: SharedPace | NoPace,
        timeout: timedelta = timedelta(seconds=20),
        connect_timeout: timedelta = timedelta(seconds=10),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pace = pace
        self._patience = (timeout + connect_timeout).total_seconds()
        limits = httpx2.Timeout(timeout.total_seconds(), connect=connect_timeout.total_seconds())
        self._client = open_client(limits, root=base_url, tls=tls)

    async def close(self) -> None:
        """Let go of everything."""
        await self._client.aclose()

    async def invite(
        self,
        location: Location,
        email: str,
        *,
        first_name: str = "",
        last_name: str = "",
        language: str = "nl",
        city: str = "",
        ref_code: str,
        mark: Mark | None = None,
    ) -> Outcome:
        """Have the platform invite one person now; `ref_code` comes back on the review as `referenceCode`.

        `mark` is asked when the call's turn has come and the connection stands, just before the body. The delay is always 0: the platform
        knows no hour of the day and no cancel call, so the queue is ours. `Refused(INVITED_RECENTLY)` is the platform's 30-day rule; after an
        unknown attempt of our own it means that this attempt had succeeded.
        """
        # As in our own mail: a domain beyond ASCII leaves as its A-label.
        email = addresses.as_sent(email)
        named = {"first_name": first_name, "last_name": last_name, "city": city}
        body = {
            "location_id": location.location_id,
            "invite_email": email,
            "delay": 0,
            "language": language,
            "ref_code": ref_code,
            **{key: value for key, value in named.items() if value},
        }
        answer = await self._call(location, "POST", _INVITE, json=body, mark=mark)
        if isinstance(answer, httpx2.Response):
            return await self._settle(location, answer, email)
        return answer

    async def read_reviews(
        self, location: Location, *, updated_since: datetime | None = None, page: int = 0, limit: int = LARGEST_PAGE
    ) -> feed.ReviewPage | Failure:
        """Read one page, newest change first; pages count from 0, and `limit` is at most 250."""
        query = {
            "locationId": location.location_id,
            "tenantId": str(location.tenant_id),
            "limit": str(limit),
            "pageNumber": str(page),
            "orderBy": "UPDATE_DATE",
            "sortOrder": "DESC",
        }
        if updated_since is not None:
            query["updatedSince"] = _moment(updated_since)
        raw = await self._read(location, REVIEWS, query)
        return (feed.read_page(raw) or Retry(OutcomeCode.UNREADABLE_ANSWER)) if isinstance(raw, bytes) else raw

    async def read_all_reviews(
        self, location: Location, *, updated_since: datetime | None = None, limit: int = LARGEST_PAGE
    ) -> AsyncIterator[feed.ReviewPage | Failure]:
        """Yield page after page until a short one, or one without anything new, or a failure, which is yielded last."""
        seen: set[str] = set()
        for number in range(_MOST_PAGES):
            page = await self.read_reviews(location, updated_since=updated_since, page=number, limit=limit)
            yield page
            # `found` and not the readable ones: an unreadable review must not end the reading.
            if not isinstance(page, feed.ReviewPage) or page.found < limit:
                return
            # A review that changes meanwhile moves to the front and pushes others onto the next page: some come twice.
            fresh = {review.review_id for review in page.reviews} - seen
            if not fresh:
                return
            seen |= fresh

    async def read_removed(self, location: Location, *, updated_since: datetime) -> list[feed.RemovedReview] | Failure:
        """Read which reviews of this location were taken down since a moment; the platform lists those of other locations too."""
        raw = await self._read(location, REMOVED, {"updatedSince": _moment(updated_since)})
        if not isinstance(raw, bytes):
            return raw
        removed = feed.read_removed(raw)
        if removed is None:
            return Retry(OutcomeCode.UNREADABLE_ANSWER)
        # The tenant may be absent in the answer.
        return [one for one in removed if one.location_id == location.location_id and one.tenant_id in (None, location.tenant_id)]

    async def statistics(self, location: Location) -> feed.Statistics | Failure:
        """Read the averages of a location; also a way to try a token that changes nothing."""
        raw = await self._read(location, STATISTICS, {"locationId": location.location_id})
        return (feed.read_statistics(raw) or Retry(OutcomeCode.UNREADABLE_ANSWER)) if isinstance(raw, bytes) else raw

    async def questionnaire(self, location: Location, locale: str = "nl") -> form.Questionnaire | Failure:
        """Read what the location asks of a reviewer."""
        path = f"/v1/publication/question/{quote(location.location_id, safe='')}"
        raw = await self._read(location, path, {"locale": locale})
        return (form.read_questionnaire(raw) or Retry(OutcomeCode.UNREADABLE_ANSWER)) if isinstance(raw, bytes) else raw

    async def look(self, location: Location, path: str, query: Mapping[str, str]) -> httpx2.Response | None:
        """Read something and return the answer as it came, None when there was none; for whoever must see more of it than the flows."""
        answer = await self._call(location, "GET", path, params=query)
        if isinstance(answer, httpx2.Response):
            await self._settle(location, answer, "")  # a 429 holds back all that is called with this token
            return answer
        return None

    async def submit_review(
        self, location: Location, review: form.OwnReview, questionnaire: form.Questionnaire, *, mark: Mark | None = None
    ) -> Outcome:
        """Publish a review that was written on our form.

        There is no rule at the platform that would stop a second copy, so that a server error other than 503 is unknown here, not a retry.
        """
        data = form.fill_in(questionnaire, review)
        if isinstance(data, Refused):
            return data
        path = f"/v1/publication/review/{quote(location.location_id, safe='')}"
        answer = await self._call(location, "POST", path, files={"data": ("review.json", data, "application/json")}, mark=mark)
        if not isinstance(answer, httpx2.Response):
            return answer
        # 503 says that the platform did not take the call; behind any other 5xx the review may stand already.
        if answer.status_code >= 500 and answer.status_code != 503:
            return Unknown(OutcomeCode.PLATFORM_ERROR)
        return await self._settle(location, answer, addresses.as_sent(review.email))

    async def _read(self, location: Location, path: str, query: Mapping[str, str]) -> bytes | Failure:
        answer = await self._call(location, "GET", path, params=query)
        if isinstance(answer, httpx2.Response) and answer.status_code == 200:
            return answer.content
        outcome = await self._settle(location, answer, "") if isinstance(answer, httpx2.Response) else answer
        # Reading changes nothing: what would be unknown for an invitation is simply tried again.
        if isinstance(outcome, Unknown):
            return Retry(outcome.code)
        return Retry(OutcomeCode.UNREADABLE_ANSWER) if isinstance(outcome, Sent) else outcome

    async def _call(
        self,
        location: Location,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        mark: Mark | None = None,
    ) -> httpx2.Response | Retry | Unknown:
        """Wait for our turn and make the call; without an answer, say whether it is certain that the platform was asked for nothing."""
        wait, held = await self._pace.take(location.token)
        if held:
            return Retry(OutcomeCode.TOO_MANY_REQUESTS, held)
        # The moment is reserved, so this sleep holds neither a lock nor a transaction.
        await asyncio.sleep(wait.total_seconds())
        headers = {"X-Publication-Api-Token": location.token, "Accept": "application/json"}
        request = self._client.build_request(method, path, params=params, json=json, files=files, headers=headers)
        try:
            return await exchange(self._client, request, mark, seconds=self._patience)
        except NotGrantedError:
            return Retry(NOT_MARKED)
        except UnansweredError as lost:
            if not lost.begun:
                return Retry(OutcomeCode.PLATFORM_UNREACHABLE)
            return Unknown(OutcomeCode.PLATFORM_LINE_LOST if lost.in_time else OutcomeCode.PLATFORM_TIMEOUT)

    async def _settle(self, location: Location, answer: httpx2.Response, email: str) -> Outcome:
        """Classify the answer to a call that changes something, and hold further calls back if it asks for that."""
        if 200 <= answer.status_code < 300:
            # A 200 alone is no yes: a page of a proxy comes with 200 as well.
            accepted = answer.status_code == 200 and feed.mapping(feed.decode(answer.content)).get("code") == "OK"
            return Sent() if accepted else Unknown(OutcomeCode.ANSWER_UNCLEAR)
        after = retry_after(answer.headers.get("Retry-After"), answered_at=answer.headers.get("Date"))
        if answer.status_code == 429 and after is not None:
            await self._pace.hold_back(location.token, after)
        return _refusal(answer.status_code, *_cause(answer.content, email), after)


def _refusal(status: int, cause: Refused, named: str, after: timedelta | None) -> Outcome:
    """Classify an answer that is no success; the table in `outcomes` says why each is what it is."""
    if cause.code == INVITED_RECENTLY:
        return cause
    if status in _HALTS:
        return Halt(_HALTS[status])
    if status == 429:
        return Retry(OutcomeCode.TOO_MANY_REQUESTS, after)
    # Not for 504: a gateway gave up waiting, and the call may still be carried out behind it.
    if status == 408 or (status >= 500 and status != 504):
        return Retry(PLATFORM_ERROR, after)
    if status < 400 or status == 504:
        return Unknown(OutcomeCode.PLATFORM_TIMEOUT if status == 504 else OutcomeCode.ANSWER_UNCLEAR)
    if cause.code is OutcomeCode.PLATFORM_REFUSED:
        log.warning("platform_refused", status=status, their_code=named)
    return cause


def _cause(raw: bytes, email: str) -> tuple[Refused, str]:
    """Find the real cause of an error, which may be missing: our code and the platform's words without the address; and the platform's code."""
    first = next(feed.items(feed.mapping(feed.decode(raw)).get("detailedError"), "detailedError"), None)
    entry = feed.mapping(first)
    said = feed.text(entry.get("errorCode")) or ""
    named = said if re.fullmatch(r"[A-Za-z0-9_]{1,60}", said) else ""  # it goes into the log, where a line break would forge an entry
    # These words reach the desk and the log: control characters and the address must not.
    words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", feed.text(entry.get("message")) or "")
    if email:
        words = re.sub(re.escape(email), "…", words, flags=re.IGNORECASE)
    return Refused(_CODES.get(named, OutcomeCode.PLATFORM_REFUSED), words[:_DETAIL_LENGTH]), named


def _moment(at: datetime) -> str:
    # Written by hand: the platform wants three digits and a Z, isoformat() gives six and +00:00.
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
