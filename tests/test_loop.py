"""The background process sleeps until something is due, and wakes the loop that has to do it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable

from sqlalchemy import true

from reviews import loop
from reviews.loop import Loop


class Work:
    """Work with a memory: each step takes what it was given, and `after` is done when a step was taken."""

    def __init__(self, *given: int, after: Callable[[int], None] = lambda _: None) -> None:
        self.given, self.after, self.steps = list(given), after, 0

    async def step(self) -> int:
        self.steps += 1
        self.after(self.steps)
        return self.given.pop(0) if self.given else 0


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def run(loops: list[Loop], ask: Callable[[], Awaitable[Iterable[str]]]) -> None:
    await asyncio.wait_for(loop.run(loops, ask, poll=0.001, stop_seconds=60), 30)


async def test_a_loop_begins_with_a_step_and_then_sleeps_until_it_is_due() -> None:
    mail, proofs = Work(), Work()
    asked = 0

    async def ask() -> list[str]:
        nonlocal asked
        asked += 1
        if asked == 50:
            stop()
        return ["mail"] if asked in {10, 20} else []

    await run([Loop("mail", mail.step, true()), Loop("judge", proofs.step, true())], ask)

    assert (mail.steps, proofs.steps) == (3, 1)


async def test_a_loop_goes_on_until_nothing_is_left() -> None:
    work = Work(20, 20, 3)

    async def ask() -> list[str]:
        if work.steps == 4:
            stop()
        return []

    await run([Loop("mail", work.step, true())], ask)

    assert work.steps == 4


async def test_what_falls_due_during_a_step_is_not_forgotten() -> None:
    asked = asyncio.Event()
    steps: list[int] = []

    async def step() -> int:
        steps.append(len(steps))
        if len(steps) == 1:
            await asked.wait()
        else:
            stop()
        return 0

    async def ask() -> list[str]:
        once = not asked.is_set()
        asked.set()
        return ["mail"] if once else []

    await run([Loop("mail", step, true())], ask)

    assert len(steps) == 2
