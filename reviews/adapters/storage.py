"""The store of proofs, behind obstore: a folder, S3 or Azure by the address alone."""

import asyncio
import contextlib
import errno
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError
from obstore.store import LocalStore, ObjectStore, from_url

from reviews.errors import ConfigurationError
from reviews.storage import StoreAwayError, StoredFile

_ELSEWHERE = ("s3://", "az://")
_AUDITED = "reviews.store"
"""The name of the audit event (PEP 578) that each call raises, as Python's own calls of files and sockets do; it names no key."""

_NUMBER = re.compile(r"\(os error (\d+)\)")

Sync = Callable[[int], None]
"""Waits until the disk keeps what an open handle stands for; raises OSError when it does not."""


class ObjectFolder:
    """Proofs as objects; satisfies `reviews.storage.Store`."""

    def __init__(self, objects: ObjectStore, *, folder: Path | None = None, sync: Sync = os.fsync) -> None:
        self._objects = objects
        self._folder = folder
        self._sync = sync

    async def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a new key; an object that is there already is never written over."""
        sys.audit(_AUDITED, "put")
        with _away():
            try:
                # create and not overwrite: a proof is evidence, and its row is written after it.
                await obstore.put_async(self._objects, key, data, mode="create")
            except AlreadyExistsError:
                raise FileExistsError(key) from None
            # S3 and Azure acknowledge only what is durable.
            if self._folder is not None:
                # fsync blocks, and must not block the event loop.
                await asyncio.to_thread(_make_durable, self._folder / key, self._sync)

    async def get(self, key: str) -> bytes:
        """Return the bytes under a key; raise FileNotFoundError when there are none."""
        sys.audit(_AUDITED, "get")
        with _away():
            found = await obstore.get_async(self._objects, key)
            # A copy: obstore lends a buffer that is not `bytes`.
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Forget the bytes under a key."""
        sys.audit(_AUDITED, "delete")
        with _away(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._objects, key)

    async def list(self) -> AsyncIterator[StoredFile]:
        """Yield everything that is kept."""
        with _away():
            async for batch in obstore.list(self._objects):
                for found in batch:
                    yield StoredFile(found["path"], found["last_modified"])


@contextlib.contextmanager
def _away() -> Generator[None]:
    """Raise StoreAwayError for whatever is wrong with the store itself; that a file is there already, or is not, is no such thing."""
    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError as problem:
        raise StoreAwayError(problem.errno, problem.strerror) from None
    except BaseError as problem:
        # obstore's own errors are no OSError, and tell the system's number in words alone; those of S3 and Azure have none.
        number = _NUMBER.search(str(problem))
        code = int(number[1]) if number else errno.EIO
        raise StoreAwayError(code, os.strerror(code)) from None


def _make_durable(path: Path, sync: Sync) -> None:
    """Write a file and its name through to the disk: the local store renames it into place without an fsync."""
    # The folders too: a new name is durable only when its folder is, and a new folder only when the one above it is.
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            sync(handle)
        finally:
            os.close(handle)


def open_store(url: str, *, folder: Path, sync: Sync = os.fsync) -> ObjectFolder:
    """Open the store at an address, or in `folder` when it is empty; raise ConfigurationError for an invalid address."""
    if not url or url.startswith("file:///"):
        place = Path(unquote(urlsplit(url).path)) if url else folder
        # Proofs are documents of customers: for the service's own user alone.
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ObjectFolder(LocalStore(place), folder=place, sync=sync)
    if not url.startswith(_ELSEWHERE):
        raise ConfigurationError("REVIEWS_STORAGE_URL must start with file:///, s3:// or az://")
    try:
        return ObjectFolder(from_url(url))
    except (GenericError, ValueError):
        raise ConfigurationError("REVIEWS_STORAGE_URL does not name a bucket or container that can be opened") from None
