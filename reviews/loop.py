"""The background process: run loops over all that is due, until a signal stops it.

An error in a loop is logged and the loop goes on after a pause: the rows that it had claimed wait for their lease to run out and are swept.
`worker` puts the loops together.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger("reviews.worker")

Work = Callable[[], Awaitable[int]]

_ERROR_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work: `step` does what is due and returns how much that was; `pause` in seconds follows a step with nothing to do.

    `stop` is called when the process must stop: the step finishes what it has begun and leaves the rest.
    """

    name: str
    step: Work
    pause: float
    stop: Callable[[], None] | None = None


async def run_once(rounds: list[Loop]) -> int:
    """Do all that is due now, then stop; return how much that was."""
    total = 0
    # A list: every loop has its turn each time. One loop's work can make another's due, hence the repetition.
    while done := sum([await one.step() for one in rounds]):
        total += done
    return total


async def run(rounds: list[Loop], *, stop_seconds: int) -> None:
    """Do what is due until SIGTERM or SIGINT; then finish what has begun, within `stop_seconds` or until a second signal."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_keep_doing(one, stop), name=one.name) for one in rounds]

    def told_to_stop() -> None:
        if stop.is_set():
            for task in tasks:
                task.cancel()
        stop.set()
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


async def _keep_doing(one: Loop, stop: asyncio.Event) -> None:
    while not stop.is_set():
        pause = one.pause
        try:
            if await one.step():
                continue
        except Exception as problem:  # noqa: BLE001 - the one broad except: a loop must not end because one job failed
            log.error("round_failed", round=one.name, kind=type(problem).__qualname__, where=_where(problem))  # noqa: TRY400 - words may quote a person
            pause = _ERROR_PAUSE
        # Waits for the stop with a time limit and does not sleep: a stop must not wait for the pause.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


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
