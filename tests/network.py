"""Keep the tests on this machine: they connect to loopback and to sockets in the file system, and look up no name but `localhost`."""

import ipaddress
import socket
from typing import Any

CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_tried: list[str] = []


class ForbiddenNetworkError(RuntimeError):
    """A test reached for another machine. No OSError, which the code under test may take for a fault of the other side."""


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what Python is about to do with another machine; an audit hook, so sockets of every library of Python come by here."""
    if event in CONNECTING:
        _only_here(event, arguments[1])
    elif event in LOOKING_UP:
        _only_own_names(event, arguments[0])


def settle() -> None:
    """Raise ForbiddenNetworkError when something was refused since the last call, also if the code under test swallowed that."""
    tried = ", ".join(_tried)
    _tried.clear()
    if tried:
        raise ForbiddenNetworkError(f"a test reached for the network: {tried}")


def _only_here(event: str, address: object) -> None:
    """Let a unix socket pass (a path), what is no address of the internet (numbers), and loopback."""
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, str) and host not in {"", "localhost"} and not _is_loopback(host):
        _refuse(event, host)


def _is_loopback(host: str) -> bool:
    address = _as_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address or ipaddress.IPv4Address(0)).is_loopback


def _only_own_names(event: str, host: object) -> None:
    """Let pass what is an address already, no name at all, or this machine's own; answer for what can't exist, as the resolver must (RFC 6761)."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str) or _is_number(name) or name.lower().rstrip(".") in {"", "localhost", socket.gethostname().lower()}:
        return
    last = name.rstrip(".").rpartition(".")[2]
    if last.isdigit() or last == "invalid":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    _refuse(event, name)


def _is_number(name: str) -> bool:
    """Whether a name is an address in any of the spellings that the system reads without a look-up (`127.1`, `0x7f000001`)."""
    if _as_address(name):
        return True
    try:
        return bool(socket.inet_aton(name))
    except OSError:
        return False


def _as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse(event: str, host: str) -> None:
    _tried.append(f"{event.removeprefix('socket.')} {host}")
    raise ForbiddenNetworkError(f"tests stay on this machine: {_tried[-1]}")
