"""The server that forks readers: it has loaded everything a reader needs, and one child of it reads one document.

A process of its own without the parent's environment, started as `python -I -c`. It takes orders over a socket; each comes with two file
descriptors, the document and the pipe for the answer. It never looks at a document itself.
"""

import ctypes
import gc
import logging
import math
import os
import resource
import signal
import socket

import cv2
import msgspec

from reviews.adapters.reading import document, recognition
from reviews.adapters.reading.failures import ReadingError
from reviews.proofs.inspection import Reading, ReadingLimits

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
OPEN_FILES = 64
ORDER_BYTES = 4096
PID_BYTES = 8


class Order(msgspec.Struct, frozen=True):
    """What is asked of a reader."""

    media_type: str
    limits: ReadingLimits
    with_pictures: bool


def main(control_fd: int) -> None:
    """Serve until the other end of the control socket closes."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    cv2.setNumThreads(1)
    recognition.warm()
    gc.freeze()
    with socket.socket(fileno=control_fd) as control:
        control.send(b"ready")
        while _serve_one(control):
            pass


def _serve_one(control: socket.socket) -> bool:
    message, handed, _, _ = socket.recv_fds(control, ORDER_BYTES, 2)
    if not message:
        return False
    if os.fork() == 0:
        control.close()
        _live(message, *handed)
    for descriptor in handed:
        os.close(descriptor)
    return True


def _live(message: bytes, document_fd: int, answer_fd: int) -> None:
    """Read one document and die; whatever happens, this process does nothing else."""
    try:
        os.setsid()
        os.write(answer_fd, os.getpid().to_bytes(PID_BYTES, "little"))
        order = msgspec.msgpack.decode(message, type=Order)
        close_the_network()
        set_limits(order.limits)
        _write_all(answer_fd, msgspec.msgpack.encode(_read(document_fd, order)))
    finally:
        os._exit(0)


def _read(document_fd: int, order: Order) -> Reading:
    with os.fdopen(document_fd, "rb") as file:
        data = file.read()
    try:
        return document.read(data, order.media_type, order.limits, with_pictures=order.with_pictures)
    except (ReadingError, MemoryError):
        return Reading(failure="oversized")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def close_the_network() -> bool:
    """Give this process a network of its own with nothing in it; False where the system forbids that."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def set_limits(limits: ReadingLimits) -> None:
    """Bound memory, processor, files and processes of this process, for good.

    The processor limit starts low: only recognition is slow by nature, and it asks for more page by page, up to the hard limit.
    """
    memory = limits.memory_megabytes * 1024 * 1024
    most = max(1, math.ceil(limits.seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (min(document.SECONDS_WITHOUT_RECOGNITION, most), most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
