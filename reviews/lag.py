"""How late the event loop comes back to those who wait: one long computation in it holds up every request, mark and lease of the process."""

import asyncio
from collections import deque
from typing import Final

EVERY: Final = 0.25
"""Seconds between two looks."""
_KEPT: Final = round(60 / EVERY)


class LagMeter:
    """Measures how late it is woken itself."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=_KEPT)

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._seen.append(max(loop.time() - due, 0.0))

    @property
    def longest(self) -> float:
        """Return the longest lag of the last minute, in seconds."""
        return max(self._seen, default=0.0)
