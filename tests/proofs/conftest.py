"""What the tests of the proof flow may ask for."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.storage import open_store
from reviews.keys import KeyRing
from tests.proofs.proof_setup import Ground


@pytest.fixture
async def ground(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, tmp_path: Path) -> Ground:
    made = Ground(maker, open_store("", folder=tmp_path / "proofs"), key_ring, now)
    await made.build()
    return made
