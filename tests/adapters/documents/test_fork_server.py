"""What becomes of a server of readers says nothing about a document: it is asked once more, or read later."""

import os
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from reviews.adapters.documents.fork_server import ForkServer
from reviews.errors import ReaderUnavailableError
from tests.adapters.documents.attempts import attempt
from tests.adapters.documents.dying import ALWAYS


@contextmanager
def serving(module: str) -> Generator[ForkServer]:
    """A server that is ready."""
    fork_server = ForkServer(module)
    fork_server.start()
    try:
        yield fork_server
    finally:
        fork_server.close()


def pid_of(fork_server: ForkServer) -> int:
    assert fork_server.pid is not None
    return fork_server.pid


def test_a_server_that_hangs_blames_no_document_and_is_replaced() -> None:
    with serving("tests.proofs.taken_over") as fork_server:
        hanging = pid_of(fork_server)
        os.kill(hanging, signal.SIGSTOP)

        with pytest.raises(ReaderUnavailableError):
            attempt(fork_server, "compute", seconds=0.5)

        assert attempt(fork_server, "compute") == "went_through"
        assert pid_of(fork_server) != hanging


def test_whoever_waits_for_a_server_that_hangs_is_answered_by_the_next_one() -> None:
    with serving("tests.proofs.taken_over") as fork_server, ThreadPoolExecutor(1) as pool:
        os.kill(pid_of(fork_server), signal.SIGSTOP)
        patient = pool.submit(attempt, fork_server, "compute", seconds=60)

        with pytest.raises(ReaderUnavailableError):
            attempt(fork_server, "compute", seconds=0.5)

        assert patient.result(60) == "went_through"


def test_a_reader_that_dies_with_its_server_is_replaced_by_another(tmp_path: Path) -> None:
    with serving("tests.adapters.documents.dying") as fork_server:
        assert fork_server.ask(bytes(tmp_path / "died"), [], seconds=60, most=1000) == (b"\x03whole", True)


def test_a_server_that_dies_each_time_blames_no_document() -> None:
    with serving("tests.adapters.documents.dying") as fork_server, pytest.raises(ReaderUnavailableError):
        fork_server.ask(ALWAYS, [], seconds=60, most=1000)


def test_a_reader_at_work_when_the_readers_are_closed_blames_no_document() -> None:
    with serving("tests.proofs.taken_over") as fork_server, ThreadPoolExecutor(1) as pool:
        busy = pool.submit(attempt, fork_server, "loop_for_ever", seconds=60)
        assert attempt(fork_server, "compute") == "went_through"
        fork_server.close()

        with pytest.raises(ReaderUnavailableError):
            busy.result(60)


def test_a_server_that_may_have_no_more_processes_blames_no_document_and_lives() -> None:
    with serving("tests.adapters.documents.crowded") as fork_server:
        crowded = pid_of(fork_server)
        with pytest.raises(ReaderUnavailableError):
            attempt(fork_server, "compute")

        os.kill(crowded, signal.SIGUSR1)

        assert attempt(fork_server, "compute") == "went_through"
        assert pid_of(fork_server) == crowded
