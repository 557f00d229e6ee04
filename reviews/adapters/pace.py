"""Keep calls with one token apart, and hold them back for as long as the other side asked."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST_HOLD: Final = timedelta(days=7)


class Pace:
    """Reserves moments for calls. Moments are seconds of a clock that only goes forward, such as the event loop's."""

    def __init__(self, gap: timedelta) -> None:
        self._gap = gap.total_seconds()
        self._free_at: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    def reserve(self, token: str, at: float) -> float:
        """Take the next free moment for this token and return how many seconds away it is."""
        start = max(at, self._free_at.get(token, at))
        self._free_at[token] = start + self._gap
        return start - at

    def hold(self, token: str, at: float, duration: timedelta) -> None:
        """Let nothing through with this token for a while."""
        self._held_until[token] = max(self._held_until.get(token, at), at + duration.total_seconds())

    def held_for(self, token: str, at: float) -> timedelta:
        """Return how much longer nothing may pass with this token; zero when it may."""
        return timedelta(seconds=max(0.0, self._held_until.get(token, at) - at))


def retry_after(value: str | None, *, answered_at: str | None) -> timedelta | None:
    """Read a Retry-After of RFC 9110: seconds, or a date, which is compared with the answer's own Date header; a week at most."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_HOLD)
    until, since = _http_date(text), _http_date(answered_at or "")
    if until is None or since is None:
        return None
    return min(max(until - since, timedelta(0)), _LONGEST_HOLD)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
