"""A server of readers that never becomes ready and does nothing."""

import socket


def main(control_fd: int) -> None:
    """Wait for ever."""
    with socket.socket(fileno=control_fd) as control:
        control.recv(16)
