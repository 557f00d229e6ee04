"""A server of readers that never becomes ready and does nothing but tell whoever listens that it was started."""

import contextlib
import os
import socket


def place(process: int) -> str:
    """Return where a process listens for the servers that it starts; a name in the kernel, no file."""
    return f"\0hanging-server-of-{process}"


def main(control_fd: int) -> None:
    """Wait for ever."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(b"started", place(os.getppid()))
    with socket.socket(fileno=control_fd) as control:
        control.recv(16)
