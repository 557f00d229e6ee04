"""The stand-ins, running as programs of their own for the whole test run, well-behaved before each test."""

from collections.abc import Generator
from itertools import count

import pytest

from tests.standins import programs

_numbers = count(1_070_000)


@pytest.fixture(scope="session")
def running_post() -> Generator[programs.PostOffice]:
    with programs.post_office() as office:
        yield office


@pytest.fixture(scope="session")
def running_platform(running_post: programs.PostOffice) -> Generator[programs.Simulator]:
    with programs.simulator("--smtp", f"127.0.0.1:{running_post.smtp_port}", "--partner-token", "partner") as platform:
        yield platform


@pytest.fixture
def post(running_post: programs.PostOffice) -> programs.PostOffice:
    running_post.behave()
    return running_post


@pytest.fixture
def platform(running_platform: programs.Simulator) -> programs.Simulator:
    running_platform.behave()
    return running_platform


@pytest.fixture
def location_id(platform: programs.Simulator) -> str:
    """A fresh location with the token `geheim-<id>`."""
    fresh = str(next(_numbers))
    platform.register(location_id=fresh, token=f"geheim-{fresh}", name="Ambiance Utrecht")
    return fresh
