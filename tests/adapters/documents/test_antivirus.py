"""ClamAV's daemon is asked over a real connection; only a plain answer counts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from reviews.adapters.documents.antivirus import Clamd
from reviews.errors import ConfigurationError
from reviews.proofs.virus_scan import Clean, Infected, NotScanned
from tests.adapters.daemons import EICAR, FakeClamd

SOON = timedelta(milliseconds=300)


@asynccontextmanager
async def listening(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncGenerator[Clamd]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield Clamd(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=SOON)
    finally:
        server.close()
        await server.wait_closed()


async def test_a_clean_file_is_clean_and_a_virus_has_its_name() -> None:
    async with FakeClamd().serving() as address:
        clamd = Clamd(address, timeout=timedelta(seconds=10))

        assert await clamd.scan(b"een factuur " * 20_000) == Clean()
        assert await clamd.scan(b"%PDF-1.7 stream " + EICAR) == Infected("Eicar-Test-Signature")
        assert await clamd.scan(b"x" * 65_530 + EICAR) == Infected("Eicar-Test-Signature")
        assert await clamd.answers()
        assert await clamd.version() == "ClamAV 1.4.6/27800/Mon Nov 23 08:26:12 2026"


async def test_a_socket_of_the_same_machine_will_do(tmp_path: Path) -> None:
    async with FakeClamd().serving(tmp_path / "clamd.ctl") as address:
        assert await Clamd(address, timeout=timedelta(seconds=10)).scan(EICAR) == Infected("Eicar-Test-Signature")


async def test_a_daemon_that_is_not_there_leaves_a_file_unscanned(tmp_path: Path) -> None:
    for address in ("127.0.0.1:1", f"unix:{tmp_path / 'nothing'}"):
        clamd = Clamd(address, timeout=SOON)

        assert await clamd.scan(b"een factuur") == NotScanned("no_answer")
        assert not await clamd.answers()
        assert await clamd.version() is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"INSTREAM size limit exceeded. ERROR\0", "no_result"),
        (b"stream: OK but not quite\0", "no_result"),
        (b"stream: OK", "no_answer"),
        (b"", "no_answer"),
        (b"x" * 200_000, "no_answer"),
        (b"\xff\xfe\0", "no_result"),
    ],
)
async def test_an_answer_that_is_none_leaves_a_file_unscanned(said: bytes, reason: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        writer.write(said)
        writer.close()

    async with listening(answer) as clamd:
        assert await clamd.scan(b"een factuur") == NotScanned(reason)


async def test_a_daemon_that_hangs_up_on_a_large_file_leaves_it_unscanned() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        writer.transport.abort()

    async with listening(answer) as clamd:
        assert await clamd.scan(bytes(5_000_000)) == NotScanned("no_answer")


async def test_a_daemon_that_stalls_is_not_waited_for_longer_than_allowed() -> None:
    over = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with listening(answer) as clamd:
        assert await clamd.scan(b"een factuur") == NotScanned("no_answer")
        over.set()


@pytest.mark.parametrize("address", ["localhost", "localhost:clamd", ":"])
def test_an_address_that_is_none_is_told_at_once(address: str) -> None:
    with pytest.raises(ConfigurationError, match="REVIEWS_CLAMD_ADDRESS"):
        Clamd(address, timeout=SOON)
