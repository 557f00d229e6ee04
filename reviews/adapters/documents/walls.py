"""Find out which walls this system lets a reader have, before there is a reader."""

import asyncio
import functools
import subprocess
import sys
from pathlib import Path

from reviews.adapters.documents.child import protocol
from reviews.adapters.documents.child.protocol import Wall
from reviews.adapters.documents.fork_server import ENVIRONMENT
from reviews.errors import ReaderUnavailableError, WallsMissingError

UNKNOWN = "unknown"
"""Stands among the missing walls when the trial itself failed; the next one may go well."""
_ROOT = Path(__file__).resolve().parents[3]
_TRY = "import sys; sys.path.insert(0, sys.argv[1]); from reviews.adapters.documents.child import confinement; confinement.tell_what_stands()"


@functools.cache
def standing() -> Wall:
    """Return which walls stand around a process that puts up all it can and does nothing else; takes a tenth of a second, once.

    Raises ReaderUnavailableError when that process does not start or does not live to tell.
    """
    try:
        told = subprocess.run([sys.executable, "-I", "-c", _TRY, str(_ROOT)], check=False, capture_output=True, env=ENVIRONMENT).stdout  # noqa: S603 - our own line
    except OSError:
        told = b""
    if not told:
        raise ReaderUnavailableError("the walls around the readers of documents cannot be tried; `reviews doctor` says more")
    return Wall(told[0])


async def missing() -> tuple[str, ...]:
    """Return the names of the walls that must stand around a reader and that this system does not let it have."""
    try:
        return protocol.missing(await asyncio.to_thread(standing))
    except ReaderUnavailableError:
        return (UNKNOWN,)


def must_stand(walls: Wall) -> None:
    """Raise WallsMissingError unless the walls are there without which nothing is read."""
    if lacking := protocol.missing(walls):
        raise WallsMissingError(f"nothing is read, for walls are missing around the readers: {', '.join(lacking)}; `reviews doctor` says more")
