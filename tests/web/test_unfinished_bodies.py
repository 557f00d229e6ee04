"""Whoever sends a body and never ends it takes nothing from anybody: on every route that there is, and on those that come later."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews.app import create_app
from reviews.database import engine as database_engine
from reviews.invitations.intake import sources
from reviews.invitations.intake.mail_copies import inbound
from reviews.moderation import users
from reviews.settings import Settings
from tests.invitations.intake.test_trigger import raw
from tests.web.conftest import BASE, Door, settings_for_tests

CALLERS = 25
NOBODY = UUID(int=7)


@dataclass
class Service:
    """The web process on a pool of connections like that of life, and what opens its doors."""

    app: Litestar
    engine: AsyncEngine
    door: Door
    key: str
    cookies: str
    values: dict[str, str]

    def routes(self) -> Iterator[tuple[str, str]]:
        """Yield method and path of each route that takes a body, its parameters filled in."""
        for route in self.app.routes:
            if isinstance(route, HTTPRoute):
                path = "/".join(self._filled(part) for part in route.path_format.split("/"))
                yield from ((method, path) for method in sorted({"POST", "PUT", "PATCH"} & route.methods))

    def _filled(self, part: str) -> str:
        return self.values.get(part.strip("{}"), "nothing") if part.startswith("{") else part

    def busy(self) -> int:
        """How many connections to the database are taken."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    async def begin(self, method: str, path: str, reading: list[str], key: str, at_rest: asyncio.Semaphore | None = None) -> None:
        """Send the head of a request and one byte of its body, and nothing more; `at_rest` hears when the rest is waited for, or answered."""
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": b"x", "more_body": True}
            reading.append(path)
            if at_rest:
                at_rest.release()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            del message

        kind = "application/json" if path.startswith("/api/") else "message/rfc822" if "inbound" in path else "application/x-www-form-urlencoded"
        headers = {
            "host": "testserver.local",
            "content-type": kind,
            "content-length": "500",
            "authorization": f"Bearer {key}",
            "cookie": self.cookies,
        }
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1), "server": ("testserver.local", 80),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "state": {},
        }  # fmt: skip
        await self.app(scope, receive, send)  # type: ignore[arg-type]  # a scope as a server makes it, which Litestar types field by field
        if at_rest and path not in reading:
            at_rest.release()


@pytest.fixture
async def service(door: Door, database: str, tmp_path: Path) -> AsyncGenerator[Service]:
    engine = database_engine.connect(database)
    chosen: Settings = settings_for_tests(tmp_path)
    app = create_app(chosen, engine=engine, store=door.store, key_ring=door.key_ring, clock=door.clock)
    claim = await door.case(proof=False)
    noor = await door.noor()
    await noor.get("/utrecht/review")
    async with door.maker.begin() as session:
        key = await sources.add_key(session, "erp", [door.utrecht], now=door.clock.moment)
        secret = await inbound.open_address(session, "facturen", [door.utrecht], now=door.clock.moment)
        start = await users.add(session, "new@utrecht.example", "New", "manager", [door.utrecht], now=door.clock.moment)
    values = {
        "branch": "utrecht", "slug": "utrecht", "secret": secret, "case_id": str(claim.id), "claim_id": str(claim.id), "invitation_id": str(NOBODY),
        "import_id": str(NOBODY), "mail_id": str(NOBODY), "action": "hold", "token": door.key_ring.claim_token(claim.id),
    }  # fmt: skip
    assert start
    cookies = "; ".join(f"{name}={value}" for name, value in noor.client.cookies.items())
    yield Service(app, engine, door, key, cookies, values)
    await engine.dispose()


async def test_unfinished_bodies_hold_no_connection_and_keep_nobody_waiting(service: Service) -> None:
    walked, reached = list(service.routes()), set[str]()
    transport = httpx.ASGITransport(service.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as others:
        for number, (method, path) in enumerate(walked):
            reading, at_rest = list[str](), asyncio.Semaphore(0)
            started = [asyncio.create_task(service.begin(method, path, reading, service.key, at_rest)) for _ in range(CALLERS)]
            for _ in range(CALLERS):
                await at_rest.acquire()
            assert service.busy() == 0, path
            page = await others.get("/utrecht")
            told = await others.post(
                "/api/v1/triggers", json=raw(f"e{number}", number=f"N{number}"), headers={"Authorization": f"Bearer {service.key}"}
            )
            assert (page.status_code, told.status_code) == (200, 202), path
            reached |= set(reading)
            for task in started:
                task.cancel()
            await asyncio.gather(*started, return_exceptions=True)

    assert {"/api/v1/triggers", "/api/v1/triggers/batch", "/api/v1/suppressions", "/utrecht/review", "/desk/login"} <= reached
    assert len(reached) >= 15


async def test_a_wrong_key_is_answered_before_its_body_is_read(service: Service) -> None:
    calls = [(method, path) for method, path in service.routes() if path.startswith("/api/")]
    for method, path in calls:
        reading: list[str] = []
        await asyncio.gather(*(service.begin(method, path, reading, "rk_nobody") for _ in range(100)))
        assert reading == [], path
        assert service.busy() == 0
    assert len(calls) >= 4


@pytest.mark.parametrize("path", ["/utrecht/review", "/claim/nosuchtoken/proof", "/claim/nosuchtoken/confirm", "/desk/login"])
async def test_a_browser_that_never_opened_a_page_sends_no_body(service: Service, path: str) -> None:
    service.cookies = ""
    reading: list[str] = []

    await service.begin("POST", path, reading, service.key)

    assert reading == []


async def test_files_for_a_claim_that_is_none_are_not_taken_in(service: Service) -> None:
    reading: list[str] = []

    await service.begin("POST", "/claim/nosuchtoken/proof", reading, service.key)

    assert reading == []
