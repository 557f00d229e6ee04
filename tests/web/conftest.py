"""The web process on a database of the test's own, with a store in memory and a clock that stands still."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr
from sqlalchemy import NullPool, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.app import create_app
from reviews.database.engine import address
from reviews.database.tables import Branch, Claim, User
from reviews.keys import KeyRing
from reviews.moderation import users
from reviews.settings import Settings
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases
from tests.web.visitor import Visitor

PASSWORD = "zon wind en een luifel"
BASE = "http://testserver.local"


@dataclass
class Door:
    """The web process, and what lies behind it."""

    app: Litestar
    maker: async_sessionmaker[AsyncSession]
    store: ObjectFolder
    key_ring: KeyRing
    clock: PausedClock
    utrecht: Branch
    groningen: Branch
    stack: AsyncExitStack

    async def visitor(self, address: str = "127.0.0.1") -> Visitor:
        """Somebody with a browser of their own, at a network address."""
        transport = httpx.ASGITransport(self.app, client=(address, 123))  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
        return Visitor(await self.stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE)))

    async def noor(self) -> Visitor:
        """Noor, logged in."""
        return await self.logged_in("noor@utrecht.example")

    async def bas(self) -> Visitor:
        """Bas, logged in."""
        return await self.logged_in("bas@groningen.example")

    async def logged_in(self, email: str) -> Visitor:
        """A login without its form: hashing a password is slow on purpose."""
        visitor = await self.visitor()
        async with self.maker.begin() as session:
            user = (await session.scalars(select(User).where(User.email == email))).one()
            token = await users.open_session(session, user.id, now=self.clock.now(), hours=12)
        visitor.client.cookies.set("session", token)
        return visitor

    async def give_password(self) -> None:
        """Let Noor log in by her password."""
        async with self.maker.begin() as session:
            token = await users.add(session, "noor@utrecht.example", "Noor", "manager", [self.utrecht], now=self.clock.now())
            await users.set_password(session, token, PASSWORD, now=self.clock.now())

    async def case(self, *, proof: bool = True) -> Claim:
        """A claim at Utrecht that waits for a decision."""
        async with self.maker.begin() as session:
            return await cases.judged(session, self.key_ring, self.utrecht, now=self.clock.now(), proof=proof)


def settings_for_tests(folder: Path) -> Settings:
    """Settings that no environment changes."""
    return Settings(base_url=BASE, data_dir=folder, metrics_key=SecretStr("the key of the meters"), ready_seconds=0, logins_per_5_minutes=10)


@pytest.fixture
async def door(database: str, key_ring: KeyRing, now: datetime, tmp_path: Path) -> AsyncGenerator[Door]:
    """Utrecht takes uninvited reviews, Groningen does not; Noor and Bas manage them."""
    engine = create_async_engine(address(database), poolclass=NullPool)
    maker, clock = async_sessionmaker(engine, expire_on_commit=False), PausedClock(now)
    async with maker.begin() as session:
        utrecht, groningen = await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now)
        groningen.rules = {**groningen.rules, "uninvited_reviews": False}
        for email, name, branch in (("noor@utrecht.example", "Noor", utrecht), ("bas@groningen.example", "Bas", groningen)):
            await cast.manager(session, email, name, branch, now=now)
    store = open_store("", folder=tmp_path / "proofs")
    app = create_app(settings_for_tests(tmp_path), engine=engine, store=store, key_ring=key_ring, clock=clock)
    async with AsyncExitStack() as stack:
        yield Door(app, maker, store, key_ring, clock, utrecht, groningen, stack)
    await engine.dispose()
