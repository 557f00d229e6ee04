"""How a process that stays waits for a database that is away when it starts."""

import contextlib
import itertools
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable
from types import FrameType
from typing import Final, NoReturn, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from reviews.database import outage

T = TypeVar("T")
log: Final = structlog.get_logger("reviews.start")


def pauses() -> Iterable[float]:
    """Yield the seconds between two tries: 1, 2, 4 … and then 30 for ever."""
    return itertools.chain((1, 2, 4, 8, 16), itertools.repeat(30))


def until_there(look: Callable[[], T], *, wait: Callable[[float], object] = time.sleep) -> T:
    """Return what `look` finds in the database, and wait for a database that is away; each change of what is wrong is one line of the log.

    SIGTERM ends the process meanwhile, in order. Whatever waiting does not mend is raised: a login that is refused, an old schema.
    """
    said = ""
    with _ending_at_sigterm():
        for pause in pauses():
            try:
                found = look()
            except SQLAlchemyError as problem:
                if outage.is_refused(problem) or not outage.is_away(problem):
                    raise
                if said != (said := str(outage.told(problem))):
                    log.warning("waiting_for_database", said=said)
                wait(pause)
            else:
                if said:
                    log.info("database_is_there")
                return found
    raise AssertionError("the pauses never end")


@contextlib.contextmanager
def _ending_at_sigterm() -> Generator[None]:
    """Let SIGTERM unwind what is open and end with 0, instead of ending the process where it stands."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
