"""A server of readers that dies in the middle of an answer: each time, or once where the order names a file to remember that by."""

import os
import socket
from pathlib import Path

from reviews.adapters.documents.child.protocol import LENGTH_BYTES, PID_BYTES

ALWAYS = b"always"


def main(control_fd: int) -> None:
    """Take orders, until one is answered by halves."""
    # What is killed with a reader is its process group, and this one writes its own number.
    os.setsid()
    with socket.socket(fileno=control_fd) as control:
        control.send(b"ready")
        while True:
            message, handed, _, _ = socket.recv_fds(control, 16, 2)
            if not message:
                return
            order_fd, answer_fd = handed
            with os.fdopen(order_fd, "rb") as file:
                order = file.read(int.from_bytes(file.read(LENGTH_BYTES), "little"))
            if order == ALWAYS or not _happened(Path(order.decode())):
                os.write(answer_fd, os.getpid().to_bytes(PID_BYTES, "little") + b"\x03hal")
                return
            # The number of a process that there is not: nothing is killed.
            os.write(answer_fd, (2**31 - 1).to_bytes(PID_BYTES, "little") + b"\x03whole")
            os.close(answer_fd)


def _happened(remembered: Path) -> bool:
    there = remembered.exists()
    remembered.touch()
    return there
