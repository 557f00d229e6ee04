"""A forgotten call over the network fails its test; loopback and sockets in the file system are open."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest

from tests import network
from tests.network import ForbiddenNetworkError

ELSEWHERE = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"]
"""Addresses that only documentation names (RFC 5737, RFC 3849)."""


@pytest.fixture(autouse=True)
def forgotten(stays_here: None) -> Generator[None]:
    """What these tests reach for is meant."""
    yield
    with contextlib.suppress(ForbiddenNetworkError):
        network.settle()


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_connection_to_another_machine_is_refused(host: str) -> None:
    with socket.socket(family(host)) as here, pytest.raises(ForbiddenNetworkError, match=f"tests stay on this machine: connect {host}"):
        here.connect((host, 443))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_datagram_to_another_machine_is_refused(host: str) -> None:
    with socket.socket(family(host), socket.SOCK_DGRAM) as here:
        with pytest.raises(ForbiddenNetworkError, match="sendto"):
            here.sendto(b"?", (host, 53))
        with pytest.raises(ForbiddenNetworkError, match="sendmsg"):
            here.sendmsg([b"?"], [], 0, (host, 53))


async def test_an_asynchronous_connection_to_another_machine_is_refused() -> None:
    with pytest.raises(ForbiddenNetworkError, match=r"connect 192\.0\.2\.1"):
        await asyncio.open_connection("192.0.2.1", 443)
    with pytest.raises(ForbiddenNetworkError, match=r"getaddrinfo reviews\.example"):
        await asyncio.open_connection("reviews.example", 443)


async def test_a_client_of_the_web_is_refused_and_does_not_take_it_for_a_fault_of_the_other_side() -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        with pytest.raises(ForbiddenNetworkError):
            await client.get("https://reviews.example/")


def test_no_name_is_looked_up_but_those_of_this_machine() -> None:
    with pytest.raises(ForbiddenNetworkError, match=r"gethostbyname reviews\.example"):
        socket.gethostbyname("reviews.example")
    with pytest.raises(ForbiddenNetworkError, match=r"getaddrinfo reviews\.example"):
        socket.getaddrinfo(b"reviews.example", 443)

    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("no-such-host.invalid", 443)
    assert socket.gethostbyname("localhost").startswith("127.")
    assert socket.gethostbyname("127.1") == "127.0.0.1"
    assert socket.getaddrinfo("127.0.0.1", 443, socket.AF_INET, socket.SOCK_STREAM)[0][4] == ("127.0.0.1", 443)


def test_a_test_fails_also_when_its_code_swallowed_the_refusal() -> None:
    with socket.socket() as here, contextlib.suppress(ForbiddenNetworkError):
        here.connect(("192.0.2.1", 443))

    with pytest.raises(ForbiddenNetworkError, match=r"a test reached for the network: connect 192\.0\.2\.1"):
        network.settle()
    network.settle()


async def test_loopback_and_sockets_in_the_file_system_are_open() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, await asyncio.start_unix_server(answer, path):
            port = server.sockets[0].getsockname()[1]
            for opening in (asyncio.open_connection("localhost", port, family=socket.AF_INET), asyncio.open_unix_connection(path)):
                reader, writer = await opening
                assert await reader.read() == b""
                writer.close()
    network.settle()
