"""What an outcome makes of the row that was handed over: one table for all that leaves the house.

=========  ====================================================================  =====
outcome    the row                                                               mark
=========  ====================================================================  =====
`Sent`     is sent, also when a sweep called it unknown meanwhile                stays
`Unknown`  is unknown, and waits for a person                                    stays
`Refused`  is refused                                                            goes
`Retry`    waits longer each time; dead after the most tries, if there is a most  goes
`Halt`     waits a quarter of an hour, and that is no try: a person must mend it goes
=========  ====================================================================  =====

What would wait until it is too late to be decent expires instead.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import job_queue
from reviews.database.job_queue import Claimed, Queue
from reviews.handover.outcomes import NOT_MARKED, Halt, Outcome, Refused, Retry, Sent, Unknown

NOT_MARKED_PAUSE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OutcomeWrite:
    """What becomes of a claimed row. A `certain` one also ends what a sweep called unknown meanwhile; `unmark` when nothing has left.

    `blocked_by` names the list by which we were turned away, for the row's history.
    """

    claimed: Claimed
    state: str
    reason: str | None = None
    due_at: datetime | None = None
    tries: int | None = None
    certain: bool = False
    unmark: bool = False
    blocked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How a row waits: in which state, at which try, how many it has at most, and until when it may leave; `spread_by` lengthens its pauses."""

    tries: int
    waiting: str = "waiting"
    most: int | None = None
    until: datetime | None = None
    spread_by: uuid.UUID | None = None


def written(claimed: Claimed, outcome: Outcome, patience: Patience, *, now: datetime) -> OutcomeWrite:
    """Return what an outcome makes of a row."""
    match outcome:
        case Sent():
            return OutcomeWrite(claimed, "sent", certain=True)
        case Unknown(code):
            return OutcomeWrite(claimed, "unknown", code)
        case Refused(code):
            return OutcomeWrite(claimed, "refused", code, unmark=True)
        case Halt(code):
            return _again(claimed, code, now + job_queue.HALTED_PAUSE, patience)
        case Retry(code) if code == NOT_MARKED:
            return _again(claimed, code, now + NOT_MARKED_PAUSE, patience)
        case Retry(code, after, blocked_by):
            return replace(_tried(claimed, code, now + max(after or timedelta(), _pause(patience)), patience), blocked_by=blocked_by)


def _pause(patience: Patience) -> timedelta:
    pause = job_queue.pause_after(patience.tries)
    return job_queue.spread(pause, patience.spread_by) if patience.spread_by else pause


def _tried(claimed: Claimed, code: str, due_at: datetime, patience: Patience) -> OutcomeWrite:
    if patience.most is not None and patience.tries >= patience.most:
        return OutcomeWrite(claimed, "dead", code, tries=patience.tries, unmark=True)
    return _again(claimed, code, due_at, patience, tries=patience.tries)


def _again(claimed: Claimed, code: str, due_at: datetime, patience: Patience, *, tries: int | None = None) -> OutcomeWrite:
    if patience.until is not None and due_at > patience.until:
        return OutcomeWrite(claimed, "expired", code, tries=tries, unmark=True)
    return OutcomeWrite(claimed, patience.waiting, code, due_at=due_at, tries=tries, unmark=True)


async def settle(session: AsyncSession, queue: Queue, write: OutcomeWrite, **values: Any) -> bool:
    """Store what became of one row, with `values` of its own; False when the row is no longer ours and nothing was written."""
    due = {"due_at": write.due_at} if write.due_at else {}
    mark = {"marked_at": None} if write.unmark else {}
    # What waits again without a try has none the less raised the number by being claimed: as after `job_queue.unclaim` the next claim takes it anew.
    untried = {"attempt": write.claimed.attempt - 1} if write.state == queue.waiting and write.tries is None else {}
    changes = {"state": write.state, queue.reason: write.reason, **due, **mark, **untried, **values}
    return await job_queue.settle(session, queue, write.claimed, changes, certain=write.certain)
