"""Keep calls with one token apart, and hold them back for as long as the other side asked, in all processes together."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from sqlalchemy import Interval, bindparam, func, select, type_coerce
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import PlatformPace
from reviews.keys import digest

# A week: a Retry-After of a year, by mistake, must not silence a branch unnoticed.
_LONGEST_HOLD: Final = timedelta(days=7)


class NoPace:
    """Lets each call through at once: for one look at the platform, and for a stand-in that takes any speed."""

    async def take(self, token: str) -> tuple[timedelta, timedelta]:  # noqa: ARG002 - the shape of SharedPace
        """Return that nothing need be waited for."""
        return timedelta(0), timedelta(0)

    async def hold_back(self, token: str, duration: timedelta) -> None:
        """Hold nothing back: who calls once does not call again."""


class SharedPace:
    """The pace of all processes together, over restarts too: a row for each token says when its next call may be made, by the database's clock."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], gap: timedelta) -> None:
        self._maker = maker
        self._gap = gap

    async def take(self, token: str) -> tuple[timedelta, timedelta]:
        """Reserve a moment, and return how long to wait for it and how much longer nothing may pass at all; one of them is zero."""
        given = {"token": digest(token), "gap": self._gap}
        async with self._maker.begin() as session:
            # One statement reserves: a read before the write would give two processes the same moment.
            wait: timedelta | None = (await session.execute(_RESERVE, given)).scalar_one_or_none()
            held: timedelta | None = None if wait is not None else (await session.execute(_HELD, given)).scalar_one_or_none()
        return max(wait or timedelta(0), timedelta(0)), max(held or timedelta(0), timedelta(0))

    async def hold_back(self, token: str, duration: timedelta) -> None:
        """Let nothing through with this token for a while."""
        async with self._maker.begin() as session:
            await session.execute(_HOLD, {"token": digest(token), "duration": duration})


# The database's clock, so that all processes agree; now() would stand still at the start of the transaction.
_now = func.clock_timestamp()
_new = insert(PlatformPace)
_RESERVE = (
    _new.values(token_digest=bindparam("token"), free_at=_now + bindparam("gap", type_=Interval))
    .on_conflict_do_update(
        index_elements=["token_digest"],
        set_={"free_at": func.greatest(PlatformPace.free_at, _now) + bindparam("gap", type_=Interval)},
        # No row comes back while calls are held back; `_HELD` then says for how long.
        where=func.coalesce(PlatformPace.held_until, _now) <= _now,
    )
    # RETURNING sees the new row: the reserved moment is one gap before its `free_at`.
    .returning(type_coerce(PlatformPace.free_at - bindparam("gap", type_=Interval) - _now, Interval))
)
_HELD = select(type_coerce(PlatformPace.held_until - _now, Interval)).where(PlatformPace.token_digest == bindparam("token"))
_until = _now + bindparam("duration", type_=Interval)
_HOLD = _new.values(token_digest=bindparam("token"), free_at=_now, held_until=_until).on_conflict_do_update(
    index_elements=["token_digest"], set_={"held_until": func.greatest(func.coalesce(PlatformPace.held_until, _until), _until)}
)


def retry_after(value: str | None, *, answered_at: str | None) -> timedelta | None:
    """Read a Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is compared with the answer's own Date header; a week at most."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        # Cut to nine digits: timedelta overflows at larger numbers, and the limit of a week holds anyway.
        return min(timedelta(seconds=int(text[:9])), _LONGEST_HOLD)
    # Against the answer's own Date: the other side's clock may be off, and both dates are by the same one.
    until, since = _http_date(text), _http_date(answered_at or "")
    if until is None or since is None:
        return None
    return min(max(until - since, timedelta(0)), _LONGEST_HOLD)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date with the zone -0000 comes back without one.
    return found if found.tzinfo else None
