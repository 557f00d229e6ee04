"""Find a free port: no fixed port is required to be free."""

import errno
import socket

HOST = "127.0.0.1"
_TRIES = 200


def listen(port: int, host: str = HOST) -> socket.socket:
    """Return a listening socket on the port, or on the next free one when it is taken; 0 takes any.

    Raises OSError when none of the next two hundred is free.
    """
    last = port + (_TRIES if port else 0)
    for candidate in range(port, last + 1):
        try:
            return _listen_on(candidate, host)
        except OSError as problem:
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES) or candidate == last:
                raise
    raise OSError(errno.EADDRINUSE, f"no free port from {port} to {last}")


def address_of(door: socket.socket) -> str:
    """Return `host:port` of a listening socket."""
    host, port = door.getsockname()[:2]
    return f"{host}:{port}"


def _listen_on(port: int, host: str) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(1024)
    except OSError:
        door.close()
        raise
    door.setblocking(False)
    return door
