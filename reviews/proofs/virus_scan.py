"""What a virus scanner says about a file. Only `Clean` lets a file be read: no answer is never taken for a good one."""

from typing import Protocol

import msgspec


class Clean(msgspec.Struct, frozen=True):
    """Scanned, and nothing was found."""


class Infected(msgspec.Struct, frozen=True):
    """Scanned, and found to hold something that the scanner has a name for."""

    name: str


class NotScanned(msgspec.Struct, frozen=True):
    """Not scanned, for a technical reason; the file waits."""

    reason: str


Scan = Clean | Infected | NotScanned


class Scanner(Protocol):
    """What looks for viruses in a file before anything else opens it."""

    async def answers(self) -> bool:
        """Say whether a scan has a chance now."""
        ...

    async def scan(self, data: bytes) -> Scan:
        """Scan a file; whatever goes wrong, the answer is a value."""
        ...
