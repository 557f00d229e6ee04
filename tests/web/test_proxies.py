"""A proxy that the settings do not name is noticed: otherwise all who come through it count as one, and nobody knows why."""

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs

from reviews.database import faults
from reviews.database.faults import Fault
from tests.web.conftest import BASE, Door

PASSED_ON = {"X-Forwarded-For": "203.0.113.9"}


async def ask(door: Door, client: tuple[str, int], headers: dict[str, str]) -> int:
    transport = httpx.ASGITransport(door.app, client=client)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
        return (await browser.get("/desk/login", headers=headers)).status_code


async def standing(door: Door) -> list[Fault]:
    """What was told, once all that was begun is done."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task() and "_report" in repr(task)))
    async with door.maker() as session:
        return list(await faults.standing(session))


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.3.7", "192.168.1.1", "fd00::5", "172.18.0.2"])
async def test_a_proxy_of_the_own_network_that_is_not_named_is_told_once(door: Door, peer: str) -> None:
    with capture_logs() as seen:
        for _ in range(3):
            assert await ask(door, (peer, 40_000), PASSED_ON) == 200

    assert [line["peer"] for line in seen if line["event"] == "proxy_not_trusted"] == [peer]
    assert [(fault.name, fault.detail) for fault in await standing(door)] == [("proxy", peer)]


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        # The server replaces a trusted proxy's address by its visitor's, and the port by 0.
        (("10.0.3.7", 0), PASSED_ON),
        (("10.0.3.7", 40_000), {}),
        # Anybody on the internet may send the header.
        (("145.53.1.1", 40_000), PASSED_ON),
        (("2a02:a45::1", 40_000), PASSED_ON),
        (("testclient", 40_000), PASSED_ON),
    ],
)
async def test_nothing_is_told_of_a_proxy_that_is_named_or_of_whoever_only_says_to_be_one(
    door: Door, client: tuple[str, int], headers: dict[str, str]
) -> None:
    with capture_logs() as seen:
        assert await ask(door, client, headers) == 200

    assert [line for line in seen if line["event"] == "proxy_not_trusted"] == []
    assert await standing(door) == []
