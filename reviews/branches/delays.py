"""How long an invitation waits: as people write it, as it is stored and as it is put in words. Pure.

One value has one spelling: `10`, `"10d"` and `"240h"` are kept as 10.0 days, so that another spelling is no change of rules.
"""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

Unit = Literal["minutes", "hours", "days", "weeks"]
LONGEST_DAYS = 365

Delay = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_DAYS)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}[mhdw]$")]
"""A delay as a branch's file gives it: a number of days, parts included, or a whole number of minutes, hours, days or weeks: "30m"."""

_MINUTES: dict[str, int] = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_DAY = 24 * 60
_WORDS: dict[Unit, tuple[str, str]] = {
    "minutes": ("minuut", "minuten"),
    "hours": ("uur", "uur"),
    "days": ("dag", "dagen"),
    "weeks": ("week", "weken"),
}


def in_days(delay: float | str) -> float:
    """Return a delay in days, to the minute."""
    # By whole minutes, so that a value has one float, however it was written.
    minutes = int(delay[:-1]) * _MINUTES[delay[-1]] if isinstance(delay, str) else round(delay * _DAY)
    return minutes / _DAY


def of_days(days: float) -> timedelta:
    """Return a kept delay as a duration."""
    return timedelta(minutes=round(days * _DAY))


def as_written(days: float) -> float | str:
    """Return a kept delay as a file says it: whole days as a number, anything else in the largest unit that fits."""
    count, unit = measured(days)
    return f"{count}{unit[0]}" if unit in {"minutes", "hours"} and count else days


def measured(days: float) -> tuple[int, Unit]:
    """Return a delay as a count of the largest unit that makes it whole; weeks only from two on, as people count."""
    minutes = round(days * _DAY)
    if minutes % 60:
        return minutes, "minutes"
    if minutes % _DAY:
        return minutes // 60, "hours"
    whole = minutes // _DAY
    return (whole // 7, "weeks") if whole >= 14 and whole % 7 == 0 else (whole, "days")


def in_words(days: float) -> str:
    """Return a delay in Dutch: 30 minuten, 10 dagen, 2 weken."""
    count, unit = measured(days)
    return f"{count} {_WORDS[unit][count != 1]}"
