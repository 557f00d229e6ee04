"""A channel with a memory, for tests of the dispatcher."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from reviews.clock import SystemClock
from reviews.handover.outcomes import NOT_MARKED, Mark, Outcome, Retry, Sent
from reviews.invitations.sending.preflight import InvitationParcel


class RecordingChannel:
    """Keeps what was handed over, and answers what it was told to answer, then `Sent`."""

    def __init__(
        self,
        *outcomes: Outcome,
        before_mark: Callable[[], Awaitable[object]] | None = None,
        after_mark: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self.outcomes = list(outcomes)
        self.handed_over: list[InvitationParcel] = []
        self.refused_marks = 0
        self._before_mark = before_mark
        self._after_mark = after_mark

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        if self._before_mark:
            await self._before_mark()
        if not await mark():
            self.refused_marks += 1
            return Retry(NOT_MARKED)
        if self._after_mark:
            await self._after_mark()
        self.handed_over.append(parcel)
        return self.outcomes.pop(0) if self.outcomes else Sent()


class PausedClock:
    """A clock that stands still until it is moved."""

    trusted = True

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class SetWrong:
    """The real clock of the machine, set ahead by so much."""

    trusted = True

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead
