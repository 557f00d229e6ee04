"""Ask the real platform what harms nobody: it reads, invites nobody, places nothing and answers nobody.

The calls are few and keep the pace of all others with the same token. What comes back is looked at (`probe_lines`) and not kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from reviews.adapters.platform import probe_lines
from reviews.adapters.platform.client import REMOVED, REVIEWS, STATISTICS, Klantenvertellen, Location
from reviews.adapters.platform.probe_lines import LARGEST, LINES, Asked, Judged, Line, Reply

_LATEST: Final = "/v1/publication/review/locations/latest"
_ENDING: Final = frozenset({401, 403, 429})
"""Answers after which asking on would be a nuisance, or useless."""

Query = tuple[str, str, dict[str, str]]
"""A question: its name, where it goes, and its query."""


async def ask(connector: Klantenvertellen, location: Location, *, publication: str, now: datetime) -> list[tuple[Line, Judged]]:
    """Ask all there is to ask, and return what is said of each line; after a token that is refused, or a 429, nothing more is asked."""
    replies: dict[str, Reply] = {}
    for name, path, query in _questions(location, now):
        answer = await connector.look(location, path, query)
        if answer is not None:
            replies[name] = Reply(answer.status_code, dict(answer.headers), answer.content)
        if answer is None or answer.status_code == 429 or (name == "statistics" and answer.status_code in _ENDING):
            break
    return [(line, probe_lines.judged(line, Asked(replies, publication))) for line in LINES]


def _questions(location: Location, now: datetime) -> Sequence[Query]:
    """Return the questions, the one that tries the token first."""
    mine = {"locationId": location.location_id, "tenantId": str(location.tenant_id)}
    newest = {**mine, "orderBy": "UPDATE_DATE", "sortOrder": "DESC"}
    return (
        ("statistics", STATISTICS, {"locationId": location.location_id}),
        ("first", REVIEWS, {**newest, "limit": "1", "pageNumber": "0"}),
        ("second", REVIEWS, {**newest, "limit": "1", "pageNumber": "1"}),
        ("many", REVIEWS, {**newest, "limit": str(LARGEST), "pageNumber": "0"}),
        ("future", REVIEWS, {**newest, "limit": "1", "pageNumber": "0", "updatedSince": _day(now + timedelta(days=1))}),
        ("reference", REVIEWS, {**newest, "limit": "1", "pageNumber": "0", "referenceCode": "dit-kenmerk-bestaat-niet"}),
        ("removed", REMOVED, {"updatedSince": _day(now - timedelta(days=30))}),
        ("question", f"/v1/publication/question/{quote(location.location_id, safe='')}", {"locale": "nl"}),
        # Last, because the platform may not like them: nobody's location, and what a partner may ask.
        ("unknown", STATISTICS, {"locationId": f"{location.location_id}-bestaat-niet"}),
        ("latest", _LATEST, {"dateSince": _day(now - timedelta(days=1))}),
    )


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
