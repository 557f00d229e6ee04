"""The server that forks readers: it has loaded everything a reader needs, and one child of it reads one document.

A process of its own without the parent's environment, started as `python -I -c`. It takes orders over a socket; each comes with two file
descriptors: one holds the order and the files (`protocol`), the other is the pipe for the answer. It never opens a document itself, apart
from its own sample.
"""

import gc
import logging
import os
import signal
import socket

import msgspec

from reviews import own_memory
from reviews.adapters.documents.child import confinement, protocol, warming
from reviews.adapters.documents.child.protocol import LENGTH_BYTES, PID_BYTES, ReadingOrder, write_all
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.draft import WordRecogniser
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.proofs.reading import Reading

KNOCK_BYTES = 16
MOST_DESCRIPTORS = 4096
"""More than a server ever has open; what the system allows may be a billion, and some close them one by one."""


def main(control_fd: int, recognise: WordRecogniser | None = None) -> None:
    """Serve until the other end of the control socket closes; without a recogniser the readers pass on what needs one."""
    # pypdf prints hundreds of lines for one bad file, and lines quote documents.
    logging.disable(logging.CRITICAL)
    # The kernel collects dead children: this process never waits for one.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    own_memory.close()
    warming.warm()
    # Collected, then frozen: a collection in a child would write to pages that it shares with us, and so copy them.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=control_fd) as control:
        # After the warm-up, so that the first order's time is not spent on it.
        control.send(b"ready")
        while _serve_one(control, recognise):
            pass


def _serve_one(control: socket.socket, recognise: WordRecogniser | None) -> bool:
    message, handed, _, _ = socket.recv_fds(control, KNOCK_BYTES, 2)
    if not message:
        return False
    if _fork() == 0:
        control.close()
        order_fd, answer_fd = handed
        _live(order_fd, answer_fd, recognise)
    # Ours must be closed, or the asking process would wait for the end of the pipe in vain.
    for descriptor in handed:
        os.close(descriptor)
    return True


def _fork() -> int | None:
    """Return 0 in a new child, its number here, and None where there is no room for one."""
    try:
        # fork and not spawn: the imports are the cost, and the child has them already.
        return os.fork()
    except OSError:
        # The order is dropped, which ends its pipe without a word; whoever asked asks again, and the readers at work go on.
        return None


def _live(order_fd: int, answer_fd: int, recognise: WordRecogniser | None) -> None:
    """Read one document and exit; whatever happens, this process does nothing else."""
    try:
        # A group of its own, so that the asking process can kill it with whatever it may have started.
        os.setsid()
        # Before the document is touched: the number is what it will be killed by.
        os.write(answer_fd, os.getpid().to_bytes(PID_BYTES, "little"))
        with os.fdopen(order_fd, "rb") as file:
            order = msgspec.msgpack.decode(file.read(int.from_bytes(file.read(LENGTH_BYTES), "little")), type=ReadingOrder)
            parts = [(file.read(part.size), part.media_type) for part in order.parts]
        # What a library has open in the server, this process has too, and may write to it.
        _close_all_but(answer_fd)
        # Only now: the order had to be read from a file, and its limits are what applies.
        standing = confinement.confine(order.limits)
        # Before the document is touched as well: whether it may be read is not for the document to say.
        os.write(answer_fd, bytes([standing]))
        if protocol.missing(standing) and not order.without_walls:
            return
        write_all(answer_fd, msgspec.msgpack.encode(_read(parts, order, recognise)))
    finally:
        # _exit: no clean-up handlers of the server, which would close its socket and flush its buffers.
        os._exit(0)


def _close_all_but(descriptor: int) -> None:
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, MOST_DESCRIPTORS)


def _read(parts: list[tuple[bytes, str]], order: ReadingOrder, recognise: WordRecogniser | None) -> Reading:
    try:
        return document.read(parts, order.limits, with_pictures=order.with_pictures, keys=order.keys, recognise=recognise)
    except (ReadingError, MemoryError):
        return Reading(failure="oversized")
