"""A server of readers that works for six seconds before it is ready, never idle for long."""

import socket
import time


def main(control_fd: int) -> None:
    """Use the processor for longer than whoever starts it has patience, then say ready and serve nobody."""
    until = time.process_time() + 6
    while time.process_time() < until:
        sum(range(10_000))
    with socket.socket(fileno=control_fd) as control:
        control.send(b"ready")
        control.recv(16)
