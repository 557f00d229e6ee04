"""A server of readers that says that it is ready, and ends without a child when it is asked for one."""

import socket


def main(control_fd: int) -> None:
    """Take one order and drop it."""
    with socket.socket(fileno=control_fd) as control:
        control.send(b"ready")
        _, handed, _, _ = socket.recv_fds(control, 16, 2)
        assert handed
