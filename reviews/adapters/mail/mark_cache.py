"""Set a mail's durable mark while it still waits for a connection: marks then share a commit, and no connection waits for one."""

import asyncio
from typing import Final

from reviews.handover.outcomes import Mark

_MARK_HOLDS: Final = 1.0
"""Seconds for which a mark that was set ahead is enough; a mail that waited longer is checked again, so that an opt-out in between stops it."""


class MarkCache:
    """A mark that may be set ahead, while all connections are in use; it is set once more when it has grown too old meanwhile."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._until = -1.0

    async def mark(self) -> bool:
        """Return whether the mail may be sent now, by a mark that is younger than `_MARK_HOLDS`."""
        # The loop's clock: it only goes forward, also when the machine's time is set.
        clock = asyncio.get_running_loop()
        if clock.time() < self._until:
            return True
        # Taken before the question: an opt-out is seen by the check itself, not by the moment when its answer arrives.
        asked_at = clock.time()
        if not await self._mark():
            return False
        self._until = asked_at + _MARK_HOLDS
        return True
