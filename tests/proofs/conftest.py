"""One sandbox for all tests of this folder: its readers take seconds to load."""

from collections.abc import Generator

import pytest

from reviews.adapters.documents.sandbox import Sandbox
from reviews.proofs.inspection import ReadingLimits


@pytest.fixture(scope="session")
def sandbox() -> Generator[Sandbox]:
    box = Sandbox(ReadingLimits(seconds=120), children=1)
    yield box
    box.close()
