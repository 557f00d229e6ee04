"""Call klantenvertellen.nl: invite, read back, submit. One client for all branches; each call brings its location.

The token travels in a header and nowhere else. Redirects are never followed and TLS is always verified. Nothing is repeated here: what came of
a call is a value, and the flows decide. A line is not kept open between calls, for a stale one would turn certain failures into unknowns.
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

from reviews.adapters.platform import feed_json as feed
from reviews.adapters.platform import form_json as form
from reviews.adapters.platform.pace import LocalPace, Pacing, retry_after
from reviews.handover.driver import Mark
from reviews.handover.outcomes import INVITED_RECENTLY, NOT_MARKED, PLATFORM_ERROR, Halt, Outcome, Refused, Retry, Sent, Unknown

Failure = Refused | Retry | Halt
"""Why something could not be read. Reading changes nothing, so that there is no unknown: it may always be repeated."""

LARGEST_PAGE: Final = 250
_INVITE: Final = "/v1/invite/external"
_REVIEWS: Final = "/v1/publication/review/external"
_STATISTICS: Final = "/v1/publication/review/external/location/statistics"
_REMOVED: Final = "/v1/publication/review/removed/latest"
_CODES: Final = {
    "INVITATION_ALREADY_PLACED": INVITED_RECENTLY,
    "INVALID_PRODUCT_ID": "invalid_product",
    "VALIDATION_ERROR": "invalid_request",
    "REQUIRED_FIELD": "invalid_request",
}
_HALTS: Final = {301: "platform_moved", 307: "platform_moved", 308: "platform_moved", 401: "token_refused", 403: "forbidden", 404: "not_found"}
_DETAIL_LENGTH: Final = 200
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
    """The platform at one address. `pace` is the least time between two calls with one token, from this process or from whoever shares it."""

    def __init__(
        self,
        base_url: str,
        *,
        pace: timedelta | Pacing = timedelta(seconds=1),
        timeout: timedelta = timedelta(seconds=20),
        connect_timeout: timedelta = timedelta(seconds=10),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pace: Pacing = LocalPace(pace) if isinstance(pace, timedelta) else pace
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            timeout=httpx2.Timeout(timeout.total_seconds(), connect=connect_timeout.total_seconds()),
            follow_redirects=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
            verify=tls or True,
            trust_env=False,
        )

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

        `mark` is asked when the call's turn has come. The delay is always 0: the platform knows no hour and no cancelling, so the queue is
        ours. `Refused(INVITED_RECENTLY)` is the platform's 30-day rule; after an unknown attempt of our own it means that this had succeeded.
        """
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
        raw = await self._read(location, _REVIEWS, query)
        return (feed.read_page(raw) or Retry("unreadable_answer")) if isinstance(raw, bytes) else raw

    async def read_all_reviews(
        self, location: Location, *, updated_since: datetime | None = None, limit: int = LARGEST_PAGE
    ) -> AsyncIterator[feed.ReviewPage | Failure]:
        """Yield page after page until a short one, or one without anything new, or a failure, which is yielded last."""
        seen: set[str] = set()
        for number in range(_MOST_PAGES):
            page = await self.read_reviews(location, updated_since=updated_since, page=number, limit=limit)
            yield page
            if not isinstance(page, feed.ReviewPage) or page.found < limit:
                return
            fresh = {review.review_id for review in page.reviews} - seen
            if not fresh:
                return
            seen |= fresh

    async def read_removed(self, location: Location, *, updated_since: datetime) -> list[feed.RemovedReview] | Failure:
        """Read which reviews of this location were taken down since a moment; the platform lists other people's too."""
        raw = await self._read(location, _REMOVED, {"updatedSince": _moment(updated_since)})
        if not isinstance(raw, bytes):
            return raw
        removed = feed.read_removed(raw)
        if removed is None:
            return Retry("unreadable_answer")
        return [one for one in removed if one.location_id == location.location_id and one.tenant_id in (None, location.tenant_id)]

    async def statistics(self, location: Location) -> feed.Statistics | Failure:
        """Read the averages of a location; also the harmless way to try a token."""
        raw = await self._read(location, _STATISTICS, {"locationId": location.location_id})
        return (feed.read_statistics(raw) or Retry("unreadable_answer")) if isinstance(raw, bytes) else raw

    async def questionnaire(self, location: Location, locale: str = "nl") -> form.Questionnaire | Failure:
        """Read what the location asks of a reviewer."""
        path = f"/v1/publication/question/{quote(location.location_id, safe='')}"
        raw = await self._read(location, path, {"locale": locale})
        return (form.read_questionnaire(raw) or Retry("unreadable_answer")) if isinstance(raw, bytes) else raw

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
        if answer.status_code >= 500 and answer.status_code != 503:
            return Unknown("platform_error")
        return await self._settle(location, answer, review.email)

    async def _read(self, location: Location, path: str, query: Mapping[str, str]) -> bytes | Failure:
        answer = await self._call(location, "GET", path, params=query)
        if isinstance(answer, httpx2.Response) and answer.status_code == 200:
            return answer.content
        outcome = await self._settle(location, answer, "") if isinstance(answer, httpx2.Response) else answer
        if isinstance(outcome, Unknown):
            return Retry(outcome.code)
        return Retry("unreadable_answer") if isinstance(outcome, Sent) else outcome

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
        """Wait for our turn and make the call; without an answer, say whether it certainly was not made."""
        wait, held = await self._pace.take(location.token)
        if held:
            return Retry("too_many_requests", held)
        await asyncio.sleep(wait.total_seconds())
        if mark is not None and not await mark():
            return Retry(NOT_MARKED)
        headers = {"X-Publication-Api-Token": location.token, "Accept": "application/json"}
        try:
            return await self._client.request(method, path, params=params, json=json, files=files, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return Retry("platform_unreachable")
        except httpx2.TimeoutException:
            return Unknown("platform_timeout")
        except httpx2.RequestError:
            return Unknown("platform_line_lost")

    async def _settle(self, location: Location, answer: httpx2.Response, email: str) -> Outcome:
        """Read an answer to a call that changes something, and hold further calls back if it asks for that."""
        if 200 <= answer.status_code < 300:
            accepted = answer.status_code == 200 and feed.mapping(feed.decode(answer.content)).get("code") == "OK"
            return Sent() if accepted else Unknown("answer_unclear")
        after = retry_after(answer.headers.get("Retry-After"), answered_at=answer.headers.get("Date"))
        if answer.status_code == 429 and after is not None:
            await self._pace.hold_back(location.token, after)
        return _refusal(answer.status_code, _cause(answer.content, email), after)


def _refusal(status: int, cause: Refused, after: timedelta | None) -> Outcome:
    """Classify an answer that is no success; the table in `outcomes` says why each is what it is."""
    if cause.code == INVITED_RECENTLY:
        return cause
    if status in _HALTS:
        return Halt(_HALTS[status])
    if status == 429:
        return Retry("too_many_requests", after)
    if status == 408 or (status >= 500 and status != 504):
        return Retry(PLATFORM_ERROR, after)
    if status < 400 or status == 504:
        return Unknown("platform_timeout" if status == 504 else "answer_unclear")
    return cause if cause.code else Refused(f"http_{status}", cause.detail)


def _cause(raw: bytes, email: str) -> Refused:
    """Find the real cause of an error, which may be missing: our code for it or none, and the platform's words without the address."""
    first = next(feed.items(feed.mapping(feed.decode(raw)).get("detailedError"), "detailedError"), None)
    entry = feed.mapping(first)
    named = feed.text(entry.get("errorCode")) or ""
    code = _CODES.get(named) or (named.lower() if re.fullmatch(r"[A-Za-z0-9_]{1,60}", named) else "")
    words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", feed.text(entry.get("message")) or "")
    if email:
        words = re.sub(re.escape(email), "…", words, flags=re.IGNORECASE)
    return Refused(code, words[:_DETAIL_LENGTH])


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
