"""The background process says at its start what holds the readers that it will have."""

from pathlib import Path

from structlog.testing import capture_logs

from reviews import worker
from reviews.adapters.storage import open_store
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.keys import KeyRing
from reviews.settings import Settings


async def test_the_walls_are_logged_once_when_the_background_process_starts(tmp_path: Path, key_ring: KeyRing) -> None:
    engine, store = database.connect("postgresql://nobody@127.0.0.1:1/nothing"), open_store("", folder=tmp_path)

    with capture_logs() as seen:
        async with worker.assembled(Settings(data_dir=tmp_path), engine, store, key_ring, SystemClock()):
            pass

    (line,) = [line for line in seen if line["event"] == "reader_walls"]
    assert (line["log_level"], line["missing"], line["reads"]) == ("info", (), True)
    assert "CALLS" in line["standing"]
