"""The one place where the machine's time is read, and where it is decided whether that is believed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells what time it is."""

    @property
    def trusted(self) -> bool:
        """Whether anything may be decided for good by this time: sent, expired, deleted."""
        ...

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The clock of the machine, believed as it is."""

    trusted = True

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one reader of the machine's time


def _steady() -> float:
    """Return seconds that no setting of the clock changes, and that go on while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class CheckedClock:
    """The clock of the machine for as long as it agrees with the database's, within `bound`.

    While they disagree nobody knows which of them lies. The time is then the last one that both agreed on, carried on by the seconds that have
    passed since; before they ever agreed it is the database's, by which all processes date their rows. A jump is seen at once, at the next look:
    the time goes on without it, and is not trusted until the database was asked.
    """

    def __init__(self, machine: Clock, bound: timedelta, *, steady: Callable[[], float] = _steady) -> None:
        self._machine, self._bound, self._steady = machine, bound, steady
        self._agrees = self._ever_agreed = False
        self._moment, self._at = machine.now(), steady()
        self.ahead = timedelta()
        """By how much the machine's clock was ahead of the database's when they were compared last."""

    @property
    def agrees(self) -> bool:
        """Whether both clocks agreed when they were compared last."""
        return self._agrees

    @property
    def trusted(self) -> bool:
        """Whether both clocks agreed when they were compared last, and ours has not jumped since."""
        return self._agrees and self._goes_on(self._machine.now())

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC: the machine's while it is trusted, else the one that was agreed on last."""
        wall = self._machine.now()
        return wall if self._agrees and self._goes_on(wall) else self._carried()

    def compare(self, theirs: datetime, *, took: float) -> None:
        """Note what the database's clock said just now; the answer took so many seconds, and is taken to be from their middle."""
        wall, late = self._machine.now(), timedelta(seconds=took / 2)
        self.ahead = wall - late - theirs
        # A slow answer proves nothing: what it may have been late by is allowed for.
        self._agrees = abs(self.ahead) - late <= self._bound
        self._ever_agreed = self._ever_agreed or self._agrees
        if self._agrees or not self._ever_agreed:
            self._moment, self._at = (wall if self._agrees else theirs + late), self._steady()

    def _goes_on(self, wall: datetime) -> bool:
        return abs(wall - self._carried()) <= self._bound

    def _carried(self) -> datetime:
        return self._moment + timedelta(seconds=self._steady() - self._at)
