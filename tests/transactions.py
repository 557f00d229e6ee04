"""Fail a test in which the product reaches for the store or the network while a transaction of the same task is open.

Such a transaction holds a connection of the pool, and locks, for as long as somebody else's machine likes. Two sources say it all: SQLAlchemy
tells when a transaction begins and ends, and audit events tell when a store is asked, a call is made or a socket connects, whichever library
does it, and in whichever task of its own.
"""

import asyncio
import inspect
import sys
import threading
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

REACHING = {"reviews.network", "reviews.store", "socket.connect", "socket.getaddrinfo"}
_DOORS = tuple(f"adapters/{name}.py" for name in ("http", "postgres", "storage"))
_open: WeakKeyDictionary[Connection, object] = WeakKeyDictionary()
_found: list[str] = []


class OpenTransactionError(RuntimeError):
    """The product reached out while a transaction of its own was open. No OSError, which it may take for a fault of the other side."""


def watch() -> None:
    """Begin to watch, for as long as the process lives: an audit hook can't be taken off again."""
    event.listen(Engine, "begin", _begun)
    event.listen(Engine, "commit", _ended)
    event.listen(Engine, "rollback", _ended)
    sys.addaudithook(_guard)


def settle() -> None:
    """Raise OpenTransactionError when something was found since the last call, also if the code under test swallowed that."""
    found = "; ".join(_found)
    _found.clear()
    if found:
        raise OpenTransactionError(found)


def _begun(connection: Connection) -> None:
    _open[connection] = _who()


def _ended(connection: Connection) -> None:
    _open.pop(connection, None)


def _who() -> object:
    """Return the task that runs, and a thread that runs none by its number."""
    try:
        return asyncio.current_task() or threading.get_ident()
    except RuntimeError:
        return threading.get_ident()


def _guard(name: str, arguments: tuple[Any, ...]) -> None:
    if name not in REACHING or not _open:
        return
    who = _who()
    if any(owner is who or owner == who for connection, owner in list(_open.items()) if not connection.closed) and (place := _place()):
        _found.append(f"{name} {arguments[0] if name == 'reviews.store' else 'call'} in {place} while a transaction is open")
        raise OpenTransactionError(_found[-1])


def _place() -> str:
    """Return the line of the product that reaches out; empty when it is a test that does."""
    frame = inspect.currentframe()
    # Behind our own, whose file is one of the tests' too.
    while frame and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    while frame:
        name = frame.f_code.co_filename
        if "/tests/" in name:
            return ""
        if "/reviews/" in name and not name.endswith(_DOORS):
            return f"{name.rpartition('/reviews/')[2]}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return ""
