"""Readers are loaded beside all other work; what does not start is told to the administrator, once, and tried again."""

import itertools
import os
import socket
import threading
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from structlog.testing import capture_logs

from reviews.adapters.documents.fork_server import ForkServer
from reviews.adapters.documents.keeper import ReaderKeeper
from reviews.adapters.documents.sandbox import Sandbox
from reviews.database import faults
from reviews.errors import ReaderUnavailableError, WallsMissingError
from reviews.proofs.reading import ReadingLimits
from tests.adapters.documents import hanging

Maker = async_sessionmaker[AsyncSession]


class Fleet:
    """Readers whose start ends when the test says so."""

    def __init__(self) -> None:
        self.ready = {False: False, True: False}
        self.broken: dict[bool, Exception | None] = {False: None, True: None}
        self.now = 0.0
        self.starts = {False: 0, True: 0}
        self.may_end = threading.Event()

    def is_missing(self, *, recognition: bool) -> bool:
        return not self.ready[recognition]

    def warm_up(self, *, recognition: bool) -> None:
        self.starts[recognition] += 1
        assert self.may_end.wait(20)
        if problem := self.broken[recognition]:
            raise problem
        self.ready[recognition] = True


@pytest.fixture
async def fleet() -> AsyncGenerator[Fleet]:
    made = Fleet()
    yield made
    made.may_end.set()


async def standing(maker: Maker) -> list[str]:
    async with maker() as session:
        return [fault.name for fault in await faults.standing(session)]


async def started(keeper: ReaderKeeper, fleet: Fleet, after: float = 600) -> None:
    """Look once the longest pause is over, and let the starts that this began come to their end."""
    fleet.now += after
    await keeper.look()
    fleet.may_end.set()
    await keeper.close()


async def test_nobody_waits_for_a_start_and_each_kind_is_started_once(maker: Maker, fleet: Fleet) -> None:
    keeper = ReaderKeeper(fleet, maker, lambda: fleet.now)

    for _ in range(3):
        assert await keeper.look() == 0

    assert fleet.ready == {False: False, True: False}
    assert await standing(maker) == []
    await started(keeper, fleet)
    assert (fleet.ready, fleet.starts) == ({False: True, True: True}, {False: 1, True: 1})


async def test_what_does_not_start_is_told_once_and_taken_back_when_it_does(maker: Maker, fleet: Fleet) -> None:
    keeper = ReaderKeeper(fleet, maker, lambda: fleet.now)
    fleet.broken[True] = ReaderUnavailableError("the readers of documents do not start")

    with capture_logs() as lines:
        for _ in range(3):
            await started(keeper, fleet)
        assert await standing(maker) == ["recognisers"]
        fleet.broken[True] = None
        for _ in range(2):
            await started(keeper, fleet)

    assert await standing(maker) == []
    assert [line["event"] for line in lines] == ["readers_do_not_start", "readers_ready"]
    assert fleet.starts == {False: 1, True: 4}


async def test_failed_starts_are_tried_again_after_pauses_that_grow_up_to_five_minutes(maker: Maker, fleet: Fleet) -> None:
    keeper = ReaderKeeper(fleet, maker, lambda: fleet.now)
    fleet.broken[False] = ReaderUnavailableError("the readers of documents do not start")
    begun, seen = list[float](), 0
    while fleet.now < 2000:
        await started(keeper, fleet, after=0.5)
        if fleet.starts[False] > seen:
            begun.append(fleet.now)
            seen = fleet.starts[False]

    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300][: len(pauses)]
    assert len(pauses) >= 11

    fleet.broken[False] = None
    await started(keeper, fleet)
    await started(keeper, fleet)
    fleet.ready[False], fleet.broken[False] = False, ReaderUnavailableError("once more")
    before = fleet.starts[False]
    for _ in range(5):
        await started(keeper, fleet, after=0.5)
    assert fleet.starts[False] == before + 2


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (RuntimeError("can't start new thread"), faults.NO_ROOM),
        (MemoryError(), faults.NO_ROOM),
        (BlockingIOError("fork"), faults.NO_ROOM),
        (WallsMissingError("files"), "walls_missing"),
    ],
)
async def test_whatever_a_start_fails_by_is_told_as_a_code_and_nothing_of_it_comes_out_at_the_end(
    maker: Maker, fleet: Fleet, problem: Exception, code: str
) -> None:
    keeper = ReaderKeeper(fleet, maker, lambda: fleet.now)
    fleet.broken[True] = problem

    await started(keeper, fleet)
    await started(keeper, fleet)

    async with maker() as session:
        [fault] = await faults.standing(session)
    assert (fault.name, fault.detail) == (faults.RECOGNISERS, code)


