"""How long things are kept, as the moments before which they are due for deletion. Pure.

Art. 5(1)(e) GDPR: no longer than the purpose needs. What is of the very moment of a limit is kept until the next pass.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ORPHANS_AFTER: Final = timedelta(hours=1)
"""Bytes are stored before their row; an hour later there is a row, or there will be none."""

COUNTERS_AFTER: Final = timedelta(days=2)
"""The longest window in which tries are counted is a day; its counter is of use until the window is over."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The moments before which counters of tries, files without a row and claims whose address nobody confirmed are kept no more."""

    counters: datetime
    orphans: datetime
    unconfirmed: datetime


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """The moments before which copies of mails are kept no more: those that were settled, and those that nobody looked at."""

    settled: datetime
    unseen: datetime


def limits(now: datetime, *, unconfirmed_days: int) -> Limits:
    """Return the limits for what customers and visitors left, as of now."""
    return Limits(counters=now - COUNTERS_AFTER, orphans=now - ORPHANS_AFTER, unconfirmed=now - timedelta(days=unconfirmed_days))


def copy_limits(now: datetime, *, days: int, unseen_days: int) -> CopyLimits:
    """Return the limits for the copies of mails, as of now."""
    return CopyLimits(settled=now - timedelta(days=days), unseen=now - timedelta(days=unseen_days))
