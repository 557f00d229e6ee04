"""Decent hours: when an invitation may leave. Pure.

Local hours are made from a local date and an hour, never by adding days to a clock: a day of Europe/Amsterdam has 23, 24 or 25 hours.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from reviews.branches.country import Country, is_public_holiday
from reviews.branches.rules import Hour
from reviews.local import LOCAL


class Window(msgspec.Struct, frozen=True):
    """The hours of a day, the end excluded, and whether weekends and public holidays of the branch's country count."""

    start: Hour
    end: Hour
    working_days_only: bool
    country: Country = "NL"

    def next_moment(self, moment: datetime) -> datetime:
        """Return the first moment at or after `moment` that lies within the hours on a day that counts.

        An hour that doesn't exist in the night of March moves on to the first minute that does; one that exists twice in October is the first,
        unless `moment` lies between the two.
        """
        local = moment.astimezone(LOCAL)
        day = local.date()
        while True:
            if self._counts(day):
                opens, closes = _at(day, self.start), _at(day, self.end)
                found = max(moment, opens)
                # Only when the hours begin within the hour that October has twice: `opens` is the first of the two, this the second.
                if moment > opens and day == local.date() and local.time() < time.fromisoformat(self.start):
                    found = datetime.combine(day, time.fromisoformat(self.start), tzinfo=LOCAL).replace(fold=1).astimezone(UTC)
                if found < closes:
                    return found
            day += timedelta(days=1)

    def why_not(self, moment: datetime) -> Literal["hours", "weekend", "holiday"]:
        """Return what keeps an invitation from leaving at a moment; a day that does not count weighs more than the hours."""
        day = moment.astimezone(LOCAL).date()
        if moment >= _at(day, self.end):
            day += timedelta(days=1)
        if self._counts(day):
            return "hours"
        return "weekend" if day.weekday() >= 5 else "holiday"

    def _counts(self, day: date) -> bool:
        return not self.working_days_only or _is_working_day(self.country, day)


def later(moment: datetime, wait: timedelta) -> datetime:
    """Return the moment a while later: whole days keep the local hour, also over a night in which the clock changes; the rest is elapsed time."""
    days, rest = divmod(wait, timedelta(days=1))
    if not days:
        return moment + rest
    # Without zone and fold: days are added to what the clock shows, not to elapsed time.
    wall = moment.astimezone(LOCAL).replace(tzinfo=None, fold=0)
    return _of_wall(wall + timedelta(days=days)) + rest


def working_days_later(moment: datetime, days: int, country: Country) -> datetime:
    """Return the same local hour so many working days of a country later."""
    passed, day = 0, moment.astimezone(LOCAL).date()
    while days:
        day, passed = day + timedelta(days=1), passed + 1
        days -= _is_working_day(country, day)
    return later(moment, timedelta(days=passed))


@lru_cache(4096)
def _at(day: date, hour: Hour) -> datetime:
    if hour == "24:00":
        return _at(day + timedelta(days=1), "00:00")
    return _of_wall(datetime.combine(day, time.fromisoformat(hour)))


def _of_wall(wall: datetime) -> datetime:
    """Return when a local time is: in the gap of March the first minute after it, in the fold of October the first of the two."""
    # A local time that does not survive the way to UTC and back lies in the gap of March.
    while (moment := wall.replace(tzinfo=LOCAL).astimezone(UTC)).astimezone(LOCAL).replace(tzinfo=None, fold=0) != wall:
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return moment


@lru_cache(4096)
def _is_working_day(country: Country, day: date) -> bool:
    return day.weekday() < 5 and not is_public_holiday(country, day)
