"""The background process: run loops over all that is due, until a signal stops it.

Most loops sleep until they are woken: one question to the database, each `poll` seconds, says which of them have something to do. So a night in
which nothing is due costs one statement a second, however many loops there are (docs/decisions/0033).

An error in a loop is logged and the loop goes on after a pause: the rows that it had claimed wait for their lease to run out and are swept.
`worker` puts the loops together.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import ColumnElement

log = structlog.get_logger("reviews.worker")

Work = Callable[[], Awaitable[int]]
Ask = Callable[[], Awaitable[Iterable[str]]]

_ERROR_PAUSE = 5.0
_UNASKED_PAUSE = 60.0
"""Seconds after which a loop looks for itself: one part of the question that can't be answered must not keep all loops asleep."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work: `step` does what is due and returns how much that was; it is repeated until nothing is left.

    `when` it begins again is a question to the database (`reviews.database.due`), but at the latest after a minute, or a pause in seconds. `stop`
    is called when the process must stop: the step finishes what it has begun and leaves the rest.
    """

    name: str
    step: Work
    when: ColumnElement[bool] | float
    stop: Callable[[], None] | None = None


async def run_once(rounds: list[Loop]) -> int:
    """Do all that is due now, then stop; return how much that was."""
    total = 0
    # A list: every loop has its turn each time. One loop's work can make another's due, hence the repetition.
    while done := sum([await one.step() for one in rounds]):
        total += done
    return total


async def run(rounds: list[Loop], ask: Ask, *, poll: float, stop_seconds: int) -> None:
    """Do what is due until SIGTERM or SIGINT; then finish what has begun, within `stop_seconds` or until a second signal.

    `ask` returns the names of the loops that have something to do.
    """
    stop = asyncio.Event()
    wakes = {one.name: asyncio.Event() for one in rounds}
    asking = Loop("due", partial(_wake_due, ask, wakes), poll)
    wakes[asking.name] = asyncio.Event()
    tasks = [asyncio.create_task(keep_doing(one, wakes[one.name], stop), name=one.name) for one in (*rounds, asking)]

    def told_to_stop() -> None:
        if stop.is_set():
            for task in tasks:
                task.cancel()
        stop.set()
        for wake in wakes.values():
            wake.set()
        for one in rounds:
            if one.stop:
                one.stop()

    loop = asyncio.get_running_loop()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signalled, told_to_stop)
    log.info("worker_ready", rounds=len(rounds))
    await stop.wait()
    _, pending = await asyncio.wait(tasks, timeout=stop_seconds)
    for task in pending:
        task.cancel()
    # Cancelled tasks are awaited, so that what they opened is closed before the engine goes.
    await asyncio.gather(*tasks, return_exceptions=True)
    log.info("worker_stopped", cut_off=len(pending))


async def _wake_due(ask: Ask, wakes: Mapping[str, asyncio.Event]) -> int:
    """Wake the loops that have something to do; always 0, so that a pause follows. One that is at work looks once more when it is done."""
    for name in await ask():
        wakes[name].set()
    return 0


async def keep_doing(one: Loop, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Do what is due of one loop, and again whenever it wakes, until it must stop."""
    while not stop.is_set():
        # Before the step: what falls due while it runs must not be forgotten.
        wake.clear()
        try:
            if await one.step():
                continue
        except Exception as problem:  # noqa: BLE001 - the one broad except: a loop must not end because one job failed
            log.error("round_failed", round=one.name, kind=type(problem).__qualname__, where=_where(problem))  # noqa: TRY400 - words may quote a person
            # Not `wake`: what failed is still due, and would be tried again each second.
            await _either(stop, _ERROR_PAUSE)
            continue
        await _either(wake, one.when if isinstance(one.when, int | float) else _UNASKED_PAUSE)


async def _either(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for an event, so many seconds at most; a stop sets each event, so that it waits for no pause."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _where(problem: BaseException) -> str:
    """Return the last line of our own that an error came through; its message is left out, since it may quote a person."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    trace, place = problem.__traceback__, ""
    while trace:
        code = trace.tb_frame.f_code
        if "/reviews/" in code.co_filename:
            place = f"{type(problem).__qualname__} {code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return place
