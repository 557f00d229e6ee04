"""What reaches out of the house while a transaction of its task is open fails its test; what waits until it is over does not."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.adapters.webhooks import WebhookPoster
from reviews.proofs import storing
from tests import transactions
from tests.transactions import OpenTransactionError

Maker = async_sessionmaker[AsyncSession]


@pytest.fixture(autouse=True)
def meant(reaches_out_alone: None) -> Generator[None]:
    """What these tests do wrong is meant."""
    yield
    with contextlib.suppress(OpenTransactionError):
        transactions.settle()


@pytest.fixture
async def store(tmp_path: Path) -> ObjectFolder:
    store = open_store("", folder=tmp_path)
    await store.put("a/b", b"bytes")
    return store


async def test_the_store_is_not_asked_while_a_transaction_is_open(maker: Maker, store: ObjectFolder) -> None:
    async with maker() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(OpenTransactionError, match=r"delete in proofs/storing\.py"):
            await storing.forget(store, ["a/b"])
        await session.commit()
        await storing.forget(store, ["a/b"])


async def test_nobody_is_called_while_a_transaction_is_open_though_the_library_connects_in_a_task_of_its_own(maker: Maker) -> None:
    poster = WebhookPoster(allowed=frozenset({"127.0.0.1:9"}))
    async with maker() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(OpenTransactionError, match=r"reviews\.network call in adapters/webhooks\.py"):
            await poster.post("http://127.0.0.1:9/", headers={}, body=b"")
    await poster.close()


async def test_what_the_code_swallows_is_found_when_the_test_ends(maker: Maker, store: ObjectFolder) -> None:
    async with maker.begin() as session:
        await session.execute(text("SELECT 1"))
        with contextlib.suppress(OpenTransactionError):
            await storing.forget(store, ["a/b"])

    with pytest.raises(OpenTransactionError, match="while a transaction is open"):
        transactions.settle()
    transactions.settle()


async def test_a_transaction_of_another_task_is_none_of_ours(maker: Maker, store: ObjectFolder) -> None:
    opened, done = asyncio.Event(), asyncio.Event()

    async def elsewhere() -> None:
        async with maker.begin() as session:
            await session.execute(text("SELECT 1"))
            opened.set()
            await done.wait()

    other = asyncio.create_task(elsewhere())
    await opened.wait()
    await storing.forget(store, ["a/b"])
    done.set()
    await other


async def test_a_transaction_that_was_undone_or_whose_connection_is_gone_is_over(maker: Maker, store: ObjectFolder) -> None:
    async with maker() as session:
        await session.execute(text("SELECT 1"))
        await session.rollback()
        await storing.forget(store, ["a/b"])
        await session.execute(text("SELECT 1"))
    await storing.forget(store, ["a/b"])


async def test_what_a_test_itself_does_meanwhile_is_its_own_affair(maker: Maker, store: ObjectFolder) -> None:
    async with maker.begin() as session:
        await session.execute(text("SELECT 1"))
        assert await store.get("a/b") == b"bytes"
        with socket.socket() as here, socket.socket() as there:
            there.bind(("127.0.0.1", 0))
            there.listen()
            here.connect(there.getsockname())