async def test_readers_that_died_are_started_again(maker: Maker, fleet: Fleet) -> None:
    keeper = ReaderKeeper(fleet, maker, lambda: fleet.now)
    await started(keeper, fleet)
    fleet.ready[False] = False

    await started(keeper, fleet)

    assert (fleet.ready[False], fleet.starts) == (True, {False: 2, True: 1})


def test_a_start_that_gets_on_is_not_killed_however_long_it_takes() -> None:
    server = ForkServer("tests.adapters.documents.slow_start", patience=5)

    server.start()

    assert server.is_ready
    server.close()
    assert not server.is_ready


def test_a_start_that_hangs_is_given_up() -> None:
    server = ForkServer("tests.adapters.documents.hanging", patience=0.7)

    with pytest.raises(ReaderUnavailableError):
        server.start()

    assert (server.is_ready, server.pid) == (False, None)


def test_a_start_under_way_ends_when_the_server_is_closed() -> None:
    server = ForkServer("tests.adapters.documents.hanging", patience=60)
    outcome: list[BaseException] = []

    def start() -> None:
        try:
            server.start()
        except ReaderUnavailableError as problem:
            outcome.append(problem)

    starting = threading.Thread(target=start)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as under_way:
        under_way.bind(hanging.place(os.getpid()))
        under_way.settimeout(60)
        starting.start()
        assert under_way.recv(16)
    server.close()
    starting.join(20)

    assert len(outcome) == 1
    assert server.pid is None


async def test_where_readers_are_loaded_ahead_a_document_waits_for_none() -> None:
    box = Sandbox(children=1, with_pictures=False, ahead=True)

    assert not box.is_ready(recognition=False)
    for kind, recognition in (("application/pdf", False), ("image/png", True)):
        with pytest.raises(ReaderUnavailableError) as raised:
            await box.read([(b"%PDF-1.7", kind)])
        assert raised.value.recognition == recognition
    assert box.server_pids == ()
    assert box.is_missing(recognition=False)

    box.warm_up(recognition=False)
    assert box.is_ready(recognition=False)
    assert not box.is_missing(recognition=False)
    assert (await box.read([(b"%PDF-1.7\n%%EOF", "application/pdf")])).failure == "malformed_file"
    box.close()


def test_readers_that_were_given_back_are_missed_only_once_something_is_to_be_read() -> None:
    box = Sandbox(children=1, with_pictures=False, ahead=True, quiet=0.2)
    box.warm_up(recognition=False)
    rest = box._readers.fork_server._rest  # pyright: ignore[reportPrivateUsage]
    assert rest is not None
    rest.join(60)
    assert box.server_pids == ()
    assert not box.is_missing(recognition=False)

    assert not box.is_ready(recognition=False)

    assert box.is_missing(recognition=False)
    box.close()


NO_MACHINE_HAS_IT = ReadingLimits(memory_megabytes=1 << 60)
"""A reader with these limits ends while they are set, before its walls stand."""


async def test_readers_that_start_and_then_fail_before_they_read_are_missed_and_told_of(maker: Maker) -> None:
    box = Sandbox(NO_MACHINE_HAS_IT, children=1, with_pictures=False, ahead=True)
    keeper = ReaderKeeper(box, maker)

    await keeper.look()
    await keeper.close()

    assert not box.is_ready(recognition=False)
    assert box.is_missing(recognition=False)
    assert box.failing_for(recognition=False) > timedelta()
    await keeper.look()
    assert "readers" in await standing(maker)
    box.close()
    await keeper.close()


def test_a_document_whose_readers_fail_before_it_is_looked_at_makes_known_since_when_they_do() -> None:
    box = Sandbox(NO_MACHINE_HAS_IT, children=1, with_pictures=False)
    assert box.failing_for(recognition=False) == timedelta()

    known = list[timedelta]()
    for _ in range(2):
        with pytest.raises(ReaderUnavailableError):
            box.read_now([(b"%PDF-1.7", "application/pdf")])
        known.append(box.failing_for(recognition=False))

    assert timedelta() < known[0] < known[1]
    assert box.failing_for(recognition=True) == timedelta()
    box.close()
