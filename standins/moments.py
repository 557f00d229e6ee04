"""The stand-ins' own clock, which can be put forward so that rules measured in days can be tried."""

from datetime import UTC, datetime, timedelta


class Moments:
    """Returns the time plus the days by which it was put forward."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """Return the stand-in's present moment, aware and in UTC."""
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - a program of its own has a clock of its own

    def advance(self, days: float) -> None:
        """Put the clock forward; it never goes back."""
        self.ahead += timedelta(days=max(days, 0))
