"""What is slow keeps its lease, whichever step it is; who judges and who has a proof read again never wait for each other."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, text

from reviews.database.tables import Claim, Proof
from reviews.proofs.judging import Judge
from reviews.proofs.reading import Reading
from reviews.proofs.virus_scan import Infected
from reviews.storage import StoredFile
from tests.proofs.proof_setup import Ground, InProcess, Maker, pdf
from tests.proofs.test_unread import Absent

LEASE = timedelta(milliseconds=300)


async def renewed_twice(ground: Ground) -> None:
    """Wait until the lease of the only proof was renewed twice more."""
    seen = set[datetime | None]()
    while len(seen) < 3:
        ground.clock.moment += timedelta(milliseconds=1)
        async with ground.maker() as session:
            seen.add((await session.scalars(select(Proof.lease_until))).one())


class SlowStore:
    """A store in which the first picture takes until somebody has renewed the lease."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._store = ground, ground.store
        self.was_slow = False

    async def put(self, key: str, data: bytes) -> None:
        if not self.was_slow:
            self.was_slow = True
            await renewed_twice(self._ground)
        await self._store.put(key, data)

    async def get(self, key: str) -> bytes:
        return await self._store.get(key)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    async def list(self) -> AsyncGenerator[StoredFile]:
        async for found in self._store.list():
            yield found


BEGUN, MAY_GO_ON = threading.Event(), threading.Event()


class SlowWords(tuple[Any, ...]):
    """Words that nobody sees the first of before the test says so."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        BEGUN.set()
        assert MAY_GO_ON.wait(20)
        return super().__iter__()


class Slow(InProcess):
    """A reader whose words take long to be made sense of."""

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        reading = await super().read(parts, keys=keys)
        return msgspec.structs.replace(reading, words=SlowWords(reading.words))


async def test_while_pictures_are_stored_the_lease_is_renewed(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    store = SlowStore(ground)

    async with asyncio.timeout(30):
        assert await Judge(ground.maker, store, InProcess(), ground.clock, LEASE).judge_due() == 1

    assert store.was_slow
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_while_fields_are_extracted_the_lease_is_renewed(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    async with asyncio.timeout(30):
        judging = asyncio.create_task(Judge(ground.maker, ground.store, Slow(), ground.clock, LEASE).judge_due())
        await asyncio.to_thread(BEGUN.wait, 20)
        await renewed_twice(ground)
        MAY_GO_ON.set()
        assert await judging == 1

    assert await ground.verdict(claim) == ("accept", {"genuine"})


class Suspicious:
    """A scanner that finds a virus in everything."""

    async def answers(self) -> bool:
        return True

    async def scan(self, data: bytes) -> Infected:
        del data
        return Infected("Eicar")


@asynccontextmanager
async def held(maker: Maker, claim: Claim) -> AsyncGenerator[None]:
    """Hold a claim, as *Lees opnieuw* does before it takes the proof, and at the end take the proof too, which must be free."""
    async with maker.begin() as session:
        await session.execute(select(Claim.id).where(Claim.id == claim.id).with_for_update())
        yield
        await session.execute(select(Proof.id).where(Proof.claim_id == claim.id).with_for_update(nowait=True))


async def somebody_waits(maker: Maker) -> None:
    waiting = select(func.count()).select_from(text("pg_stat_activity")).where(text("datname = current_database() AND wait_event_type = 'Lock'"))
    async with asyncio.timeout(20), maker() as session:
        while not await session.scalar(waiting):
            await session.rollback()


def unread(ground: Ground) -> Awaitable[int]:
    reader = Absent()
    reader.failing = timedelta(days=2)
    return ground.judge(reader, recognition=False)


def infected(ground: Ground) -> Awaitable[int]:
    return ground.judge(scanner=Suspicious())


@pytest.mark.parametrize("judge", [unread, infected])
async def test_whoever_waits_for_a_claim_holds_no_proof_of_it(ground: Ground, judge: Callable[[Ground], Awaitable[int]]) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    ground.clock.moment += timedelta(days=2)

    async with held(ground.maker, claim):
        judging = asyncio.ensure_future(judge(ground))
        await somebody_waits(ground.maker)

    assert await judging == 1
    assert await ground.state(claim) == "judged"
