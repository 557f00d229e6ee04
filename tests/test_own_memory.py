"""No process of ours can be looked into by another of the same user."""

import ctypes
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviews import cli, own_memory

SET, GET = 4, 3
SOMEBODY = 60_802
libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(autouse=True)
def opened_before() -> Generator[None]:
    libc.prctl(SET, 1, 0, 0, 0)
    yield
    libc.prctl(SET, 1, 0, 0, 0)


def test_every_command_closes_its_memory_before_it_reads_a_setting() -> None:
    assert CliRunner().invoke(cli.main, ["keys", "--help"]).exit_code == 0

    assert libc.prctl(GET, 0, 0, 0, 0) == 0


def looks_into(closed: bool, name: str) -> bool:
    """Whether somebody without rights can open a file of another process of theirs; both are children of ours."""
    ready, wait = os.pipe(), os.pipe()
    looked_at = os.fork()
    if looked_at == 0:
        become_somebody()
        # A change of user closes the memory by itself.
        libc.prctl(SET, 1, 0, 0, 0)
        if closed:
            own_memory.close()
        os.write(ready[1], b"x")
        os.close(wait[1])
        os.read(wait[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    looking = os.fork()
    if looking == 0:
        become_somebody()
        try:
            Path(f"/proc/{looked_at}/{name}").open("rb").close()
        except OSError:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(looking, 0)
    for descriptor in (*ready, *wait):
        os.close(descriptor)
    os.waitpid(looked_at, 0)
    return status == 0


def become_somebody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(SOMEBODY, SOMEBODY, SOMEBODY)
        os.setresuid(SOMEBODY, SOMEBODY, SOMEBODY)


@pytest.mark.parametrize("name", ["environ", "mem", "maps", "auxv"])
def test_what_a_process_holds_is_closed_to_others_of_its_user(name: str) -> None:
    assert (looks_into(closed=False, name=name), looks_into(closed=True, name=name)) == (True, False)
