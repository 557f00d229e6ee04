"""Ask for a letter's durable mark while it still waits for its line, so that marks share a commit and no line stands idle for one."""

import asyncio
from typing import Final

from reviews.handover.driver import Mark

_MARK_HOLDS: Final = 1.0
"""Seconds for which a mark that was set ahead is enough: a wish that came after it stops a letter that had to wait longer for its line."""


class MarkCache:
    """A mark that may be asked for ahead, while all lines are taken: it is asked for once more when it has grown old meanwhile."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._until = -1.0

    async def mark(self) -> bool:
        """Return whether the letter may leave now, by a mark that is younger than `_MARK_HOLDS`."""
        clock = asyncio.get_running_loop()
        if clock.time() < self._until:
            return True
        asked_at = clock.time()
        if not await self._mark():
            return False
        self._until = asked_at + _MARK_HOLDS
        return True
