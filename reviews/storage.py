"""Where the bytes of files lie: what every room may ask of it; `reviews.adapters.storage` is where it is done."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

import msgspec


class StoredFile(msgspec.Struct, frozen=True):
    """Something in the store, and when it was written."""

    key: str
    written_at: datetime


class StoreAwayError(OSError):
    """The store is full, read-only, closed to us or not there: our trouble and nobody's mistake, and the same may succeed later."""


class Store(Protocol):
    """Keeps bytes under keys: proofs, their page pictures, uploaded sheets, copies of mails. Each call may raise StoreAwayError."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a new key; once this returns they are durable."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the bytes under a key; raise FileNotFoundError when there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes under a key; forgetting what is not there is no error."""
        ...

    def list(self) -> AsyncIterator[StoredFile]:
        """Yield everything that is kept."""
        ...
