"""How far a source's clock is ahead of ours: noticed from its events, kept with the source, shown at the desk.

An event that happened later than now is evidence of a clock that is ahead, or of local time sent as UTC. An event of yesterday says nothing. A
`Date` header of the request (RFC 9110, 6.6.1) is a reading of the clock itself and says both: it shows at once that a clock was put right.
"""

import email.utils
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.invitations.intake import sources
from reviews.invitations.intake.sources import Caller, Skew

NOTEWORTHY = timedelta(seconds=5)
"""Less is the way over the wire and the whole seconds of a `Date` header."""

PLAUSIBLE = timedelta(hours=26)
"""More is a mistyped date and not a clock: time zones are 26 hours apart at most."""

_LOWERED_AFTER = timedelta(hours=1)
_FORGOTTEN_AFTER = timedelta(days=1)
_SAME_SECONDS, _SAME_MOMENT = 2, timedelta(minutes=15)


class SkewReading(msgspec.Struct, frozen=True):
    """How far ahead of ours a clock seems; `certain` when the clock itself was read, so that a small figure counts too."""

    ahead: timedelta = timedelta(0)
    certain: bool = False


def read(moments: Iterable[object], date_header: str | None, *, now: datetime) -> SkewReading:
    """Return what a request says of its sender's clock: the times of its events as they were sent, and its `Date` header if it has one."""
    # Only what lies ahead can be evidence; an event of the past says nothing of a clock.
    seen = [moment - now for moment in map(_moment, moments) if moment and moment - now <= PLAUSIBLE]
    told = _date(date_header)
    if told and abs(told - now) <= PLAUSIBLE:
        return SkewReading(told - now, certain=True)
    return SkewReading(max(seen, default=timedelta(0)))


def worst(readings: Iterable[SkewReading]) -> SkewReading:
    """Return the one that counts of several readings of one clock: the clock itself before what its events say, then the largest."""
    return max(readings, key=_weight)


def _weight(reading: SkewReading) -> tuple[bool, timedelta]:
    return reading.certain, reading.ahead


def _moment(sent: object) -> datetime | None:
    try:
        moment = msgspec.convert(sent, datetime)
    except msgspec.ValidationError:
        return None
    # Without an offset it is refused as an event, and is no reading of a clock.
    return moment if moment.tzinfo else None


def _date(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def settled(before: Skew | None, reading: SkewReading, *, now: datetime) -> Skew | None:
    """Return what counts as a source's skew from now on, None for a clock that seems right.

    The largest of the last hour stands. It is forgotten when the clock itself reads right, or when nothing was seen for a day.
    """
    age = now - before.seen_at if before else timedelta.max
    if reading.ahead >= NOTEWORTHY:
        seen = Skew(round(reading.ahead.total_seconds()), now)
        stands = before is not None and before.seconds > seen.seconds and not reading.certain and age <= _LOWERED_AFTER
        return before if stands else seen
    return None if reading.certain or age > _FORGOTTEN_AFTER else before


async def note(session: AsyncSession, caller: Caller, reading: SkewReading, *, now: datetime) -> None:
    """Keep with a source what its clock reads; mostly there is nothing new to write."""
    after = settled(caller.skew, reading, now=now)
    if _same(caller.skew, after):
        return
    values = {"skew_seconds": after.seconds if after else None, "skew_at": after.seen_at if after else None}
    await sources.note(session, [caller.source_id], values)


def _same(before: Skew | None, after: Skew | None) -> bool:
    if before is None or after is None:
        return before is after
    return abs(before.seconds - after.seconds) <= _SAME_SECONDS and after.seen_at - before.seen_at < _SAME_MOMENT
