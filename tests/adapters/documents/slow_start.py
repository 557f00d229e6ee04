"""A server of readers that works for more than a second before it is ready, never idle for long."""

import socket
import time


def main(control_fd: int) -> None:
    """Use the processor for a second and a half, then say ready and serve nobody."""
    until = time.process_time() + 1.5
    while time.process_time() < until:
        sum(range(10_000))
    with socket.socket(fileno=control_fd) as control:
        control.send(b"ready")
        control.recv(16)
